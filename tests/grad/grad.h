/* grad.h - finite differences: is the gradient that backward gave the slope of what forward computes?
 *
 * The loss L is a weighted sum of a layer's outputs, made in double. A slope is taken from four points, of
 * fourth order:
 *
 *     dL/dw ~ (8 (L(w + h) - L(w - h)) - (L(w + 2h) - L(w - 2h))) / 12h        h = 0.005
 *
 * The step and the tolerance: forward rounds at 6e-8 an output and the sums have up to some thousand of them,
 * so L is uncertain by about 1e-6 of the outputs' size and a slope by 1e-6 / h = 2e-4. The formula's own
 * error grows with h^4: from h = 0.01 on it shows in layer normalisation, which divides by the spread of five
 * numbers. At 0.005 the two together stay below 6e-4 of a tensor's largest slope (measured), so 2e-3 of it is
 * allowed; GRAD_SMALL stands in where it is small. */
#ifndef GRAD_H
#define GRAD_H

#include "../unit/unit.h"

#define GRAD_STEP 0.005
#define GRAD_TOLERANCE 2e-3
#define GRAD_SMALL 0.1
#define GRAD_PLACES 10 /* numbers tried of a larger tensor, beside its direction of steepest slope */

/* ---- numbers to test with ------------------------------------------------------------------------------ */

/* Uniform in -scale to scale, the same in each run. */
static inline float grad_random(float scale)
{
    static uint64_t state = 20170101;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return scale * (float)((double)(state >> 40) / (double)(1 << 23) - 1.0);
}

static inline void *grad_room(int64_t count, size_t size)
{
    void *room = calloc((size_t)count + 1, size);
    ck_assert_ptr_nonnull(room);
    return room;
}

/* An array of random numbers; the caller frees it. */
static inline float *grad_numbers(int64_t size, float scale)
{
    float *numbers = grad_room(size, sizeof *numbers);
    for (int64_t i = 0; i < size; i++)
        numbers[i] = grad_random(scale);
    return numbers;
}

/* Lengths of 0, 1 and all of `time` among others; the caller frees them. */
static inline int32_t *grad_lengths(int64_t batch, int32_t time)
{
    int32_t *lengths = grad_room(batch, sizeof *lengths);
    for (int64_t b = 0; b < batch; b++)
        lengths[b] = b % 7 == 0 ? time : b % 7 < 3 ? (int32_t)(b % 7 - 1) : (int32_t)(b * 5 % (time + 1));
    return lengths;
}

/* NaN beyond the lengths of array[batch, time, width]. */
static inline void grad_poison(int64_t batch, int64_t time, int64_t width, const int32_t *lengths,
                               float *array)
{
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t i = lengths[b] * width; i < time * width; i++)
            array[b * time * width + i] = NAN;
    }
}

/* Move every value of the params by a little, so that no bias is 0 and no gain is 1. */
static inline void grad_shake(attn_params *params)
{
    float *values = attn_params_values(params);
    for (int64_t i = 0; i < attn_params_size(params); i++)
        values[i] += grad_random(0.4f);
}

/* ---- the workbench ----------------------------------------------------------------------------------- */

/* What each test has: a context, params, and a tape. */
typedef struct grad_bench {
    attn_context *context;
    attn_params *params;
    attn_tape *tape;
} grad_bench;

static inline grad_bench grad_open(int32_t threads)
{
    grad_bench bench = {.context = unit_context(threads)};
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    options.seed = 3;
    OK(attn_params_create(bench.context, UNIT_SEED(1), &bench.params));
    OK(attn_tape_create(bench.context, &options, &bench.tape));
    return bench;
}

static inline void grad_close(grad_bench *bench)
{
    attn_tape_destroy(&bench->tape);
    attn_params_destroy(&bench->params);
    attn_context_destroy(&bench->context);
}

/* ---- the loss ------------------------------------------------------------------------------------------ */

/* The part sum_i slopes[i] * y[i] of a loss; beyond the lengths nothing counts. `lengths` may be NULL. */
static inline double grad_sum(int64_t batch, int64_t time, int64_t width, const int32_t *lengths,
                              const float *slopes, const float *y)
{
    double sum = 0.0;
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t i = 0; i < (lengths ? lengths[b] : time) * width; i++)
            sum += (double)slopes[b * time * width + i] * (double)y[b * time * width + i];
    }
    return sum;
}

/* Forward, then the loss. */
typedef double grad_loss(void *setup);

/* ---- the check ----------------------------------------------------------------------------------------- */

/* The slope of the loss where values move along direction[size]. */
static inline double grad_slope(grad_loss *loss, void *setup, int64_t size, float *values,
                                const float *direction)
{
    float *start = grad_room(size, sizeof *start);
    memcpy(start, values, (size_t)size * sizeof *start);
    const double steps[4] = {1.0, -1.0, 2.0, -2.0}, factors[4] = {8.0, -8.0, -1.0, 1.0};
    double slope = 0.0;
    for (int k = 0; k < 4; k++) {
        for (int64_t i = 0; i < size; i++)
            values[i] = start[i] + (float)(steps[k] * GRAD_STEP) * direction[i];
        slope += factors[k] * loss(setup);
    }
    memcpy(values, start, (size_t)size * sizeof *start);
    free(start);
    return slope / (12.0 * GRAD_STEP);
}

/* `gradient` is the slope of the loss in values[size]: along the gradient itself, and number by number. */
static inline void grad_check(const char *test, const char *what, grad_loss *loss, void *setup, int64_t size,
                              float *values, const float *gradient)
{
    float *direction = grad_room(size, sizeof *direction);
    double norm = 0.0, most = GRAD_SMALL;
    for (int64_t i = 0; i < size; i++) {
        norm += (double)gradient[i] * (double)gradient[i];
        double absolute = fabs((double)gradient[i]);
        most = absolute > most ? absolute : most;
    }
    norm = sqrt(norm);
    ck_assert_msg(isfinite(norm), "%s: the gradient of %s is not finite", test, what);
    for (int64_t i = 0; norm > 0.0 && i < size; i++)
        direction[i] = (float)((double)gradient[i] / norm);
    double slope = grad_slope(loss, setup, size, values, direction);
    ck_assert_msg(fabs(slope - norm) <= GRAD_TOLERANCE * fmax(norm, GRAD_SMALL),
                  "%s: along the gradient of %s the loss rises by %.7g; expected the gradient's norm, %.7g",
                  test, what, slope, norm);
    for (int64_t k = 0; k < (size < GRAD_PLACES ? size : GRAD_PLACES); k++) {
        int64_t i =
            size <= GRAD_PLACES ? k : (int64_t)((0.5 + 0.49999 * (double)grad_random(1.0f)) * (double)size);
        memset(direction, 0, (size_t)size * sizeof *direction);
        direction[i] = 1.0f;
        slope = grad_slope(loss, setup, size, values, direction);
        ck_assert_msg(
            fabs(slope - (double)gradient[i]) <= GRAD_TOLERANCE * most,
            "%s: the gradient of %s[%lld] is %.7g; finite differences give %.7g, and %.3g is the largest",
            test, what, (long long)i, (double)gradient[i], slope, most);
    }
    free(direction);
}

/* The same for every tensor of the params. */
static inline void grad_check_params(const char *test, grad_loss *loss, void *setup, attn_params *params)
{
    for (int64_t i = 0; i < attn_params_count(params); i++) {
        attn_tensor tensor = ATTN_TENSOR_INIT;
        OK(attn_params_tensor(params, i, &tensor));
        grad_check(test, tensor.name, loss, setup, tensor.size, tensor.values, tensor.gradients);
    }
}

#endif
