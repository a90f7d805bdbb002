/* erase.c - what masking takes from the output:
 *
 *     occlusion          f(all) - f(all but t)              for each token t
 *     comprehensiveness  f(all) - f(all but the first k)    k = fraction * length, rounded up, for each fraction
 *     sufficiency        f(all) - f(the first k alone)
 *
 * Copy 0 of each row is the whole of it. */
#include <math.h>
#include <string.h>

#include "explain/order.h"

typedef struct erasure {
    const attni_asking *asking;
    attni_whole whole;
    int64_t width; /* of losses: time, or how many fractions */
    float *losses; /* [batch, width] */
    /* Not of occlusion: */
    const int32_t *order;
    const float *fractions;
    bool alone; /* keep the first tokens, and mask the others */
} erasure;

static void take(void *self, int64_t row, int64_t copy, const float *outputs, const float *dx)
{
    (void)dx;
    erasure *e = self;
    if (copy == 0)
        attni_whole_take(&e->whole, row, outputs);
    else
        e->losses[row * e->width + copy - 1] = attni_whole_loss(&e->whole, row, outputs);
}

/* ---- occlusion ---- */

static int64_t occlusion_copies(const void *self, int64_t row)
{
    return attni_asking_length(((const erasure *)self)->asking, row) + 1;
}

static void occlusion_fill(const void *self, int64_t row, int64_t copy, void *item)
{
    (void)self, (void)row;
    if (copy > 0)
        ((uint8_t *)item)[copy - 1] = 0;
}

static const attni_measure occlusion_measure = {occlusion_copies, occlusion_fill, take};

static attn_status occlude(const attni_asking *asking, float *attributions)
{
    const int64_t batch = asking->model.batch, time = asking->model.time;
    ATTNI_REQUIRE(attributions != NULL || batch * time == 0,
                  "%s: attributions is NULL; expected [batch, time] numbers", asking->function);
    erasure e = {.asking = asking, .width = time, .losses = attributions};
    ATTNI_TRY(attni_whole_make(&e.whole, asking, asking->model.targets));
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t t = attni_asking_length(asking, b); t < time; t++)
            attributions[b * time + t] = 0.0f;
    }
    return attni_ask(asking, 1, &occlusion_measure, &e);
}

attn_status attn_explain_occlusion(attn_context *context, const attn_explain_model *model,
                                   float *attributions)
{
    ATTNI_ENTER(context);
    attni_asking asking;
    ATTNI_TRY(attni_asking_open(&asking, __func__, context, model, ATTNI_ASK_MASKED));
    attn_status status = occlude(&asking, attributions);
    attni_asking_close(&asking);
    return status;
}

/* ---- comprehensiveness and sufficiency ---- */

static const float eraser_fractions[] = {0.01f, 0.05f, 0.1f, 0.2f, 0.5f};
#define ERASER_COUNT ((int64_t)(sizeof eraser_fractions / sizeof *eraser_fractions))

static int64_t erasure_copies(const void *self, int64_t row)
{
    (void)row;
    return ((const erasure *)self)->width + 1;
}

static void erasure_fill(const void *self, int64_t row, int64_t copy, void *item)
{
    const erasure *e = self;
    if (copy == 0)
        return;
    const int64_t length = attni_asking_length(e->asking, row);
    const int64_t first = attni_order_first(e->fractions[copy - 1], length);
    const int32_t *order = e->order + row * e->asking->model.time;
    uint8_t *keep = item;
    for (int64_t i = e->alone ? first : 0; i < (e->alone ? length : first); i++)
        keep[order[i]] = 0;
}

static const attni_measure erasure_measure = {erasure_copies, erasure_fill, take};

static attn_status check_fractions(const erasure *e)
{
    const char *const function = e->asking->function;
    ATTNI_REQUIRE(e->width >= 1 && e->width <= 1 << 20, "%s: count is %lld; expected 1 to %d", function,
                  (long long)e->width, 1 << 20);
    ATTNI_REQUIRE(e->fractions != eraser_fractions || e->width == ERASER_COUNT,
                  "%s: count is %lld and fractions NULL; expected count %d", function, (long long)e->width,
                  (int)ERASER_COUNT);
    for (int64_t i = 0; i < e->width; i++)
        ATTNI_REQUIRE(e->fractions[i] >= 0.0f && e->fractions[i] <= 1.0f,
                      "%s: fractions[%lld] is %g; expected 0 to 1", function, (long long)i,
                      (double)e->fractions[i]);
    return ATTN_OK;
}

static attn_status erase(erasure *e, const float *attributions, float *scores, float *aopc)
{
    const attni_asking *asking = e->asking;
    const int64_t batch = asking->model.batch, count = e->width;
    int32_t *order;
    ATTNI_TRY(check_fractions(e));
    ATTNI_TRY(attni_order_make(asking, attributions, &order));
    ATTNI_TRY(attni_whole_make(&e->whole, asking, asking->model.targets));
    e->order = order;
    e->losses = scores ? scores : attni_asking_alloc(asking, batch, (size_t)count * sizeof *e->losses);
    if (e->losses == NULL)
        return attni_no_memory(asking->function, (size_t)(batch * count) * sizeof *e->losses);
    memset(e->losses, 0, (size_t)(batch * count) * sizeof *e->losses);
    ATTNI_TRY(attni_ask(asking, 1, &erasure_measure, e));
    for (int64_t b = 0; aopc && b < batch; b++) {
        double sum = 0.0;
        for (int64_t i = 0; i < count; i++)
            sum += (double)e->losses[b * count + i];
        aopc[b] = (float)(sum / (double)count);
    }
    return ATTN_OK;
}

static attn_status erase_by(const char *function, attn_context *context, const attn_explain_model *model,
                            const float *attributions, int64_t count, const float *fractions, bool alone,
                            float *scores, float *aopc)
{
    attni_asking asking;
    ATTNI_TRY(attni_asking_open(&asking, function, context, model, ATTNI_ASK_MASKED));
    erasure e = {.asking = &asking, .width = count, .alone = alone};
    e.fractions = fractions ? fractions : eraser_fractions;
    attn_status status = erase(&e, attributions, scores, aopc);
    attni_asking_close(&asking);
    return status;
}

attn_status attn_explain_comprehensiveness(attn_context *context, const attn_explain_model *model,
                                           int64_t count, const float *attributions, const float *fractions,
                                           float *scores, float *aopc)
{
    ATTNI_ENTER(context);
    return erase_by(__func__, context, model, attributions, count, fractions, false, scores, aopc);
}

attn_status attn_explain_sufficiency(attn_context *context, const attn_explain_model *model, int64_t count,
                                     const float *attributions, const float *fractions, float *scores,
                                     float *aopc)
{
    ATTNI_ENTER(context);
    return erase_by(__func__, context, model, attributions, count, fractions, true, scores, aopc);
}
