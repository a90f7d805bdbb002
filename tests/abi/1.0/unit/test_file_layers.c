/* test_file_layers.c - a file describes its layers: they are made by it again, and compared with those that it is loaded into.
 * test_file_layers_damaged.c has the descriptions that must be refused. */
#include <jansson.h>
#include <locale.h>

#include "unit.h"
#include "unit_file.h"

/* What a save writes, in memory. */
typedef struct content {
    char *bytes;
    size_t size;
} content;

static attn_status collect(void *user, const void *data, size_t size)
{
    content *to = user;
    to->bytes = realloc(to->bytes, to->size + size);
    ck_assert_ptr_nonnull(to->bytes);
    memcpy(to->bytes + to->size, data, size);
    to->size += size;
    return ATTN_OK;
}

static attn_file *reopened(attn_context *context, const attn_params *params, content *room)
{
    attn_file *file = NULL;
    *room = (content){NULL, 0};
    OK(attn_params_write(params, NULL, collect, room));
    OK(attn_file_open_memory(context, room->bytes, room->size, &file));
    return file;
}

static attn_params *params_of(attn_context *context, uint64_t seed)
{
    attn_params *params = NULL;
    OK(attn_params_create(context, UNIT_SEED(seed), &params));
    return params;
}

/* ---- what is written ------------------------------------------------------------------------------------- */

START_TEST(layers_are_listed_in_the_order_in_which_they_were_made)
{
    attn_context *context = unit_context(1);
    attn_params *params = params_of(context, 1);
    attn_dense *first = NULL, *second = NULL;
    content room;
    attn_file *file = reopened(context, params, &room);
    ck_assert_int_eq(attn_file_layer_count(file), 0);
    ck_assert_int_eq(attn_file_layer_count(NULL), 0);
    ck_assert_ptr_null(attn_file_metadata(file, "layers"));
    attn_file_close(&file);
    free(room.bytes);

    OK(attn_dense_create(params, "z \"quoted\" \\", 3, 2, NULL, &first));
    OK(attn_dense_create(params, "a", 2, 4, NULL, &second));
    file = reopened(context, params, &room);
    ck_assert_int_eq(attn_file_layer_count(file), 2);
    attn_layer_info view = ATTN_LAYER_INFO_INIT;
    OK(attn_file_layer(file, 0, &view));
    ck_assert_str_eq(view.name, "z \"quoted\" \\");
    ck_assert_str_eq(view.kind, "dense");
    OK(attn_file_layer(file, 1, &view));
    ck_assert_str_eq(view.name, "a");
    FAILS(ATTN_ERR_ARGUMENT, "index is 2; expected 0 to 1", attn_file_layer(file, 2, &view));
    FAILS(ATTN_ERR_ARGUMENT, "index is -1", attn_file_layer(file, -1, &view));
    FAILS(ATTN_ERR_ARGUMENT, "info is NULL", attn_file_layer(file, 0, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "file is NULL", attn_file_layer(NULL, 0, &view));
    attn_file_close(&file);
    free(room.bytes);
    attn_dense_destroy(&first);
    attn_dense_destroy(&second);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_description_is_json_of_kind_and_options)
{
    attn_context *context = unit_context(1);
    attn_params *params = params_of(context, 1);
    attn_dense_options options = ATTN_DENSE_OPTIONS_INIT;
    options.activation = ATTN_ACTIVATION_RELU;
    attn_dense *dense = NULL;
    OK(attn_dense_create(params, "decision", 3, 2, &options, &dense));
    content room;
    attn_file *file = reopened(context, params, &room);
    json_t *layers = json_loads(attn_file_metadata(file, "layers"), JSON_REJECT_DUPLICATES, NULL);
    json_t *expected = json_pack("{s:{s:s, s:i, s:i, s:i, s:i}}", "decision", "kind", "dense", "input_dim", 3,
                                 "output_dim", 2, "activation", ATTN_ACTIVATION_RELU, "no_bias", 0);
    ck_assert_int_eq(json_equal(layers, expected), 1);
    json_decref(layers);
    json_decref(expected);
    attn_file_close(&file);
    free(room.bytes);
    attn_dense_destroy(&dense);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

/* ---- made again ------------------------------------------------------------------------------------------ */

START_TEST(a_dense_layer_is_made_by_its_file_and_gives_the_same_bits)
{
    attn_context *context = unit_context(1);
    for (int32_t activation = 0; activation <= ATTN_ACTIVATION_RELU; activation++) {
        for (int32_t no_bias = 0; no_bias < 2; no_bias++) {
            attn_params *params = params_of(context, 1), *others = params_of(context, 2);
            attn_dense_options options = ATTN_DENSE_OPTIONS_INIT;
            options.activation = activation;
            options.no_bias = no_bias;
            attn_dense *dense = NULL, *again = NULL;
            OK(attn_dense_create(params, "d", 3, 2, &options, &dense));
            content room;
            attn_file *file = reopened(context, params, &room);
            OK(attn_file_dense_create(file, "d", others, &again));
            attn_file_close(&file);
            free(room.bytes);

            attn_dense_info info = ATTN_DENSE_INFO_INIT;
            OK(attn_dense_get_info(again, &info));
            ck_assert_str_eq(info.name, "d");
            ck_assert_int_eq(info.input_dim, 3);
            ck_assert_int_eq(info.output_dim, 2);
            ck_assert_int_eq(info.activation, activation);
            ck_assert_int_eq(info.no_bias, no_bias);
            float x[6] = {1, -2, 3, 0.5f, 0, -1}, y[4], y_again[4];
            OK(attn_dense_forward(dense, NULL, 2, x, y));
            OK(attn_dense_forward(again, NULL, 2, x, y_again));
            ck_assert_mem_eq(y, y_again, sizeof y);
            ck_assert_int_eq(attn_params_count(others), attn_params_count(params));
            attn_dense_destroy(&dense);
            attn_dense_destroy(&again);
            attn_params_destroy(&params);
            attn_params_destroy(&others);
        }
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(an_embedding_is_made_by_its_file)
{
    attn_context *context = unit_context(1);
    for (int32_t frozen = 0; frozen < 2; frozen++) {
        attn_params *params = params_of(context, 1), *others = params_of(context, 2);
        attn_embedding_options options = ATTN_EMBEDDING_OPTIONS_INIT;
        options.frozen = frozen;
        attn_embedding *embedding = NULL, *again = NULL;
        OK(attn_embedding_create(params, "e", 4, 3, &options, &embedding));
        attn_params_values(params)[1] = 0.25f; /* of <pad>, which a new embedding has at 0 */
        content room;
        attn_file *file = reopened(context, params, &room);
        OK(attn_file_embedding_create(file, "e", others, &again));
        attn_file_close(&file);
        free(room.bytes);
        attn_embedding_info info = ATTN_EMBEDDING_INFO_INIT;
        OK(attn_embedding_get_info(again, &info));
        ck_assert_int_eq(info.rows, 4);
        ck_assert_int_eq(info.dim, 3);
        ck_assert_int_eq(info.frozen, frozen);
        attn_tensor view = ATTN_TENSOR_INIT;
        OK(attn_params_tensor(others, 0, &view));
        ck_assert_int_eq(view.trainable, !frozen);
        if (UNIT_IS_LITTLE)
            ck_assert_mem_eq(view.values, attn_params_values(params), 12 * sizeof(float));
        attn_embedding_destroy(&embedding);
        attn_embedding_destroy(&again);
        attn_params_destroy(&params);
        attn_params_destroy(&others);
    }
    attn_context_destroy(&context);
}
END_TEST

/* Every score with every weighting, and temperatures that no few digits hold. */
START_TEST(an_attention_is_made_by_its_file_and_gives_the_same_bits)
{
    const float temperatures[] = {0, 0.1f, 1 / 3.0f, 1e-6f, 123456.789f};
    attn_context *context = unit_context(1);
    (void)(setlocale(LC_ALL, "de_DE.UTF-8") ||
           setlocale(LC_ALL, "fr_FR.UTF-8")); /* a decimal comma, where there is one */
    for (int32_t i = 0; i < 6 * 3 * 5; i++) {
        attn_params *params = params_of(context, 1), *others = params_of(context, 2);
        attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
        options.score = i % 6;
        options.weighting = i / 6 % 3;
        options.temperature = temperatures[i / 18];
        options.outer_tanh = i % 6 == ATTN_SCORE_FEEDFORWARD || i % 6 == ATTN_SCORE_CONCAT;
        options.padding =
            i % 6 == ATTN_SCORE_FEEDFORWARD && i % 4 == 0 ? ATTN_PADDING_KEPT : ATTN_PADDING_MASKED;
        attn_attention *attention = NULL, *again = NULL;
        OK(attn_attention_create(params, "a", 3, &options, &attention));
        content room;
        attn_file *file = reopened(context, params, &room);
        OK(attn_file_attention_create(file, "a", others, &again));
        OK(attn_file_load(file, others, NULL, NULL));
        attn_file_close(&file);
        free(room.bytes);

        attn_attention_info info = ATTN_ATTENTION_INFO_INIT, info_again = ATTN_ATTENTION_INFO_INIT;
        OK(attn_attention_get_info(attention, &info));
        OK(attn_attention_get_info(again, &info_again));
        info.name = info_again.name = NULL;
        ck_assert_ptr_eq(info_again.params, others);
        info_again.params = info.params;
        ck_assert_mem_eq(&info, &info_again, sizeof info);
        ck_assert_uint_eq(attn_params_size(params), attn_params_size(others));
        if (attn_params_size(params))
            ck_assert_mem_eq(attn_params_values(params), attn_params_values(others),
                             (size_t)attn_params_size(params) * sizeof(float));
        attn_attention_destroy(&attention);
        attn_attention_destroy(&again);
        attn_params_destroy(&params);
        attn_params_destroy(&others);
    }
    attn_context_destroy(&context);
}
END_TEST

/* Both recurrent layers, in every combination of their switches. */
START_TEST(a_recurrent_layer_is_made_by_its_file_and_gives_the_same_bits)
{
    attn_context *context = unit_context(1);
    const float x[2 * 3 * 2] = {1, -2, 0.5f, 0.25f, 3, -1, 0.1f, 0.2f, 0.3f, -0.4f, 0.5f, 7},
                          openings[2 * 3 * 5] = {0.5f, 1, 0.25f, 0.125f};
    for (int32_t i = 0; i < 2 * 2 * 2 * 2 * 3; i++) {
        attn_params *params = params_of(context, 1), *others = params_of(context, 2);
        attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
        options.bidirectional = i & 1;
        options.reset = i >> 1 & 1;
        options.layer_norm = i >> 2 & 1;
        options.layers = 1 + (i >> 3 & 1);
        options.dropout = 0.1f;
        options.input_dropout = 1 / 3.0f;
        attn_attngru_options reading = ATTN_ATTNGRU_OPTIONS_INIT;
        reading.vector_openings = i & 1;
        reading.reset = options.reset;
        reading.layer_norm = options.layer_norm;
        reading.form = i / 16;
        reading.dropout = 0.7f;
        attn_gru *gru = NULL, *gru_again = NULL;
        attn_attngru *reader = NULL, *reader_again = NULL;
        OK(attn_gru_create(params, "encoder", 2, 4, &options, &gru));
        OK(attn_attngru_create(params, "reader", 2, 5, &reading, &reader));
        for (int64_t j = 0; j < attn_params_size(params); j++) /* no bias stays 0, no gain 1 */
            attn_params_values(params)[j] += 0.01f * (float)(j % 7);
        content room;
        attn_file *file = reopened(context, params, &room);
        OK(attn_file_attngru_create(file, "reader", others, &reader_again)); /* in any order */
        OK(attn_file_gru_create(file, "encoder", others, &gru_again));
        OK(attn_file_load(file, others, NULL, NULL));
        attn_file_close(&file);
        free(room.bytes);

        attn_gru_info info = ATTN_GRU_INFO_INIT, info_again = ATTN_GRU_INFO_INIT;
        OK(attn_gru_get_info(gru, &info));
        OK(attn_gru_get_info(gru_again, &info_again));
        info.name = info_again.name = NULL;
        info.params = info_again.params = NULL;
        ck_assert_mem_eq(&info, &info_again, sizeof info);
        attn_attngru_info read = ATTN_ATTNGRU_INFO_INIT, read_again = ATTN_ATTNGRU_INFO_INIT;
        OK(attn_attngru_get_info(reader, &read));
        OK(attn_attngru_get_info(reader_again, &read_again));
        read.name = read_again.name = NULL;
        read.params = read_again.params = NULL;
        ck_assert_mem_eq(&read, &read_again, sizeof read);

        attn_sequence in = ATTN_SEQUENCE_INIT;
        in.batch = 2;
        in.time = 3;
        in.x = x;
        float y[2 * 3 * 8], y_again[2 * 3 * 8];
        const size_t written = (size_t)(6 * info.output_dim) * sizeof *y;
        OK(attn_gru_forward(gru, NULL, &in, NULL, y, NULL));
        OK(attn_gru_forward(gru_again, NULL, &in, NULL, y_again, NULL));
        ck_assert_mem_eq(y, y_again, written);
        in.openings = openings;
        OK(attn_attngru_forward(reader, NULL, &in, NULL, y, NULL));
        OK(attn_attngru_forward(reader_again, NULL, &in, NULL, y_again, NULL));
        ck_assert_mem_eq(y, y_again, 6 * 5 * sizeof *y);
        attn_gru_destroy(&gru);
        attn_gru_destroy(&gru_again);
        attn_attngru_destroy(&reader);
        attn_attngru_destroy(&reader_again);
        attn_params_destroy(&params);
        attn_params_destroy(&others);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(each_option_of_attention_that_decides_is_compared)
{
    attn_context *context = unit_context(1);
    attn_attention_options saved = ATTN_ATTENTION_OPTIONS_INIT;
    struct {
        attn_attention_options options;
        const char *part;
    } cases[6];
    for (size_t i = 0; i < 6; i++)
        cases[i].options = saved;
    cases[0].options.outer_tanh = 1;
    cases[0].part = "outer_tanh 0; these params have 1";
    cases[1].options.temperature = 0.1f;
    cases[1].part = "temperature 1; these params have 0.1";
    cases[2].options.weighting = ATTN_WEIGHTING_ENTMAX15;
    cases[2].part = "weighting 0; these params have 2";
    cases[3].options.padding = ATTN_PADDING_KEPT;
    cases[3].part = "padding 0; these params have 1";
    cases[4].options.temperature = nextafterf(1, 2);
    cases[4].part = "temperature 1; these params have 1.00000012";
    cases[5].options.init = ATTN_INIT_DEFAULT;
    cases[5].part = NULL;
    attn_params *params = params_of(context, 1);
    attn_attention *attention = NULL;
    OK(attn_attention_create(params, "attention", 3, &saved, &attention));
    attn_attention_destroy(&attention);
    content room;
    attn_file *file = reopened(context, params, &room);
    for (size_t i = 0; i < 6; i++) {
        attn_params *other = params_of(context, 2);
        OK(attn_attention_create(other, "attention", 3, &cases[i].options, &attention));
        if (cases[i].part)
            FAILS(ATTN_ERR_FORMAT, cases[i].part, attn_file_load(file, other, NULL, NULL));
        else
            OK(attn_file_load(file, other, NULL, NULL));
        attn_attention_destroy(&attention);
        attn_params_destroy(&other);
    }
    attn_file_close(&file);
    free(room.bytes);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_layer_that_cannot_be_made_changes_nothing)
{
    attn_context *context = unit_context(1);
    attn_params *params = params_of(context, 1), *others = params_of(context, 2);
    attn_dense *dense = NULL, *again = NULL;
    OK(attn_dense_create(params, "d", 3, 2, NULL, &dense));
    content room;
    attn_file *file = reopened(context, params, &room);
    FAILS(ATTN_ERR_FORMAT, "describes no layer \"e\"; attn_file_layer lists the 1",
          attn_file_dense_create(file, "e", others, &again));
    FAILS(ATTN_ERR_ARGUMENT, "NULL", attn_file_dense_create(NULL, "d", others, &again));
    FAILS(ATTN_ERR_ARGUMENT, "NULL", attn_file_dense_create(file, NULL, others, &again));
    FAILS(ATTN_ERR_ARGUMENT, "NULL", attn_file_dense_create(file, "d", NULL, &again));
    FAILS(ATTN_ERR_ARGUMENT, "out is NULL", attn_file_dense_create(file, "d", others, NULL));
    ck_assert_int_eq(attn_params_count(others), 0);

    OK(attn_params_add(others, "d.bias", 1, (int64_t[]){2}, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "there is already a tensor called \"d.bias\"",
          attn_file_dense_create(file, "d", others, &again));
    FAILS(ATTN_ERR_ARGUMENT, "there is already a layer called \"d\"",
          attn_file_dense_create(file, "d", params, &again));
    ck_assert_ptr_null(again);
    ck_assert_int_eq(attn_params_count(others), 1);
    ck_assert_int_eq(attn_params_count(params), 2);
    attn_file_close(&file);
    free(room.bytes);

    /* A number that is none. */
    attn_params *third = params_of(context, 3);
    OK(attn_params_write(params, NULL, collect, (room = (content){0}, &room)));
    memcpy(room.bytes + room.size - 4, &(float){NAN}, 4);
    unit_file_turn(room.bytes + room.size - 4, 4, 1);
    OK(attn_file_open_memory(context, room.bytes, room.size, &file));
    FAILS(ATTN_ERR_FORMAT, "attn_file_dense_create: a file in memory: number 1 of tensor \"d.bias\" is NaN",
          attn_file_dense_create(file, "d", third, &again));
    ck_assert_int_eq(attn_params_count(third), 0);
    OK(attn_dense_create(third, "d", 3, 2, NULL, &again)); /* the name is free, and values are drawn again */
    ck_assert_float_ne(attn_params_values(third)[0], 0);
    attn_dense_destroy(&again);
    attn_file_close(&file);
    free(room.bytes);
    attn_dense_destroy(&dense);
    attn_params_destroy(&third);
    attn_params_destroy(&params);
    attn_params_destroy(&others);
    attn_context_destroy(&context);
}
END_TEST

/* ---- compared -------------------------------------------------------------------------------------------- */

/* Params with a dense layer [3, 2] of this name and activation. */
static attn_params *params_with(attn_context *context, const char *name, int32_t activation)
{
    attn_params *params = params_of(context, 5);
    attn_dense_options options = ATTN_DENSE_OPTIONS_INIT;
    options.activation = activation;
    attn_dense *dense = NULL;
    OK(attn_dense_create(params, name, 3, 2, &options, &dense));
    attn_dense_destroy(&dense); /* the params remember it */
    return params;
}

START_TEST(a_layer_with_another_option_is_named_with_both_values)
{
    attn_context *context = unit_context(1);
    attn_params *saved = params_with(context, "decision", ATTN_ACTIVATION_TANH),
                *same = params_with(context, "decision", ATTN_ACTIVATION_TANH),
                *other = params_with(context, "decision", ATTN_ACTIVATION_NONE);
    content room;
    attn_file *file = reopened(context, saved, &room);
    OK(attn_file_load(file, same, NULL, NULL));
    float before = attn_params_values(other)[0] = 7;
    FAILS(ATTN_ERR_FORMAT,
          "attn_file_load: a file in memory: layer \"decision\" has activation 1; these params have 0",
          attn_file_load(file, other, NULL, NULL));
    ck_assert_float_eq(attn_params_values(other)[0], before);
    attn_file_close(&file);
    free(room.bytes);
    attn_params_destroy(&saved);
    attn_params_destroy(&same);
    attn_params_destroy(&other);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_layer_is_compared_with_the_one_that_its_prefix_leads_to)
{
    attn_context *context = unit_context(1);
    attn_params *saved = params_with(context, "a.decision", ATTN_ACTIVATION_TANH);
    content room;
    attn_file *file = reopened(context, saved, &room);
    const struct {
        const char *name, *from, *to;
    } cases[] = {
        {"decision", "a.decision.", "decision."},
        {"decision", "a.decision", "decision"},
        {"decision", "a.", NULL},
        {"decision", "a.", ""},
        {"decision", "a.dec", "dec"},
        {"decision", "a.decision.w", "decision.w"},
        {"reader", "a.decision.", "reader."},
        {"b.decision", "a.", "b."},
        {"a.decision", NULL, NULL},
        {"a.decision", NULL, ""},
        {"x.a.decision", NULL, "x."},
        {"reader", "a.decision.bias", "reader.bias"},
        {"", "a.decision.", NULL},
        {"", "a.decision.w", "w"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        attn_params *same = params_with(context, cases[i].name, ATTN_ACTIVATION_TANH),
                    *other = params_with(context, cases[i].name, ATTN_ACTIVATION_RELU);
        OK(attn_file_load(file, same, cases[i].from, cases[i].to));
        FAILS(ATTN_ERR_FORMAT, "layer \"a.decision\" has activation 1; these params have 3",
              attn_file_load(file, other, cases[i].from, cases[i].to));
        attn_params_destroy(&same);
        attn_params_destroy(&other);
    }
    attn_file_close(&file);
    free(room.bytes);
    attn_params_destroy(&saved);
    attn_context_destroy(&context);
}
END_TEST

/* A layer that is called "" has tensors called "weight" and "bias". */
START_TEST(a_layer_without_a_name_is_kept_and_compared)
{
    attn_context *context = unit_context(1);
    attn_params *saved = params_with(context, "", ATTN_ACTIVATION_TANH), *made = params_of(context, 1);
    attn_dense *dense = NULL;
    attn_tensor view = ATTN_TENSOR_INIT;
    attn_layer_info info = ATTN_LAYER_INFO_INIT;
    attn_dense_info of = ATTN_DENSE_INFO_INIT;
    content room;
    attn_file *file = reopened(context, saved, &room);
    OK(attn_file_find(file, "weight", &view));
    OK(attn_file_layer(file, 0, &info));
    ck_assert_str_eq(info.name, "");
    OK(attn_params_add(made, "d.weight", 1, (int64_t[]){1}, NULL)); /* of another */
    OK(attn_file_dense_create(file, "", made, &dense));
    OK(attn_dense_get_info(dense, &of));
    ck_assert_str_eq(of.name, "");
    ck_assert_int_eq(of.activation, ATTN_ACTIVATION_TANH);
    OK(attn_params_find(made, "bias", &view));
    attn_dense_destroy(&dense);
    FAILS(ATTN_ERR_ARGUMENT, "there is already a layer called \"\"",
          attn_file_dense_create(file, "", made, &dense));
    FAILS(ATTN_ERR_ARGUMENT,
          "there is already a layer called \"\", of the kind dense; give this one another name",
          attn_dense_create(made, "", 3, 2, NULL, &dense));

    const struct {
        const char *name, *from, *to;
    } cases[] = {{"", NULL, NULL}, {"decision", NULL, "decision."}, {"decision", "w", "decision.w"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        attn_params *same = params_with(context, cases[i].name, ATTN_ACTIVATION_TANH),
                    *other = params_with(context, cases[i].name, ATTN_ACTIVATION_RELU);
        OK(attn_file_load(file, same, cases[i].from, cases[i].to));
        FAILS(ATTN_ERR_FORMAT, "layer \"\" has activation 1; these params have 3",
              attn_file_load(file, other, cases[i].from, cases[i].to));
        attn_params_destroy(&same);
        attn_params_destroy(&other);
    }
    attn_params *taken = params_of(context, 1);
    OK(attn_params_add(taken, "bias", 1, (int64_t[]){2}, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "there is already a tensor called \"bias\"",
          attn_file_dense_create(file, "", taken, &dense));
    attn_params_destroy(&taken);
    attn_file_close(&file);
    free(room.bytes);
    attn_params_destroy(&saved);
    attn_params_destroy(&made);
    attn_context_destroy(&context);
}
END_TEST

/* "a" and "a.b" are two layers: neither stands in the other's way, in either order. */
START_TEST(a_layer_whose_name_begins_with_anothers_is_another)
{
    attn_context *context = unit_context(1);
    attn_params *saved = params_with(context, "a", ATTN_ACTIVATION_TANH),
                *others = params_with(context, "a", ATTN_ACTIVATION_RELU);
    attn_dense *dense = NULL;
    OK(attn_dense_create(saved, "a.b", 3, 2, NULL, &dense));
    attn_dense_destroy(&dense);
    OK(attn_dense_create(others, "a.b", 3, 2, NULL, &dense));
    attn_dense_destroy(&dense);
    content room;
    attn_file *file = reopened(context, saved, &room);
    OK(attn_file_load(file, others, "a.b.", "a.b.")); /* though "a" is another */
    for (int k = 0; k < 2; k++) {
        attn_params *made = params_of(context, 1);
        OK(attn_file_dense_create(file, k ? "a" : "a.b", made, &dense));
        attn_dense_destroy(&dense);
        OK(attn_file_dense_create(file, k ? "a.b" : "a", made, &dense));
        attn_dense_destroy(&dense);
        attn_params_destroy(&made);
    }
    attn_file_close(&file);
    free(room.bytes);
    attn_params_destroy(&saved);
    attn_params_destroy(&others);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(layers_that_are_not_loaded_or_not_described_may_differ)
{
    attn_context *context = unit_context(1);
    attn_params *saved = params_with(context, "decision", ATTN_ACTIVATION_TANH),
                *plain = params_of(context, 1);
    attn_dense *dense = NULL;
    OK(attn_dense_create(saved, "second", 3, 2, NULL, &dense));
    attn_dense_destroy(&dense);
    OK(attn_params_add(plain, "decision.weight", 2, (int64_t[]){2, 3}, NULL));
    OK(attn_params_add(plain, "decision.bias", 1, (int64_t[]){2}, NULL));
    content room;
    attn_file *file = reopened(context, saved, &room);
    OK(attn_file_load(file, plain, NULL, NULL)); /* tensors of one's own are no layer */
    attn_file_close(&file);
    free(room.bytes);

    /* And the other way: a file that describes nothing is loaded into any layer. */
    file = reopened(context, plain, &room);
    attn_params *other = params_with(context, "decision", ATTN_ACTIVATION_NONE);
    OK(attn_file_load(file, other, NULL, NULL));
    attn_file_close(&file);
    free(room.bytes);
    attn_params_destroy(&other);

    other = params_with(context, "decision", ATTN_ACTIVATION_NONE);
    OK(attn_dense_create(other, "second", 3, 2, NULL, &dense));
    attn_dense_destroy(&dense);
    file = reopened(context, saved, &room);
    OK(attn_file_load(file, other, "second.", "second."));
    FAILS(ATTN_ERR_FORMAT, "layer \"decision\"", attn_file_load(file, other, NULL, NULL));
    attn_file_close(&file);
    free(room.bytes);
    attn_params_destroy(&other);
    attn_params_destroy(&plain);
    attn_params_destroy(&saved);
    attn_context_destroy(&context);
}
END_TEST

_Static_assert(sizeof(attn_layer_info) == offsetof(attn_layer_info, kind) + sizeof(char *),
               "no tail padding");

UNIT_MAIN("file_layers", a_layer_without_a_name_is_kept_and_compared,
          a_layer_whose_name_begins_with_anothers_is_another,
          layers_are_listed_in_the_order_in_which_they_were_made, a_description_is_json_of_kind_and_options,
          a_dense_layer_is_made_by_its_file_and_gives_the_same_bits, an_embedding_is_made_by_its_file,
          an_attention_is_made_by_its_file_and_gives_the_same_bits,
          a_recurrent_layer_is_made_by_its_file_and_gives_the_same_bits,
          each_option_of_attention_that_decides_is_compared, a_layer_that_cannot_be_made_changes_nothing,
          a_layer_with_another_option_is_named_with_both_values,
          a_layer_is_compared_with_the_one_that_its_prefix_leads_to,
          layers_that_are_not_loaded_or_not_described_may_differ)
