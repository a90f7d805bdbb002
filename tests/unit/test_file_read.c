/* test_file_read.c - reading files of others: their types, their names, part of them; and files that change meanwhile. */
#include "unit.h"
#include "unit_file.h"

static attn_context *context;

/* A file with this header and data[size] behind it, numbers of so many bytes, in memory that lives until the next one is made. */
static attn_file *made(const char *header, const void *data, size_t size, size_t width)
{
    static char *bytes;
    size_t length = strlen(header);
    bytes = realloc(bytes, 8 + length + size);
    memcpy(bytes, &(uint64_t){length}, 8);
    unit_file_turn(bytes, 8, 1);
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, data, size);
    unit_file_turn(bytes + 8 + length, width, size / width);
    attn_file *file = NULL;
    OK(attn_file_open_memory(context, bytes, 8 + length + size, &file));
    return file;
}

static attn_params *params_of(int64_t size)
{
    attn_params *params = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_params_add(params, "a", 1, &size, UNIT_INIT(ATTN_INIT_ONE)));
    return params;
}

static uint32_t bits_of(float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* ---- types ----------------------------------------------------------------------------------------------- */

/* IEEE 754 binary16 by its definition. */
static float half_value(uint16_t half)
{
    int exponent = half >> 10 & 31, fraction = half & 0x3FF;
    float magnitude = exponent == 31 ? (fraction ? NAN : INFINITY)
                      : exponent     ? ldexpf((float)(1024 + fraction), exponent - 25)
                                     : ldexpf((float)fraction, -24);
    return half >> 15 ? -magnitude : magnitude;
}

START_TEST(every_float16_is_read_exactly)
{
    context = unit_context(1);
    uint16_t numbers[65536];
    static float read[65536];
    for (int32_t i = 0; i < 65536; i++)
        numbers[i] = (uint16_t)i;
    attn_file *file = made("{\"a\":{\"dtype\":\"F16\",\"shape\":[65536],\"data_offsets\":[0,131072]}}",
                           numbers, sizeof numbers, sizeof *numbers);
    OK(attn_file_read(file, "a", 65536, read));
    for (int32_t i = 0; i < 65536; i++) {
        float expected = half_value((uint16_t)i);
        if (isnan(expected) ? !isnan(read[i]) : bits_of(read[i]) != bits_of(expected))
            ck_abort_msg("%04x was read as %a; expected %a", i, (double)read[i], (double)expected);
    }
    attn_file_close(&file);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(every_bfloat16_is_read_exactly)
{
    context = unit_context(1);
    uint16_t numbers[65536];
    static float read[65536];
    for (int32_t i = 0; i < 65536; i++)
        numbers[i] = (uint16_t)i;
    attn_file *file = made("{\"a\":{\"dtype\":\"BF16\",\"shape\":[256,256],\"data_offsets\":[0,131072]} }",
                           numbers, sizeof numbers, sizeof *numbers);
    OK(attn_file_read(file, "a", 65536, read));
    for (int32_t i = 0; i < 65536; i++) {
        if (bits_of(read[i]) != (uint32_t)i << 16)
            ck_abort_msg("%04x was read as %08x", i, bits_of(read[i]));
    }
    attn_file_close(&file);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(numbers_that_are_none_are_read_but_not_loaded)
{
    context = unit_context(1);
    const struct {
        const char *dtype;
        uint16_t bad;
    } cases[] = {{"F16", 0x7C00},  {"F16", 0xFC00},  {"F16", 0x7C01},
                 {"BF16", 0x7F80}, {"BF16", 0xFF80}, {"BF16", 0xFFFF}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[128];
        float read[3];
        attn_params *params = params_of(3);
        snprintf(header, sizeof header, "{\"a\":{\"dtype\":\"%s\",\"shape\":[3],\"data_offsets\":[0,6]}}",
                 cases[i].dtype);
        attn_file *file = made(header, (uint16_t[]){0, 1, cases[i].bad}, 6, 2);
        OK(attn_file_read(file, "a", 3, read));
        ck_assert(!isfinite(read[2]) && read[1] > 0);
        FAILS(ATTN_ERR_FORMAT, "number 2 of tensor \"a\" is NaN, infinite",
              attn_file_load(file, params, NULL, NULL));
        ck_assert_float_eq(attn_params_values(params)[0], 1);
        attn_file_close(&file);
        file = made(header, (uint16_t[]){0, 1, 0x8001}, 6, 2);
        OK(attn_file_load(file, params, NULL, NULL));
        OK(attn_file_read(file, "a", 3, read));
        ck_assert_mem_eq(attn_params_values(params), read, sizeof read);
        ck_assert(read[2] < 0 && read[2] > -1e-7f); /* the least negative number */
        attn_file_close(&file);
        attn_params_destroy(&params);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(tensors_of_other_types_are_listed_and_refused_when_they_are_read)
{
    context = unit_context(1);
    const struct {
        const char *dtype;
        int32_t bytes;
    } cases[] = {{"F64", 16}, {"I64", 16}, {"I32", 8},     {"I16", 4}, {"I8", 2},
                 {"U8", 2},   {"BOOL", 2}, {"F8_E4M3", 2}, {"F4", 1},  {"", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[256], data[24] = {0};
        snprintf(header, sizeof header,
                 "{\"a\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%d]},"
                 "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}",
                 cases[i].dtype, cases[i].bytes, cases[i].bytes, cases[i].bytes + 8);
        attn_file *file = made(header, data, (size_t)cases[i].bytes + 8, 1);
        attn_params *params = params_of(2);
        attn_tensor view = ATTN_TENSOR_INIT;
        float read[2];
        ck_assert_int_eq(attn_file_count(file), 2);
        OK(attn_file_find(file, "a", &view));
        ck_assert_int_eq(view.dtype, ATTN_DTYPE_OTHER);
        ck_assert_int_eq(view.size, 2);
        ck_assert_ptr_null(view.values);
        OK(attn_file_read(file, "b", 2, read));
        FAILS(ATTN_ERR_UNSUPPORTED, "tensor \"a\" is of another type", attn_file_read(file, "a", 2, read));
        FAILS(ATTN_ERR_UNSUPPORTED, "tensor \"a\" is of another type",
              attn_file_load(file, params, NULL, NULL));
        ck_assert_float_eq(attn_params_values(params)[1], 1);
        attn_params_destroy(&params);
        attn_file_close(&file);
    }
    attn_context_destroy(&context);
}
END_TEST

START_TEST(a_tensor_is_looked_at_and_read_by_its_name)
{
    context = unit_context(1);
    const char *header = "{\"b\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                         "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[24,28]},"
                         "\"empty\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[28,28]}}";
    const float numbers[] = {1, -2, NAN, 4, INFINITY, 6, 7};
    float read[6];
    attn_file *file = made(header, numbers, sizeof numbers, sizeof *numbers);
    OK(attn_file_read(file, "b", 6, read));
    ck_assert_mem_eq(read, numbers, sizeof read);
    OK(attn_file_read(file, "a", 1, read));
    ck_assert_float_eq(read[0], 7);
    OK(attn_file_read(file, "empty", 0, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "size is 5; expected 6, as tensor \"b\"", attn_file_read(file, "b", 5, read));
    FAILS(ATTN_ERR_ARGUMENT, "size is -1", attn_file_read(file, "b", -1, read));
    FAILS(ATTN_ERR_ARGUMENT, "values is NULL", attn_file_read(file, "b", 6, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "name is NULL", attn_file_read(file, NULL, 6, read));
    FAILS(ATTN_ERR_ARGUMENT, "file is NULL", attn_file_read(NULL, "b", 6, read));
    FAILS(ATTN_ERR_FORMAT, "has no tensor \"c\"", attn_file_read(file, "c", 6, read));
    FAILS(ATTN_ERR_FORMAT, "has no tensor \"__metadata__\"", attn_file_read(file, "__metadata__", 6, read));

    attn_tensor view = ATTN_TENSOR_INIT;
    FAILS(ATTN_ERR_FORMAT, "has no tensor \"c\"", attn_file_find(file, "c", &view));
    FAILS(ATTN_ERR_ARGUMENT, "view is NULL", attn_file_find(file, "b", NULL));
    FAILS(ATTN_ERR_ARGUMENT, "view is NULL", attn_file_tensor(file, 0, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "file is NULL", attn_file_tensor(NULL, 0, &view));
    OK(attn_file_find(file, "b", &view));
    ck_assert_int_eq(view.rank, 2);
    ck_assert_int_eq(view.size, 6);
    ck_assert_int_eq(view.offset, -1);
    ck_assert_ptr_null(view.gradients);
    OK(attn_file_find(file, "a", &view));
    ck_assert_int_eq(view.rank, 0);
    ck_assert_int_eq(view.size, 1);
    view.struct_size = offsetof(attn_tensor, shape); /* an older program's */
    view.shape[0] = 77;
    OK(attn_file_find(file, "b", &view));
    ck_assert_str_eq(view.name, "b");
    ck_assert_int_eq(view.shape[0], 77);
    attn_file_close(&file);
    attn_context_destroy(&context);
}
END_TEST

/* ---- names ----------------------------------------------------------------------------------------------- */

static attn_params *params_named(const char *const *names, int64_t count)
{
    attn_params *params = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    for (int64_t i = 0; i < count; i++)
        OK(attn_params_add(params, names[i], 1, (int64_t[]){1}, UNIT_INIT(ATTN_INIT_ZERO)));
    return params;
}

START_TEST(tensors_are_loaded_by_prefixes)
{
    context = unit_context(1);
    const char *header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                         "\"a.w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},"
                         "\"a.b.w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
                         "\"c.w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}";
    attn_file *file = made(header, (float[]){1, 2, 3, 4}, 16, 4);
    const char *names[] = {"a.w", "d.w", "a.b.w", "ab"};
    const struct {
        const char *from, *to;
        float expected[4]; /* 0: not loaded */
    } cases[] = {
        {NULL, "d.", {0, 1, 0, 0}}, {"", "d.", {0, 1, 0, 0}},       {"a.", "d.", {0, 2, 0, 0}},
        {"c.", "d.", {0, 4, 0, 0}}, {"a.b.w", "ab", {0, 0, 0, 3}},  {"a.b.", "d.", {0, 3, 0, 0}},
        {"a.", "a.", {2, 0, 3, 0}}, {"a.b.w", "d.w", {0, 3, 0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        attn_params *params = params_named(names, 4);
        OK(attn_file_load(file, params, cases[i].from, cases[i].to));
        ck_assert_mem_eq(attn_params_values(params), cases[i].expected, sizeof cases[i].expected);
        attn_params_destroy(&params);
    }
    /* What the file lacks is an error, and the others are as before. */
    attn_params *params = params_named(names, 4);
    const float zeros[4] = {0};
    FAILS(ATTN_ERR_FORMAT, "has no tensor \"d.w\"; expected one of shape [1]",
          attn_file_load(file, params, NULL, NULL));
    FAILS(ATTN_ERR_FORMAT, "has no tensor \"c.b.w\"", attn_file_load(file, params, "c.", "a."));
    FAILS(ATTN_ERR_FORMAT, "has no tensor \"x.w\"", attn_file_load(file, params, "x.", "d."));
    FAILS(ATTN_ERR_ARGUMENT, "no tensor of the params begins with \"x.\"",
          attn_file_load(file, params, NULL, "x."));
    FAILS(ATTN_ERR_ARGUMENT, "params is NULL", attn_file_load(file, NULL, NULL, NULL));
    FAILS(ATTN_ERR_ARGUMENT, "file is NULL", attn_file_load(NULL, params, NULL, NULL));
    ck_assert_mem_eq(attn_params_values(params), zeros, sizeof zeros);
    attn_params_destroy(&params);
    attn_file_close(&file);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(any_of_many_tensors_is_found)
{
    context = unit_context(1);
    enum { count = 3000 };
    char *header = malloc(count * 80 + 2), *at = header;
    float numbers[count];
    *at++ = '{';
    for (int i = 0; i < count; i++) { /* in an order that is not the names' */
        int number = i * 7 % count;
        at += sprintf(at, "%s\"t%d\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}",
                      i ? "," : "", number, 4 * number, 4 * number + 4);
        numbers[i] = (float)i;
    }
    strcpy(at, "}");
    attn_file *file = made(header, numbers, sizeof numbers, sizeof *numbers);
    for (int i = 0; i < count; i++) {
        char name[16];
        float read;
        snprintf(name, sizeof name, "t%d", i);
        OK(attn_file_read(file, name, 1, &read));
        ck_assert_float_eq(read, (float)i);
    }
    attn_file_close(&file);
    free(header);
    attn_context_destroy(&context);
}
END_TEST

/* ---- a file that changes --------------------------------------------------------------------------------- */

START_TEST(an_open_file_does_not_see_what_happens_on_disk)
{
    unit_folder_make();
    context = unit_context(1);
    const int64_t size = 100000; /* many pages */
    for (int32_t i = 0; i < 2; i++) {
        attn_params *params = params_of(size), *loaded = params_of(size);
        for (int64_t j = 0; j < size; j++)
            attn_params_values(params)[j] = (float)j;
        OK(attn_params_save(params, unit_path("m"), NULL));
        attn_file *file = NULL;
        OK(attn_file_open(context, unit_path("m"), &file));
        if (i == 0) {
            ck_assert_int_eq(truncate(unit_path("m"), 0), 0);
        } else {
            FILE *stream = fopen(unit_path("m"), "r+b");
            ck_assert_int_eq(fseek(stream, 1000, SEEK_SET), 0);
            for (int64_t j = 0; j < 300000; j++)
                fputc('x', stream);
            fclose(stream);
        }
        OK(attn_file_load(file, loaded, NULL, NULL));
        ck_assert_mem_eq(attn_params_values(loaded), attn_params_values(params),
                         (size_t)size * sizeof(float));
        attn_file_close(&file);
        attn_params_destroy(&params);
        attn_params_destroy(&loaded);
    }
    attn_context_destroy(&context);
    unit_folder_remove("m");
}
END_TEST

UNIT_MAIN("file_read", every_float16_is_read_exactly, every_bfloat16_is_read_exactly,
          numbers_that_are_none_are_read_but_not_loaded,
          tensors_of_other_types_are_listed_and_refused_when_they_are_read,
          a_tensor_is_looked_at_and_read_by_its_name, tensors_are_loaded_by_prefixes,
          any_of_many_tensors_is_found, an_open_file_does_not_see_what_happens_on_disk)
