/* test_file.c - saving and loading a model: what comes back, what the file holds, what a failure leaves behind.
 * test_file_damaged.c has the files that must be refused. */
#define _GNU_SOURCE /* asprintf */
#include <jansson.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "unit.h"
#include "unit_file.h"

#define CONFIG "{\"hidden\": 3, \"name\": \"caf\xc3\xa9 \\\"quoted\\\"\"}\n"

/* "encoder.weight" [5, 3], "encoder.bias" [7] and "gate" [2, 1, 2, 1]: an odd number of floats in all but the last. */
static attn_params *make_params(attn_context *context, uint64_t seed)
{
    attn_params *params = NULL;
    OK(attn_params_create(context, UNIT_SEED(seed), &params));
    OK(attn_params_add(params, "encoder.weight", 2, (int64_t[]){5, 3}, UNIT_INIT(ATTN_INIT_NORMAL)));
    OK(attn_params_add(params, "encoder.bias", 1, (int64_t[]){7}, UNIT_INIT(ATTN_INIT_NORMAL)));
    OK(attn_params_add(params, "gate", 4, (int64_t[]){2, 1, 2, 1}, UNIT_INIT(ATTN_INIT_NORMAL)));
    return params;
}

static void assert_same_values(attn_params *a, attn_params *b)
{
    ck_assert_int_eq(attn_params_size(a), attn_params_size(b));
    ck_assert_mem_eq(attn_params_values(a), attn_params_values(b),
                     (size_t)attn_params_size(a) * sizeof(float));
}

/* Tokens that JSON must quote, one that is not ASCII, and one more. */
static attn_vocab *make_vocab(attn_context *context, const char *token)
{
    attn_vocab_builder *builder = NULL;
    attn_vocab *vocab = NULL;
    OK(attn_vocab_builder_create(context, NULL, &builder));
    OK(attn_vocab_builder_add_token(builder, "film", 7));
    OK(attn_vocab_builder_add_token(builder, "\"", 5));
    OK(attn_vocab_builder_add_token(builder, "\\n", 4));
    OK(attn_vocab_builder_add_token(builder, "\xe6\x98\xa0\xe7\x94\xbb", 3));
    OK(attn_vocab_builder_add_token(builder, token, 2));
    OK(attn_vocab_create(builder, NULL, &vocab));
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

/* Training whose gradients depend on the values, so that any difference grows: steps [first, last). */
static void train(attn_params *params, attn_adam *adam, int64_t first, int64_t last)
{
    for (int64_t step = first; step < last; step++) {
        float *values = attn_params_values(params), *gradients = unit_gradients(params);
        OK(attn_params_zero_grad(params));
        for (int64_t i = 0; i < attn_params_size(params); i++)
            gradients[i] += values[i] * values[i] - 0.3f + 0.01f * (float)(i * step % 17);
        OK(attn_adam_step(adam, NULL));
    }
}

static attn_adam *make_adam(attn_params *params)
{
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    options.lr = 0.05f;
    options.weight_decay = 0.01f;
    options.clip_norm = 1.0f;
    options.lr_decay = 0.9f;
    options.lr_decay_steps = 4;
    attn_adam *adam = NULL;
    OK(attn_adam_create(params, &options, &adam));
    return adam;
}

/* ---- what comes back ------------------------------------------------------------------------------------- */

START_TEST(weights_come_back_bit_for_bit)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *saved = make_params(context, 1), *loaded = make_params(context, 2);
    attn_params_values(saved)[0] = -0.0f;
    attn_params_values(saved)[1] = 1e-42f; /* subnormal */
    OK(attn_params_save(saved, unit_path("m"), NULL));

    attn_file *file = NULL;
    OK(attn_file_open(context, unit_path("m"), &file));
    OK(attn_file_load(file, loaded, NULL, NULL));
    assert_same_values(saved, loaded);
    ck_assert_ptr_null(attn_file_config(file));
    attn_vocab *vocab = NULL;
    FAILS(ATTN_ERR_FORMAT, "holds no vocabulary", attn_file_vocab_create(file, NULL, &vocab));
    ck_assert_ptr_null(vocab);
    attn_adam *adam = make_adam(loaded);
    FAILS(ATTN_ERR_FORMAT, "holds no optimiser", attn_file_load_adam(file, adam));

    attn_adam_destroy(&adam);
    attn_file_close(&file);
    ck_assert_ptr_null(file);
    attn_params_destroy(&saved);
    attn_params_destroy(&loaded);
    attn_context_destroy(&context);
    unit_folder_remove("m");
}
END_TEST

START_TEST(tensors_are_listed_in_the_order_of_adding)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    OK(attn_params_save(params, unit_path("m"), NULL));
    attn_file *file = NULL;
    OK(attn_file_open(context, unit_path("m"), &file));

    attn_tensor view = ATTN_TENSOR_INIT;
    ck_assert_int_eq(attn_file_count(file), 3);
    OK(attn_file_tensor(file, 0, &view));
    ck_assert_str_eq(view.name, "encoder.weight");
    ck_assert_int_eq(view.rank, 2);
    ck_assert_mem_eq(view.shape, ((int64_t[ATTN_MAX_RANK]){5, 3, 1, 1, 1, 1, 1, 1}), sizeof view.shape);
    OK(attn_file_tensor(file, 2, &view));
    ck_assert_str_eq(view.name, "gate");
    ck_assert_int_eq(view.rank, 4);
    ck_assert_mem_eq(view.shape, ((int64_t[ATTN_MAX_RANK]){2, 1, 2, 1, 1, 1, 1, 1}), sizeof view.shape);
    FAILS(ATTN_ERR_ARGUMENT, "index is 3", attn_file_tensor(file, 3, &view));
    FAILS(ATTN_ERR_ARGUMENT, "index is -1", attn_file_tensor(file, -1, &view));

    attn_file_close(&file);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    unit_folder_remove("m");
}
END_TEST

START_TEST(vocabulary_and_configuration_come_back_and_outlive_what_they_came_from)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    attn_vocab *saved = make_vocab(context, "it's"), *loaded = NULL;
    OK(attn_params_save(params, unit_path("m"), UNIT_SAVE(.vocab = saved, .config = CONFIG)));
    attn_file *file = NULL;
    OK(attn_file_open(context, unit_path("m"), &file));
    attn_context_destroy(&context);

    ck_assert_str_eq(attn_file_config(file), CONFIG);
    OK(attn_file_vocab_create(file, NULL, &loaded));
    attn_file_close(&file);
    ck_assert_int_eq(attn_vocab_size(loaded), attn_vocab_size(saved));
    for (int32_t id = 0; id < attn_vocab_size(saved); id++) {
        ck_assert_str_eq(attn_vocab_token(loaded, id), attn_vocab_token(saved, id));
        ck_assert_int_eq(attn_vocab_frequency(loaded, id), attn_vocab_frequency(saved, id));
    }

    attn_vocab_destroy(&saved);
    attn_vocab_destroy(&loaded);
    attn_params_destroy(&params);
    unit_folder_remove("m");
}
END_TEST

START_TEST(an_interrupted_training_continues_bit_for_bit)
{
    unit_folder_make();
    attn_context *context = unit_context(2);
    attn_params *whole = make_params(context, 1), *first = make_params(context, 1),
                *second = make_params(context, 9);
    attn_adam *whole_adam = make_adam(whole), *first_adam = make_adam(first),
              *second_adam = make_adam(second);
    train(whole, whole_adam, 0, 20);

    train(first, first_adam, 0, 11);
    OK(attn_params_save(first, unit_path("m"), UNIT_SAVE(.adam = first_adam)));
    attn_file *file = NULL;
    OK(attn_file_open(context, unit_path("m"), &file));
    ck_assert_int_eq(attn_file_count(file), 9);
    OK(attn_file_load(file, second, NULL, NULL));
    OK(attn_file_load_adam(file, second_adam));
    attn_file_close(&file);
    ck_assert_int_eq(attn_adam_steps(second_adam), 11);
    ck_assert(attn_adam_lr(second_adam) == attn_adam_lr(first_adam));
    train(second, second_adam, 11, 20);
    assert_same_values(second, whole);

    /* And the checkpoints of both are the same file. */
    OK(attn_params_save(whole, unit_path("m"), UNIT_SAVE(.adam = whole_adam)));
    size_t size, other_size;
    char *bytes = unit_file_read(unit_path("m"), &size);
    OK(attn_params_save(second, unit_path("m"), UNIT_SAVE(.adam = second_adam)));
    char *other = unit_file_read(unit_path("m"), &other_size);
    ck_assert_uint_eq(size, other_size);
    ck_assert_mem_eq(bytes, other, size);

    free(bytes);
    free(other);
    attn_adam_destroy(&whole_adam);
    attn_adam_destroy(&first_adam);
    attn_adam_destroy(&second_adam);
    attn_params_destroy(&whole);
    attn_params_destroy(&first);
    attn_params_destroy(&second);
    attn_context_destroy(&context);
    unit_folder_remove("m");
}
END_TEST

/* ---- what the file holds --------------------------------------------------------------------------------- */

START_TEST(the_file_is_safetensors)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    attn_adam *adam = make_adam(params);
    attn_vocab *vocab = make_vocab(context, "it's");
    train(params, adam, 0, 3);
    OK(attn_params_save(params, unit_path("m"), UNIT_SAVE(.vocab = vocab, .config = CONFIG, .adam = adam)));
    size_t size;
    char *bytes = unit_file_read(unit_path("m"), &size);

    uint64_t length;
    memcpy(&length, bytes, sizeof length);
    unit_file_turn(&length, sizeof length, 1);
    ck_assert_uint_eq((8 + length) % 8, 0);
    ck_assert_int_eq(bytes[8], '{');
    ck_assert_uint_eq(8 + length + 3 * (size_t)attn_params_size(params) * sizeof(float), size);
    json_t *header = json_loadb(bytes + 8, (size_t)length, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(header);
    ck_assert_uint_eq(json_object_size(header), 10);

    const char *format, *version, *config, *text, *steps;
    ck_assert_int_eq(json_unpack(header, "{s:{s:s, s:s, s:s, s:s, s:s}}", "__metadata__", "format", &format,
                                 "version", &version, "config", &config, "vocab", &text, "adam.steps",
                                 &steps),
                     0);
    ck_assert_str_eq(format, "libattn");
    ck_assert_str_eq(version, "2");
    ck_assert_str_eq(config, CONFIG);
    ck_assert_str_eq(steps, "3");
    ck_assert_ptr_nonnull(strstr(text, "film\t7\n\"\t5\n"));

    /* Each weight lies where its offsets say. */
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        attn_tensor tensor = ATTN_TENSOR_INIT;
        OK(attn_params_tensor(params, i, &tensor));
        const char *type;
        json_t *shape;
        json_int_t begin, end;
        ck_assert_int_eq(json_unpack(header, "{s:{s:s, s:o, s:[I, I]!}}", tensor.name, "dtype", &type,
                                     "shape", &shape, "data_offsets", &begin, &end),
                         0);
        ck_assert_str_eq(type, "F32");
        ck_assert_int_eq((int32_t)json_array_size(shape), tensor.rank);
        for (int32_t d = 0; d < tensor.rank; d++)
            ck_assert_int_eq(json_integer_value(json_array_get(shape, (size_t)d)), tensor.shape[d]);
        ck_assert_int_eq(end - begin, tensor.size * 4);
        unit_file_turn(bytes + 8 + length + begin, sizeof(float), (size_t)tensor.size);
        ck_assert_mem_eq(bytes + 8 + length + begin, tensor.values, (size_t)(end - begin));
    }

    json_decref(header);
    free(bytes);
    attn_vocab_destroy(&vocab);
    attn_adam_destroy(&adam);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    unit_folder_remove("m");
}
END_TEST

START_TEST(an_open_file_keeps_its_numbers_when_the_file_is_replaced)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *first = make_params(context, 1), *second = make_params(context, 2),
                *loaded = make_params(context, 3);
    OK(attn_params_save(first, unit_path("m"), NULL));
    attn_file *file = NULL;
    OK(attn_file_open(context, unit_path("m"), &file));
    OK(attn_params_save(second, unit_path("m"), UNIT_SAVE(.config = CONFIG)));
    OK(attn_file_load(file, loaded, NULL, NULL));
    assert_same_values(loaded, first);
    attn_file_close(&file);
    attn_params_destroy(&first);
    attn_params_destroy(&second);
    attn_params_destroy(&loaded);
    attn_context_destroy(&context);
    unit_folder_remove("m");
}
END_TEST

START_TEST(params_without_tensors_are_a_file_too)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *params = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_params_save(params, unit_path("m"), UNIT_SAVE(.config = "")));
    attn_file *file = NULL;
    OK(attn_file_open(context, unit_path("m"), &file));
    ck_assert_int_eq(attn_file_count(file), 0);
    ck_assert_str_eq(attn_file_config(file), "");
    OK(attn_file_load(file, params, NULL, NULL));
    attn_file_close(&file);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    unit_folder_remove("m");
}
END_TEST

/* Three updates from gradients of 1, 2, 3, ...; what was set is set. */
static void go_on(attn_params *params, attn_adam *adam, int32_t sets)
{
    if (sets) {
        OK(attn_adam_set_lr(adam, 0.25f));
        OK(attn_params_set_lr_scale(params, "a", 3.0f));
        OK(attn_params_set_trainable(params, "b", 0));
    }
    for (int step = 0; step < 3; step++) {
        OK(attn_params_zero_grad(params));
        for (int64_t i = 0; i < attn_params_size(params); i++)
            attn_params_gradients(params)[i] = (float)(i + 1);
        OK(attn_adam_step(adam, NULL));
    }
}

/* file.h: the state, not the settings. */
START_TEST(a_run_goes_on_to_the_same_bits_once_its_settings_are_set_again)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *params[3] = {NULL};
    attn_adam *adam[3] = {NULL};
    attn_file *file = NULL;
    for (int k = 0; k < 3; k++) {
        OK(attn_params_create(context, UNIT_SEED(7), &params[k]));
        OK(attn_params_add(params[k], "a", 1, (int64_t[]){4}, NULL));
        OK(attn_params_add(params[k], "b", 1, (int64_t[]){4}, NULL));
        OK(attn_adam_create(params[k], NULL, &adam[k]));
    }
    go_on(params[0], adam[0], 1);
    OK(attn_params_save(params[0], unit_path("m"), UNIT_SAVE(.adam = adam[0])));
    go_on(params[0], adam[0], 0);
    OK(attn_file_open(context, unit_path("m"), &file));
    for (int k = 1; k < 3; k++) {
        OK(attn_file_load(file, params[k], NULL, NULL));
        OK(attn_file_load_adam(file, adam[k]));
        go_on(params[k], adam[k], k == 1);
    }
    attn_file_close(&file);
    ck_assert_mem_eq(attn_params_values(params[0]), attn_params_values(params[1]), 8 * sizeof(float));
    for (int i = 0; i < 8; i++) /* a is slower, b not frozen */
        ck_assert_float_ne(attn_params_values(params[0])[i], attn_params_values(params[2])[i]);
    for (int k = 0; k < 3; k++) {
        attn_adam_destroy(&adam[k]);
        attn_params_destroy(&params[k]);
    }
    attn_context_destroy(&context);
    unit_folder_remove("m");
}
END_TEST

/* ---- what a failure leaves behind ------------------------------------------------------------------------ */

START_TEST(what_cannot_be_saved_is_refused)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1), *others = make_params(context, 1);
    attn_adam *adam = make_adam(params);
    const char *path = unit_path("m");
    FAILS(ATTN_ERR_ARGUMENT, "path is NULL", attn_params_save(params, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "params is NULL", attn_params_save(NULL, path, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "other params", attn_params_save(others, path, UNIT_SAVE(.adam = adam)));
    FAILS(ATTN_ERR_ARGUMENT, "byte 3 of config",
          attn_params_save(params, path, UNIT_SAVE(.config = "bad\xff")));
    attn_vocab *vocab = make_vocab(context, "caf\xe9");
    FAILS(ATTN_ERR_ARGUMENT, "the vocabulary is not UTF-8",
          attn_params_save(params, path, UNIT_SAVE(.vocab = vocab)));
    attn_vocab_destroy(&vocab);
    attn_params_values(params)[15] = NAN;
    FAILS(ATTN_ERR_ARGUMENT, "number 0 of \"encoder.bias\" is NaN", attn_params_save(params, path, NULL));
    attn_params_values(params)[15] = 0;
    OK(attn_params_add(params, "later", 1, (int64_t[]){1}, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "3 tensors and there are 4",
          attn_params_save(params, path, UNIT_SAVE(.adam = adam)));
    attn_adam_destroy(&adam);
    attn_params_destroy(&params);
    attn_params_destroy(&others);
    attn_context_destroy(&context);
    unit_folder_remove(NULL);
}
END_TEST

START_TEST(a_path_that_cannot_be_written_is_an_io_error)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    FAILS(ATTN_ERR_IO, "No such file", attn_params_save(params, unit_path("none/m"), NULL));
    FAILS(ATTN_ERR_IO, "Is a directory", attn_params_save(params, unit_path("."), NULL));
    FAILS(ATTN_ERR_IO, "attn_params_save: cannot write", attn_params_save(params, "/proc/m", NULL));
    FAILS(ATTN_ERR_IO, "attn_params_save: cannot write", attn_params_save(params, "/dev/full", NULL));
    attn_file *file = NULL;
    FAILS(ATTN_ERR_IO, "No such file", attn_file_open(context, unit_path("none"), &file));
    FAILS(ATTN_ERR_IO, "Is a directory", attn_file_open(context, unit_path("."), &file));
    ck_assert_ptr_null(file);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    unit_folder_remove(NULL);
}
END_TEST

START_TEST(the_longest_name_can_be_written_and_keeps_its_mode)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    char *path = NULL;
    ck_assert_int_gt(asprintf(&path, "%s/%s", unit_folder, name), 0);
    for (int32_t i = 0; i < 2; i++) { /* a new one, and one that is there */
        OK(attn_params_save(params, path, NULL));
        struct stat status;
        ck_assert_int_eq(stat(path, &status), 0);
        ck_assert(i == 0 || (status.st_mode & 07777) == 0600);
        ck_assert_int_eq(chmod(path, 0600), 0);
    }
    /* And by a name without a folder, and through a link. */
    ck_assert_int_eq(chdir(unit_folder), 0);
    OK(attn_params_save(params, "m", NULL));
    ck_assert_int_eq(symlink(name, "link"), 0);
    OK(attn_params_save(params, "link", NULL));
    struct stat status;
    ck_assert_int_eq(lstat("link", &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert_int_eq(unlink("link"), 0);
    ck_assert_int_eq(unlink(path), 0);
    free(path);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    ck_assert_int_eq(chdir("/"), 0);
    unit_folder_remove("m");
}
END_TEST

START_TEST(a_full_disk_leaves_the_previous_file)
{
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_params *params = make_params(context, 1);
    OK(attn_params_save(params, unit_path("m"), UNIT_SAVE(.config = "the first")));
    size_t size, size_after;
    char *before = unit_file_read(unit_path("m"), &size);
    OK(attn_params_add(params, "large", 1, (int64_t[]){100000}, NULL));

    struct rlimit unlimited, limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    signal(SIGXFSZ, SIG_IGN);
    limit = unlimited;
    /* Nothing can be written; the header cannot; the numbers cannot; the last one cannot. */
    for (size_t i = 0; i < 4; i++) {
        limit.rlim_cur = ((rlim_t[]){0, 100, 50000, 400100})[i];
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        attn_status status = attn_params_save(params, unit_path("m"), UNIT_SAVE(.config = "the second"));
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
        FAILS(ATTN_ERR_IO, "File too large", status);
        char *after = unit_file_read(unit_path("m"), &size_after);
        ck_assert_uint_eq(size, size_after);
        ck_assert_mem_eq(before, after, size);
        free(after);
    }
    free(before);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
    unit_folder_remove("m"); /* which fails where a temporary file was left */
}
END_TEST

UNIT_MAIN("file", a_run_goes_on_to_the_same_bits_once_its_settings_are_set_again,
          weights_come_back_bit_for_bit, tensors_are_listed_in_the_order_of_adding,
          vocabulary_and_configuration_come_back_and_outlive_what_they_came_from,
          an_interrupted_training_continues_bit_for_bit, the_file_is_safetensors,
          an_open_file_keeps_its_numbers_when_the_file_is_replaced, params_without_tensors_are_a_file_too,
          what_cannot_be_saved_is_refused, a_path_that_cannot_be_written_is_an_io_error,
          the_longest_name_can_be_written_and_keeps_its_mode, a_full_disk_leaves_the_previous_file)
