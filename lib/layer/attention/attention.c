/* attention.c - the soft attention layer: its options, its tensors, and which backward belongs to its score. */
#include "layer/attention/attention.h"

static int32_t asks(const attn_attention_options *options)
{
    return options->score != ATTN_SCORE_FEEDFORWARD;
}

/* A score that adds projections has an inside of attention_dim numbers. */
static int32_t has_hidden(const attn_attention_options *options)
{
    return options->score == ATTN_SCORE_FEEDFORWARD || options->score == ATTN_SCORE_ADDITIVE;
}

static attn_status check_words(const char *function, const attn_attention_options *options)
{
    ATTNI_REQUIRE(options->score >= ATTN_SCORE_FEEDFORWARD && options->score <= ATTN_SCORE_BILINEAR,
                  "%s: score is %d; expected an ATTN_SCORE_... constant, 0 to 5", function, options->score);
    ATTNI_REQUIRE(options->padding == ATTN_PADDING_MASKED || options->padding == ATTN_PADDING_KEPT,
                  "%s: padding is %d; expected ATTN_PADDING_MASKED or ATTN_PADDING_KEPT", function,
                  options->padding);
    ATTNI_REQUIRE(options->padding == ATTN_PADDING_MASKED || !asks(options),
                  "%s: padding is ATTN_PADDING_KEPT, which only ATTN_SCORE_FEEDFORWARD has; expected "
                  "ATTN_PADDING_MASKED",
                  function);
    ATTNI_REQUIRE(options->outer_tanh == 0 || options->outer_tanh == 1,
                  "%s: outer_tanh is %d; expected 0 or 1", function, options->outer_tanh);
    ATTNI_REQUIRE(options->init == ATTN_INIT_DEFAULT || options->init == ATTN_INIT_ARTICLE,
                  "%s: init is %d; expected ATTN_INIT_DEFAULT or ATTN_INIT_ARTICLE", function, options->init);
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
    ATTNI_REQUIRE(options->attention_dim >= 0 && options->attention_dim <= 65536,
                  "%s: attention_dim is %lld; expected 0 to 65536", function,
                  (long long)options->attention_dim);
    ATTNI_REQUIRE(
        options->attention_dim == 0 || has_hidden(options),
        "%s: attention_dim is %lld, which only ATTN_SCORE_FEEDFORWARD and ATTN_SCORE_ADDITIVE have; "
        "expected 0",
        function, (long long)options->attention_dim);
    ATTNI_REQUIRE(options->query_dim >= 0 && options->query_dim <= 65536,
                  "%s: query_dim is %lld; expected 0 to 65536", function, (long long)options->query_dim);
    ATTNI_REQUIRE(options->query_dim == 0 || asks(options),
                  "%s: query_dim is %lld, but ATTN_SCORE_FEEDFORWARD has no query; expected 0", function,
                  (long long)options->query_dim);
    int32_t multiplies = options->score == ATTN_SCORE_DOT || options->score == ATTN_SCORE_SCALED_DOT;
    ATTNI_REQUIRE(!multiplies || options->query_dim == 0 || options->query_dim == memory_dim,
                  "%s: query_dim is %lld and memory_dim %lld; expected the same for a dot product, or "
                  "ATTN_SCORE_BILINEAR",
                  function, (long long)options->query_dim, (long long)memory_dim);
    return ATTN_OK;
}

static attn_status add_tensors(attn_attention *attention, const char *function, const char *name,
                               int32_t init)
{
    int64_t a = attention->attention_dim, d = attention->memory_dim, q = attention->query_dim;
    const struct {
        const char *name;
        int32_t score, rank, init;
        int64_t shape[2];
        int64_t *index;
    } list[] = {
        {"weight", ATTN_SCORE_FEEDFORWARD, 2, init, {a, d}, &attention->weight},
        {"bias", ATTN_SCORE_FEEDFORWARD, 1, ATTN_INIT_ZERO, {a, 1}, &attention->bias},
        {"score_weight", ATTN_SCORE_FEEDFORWARD, 1, init, {a, 1}, &attention->score_weight},
        {"score_bias", ATTN_SCORE_FEEDFORWARD, 1, ATTN_INIT_ZERO, {1, 1}, &attention->score_bias},
        {"weight", ATTN_SCORE_ADDITIVE, 2, init, {a, d}, &attention->weight},
        {"query_weight", ATTN_SCORE_ADDITIVE, 2, init, {a, q}, &attention->query_weight},
        {"bias", ATTN_SCORE_ADDITIVE, 1, ATTN_INIT_ZERO, {a, 1}, &attention->bias},
        {"score_weight", ATTN_SCORE_ADDITIVE, 1, init, {a, 1}, &attention->score_weight},
        {"query_weight", ATTN_SCORE_CONCAT, 1, init, {q, 1}, &attention->query_weight},
        {"weight", ATTN_SCORE_CONCAT, 1, init, {d, 1}, &attention->weight},
        {"bias", ATTN_SCORE_CONCAT, 1, ATTN_INIT_ZERO, {1, 1}, &attention->bias},
        {"weight", ATTN_SCORE_BILINEAR, 2, init, {q, d}, &attention->weight},
    };
    attention->weight = attention->query_weight = attention->bias = attention->score_weight =
        attention->score_bias = -1;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (list[i].score == attention->score)
            ATTNI_TRY(attni_params_register(attention->params, function, name, list[i].name, list[i].rank,
                                            list[i].shape, list[i].init, 0, list[i].index));
    }
    return ATTN_OK;
}

attn_status attn_attention_create(attn_params *params, const char *name, int64_t memory_dim,
                                  const attn_attention_options *options, attn_attention **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(params);
    ATTNI_REQUIRE_PTR(name);
    ATTNI_REQUIRE_RANGE(memory_dim, 1, 65536);
    attn_attention_options chosen = ATTN_ATTENTION_OPTIONS_INIT;
    ATTNI_TRY(attni_copy_options(__func__, options, &chosen, sizeof chosen));
    ATTNI_TRY(check_words(__func__, &chosen));
    ATTNI_TRY(check_sizes(__func__, memory_dim, &chosen));

    attn_context *context = attni_params_context(params);
    attn_attention *attention = attni_alloc_zero(context, sizeof *attention);
    if (attention == NULL)
        return attni_no_memory(__func__, sizeof *attention);
    int64_t a = chosen.score == ATTN_SCORE_CONCAT ? 1 : has_hidden(&chosen) ? memory_dim : 0;
    int64_t q = asks(&chosen) ? memory_dim : 0;
    *attention = (attn_attention){.id = attni_tape_new_owner(),
                                  .params = attni_params_retain(params),
                                  .context = context,
                                  .memory_dim = memory_dim,
                                  .query_dim = chosen.query_dim ? chosen.query_dim : q,
                                  .attention_dim = chosen.attention_dim ? chosen.attention_dim : a,
                                  .score = chosen.score,
                                  .padding = chosen.padding,
                                  .outer_tanh = chosen.outer_tanh,
                                  .weighting = chosen.weighting,
                                  .temperature = chosen.temperature > 0.0f ? chosen.temperature : 1.0f};
    int32_t init = chosen.init == ATTN_INIT_DEFAULT ? ATTN_INIT_GLOROT : ATTN_INIT_ARTICLE;
    int64_t tensors = attn_params_count(params);
    attn_status status = add_tensors(attention, __func__, name, init);
    if (status != ATTN_OK) {
        attni_params_truncate(params, tensors);
        attn_attention_destroy(&attention);
    }
    *out = attention;
    return status;
}

void attn_attention_destroy(attn_attention **attention)
{
    if (attention == NULL || *attention == NULL)
        return;
    attn_params *params = (*attention)->params;
    attni_free((*attention)->context, *attention);
    attni_params_release(params);
    *attention = NULL;
}

attn_status attni_attention_begins(attni_arena *arena, const char *function, int64_t batch, int64_t full,
                                   const int32_t *lengths, int64_t **begins)
{
    size_t size = (size_t)(batch + 1) * sizeof **begins;
    *begins = attni_arena_alloc(arena, size);
    if (*begins == NULL)
        return attni_no_memory(function, size);
    (*begins)[0] = 0;
    for (int64_t b = 0; b < batch; b++)
        (*begins)[b + 1] = (*begins)[b] + (lengths ? lengths[b] : full);
    return ATTN_OK;
}

attn_status attn_attention_backward(const attn_attention *attention, attn_tape *tape, const float *dweights,
                                    const float *dcontext, float *dmemory, float *dquery)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_REQUIRE_PTR(tape);
    void *record;
    ATTNI_TRY(attni_tape_top_owner(tape, __func__, attention->id, &record));
    ATTNI_REQUIRE(dquery == NULL || attention->score != ATTN_SCORE_FEEDFORWARD,
                  "%s: dquery is given, but ATTN_SCORE_FEEDFORWARD has no query; expected NULL", __func__);
    ATTNI_TRY(attni_params_need_gradients(attention->params, __func__));
    attn_status status =
        attention->score == ATTN_SCORE_FEEDFORWARD
            ? attni_feedforward_backward(attention, tape, __func__, record, dweights, dcontext, dmemory)
            : attni_queries_backward(attention, tape, __func__, record, dweights, dcontext, dmemory, dquery);
    attni_tape_pop(tape); /* also after a failure: the tape must not be left half used */
    return status;
}
