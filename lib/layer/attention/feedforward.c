/* feedforward.c - attention without a query, forward. Each row of the batch is a task of its own.
 *
 *     u_j = tanh(W h_j + b);  e_j = tanh(v . u_j + c), or without the outer tanh;  a = weighting(e);  context = sum_j a_j h_j
 *
 * Kept padding is a state of zeros: all of it has one score, and it adds nothing to the context. */
#include <math.h>
#include <string.h>

#include "layer/attention/attention.h"
#include "layer/attention/weighting.h"

typedef struct forward_pass {
    const attn_attention *attention;
    const attni_kernels *kernels;
    const attni_feedforward_record *record;
    const int32_t *lengths;
    const float *packed; /* W packed */
    float padding_score;
    float *context; /* [batch, D], may be NULL */
    float *hidden;  /* [workers, ATTNI_ITEMS, A], in inference */
    int64_t rows_a_task;
} forward_pass;

float attni_feedforward_padding_score(const attn_attention *attention, float *hidden)
{
    const float *bias = attni_params_value(attention->params, attention->bias);
    const float *v = attni_params_value(attention->params, attention->score_weight);
    float score = *attni_params_value(attention->params, attention->score_bias);
    for (int64_t j = 0; j < attention->attention_dim; j++) {
        float u = tanhf(bias[j]);
        score += v[j] * u;
        if (hidden)
            hidden[j] = u;
    }
    return attention->outer_tanh ? tanhf(score) : score;
}

/* The items that are read after those up to `end` of row b: the row's next ones, or the first ones of the row behind it. */
static attni_piece piece_after(const forward_pass *pass, int64_t b, int64_t end, int64_t length)
{
    const attni_feedforward_record *record = pass->record;
    int64_t d = pass->attention->memory_dim;
    if (end == length) {
        b++;
        end = 0;
        length = b == record->batch ? 0 : record->begins[b + 1] - record->begins[b];
    }
    int64_t count = length - end < ATTNI_ITEMS ? length - end : ATTNI_ITEMS;
    return (attni_piece){count ? record->memory + (b * record->items + end) * d : NULL, count * d};
}

static void attend_row(const forward_pass *pass, int64_t b, int32_t worker)
{
    const attn_attention *attention = pass->attention;
    const attni_feedforward_record *record = pass->record;
    const attni_kernels *kernels = pass->kernels;
    int64_t a = attention->attention_dim, d = attention->memory_dim, items = record->items;
    int64_t length = pass->lengths ? pass->lengths[b] : items;
    const float *memory = record->memory + b * items * d;
    const float *bias = attni_params_value(attention->params, attention->bias);
    const float *v = attni_params_value(attention->params, attention->score_weight);
    const float c = *attni_params_value(attention->params, attention->score_bias);
    float *scores = record->scores + b * items, *weights = record->weights + b * items;

    for (int64_t j = 0; j < length; j += ATTNI_ITEMS) {
        int64_t count = length - j < ATTNI_ITEMS ? length - j : ATTNI_ITEMS;
        float *hidden = pass->hidden ? pass->hidden + worker * ATTNI_ITEMS * a
                                     : record->hidden + (record->begins[b] + j) * a;
        attni_piece piece = piece_after(pass, b, j + count, length);
        attni_ahead ahead = {.pieces = &piece, .left = 1};
        kernels->product(count, a, d, memory + j * d, d, pass->packed, hidden, a, 0, &ahead);
        kernels->score_forward(count, a, bias, v, hidden, scores + j);
    }
    for (int64_t j = 0; j < length; j++)
        scores[j] += c;
    if (attention->outer_tanh)
        kernels->tanh(length, scores, scores);
    int64_t attended = length;
    if (attention->padding == ATTN_PADDING_KEPT) {
        for (; attended < items; attended++)
            scores[attended] = pass->padding_score;
    }
    attni_weighting_forward(kernels, attention->weighting, attention->temperature, attended, scores, weights);
    for (int64_t j = attended; j < items; j++)
        weights[j] = 0.0f;

    if (pass->context == NULL)
        return;
    float *context = pass->context + b * d;
    memset(context, 0, (size_t)d * sizeof(float));
    for (int64_t j = 0; j < length; j++)
        kernels->axpy(d, weights[j], memory + j * d, context);
}

/* A few rows a task, where there are many: the first items of one are asked for while the one before it is computed. */
static void attend_rows(void *argument, int64_t index, int32_t worker)
{
    const forward_pass *pass = argument;
    int64_t begin = index * pass->rows_a_task, end = begin + pass->rows_a_task;
    for (int64_t b = begin; b < end && b < pass->record->batch; b++)
        attend_row(pass, b, worker);
}

static attn_status fill_record(const attn_attention *attention, attni_arena *arena, const char *function,
                               int64_t batch, int64_t items, const float *memory, const int32_t *lengths,
                               int32_t keep, attni_feedforward_record *record)
{
    ATTNI_TRY(attni_check_lengths(function, batch, items, lengths));
    record->batch = batch;
    record->items = items;
    record->memory = memory;
    ATTNI_TRY(attni_attention_begins(arena, function, batch, items, lengths, &record->begins));
    int64_t numbers = keep ? record->begins[batch] * attention->attention_dim : 0;
    record->hidden = attni_arena_floats(arena, numbers);
    record->scores = attni_arena_floats(arena, batch * items);
    record->weights = attni_arena_floats(arena, batch * items);
    if (!record->hidden || !record->scores || !record->weights)
        return attni_no_memory(function, (size_t)(numbers + 2 * batch * items) * sizeof(float));
    return ATTN_OK;
}

static attn_status attend(const attn_attention *attention, attni_arena *arena, const char *function,
                          const attni_feedforward_record *record, const int32_t *lengths, int32_t keep,
                          float *weights, float *context)
{
    const attni_kernels *kernels = attni_context_kernels(attention->context);
    int64_t a = attention->attention_dim, d = attention->memory_dim, size = attni_packed_size(kernels, d, a);
    int64_t scratch = keep ? 0 : attn_context_threads(attention->context) * ATTNI_ITEMS * a;
    attni_mark mark = attni_arena_mark(arena);
    float *packed = attni_arena_floats(arena, size), *hidden = attni_arena_floats(arena, scratch);
    if (packed == NULL || hidden == NULL)
        return attni_no_memory(function, (size_t)(size + scratch) * sizeof(float));
    kernels->pack_transposed(d, a, attni_params_value(attention->params, attention->weight), d, packed);
    forward_pass pass = {.attention = attention,
                         .kernels = kernels,
                         .record = record,
                         .lengths = lengths,
                         .packed = packed,
                         .padding_score = attni_feedforward_padding_score(attention, NULL),
                         .context = context,
                         .hidden = keep ? NULL : hidden,
                         .rows_a_task = record->batch >= 64 ? 4 : 1};
    attni_parallel_for(attention->context, (record->batch + pass.rows_a_task - 1) / pass.rows_a_task,
                       attend_rows, &pass);
    if (weights && record->batch > 0 && record->items > 0)
        memcpy(weights, record->weights, (size_t)(record->batch * record->items) * sizeof(float));
    attni_arena_reset(arena, mark);
    return ATTN_OK;
}

attn_status attn_attention_forward(const attn_attention *attention, attn_tape *tape, int64_t batch,
                                   int64_t items, const float *memory, const int32_t *lengths, float *weights,
                                   float *context)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_REQUIRE(attention->score == ATTN_SCORE_FEEDFORWARD,
                  "%s: the layer's score needs a query; call attn_attention_forward_queries", __func__);
    ATTNI_REQUIRE(memory != NULL || batch == 0 || items == 0,
                  "%s: memory is NULL; expected [batch, items, memory_dim] numbers", __func__);
    attni_workspace workspace;
    attni_feedforward_record local = {0}, *record = &local;
    if (tape)
        ATTNI_TRY(attni_tape_push_owner(tape, __func__, attention->id, sizeof *record, (void **)&record));
    attn_status status = attni_workspace_open(&workspace, attention->context, tape, __func__);
    if (status == ATTN_OK)
        status = fill_record(attention, workspace.arena, __func__, batch, items, memory, lengths,
                             tape != NULL, record);
    if (status == ATTN_OK)
        status =
            attend(attention, workspace.arena, __func__, record, lengths, tape != NULL, weights, context);
    attni_workspace_close(&workspace, attention->context);
    if (status != ATTN_OK && tape)
        attni_tape_cancel(tape);
    return status;
}
