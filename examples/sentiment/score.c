/* score.c - mean loss and accuracy, without dropout. */
#include "score.h"

#include <stdlib.h>

#include "common/plan.h"
#include "common/signals.h"
#include "common/terminal.h"

#define ROWS 64 /* a batch; results do not depend on it beyond rounding */

struct score score_reviews(struct model *model, const struct corpus *corpus, const int64_t *reviews,
                           int64_t count, const char *label, int64_t *confusion)
{
    struct batch batch = {0};
    int64_t *plan = plan_by_length(corpus->lengths, reviews, count), correct = 0;
    double loss = 0;
    for (int64_t at = 0; at < count && !stop_signal(); at += ROWS) {
        int64_t rows = count - at < ROWS ? count - at : ROWS;
        batch_fill(&batch, corpus, plan + at, rows, model->info.padded_time);
        struct outcome outcome = model_predict(model, &batch);
        loss += outcome.loss * (double)rows;
        correct += outcome.correct;
        for (int64_t b = 0; b < rows && confusion; b++)
            confusion[batch.labels[b] * model->info.classes +
                      model_decision(model, outcome.probabilities + b * model->info.classes)]++;
        if (label)
            progress_show(label, at + rows, count, "");
    }
    progress_clear();
    batch_free(&batch);
    free(plan);
    return (struct score){loss / (double)count, (double)correct / (double)count, stop_signal() != 0};
}
