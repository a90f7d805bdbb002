/* unit_explain.h - models of a few lines to explain, which check what they are asked.
 *
 *     masked     a bag of words: f = sum of value[b, t] over the tokens that are kept; the outputs are -f and f
 *     dropped    the same of elements: f = sum of value[b, t] / dim over what is kept of each token
 *     weighted   p = sum_t weights[t] value[b, t]; the outputs are 1 - p and p
 *     gradient   f = sum_te x[t, e]^power, df/dx = power x^(power - 1) */
#ifndef UNIT_EXPLAIN_H
#define UNIT_EXPLAIN_H

#include "unit_data.h"

typedef struct toy {
    const attn_explain_model *model;
    const float *values;         /* [batch, time] */
    int64_t dim, power;          /* of gradient, and of dropped */
    int64_t calls, copies, most; /* how often it was asked, about how many copies, and how many at once */
    int64_t fail_at;             /* the call that fails, from 0; -1: none */
    float fault;                 /* the last output of the first call, unless it is 0 */
} toy;

static inline int64_t toy_length(const toy *of, int64_t row)
{
    return of->model->lengths ? of->model->lengths[row] : of->model->time;
}

/* What must hold of every question. */
static inline attn_status toy_asked(toy *of, int64_t count, const int32_t *rows)
{
    MUST(count >= 1 && count <= (of->model->copies ? of->model->copies : 128), "%lld copies",
         (long long)count);
    for (int64_t i = 0; i < count; i++)
        MUST(rows[i] >= (i ? rows[i - 1] : 0) && rows[i] < of->model->batch && toy_length(of, rows[i]) > 0,
             "copy %lld is of row %d", (long long)i, rows[i]);
    if (of->calls++ == of->fail_at)
        return attn_params_create(NULL, NULL, &(attn_params *){NULL});
    of->copies += count;
    of->most = count > of->most ? count : of->most;
    return ATTN_OK;
}

static inline void toy_fault(const toy *of, int64_t outputs_count, float *outputs)
{
    if (of->fault != 0.0f && of->calls == 1)
        outputs[outputs_count - 1] = of->fault;
}

static inline attn_status toy_masked(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                                     float *outputs)
{
    toy *of = user;
    const int64_t time = of->model->time;
    attn_status status = toy_asked(of, count, rows);
    for (int64_t i = 0; status == ATTN_OK && i < count; i++) {
        const int64_t length = toy_length(of, rows[i]);
        double sum = 0.0;
        for (int64_t t = 0; t < time; t++) {
            MUST(keep[i * time + t] <= (t < length), "keep is %d at %lld", keep[i * time + t], (long long)t);
            sum += keep[i * time + t] ? (double)of->values[rows[i] * time + t] : 0.0;
        }
        outputs[2 * i] = (float)-sum;
        outputs[2 * i + 1] = (float)sum;
    }
    toy_fault(of, 2 * count, outputs);
    return status;
}

static inline attn_status toy_dropped(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                                      float *outputs)
{
    toy *of = user;
    const int64_t numbers = of->model->time * of->dim;
    attn_status status = toy_asked(of, count, rows);
    for (int64_t i = 0; status == ATTN_OK && i < count; i++) {
        double sum = 0.0;
        for (int64_t k = 0; k < numbers; k++) {
            MUST(keep[i * numbers + k] <= (k < toy_length(of, rows[i]) * of->dim), "keep is %d at %lld",
                 keep[i * numbers + k], (long long)k);
            sum += keep[i * numbers + k]
                       ? (double)of->values[rows[i] * of->model->time + k / of->dim] / (double)of->dim
                       : 0.0;
        }
        outputs[2 * i] = (float)-sum;
        outputs[2 * i + 1] = (float)sum;
    }
    toy_fault(of, 2 * count, outputs);
    return status;
}

static inline attn_status toy_weighted(void *user, int64_t count, const int32_t *rows, const float *weights,
                                       float *outputs)
{
    toy *of = user;
    const int64_t time = of->model->time;
    attn_status status = toy_asked(of, count, rows);
    for (int64_t i = 0; status == ATTN_OK && i < count; i++) {
        double sum = 0.0;
        for (int64_t t = 0; t < time; t++) {
            MUST(t < toy_length(of, rows[i]) || weights[i * time + t] == 0.0f, "weight beyond the length");
            sum += t < toy_length(of, rows[i])
                       ? (double)weights[i * time + t] * (double)of->values[rows[i] * time + t]
                       : 0.0;
        }
        outputs[2 * i] = (float)(1.0 - sum);
        outputs[2 * i + 1] = (float)sum;
    }
    toy_fault(of, 2 * count, outputs);
    return status;
}

static inline attn_status toy_gradient(void *user, int64_t count, const int32_t *rows, const float *x,
                                       const int32_t *lengths, float *outputs, float *dx)
{
    toy *of = user;
    attn_status status = toy_asked(of, count, rows);
    const int64_t numbers = of->model->time * of->dim;
    for (int64_t i = 0; status == ATTN_OK && i < count; i++) {
        double sum = 0.0;
        MUST(lengths[i] == toy_length(of, rows[i]), "length %d", lengths[i]);
        for (int64_t k = 0; k < numbers; k++) {
            const float at = x[i * numbers + k];
            MUST(k < lengths[i] * of->dim || at == 0.0f, "x beyond the length is %g", (double)at);
            sum += pow((double)at, (double)of->power);
            dx[i * numbers + k] = k < lengths[i] * of->dim
                                      ? (float)((double)of->power * pow((double)at, (double)of->power - 1.0))
                                      : NAN;
        }
        outputs[i] = (float)sum;
    }
    toy_fault(of, count, outputs);
    return status;
}

/* A toy and the model that asks it. */
static inline attn_explain_model toy_make(toy *of, int64_t batch, int64_t time, const int32_t *lengths,
                                          const float *values, const attn_explain_model *model)
{
    *of = (toy){.model = model, .values = values, .dim = 1, .power = 1, .fail_at = -1};
    attn_explain_model made = ATTN_EXPLAIN_MODEL_INIT;
    made.batch = batch;
    made.time = time;
    made.classes = 2;
    made.lengths = lengths;
    made.masked = toy_masked;
    made.weighted = toy_weighted;
    made.gradient = toy_gradient;
    made.dropped = toy_dropped;
    made.user = of;
    return made;
}

#endif
