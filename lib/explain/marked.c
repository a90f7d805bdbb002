/* marked.c - attributions beside what people marked: a hard choice of tokens, its overlap with the marks by tokens and by spans, and
 * the curve of precision over recall.
 *
 *     P = chosen and marked / chosen,  R = chosen and marked / marked,  F1 = 2 P R / (P + R)
 *     spans: runs of 1; a chosen one is right where |it and a marked one| / |it or that| reaches `overlap`
 *     the curve: (R_i, P_i) of all tokens from the largest number down to the i-th largest, after (0, 1) */
#include <math.h>

#include "core/lengths.h"
#include "explain/order.h"

/* ---- a hard choice -------------------------------------------------------------------------------------------------------------- */

typedef struct marking {
    attni_asking asking; /* of no model: what attni_order_make reads of it */
    int32_t *order;
} marking;

/* What every function checks, and for two of them the order of each row's tokens. */
static attn_status marking_open(marking *m, const char *function, attn_context *context, int64_t batch,
                                int64_t time, const int32_t *lengths, const float *attributions)
{
    *m = (marking){.asking = {.function = function, .context = context, .model = ATTN_EXPLAIN_MODEL_INIT}};
    m->asking.model.batch = batch;
    m->asking.model.time = time;
    m->asking.model.lengths = lengths;
    ATTNI_TRY(attni_check_lengths(function, batch, time, lengths));
    m->asking.arena = attni_scratch_take(context);
    if (m->asking.arena == NULL)
        return attni_no_memory(function, sizeof *m->asking.arena);
    attn_status status = attni_order_make(&m->asking, attributions, &m->order);
    if (status != ATTN_OK)
        attni_scratch_give(context, m->asking.arena);
    return status;
}

static void marking_close(marking *m)
{
    attni_scratch_give(m->asking.context, m->asking.arena);
}

static attn_status check_bytes(const char *function, const char *name, int64_t numbers, const void *bytes)
{
    ATTNI_REQUIRE(bytes != NULL || numbers == 0, "%s: %s is NULL; expected [batch, time] bytes", function,
                  name);
    return ATTN_OK;
}

attn_status attn_explain_choose(attn_context *context, int64_t batch, int64_t time, const float *attributions,
                                const int32_t *lengths, float fraction, uint8_t *chosen)
{
    marking m;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE(fraction >= 0.0f && fraction <= 1.0f, "%s: fraction is %g; expected 0 to 1", __func__,
                  (double)fraction);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_TRY(check_bytes(__func__, "chosen", batch * time, chosen));
    ATTNI_TRY(marking_open(&m, __func__, context, batch, time, lengths, attributions));
    for (int64_t i = 0; i < batch * time; i++)
        chosen[i] = 0;
    for (int64_t b = 0; b < batch; b++) {
        const int64_t first = attni_order_first(fraction, attni_asking_length(&m.asking, b));
        for (int64_t i = 0; i < first; i++)
            chosen[b * time + m.order[b * time + i]] = 1;
    }
    marking_close(&m);
    return ATTN_OK;
}

/* ---- by tokens, by spans -------------------------------------------------------------------------------------------------------- */

typedef struct counts {
    int64_t right, chosen, marked; /* tokens, or spans */
} counts;

static counts count_tokens(int64_t length, const uint8_t *chosen, const uint8_t *marked)
{
    counts c = {0, 0, 0};
    for (int64_t t = 0; t < length; t++) {
        c.right += chosen[t] && marked[t];
        c.chosen += chosen[t] != 0;
        c.marked += marked[t] != 0;
    }
    return c;
}

/* The end of the run of equal tokens that begins at t. */
static int64_t run_end(int64_t length, const uint8_t *tokens, int64_t t)
{
    const int32_t is = tokens[t] != 0;
    while (t < length && (tokens[t] != 0) == is)
        t++;
    return t;
}

/* A run of marked tokens, or of others. */
typedef struct run {
    int64_t begin, end;
} run;

/* Whether the chosen span from `begin` to `end` overlaps with a marked one by that share of the two. Spans are asked about in their
 * order: *at is the first run that may reach into the next one, so that all of them together look at each token once. */
static int32_t is_right(int64_t length, const uint8_t *marked, run *at, int64_t begin, int64_t end,
                        float overlap)
{
    for (;; *at = (run){at->end, run_end(length, marked, at->end)}) {
        if (at->end <= begin)
            continue;
        const int64_t both = (at->end < end ? at->end : end) - (at->begin > begin ? at->begin : begin);
        const int64_t either = (at->end > end ? at->end : end) - (at->begin < begin ? at->begin : begin);
        if (marked[at->begin] &&
            (float)((double)both / (double)either) >= overlap) /* rounded as `overlap` is */
            return 1;
        if (at->end >= end)
            return 0;
    }
}

static counts count_spans(int64_t length, const uint8_t *chosen, const uint8_t *marked, float overlap)
{
    counts c = {0, 0, 0};
    run at = {0, 0};
    for (int64_t t = 0; t < length; t = run_end(length, marked, t))
        c.marked += marked[t] != 0;
    for (int64_t t = 0, end; t < length; t = end) {
        end = run_end(length, chosen, t);
        if (chosen[t]) {
            c.chosen++;
            c.right += is_right(length, marked, &at, t, end, overlap);
        }
    }
    return c;
}

static double part(int64_t some, int64_t all)
{
    return all ? (double)some / (double)all : 0.0;
}

static void write_match(counts c, int64_t b, float *precision, float *recall, float *f1)
{
    const double p = part(c.right, c.chosen), r = part(c.right, c.marked);
    if (precision)
        precision[b] = (float)p;
    if (recall)
        recall[b] = (float)r;
    if (f1)
        f1[b] = (float)(c.right ? 2.0 * p * r / (p + r) : 0.0);
}

static attn_status check_match(const char *function, int64_t batch, int64_t time, const int32_t *lengths,
                               const uint8_t *chosen, const uint8_t *marked)
{
    ATTNI_TRY(attni_check_lengths(function, batch, time, lengths));
    ATTNI_TRY(check_bytes(function, "chosen", batch * time, chosen));
    return check_bytes(function, "marked", batch * time, marked);
}

attn_status attn_explain_token_match(attn_context *context, int64_t batch, int64_t time,
                                     const uint8_t *chosen, const uint8_t *marked, const int32_t *lengths,
                                     float *precision, float *recall, float *f1)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(check_match(__func__, batch, time, lengths, chosen, marked));
    for (int64_t b = 0; b < batch; b++) {
        const counts c = count_tokens(lengths ? lengths[b] : time, chosen + b * time, marked + b * time);
        write_match(c, b, precision, recall, f1);
    }
    return ATTN_OK;
}

attn_status attn_explain_span_match(attn_context *context, int64_t batch, int64_t time, const uint8_t *chosen,
                                    const uint8_t *marked, const int32_t *lengths, float overlap,
                                    float *precision, float *recall, float *f1)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_REQUIRE(overlap >= 0.5f && overlap <= 1.0f, "%s: overlap is %g; expected 0.5 to 1", __func__,
                  (double)overlap);
    ATTNI_TRY(check_match(__func__, batch, time, lengths, chosen, marked));
    for (int64_t b = 0; b < batch; b++) {
        const counts c =
            count_spans(lengths ? lengths[b] : time, chosen + b * time, marked + b * time, overlap);
        write_match(c, b, precision, recall, f1);
    }
    return ATTN_OK;
}

/* ---- the curve ------------------------------------------------------------------------------------------------------------------ */

/* Under the curve: by trapezoids, and by steps. */
typedef struct areas {
    double trapezoids, steps;
} areas;

static areas measure_curve(int64_t length, const int32_t *order, const float *attributions,
                           const uint8_t *marked)
{
    const counts all = count_tokens(length, marked, marked);
    areas under = {0.0, 0.0};
    double recall = 0.0, precision = 1.0;
    int64_t right = 0;
    for (int64_t i = 0; all.marked && i < length; i++) {
        right += marked[order[i]] != 0;
        if (i + 1 < length && attributions[order[i + 1]] == attributions[order[i]])
            continue; /* equal numbers are chosen together */
        const double r = part(right, all.marked), p = part(right, i + 1);
        under.trapezoids += (r - recall) * (p + precision) / 2.0;
        under.steps += (r - recall) * p;
        recall = r;
        precision = p;
    }
    return under;
}

attn_status attn_explain_precision_recall(attn_context *context, int64_t batch, int64_t time,
                                          const float *attributions, const uint8_t *marked,
                                          const int32_t *lengths, float *area, float *average_precision)
{
    marking m;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    ATTNI_TRY(attni_check_lengths(__func__, batch, time, lengths));
    ATTNI_TRY(check_bytes(__func__, "marked", batch * time, marked));
    ATTNI_TRY(marking_open(&m, __func__, context, batch, time, lengths, attributions));
    for (int64_t b = 0; b < batch; b++) {
        const areas under = measure_curve(attni_asking_length(&m.asking, b), m.order + b * time,
                                          attributions + b * time, marked + b * time);
        if (area)
            area[b] = (float)under.trapezoids;
        if (average_precision)
            average_precision[b] = (float)under.steps;
    }
    marking_close(&m);
    return ATTN_OK;
}
