/* feedforward_backward.c - gradients of attention without a query.
 *
 * With da the gradient of the weights (the caller's, plus dcontext . h_j), for each row
 *
 *     ds = the weighting's gradient for da         weighting.c
 *     de_j = ds_j (1 - e_j^2)                      the outer tanh, where it is on
 *     dc = sum_j de_j;  dv = sum_j de_j u_j;  dp_j = de_j v (1 - u_j^2)        p = W h + b
 *     db = sum_j dp_j;  dW = sum_j dp_j h_j^T;  dh_j = a_j dcontext + W^T dp_j
 *
 * Kept padding is a state of zeros: it has a share in ds, dc, dv and db. The rows are cut into parts with sums of their own; a
 * row's share of dW is added while its memory and its dp are in the cache. */
#include <string.h>

#include "layer/attention/attention.h"
#include "layer/attention/items.h"
#include "layer/partial.h"
#include "layer/attention/weighting.h"

typedef struct backward_pass {
    const attn_attention *attention;
    const attni_kernels *kernels;
    const attni_feedforward_record *record;
    const float *dweights, *dcontext; /* either may be NULL */
    float *dmemory;                   /* may be NULL */
    const float *packed;              /* W packed the other way */
    float *packed_memory;             /* [workers]: ATTNI_WINDOW items packed, for dW */
    int64_t packed_size;
    attni_partial partial;       /* dW (where it is not frozen), then db, dv, dc */
    int64_t partial_sums;        /* where db begins */
    float *dscores;              /* [batch, items]: da, then ds, then de */
    const float *padding_hidden; /* [A] */
} backward_pass;

/* dscores = the gradient of every score of row b that takes part; returns how many do. */
static int64_t scores_backward(const backward_pass *pass, int64_t b, int64_t length, float *dscores)
{
    const attn_attention *attention = pass->attention;
    int64_t items = pass->record->items, d = attention->memory_dim;
    int64_t attended = attention->padding == ATTN_PADDING_KEPT ? items : length;
    const float *weights = pass->record->weights + b * items, *scores = pass->record->scores + b * items;
    const float *memory = pass->record->memory + b * items * d;
    for (int64_t j = 0; j < attended; j++) {
        float da = pass->dweights ? pass->dweights[b * items + j] : 0.0f;
        if (pass->dcontext && j < length)
            da += pass->kernels->dot(d, pass->dcontext + b * d, memory + j * d);
        dscores[j] = da;
    }
    attni_weighting_backward(attention->weighting, attention->temperature, attended, weights, dscores);
    for (int64_t j = 0; attention->outer_tanh && j < attended; j++)
        dscores[j] *= 1.0f - scores[j] * scores[j];
    return attended;
}

/* What row b will read first; nothing beyond the last row. */
static int64_t list_row(const backward_pass *pass, int64_t b, attni_piece *pieces)
{
    const attni_feedforward_record *record = pass->record;
    int64_t a = pass->attention->attention_dim, d = pass->attention->memory_dim;
    if (b >= record->batch)
        return 0;
    int64_t length = record->begins[b + 1] - record->begins[b];
    pieces[0] = (attni_piece){record->memory + b * record->items * d, length * d};
    pieces[1] = (attni_piece){record->hidden + record->begins[b] * a, length * a};
    return 2;
}

/* Row b; `next` is the one that the same task will come to after it. */
static void run_row(const backward_pass *pass, int64_t b, int64_t next, int32_t worker, float *partial)
{
    const attn_attention *attention = pass->attention;
    const attni_feedforward_record *record = pass->record;
    int64_t a = attention->attention_dim, d = attention->memory_dim, items = record->items;
    int64_t begin = record->begins[b], length = record->begins[b + 1] - begin;
    const float *v = attni_params_value(attention->params, attention->score_weight);
    const float *memory = record->memory + b * items * d;
    float *db = partial + pass->partial_sums, *dv = db + a, *dc = dv + a;
    float *dscores = pass->dscores + b * items, *hidden = record->hidden + begin * a;

    int64_t attended = scores_backward(pass, b, length, dscores);
    for (int64_t j = 0; j < attended; j++)
        *dc += dscores[j];
    for (int64_t j = 0; j < length; j += ATTNI_ITEMS)
        pass->kernels->score_backward(length - j < ATTNI_ITEMS ? length - j : ATTNI_ITEMS, a, dscores + j, v,
                                      hidden + j * a, db, dv);
    float padding = 0.0f;
    for (int64_t j = length; j < attended; j++)
        padding += dscores[j];
    for (int64_t k = 0; padding != 0.0f && k < a; k++) {
        float u = pass->padding_hidden[k];
        dv[k] += padding * u;
        db[k] += padding * v[k] * (1.0f - u * u);
    }
    if (pass->partial_sums) /* dW += dp^T h */
        attni_items_spread(pass->kernels, length, a, d, hidden, a, memory,
                           pass->packed_memory + worker * pass->packed_size, partial);

    if (pass->dmemory == NULL)
        return;
    float *dmemory = pass->dmemory + b * items * d; /* may be memory, which is not read any more */
    attni_piece pieces[2];
    attni_ahead ahead = {.pieces = pieces, .left = list_row(pass, next, pieces)};
    pass->kernels->product(length, d, a, hidden, a, pass->packed, dmemory, d, 0, &ahead);
    for (int64_t j = 0; pass->dcontext && j < length; j++)
        pass->kernels->axpy(d, record->weights[b * items + j], pass->dcontext + b * d, dmemory + j * d);
    memset(dmemory + length * d, 0, (size_t)((items - length) * d) * sizeof(float));
}

/* Every `parts`th row, so that parts are of the same size where the rows are sorted by length. */
static void run_part(void *argument, int64_t part, int32_t worker)
{
    const backward_pass *pass = argument;
    float *partial = attni_partial_begin(&pass->partial, part);
    for (int64_t b = part; b < pass->record->batch; b += pass->partial.parts)
        run_row(pass, b, b + pass->partial.parts, worker, partial);
}

static void add_sums(const backward_pass *pass, int64_t tensor, int64_t from, int64_t count)
{
    const attn_attention *attention = pass->attention;
    if (attni_params_at(attention->params, tensor)->trainable)
        attni_partial_add(&pass->partial, attention->context, from, count,
                          attni_params_gradient(attention->params, tensor));
}

attn_status attni_feedforward_backward(const attn_attention *attention, attn_tape *tape, const char *function,
                                       const attni_feedforward_record *record, const float *dweights,
                                       const float *dcontext, float *dmemory)
{
    const attni_kernels *kernels = attni_context_kernels(attention->context);
    attni_arena *arena = &tape->arena;
    int64_t a = attention->attention_dim, d = attention->memory_dim;
    int32_t learn = attni_params_at(attention->params, attention->weight)->trainable;
    int64_t sums = learn ? a * d : 0, packed_size = attni_packed_size(kernels, a, d);
    int64_t window_size = attni_items_room(kernels, d);
    backward_pass pass = {
        .attention = attention,
        .kernels = kernels,
        .record = record,
        .dweights = dweights,
        .dcontext = dcontext,
        .dmemory = dmemory,
        .packed_memory = attni_arena_floats(arena, attn_context_threads(attention->context) * window_size),
        .packed_size = window_size,
        .partial_sums = sums,
        .dscores = attni_arena_floats(arena, record->batch * record->items)};
    float *packed = attni_arena_floats(arena, packed_size), *padding_hidden = attni_arena_floats(arena, a);
    if (!packed || !pass.packed_memory || !pass.dscores || !padding_hidden)
        return attni_no_memory(function,
                               (size_t)(packed_size + record->batch * record->items) * sizeof(float));
    ATTNI_TRY(attni_partial_make(&pass.partial, arena, function, record->batch, sums + 2 * a + 1));
    kernels->pack(a, d, attni_params_value(attention->params, attention->weight), d, packed);
    attni_feedforward_padding_score(attention, padding_hidden);
    pass.packed = packed;
    pass.padding_hidden = padding_hidden;
    attni_parallel_for(attention->context, pass.partial.parts, run_part, &pass);
    if (learn)
        add_sums(&pass, attention->weight, 0, a * d);
    add_sums(&pass, attention->bias, sums, a);
    add_sums(&pass, attention->score_weight, sums + a, a);
    add_sums(&pass, attention->score_bias, sums + 2 * a, 1);
    return ATTN_OK;
}
