/* ngrams.c - counting n-grams, and the epochs that are theirs alone. */
#include "ngrams.h"

#include <stdlib.h>

#include "common/plan.h"
#include "common/terminal.h"

#define ROWS 256 /* reviews that are counted in one call */

attn_ngrams_builder *ngrams_count(attn_context *context, const struct corpus *corpus, const int64_t *reviews,
                                  int64_t count, int64_t classes)
{
    struct batch batch = {0};
    attn_ngrams_builder *builder;
    attn_ngrams_builder_options options = ATTN_NGRAMS_BUILDER_OPTIONS_INIT;
    options.classes = classes;
    must(attn_ngrams_builder_create(context, &options, &builder));
    for (int64_t at = 0; at < count; at += ROWS) {
        batch_fill(&batch, corpus, reviews + at, count - at < ROWS ? count - at : ROWS, 0);
        must(
            attn_ngrams_builder_add(builder, batch.rows, batch.time, batch.ids, batch.lengths, batch.labels));
    }
    batch_free(&batch);
    return builder;
}

static void step(struct training *training, attn_adam *adam, const struct batch *batch, float *logits)
{
    struct model *model = &training->model;
    const attn_ngrams *ngrams = model->info.ngrams;
    must(attn_params_zero_grad(model->info.params));
    must(attn_tape_begin(training->tape, attn_adam_steps(adam)));
    must(attn_ngrams_forward(ngrams, training->tape, batch->rows, batch->time, batch->ids, batch->lengths,
                             logits));
    must(attn_cross_entropy(model->context, batch->rows, model->info.classes, logits, batch->labels, NULL,
                            NULL, NULL, NULL, logits));
    must(attn_ngrams_backward(ngrams, training->tape, batch->rows, batch->time, logits));
    must(attn_adam_step(adam, NULL));
}

void ngrams_train(struct training *training)
{
    const struct config alone = config_preset("none"), *config = &training->options.config;
    const struct split *split = &training->split;
    const int64_t count = split->train_count - training->unlabelled, rows = config->batch,
                  epochs = epochs_for(count, rows, alone.epochs);
    struct batch batch = {0};
    attn_adam *adam;
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    attn_ngrams_info info = ATTN_NGRAMS_INFO_INIT;
    float *logits = allocate(rows * training->model.info.classes, sizeof *logits);
    const double began = now();
    options.lr = (float)alone.lr;
    options.beta2 = (float)alone.beta2;
    must(attn_adam_create(training->model.info.params, &options, &adam));
    for (int64_t epoch = 0; epoch < epochs; epoch++) {
        int64_t *plan = plan_epoch_in_windows(training->corpus.lengths, split->train, count, rows,
                                              (uint64_t)config->seed, epoch);
        for (int64_t at = 0; at < count; at += rows) {
            batch_fill(&batch, &training->corpus, plan + at, count - at < rows ? count - at : rows, 0);
            step(training, adam, &batch, logits);
        }
        free(plan);
    }
    must(attn_ngrams_get_info(training->model.info.ngrams, &info));
    say(training, "n-grams: %s of 1 to %d words, trained in %lld epochs, %.1f s", with_commas(info.ngrams),
        info.longest, (long long)epochs, now() - began);
    attn_adam_destroy(&adam);
    batch_free(&batch);
    free(logits);
}

void ngrams_freeze(const struct training *training)
{
    must(attn_params_set_trainable(training->model.info.params, "ngrams.weights", 0));
    must(attn_params_set_trainable(training->model.info.params, "ngrams.bias", 0));
}
