/* attention_backward.c - gradients of soft attention.
 *
 * With da the gradient of the weights (the caller's, plus dcontext . h_j), for each row
 *
 *     ds_j = a_j (da_j - sum_k a_k da_k)           softmax
 *     de_j = ds_j (1 - e_j^2)                      the outer tanh, where it is on
 *     dc = sum_j de_j;  dv = sum_j de_j u_j;  dp_j = de_j v (1 - u_j^2)        p = W h + b
 *     db = sum_j dp_j;  dW = sum_j dp_j h_j^T;  dh_j = a_j dcontext + W^T dp_j
 *
 * Kept padding is a state of zeros: it has a share in ds, dc, dv and db. Each row is a task with sums of its own, which are
 * added in the rows' order, so that they do not depend on the threads. */
#include <string.h>

#include "layer/attention.h"
#include "layer/weight_gradient.h"

typedef struct backward_pass {
    const attn_attention *attention;
    const attni_kernels *kernels;
    const attni_attention_record *record;
    const float *dweights, *dcontext; /* either may be NULL */
    float *dmemory;                   /* may be NULL */
    const float *packed;              /* W packed the other way */
    float *memory;                    /* [tokens, D]: the caller's, without padding, for dW */
    float *sums;                      /* [batch, 2A + 1]: db, dv, dc */
    float *dscores;                   /* [batch, items]: da, then ds, then de */
    const float *padding_hidden;      /* [A] */
} backward_pass;

/* dscores = the gradient of every score of row b that takes part; returns how many do. */
static int64_t softmax_backward(const backward_pass *pass, int64_t b, int64_t length, float *dscores)
{
    const attn_attention *attention = pass->attention;
    int64_t items = pass->record->items, d = attention->memory_dim;
    int64_t attended = attention->padding == ATTN_PADDING_KEPT ? items : length;
    const float *weights = pass->record->weights + b * items, *scores = pass->record->scores + b * items;
    const float *memory = pass->record->memory + b * items * d;
    float mean = 0.0f;
    for (int64_t j = 0; j < attended; j++) {
        float da = pass->dweights ? pass->dweights[b * items + j] : 0.0f;
        if (pass->dcontext && j < length)
            da += pass->kernels->dot(d, pass->dcontext + b * d, memory + j * d);
        dscores[j] = da;
        mean += weights[j] * da;
    }
    for (int64_t j = 0; j < attended; j++) {
        dscores[j] = weights[j] * (dscores[j] - mean);
        if (attention->outer_tanh)
            dscores[j] *= 1.0f - scores[j] * scores[j];
    }
    return attended;
}

/* One score's share: dv += de u; dp = de v (1 - u^2), written over u; db += dp. */
static void score_backward(int64_t a, float de, const float *v, float *u, float *db, float *dv)
{
    for (int64_t k = 0; k < a; k++) {
        float hidden = u[k];
        dv[k] += de * hidden;
        u[k] = de * v[k] * (1.0f - hidden * hidden);
        db[k] += u[k];
    }
}

static void run_row(void *argument, int64_t b, int32_t worker)
{
    (void)worker;
    const backward_pass *pass = argument;
    const attn_attention *attention = pass->attention;
    const attni_attention_record *record = pass->record;
    int64_t a = attention->attention_dim, d = attention->memory_dim, items = record->items;
    int64_t begin = record->begins[b], length = record->begins[b + 1] - begin;
    const float *v = attni_params_value(attention->params, attention->score_weight);
    float *db = pass->sums + b * (2 * a + 1), *dv = db + a, *dc = dv + a;
    float *dscores = pass->dscores + b * items, *hidden = record->hidden + begin * a;
    memset(db, 0, (size_t)(2 * a + 1) * sizeof(float));

    int64_t attended = softmax_backward(pass, b, length, dscores);
    for (int64_t j = 0; j < length; j++) {
        *dc += dscores[j];
        score_backward(a, dscores[j], v, hidden + j * a, db, dv);
    }
    float padding = 0.0f;
    for (int64_t j = length; j < attended; j++)
        padding += dscores[j];
    *dc += padding;
    for (int64_t k = 0; padding != 0.0f && k < a; k++) {
        float u = pass->padding_hidden[k];
        dv[k] += padding * u;
        db[k] += padding * v[k] * (1.0f - u * u);
    }

    if (length)
        memcpy(pass->memory + begin * d, record->memory + b * items * d,
               (size_t)(length * d) * sizeof(float));
    if (pass->dmemory == NULL)
        return;
    float *dmemory = pass->dmemory + b * items * d;
    pass->kernels->product(length, d, a, hidden, a, pass->packed, dmemory, d, 0);
    for (int64_t j = 0; pass->dcontext && j < length; j++)
        pass->kernels->axpy(d, record->weights[b * items + j], pass->dcontext + b * d, dmemory + j * d);
    memset(dmemory + length * d, 0, (size_t)((items - length) * d) * sizeof(float));
}

static void add_sums(const backward_pass *pass, int64_t tensor, int64_t from, int64_t count)
{
    const attn_attention *attention = pass->attention;
    if (!attni_params_at(attention->params, tensor)->trainable)
        return;
    for (int64_t b = 0; b < pass->record->batch; b++)
        pass->kernels->axpy(count, 1.0f, pass->sums + b * (2 * attention->attention_dim + 1) + from,
                            attni_params_gradient(attention->params, tensor));
}

static attn_status run(const attn_attention *attention, attn_tape *tape, const char *function,
                       const attni_attention_record *record, const float *dweights, const float *dcontext,
                       float *dmemory)
{
    const attni_kernels *kernels = attni_context_kernels(attention->context);
    int64_t a = attention->attention_dim, d = attention->memory_dim, tokens = record->begins[record->batch];
    int64_t packed_size = attni_packed_size(kernels, a, d);
    float *packed = attni_arena_floats(&tape->arena, packed_size);
    float *memory = attni_arena_floats(&tape->arena, tokens * d);
    float *sums = attni_arena_floats(&tape->arena, record->batch * (2 * a + 1));
    float *dscores = attni_arena_floats(&tape->arena, record->batch * record->items);
    float *padding_hidden = attni_arena_floats(&tape->arena, a);
    if (!packed || !memory || !sums || !dscores || !padding_hidden)
        return attni_no_memory(function, (size_t)(packed_size + tokens * d + record->batch * (2 * a + 1)) *
                                             sizeof(float));
    const float *weight = attni_params_value(attention->params, attention->weight);
    kernels->pack(a, d, weight, d, packed);
    attni_attention_padding_score(attention, padding_hidden);
    backward_pass pass = {attention, kernels, record, dweights, dcontext,      dmemory,
                          packed,    memory,  sums,   dscores,  padding_hidden};
    attni_parallel_for(attention->context, record->batch, run_row, &pass);
    add_sums(&pass, attention->bias, 0, a);
    add_sums(&pass, attention->score_weight, a, a);
    add_sums(&pass, attention->score_bias, 2 * a, 1);
    if (attni_params_at(attention->params, attention->weight)->trainable)
        return attni_weight_gradient(attention->context, &tape->arena, function, tokens, a, d, record->hidden,
                                     a, memory, d,
                                     attni_params_gradient(attention->params, attention->weight));
    return ATTN_OK;
}

attn_status attn_attention_backward(const attn_attention *attention, attn_tape *tape, const float *dweights,
                                    const float *dcontext, float *dmemory)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_REQUIRE_PTR(tape);
    attni_attention_record *record;
    ATTNI_TRY(attni_tape_top(tape, __func__, attention->id, (void **)&record));
    ATTNI_TRY(attni_params_need_gradients(attention->params, __func__));
    attn_status status = run(attention, tape, __func__, record, dweights, dcontext, dmemory);
    attni_tape_pop(tape); /* also after a failure: the tape must not be left half used */
    return status;
}
