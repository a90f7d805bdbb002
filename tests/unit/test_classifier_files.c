/* test_classifier_files.c - files that say of their classifier what cannot be, one thing at a time. */
#include <locale.h>

#include "unit_classifier.h"

static attn_context *context;
static unit_classifier made;

/* What a file says: the metadata of a good one, with one key changed, left out (value NULL) or added. */
static void save_with(const char *key, const char *value)
{
    static const char *const good[][2] = {
        {"classifier.embedding", "embedding"}, {"classifier.encoder", "encoder"},
        {"classifier.attention", "attention"}, {"classifier.decision", "decision"},
        {"classifier.max_length", "6"},        {"classifier.context_dropout", "0.25"},
        {"classifier.label.0", "negative"},    {"classifier.label.1", "positive"},
    };
    const char *metadata[2 * 9];
    int64_t count = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (strcmp(good[i][0], key) == 0)
            continue;
        metadata[2 * count] = good[i][0];
        metadata[2 * count++ + 1] = good[i][1];
    }
    if (value) {
        metadata[2 * count] = key;
        metadata[2 * count++ + 1] = value;
    }
    OK(attn_params_save(made.params, unit_path("m"),
                        UNIT_SAVE(.vocab = made.parts.vocab, .metadata = metadata, .metadata_count = count)));
}

static void setup(void)
{
    context = unit_context(1);
    unit_classifier_create(context, &unit_makes[0], &made);
    unit_folder_make();
}

static void teardown(void)
{
    unit_classifier_destroy(&made);
    attn_context_destroy(&context);
    unit_folder_remove("m");
}

START_TEST(a_file_that_lies_is_refused_by_name)
{
    static const struct {
        const char *key, *value, *line;
    } lies[] = {
        {"classifier.embedding", NULL, "lacks classifier.embedding"},
        {"classifier.encoder", NULL, "lacks classifier.encoder"},
        {"classifier.decision", NULL, "lacks classifier.decision"},
        {"classifier.max_length", NULL, "lacks classifier.max_length"},
        {"classifier.context_dropout", NULL, "lacks classifier.context_dropout"},
        {"classifier.label.1", NULL, "lacks classifier.label.1"},
        {"classifier.label.1", "negative", "are both \"negative\""},
        {"classifier.label.0", "", "labels[0] is empty"},
        {"classifier.encoder", "embedding", "embedding"},
        {"classifier.embedding", "encoder", "encoder"},
        {"classifier.decision", "attention", "attention"},
        {"classifier.reader", "attention", "attention"},
        {"classifier.attention", "encoder", "encoder"},
        {"classifier.encoder", "nothing of that name", "nothing of that name"},
        {"classifier.encoder", "", "describes no layer"},
        {"classifier.attention", NULL, ""}, /* a lie that is none: see below */
        {"classifier.max_length", "1073741825", "classifier.max_length is \"1073741825\""},
        {"classifier.max_length", "1e300", "expected a number from 0 to 1073741824"},
        {"classifier.max_length", "1e99999999999999999999", "classifier.max_length"},
        {"classifier.max_length", "-1", "classifier.max_length is \"-1\""},
        {"classifier.max_length", "2.5", "expected a whole number"},
        {"classifier.max_length", "0x10", "classifier.max_length is \"0x10\""},
        {"classifier.max_length", " 6", "classifier.max_length is \" 6\""},
        {"classifier.max_length", "", "classifier.max_length is \"\""},
        {"classifier.context_dropout", "nan", "classifier.context_dropout is \"nan\""},
        {"classifier.context_dropout", "inf", "classifier.context_dropout is \"inf\""},
        {"classifier.context_dropout", "1", "context_dropout is 1; expected 0 or more, and less than 1"},
        {"classifier.context_dropout", "0,25", "classifier.context_dropout is \"0,25\""},
        {"classifier.context_dropout", "1e", "classifier.context_dropout is \"1e\""},
        {"classifier.context_dropout", ".", "classifier.context_dropout is \".\""},
        {"classifier.pooling", "sum", "classifier.pooling is \"sum\"; expected mean or max"},
        {"classifier.pooling", "", "classifier.pooling is \"\""},
        {"classifier.pooling", "max", "pooling is of an encoder's states without attention; expected 0"},
        {"classifier.scale.decision", "0",
         "classifier.scale.decision is \"0\"; expected a number more than 0"},
        {"classifier.scale.decision", "-1", "classifier.scale.decision is \"-1\""},
        {"classifier.scale.decision", "nan", "classifier.scale.decision is \"nan\""},
        {"classifier.scale.decision", "1e39", "classifier.scale.decision is \"1e39\""},
        {"classifier.scale.decision", "", "classifier.scale.decision is \"\""},
    };
    setup();
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        attn_classifier *none = made.whole;
        save_with(lies[i].key, lies[i].value);
        if (lies[i].line[0] == '\0') { /* without attention the last states decide, which are as wide */
            OK(attn_classifier_open(context, unit_path("m"), &none));
            attn_classifier_destroy(&none);
            continue;
        }
        FAILS(ATTN_ERR_FORMAT, lies[i].line, attn_classifier_open(context, unit_path("m"), &none));
        ck_assert_msg(strstr(attn_last_error(), unit_path("m")) != NULL, "no path: %s", attn_last_error());
        ck_assert_ptr_null(none);
    }
    teardown();
}
END_TEST

START_TEST(a_vocabulary_of_another_size_is_refused)
{
    setup();
    attn_vocab *words = made.parts.vocab, *few;
    attn_vocab_builder *builder;
    attn_classifier *none;
    OK(attn_vocab_builder_create(context, NULL, &builder));
    OK(attn_vocab_create(builder, NULL, &few));
    made.parts.vocab = few;
    save_with("else", "1");
    FAILS(ATTN_ERR_FORMAT, "the vocabulary has 2 ids and the embedding 10 rows",
          attn_classifier_open(context, unit_path("m"), &none));
    made.parts.vocab = words;
    attn_vocab_destroy(&few);
    attn_vocab_builder_destroy(&builder);
    teardown();
}
END_TEST

START_TEST(labels_beyond_the_classes_are_nobodys)
{
    setup();
    attn_classifier *again;
    save_with("classifier.label.2", "neither");
    OK(attn_classifier_open(context, unit_path("m"), &again));
    ck_assert_ptr_null(attn_classifier_label(again, 2));
    attn_classifier_destroy(&again);
    teardown();
}
END_TEST

START_TEST(params_of_the_callers_own_take_its_layers_or_refuse_by_name)
{
    setup();
    attn_classifier *again;
    attn_params *params;
    attn_file *file;
    save_with("else", "1");
    OK(attn_file_open(context, unit_path("m"), &file));
    OK(attn_params_create(context, NULL, &params));
    OK(attn_file_classifier_create(file, params, &again));
    ck_assert_int_eq(attn_params_count(params), attn_params_count(made.params));
    attn_classifier *second = again;
    FAILS(ATTN_ERR_ARGUMENT, "there is already a layer called \"embedding\"",
          attn_file_classifier_create(file, params, &second));
    ck_assert_ptr_null(second);
    ck_assert_int_eq(attn_params_count(params), attn_params_count(made.params));
    attn_classifier_destroy(&again);
    attn_params_destroy(&params);
    attn_file_close(&file);
    save_with("classifier.label.0", NULL);
    OK(attn_file_open(context, unit_path("m"), &file));
    OK(attn_params_create(context, NULL, &params));
    FAILS(ATTN_ERR_FORMAT, "attn_file_classifier_create: the file describes no classifier",
          attn_file_classifier_create(file, params, &again));
    attn_params_destroy(&params);
    attn_file_close(&file);
    teardown();
}
END_TEST

START_TEST(params_are_as_they_were_where_a_file_fails_them)
{
    setup();
    /* What is read before the layers, between them, and last of all. */
    static const struct {
        const char *key, *value, *line;
    } lies[] = {
        {"classifier.max_length", "-1", "max_length"},
        {"classifier.decision", "embedding", "expected dense"},
        {"classifier.label.0", NULL, "label.0"},
        {"classifier.scale.decision", "0", "scale.decision"},
    };
    attn_classifier *again;
    attn_params *params;
    attn_file *file;
    attn_embedding *first;
    OK(attn_params_create(context, NULL, &params));
    OK(attn_embedding_create(params, "first", 3, 2, NULL, &first));
    OK(attn_params_zero_grad(params));
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        save_with(lies[i].key, lies[i].value);
        OK(attn_file_open(context, unit_path("m"), &file));
        FAILS(ATTN_ERR_FORMAT, lies[i].line, attn_file_classifier_create(file, params, &again));
        ck_assert_ptr_null(again);
        ck_assert_int_eq(attn_params_count(params), 1);
        ck_assert_int_eq(attn_params_size(params), 3 * 2);
        attn_file_close(&file);
    }
    /* Nor do the layers' names stand there. */
    save_with("else", "1");
    OK(attn_file_open(context, unit_path("m"), &file));
    OK(attn_file_classifier_create(file, params, &again));
    ck_assert_int_eq(attn_params_count(params), 1 + attn_params_count(made.params));
    for (int64_t i = 0; i < attn_params_size(params); i++)
        ck_assert(attn_params_gradients(params)[i] == 0);
    attn_classifier_destroy(&again);
    attn_file_close(&file);
    attn_embedding_destroy(&first);
    attn_params_destroy(&params);
    teardown();
}
END_TEST

/* Where the program's locale writes commas; the last is so called on Windows. */
START_TEST(a_file_is_the_same_in_every_locale)
{
    setup();
    attn_classifier *again, *whole;
    attn_classifier_info info = ATTN_CLASSIFIER_INFO_INIT;
    const char *const locales[] = {"C", "de_DE.UTF-8", "fr_FR.UTF-8", "German"};
    const float scale = 1.0f / 3.0f;
    made.parts.context_dropout = 0.3f;
    OK(attn_classifier_create(&made.parts, &whole));
    OK(attn_classifier_set_scales(whole, 1, &scale));
    for (size_t i = 0; i < 4; i++) {
        setlocale(LC_ALL, locales[i]); /* where there is none of that name, C stays */
        OK(attn_classifier_save(whole, unit_path("m"), NULL));
        setlocale(LC_ALL, locales[3 - i]);
        OK(attn_classifier_open(context, unit_path("m"), &again));
        OK(attn_classifier_get_info(again, &info));
        ck_assert(info.context_dropout == 0.3f); /* to the bit */
        ck_assert(info.scales[0] == scale);
        attn_classifier_destroy(&again);
    }
    setlocale(LC_ALL, "C");
    attn_classifier_destroy(&whole);
    teardown();
}
END_TEST

UNIT_MAIN("classifier_files", a_file_that_lies_is_refused_by_name, a_vocabulary_of_another_size_is_refused,
          labels_beyond_the_classes_are_nobodys, params_of_the_callers_own_take_its_layers_or_refuse_by_name,
          params_are_as_they_were_where_a_file_fails_them, a_file_is_the_same_in_every_locale)
