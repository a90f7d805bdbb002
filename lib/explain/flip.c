/* flip.c - how many of the first tokens must be masked before the decision is another one.
 *
 *     k_i = length * i / steps, rounded up, for i = 1 .. steps - 1;   the answer is the first k_i that flips, / length
 *
 * All rows are asked about a few k at a time, twice as many in each round, and leave when one has flipped: little is asked in vain
 * where few tokens decide, and the calls stay large where many do. */
#include <string.h>

#include "explain/order.h"

#define FIRST_ROUND 8

typedef struct flipping {
    const attni_asking *asking;
    attni_whole whole;
    const int32_t *order;
    int64_t resolution;
    int64_t tried, trying; /* how many k before this round, and in it */
    int32_t *flips;        /* [batch]: the k that was found, or 0 */
} flipping;

static int64_t steps_of(const flipping *f, int64_t length)
{
    return f->resolution == 0 || f->resolution > length ? length : f->resolution;
}

/* How many k of a row this round tries. */
static int64_t trials(const flipping *f, int64_t row)
{
    const int64_t left = steps_of(f, attni_asking_length(f->asking, row)) - 1 - f->tried;
    if (f->flips[row] || left <= 0)
        return 0;
    return left < f->trying ? left : f->trying;
}

/* How many tokens a copy of the row masks. The first round's copy 0 is the whole row: k_0 = 0. */
static int64_t masked_in(const flipping *f, int64_t row, int64_t copy)
{
    const int64_t length = attni_asking_length(f->asking, row), steps = steps_of(f, length);
    const int64_t i = f->tried ? f->tried + 1 + copy : copy;
    return (length * i + steps - 1) / steps;
}

static int64_t flip_copies(const void *self, int64_t row)
{
    const flipping *f = self;
    const int64_t count = trials(f, row);
    return count && f->tried == 0 ? count + 1 : count;
}

static void flip_fill(const void *self, int64_t row, int64_t copy, void *item)
{
    const flipping *f = self;
    const int32_t *order = f->order + row * f->asking->model.time;
    uint8_t *keep = item;
    for (int64_t i = 0; i < masked_in(f, row, copy); i++)
        keep[order[i]] = 0;
}

static void flip_take(void *self, int64_t row, int64_t copy, const float *outputs, const float *dx)
{
    (void)dx;
    flipping *f = self;
    const int64_t masked = masked_in(f, row, copy);
    if (masked == 0)
        attni_whole_take(&f->whole, row, outputs);
    else if (f->flips[row] == 0 && attni_largest(f->whole.classes, outputs) != f->whole.targets[row])
        f->flips[row] = (int32_t)masked;
}

static const attni_measure flip_measure = {flip_copies, flip_fill, flip_take};

static bool any_left(const flipping *f)
{
    for (int64_t b = 0; b < f->asking->model.batch; b++) {
        if (trials(f, b) > 0)
            return true;
    }
    return false;
}

static attn_status flip(flipping *f, const float *attributions, float *fraction)
{
    const attni_asking *asking = f->asking;
    const int64_t batch = asking->model.batch;
    int32_t *order;
    ATTNI_REQUIRE(asking->model.classes >= 2, "%s: model->classes is %lld; expected 2 or more",
                  asking->function, (long long)asking->model.classes);
    ATTNI_REQUIRE(f->resolution >= 0 && f->resolution <= 1 << 30,
                  "%s: resolution is %lld; expected 0 to 2^30", asking->function, (long long)f->resolution);
    ATTNI_REQUIRE(fraction != NULL || batch == 0, "%s: fraction is NULL; expected [batch] numbers",
                  asking->function);
    ATTNI_TRY(attni_order_make(asking, attributions, &order));
    ATTNI_TRY(attni_whole_make(&f->whole, asking, NULL));
    f->order = order;
    f->flips = attni_asking_alloc(asking, batch, sizeof *f->flips);
    if (f->flips == NULL)
        return attni_no_memory(asking->function, (size_t)batch * sizeof *f->flips);
    memset(f->flips, 0, (size_t)batch * sizeof *f->flips);
    for (f->trying = FIRST_ROUND; any_left(f); f->trying *= 2) {
        ATTNI_TRY(attni_ask(asking, 1, &flip_measure, f));
        f->tried += f->trying;
    }
    for (int64_t b = 0; b < batch; b++) {
        const int64_t length = attni_asking_length(asking, b);
        fraction[b] = f->flips[b] ? (float)f->flips[b] / (float)length : length ? 1.0f : 0.0f;
    }
    return ATTN_OK;
}

attn_status attn_explain_flip(attn_context *context, const attn_explain_model *model,
                              const float *attributions, int64_t resolution, float *fraction)
{
    ATTNI_ENTER(context);
    attni_asking asking;
    ATTNI_TRY(attni_asking_open(&asking, __func__, context, model, ATTNI_ASK_MASKED));
    flipping f = {.asking = &asking, .resolution = resolution};
    attn_status status = flip(&f, attributions, fraction);
    attni_asking_close(&asking);
    return status;
}
