/* loss.c - softmax cross-entropy. */
#include "attn/loss.h"

#include <math.h>

#include "core/error.h"

/* p = softmax(logits) for one row; returns log(sum e^(logit - most)) + most, the log of softmax's denominator. */
static double softmax_row(int64_t classes, const float *logits, float *p)
{
    float most = logits[0];
    double total = 0.0;
    for (int64_t k = 1; k < classes; k++)
        most = logits[k] > most ? logits[k] : most;
    for (int64_t k = 0; k < classes; k++)
        total += exp((double)logits[k] - most);
    double log_total = log(total) + most;
    for (int64_t k = 0; p && k < classes; k++)
        p[k] = (float)exp((double)logits[k] - log_total);
    return log_total;
}

attn_status attn_softmax_cross_entropy(int64_t rows, int64_t classes, const float *logits,
                                       const int32_t *labels, float *loss, float *probabilities,
                                       float *dlogits)
{
    ATTNI_REQUIRE(rows >= 0, "%s: rows is %lld; expected 0 or more", __func__, (long long)rows);
    ATTNI_REQUIRE(classes >= 1, "%s: classes is %lld; expected 1 or more", __func__, (long long)classes);
    ATTNI_REQUIRE(rows == 0 || logits != NULL, "%s: logits is NULL; expected [rows, classes] numbers",
                  __func__);
    ATTNI_REQUIRE(labels != NULL || (loss == NULL && dlogits == NULL) || rows == 0,
                  "%s: labels is NULL; expected [rows] labels, since loss or dlogits is wanted", __func__);
    for (int64_t b = 0; labels && b < rows; b++)
        ATTNI_REQUIRE(labels[b] >= 0 && labels[b] < classes, "%s: labels[%lld] is %d; expected 0 to %lld",
                      __func__, (long long)b, labels[b], (long long)classes - 1);
    double total = 0.0;
    for (int64_t b = 0; b < rows; b++) {
        const float *row = logits + b * classes;
        float *p = probabilities ? probabilities + b * classes : NULL,
              *d = dlogits ? dlogits + b * classes : NULL;
        double label_logit =
            labels ? (double)row[labels[b]] : 0.0; /* before p or d takes the logits' place */
        double log_total = softmax_row(classes, row, p ? p : d);
        total += log_total - label_logit;
        for (int64_t k = 0; d && k < classes; k++)
            d[k] = ((p ? p[k] : d[k]) - (float)(k == labels[b])) / (float)rows;
    }
    if (loss)
        *loss = rows ? (float)(total / (double)rows) : 0.0f;
    return ATTN_OK;
}
