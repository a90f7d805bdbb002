/* attention.c - the soft attention layer: its options and its tensors. */
#include <stddef.h>

#include "layer/attention/score.h"
#include "layer/kinds.h"

static attn_status check_words(const char *function, const attn_attention_options *options)
{
    ATTNI_REQUIRE(attni_score_of(options->score) != NULL,
                  "%s: score is %d; expected an ATTN_SCORE_... constant", function, options->score);
    ATTNI_REQUIRE(options->padding == ATTN_PADDING_MASKED || options->padding == ATTN_PADDING_KEPT,
                  "%s: padding is %d; expected ATTN_PADDING_MASKED or ATTN_PADDING_KEPT", function,
                  options->padding);
    ATTNI_REQUIRE(options->padding == ATTN_PADDING_MASKED || !attni_score_of(options->score)->asks,
                  "%s: padding is ATTN_PADDING_KEPT, which only ATTN_SCORE_FEEDFORWARD has; expected "
                  "ATTN_PADDING_MASKED",
                  function);
    ATTNI_REQUIRE(options->outer_tanh == 0 || options->outer_tanh == 1,
                  "%s: outer_tanh is %d; expected 0 or 1", function, options->outer_tanh);
    ATTNI_REQUIRE(options->init == ATTN_INIT_DEFAULT || options->init == ATTN_INIT_FAN_SUM,
                  "%s: init is %d; expected ATTN_INIT_DEFAULT or ATTN_INIT_FAN_SUM", function, options->init);
    ATTNI_REQUIRE(
        options->weighting >= ATTN_WEIGHTING_SOFTMAX && options->weighting <= ATTN_WEIGHTING_ENTMAX15,
        "%s: weighting is %d; expected an ATTN_WEIGHTING_... constant, 0 to 2", function, options->weighting);
    ATTNI_REQUIRE(
        options->temperature == 0.0f || (options->temperature >= 1e-6f && options->temperature <= 1e6f),
        "%s: temperature is %g; expected 1e-6 to 1e6, or 0 for 1", function, (double)options->temperature);
    return ATTN_OK;
}

static attn_status check_sizes(const char *function, int64_t memory_dim,
                               const attn_attention_options *options)
{
    const attni_score *score = attni_score_of(options->score);
    ATTNI_REQUIRE(options->attention_dim >= 0 && options->attention_dim <= 65536,
                  "%s: attention_dim is %lld; expected 0 to 65536", function,
                  (long long)options->attention_dim);
    ATTNI_REQUIRE(
        options->attention_dim == 0 || score->inside == 'A',
        "%s: attention_dim is %lld, which only ATTN_SCORE_FEEDFORWARD and ATTN_SCORE_ADDITIVE have; "
        "expected 0",
        function, (long long)options->attention_dim);
    ATTNI_REQUIRE(options->query_dim >= 0 && options->query_dim <= 65536,
                  "%s: query_dim is %lld; expected 0 to 65536", function, (long long)options->query_dim);
    ATTNI_REQUIRE(options->query_dim == 0 || score->asks,
                  "%s: query_dim is %lld, but ATTN_SCORE_FEEDFORWARD has no query; expected 0", function,
                  (long long)options->query_dim);
    int32_t projects = score->tensors[0].name != NULL;
    ATTNI_REQUIRE(projects || options->query_dim == 0 || options->query_dim == memory_dim,
                  "%s: query_dim is %lld and memory_dim %lld; expected the same for a dot product, or "
                  "ATTN_SCORE_BILINEAR",
                  function, (long long)options->query_dim, (long long)memory_dim);
    return ATTN_OK;
}

static int64_t size_of(const attn_attention *attention, char letter)
{
    return letter == 'A'   ? attention->attention_dim
           : letter == 'D' ? attention->memory_dim
           : letter == 'Q' ? attention->query_dim
                           : 1;
}

static attn_status add_tensors(attn_attention *attention, const char *function, int32_t init)
{
    for (int32_t role = 0; role < ATTNI_ROLES; role++)
        attention->tensors[role] = -1;
    for (int i = 0; i < ATTNI_ROLES && attention->score->tensors[i].name; i++) {
        const char *letters = attention->score->tensors[i].shape;
        int32_t role = attention->score->tensors[i].role, zero = role == ATTNI_B || role == ATTNI_C;
        const int64_t shape[] = {size_of(attention, letters[0]), size_of(attention, letters[1])};
        ATTNI_TRY(attni_params_register(attention->layer.params, function, attention->layer.name,
                                        attention->score->tensors[i].name, letters[1] ? 2 : 1, shape,
                                        zero ? ATTN_INIT_ZERO : init, 0, &attention->tensors[role]));
    }
    return ATTN_OK;
}

/* ---- the handle ------------------------------------------------------------------------------------------ */

static attn_status create_again(attn_params *params, const char *name, const void *from, void **out)
{
    const attn_attention_info *info = from;
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = info->score;
    options.padding = info->padding;
    options.attention_dim = info->attention_dim;
    options.outer_tanh = info->outer_tanh;
    options.query_dim = info->query_dim;
    options.weighting = info->weighting;
    options.temperature = info->temperature;
    return attn_attention_create(params, name, info->memory_dim, &options, (attn_attention **)out);
}

static const attni_field fields[] = {
    {"memory_dim", ATTNI_INT64, 1, offsetof(attn_attention_info, memory_dim)},
    {"query_dim", ATTNI_INT64, 1, offsetof(attn_attention_info, query_dim)},
    {"attention_dim", ATTNI_INT64, 1, offsetof(attn_attention_info, attention_dim)},
    {"score", ATTNI_INT32, 1, offsetof(attn_attention_info, score)},
    {"padding", ATTNI_INT32, 1, offsetof(attn_attention_info, padding)},
    {"outer_tanh", ATTNI_INT32, 1, offsetof(attn_attention_info, outer_tanh)},
    {"weighting", ATTNI_INT32, 1, offsetof(attn_attention_info, weighting)},
    {"temperature", ATTNI_FLOAT32, 1, offsetof(attn_attention_info, temperature)},
};

const attni_kind attni_attention_kind = {.kind = "attention",
                                         .sizes = {"batch", "items", "queries"},
                                         .info_size = sizeof(attn_attention_info),
                                         .fields = fields,
                                         .field_count = sizeof fields / sizeof *fields,
                                         .create = create_again};

/* What the options come to; a size or a switch that the score does not have is 0. */
static attn_attention_info describe(int64_t memory_dim, const attn_attention_options *options)
{
    const attni_score *score = attni_score_of(options->score);
    int64_t wide = options->attention_dim ? options->attention_dim : memory_dim;
    int64_t asked = options->query_dim ? options->query_dim : memory_dim;
    return (attn_attention_info){.memory_dim = memory_dim,
                                 .query_dim = score->asks ? asked : 0,
                                 .attention_dim = score->inside == 'A' ? wide : 0,
                                 .score = options->score,
                                 .padding = options->padding,
                                 .outer_tanh = score->outer_tanh && options->outer_tanh,
                                 .weighting = options->weighting,
                                 .temperature = options->temperature > 0.0f ? options->temperature : 1.0f};
}

static attn_attention made_of(const attn_attention_info *info)
{
    const attni_score *score = attni_score_of(info->score);
    return (attn_attention){.score = score,
                            .memory_dim = info->memory_dim,
                            .query_dim = info->query_dim,
                            .attention_dim = score->inside == '1' ? 1 : info->attention_dim,
                            .padding = info->padding,
                            .outer_tanh = info->outer_tanh,
                            .weighting = info->weighting,
                            .temperature = info->temperature};
}

attn_status attn_attention_create(attn_params *params, const char *name, int64_t memory_dim,
                                  const attn_attention_options *options, attn_attention **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(params);
    attn_context *context = attn_params_context(params);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_RANGE(memory_dim, 1, 65536);
    attn_attention_options chosen;
    ATTNI_TRY(attni_read_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_TRY(check_words(__func__, &chosen));
    ATTNI_TRY(check_sizes(__func__, memory_dim, &chosen));

    attn_attention *attention = attni_alloc_zero(context, sizeof *attention);
    if (attention == NULL)
        return attni_no_memory(__func__, sizeof *attention);
    const attn_attention_info info = describe(memory_dim, &chosen);
    *attention = made_of(&info);
    attn_status status =
        attni_layer_open(&attention->layer, params, __func__, name, &attni_attention_kind, &info);
    if (status == ATTN_OK) {
        status = add_tensors(attention, __func__,
                             chosen.init == ATTN_INIT_DEFAULT ? ATTN_INIT_GLOROT : chosen.init);
        if (status != ATTN_OK)
            attni_layer_undo(&attention->layer);
    }
    if (status == ATTN_OK)
        *out = attention;
    else
        attni_free(context, attention);
    return status;
}

void attn_attention_destroy(attn_attention **attention)
{
    if (attention == NULL || *attention == NULL)
        return;
    if (attni_layer_leave(&(*attention)->layer)) {
        attni_layer layer = (*attention)->layer;
        attni_free(layer.context, *attention);
        attni_layer_close(&layer);
    }
    *attention = NULL;
}

attn_attention *attn_attention_share(attn_attention *attention)
{
    if (attention)
        attni_layer_share(&attention->layer);
    return attention;
}

attn_status attn_attention_get_info(const attn_attention *attention, attn_attention_info *info)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_ENTER(attention->layer.context);
    ATTNI_REQUIRE_PTR(info);
    return attni_layer_get_info(&attention->layer, __func__, info);
}

attn_status attni_attention_top(attn_tape *tape, const char *function, const attn_attention *attention,
                                int32_t form, int64_t batch, int64_t items, int64_t queries, int64_t stay_dim,
                                attni_attention_record **record)
{
    static const char *const backwards[] = {[ATTNI_ATTENTION_WHOLE] = "attn_attention_backward",
                                            [ATTNI_ATTENTION_KEYS] = "attn_attention_keys_backward",
                                            [ATTNI_ATTENTION_STEP] = "attn_attention_step_backward"};
    ATTNI_TRY(attni_tape_top(tape, function, &attention->layer, batch, items, queries, (void **)record));
    if ((*record)->form != form)
        return attni_fail(ATTN_ERR_STATE, "%s: the layer's last forward on the tape waits for %s; call that",
                          function, backwards[(*record)->form]);
    ATTNI_REQUIRE((*record)->stay_dim == stay_dim, "%s: width is %lld; expected forward's, %lld", function,
                  (long long)stay_dim, (long long)(*record)->stay_dim);
    return ATTN_OK;
}

attn_status attni_attention_begins(attni_arena *arena, const char *function, int64_t batch, int64_t full,
                                   const int32_t *lengths, int64_t **begins)
{
    size_t size = attni_bytes(batch + 1, sizeof **begins);
    *begins = attni_arena_alloc(arena, size);
    if (*begins == NULL)
        return attni_no_memory(function, size);
    (*begins)[0] = 0;
    for (int64_t b = 0; b < batch; b++)
        (*begins)[b + 1] = (*begins)[b] + (lengths ? lengths[b] : full);
    return ATTN_OK;
}
