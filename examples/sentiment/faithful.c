/* faithful.c - the gradients of the loss's parts for attention that is faithful. */
#include "faithful.h"

#include <attn/experimental.h>
#include <string.h>

bool faithful_asked(const struct config *config)
{
    return config->diversity_weight > 0 || config->undecided_weight > 0;
}

/* dstates is written. */
static void undecided_gradients(struct model *model, attn_tape *tape, const struct batch *batch,
                                double weight, const float *states, float *dstates)
{
    const int64_t rows = batch->rows, time = batch->time, width = model->info.state_dim,
                  classes = model->info.classes;
    float *mean = reserve(&model->mean, rows * width), *logits = reserve(&model->mean_logits, rows * classes);
    attn_cross_entropy_options uniform = ATTN_CROSS_ENTROPY_OPTIONS_INIT;
    uniform.label_smoothing = 1; /* all classes alike, whatever the label */
    must(attn_pooling_forward(model->context, tape, rows, time, width, states, batch->lengths,
                              ATTN_POOLING_MEAN, mean));
    must(attn_dense_forward(model->info.decision, tape, rows, mean, logits));
    must(attn_cross_entropy(model->context, rows, classes, logits, batch->labels, &uniform, NULL, NULL, NULL,
                            logits));
    for (int64_t i = 0; i < rows * classes; i++)
        logits[i] *= (float)weight;
    must(attn_dense_backward(model->info.decision, tape, rows, logits, mean));
    must(attn_pooling_backward(model->context, tape, rows, time, width, mean, dstates));
}

void faithful_gradients(struct model *model, attn_tape *tape, const struct batch *batch,
                        const struct config *config, const float *states, float *dstates)
{
    const int64_t rows = batch->rows, time = batch->time, width = model->info.state_dim;
    if (config->undecided_weight > 0)
        undecided_gradients(model, tape, batch, config->undecided_weight, states, dstates);
    else
        memset(dstates, 0, (size_t)(rows * time * width) * sizeof *dstates);
    if (config->diversity_weight > 0)
        must(attn_conicity_loss(model->context, rows, time, width, states, batch->lengths,
                                (float)config->diversity_weight, NULL, dstates));
}
