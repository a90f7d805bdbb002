/* keys.c - the keys of a memory's columns that stay, for all steps of a decoder:
 *
 *     k_j = W h_j;   dW += sum_j dk_j h_j^T;   dh_j += W^T dk_j           W's first `width` columns
 *
 * with dk the sum over the steps. Rows are tasks forward; back they are cut into parts with sums of their own. */
#include <stdatomic.h>
#include <string.h>

#include "core/apart.h"
#include "core/finite.h"
#include "layer/attention/items.h"
#include "layer/attention/passes.h"
#include "layer/attention/score.h"

#define ITEMS_AT_ONCE 4096 /* of a product, which nothing can end */

typedef struct keys_pass {
    const attn_attention *attention;
    const attni_kernels *kernels;
    const attni_attention_record *record; /* stay is the memory */
    const float *packed;                  /* W; back the other way */
    float *keys;                          /* of forward */
    _Atomic int32_t wrong;                /* set by rows with keys that are not finite */

    const float *dkeys; /* of backward */
    float *dmemory;     /* may be NULL */
    int32_t learns;     /* W does */
    attni_partial partial;
    attni_rooms room;
} keys_pass;

/* A score that has keys, and columns that it has. */
static attn_status check(const char *function, const attn_attention *attention, int64_t width)
{
    ATTNI_REQUIRE(attention->score == attni_score_of(ATTN_SCORE_ADDITIVE),
                  "%s: the layer's score is another one; expected ATTN_SCORE_ADDITIVE, which makes keys of "
                  "a memory and is asked",
                  function);
    ATTNI_REQUIRE(width >= 1 && width <= attention->memory_dim,
                  "%s: width is %lld; expected 1 to %lld, the memory's columns that stay", function,
                  (long long)width, (long long)attention->memory_dim);
    return ATTN_OK;
}

/* ---- forward --------------------------------------------------------------------------------------------- */

static void make_row(void *argument, int64_t b, int32_t worker)
{
    (void)worker;
    keys_pass *pass = argument;
    const attni_attention_record *record = pass->record;
    int64_t a = pass->attention->attention_dim, d = record->stay_dim, items = record->items,
            count = record->begins[b + 1] - record->begins[b];
    float *keys = pass->keys + b * items * a;
    for (int64_t j = 0; j < count && !attni_interrupted(); j += ITEMS_AT_ONCE)
        pass->kernels->product(count - j < ITEMS_AT_ONCE ? count - j : ITEMS_AT_ONCE, a, d,
                               record->stay + (b * items + j) * d, d, pass->packed, keys + j * a, a, 0, NULL);
    memset(keys + count * a, 0, (size_t)((items - count) * a) * sizeof *keys);
    if (!pass->kernels->finite(count * a, keys)) /* as they are unless a number of the memory is not */
        pass->wrong = 1;
}

static attn_status make(keys_pass *pass, attni_arena *arena, const char *function, const int32_t *lengths,
                        attni_attention_record *record)
{
    const attn_attention *attention = pass->attention;
    const attni_kernels *kernels = pass->kernels;
    int64_t a = attention->attention_dim, d = record->stay_dim, size = attni_packed_size(kernels, d, a);
    ATTNI_TRY(
        attni_attention_begins(arena, function, record->batch, record->items, lengths, &record->begins));
    attni_mark mark = attni_arena_mark(arena);
    float *packed = attni_arena_floats(arena, size);
    if (packed == NULL)
        return attni_no_memory(function, (size_t)size * sizeof *packed);
    kernels->pack_transposed(d, a, attni_attention_values(attention, ATTNI_W), attention->memory_dim, packed);
    pass->packed = packed;
    ATTNI_TRY(attni_parallel_for(attention->layer.context, record->batch, make_row, pass));
    attni_arena_reset(arena, mark);
    if (!pass->wrong)
        return ATTN_OK;
    const attni_given given = {"memory", record->stay, record->batch, record->items, d, lengths};
    return attni_not_finite(function, &given, 1, (const attni_layer *[]){&attention->layer, NULL},
                            "the keys");
}

attn_status attn_attention_keys_forward(const attn_attention *attention, attn_tape *tape, int64_t batch,
                                        int64_t items, int64_t width, const float *memory,
                                        const int32_t *lengths, float *keys)
{
    ATTNI_REQUIRE_PTR(attention);
    attn_context *context = attention->layer.context;
    ATTNI_ENTER(context);
    ATTNI_TRY(check(__func__, attention, width));
    ATTNI_TRY(attni_check_lengths(__func__, batch, items, lengths));
    ATTNI_REQUIRE(memory != NULL || batch == 0 || items == 0,
                  "%s: memory is NULL; expected [batch, items, width] numbers", __func__);
    ATTNI_REQUIRE(keys != NULL || batch == 0 || items == 0,
                  "%s: keys is NULL; expected room for [batch, items, attention_dim] numbers", __func__);
    const int32_t numbers = batch > 0 && items > 0;
    ATTNI_REQUIRE_APART(__func__, 1, {"keys", keys, numbers}, {"memory", memory, numbers});
    const attni_attention_record sizes = {
        .form = ATTNI_ATTENTION_KEYS, .batch = batch, .items = items, .stay_dim = width, .stay = memory};
    attni_attention_record local = sizes, *record = &local;
    if (tape) {
        ATTNI_TRY(attni_tape_push(tape, __func__, &attention->layer, batch, items, 0, sizeof *record,
                                  (void **)&record));
        *record = sizes;
    }
    keys_pass pass = {
        .attention = attention, .kernels = attni_context_kernels(context), .record = record, .keys = keys};
    attni_workspace workspace;
    attn_status status = attni_workspace_open(&workspace, context, tape, __func__);
    if (status == ATTN_OK)
        status = batch * items > 0 ? make(&pass, workspace.arena, __func__, lengths, record) : ATTN_OK;
    attni_workspace_close(&workspace, context);
    if (status != ATTN_OK && tape)
        attni_tape_cancel(tape);
    return status;
}

/* ---- back ------------------------------------------------------------------------------------------------ */

static void back_row(const keys_pass *pass, int64_t b, int32_t worker, float *dw)
{
    const attni_attention_record *record = pass->record;
    int64_t a = pass->attention->attention_dim, d = record->stay_dim, items = record->items,
            count = record->begins[b + 1] - record->begins[b];
    const float *dkeys = pass->dkeys + b * items * a;
    if (pass->learns)
        attni_items_spread(pass->kernels, count, a, d, dkeys, a, record->stay + b * items * d,
                           attni_room(&pass->room, worker), dw);
    for (int64_t j = 0; pass->dmemory && j < count && !attni_interrupted(); j += ITEMS_AT_ONCE)
        pass->kernels->product(count - j < ITEMS_AT_ONCE ? count - j : ITEMS_AT_ONCE, d, a, dkeys + j * a, a,
                               pass->packed, pass->dmemory + (b * items + j) * d, d, 1, NULL);
}

static void back_part(void *argument, int64_t part, int32_t worker)
{
    const keys_pass *pass = argument;
    float *sums = attni_partial_begin(&pass->partial, part);
    for (int64_t b = part; b < pass->record->batch && !attni_interrupted(); b += pass->partial.parts)
        back_row(pass, b, worker, sums);
}

static attn_status back(keys_pass *pass, attni_arena *arena, const char *function)
{
    const attn_attention *attention = pass->attention;
    const attni_kernels *kernels = pass->kernels;
    int64_t a = attention->attention_dim, d = pass->record->stay_dim, size = attni_packed_size(kernels, a, d);
    if (pass->learns)
        ATTNI_TRY(attni_params_need_gradients(attention->layer.params, function));
    float *packed = attni_arena_floats(arena, size);
    if (packed == NULL)
        return attni_no_memory(function, (size_t)size * sizeof *packed);
    kernels->pack(a, d, attni_attention_values(attention, ATTNI_W), attention->memory_dim, packed);
    pass->packed = packed;
    ATTNI_TRY(attni_rooms_make(&pass->room, attention->layer.context, arena, function,
                               attni_items_room(kernels, d)));
    ATTNI_TRY(
        attni_partial_make(&pass->partial, arena, function, pass->record->batch, pass->learns ? a * d : 0));
    ATTNI_TRY(attni_parallel_for(attention->layer.context, pass->partial.parts, back_part, pass));
    return pass->learns ? attni_attention_add_columns(attention, arena, function, &pass->partial, 0, 0, d)
                        : ATTN_OK;
}

attn_status attn_attention_keys_backward(const attn_attention *attention, attn_tape *tape, int64_t batch,
                                         int64_t items, int64_t width, const float *dkeys, float *dmemory)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_ENTER(attention->layer.context);
    ATTNI_REQUIRE_PTR(tape);
    attni_attention_record *record;
    ATTNI_TRY(attni_attention_top(tape, __func__, attention, ATTNI_ATTENTION_KEYS, batch, items, 0, width,
                                  &record));
    ATTNI_REQUIRE(dkeys != NULL || batch == 0 || items == 0,
                  "%s: dkeys is NULL; expected [batch, items, attention_dim] numbers", __func__);
    const int32_t numbers = batch > 0 && items > 0;
    ATTNI_REQUIRE_APART(__func__, 1, {"dmemory", dmemory, numbers}, {"dkeys", dkeys, numbers});
    const int64_t w = attention->tensors[ATTNI_W];
    keys_pass pass = {.attention = attention,
                      .kernels = attni_context_kernels(attention->layer.context),
                      .record = record,
                      .dkeys = dkeys,
                      .dmemory = dmemory,
                      .learns =
                          attni_tape_learns(tape) && attni_params_at(attention->layer.params, w)->trainable};
    attn_status status = batch * items > 0 ? back(&pass, &tape->arena, __func__) : ATTN_OK;
    attni_tape_pop(tape); /* also after a failure: the tape must not be left half used */
    return status;
}
