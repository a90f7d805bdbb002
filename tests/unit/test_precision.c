/* test_precision.c - a context whose products round their factors to bfloat16: what it gives is near to what float32 gives, by a stated
 * bound, whatever computes it, and is the same at any number of threads and whatever stands behind the rows' ends. */
#include "unit_data.h"
#include "unit_network.h"

/* More than a panel of the kernels, more rows than a tile, and no multiple of either; odd sums over k. */
enum { ROWS = 29, TIME = 9, E = 35, H = 43, MOST = 2 * H };

/* Everything that a forward and a backward give. */
typedef struct results {
    float y[ROWS * TIME * MOST], hn[4 * ROWS * H], dx[ROWS * TIME * E], gradients[100000];
    int64_t numbers; /* gradients */
} results;

static const int32_t lengths[ROWS] = {9, 0, 3, 7, 1, 9, 2, 5, 5, 8, 0, 4, 6, 9, 1,
                                      9, 9, 8, 7, 3, 2, 9, 9, 4, 5, 6, 9, 9, 1};

static attn_context *make_context(int32_t precision, int32_t threads, int32_t isa)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    options.precision = precision;
    options.threads = threads;
    options.isa = isa;
    attn_context *context = NULL;
    return attn_context_create(&options, &context) == ATTN_OK ? context : NULL;
}

/* Numbers within the lengths, and `beyond` behind them. */
static void fill(float *x, int64_t width, uint64_t seed, float beyond)
{
    unit_fill(x, ROWS * TIME * width, seed);
    for (int64_t b = 0; b < ROWS; b++) {
        for (int64_t i = lengths[b] * width; i < TIME * width; i++)
            x[b * TIME * width + i] = beyond;
    }
}

/* A GRU whose weights are numbers in [-scale, scale), forward and back. */
static void run_gru(attn_context *context, const attn_gru_options *options, float scale, float beyond,
                    results *out)
{
    static float x[ROWS * TIME * E], dy[ROWS * TIME * MOST];
    attn_params *params;
    attn_tape *tape;
    attn_gru *gru;
    memset(out, 0, sizeof *out);
    OK(attn_params_create(context, NULL, &params));
    OK(attn_tape_create(context, NULL, &tape));
    OK(attn_gru_create(params, "g", E, H, options, &gru));
    const int64_t width = unit_gru_info(gru).output_dim;
    unit_fill(attn_params_values(params), attn_params_size(params), 99);
    for (int64_t i = 0; i < attn_params_size(params); i++)
        attn_params_values(params)[i] *= scale;
    fill(x, E, 5, beyond);
    fill(dy, width, 6, beyond);
    OK(attn_params_zero_grad(params));
    OK(attn_tape_begin(tape, 0));
    OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = ROWS, .time = TIME, .lengths = lengths, .x = x), NULL,
                        out->y, out->hn));
    OK(attn_gru_backward(gru, tape, dy, NULL, GRADIENTS(.batch = ROWS, .time = TIME, .dx = out->dx), NULL));
    out->numbers = attn_params_size(params);
    ck_assert_int_le(out->numbers, 100000);
    memcpy(out->gradients, attn_params_gradients(params), (size_t)out->numbers * sizeof(float));
    attn_gru_destroy(&gru);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
}

static results whole, rounded, other;

/* ---- how near -------------------------------------------------------------------------------------------- */

/* With rho = 2^-7 + 2^-16, weights below s, so that a row of U or W sums up to S = H s or X = E s at most, states and inputs of
 * size 1 at most, and e what the state before is off by:
 *     a sum of W x + U h + biases    d = rho (X + S) + S (1 + rho) e
 *     r and z                        d / 4
 *     n                              d + |q| d / 4, |q| <= S + s
 *     the state after                the larger of e and n's, and |h - n| <= 2 times z's */
static double state_bound(double s, double e)
{
    const double rho = 0x1p-7 + 0x1p-16, sum = H * s, d = rho * (E * s + sum) + sum * (1.0 + rho) * e;
    return fmax(e, d + (sum + s) * d / 4.0) + d / 2.0 + 1e-6; /* and what float32 rounds */
}

START_TEST(states_are_off_by_no_more_than_the_rounding_explains)
{
    const float scale = 0.25f / H;
    attn_context *context = unit_context(1);
    run_gru(context, NULL, scale, NAN, &whole);
    attn_context_destroy(&context);
    int32_t ran = 0;
    for (int32_t isa = ATTN_ISA_BEST; isa <= ATTN_ISA_AVX512BF16; isa++) {
        context = make_context(ATTN_PRECISION_BFLOAT16, 1, isa);
        if (context == NULL) /* this machine lacks it */
            continue;
        run_gru(context, NULL, scale, NAN, &rounded);
        double bound = 0.0, most = 0.0;
        for (int64_t t = 0; t < TIME; t++) {
            bound = state_bound((double)scale, bound);
            for (int64_t i = 0; i < ROWS * H; i++) {
                const int64_t at = (i / H * TIME + t) * H + i % H;
                const double off = fabs((double)whole.y[at] - (double)rounded.y[at]);
                MUST(off <= bound, "isa %d: at step %lld a state is off by %g; expected %g at most", isa,
                     (long long)t, off, bound);
                most = fmax(most, off);
            }
        }
        MUST(most > 1e-5, "isa %d: nothing was rounded; the states are off by %g", isa, most);
        attn_context_destroy(&context);
        ran++;
    }
    ck_assert_int_gt(ran, 0);
}
END_TEST

/* |a - b| / |b| */
static double distance(const float *a, const float *b, int64_t count)
{
    double off = 0.0, size = 0.0;
    for (int64_t i = 0; i < count; i++) {
        off += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        size += (double)b[i] * (double)b[i];
    }
    return sqrt(off / size);
}

/* Each factor is off by 2^-8 of itself at most, 2^-9 in the mean; through nine steps, there and back, and two layers, a few of
 * those add up, to 2^-5 at most. Layer normalisation divides by what is less than 1 here. */
START_TEST(gradients_are_near_in_all_forms)
{
    attn_context *contexts[] = {unit_context(1), make_context(ATTN_PRECISION_BFLOAT16, 1, ATTN_ISA_BEST)};
    for (int variant = 0; variant < 16; variant++) {
        attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
        options.reset = variant % 2;
        options.layer_norm = variant / 2 % 2;
        options.layers = 1 + variant / 4 % 2;
        options.bidirectional = variant / 4 % 2;
        options.experimental = variant / 8 * ATTN_GRU_ORTHOGONAL;
        run_gru(contexts[0], &options, 0.2f, NAN, &whole);
        run_gru(contexts[1], &options, 0.2f, NAN, &rounded);
        const double off[] = {distance(rounded.y, whole.y, ROWS * TIME * (options.bidirectional ? 2 * H : H)),
                              distance(rounded.dx, whole.dx, ROWS * TIME * E),
                              distance(rounded.gradients, whole.gradients, whole.numbers)};
        for (int i = 0; i < 3; i++)
            MUST(off[i] > 1e-4 && off[i] < 0x1p-5, "variant %d: what is made by way %d is off by %g", variant,
                 i, off[i]);
    }
    attn_context_destroy(&contexts[0]);
    attn_context_destroy(&contexts[1]);
}
END_TEST

/* ---- what changes nothing -------------------------------------------------------------------------------- */

static void assert_same(const results *a, const results *b)
{
    ck_assert_int_eq(a->numbers, b->numbers);
    unit_assert_same_bits(a->y, b->y, ROWS * TIME * MOST);
    unit_assert_same_bits(a->hn, b->hn, 4 * ROWS * H);
    unit_assert_same_bits(a->dx, b->dx, ROWS * TIME * E);
    unit_assert_same_bits(a->gradients, b->gradients, a->numbers);
}

START_TEST(threads_and_padding_change_no_bit)
{
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.layers = 2;
    options.bidirectional = 1;
    attn_context *contexts[] = {make_context(ATTN_PRECISION_BFLOAT16, 1, ATTN_ISA_BEST),
                                make_context(ATTN_PRECISION_BFLOAT16, 2, ATTN_ISA_BEST)};
    run_gru(contexts[0], &options, 0.3f, NAN, &rounded);
    run_gru(contexts[1], &options, 0.3f, NAN, &other);
    assert_same(&rounded, &other);
    run_gru(contexts[0], &options, 0.3f, 1e30f, &other);
    assert_same(&rounded, &other);
    attn_context_destroy(&contexts[0]);
    attn_context_destroy(&contexts[1]);
}
END_TEST

/* Of the sizes of a row that is alone, and of a whole batch: in float32 packed as the layer gives it there, and in bfloat16 and int8
 * as in any other context. */
START_TEST(a_packed_gru_is_that_of_its_own_precision)
{
    static float x[ROWS * TIME * E], y[2][ROWS * TIME * H], by_layer[ROWS * TIME * H];
    fill(x, E, 5, NAN);
    for (int32_t precision = ATTN_PRECISION_FLOAT32; precision <= ATTN_PRECISION_INT8; precision++) {
        for (int32_t rounds = 0; rounds < 2; rounds++) {
            attn_context *context = make_context(rounds, 1, ATTN_ISA_BEST);
            attn_params *params;
            attn_gru *gru;
            attn_gru_packed *packed;
            attn_gru_packed_options options = ATTN_GRU_PACKED_OPTIONS_INIT;
            const attn_sequence *in = SEQUENCE(.batch = ROWS, .time = TIME, .lengths = lengths, .x = x);
            options.precision = precision;
            OK(attn_params_create(context, NULL, &params));
            OK(attn_gru_create(params, "g", E, H, NULL, &gru));
            OK(attn_gru_packed_create(gru, &options, &packed));
            OK(attn_gru_forward(gru, NULL, in, NULL, by_layer, NULL));
            OK(attn_gru_packed_forward(packed, in, NULL, y[rounds], NULL));
            if (precision == ATTN_PRECISION_FLOAT32)
                unit_assert_same_bits(y[rounds], by_layer, ROWS * TIME * H);
            attn_gru_packed_destroy(&packed);
            attn_gru_destroy(&gru);
            attn_params_destroy(&params);
            attn_context_destroy(&context);
        }
        if (precision == ATTN_PRECISION_FLOAT32)
            ck_assert(unit_any_differs(y[0], y[1], ROWS * TIME * H));
        else
            unit_assert_same_bits(y[0], y[1], ROWS * TIME * H);
    }
}
END_TEST

/* ---- a whole network ------------------------------------------------------------------------------------- */

/* A word decides, wherever it stands: both learn it, and the losses on the way are near. */
START_TEST(a_network_learns_as_in_float32)
{
    enum { WORDS = 30, STEPS = 120 };
    int32_t ids[ROWS * TIME], labels[ROWS];
    float losses[2][STEPS];
    uint64_t seed = 3;
    for (int64_t b = 0; b < ROWS; b++) {
        labels[b] = (int32_t)(b % 2);
        for (int64_t t = 0; t < TIME; t++)
            ids[b * TIME + t] = 2 + (int32_t)(unit_random(&seed) % (WORDS - 2));
        ids[b * TIME + (lengths[b] ? unit_random(&seed) % (uint32_t)lengths[b] : 0)] = labels[b];
    }
    for (int32_t precision = ATTN_PRECISION_FLOAT32; precision <= ATTN_PRECISION_BFLOAT16; precision++) {
        attn_context *context = make_context(precision, 2, ATTN_ISA_BEST);
        attn_adam_options adam = ATTN_ADAM_OPTIONS_INIT;
        unit_network network;
        unit_batch batch;
        adam.lr = 0.01f;
        OK(unit_network_create(context, WORDS, E, H, NULL, &adam, &network));
        unit_batch_make(&network, ROWS, TIME, ids, lengths, labels, &batch);
        for (int64_t step = 0; step < STEPS; step++) {
            OK(unit_network_train(&network, step, &batch, &losses[precision][step]));
            ck_assert(isfinite(losses[precision][step]));
        }
        unit_batch_free(&batch);
        unit_network_destroy(&network);
        attn_context_destroy(&context);
    }
    /* two rows of no words cannot be told apart: their share of the loss stays */
    const double left = 2.0 * log(2.0) / ROWS;
    for (int32_t precision = 0; precision < 2; precision++)
        NEAR((double)losses[precision][STEPS - 1], left, 0.01);
    for (int64_t step = 0; step < 10; step++)
        NEAR((double)losses[1][step], (double)losses[0][step], 0.02);
    ck_assert(unit_any_differs(losses[0], losses[1], STEPS));
}
END_TEST

UNIT_MAIN("precision", states_are_off_by_no_more_than_the_rounding_explains, gradients_are_near_in_all_forms,
          threads_and_padding_change_no_bit, a_packed_gru_is_that_of_its_own_precision,
          a_network_learns_as_in_float32)
