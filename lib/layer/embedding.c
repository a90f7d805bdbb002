/* embedding.c - y[b,t] = table[ids[b,t]], and the gradient of the rows that were used. */
#include "layer/embedding.h"

#include <stddef.h>
#include <string.h>

#include "core/apart.h"
#include "core/finite.h"
#include "layer/distinct.h"
#include "layer/kinds.h"
#include "layer/sequence.h"

typedef struct embedding_record {
    int64_t tokens;   /* the sum of the lengths */
    int32_t *lengths; /* [batch] */
    attni_distinct distinct;
} embedding_record;

/* ---- what it is ------------------------------------------------------------------------------------------ */

static attn_status create_again(attn_params *params, const char *name, const void *from, void **out)
{
    const attn_embedding_info *info = from;
    attn_embedding_options options = ATTN_EMBEDDING_OPTIONS_INIT;
    options.frozen = info->frozen;
    return attn_embedding_create(params, name, info->rows, info->dim, &options, (attn_embedding **)out);
}

static const attni_field fields[] = {
    {"rows", ATTNI_INT64, 1, offsetof(attn_embedding_info, rows)},
    {"dim", ATTNI_INT64, 1, offsetof(attn_embedding_info, dim)},
    {"frozen", ATTNI_INT32, 0, offsetof(attn_embedding_info, frozen)},
};

const attni_kind attni_embedding_kind = {.kind = "embedding",
                                         .sizes = {"batch", "time"},
                                         .info_size = sizeof(attn_embedding_info),
                                         .fields = fields,
                                         .field_count = sizeof fields / sizeof *fields,
                                         .create = create_again};

static attn_status add_table(attn_embedding *embedding, const char *function, int32_t init, int32_t frozen)
{
    attn_params *params = embedding->layer.params;
    const int64_t shape[2] = {embedding->rows, embedding->dim};
    ATTNI_TRY(attni_params_register(params, function, embedding->layer.name, "weight", 2, shape,
                                    init ? init : ATTN_INIT_NORMAL, 1, &embedding->table));
    memset(attni_params_value(params, embedding->table) + ATTN_PAD_ID * embedding->dim, 0,
           (size_t)embedding->dim * sizeof(float));
    attni_params_at(params, embedding->table)->trainable = !frozen;
    return ATTN_OK;
}

attn_status attn_embedding_create(attn_params *params, const char *name, int64_t rows, int64_t dim,
                                  const attn_embedding_options *options, attn_embedding **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(params);
    attn_context *context = attn_params_context(params);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_RANGE(rows, 1, INT32_MAX);
    ATTNI_REQUIRE_RANGE(dim, 1, 65536);
    attn_embedding_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_REQUIRE(chosen.frozen == 0 || chosen.frozen == 1, "%s: frozen is %d; expected 0 or 1", __func__,
                  chosen.frozen);
    ATTNI_REQUIRE(chosen.init >= ATTN_INIT_DEFAULT && chosen.init <= ATTN_INIT_NORMAL,
                  "%s: init is %d; expected ATTN_INIT_...", __func__, chosen.init);

    attn_embedding *embedding = attni_alloc_zero(context, sizeof *embedding);
    if (embedding == NULL)
        return attni_no_memory(__func__, sizeof *embedding);
    embedding->rows = rows;
    embedding->dim = dim;
    const attn_embedding_info info = {.rows = rows, .dim = dim, .frozen = chosen.frozen};
    attn_status status =
        attni_layer_open(&embedding->layer, params, __func__, name, &attni_embedding_kind, &info);
    if (status == ATTN_OK) {
        status = add_table(embedding, __func__, chosen.init, chosen.frozen);
        if (status != ATTN_OK)
            attni_layer_undo(&embedding->layer);
    }
    if (status == ATTN_OK)
        *out = embedding;
    else
        attni_free(context, embedding);
    return status;
}

void attn_embedding_destroy(attn_embedding **embedding)
{
    if (embedding == NULL || *embedding == NULL)
        return;
    if (attni_layer_leave(&(*embedding)->layer)) {
        attni_layer layer = (*embedding)->layer;
        attni_free(layer.context, *embedding);
        attni_layer_close(&layer);
    }
    *embedding = NULL;
}

attn_embedding *attn_embedding_share(attn_embedding *embedding)
{
    if (embedding)
        attni_layer_share(&embedding->layer);
    return embedding;
}

attn_status attn_embedding_get_info(const attn_embedding *embedding, attn_embedding_info *info)
{
    ATTNI_REQUIRE_PTR(embedding);
    ATTNI_ENTER(embedding->layer.context);
    ATTNI_REQUIRE_PTR(info);
    return attni_layer_get_info(&embedding->layer, __func__, info);
}

attn_status attn_embedding_load(attn_embedding *embedding, const attn_vocab *vocab, const char *path,
                                attn_vectors_report *report)
{
    ATTNI_REQUIRE_PTR(embedding);
    ATTNI_ENTER(embedding->layer.context);
    ATTNI_REQUIRE_PTR(vocab);
    ATTNI_REQUIRE_PTR(path);
    ATTNI_REQUIRE(attn_vocab_size(vocab) == embedding->rows,
                  "%s: the vocabulary has %lld ids and the table %lld rows; "
                  "expected as many",
                  __func__, (long long)attn_vocab_size(vocab), (long long)embedding->rows);
    return attn_vectors_read(embedding->layer.context, vocab, embedding->dim, path, ATTN_VECTORS_AUTO,
                             attni_params_value(embedding->layer.params, embedding->table), NULL, report);
}

/* ---- forward --------------------------------------------------------------------------------------------- */

static attn_status fill_record(embedding_record *record, const attn_embedding *embedding, attni_arena *arena,
                               const char *function, int64_t batch, int64_t time, const int32_t *ids,
                               const int32_t *lengths)
{
    *record = (embedding_record){.lengths = attni_arena_alloc(arena, attni_bytes(batch, sizeof(int32_t)))};
    if (record->lengths == NULL)
        return attni_no_memory(function, (size_t)batch * sizeof(int32_t));
    for (int64_t b = 0; b < batch; b++) {
        record->lengths[b] = lengths ? lengths[b] : (int32_t)time;
        record->tokens += record->lengths[b];
    }
    return attni_distinct_make(&record->distinct, arena, function, embedding->rows, batch, time, ids,
                               lengths);
}

static attn_status remember(const attn_embedding *embedding, attn_tape *tape, const char *function,
                            int64_t batch, int64_t time, const int32_t *ids, const int32_t *lengths)
{
    embedding_record *record;
    ATTNI_TRY(
        attni_tape_push(tape, function, &embedding->layer, batch, time, 0, sizeof *record, (void **)&record));
    attn_status status = fill_record(record, embedding, &tape->arena, function, batch, time, ids, lengths);
    if (status != ATTN_OK)
        attni_tape_cancel(tape);
    return status;
}

/* *fine becomes 0 where a row holds numbers that are not finite. */
static attn_status copy_rows(const attn_embedding *embedding, int64_t batch, int64_t time, const int32_t *ids,
                             const int32_t *lengths, float *y, int32_t *fine)
{
    const float *table = attni_params_value(embedding->layer.params, embedding->table);
    const attni_kernels *kernels = attni_context_kernels(embedding->layer.context);
    size_t row = (size_t)embedding->dim * sizeof(float);
    for (int64_t b = 0; time > 0 && b < batch; b++) { /* y may be NULL where there is no time */
        int64_t length = lengths ? lengths[b] : time;
        float *to = y + b * time * embedding->dim;
        for (int64_t t = 0; t < length; t++) {
            if (t % ATTNI_STRIDE == 0)
                ATTNI_GO_ON();
            memcpy(to + t * embedding->dim, table + ids[b * time + t] * embedding->dim, row);
            *fine &= kernels->finite(embedding->dim, to + t * embedding->dim);
        }
        memset(to + length * embedding->dim, 0, (size_t)(time - length) * row);
    }
    return ATTN_OK;
}

attn_status attn_embedding_forward(const attn_embedding *embedding, attn_tape *tape, int64_t batch,
                                   int64_t time, const int32_t *ids, const int32_t *lengths, float *y)
{
    ATTNI_REQUIRE_PTR(embedding);
    ATTNI_ENTER(embedding->layer.context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_REQUIRE((ids != NULL && y != NULL) || batch == 0 || time == 0,
                  "%s: ids or y is NULL; expected [batch, time] ids and "
                  "[batch, time, dim] numbers",
                  __func__);
    const int32_t numbers = batch > 0 && time > 0;
    ATTNI_REQUIRE_APART(__func__, 1, {"y", y, numbers}, {"ids", ids, numbers}, {"lengths", lengths, numbers});
    ATTNI_TRY(attni_check_ids(__func__, embedding->rows, batch, time, ids, lengths));
    if (tape)
        ATTNI_TRY(remember(embedding, tape, __func__, batch, time, ids, lengths));
    int32_t fine = 1;
    attn_status status = copy_rows(embedding, batch, time, ids, lengths, y, &fine);
    if (status == ATTN_OK && fine)
        return ATTN_OK;
    if (tape)
        attni_tape_cancel(tape);
    ATTNI_TRY(status);
    return attni_check_tensors(__func__, &embedding->layer);
}

/* ---- backward -------------------------------------------------------------------------------------------- */

typedef struct grouped_tokens {
    const attn_embedding *embedding;
    const attni_distinct *distinct;
    const float *dy;
    attni_places of; /* each id's tokens, so that a row's gradient is one task's */
} grouped_tokens;

#define GROUPS_A_TASK 32

static void add_rows(void *argument, int64_t index, int32_t worker)
{
    (void)worker;
    const grouped_tokens *groups = argument;
    const attn_embedding *embedding = groups->embedding;
    const attni_kernels *kernels = attni_context_kernels(embedding->layer.context);
    float *gradient = attni_params_gradient(embedding->layer.params, embedding->table);
    int64_t dim = embedding->dim, count = groups->distinct->count, end = (index + 1) * GROUPS_A_TASK;
    for (int64_t g = index * GROUPS_A_TASK; g < end && g < count; g++) {
        for (int32_t p = groups->of.begins[g]; p < groups->of.begins[g + 1]; p++)
            kernels->axpy(dim, 1.0f, groups->dy + groups->of.places[p] * dim,
                          gradient + groups->distinct->ids[g] * dim);
    }
}

attn_status attn_embedding_backward(const attn_embedding *embedding, attn_tape *tape, int64_t batch,
                                    int64_t time, const float *dy)
{
    ATTNI_REQUIRE_PTR(embedding);
    ATTNI_ENTER(embedding->layer.context);
    ATTNI_REQUIRE_PTR(tape);
    embedding_record *record;
    ATTNI_TRY(attni_tape_top(tape, __func__, &embedding->layer, batch, time, 0, (void **)&record));
    attn_status status = ATTN_OK;
    attni_tensor *table = attni_params_at(embedding->layer.params, embedding->table);
    if (table->trainable && attni_tape_learns(tape) && record->tokens) {
        ATTNI_REQUIRE_PTR(dy);
        ATTNI_TRY(attni_params_need_gradients(embedding->layer.params, __func__));
        const attni_distinct *distinct = &record->distinct;
        grouped_tokens groups = {.embedding = embedding, .distinct = distinct, .dy = dy};
        for (int64_t i = 0; i < distinct->count; i++)
            attni_tensor_use_row(table, distinct->ids[i]);
        status =
            attni_distinct_places(distinct, &tape->arena, __func__, batch, time, record->lengths, &groups.of);
        if (status == ATTN_OK)
            status =
                attni_parallel_for(embedding->layer.context,
                                   (distinct->count + GROUPS_A_TASK - 1) / GROUPS_A_TASK, add_rows, &groups);
    }
    attni_tape_pop(tape);
    return status;
}
