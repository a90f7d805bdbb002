/* forward.c - a batch through the layers, all words of a caption at once, and the gradients back. */
#include "network.h"

#include "common/rows.h"

const float *network_see(struct network *network, attn_tape *tape, int64_t rows, const float *regions)
{
    struct workspace *w = &network->workspace;
    int64_t count = rows * REGIONS, hidden = network->hidden, width = network->memory_dim;
    float *sketch = reserve(&w->sketch, count * hidden), *sight = reserve(&w->sight, count * hidden);
    float *memory = reserve(&w->memory, count * width);
    must(attn_dense_forward(network->sketcher, tape, count, regions, sketch));
    must(attn_dense_forward(network->seer, tape, count, sketch, sight));
    copy_rows(count, hidden, sight, hidden, memory, width);
    for (int64_t j = 0; j < count; j++)
        region_place(j % REGIONS, memory + j * width + hidden);
    return memory;
}

/* From the words before each to its query, weights and context. */
static void attend(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct workspace *w = &network->workspace;
    int64_t steps = batch->rows * batch->time;
    const float *memory = network_see(network, tape, batch->rows, batch->regions);
    float *query = reserve(&w->query, steps * network->hidden),
          *weights = reserve(&w->weights, steps * REGIONS);
    float *context = reserve(&w->context, steps * network->memory_dim);
    const attn_sequence before = {.struct_size = sizeof before,
                                  .batch = batch->rows,
                                  .time = batch->time,
                                  .lengths = batch->lengths,
                                  .embedding = network->embedding,
                                  .ids = batch->before};
    must(attn_gru_forward(network->asker, tape, &before, NULL, query, NULL));
    must(attn_attention_forward_queries(network->attention, tape, batch->rows, REGIONS, batch->time, memory,
                                        NULL, query, batch->lengths, weights, context));
}

static double forward(struct network *network, attn_tape *tape, const struct batch *batch, float *dlogits)
{
    struct workspace *w = &network->workspace;
    int64_t steps = batch->rows * batch->time;
    int64_t hidden = network->hidden, width = network->memory_dim;
    attend(network, tape, batch);
    float *where = reserve(&w->where, steps * (hidden + PLACE_DIM)),
          *told = reserve(&w->told, steps * hidden);
    copy_rows(steps, hidden, w->query.values, hidden, where, hidden + PLACE_DIM);
    copy_rows(steps, PLACE_DIM, w->context.values + hidden, width, where + hidden, hidden + PLACE_DIM);
    const attn_sequence told_from = {.struct_size = sizeof told_from,
                                     .batch = batch->rows,
                                     .time = batch->time,
                                     .lengths = batch->lengths,
                                     .x = where};
    must(attn_gru_forward(network->teller, tape, &told_from, NULL, told, NULL));

    float *joined = reserve(&w->joined, steps * (hidden + width)),
          *choice = reserve(&w->choice, steps * hidden);
    float *logits = reserve(&w->logits, steps * network->classes), loss;
    join_rows(steps, hidden, told, width, w->context.values, joined);
    must(attn_dense_forward(network->chooser, tape, steps, joined, choice));
    must(attn_dense_forward(network->decision, tape, steps, choice, logits));
    const attn_cross_entropy_options unpadded = {
        .struct_size = sizeof unpadded, .ignore = 1, .ignore_label = ATTN_PAD_ID};
    must(attn_cross_entropy(network->context, steps, network->classes, logits, batch->words, &unpadded, &loss,
                            NULL, NULL, dlogits));
    return loss;
}

double network_loss(struct network *network, const struct batch *batch)
{
    return forward(network, NULL, batch, NULL);
}

const float *network_weights(struct network *network, const struct batch *batch)
{
    attend(network, NULL, batch);
    return network->workspace.weights.values;
}

/* The gradients of query and context, from those of the words. */
static void backward_words(struct network *network, attn_tape *tape, const struct batch *batch,
                           const float *dlogits)
{
    struct workspace *w = &network->workspace;
    int64_t steps = batch->rows * batch->time;
    int64_t hidden = network->hidden, width = network->memory_dim;
    float *dchoice = reserve(&w->dchoice, steps * hidden),
          *djoined = reserve(&w->djoined, steps * (hidden + width));
    float *dtold = reserve(&w->dtold, steps * hidden), *dcontext = reserve(&w->dcontext, steps * width);
    float *dwhere = reserve(&w->dwhere, steps * (hidden + PLACE_DIM)),
          *dquery = reserve(&w->dquery, steps * hidden);

    must(attn_dense_backward(network->decision, tape, steps, dlogits, dchoice));
    must(attn_dense_backward(network->chooser, tape, steps, dchoice, djoined));
    part_rows(steps, hidden, dtold, width, dcontext, djoined);
    const attn_sequence_gradients dtold_from = {
        .struct_size = sizeof dtold_from, .batch = batch->rows, .time = batch->time, .dx = dwhere};
    must(attn_gru_backward(network->teller, tape, dtold, NULL, &dtold_from, NULL));
    copy_rows(steps, hidden, dwhere, hidden + PLACE_DIM, dquery, hidden);
    for (int64_t i = 0; i < steps * PLACE_DIM; i++)
        dcontext[i / PLACE_DIM * width + hidden + i % PLACE_DIM] +=
            dwhere[i / PLACE_DIM * (hidden + PLACE_DIM) + hidden + i % PLACE_DIM];
}

/* From there on down: what was asked, and what the regions show. Places are not learned. */
static void backward_sight(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct workspace *w = &network->workspace;
    int64_t steps = batch->rows * batch->time, regions = batch->rows * REGIONS;
    int64_t hidden = network->hidden, width = network->memory_dim;
    float *dasked = reserve(&w->dasked, steps * hidden), *dquery = w->dquery.values;
    float *dmemory = reserve(&w->dmemory, regions * width);
    float *dsketch = reserve(&w->dsketch, regions * hidden), *dsight = reserve(&w->dsight, regions * hidden);

    must(attn_attention_backward(network->attention, tape, batch->rows, REGIONS, batch->time, NULL,
                                 w->dcontext.values, dmemory, dasked));
    add_numbers(steps * hidden, dasked, dquery);
    const attn_sequence_gradients dbefore = {
        .struct_size = sizeof dbefore, .batch = batch->rows, .time = batch->time};
    must(attn_gru_backward(network->asker, tape, dquery, NULL, &dbefore, NULL));
    copy_rows(regions, hidden, dmemory, width, dsight, hidden);
    must(attn_dense_backward(network->seer, tape, regions, dsight, dsketch));
    must(attn_dense_backward(network->sketcher, tape, regions, dsketch, NULL));
}

double network_gradients(struct network *network, attn_tape *tape, const struct batch *batch, int64_t step)
{
    struct workspace *w = &network->workspace;
    float *dlogits = reserve(&w->logits, batch->rows * batch->time * network->classes);
    must(attn_params_zero_grad(network->params));
    must(attn_tape_begin(tape, step));
    double loss = forward(network, tape, batch, dlogits);
    backward_words(network, tape, batch, dlogits);
    backward_sight(network, tape, batch);
    return loss;
}
