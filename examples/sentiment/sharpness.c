/* sharpness.c - how sharp attention is. With a_t the weights of a review's n words, which sum to 1,
 *
 *     effective = exp(-sum_t a_t ln a_t) / n          1 where all words get the same, 1 / n where one gets all
 *     heaviest  = the sum of its ceil(n / 10) largest weights */
#include "sharpness.h"

#include <math.h>
#include <stdlib.h>

#include "common/plan.h"

#define ROWS 64 /* a batch; results do not depend on it beyond rounding */

static int larger_first(const void *left, const void *right)
{
    const float a = *(const float *)left, b = *(const float *)right;
    return (a < b) - (a > b);
}

/* Sorts the weights. */
static void add_review(float *weights, int64_t length, struct sharpness *sums)
{
    double sum = 0, entropy = 0, heaviest = 0;
    for (int64_t t = 0; t < length; t++)
        sum += (double)weights[t];
    if (!(sum > 0)) /* padding got all of it */
        return;
    qsort(weights, (size_t)length, sizeof *weights, larger_first);
    for (int64_t t = 0; t < length && weights[t] > 0; t++) {
        const double weight = (double)weights[t] / sum;
        entropy -= weight * log(weight);
        heaviest += t < (length + 9) / 10 ? weight : 0;
    }
    sums->effective += exp(entropy) / (double)length;
    sums->heaviest += heaviest;
}

struct sharpness sharpness_of(struct model *model, const struct corpus *corpus)
{
    struct sharpness sums = {0, 0};
    struct batch batch = {0};
    int64_t count;
    int64_t *plan = plan_filled(corpus->lengths, corpus->count, &count);
    for (int64_t at = 0; at < count; at += batch.rows) {
        batch_fill(&batch, corpus, plan + at, count - at < ROWS ? count - at : ROWS, model->info.padded_time);
        model_predict(model, &batch);
        for (int64_t b = 0; b < batch.rows; b++)
            add_review(model->weights.values + b * batch.time, batch.lengths[b], &sums);
    }
    batch_free(&batch);
    free(plan);
    return count ? (struct sharpness){sums.effective / (double)count, sums.heaviest / (double)count} : sums;
}
