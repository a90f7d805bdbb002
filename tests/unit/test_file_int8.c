/* test_file_int8.c - files whose matrices are bytes with a scale a row. */
#include <fenv.h>
#include <float.h>

#include "unit.h"
#include "unit_data.h"
#include "unit_file.h"

static attn_context *context;

static attn_params *params_of(int64_t rows, int64_t columns, int32_t init)
{
    attn_params *params = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_params_add(params, "v", 1, (int64_t[]){columns}, UNIT_INIT(init)));
    OK(attn_params_add(params, "m", 2, (int64_t[]){rows, columns}, UNIT_INIT(init)));
    OK(attn_params_add(params, "short", 2, (int64_t[]){rows, 15}, UNIT_INIT(init)));
    return params;
}

static float *values_of(const attn_params *params, const char *name)
{
    attn_tensor view = ATTN_TENSOR_INIT;
    OK(attn_params_find(params, name, &view));
    return view.values;
}

static attn_tensor look(const attn_file *file, const char *name)
{
    attn_tensor view = ATTN_TENSOR_INIT;
    OK(attn_file_find(file, name, &view));
    return view;
}

static attn_file *saved(const attn_params *params)
{
    attn_file *file = NULL;
    OK(attn_params_save(params, unit_path("m"), UNIT_SAVE(.dtype = ATTN_DTYPE_INT8)));
    OK(attn_file_open(context, unit_path("m"), &file));
    return file;
}

/* More bytes, and more scales, than are made at a time. */
START_TEST(matrices_of_long_rows_become_bytes_and_the_rest_stays)
{
    enum { rows = 5000, columns = 17 };
    static float scales[rows];
    context = unit_context(1);
    unit_folder_make();
    attn_params *params = params_of(rows, columns, ATTN_INIT_NORMAL),
                *loaded = params_of(rows, columns, ATTN_INIT_ZERO);
    float *m = values_of(params, "m");
    memset(m, 0, columns * sizeof *m);           /* a row of zeros, */
    m[columns] = 2.54f, m[columns + 1] = -0.05f; /* one whose scale is 0.02, */
    for (int64_t i = 2; i < columns; i++)
        m[columns + i] = (float)i * 0.02f;
    m[2 * columns] = -1e-40f; /* and one of numbers that nobody divides by */
    memset(m + 2 * columns + 1, 0, (columns - 1) * sizeof *m);
    attn_file *file = saved(params);
    ck_assert_int_eq(attn_file_count(file), 4);
    ck_assert_int_eq(look(file, "m").dtype, ATTN_DTYPE_INT8);
    ck_assert_ptr_null(look(file, "m").values);
    for (int i = 0; i < 3; i++) {
        const attn_tensor view = look(file, ((const char *[]){"v", "short", "m.scales"})[i]);
        ck_assert_int_eq(view.dtype, ATTN_DTYPE_FLOAT32);
        ck_assert_int_eq(view.values != NULL, UNIT_IS_LITTLE); /* aligned */
    }
    OK(attn_file_load(file, loaded, NULL, NULL));
    OK(attn_file_read(file, "m.scales", rows, scales));
    const float *read = values_of(loaded, "m");
    ck_assert_mem_eq(values_of(loaded, "v"), values_of(params, "v"), columns * sizeof *m);
    ck_assert_mem_eq(values_of(loaded, "short"), values_of(params, "short"), rows * 15 * sizeof *m);
    for (int64_t i = 0; i < rows * columns; i++) {
        const double scale = (double)scales[i / columns];
        ck_assert_msg(fabs((double)m[i] - (double)read[i]) <= 0.50001 * scale + 1e-38,
                      "number %lld: %g became %g", (long long)i, (double)m[i], (double)read[i]);
    }
    ck_assert_float_eq(scales[0], 0.0f);
    ck_assert_float_eq_tol(scales[1], 0.02f, 1e-8f);
    ck_assert_float_eq_tol(read[columns + 1], -0.04f, 1e-8f); /* -2.5 to even */
    for (int64_t i = 2; i < columns; i++)
        ck_assert_float_eq(read[columns + i], scales[1] * (float)i);
    attn_file_close(&file);

    /* Of what was rounded the same bytes are made again; 127 * (x / 127) may be the number beside x. */
    file = saved(loaded);
    OK(attn_file_load(file, params, NULL, NULL));
    for (int64_t i = 0; i < rows * columns; i++)
        ck_assert_float_le(fabsf(read[i] - m[i]), 3 * FLT_EPSILON * fabsf(read[i]));
    attn_file_close(&file);
    unit_folder_remove("m");
    attn_params_destroy(&params);
    attn_params_destroy(&loaded);
    attn_context_destroy(&context);
}
END_TEST

START_TEST(what_int8_cannot_hold_is_refused)
{
    context = unit_context(1);
    unit_folder_make();
    attn_params *params = params_of(2, 16, ATTN_INIT_ONE);
    attn_adam *adam = NULL;
    OK(attn_adam_create(params, NULL, &adam));
    FAILS(ATTN_ERR_ARGUMENT, "dtype is int8 and adam is given",
          attn_params_save(params, unit_path("m"), UNIT_SAVE(.dtype = ATTN_DTYPE_INT8, .adam = adam)));
    attn_adam_destroy(&adam);
    values_of(params, "m")[3] = FLT_MAX; /* 127 * (FLT_MAX / 127) may be infinite */
    FAILS(ATTN_ERR_ARGUMENT, "number 3 of \"m\" is 3.40282e+38, too large for bfloat16 and int8",
          attn_params_save(params, unit_path("m"), UNIT_SAVE(.dtype = ATTN_DTYPE_INT8)));
    values_of(params, "m")[3] = 1;
    unit_folder_remove(NULL);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

/* A file of "a", bytes [2, 3], and "a.scales" as given, 2 numbers of 4 bytes. */
static attn_file *made(const char *shape, const char *scales, const float numbers[2])
{
    static char bytes[512];
    char header[400];
    const int8_t of_a[] = {1, -128, 127, 0, -1, 2};
    snprintf(header, sizeof header,
             "{\"a.scales\":{%s,\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"I8\",\"shape\":%s,\"data_"
             "offsets\":[8,14]}}",
             scales, shape);
    const size_t length = strlen(header);
    memcpy(bytes, &(uint64_t){length}, 8);
    unit_file_turn(bytes, 8, 1);
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, numbers, 8);
    unit_file_turn(bytes + 8 + length, 4, 2);
    memcpy(bytes + 16 + length, of_a, sizeof of_a);
    attn_file *file = NULL;
    OK(attn_file_open_memory(context, bytes, 16 + length + sizeof of_a, &file));
    return file;
}

START_TEST(bytes_of_others_are_read_where_they_have_scales)
{
    static const char right[] = "\"dtype\":\"F32\",\"shape\":[2]";
    static const struct {
        const char *shape, *scales;
    } others[] = {{"[2,3]", "\"dtype\":\"I32\",\"shape\":[2]"},
                  {"[2,3]", "\"dtype\":\"F32\",\"shape\":[2,1]"},
                  {"[2,3]", "\"dtype\":\"F32\",\"shape\":[1,2]"},
                  {"[3,2]", right},
                  {"[6]", right},
                  {"[2,3,1]", right},
                  {"[2,3]", "\"dtype\":\"BF16\",\"shape\":[4]"}};
    context = unit_context(1);
    attn_params *params = NULL;
    float read[6];
    OK(attn_params_create(context, NULL, &params));
    OK(attn_params_add(params, "a", 2, (int64_t[]){2, 3}, UNIT_INIT(ATTN_INIT_ONE)));
    attn_file *file = made("[2,3]", right, (float[]){0.5f, -2.0f});
    OK(attn_file_read(file, "a", 6, read));
    ck_assert_mem_eq(read, ((float[]){0.5f, -64.0f, 63.5f, -0.0f, 2.0f, -4.0f}), sizeof read);
    OK(attn_file_load(file, params, NULL, NULL));
    ck_assert_mem_eq(attn_params_values(params), read, sizeof read);
    attn_file_close(&file);
    for (int i = 0; i < 2; i++) { /* -128 times the second is infinite */
        file = made("[2,3]", right, (float[]){i ? FLT_MAX : 1, i ? 1 : NAN});
        FAILS(ATTN_ERR_FORMAT,
              i ? "number 1 of tensor \"a\" is NaN, infinite" : "number 3 of tensor \"a\" is NaN",
              attn_file_load(file, params, NULL, NULL));
        attn_file_close(&file);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        file = made(others[i].shape, others[i].scales, (float[]){1, 1});
        ck_assert_int_eq(look(file, "a").dtype, ATTN_DTYPE_OTHER);
        FAILS(ATTN_ERR_UNSUPPORTED, "tensor \"a\" is of another type", attn_file_read(file, "a", 6, read));
        attn_file_close(&file);
    }
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

/* What the thread's mode does to rounding: the nearest of two, and up, where the largest of a row would be 128 but for a care of ours. */
static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

START_TEST(no_mode_of_rounding_turns_the_sign_of_a_rows_largest)
{
    enum { rows = 300, columns = 40 };
    static float read[rows * columns];
    context = unit_context(1);
    unit_folder_make();
    attn_params *params = params_of(rows, columns, ATTN_INIT_NORMAL);
    const float *m = values_of(params, "m");
    for (int i = 0; i < 4; i++) {
        attn_file *file = NULL;
        fesetround(modes[i]);
        attn_status status = attn_params_save(params, unit_path("m"), UNIT_SAVE(.dtype = ATTN_DTYPE_INT8));
        fesetround(FE_TONEAREST);
        OK(status);
        OK(attn_file_open(context, unit_path("m"), &file));
        OK(attn_file_read(file, "m", rows * columns, read));
        for (int64_t r = 0; r < rows; r++) {
            float most = 0.0f;
            for (int64_t k = r * columns; k < (r + 1) * columns; k++)
                most = fmaxf(most, fabsf(m[k]));
            for (int64_t k = r * columns; k < (r + 1) * columns; k++) /* 1.001: as many steps of a scale */
                ck_assert_msg(fabsf(read[k] - m[k]) <= 1.001f * most / 127.0f, "mode %d: %g became %g", i,
                              (double)m[k], (double)read[k]);
        }
        attn_file_close(&file);
    }
    attn_params_destroy(&params);
    unit_folder_remove("m");
    attn_context_destroy(&context);
}
END_TEST

/* Of each instruction set that this processor has. 0.05: a step of the weights' scales and of the states', over 21 of them. */
START_TEST(a_packed_gru_of_int8_answers_alike_in_every_mode_of_rounding)
{
    enum { rows = 3, time = 7, dim = 33, hidden = 21 };
    static float x[rows * time * dim], y[4][rows * time * hidden];
    unit_fill(x, rows * time * dim, 2);
    for (int32_t isa = ATTN_ISA_REFERENCE; isa <= ATTN_ISA_AVX512VNNI; isa++) {
        attn_params *params = NULL;
        attn_gru *gru = NULL;
        attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
        options.isa = isa;
        if (attn_context_create(&options, &context) != ATTN_OK)
            continue;
        OK(attn_params_create(context, UNIT_SEED(1), &params));
        OK(attn_gru_create(params, "g", dim, hidden, NULL, &gru));
        for (int i = 0; i < 4; i++) {
            attn_gru_packed_options how = ATTN_GRU_PACKED_OPTIONS_INIT;
            attn_gru_packed *packed = NULL;
            how.precision = ATTN_PRECISION_INT8;
            fesetround(modes[i]);
            attn_status status = attn_gru_packed_create(gru, &how, &packed);
            if (status == ATTN_OK)
                status = attn_gru_packed_forward(
                    packed,
                    (&(attn_sequence){
                        .struct_size = sizeof(attn_sequence), .batch = rows, .time = time, .x = x}),
                    NULL, y[i], NULL);
            fesetround(FE_TONEAREST);
            OK(status);
            attn_gru_packed_destroy(&packed);
            for (int64_t k = 0; k < rows * time * hidden; k++)
                ck_assert_msg(fabsf(y[i][k] - y[0][k]) < 0.05f, "%s, mode %d: %g became %g",
                              attn_context_isa_name(context), i, (double)y[0][k], (double)y[i][k]);
        }
        attn_gru_destroy(&gru);
        attn_params_destroy(&params);
        attn_context_destroy(&context);
    }
}
END_TEST

/* Packed in int8, weights that were saved so are what they would have been without; in float32 they are not. 1e-5: a scale may be the
 * number beside the other. */
START_TEST(a_packed_gru_does_not_see_that_its_file_was_of_int8)
{
    enum { rows = 3, time = 7, dim = 33, hidden = 21 };
    static float x[rows * time * dim], y[2][2][rows * time * hidden * 2];
    context = unit_context(1);
    unit_folder_make();
    attn_params *params[2] = {NULL, NULL};
    attn_gru *gru[2] = {NULL, NULL};
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.bidirectional = 1;
    for (int i = 0; i < 2; i++)
        OK(attn_params_create(context, UNIT_SEED(1), &params[i]));
    OK(attn_gru_create(params[0], "g", dim, hidden, &options, &gru[0]));
    attn_file *file = saved(params[0]);
    OK(attn_file_gru_create(file, "g", params[1], &gru[1]));
    unit_fill(x, rows * time * dim, 2);
    for (int narrow = 0; narrow < 2; narrow++) {
        double most = 0;
        for (int i = 0; i < 2; i++) {
            attn_gru_packed_options how = ATTN_GRU_PACKED_OPTIONS_INIT;
            attn_gru_packed *packed = NULL;
            how.precision = narrow ? ATTN_PRECISION_INT8 : ATTN_PRECISION_FLOAT32;
            OK(attn_gru_packed_create(gru[i], &how, &packed));
            OK(attn_gru_packed_forward(
                packed,
                (&(attn_sequence){.struct_size = sizeof(attn_sequence), .batch = rows, .time = time, .x = x}),
                NULL, y[narrow][i], NULL));
            attn_gru_packed_destroy(&packed);
        }
        for (int64_t k = 0; k < rows * time * hidden * 2; k++)
            most = fmax(most, fabs((double)y[narrow][0][k] - (double)y[narrow][1][k]));
        ck_assert_msg(narrow ? most < 1e-5 : most > 1e-4 && most < 3e-2, "%d: they differ by %g", narrow,
                      most);
    }
    attn_file_close(&file);
    for (int i = 0; i < 2; i++) {
        attn_gru_destroy(&gru[i]);
        attn_params_destroy(&params[i]);
    }
    unit_folder_remove("m");
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("file_int8", matrices_of_long_rows_become_bytes_and_the_rest_stays,
          what_int8_cannot_hold_is_refused, bytes_of_others_are_read_where_they_have_scales,
          no_mode_of_rounding_turns_the_sign_of_a_rows_largest,
          a_packed_gru_of_int8_answers_alike_in_every_mode_of_rounding,
          a_packed_gru_does_not_see_that_its_file_was_of_int8)
