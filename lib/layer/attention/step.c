/* step.c - attention of one step of a decoder, whose memory's keys are known (keys.c): what a whole call does (forward.c,
 * backward.c), but that the columns that stay bring their keys, and take gradients that are summed over the steps. */
#include "layer/attention/passes.h"
#include "layer/attention/score.h"

/* 0 is for all columns. */
static int64_t width_of(const attn_attention *attention, int64_t width)
{
    return width ? width : attention->memory_dim;
}

static attn_status check(const char *function, const attn_attention *attention,
                         const attn_attention_step *step)
{
    int64_t batch = step->batch;
    int32_t any = batch > 0 && step->items > 0;
    ATTNI_REQUIRE(attention->score == attni_score_of(ATTN_SCORE_ADDITIVE),
                  "%s: the layer's score is another one; expected ATTN_SCORE_ADDITIVE, which has keys",
                  function);
    ATTNI_REQUIRE(step->width >= 1 && step->width <= attention->memory_dim,
                  "%s: width is %lld; expected 0 to %lld, the memory's columns that stay", function,
                  (long long)step->width, (long long)attention->memory_dim);
    const int64_t rest = attention->memory_dim - step->width;
    ATTNI_REQUIRE(step->memory || !any, "%s: memory is NULL; expected [batch, items, width] numbers",
                  function);
    ATTNI_REQUIRE(step->keys || !any, "%s: keys is NULL; expected [batch, items, attention_dim] numbers",
                  function);
    ATTNI_REQUIRE(step->moving || !any || rest == 0,
                  "%s: moving is NULL; expected [batch, items, %lld] numbers, the memory's other columns",
                  function, (long long)rest);
    ATTNI_REQUIRE(step->moving == NULL || rest > 0,
                  "%s: moving is given, but all columns stay; expected NULL, or a width below %lld", function,
                  (long long)attention->memory_dim);
    ATTNI_REQUIRE(step->query || batch == 0, "%s: query is NULL; expected [batch, query_dim] numbers",
                  function);
    for (int64_t b = 0; step->asks && b < batch; b++)
        ATTNI_REQUIRE(step->asks[b] == 0 || step->asks[b] == 1, "%s: asks[%lld] is %d; expected 0 or 1",
                      function, (long long)b, step->asks[b]);
    return ATTN_OK;
}

attn_status attn_attention_step_forward(const attn_attention *attention, attn_tape *tape,
                                        const attn_attention_step *step, float *weights, float *context)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_ENTER(attention->layer.context);
    ATTNI_REQUIRE_PTR(step);
    attn_attention_step given;
    ATTNI_TRY(attni_read_options(__func__, step, &given, sizeof given));
    given.width = width_of(attention, given.width);
    ATTNI_TRY(attni_check_lengths(__func__, given.batch, given.items, given.lengths));
    ATTNI_TRY(check(__func__, attention, &given));
    const attni_asked_for call = {__func__, given.lengths, given.query, given.asks, weights, context};
    const attni_attention_record sizes = {.form = ATTNI_ATTENTION_STEP,
                                          .batch = given.batch,
                                          .items = given.items,
                                          .queries = 1,
                                          .stay_dim = given.width,
                                          .stay = given.memory,
                                          .keys = given.keys,
                                          .memory = given.moving};
    return attni_attention_attend(attention, tape, &call, &sizes);
}

attn_status attn_attention_step_backward(const attn_attention *attention, attn_tape *tape,
                                         const attn_attention_step_gradients *gradients)
{
    ATTNI_REQUIRE_PTR(attention);
    ATTNI_ENTER(attention->layer.context);
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_REQUIRE_PTR(gradients);
    attn_attention_step_gradients given;
    ATTNI_TRY(attni_read_options(__func__, gradients, &given, sizeof given));
    given.width = width_of(attention, given.width);
    attni_attention_record *record;
    ATTNI_TRY(attni_attention_top(tape, __func__, attention, ATTNI_ATTENTION_STEP, given.batch, given.items,
                                  1, given.width, &record));
    ATTNI_REQUIRE(given.dmoving == NULL || given.width < attention->memory_dim,
                  "%s: dmoving is given, but all columns stay; expected NULL", __func__);
    const attni_gradients wanted = {.dweights = given.dweights,
                                    .dcontext = given.dcontext,
                                    .dkeys = given.dkeys,
                                    .dstay = given.dmemory,
                                    .dmemory = given.dmoving,
                                    .dquery = given.dquery};
    return attni_attention_attend_back(attention, tape, __func__, record, &wanted);
}
