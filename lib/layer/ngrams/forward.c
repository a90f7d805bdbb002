/* forward.c - the logits of texts, what each word gave to them, and the gradients.
 *
 *     logits[b][c] = bias[c] + sum over g of scale * (offset + weights[g]) * ratios[g][c]
 *
 * A text is one task's, which adds its n-grams in the order in which they first stand there: in double, since there are hundreds. */
#include <string.h>

#include "core/apart.h"
#include "core/finite.h"
#include "layer/ngrams/ngrams.h"

typedef struct ngrams_record {
    int64_t *begins; /* [batch + 1] */
    int32_t *rows;   /* those of text b are at [begins[b], begins[b] + counts[b]) */
    int32_t *counts; /* [batch] */
} ngrams_record;

/* What all tasks share. A worker's memory holds the n-grams of the text at hand, and behind them `classes` or `time` sums. */
typedef struct texts {
    const attn_ngrams *ngrams;
    int64_t batch, time;
    const int32_t *ids, *lengths, *targets;
    const float *weights, *ratios, *bias; /* bias NULL: none */
    float *logits, *shares, *base;
    ngrams_record *record; /* NULL: inference */
    int64_t longest, sum_count;
    unsigned char *memory;
    size_t found_size, worker_size;
} texts;

static int64_t length_of(const texts *of, int64_t b)
{
    return of->lengths ? of->lengths[b] : of->time;
}

static attni_found find(const texts *of, int64_t b, int32_t worker)
{
    attni_found found;
    attni_found_carve(of->ngrams, of->longest, of->memory + (size_t)worker * of->worker_size, &found);
    attni_ngrams_find_all(of->ngrams, length_of(of, b), of->time ? of->ids + b * of->time : of->ids, &found);
    return found;
}

static double *sums_of(const texts *of, int32_t worker)
{
    double *sums = (double *)(void *)(of->memory + (size_t)worker * of->worker_size + of->found_size);
    memset(sums, 0, (size_t)of->sum_count * sizeof *sums);
    return sums;
}

static double factor_of(const texts *of, int64_t row)
{
    return (double)of->ngrams->scale * ((double)of->ngrams->offset + of->weights[row]);
}

static attn_status open_texts(texts *of, const char *function, attni_arena *arena)
{
    const attn_ngrams *ngrams = of->ngrams;
    attn_params *params = ngrams->layer.params;
    const size_t workers = (size_t)attn_context_threads(ngrams->layer.context);
    of->weights = attni_params_value(params, ngrams->weights);
    of->ratios = attni_params_value(params, ngrams->ratios);
    of->bias = ngrams->bias < 0 ? NULL : attni_params_value(params, ngrams->bias);
    of->found_size = attni_found_size(ngrams, of->longest);
    of->worker_size = of->found_size + ((size_t)of->sum_count * sizeof(double) + 63) / 64 * 64;
    of->memory = attni_arena_alloc(arena, workers * of->worker_size);
    return of->memory ? ATTN_OK : attni_no_memory(function, workers * of->worker_size);
}

/* ---- forward --------------------------------------------------------------------------------------------- */

static void decide(void *argument, int64_t b, int32_t worker)
{
    const texts *of = argument;
    const attn_ngrams *ngrams = of->ngrams;
    const int64_t classes = ngrams->classes, columns = ngrams->columns;
    const attni_found found = find(of, b, worker);
    double *sums = sums_of(of, worker);
    for (int64_t i = 0; i < found.count; i++) {
        const int64_t row = found.rows[i];
        const double factor = factor_of(of, row);
        for (int64_t k = 0; k < columns; k++)
            sums[k] += factor * of->ratios[row * columns + k];
    }
    if (columns == 1) {
        sums[1] = sums[0];
        sums[0] = -sums[1];
    }
    for (int64_t c = 0; c < classes; c++)
        of->logits[b * classes + c] = (float)((of->bias ? of->bias[c] : 0.0) + sums[c]);
    if (of->record) {
        of->record->counts[b] = (int32_t)found.count;
        memcpy(of->record->rows + of->record->begins[b], found.rows,
               (size_t)found.count * sizeof *found.rows);
    }
}

/* Room for all n-grams that the texts may have. */
static attn_status fill_record(const texts *of, const char *function, attni_arena *arena)
{
    ngrams_record *record = of->record;
    const size_t begins_size = attni_bytes(of->batch + 1, sizeof *record->begins),
                 counts_size = attni_bytes(of->batch, sizeof *record->counts);
    record->begins = attni_arena_alloc(arena, begins_size);
    record->counts = attni_arena_alloc(arena, counts_size);
    if (!record->begins || !record->counts)
        return attni_no_memory(function, begins_size + counts_size);
    record->begins[0] = 0;
    for (int64_t b = 0; b < of->batch; b++)
        record->begins[b + 1] = record->begins[b] + length_of(of, b) * of->ngrams->table.longest;
    const size_t rows_size = attni_bytes(record->begins[of->batch], sizeof *record->rows);
    record->rows = attni_arena_alloc(arena, rows_size);
    return record->rows ? ATTN_OK : attni_no_memory(function, rows_size);
}

/* With room from `scratch`, to of->logits. */
static attn_status forward(texts *of, const char *function, attn_tape *tape, attni_arena *scratch)
{
    const attni_layer *layer = &of->ngrams->layer;
    of->sum_count = of->ngrams->classes;
    attn_status status = open_texts(of, function, scratch);
    if (status == ATTN_OK && tape)
        status = attni_tape_push(tape, function, layer, of->batch, of->time, 0, sizeof *of->record,
                                 (void **)&of->record);
    if (of->record) {
        status = fill_record(of, function, &tape->arena);
        if (status != ATTN_OK)
            attni_tape_cancel(tape);
    }
    ATTNI_TRY(status);
    status = attni_parallel_for(layer->context, of->batch, decide, of);
    if (status == ATTN_OK &&
        attni_context_kernels(layer->context)->finite(of->batch * of->ngrams->classes, of->logits))
        return ATTN_OK;
    if (tape)
        attni_tape_cancel(tape);
    ATTNI_TRY(status);
    return attni_not_finite(function, NULL, 0, (const attni_layer *[]){layer, NULL}, "logits");
}

attn_status attn_ngrams_forward(const attn_ngrams *ngrams, attn_tape *tape, int64_t batch, int64_t time,
                                const int32_t *ids, const int32_t *lengths, float *logits)
{
    ATTNI_REQUIRE_PTR(ngrams);
    ATTNI_ENTER(ngrams->layer.context);
    texts of = {
        .ngrams = ngrams, .batch = batch, .time = time, .ids = ids, .lengths = lengths, .logits = logits};
    ATTNI_TRY(attni_ngrams_check(__func__, batch, time, ids, lengths, &of.longest));
    ATTNI_REQUIRE(logits != NULL || batch == 0, "%s: logits is NULL; expected [batch, classes] numbers",
                  __func__);
    ATTNI_REQUIRE_APART(__func__, 1, {"logits", logits, batch > 0}, {"ids", ids, batch > 0 && time > 0});
    attni_arena *scratch = attni_scratch_take(ngrams->layer.context);
    attn_status status =
        scratch ? forward(&of, __func__, tape, scratch) : attni_no_memory(__func__, sizeof *scratch);
    attni_scratch_give(ngrams->layer.context, scratch);
    return status;
}

/* ---- backward -------------------------------------------------------------------------------------------- */

/* dweights[g]    += sum over c of dlogits[b][c] * scale * ratios[g][c]
 * dratios[g][c]  += dlogits[b][c] * scale * (offset + weights[g])         of two classes that of class 1, less that of class 0 */
static void add_text(const attn_ngrams *ngrams, const float *dlogits, const int32_t *rows, int64_t count)
{
    attn_params *params = ngrams->layer.params;
    const float *weights = attni_params_value(params, ngrams->weights),
                *ratios = attni_params_value(params, ngrams->ratios);
    attni_tensor *weight = attni_params_at(params, ngrams->weights),
                 *ratio = attni_params_at(params, ngrams->ratios);
    float *dweights = attni_params_gradient(params, ngrams->weights),
          *dratios = attni_params_gradient(params, ngrams->ratios);
    const int64_t columns = ngrams->columns;
    const float between = dlogits[1] - dlogits[0], *slopes = columns == 1 ? &between : dlogits;
    for (int64_t i = 0; i < count; i++) {
        const int64_t row = rows[i];
        if (weight->trainable) {
            float sum = 0.0f;
            for (int64_t k = 0; k < columns; k++)
                sum += slopes[k] * ratios[row * columns + k];
            attni_tensor_use_row(weight, row);
            dweights[row] += ngrams->scale * sum;
        }
        if (ratio->trainable) {
            attni_tensor_use_row(ratio, row);
            for (int64_t k = 0; k < columns; k++)
                dratios[row * columns + k] += slopes[k] * ngrams->scale * (ngrams->offset + weights[row]);
        }
    }
}

attn_status attn_ngrams_backward(const attn_ngrams *ngrams, attn_tape *tape, int64_t batch, int64_t time,
                                 const float *dlogits)
{
    ATTNI_REQUIRE_PTR(ngrams);
    ATTNI_ENTER(ngrams->layer.context);
    ATTNI_REQUIRE_PTR(tape);
    ngrams_record *record;
    ATTNI_TRY(attni_tape_top(tape, __func__, &ngrams->layer, batch, time, 0, (void **)&record));
    ATTNI_REQUIRE(dlogits != NULL || batch == 0, "%s: dlogits is NULL; expected [batch, classes] numbers",
                  __func__);
    attn_status status = ATTN_OK;
    if (attni_tape_learns(tape)) {
        attn_params *params = ngrams->layer.params;
        const int64_t classes = ngrams->classes;
        ATTNI_TRY(attni_params_need_gradients(params, __func__));
        const int32_t biased = ngrams->bias >= 0 && attni_params_at(params, ngrams->bias)->trainable;
        float *dbias = biased ? attni_params_gradient(params, ngrams->bias) : NULL;
        for (int64_t b = 0; b < batch && (status = attni_go_on()) == ATTN_OK; b++) {
            add_text(ngrams, dlogits + b * classes, record->rows + record->begins[b], record->counts[b]);
            for (int64_t c = 0; biased && c < classes; c++)
                dbias[c] += dlogits[b * classes + c];
        }
    }
    attni_tape_pop(tape); /* also after a failure, as other layers do */
    return status;
}

/* ---- shares ---------------------------------------------------------------------------------------------- */

/* The margin of class `target` in numbers[classes]: its own, less the mean of the others. */
static double margin_of(const float *numbers, int64_t classes, int64_t target)
{
    double others = 0.0;
    for (int64_t c = 0; c < classes; c++)
        others += c == target ? 0.0 : numbers[c];
    return numbers[target] - others / (double)(classes - 1);
}

static double ratio_of(const texts *of, int64_t row, int64_t target)
{
    const int64_t columns = of->ngrams->columns;
    if (columns == 1) /* of class 0 it is the negative */
        return target ? 2.0 * of->ratios[row] : -2.0 * of->ratios[row];
    return margin_of(of->ratios + row * columns, columns, target);
}

static int64_t target_of(const texts *of, int64_t b)
{
    const int64_t classes = of->ngrams->classes;
    const float *logits = of->logits + b * classes;
    int64_t best = 0;
    if (of->targets)
        return of->targets[b];
    for (int64_t c = 1; c < classes; c++)
        best = logits[c] > logits[best] ? c : best;
    return best;
}

static void share_out(void *argument, int64_t b, int32_t worker)
{
    const texts *of = argument;
    const int32_t longest = of->ngrams->table.longest;
    const int64_t length = length_of(of, b), target = target_of(of, b);
    const attni_found found = find(of, b, worker);
    double *sums = sums_of(of, worker);
    for (int64_t t = 0; t < length; t++) {
        for (int32_t n = 1; n <= longest; n++) {
            const int32_t place = found.at[t * longest + n - 1];
            if (place < 0)
                continue;
            const int64_t row = found.rows[place];
            const double part =
                factor_of(of, row) * ratio_of(of, row, target) / ((double)found.times[place] * n);
            for (int32_t k = 0; k < n; k++)
                sums[t + k] += part;
        }
    }
    for (int64_t t = 0; t < of->time; t++)
        of->shares[b * of->time + t] = t < length ? (float)sums[t] : 0.0f;
    if (of->base)
        of->base[b] = of->bias ? (float)margin_of(of->bias, of->ngrams->classes, target) : 0.0f;
}

attn_status attn_ngrams_attribute(const attn_ngrams *ngrams, int64_t batch, int64_t time, const int32_t *ids,
                                  const int32_t *lengths, const int32_t *targets, float *shares, float *base)
{
    ATTNI_REQUIRE_PTR(ngrams);
    ATTNI_ENTER(ngrams->layer.context);
    const int64_t classes = ngrams->classes;
    texts of = {.ngrams = ngrams,
                .batch = batch,
                .time = time,
                .ids = ids,
                .lengths = lengths,
                .targets = targets,
                .shares = shares,
                .base = base};
    ATTNI_TRY(attni_ngrams_check(__func__, batch, time, ids, lengths, &of.longest));
    ATTNI_REQUIRE(shares != NULL || batch == 0 || time == 0,
                  "%s: shares is NULL; expected [batch, time] numbers", __func__);
    const int32_t numbers = batch > 0 && time > 0;
    ATTNI_REQUIRE_APART(__func__, 2, {"shares", shares, numbers}, {"base", base, batch > 0},
                        {"ids", ids, numbers});
    for (int64_t b = 0; targets && b < batch; b++)
        ATTNI_REQUIRE(targets[b] >= 0 && targets[b] < classes, "%s: targets[%lld] is %d; expected 0 to %lld",
                      __func__, (long long)b, targets[b], (long long)classes - 1);
    attni_arena *scratch = attni_scratch_take(ngrams->layer.context);
    of.logits = scratch ? attni_arena_floats(scratch, batch * classes) : NULL;
    attn_status status =
        of.logits ? ATTN_OK : attni_no_memory(__func__, (size_t)(batch * classes) * sizeof(float));
    if (status == ATTN_OK)
        status = forward(&of, __func__, NULL, scratch);
    of.sum_count = of.longest;
    if (status == ATTN_OK)
        status = open_texts(&of, __func__, scratch);
    if (status == ATTN_OK)
        status = attni_parallel_for(ngrams->layer.context, batch, share_out, &of);
    attni_scratch_give(ngrams->layer.context, scratch);
    ATTNI_TRY(status);
    if (attni_context_kernels(ngrams->layer.context)->finite(batch * time, shares))
        return ATTN_OK;
    return attni_not_finite(__func__, NULL, 0, (const attni_layer *[]){&ngrams->layer, NULL}, "shares");
}
