/* score.c - mean loss, accuracy and calibration, without dropout. All logits are kept until the end, each channel's apart, so that the
 * scales that they are added with can be fitted before anything is counted. */
#include "score.h"

#include <stdlib.h>
#include <string.h>

#include "common/plan.h"
#include "common/signals.h"
#include "common/terminal.h"

#define ROWS 64 /* a batch; results do not depend on it beyond rounding */

/* What a model says of reviews, in the order of a plan. */
struct answers {
    int64_t count, channels, classes;
    float *logits;   /* [channels, count, classes] */
    int32_t *labels; /* [count] */
};

/* Ask the model; false when a signal came before it had answered. */
static bool ask(struct model *model, const struct corpus *corpus, const int64_t *reviews, const char *label,
                struct answers *answers)
{
    struct batch batch = {0};
    const int64_t count = answers->count, classes = answers->classes;
    int64_t *plan = plan_by_length(corpus->lengths, reviews, count);
    for (int64_t at = 0; at < count && !stop_signal(); at += ROWS) {
        int64_t rows = count - at < ROWS ? count - at : ROWS;
        batch_fill(&batch, corpus, plan + at, rows, model->info.padded_time);
        const float *logits = model_channels(model, &batch);
        for (int64_t c = 0; c < answers->channels; c++)
            memcpy(answers->logits + (c * count + at) * classes, logits + c * rows * classes,
                   (size_t)(rows * classes) * sizeof *logits);
        memcpy(answers->labels + at, batch.labels, (size_t)rows * sizeof *batch.labels);
        if (label)
            progress_show(label, at + rows, count, "");
    }
    progress_clear();
    batch_free(&batch);
    free(plan);
    return !stop_signal();
}

static void fit(struct model *model, const struct answers *answers)
{
    float scales[ATTN_MAX_CHANNELS];
    must(attn_fit_scales(model->context, answers->channels, answers->count, answers->classes, answers->logits,
                         answers->labels, scales, NULL));
    must(attn_classifier_set_scales(model->classifier, answers->channels, scales));
}

/* Add the channels up, in the place of the first. */
static void mix(const struct model *model, const struct answers *answers)
{
    const int64_t numbers = answers->count * answers->classes;
    for (int64_t i = 0; i < numbers; i++) {
        answers->logits[i] *= model->info.scales[0];
        for (int64_t c = 1; c < answers->channels; c++)
            answers->logits[i] += model->info.scales[c] * answers->logits[c * numbers + i];
    }
}

static struct score count_up(const struct model *model, const struct answers *answers, int64_t *confusion)
{
    float loss, error, *p = answers->logits;
    const int64_t count = answers->count, classes = answers->classes;
    int64_t correct = 0;
    must(attn_cross_entropy(model->context, count, classes, answers->logits, answers->labels, NULL, &loss,
                            NULL, p, NULL));
    must(attn_calibration_error(model->context, count, classes, p, answers->labels, 0, &error, NULL));
    for (int64_t b = 0; b < count; b++) {
        const int32_t decision = model_decision(model, p + b * classes);
        correct += decision == answers->labels[b];
        if (confusion)
            confusion[answers->labels[b] * classes + decision]++;
    }
    return (struct score){(double)loss, (double)correct / (double)count, (double)error, false};
}

static struct score score(struct model *model, const struct corpus *corpus, const int64_t *reviews,
                          int64_t count, const char *label, int64_t *confusion, bool fits)
{
    const int64_t classes = model->info.classes, channels = model->info.channels;
    struct score score = {.stopped = true};
    struct answers answers = {count, channels, classes,
                              allocate(channels * count * classes, sizeof *answers.logits),
                              allocate(count, sizeof *answers.labels)};
    if (ask(model, corpus, reviews, label, &answers)) {
        if (fits)
            fit(model, &answers);
        mix(model, &answers);
        score = count_up(model, &answers, confusion);
    }
    free(answers.logits);
    free(answers.labels);
    return score;
}

struct score score_reviews(struct model *model, const struct corpus *corpus, const int64_t *reviews,
                           int64_t count, const char *label, int64_t *confusion)
{
    return score(model, corpus, reviews, count, label, confusion, false);
}

struct score score_calibrated(struct model *model, const struct corpus *corpus, const int64_t *reviews,
                              int64_t count, const char *label)
{
    return score(model, corpus, reviews, count, label, NULL, true);
}
