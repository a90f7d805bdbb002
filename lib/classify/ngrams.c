/* ngrams.c - the n-grams' channel, word by word.
 *
 * attn_ngrams_attribute divides margins, m_k = l_k - mean of the other logits, among the words. A softmax does not see what is added
 * to all logits, so that of l_k it is enough to know l_k - mean of all = (classes - 1) / classes m_k; of two classes m_0 = -m_1.
 * A word of amount a gives a times its shares: the logits are linear in the amounts, and at amounts of 1 what they are. */
#include <string.h>

#include "classify/classifier.h"

/* What a share of column c is to the logit of class k, of one column the shares of class 1. */
static double factor(const attn_classifier *classifier, int64_t k)
{
    if (classifier->classes == 2)
        return k ? 0.5 : -0.5;
    return (double)(classifier->classes - 1) / (double)classifier->classes;
}

float attni_classifier_ngrams_scale(const attn_classifier *classifier)
{
    return classifier->scales[classifier->channels - 1];
}

int64_t attni_classifier_columns(const attn_classifier *classifier)
{
    return classifier->classes == 2 ? 1 : classifier->classes;
}

attn_status attni_classifier_shares(const attn_classifier *classifier, int64_t batch, int64_t time,
                                    const int32_t *ids, const int32_t *lengths, int32_t *targets,
                                    float *shares)
{
    const int64_t columns = attni_classifier_columns(classifier), numbers = batch * time;
    const float scale = attni_classifier_ngrams_scale(classifier);
    for (int64_t c = 0; c < columns; c++) {
        for (int64_t b = 0; b < batch; b++)
            targets[b] = (int32_t)(columns == 1 ? 1 : c);
        ATTNI_TRY(attn_ngrams_attribute(classifier->ngrams, batch, time, ids, lengths, targets,
                                        shares + c * numbers, NULL));
    }
    for (int64_t i = 0; i < columns * numbers; i++)
        shares[i] *= scale;
    return ATTN_OK;
}

void attni_classifier_add_amounts(const attn_classifier *classifier, int64_t length, int64_t stride,
                                  const float *shares, const float *amounts, float *logits)
{
    for (int64_t k = 0; k < classifier->classes; k++) {
        const float *own = shares + (classifier->classes == 2 ? 0 : k) * stride;
        double sum = 0;
        for (int64_t t = 0; t < length; t++)
            sum += ((double)amounts[t] - 1) * (double)own[t];
        logits[k] = (float)((double)logits[k] + factor(classifier, k) * sum);
    }
}

void attni_classifier_add_slopes(const attn_classifier *classifier, int64_t length, int64_t stride,
                                 const float *shares, const float *dlogits, float *slopes)
{
    for (int64_t t = 0; t < length; t++) {
        double sum = 0;
        for (int64_t k = 0; k < classifier->classes; k++)
            sum += factor(classifier, k) * (double)dlogits[k] *
                   (double)shares[(classifier->classes == 2 ? 0 : k) * stride + t];
        slopes[t] = (float)((double)slopes[t] + sum);
    }
}
