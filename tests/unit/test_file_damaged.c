/* test_file_damaged.c - model files that others wrote, by accident or in malice: each must be refused as FORMAT with one
 * line that says why, and must change nothing. */
#include "unit.h"
#include "unit_file.h"

static attn_context *context;

static void begin(void)
{
    unit_folder_make();
    context = unit_context(1);
}

static void end(void)
{
    attn_context_destroy(&context);
    unit_folder_remove("m");
}

/* A file with this header and `size` bytes of 0 behind it. */
static void write_file(const char *header, size_t size)
{
    size_t length = strlen(header);
    char *bytes = calloc(1, 8 + length + size);
    memcpy(bytes, &(uint64_t){length}, 8);
    unit_file_turn(bytes, 8, 1);
    memcpy(bytes + 8, header, length);
    unit_file_write(unit_path("m"), bytes, 8 + length + size);
    free(bytes);
}

static void refused(const char *part)
{
    attn_file *file = (attn_file *)1;
    FAILS(ATTN_ERR_FORMAT, part, attn_file_open(context, unit_path("m"), &file));
    ck_assert_ptr_null(file);
    ck_assert_ptr_nonnull(strstr(attn_last_error(), "attn_file_open: "));
    ck_assert_ptr_nonnull(strstr(attn_last_error(), unit_path("m")));
}

static attn_params *make_params(void)
{
    attn_params *params = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_params_add(params, "a", 1, (int64_t[]){2}, UNIT_INIT(ATTN_INIT_ONE)));
    OK(attn_params_add(params, "b", 2, (int64_t[]){1, 3}, UNIT_INIT(ATTN_INIT_ONE)));
    return params;
}

/* Open the file and load it into params and Adam; gives the status of `load` or of `load_adam`. */
static attn_status load(int adam_too)
{
    attn_file *file = NULL;
    OK(attn_file_open(context, unit_path("m"), &file));
    attn_params *params = make_params();
    attn_adam *adam = NULL;
    OK(attn_adam_create(params, NULL, &adam));
    attn_status status =
        adam_too ? attn_file_load_adam(file, adam) : attn_file_load(file, params, NULL, NULL);
    for (int64_t i = 0; i < attn_params_size(params); i++)
        ck_assert_msg(status == ATTN_OK || attn_params_values(params)[i] == 1,
                      "a failed load changed the params");
    ck_assert_msg(status == ATTN_OK || attn_adam_steps(adam) == 0, "a failed load changed the optimiser");
    attn_adam_destroy(&adam);
    attn_params_destroy(&params);
    attn_file_close(&file);
    return status;
}

/* ---- opening --------------------------------------------------------------------------------------------- */

START_TEST(a_file_cut_anywhere_is_refused)
{
    begin();
    attn_params *params = make_params();
    OK(attn_params_save(params, unit_path("m"), UNIT_SAVE(.config = "config")));
    attn_params_destroy(&params);
    size_t size;
    char *bytes = unit_file_read(unit_path("m"), &size);
    for (size_t cut = 0; cut < size; cut++) {
        unit_file_write(unit_path("m"), bytes, cut);
        refused(cut == 0 ? "is empty" : cut < 10 ? "is not a safetensors file" : "is truncated");
    }
    bytes[size] = 0;
    unit_file_write(unit_path("m"), bytes, size + 1);
    refused("is too long");
    attn_file *file;
    FAILS(ATTN_ERR_FORMAT, "a file in memory (0 bytes) is not",
          attn_file_open_memory(context, bytes, 0, &file));
    FAILS(ATTN_ERR_FORMAT, "a file in memory (0 bytes) is not",
          attn_file_open_memory(context, NULL, 0, &file));
    FAILS(ATTN_ERR_ARGUMENT, "data is NULL; expected 3 bytes",
          attn_file_open_memory(context, NULL, 3, &file));
    ck_assert_ptr_null(file);
    free(bytes);
    end();
}
END_TEST

START_TEST(other_files_are_not_safetensors)
{
    begin();
    const char *contents[] = {"hello",
                              "the quick brown fox jumps over the lazy dog",
                              "\177ELF............",
                              "PK\3\4....................",
                              "{\"a\": 1}           ",
                              "12345678{}",
                              "\1\0\0\0\0\0\0\0{}"};
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        size_t size = i == 6 ? 10 : strlen(contents[i]);
        unit_file_write(unit_path("m"), contents[i], size);
        refused("is not a safetensors file");
    }
    uint64_t length = 100000001;
    char bytes[64] = {0};
    memcpy(bytes, &length, 8);
    unit_file_turn(bytes, 8, 1);
    bytes[8] = '{';
    unit_file_write(unit_path("m"), bytes, sizeof bytes);
    refused("its header would have 100000001 bytes; expected 2 to 100000000");
    length = UINT64_MAX;
    memcpy(bytes, &length, 8);
    unit_file_turn(bytes, 8, 1);
    unit_file_write(unit_path("m"), bytes, sizeof bytes);
    refused("is not a safetensors file");
    length = 57;
    memcpy(bytes, &length, 8);
    unit_file_turn(bytes, 8, 1);
    unit_file_write(unit_path("m"), bytes, sizeof bytes);
    refused("its header ends at byte 65, the file at 64");
    end();
}
END_TEST

#define TENSOR(shape, offsets) "{\"a\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define TWO(first, second)                                                                                   \
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" first                                        \
    "},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" second "}}"

START_TEST(each_bad_header_is_refused)
{
    static const struct {
        const char *header;
        size_t size;
        const char *part;
    } cases[] = {
        {"{\"a\":", 0, "the header is not JSON"},
        {"{} {}", 0, "the header is not JSON"},
        {"{\"a\xff\":1}", 0, "the header is not JSON"},
        {"{\"a\\u0000b\":{}}", 0, "the header is not JSON"},
        {"{\"__metadata__\":{\"config\":\"a\\u0000b\"}}", 0, "the header is not JSON"},
        {"{\"a\":{},\"a\":{}}", 0, "duplicate"},
        {"{\"__metadata__\":[]}", 0, "__metadata__ is not a JSON object"},
        {"{\"__metadata__\":{\"config\":{}}}", 0, "__metadata__.config is not a string"},
        {"{\"__metadata__\":{\"format\":\"libattn\",\"version\":\"1\"}}", 0, "train the model again"},
        {"{\"__metadata__\":{\"format\":\"libattn\",\"version\":\"3\"}}", 0, "version \"3\""},
        {"{\"__metadata__\":{\"format\":\"libattn\"}}", 0, "version \"\""},
        {"{\"a\":3}", 0, "\"a\" has no dtype"},
        {"{\"a\":{}}", 0, "\"a\" has no dtype"},
        {"{\"a\":{\"dtype\":1}}", 0, "\"a\" has no dtype"},
        {"{\"a\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
         "span 8 bytes; its shape needs 4"},
        {"{\"a\":{\"dtype\":\"LATER\",\"shape\":[72],\"data_offsets\":[0,8]}}", 8,
         "span 8 bytes; its shape needs 9"},
        {"{\"a\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
         "span 8 bytes; its shape needs 16"},
        {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
         "duplicate"},
        {TENSOR("[],\"shape\":[2]", "[0,8]"), 8, "duplicate, \"shape\""},
        {TENSOR("2,\"shape\":[2]", "[0,8]"), 8, "duplicate, \"shape\""},
        {TENSOR("[2]", "[],\"data_offsets\":[0,8]"), 8, "duplicate, \"data_offsets\""},
        {TENSOR("[2]", "{},\"data_offsets\":[0,8]"), 8, "duplicate, \"data_offsets\""},
        {"{\"a\":{\"dtype\":\"F32\"}}", 0, "shape of \"a\""},
        {TENSOR("2", "[0,8]"), 8, "shape of \"a\""},
        {TENSOR("[1,1,1,1,1,1,1,1,2]", "[0,8]"), 8, "at most 8 dimensions"},
        {TENSOR("[-2]", "[0,8]"), 8, "dimension 0 of \"a\""},
        {TENSOR("[2,1.0]", "[0,8]"), 8, "dimension 1 of \"a\""},
        {TENSOR("[\"2\"]", "[0,8]"), 8, "dimension 0 of \"a\""},
        {TENSOR("[99999999999999999999]", "[0,8]"), 8, "the header is not JSON"},
        {TENSOR("[4294967296,4294967296]", "[0,0]"), 0, "more numbers than any file"},
        {TENSOR("[9223372036854775807]", "[0,0]"), 0, "more numbers than any file"},
        {TENSOR("[2147483648,2147483648]", "[0,0]"), 0, "more numbers than any file"},
        {TENSOR("[2]", "[0]"), 8, "data_offsets of \"a\" are not two"},
        {TENSOR("[2]", "[0,8,8]"), 8, "data_offsets of \"a\" are not two"},
        {TENSOR("[2]", "{\"0\":8}"), 8, "data_offsets of \"a\" are not two"},
        {TENSOR("[2]", "[8,0]"), 8, "0 <= begin <= end"},
        {TENSOR("[2]", "[-8,0]"), 8, "0 <= begin <= end"},
        {TENSOR("[2]", "[0,8.0]"), 8, "data_offsets of \"a\" are not two"},
        {TENSOR("[2]", "[0,4]"), 8, "span 4 bytes; its shape needs 8"},
        {TENSOR("[2]", "[0,9223372036854775807]"), 8, "its shape needs 8"},
        {TENSOR("[2]", "[0,8]"), 4, "is truncated"},
        {TENSOR("[2]", "[0,8]"), 9, "is too long"},
        {TENSOR("[2000000000000000000]", "[0,8000000000000000000]"), 8,
         "its header describes 80000000000000"},
        {TENSOR("[2]", "[4,12]"), 12, "\"a\" begins at byte 4 of the data; expected 0: it leaves a hole"},
        {TWO("[0,8]", "[4,12]"), 16, "\"b\" begins at byte 4 of the data; expected 8: it overlaps another"},
        {TWO("[0,8]", "[0,8]"), 8, "\"b\" begins at byte 0 of the data; expected 8: it overlaps another"},
        {TWO("[12,20]", "[0,8]"), 20, "\"a\" begins at byte 12 of the data; expected 8: it leaves a hole"},
    };
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(cases[i].header, cases[i].size);
        refused(cases[i].part);
    }

    char header[512], name[264];
    memset(name, 'n', 263);
    name[263] = '\0';
    snprintf(header, sizeof header, "{\"%s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
             name);
    write_file(header, 4);
    refused("has 263 bytes; expected at most 262");
    end();
}
END_TEST

START_TEST(a_tokenizer_that_is_none_is_refused)
{
    static const struct {
        const char *tokens, *part; /* NULL: it is right */
    } cases[] = {{"{}", NULL},
                 {"{\\\"keep_case\\\":1}", NULL},
                 {"{\\\"keep_case\\\":1,\\\"later\\\":0}", NULL},
                 {"", "\"tokens\" is not JSON"},
                 {"[]", "\"tokens\" is not JSON"},
                 {"{} {}", "\"tokens\" is not JSON"},
                 {"{\\\"keep_case\\\":2}", "option \"keep_case\""},
                 {"{\\\"keep_case\\\":1.5}", "option \"keep_case\""},
                 {"{\\\"keep_case\\\":true}", "option \"keep_case\""},
                 {"{\\\"keep_case\\\":4294967297}", "option \"keep_case\""},
                 {"{\\\"later\\\":1}", "an option \"later\" that libattn"},
                 {"{\\\"later\\\":\\\"\\\"}", "an option \"later\" that libattn"}};
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[256];
        snprintf(header, sizeof header, "{\"__metadata__\":{\"vocab\":\"film\\t3\\n\",\"tokens\":\"%s\"}}",
                 cases[i].tokens);
        write_file(header, 0);
        attn_file *file = NULL;
        attn_vocab *vocab = NULL;
        OK(attn_file_open(context, unit_path("m"), &file));
        if (cases[i].part)
            FAILS(ATTN_ERR_FORMAT, cases[i].part, attn_file_vocab_create(file, NULL, &vocab));
        else
            OK(attn_file_vocab_create(file, NULL, &vocab));
        ck_assert((vocab == NULL) == (cases[i].part != NULL));
        attn_vocab_destroy(&vocab);
        attn_file_close(&file);
    }
    end();
}
END_TEST

START_TEST(deeply_nested_json_is_refused)
{
    begin();
    size_t depth = 1000000;
    char *header = malloc(depth + 6);
    memcpy(header, "{\"a\":", 5);
    memset(header + 5, '[', depth);
    header[depth + 5] = '\0';
    write_file(header, 0);
    free(header);
    refused("the header is not JSON");
    end();
}
END_TEST

/* ---- loading --------------------------------------------------------------------------------------------- */

START_TEST(any_safetensors_file_of_floats_is_read)
{
    begin();
    /* In another order, with a scalar, an empty tensor, unknown members, and numbers that lie at an odd address. */
    const char *header = "{\"b\":{\"data_offsets\":[8,20],\"x\":[],\"shape\":[1,3],\"dtype\":\"F32\"},"
                         "\"scalar\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[20,24]},"
                         "\"empty\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[8,8]},"
                         "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    size_t length = strlen(header) % 2 ? strlen(header) : strlen(header) + 1;
    float numbers[] = {1, 2, 3, 4, 5, 6};
    char bytes[1024] = {0};
    memcpy(bytes, &(uint64_t){length}, 8);
    unit_file_turn(bytes, 8, 1);
    memset(bytes + 8, ' ', length);
    memcpy(bytes + 8, header, strlen(header));
    memcpy(bytes + 8 + length, numbers, sizeof numbers);
    unit_file_turn(bytes + 8 + length, sizeof(float), sizeof numbers / sizeof *numbers);
    unit_file_write(unit_path("m"), bytes, 8 + length + sizeof numbers);

    attn_file *file = NULL;
    attn_params *params = make_params();
    OK(attn_file_open(context, unit_path("m"), &file));
    ck_assert_int_eq(attn_file_count(file), 4);
    const char *names[] = {"a", "empty", "b", "scalar"};
    int32_t ranks[] = {1, 2, 2, 0};
    for (int64_t i = 0; i < 4; i++) {
        attn_tensor view = ATTN_TENSOR_INIT;
        OK(attn_file_tensor(file, i, &view));
        ck_assert_str_eq(view.name, names[i]);
        ck_assert_int_eq(view.rank, ranks[i]);
        ck_assert_ptr_null(view.values); /* at an odd address */
        ck_assert_ptr_null(view.gradients);
        ck_assert_int_eq(view.offset, -1);
    }
    OK(attn_file_load(file, params, NULL, NULL));
    ck_assert_mem_eq(attn_params_values(params), numbers, 5 * sizeof(float));
    attn_params_destroy(&params);
    attn_file_close(&file);
    end();
}
END_TEST

START_TEST(a_file_that_does_not_fit_the_params_changes_nothing)
{
    begin();
    write_file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8);
    FAILS(ATTN_ERR_FORMAT, "has no tensor \"b\"; expected one of shape [1, 3]", load(0));
    write_file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
               "\"b\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[8,20]}}",
               20);
    FAILS(ATTN_ERR_FORMAT, "\"b\" has the shape [3]; expected [1, 3]", load(0));
    write_file("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
               "\"b\":{\"dtype\":\"F32\",\"shape\":[3,1],\"data_offsets\":[8,20]}}",
               20);
    FAILS(ATTN_ERR_FORMAT, "\"b\" has the shape [3, 1]; expected [1, 3]", load(0));
    FAILS(ATTN_ERR_FORMAT, "holds no optimiser", load(1));
    end();
}
END_TEST

/* Save params and Adam, put `number` in place of float `index` behind the header, and load. */
static attn_status load_with(int64_t index, float number, int adam_too)
{
    attn_params *params = make_params();
    attn_adam *adam = NULL;
    OK(attn_adam_create(params, NULL, &adam));
    OK(attn_params_save(params, unit_path("m"), UNIT_SAVE(.adam = adam)));
    attn_adam_destroy(&adam);
    attn_params_destroy(&params);
    size_t size;
    char *bytes = unit_file_read(unit_path("m"), &size);
    unit_file_turn(&number, sizeof number, 1);
    memcpy(bytes + size - (15 - (size_t)index) * sizeof number, &number, sizeof number);
    unit_file_write(unit_path("m"), bytes, size);
    free(bytes);
    return load(adam_too);
}

START_TEST(numbers_that_are_no_numbers_are_refused)
{
    begin(); /* 0 to 4: a, b; 5 to 9: their m; 10 to 14: their v */
    FAILS(ATTN_ERR_FORMAT, "number 2 of tensor \"b\" is NaN", load_with(4, NAN, 0));
    FAILS(ATTN_ERR_FORMAT, "number 1 of tensor \"a\"", load_with(1, INFINITY, 0));
    FAILS(ATTN_ERR_FORMAT, "number 0 of tensor \"a\"", load_with(0, -INFINITY, 0));
    OK(load_with(0, -1, 0));
    FAILS(ATTN_ERR_FORMAT, "number 0 of tensor \"adam.m.a\"", load_with(5, NAN, 1));
    OK(load_with(5, -1, 1));
    FAILS(ATTN_ERR_FORMAT, "number 2 of tensor \"adam.v.b\" is NaN, infinite or negative",
          load_with(14, -1, 1));
    end();
}
END_TEST

#define ADAM(steps)                                                                                          \
    "{\"__metadata__\":{\"adam.steps\":\"" steps "\"},"                                                      \
    "\"adam.m.a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"

START_TEST(an_optimiser_of_other_tensors_is_refused)
{
    begin();
    const char *steps[] = {ADAM(""), ADAM("-1"), ADAM("1e3"), ADAM("9999999999999999999"), ADAM(" 1")};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        write_file(steps[i], 8);
        FAILS(ATTN_ERR_FORMAT, "expected a number of steps", load(1));
    }
    write_file(ADAM("7"), 8);
    FAILS(ATTN_ERR_FORMAT, "has no tensor \"adam.v.a\"", load(1));
    end();
}
END_TEST

UNIT_MAIN("file_damaged", a_file_cut_anywhere_is_refused, other_files_are_not_safetensors,
          each_bad_header_is_refused, a_tokenizer_that_is_none_is_refused, deeply_nested_json_is_refused,
          any_safetensors_file_of_floats_is_read, a_file_that_does_not_fit_the_params_changes_nothing,
          numbers_that_are_no_numbers_are_refused, an_optimiser_of_other_tensors_is_refused)
