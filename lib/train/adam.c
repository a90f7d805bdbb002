/* adam.c - the optimiser: norm, clipping and update over spans of the flat arrays, shared among the threads. */
#include "train/adam.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/params.h"

_Static_assert(sizeof(attn_adam_options) == offsetof(attn_adam_options, reserved) + sizeof(int32_t),
               "no tail padding");

struct attn_adam {
    attn_params *params;
    attn_context *context;
    attn_adam_options options;
    int64_t count, size; /* tensors and numbers of the params when it was made */
    float *m, *v;
    float *average;  /* NULL where none is kept */
    int32_t swapped; /* the average and the weights are exchanged */
    int64_t steps;
};

/* What the zeros of the options stand for. */
static void resolve(attn_adam_options *o)
{
    struct {
        float *member, usual;
    } all[] = {
        {&o->lr, 1e-3f}, {&o->beta1, 0.9f}, {&o->beta2, 0.999f}, {&o->epsilon, 1e-8f}, {&o->lr_decay, 1.0f}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (*all[i].member == 0.0f)
            *all[i].member = all[i].usual;
    float *may_be_zero[] = {&o->lr, &o->beta1, &o->beta2, &o->epsilon};
    for (size_t i = 0; i < sizeof may_be_zero / sizeof *may_be_zero; i++)
        if (*may_be_zero[i] == ATTN_ZERO)
            *may_be_zero[i] = 0.0f;
    o->lr_decay_steps = o->lr_decay_steps ? o->lr_decay_steps : 1;
}

static attn_status check_options(const char *function, const attn_adam_options *o)
{
    ATTNI_REQUIRE(o->lr >= 0.0f && isfinite(o->lr),
                  "%s: lr is %g; expected 0 (for 1e-3) or more, or ATTN_ZERO", function, (double)o->lr);
    ATTNI_REQUIRE(o->beta1 >= 0.0f && o->beta1 < 1.0f,
                  "%s: beta1 is %g; expected 0 (for 0.9) to less than 1, or ATTN_ZERO", function,
                  (double)o->beta1);
    ATTNI_REQUIRE(o->beta2 >= 0.0f && o->beta2 < 1.0f,
                  "%s: beta2 is %g; expected 0 (for 0.999) to less than 1, or ATTN_ZERO", function,
                  (double)o->beta2);
    ATTNI_REQUIRE(o->epsilon >= 0.0f && isfinite(o->epsilon),
                  "%s: epsilon is %g; expected 0 (for 1e-8) or more, or ATTN_ZERO", function,
                  (double)o->epsilon);
    ATTNI_REQUIRE(o->weight_decay >= 0.0f && isfinite(o->weight_decay),
                  "%s: weight_decay is %g; expected 0 or more", function, (double)o->weight_decay);
    ATTNI_REQUIRE(o->clip_norm >= 0.0f, "%s: clip_norm is %g; expected more than 0, or 0 for no clipping",
                  function, (double)o->clip_norm);
    ATTNI_REQUIRE(o->lr_decay > 0.0f && o->lr_decay <= 1.0f,
                  "%s: lr_decay is %g; expected more than 0, and at most 1", function, (double)o->lr_decay);
    ATTNI_REQUIRE(o->lr_floor >= 0.0f && isfinite(o->lr_floor), "%s: lr_floor is %g; expected 0 or more",
                  function, (double)o->lr_floor);
    ATTNI_REQUIRE(o->average >= 0.0f && o->average < 1.0f,
                  "%s: average is %g; expected more than 0 and less than 1, or 0 for no average", function,
                  (double)o->average);
    ATTNI_REQUIRE(o->lr_decay_steps >= 1, "%s: lr_decay_steps is %lld; expected 1 or more", function,
                  (long long)o->lr_decay_steps);
    return ATTN_OK;
}

attn_status attn_adam_create(attn_params *params, const attn_adam_options *options, attn_adam **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(params);
    ATTNI_ENTER(attn_params_context(params));
    attn_adam_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    resolve(&chosen);
    ATTNI_TRY(check_options(__func__, &chosen));
    ATTNI_REQUIRE(chosen.reserved == 0, "%s: reserved is %d; expected 0", __func__, chosen.reserved);
    attn_context *context = attn_params_context(params);
    int64_t size = attn_params_size(params);
    size_t bytes = (size_t)size * sizeof(float);
    attn_adam *adam = attni_alloc_zero(context, sizeof *adam);
    float *m = attni_alloc_zero(context, bytes), *v = attni_alloc_zero(context, bytes);
    float *average = chosen.average > 0.0f ? attni_alloc(context, bytes) : NULL;
    if (!adam || !m || !v || (chosen.average > 0.0f && !average)) {
        attni_free(context, adam);
        attni_free(context, m);
        attni_free(context, v);
        attni_free(context, average);
        return attni_no_memory(__func__, bytes * 3);
    }
    if (average && size)
        memcpy(average, attn_params_values(params), bytes);
    *adam = (attn_adam){.params = attni_params_retain(params),
                        .context = context,
                        .options = chosen,
                        .count = attn_params_count(params),
                        .size = size,
                        .m = m,
                        .v = v,
                        .average = average};
    *out = adam;
    return ATTN_OK;
}

void attn_adam_destroy(attn_adam **adam)
{
    if (adam == NULL || *adam == NULL)
        return;
    attn_params *params = (*adam)->params;
    attni_free((*adam)->context, (*adam)->m);
    attni_free((*adam)->context, (*adam)->v);
    attni_free((*adam)->context, (*adam)->average);
    attni_free((*adam)->context, *adam);
    attni_params_release(params);
    *adam = NULL;
}

attn_status attn_adam_set_lr(attn_adam *adam, float lr)
{
    ATTNI_REQUIRE_PTR(adam);
    ATTNI_ENTER(adam->context);
    ATTNI_REQUIRE(lr >= 0.0f && isfinite(lr), "%s: lr is %g; expected 0 or more", __func__, (double)lr);
    adam->options.lr = lr;
    return ATTN_OK;
}

int64_t attn_adam_steps(const attn_adam *adam)
{
    return adam ? adam->steps : 0;
}

float attn_adam_lr(const attn_adam *adam)
{
    if (adam == NULL)
        return 0.0f;
    const attn_adam_options *o = &adam->options;
    double rate = o->lr * pow(o->lr_decay, (double)adam->steps / (double)o->lr_decay_steps);
    return rate > o->lr_floor ? (float)rate : o->lr_floor;
}

attni_adam_state attni_adam_state_of(const attn_adam *adam)
{
    return (attni_adam_state){.params = adam->params,
                              .steps = (int64_t *)&adam->steps,
                              .count = adam->count,
                              .size = adam->size,
                              .swapped = adam->swapped,
                              .arrays = adam->average ? 3 : 2,
                              .array = {{"adam.m.", adam->m, -FLT_MAX},
                                        {"adam.v.", adam->v, 0.0f},
                                        {"adam.a.", adam->average, -FLT_MAX}}};
}

/* ---- pieces of the flat arrays --------------------------------------------------------------------------- */

/* A piece of the flat arrays: part of a dense tensor, or one used row of a sparse one. */
typedef struct span {
    int64_t offset, count;
    float lr_scale, decay; /* times the step's: the tensor's, and 0 for the decay of a sparse one */
} span;

#define NUMBERS_A_SPAN 16384
#define SPANS_A_TASK 16

typedef struct adam_pass {
    const attn_adam *adam;
    const attni_kernels *kernels;
    const span *spans;
    int64_t count;
    double *squares; /* [count]: each span's sum of squared gradients */
    double clip;
    float rate, epsilon, decay;
} adam_pass;

/* List the spans of all trainable tensors into spans[], or only count them where that is NULL. */
static int64_t list_spans(const attn_adam *adam, span *spans)
{
    int64_t count = 0;
    for (int64_t i = 0; i < adam->count; i++) {
        const attni_tensor *tensor = attni_params_at(adam->params, i);
        int64_t width = tensor->used ? tensor->size / tensor->shape[0] : NUMBERS_A_SPAN;
        int64_t pieces = tensor->used ? tensor->used_count : (tensor->size + width - 1) / width;
        if (!tensor->trainable)
            continue;
        for (int64_t p = 0; spans && p < pieces; p++) {
            int64_t begin = (tensor->used ? tensor->used[p] : p) * width;
            int64_t rest = tensor->size - begin;
            spans[count + p] = (span){tensor->offset + begin, rest < width ? rest : width, tensor->lr_scale,
                                      tensor->used ? 0.0f : tensor->lr_scale};
        }
        count += pieces;
    }
    return count;
}

static void sum_squares(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const adam_pass *pass = argument;
    int64_t end = (index + 1) * SPANS_A_TASK < pass->count ? (index + 1) * SPANS_A_TASK : pass->count;
    for (int64_t s = index * SPANS_A_TASK; s < end; s++) {
        const float *gradient = attn_params_gradients(pass->adam->params) + pass->spans[s].offset;
        pass->squares[s] = attni_sum_squares(pass->kernels, pass->spans[s].count, gradient);
    }
}

#define SCALED_AT_ONCE 256

/* Of gradients so large that the factor that clips them is below the floats, which hold fewer and fewer digits there, the products
 * are made in double. */
static void update_span(const adam_pass *pass, const span *piece)
{
    const attn_adam *adam = pass->adam;
    const float beta1 = adam->options.beta1, beta2 = adam->options.beta2;
    const int32_t tiny = pass->clip < (double)FLT_MIN;
    const float clip = tiny ? 1.0f : (float)pass->clip;
    float scaled[SCALED_AT_ONCE];
    for (int64_t at = piece->offset, end = at + piece->count, count; at < end; at += count) {
        const float *gradient = attn_params_gradients(adam->params) + at;
        count = tiny && end - at > SCALED_AT_ONCE ? SCALED_AT_ONCE : end - at;
        for (int64_t i = 0; tiny && i < count; i++)
            scaled[i] = (float)(pass->clip * (double)gradient[i]);
        pass->kernels->adam(count, attn_params_values(adam->params) + at, tiny ? scaled : gradient,
                            adam->m + at, adam->v + at, clip, beta1, beta2, pass->rate * piece->lr_scale,
                            pass->epsilon, pass->decay * piece->decay);
    }
}

static void update(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const adam_pass *pass = argument;
    int64_t end = (index + 1) * SPANS_A_TASK < pass->count ? (index + 1) * SPANS_A_TASK : pass->count;
    for (int64_t s = index * SPANS_A_TASK; s < end; s++)
        update_span(pass, &pass->spans[s]);
}

/* ---- the average ----------------------------------------------------------------------------------------- */

typedef struct average_pass {
    float *weights, *average;
    int64_t size;
    float share; /* 1 - d */
} average_pass;

static void average_part(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const average_pass *pass = argument;
    int64_t begin = index * NUMBERS_A_SPAN,
            end = begin + NUMBERS_A_SPAN < pass->size ? begin + NUMBERS_A_SPAN : pass->size;
    for (int64_t i = begin; i < end; i++)
        pass->average[i] += pass->share * (pass->weights[i] - pass->average[i]);
}

static void swap_part(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const average_pass *pass = argument;
    int64_t begin = index * NUMBERS_A_SPAN,
            end = begin + NUMBERS_A_SPAN < pass->size ? begin + NUMBERS_A_SPAN : pass->size;
    for (int64_t i = begin; i < end; i++) {
        float weight = pass->weights[i];
        pass->weights[i] = pass->average[i];
        pass->average[i] = weight;
    }
}

/* Run `part` over every tensor; averaging leaves frozen ones out, whose average is what they are (see `catch_up`). */
static void for_weights(const attn_adam *adam, attni_task *part, float share)
{
    for (int64_t i = 0; i < adam->count; i++) {
        const attni_tensor *tensor = attni_params_at(adam->params, i);
        average_pass pass = {attni_params_value(adam->params, i), adam->average + tensor->offset,
                             tensor->size, share};
        if (tensor->trainable || part != average_part)
            attni_parallel_whole(adam->context, (tensor->size + NUMBERS_A_SPAN - 1) / NUMBERS_A_SPAN, part,
                                 &pass);
    }
}

static void update_average(const attn_adam *adam)
{
    double t = (double)adam->steps, early = (1.0 + t) / (10.0 + t);
    for_weights(adam, average_part,
                1.0f - (float)(early < adam->options.average ? early : adam->options.average));
}

/* A frozen tensor is its own average, also where the program has changed it since. */
static void catch_up(const attn_adam *adam)
{
    for (int64_t i = 0; i < adam->count; i++) {
        const attni_tensor *tensor = attni_params_at(adam->params, i);
        if (!tensor->trainable)
            memcpy(adam->average + tensor->offset, attni_params_value(adam->params, i),
                   (size_t)tensor->size * sizeof(float));
    }
}

attn_status attn_adam_swap_average(attn_adam *adam)
{
    ATTNI_REQUIRE_PTR(adam);
    ATTNI_ENTER(adam->context);
    if (adam->average == NULL)
        return attni_fail(ATTN_ERR_STATE,
                          "%s: no average is kept; set options.average when the optimiser is created",
                          __func__);
    if (!adam->swapped)
        catch_up(adam);
    for_weights(adam, swap_part, 0.0f);
    adam->swapped = !adam->swapped;
    return ATTN_OK;
}

/* ---- the step -------------------------------------------------------------------------------------------- */

static attn_status not_finite(const attn_adam *adam, const char *function, double norm)
{
    for (int64_t i = 0; i < adam->count; i++) {
        const attni_tensor *tensor = attni_params_at(adam->params, i);
        const float *gradient = attni_params_gradient(adam->params, i);
        for (int64_t j = 0; tensor->trainable && j < tensor->size; j++) {
            if (!isfinite(gradient[j]))
                return attni_fail(
                    ATTN_ERR_STATE,
                    "%s: the gradient of \"%s\" is %g at %lld; expected finite numbers: look for "
                    "NaN in the input, or use a lower rate",
                    function, tensor->name, (double)gradient[j], (long long)j);
        }
    }
    return attni_fail(
        ATTN_ERR_STATE,
        "%s: the gradients' norm is %g, whose square no float holds; use clip_norm, or a lower rate",
        function, norm);
}

/* The factors of this step: the rate and both bias corrections, folded as 1412.6980 suggests below its algorithm 1. */
static void fold_corrections(const attn_adam *adam, double norm, adam_pass *pass)
{
    const attn_adam_options *o = &adam->options;
    double t = (double)adam->steps + 1.0, rate = attn_adam_lr(adam);
    double first = 1.0 - pow(o->beta1, t), second = sqrt(1.0 - pow(o->beta2, t));
    pass->clip = o->clip_norm > 0.0f && norm > o->clip_norm ? o->clip_norm / norm : 1.0;
    pass->rate = (float)(rate * second / first);
    pass->epsilon = fmaxf((float)(o->epsilon * second), FLT_MIN);
    pass->decay = (float)(rate * o->weight_decay);
}

/* What can be refused is, before the first weight is changed. */
static attn_status update_all(attn_adam *adam, const char *function, attni_arena *arena, float *norm)
{
    adam_pass pass = {
        .adam = adam, .kernels = attni_context_kernels(adam->context), .count = list_spans(adam, NULL)};
    span *spans = attni_arena_alloc(arena, (size_t)pass.count * sizeof(span));
    pass.squares = attni_arena_alloc(arena, (size_t)pass.count * sizeof(double));
    if (spans == NULL || pass.squares == NULL)
        return attni_no_memory(function, (size_t)pass.count * (sizeof(span) + sizeof(double)));
    ATTNI_TRY(attni_params_need_gradients(adam->params, function)); /* last of what may lack memory */
    const int64_t tasks = (pass.count + SPANS_A_TASK - 1) / SPANS_A_TASK;
    list_spans(adam, spans);
    pass.spans = spans;
    ATTNI_TRY(attni_parallel_for(adam->context, tasks, sum_squares, &pass));
    double total = 0.0;
    for (int64_t s = 0; s < pass.count; s++)
        total += pass.squares[s];
    if (norm)
        *norm = (float)sqrt(total);
    fold_corrections(adam, sqrt(total), &pass);
    if (!(total * pass.clip * pass.clip < (double)FLT_MAX)) /* which v would not hold */
        return not_finite(adam, function, sqrt(total));
    attni_parallel_whole(adam->context, tasks, update, &pass);
    adam->steps++;
    if (adam->average)
        update_average(adam);
    return ATTN_OK;
}

attn_status attn_adam_step(attn_adam *adam, float *norm)
{
    ATTNI_REQUIRE_PTR(adam);
    ATTNI_ENTER(adam->context);
    ATTNI_REQUIRE(attn_params_count(adam->params) == adam->count,
                  "%s: the params have %lld tensors now, and had %lld when the "
                  "optimiser was made; make it after all layers",
                  __func__, (long long)attn_params_count(adam->params), (long long)adam->count);
    if (adam->swapped)
        return attni_fail(ATTN_ERR_STATE,
                          "%s: the weights' average is swapped in; call attn_adam_swap_average again first",
                          __func__);
    attni_arena *arena = attni_scratch_take(adam->context);
    attn_status status =
        arena ? update_all(adam, __func__, arena, norm) : attni_no_memory(__func__, sizeof *arena);
    attni_scratch_give(adam->context, arena);
    return status;
}
