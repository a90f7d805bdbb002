/* loss.c - softmax cross-entropy. Rows are independent of each other, and worked on by the context's threads: with a vocabulary of
 * classes the exponentials are much of a decoder's time. */
#include "attn/loss.h"

#include <math.h>

#include "core/context.h"

#define LOGITS_A_TASK 16384

typedef struct loss_pass {
    const attni_kernels *kernels;
    int64_t rows, classes, rows_a_task;
    const float *logits;
    const int32_t *labels;          /* may be NULL */
    float *probabilities, *dlogits; /* may be NULL */
    float *room;                    /* [workers, classes], where both are */
    double *losses;                 /* [rows] */
} loss_pass;

/* p = softmax(logits), which may be p; returns the logarithm of its denominator. */
static double softmax(const attni_kernels *kernels, int64_t classes, const float *logits, float *p)
{
    float most = logits[0];
    double total = 0.0;
    for (int64_t k = 1; k < classes; k++)
        most = logits[k] > most ? logits[k] : most;
    for (int64_t k = 0; k < classes; k++)
        p[k] = logits[k] - most;
    kernels->exp(classes, p, p);
    for (int64_t k = 0; k < classes; k++)
        total += (double)p[k];
    const float scale = (float)(1.0 / total);
    for (int64_t k = 0; k < classes; k++)
        p[k] *= scale;
    return log(total) + (double)most;
}

static void run_rows(void *argument, int64_t index, int32_t worker)
{
    const loss_pass *pass = argument;
    int64_t begin = index * pass->rows_a_task, end = begin + pass->rows_a_task, classes = pass->classes;
    for (int64_t b = begin; b < end && b < pass->rows; b++) {
        const float *logits = pass->logits + b * classes;
        float *p = pass->probabilities ? pass->probabilities + b * classes : NULL;
        float *d = pass->dlogits ? pass->dlogits + b * classes : NULL;
        float *made = p ? p : d ? d : pass->room + worker * classes;
        double label_logit =
            pass->labels ? (double)logits[pass->labels[b]] : 0.0; /* before p or d takes the logits' place */
        pass->losses[b] = softmax(pass->kernels, classes, logits, made) - label_logit;
        if (d == NULL)
            continue;
        const float share = 1.0f / (float)pass->rows, of_label = made[pass->labels[b]] - 1.0f;
        for (int64_t k = 0; k < classes; k++)
            d[k] = made[k] * share;
        d[pass->labels[b]] = of_label * share;
    }
}

static attn_status run(attn_context *context, const char *function, attni_arena *arena, loss_pass *pass,
                       float *loss)
{
    int64_t room = pass->probabilities || pass->dlogits ? 0 : attn_context_threads(context) * pass->classes;
    pass->room = attni_arena_floats(arena, room);
    pass->losses = attni_arena_alloc(arena, (size_t)pass->rows * sizeof(double));
    if (pass->room == NULL || pass->losses == NULL)
        return attni_no_memory(function, (size_t)room * sizeof(float) + (size_t)pass->rows * sizeof(double));
    attni_parallel_for(context, (pass->rows + pass->rows_a_task - 1) / pass->rows_a_task, run_rows, pass);
    double total = 0.0;
    for (int64_t b = 0; b < pass->rows; b++)
        total += pass->losses[b];
    if (loss)
        *loss = pass->rows ? (float)(total / (double)pass->rows) : 0.0f;
    return ATTN_OK;
}

attn_status attn_softmax_cross_entropy(attn_context *context, int64_t rows, int64_t classes,
                                       const float *logits, const int32_t *labels, float *loss,
                                       float *probabilities, float *dlogits)
{
    ATTNI_REQUIRE_PTR(context);
    ATTNI_REQUIRE(rows >= 0, "%s: rows is %lld; expected 0 or more", __func__, (long long)rows);
    ATTNI_REQUIRE(classes >= 1, "%s: classes is %lld; expected 1 or more", __func__, (long long)classes);
    ATTNI_REQUIRE(rows == 0 || logits != NULL, "%s: logits is NULL; expected [rows, classes] numbers",
                  __func__);
    ATTNI_REQUIRE(labels != NULL || (loss == NULL && dlogits == NULL) || rows == 0,
                  "%s: labels is NULL; expected [rows] labels, since loss or dlogits is wanted", __func__);
    for (int64_t b = 0; labels && b < rows; b++)
        ATTNI_REQUIRE(labels[b] >= 0 && labels[b] < classes, "%s: labels[%lld] is %d; expected 0 to %lld",
                      __func__, (long long)b, labels[b], (long long)classes - 1);
    loss_pass pass = {.kernels = attni_context_kernels(context),
                      .rows = rows,
                      .classes = classes,
                      .rows_a_task = classes < LOGITS_A_TASK ? LOGITS_A_TASK / classes : 1,
                      .logits = logits,
                      .labels = labels,
                      .probabilities = probabilities,
                      .dlogits = dlogits};
    attni_arena *arena = attni_scratch_take(context);
    if (arena == NULL)
        return attni_no_memory(__func__, sizeof *arena);
    attn_status status = run(context, __func__, arena, &pass, loss);
    attni_scratch_give(context, arena);
    return status;
}
