/* test_sizes.c - the GRU at sizes of 0, 1, odd and large: ids against vectors. */
#include "unit.h"
#include "unit_data.h"

/* One size: ids against vectors, forward to the bit, gradients in total. What stands beyond the lengths is no id and no number.
 * Returns a sum over the bits of the gradients, which does not depend on the threads. */
static uint64_t check_size(const attn_gru_options *given, int32_t threads, int64_t hidden, int64_t input,
                           int64_t batch, int64_t time)
{
    enum { TABLE = 9 };
    attn_context *own = unit_context(threads);
    attn_params *values = NULL;
    attn_tape *record = NULL;
    attn_embedding *table = NULL;
    attn_gru *encoder = NULL;
    OK(attn_params_create(own, UNIT_SEED(3), &values));
    OK(attn_tape_create(own, NULL, &record));
    OK(attn_embedding_create(values, "e", TABLE, input, NULL, &table));
    attn_gru_options options = *given;
    options.init = ATTN_INIT_FAN_SUM_RELU; /* orthogonal matrices take seconds at hidden 1000 */
    OK(attn_gru_create(values, "g", input, hidden, &options, &encoder));
    int64_t tokens = batch * time, size = attn_params_size(values);
    int32_t *words = malloc((size_t)tokens * sizeof *words + 1),
            *lengths = malloc((size_t)batch * sizeof *lengths + 1);
    uint64_t seed = 5;
    for (int64_t i = 0; i < tokens; i++)
        words[i] = (int32_t)(unit_random(&seed) % TABLE);
    for (int64_t b = 0; b < batch; b++)
        lengths[b] = (int32_t)(unit_random(&seed) % (uint64_t)(time + 1));
    float *x = unit_zeros(tokens * input), *dx = unit_zeros(tokens * input), *gradients = unit_zeros(size);
    int64_t width = unit_gru_info(encoder).output_dim;
    float *y = unit_zeros(tokens * width), *y_too = unit_zeros(tokens * width);
    float *gradient = unit_floats(tokens * width, 8);
    for (int64_t i = 0; i < tokens; i++) {
        if (i % time < lengths[i / time])
            continue;
        words[i] = -1;
        for (int64_t j = 0; j < width; j++)
            gradient[i * width + j] = NAN;
    }

    OK(attn_embedding_forward(table, record, batch, time, words, lengths, x));
    OK(attn_gru_forward(encoder, record, SEQUENCE(.batch = batch, .time = time, .lengths = lengths, .x = x),
                        NULL, y, NULL));
    OK(attn_gru_backward(encoder, record, gradient, NULL, GRADIENTS(.batch = batch, .time = time, .dx = dx),
                         NULL));
    OK(attn_embedding_backward(table, record, batch, time, dx));
    memcpy(gradients, attn_params_gradients(values), (size_t)size * sizeof(float));
    OK(attn_params_zero_grad(values));
    OK(attn_gru_forward(
        encoder, record,
        SEQUENCE(.batch = batch, .time = time, .lengths = lengths, .embedding = table, .ids = words), NULL,
        y_too, NULL));
    OK(attn_gru_backward(encoder, record, gradient, NULL, GRADIENTS(.batch = batch, .time = time), NULL));
    if (tokens)
        ck_assert_mem_eq(y, y_too, (size_t)(tokens * width) * sizeof *y);
    double difference = 0.0, total = 1e-30;
    uint64_t bits = 0;
    for (int64_t i = 0; i < size; i++) {
        difference += fabs((double)gradients[i] - (double)attn_params_gradients(values)[i]);
        total += fabs((double)gradients[i]);
        uint32_t pattern;
        memcpy(&pattern, attn_params_gradients(values) + i, sizeof pattern);
        bits = bits * 31 + pattern;
    }
    ck_assert_msg(difference <= 1e-5 * total,
                  "hidden %d, input %d, %d rows of %d: gradients differ by %g of %g", (int)hidden, (int)input,
                  (int)batch, (int)time, difference, total);

    float *arrays[] = {x, dx, gradients, y, y_too, gradient};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    free(words);
    free(lengths);
    attn_gru_destroy(&encoder);
    attn_embedding_destroy(&table);
    attn_tape_destroy(&record);
    attn_params_destroy(&values);
    attn_context_destroy(&own);
    return bits;
}

/* Sums of some hundred products, in another order: 1e-5 of their size is a hundred times their rounding. */
START_TEST(any_size_works)
{
    const int64_t hidden[] = {1, 7, 200, 1000}, input[] = {1, 3, 101}, batch[] = {0, 1, 5, 33, 130},
                  time[] = {0, 1, 3};
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    for (int h = 0; h < 4; h++) {
        for (int e = 0; e < 3; e++) {
            for (int b = 0; b < (h < 3 ? 5 : 3); b++) {
                for (int t = 0; t < 3; t++)
                    check_size(&options, 2, hidden[h], input[e], batch[b], time[t]);
            }
        }
    }
}
END_TEST

/* Ids that come again windows later (200 steps of up to 4 rows, 128 tokens a window), and in another block of the same part
 * (400 rows are 32 blocks of 16 parts); every kind of cell, two layers each way; to the bit at any number of threads. */
START_TEST(ids_come_again_in_later_windows_and_blocks)
{
    for (int variant = 0; variant < 4; variant++) {
        attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
        options.reset = variant % 2;
        options.layer_norm = variant / 2;
        options.layers = 2;
        options.bidirectional = 1;
        const int64_t sizes[2][4] = {{7, 3, 5, 200}, {3, 4, 400, 20}};
        for (int size = 0; size < 2; size++) {
            const int64_t *s = sizes[size];
            uint64_t one = check_size(&options, 1, s[0], s[1], s[2], s[3]);
            ck_assert(one == check_size(&options, 3, s[0], s[1], s[2], s[3]));
        }
    }
}
END_TEST

UNIT_MAIN("sizes", any_size_works, ids_come_again_in_later_windows_and_blocks)
