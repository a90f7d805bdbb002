/* forward.c - a batch through the layers, all words of a caption at once, and the gradients back. */
#include "network.h"

#include "common/rows.h"

/* Below: B rows, J regions, T words; a vector has `hidden` numbers where nothing else is said. */

const float *network_see(struct network *network, attn_tape *tape, int64_t rows, const float *regions)
{
    struct scratch *scratch = &network->scratch;
    int64_t count = rows * REGIONS, hidden = network->hidden, width = network->memory_dim;
    scratch->taken = 0;
    float *sketch = take(scratch, count * hidden), *sight = take(scratch, count * hidden); /* [B, J] */
    float *memory = take(scratch, count * width); /* [B, J, memory_dim] */
    must(attn_dense_forward(network->sketcher, tape, count, regions, sketch));
    must(attn_dense_forward(network->seer, tape, count, sketch, sight));
    copy_rows(count, hidden, sight, hidden, memory, width);
    for (int64_t j = 0; j < count; j++)
        region_place(j % REGIONS, memory + j * width + hidden);
    return memory;
}

struct looked {
    float *query;   /* [B, T] */
    float *weights; /* [B, T, J], one number each */
    float *context; /* [B, T, memory_dim] */
};

/* From the words before each to where it looks. */
static struct looked look(struct network *network, attn_tape *tape, const struct batch *batch)
{
    int64_t steps = batch->rows * batch->time;
    const float *memory = network_see(network, tape, batch->rows, batch->regions);
    struct looked looked = {take(&network->scratch, steps * network->hidden),
                            take(&network->scratch, steps * REGIONS),
                            take(&network->scratch, steps * network->memory_dim)};
    const attn_sequence before = {.struct_size = sizeof before,
                                  .batch = batch->rows,
                                  .time = batch->time,
                                  .lengths = batch->lengths,
                                  .embedding = network->embedding,
                                  .ids = batch->before};
    must(attn_gru_forward(network->asker, tape, &before, NULL, looked.query, NULL));
    must(attn_attention_forward_queries(network->attention, tape, batch->rows, REGIONS, batch->time, memory,
                                        NULL, looked.query, batch->lengths, looked.weights, looked.context));
    return looked;
}

/* The mean loss; with `dlogits` its gradient, [B, T, classes]. */
static double forward(struct network *network, attn_tape *tape, const struct batch *batch, float **dlogits)
{
    struct scratch *scratch = &network->scratch;
    int64_t steps = batch->rows * batch->time, hidden = network->hidden, width = network->memory_dim;
    const struct looked looked = look(network, tape, batch);
    float *where = take(scratch, steps * (hidden + PLACE_DIM)), *told = take(scratch, steps * hidden);
    copy_rows(steps, hidden, looked.query, hidden, where, hidden + PLACE_DIM);
    copy_rows(steps, PLACE_DIM, looked.context + hidden, width, where + hidden, hidden + PLACE_DIM);
    const attn_sequence told_from = {.struct_size = sizeof told_from,
                                     .batch = batch->rows,
                                     .time = batch->time,
                                     .lengths = batch->lengths,
                                     .x = where};
    must(attn_gru_forward(network->teller, tape, &told_from, NULL, told, NULL));

    float *joined = take(scratch, steps * (hidden + width)), *choice = take(scratch, steps * hidden);
    float *logits = take(scratch, steps * network->classes), loss;
    join_rows(steps, hidden, told, width, looked.context, joined);
    must(attn_dense_forward(network->chooser, tape, steps, joined, choice));
    must(attn_dense_forward(network->decision, tape, steps, choice, logits));
    const attn_cross_entropy_options unpadded = {
        .struct_size = sizeof unpadded, .ignore = 1, .ignore_label = ATTN_PAD_ID};
    must(attn_cross_entropy(network->context, steps, network->classes, logits, batch->words, &unpadded, &loss,
                            NULL, NULL, dlogits ? logits : NULL));
    if (dlogits)
        *dlogits = logits;
    return (double)loss;
}

double network_loss(struct network *network, const struct batch *batch)
{
    return forward(network, NULL, batch, NULL);
}

const float *network_weights(struct network *network, const struct batch *batch)
{
    return look(network, NULL, batch).weights;
}

double network_gradients(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct scratch *scratch = &network->scratch;
    int64_t steps = batch->rows * batch->time, regions = batch->rows * REGIONS;
    int64_t hidden = network->hidden, width = network->memory_dim;
    float *dlogits;
    double loss = forward(network, tape, batch, &dlogits);

    /* From the words to query and context. */
    float *dchoice = take(scratch, steps * hidden), *djoined = take(scratch, steps * (hidden + width));
    float *dtold = take(scratch, steps * hidden), *dcontext = take(scratch, steps * width);
    float *dwhere = take(scratch, steps * (hidden + PLACE_DIM)), *dquery = take(scratch, steps * hidden);
    must(attn_dense_backward(network->decision, tape, steps, dlogits, dchoice));
    must(attn_dense_backward(network->chooser, tape, steps, dchoice, djoined));
    part_rows(steps, hidden, dtold, width, dcontext, djoined);
    const attn_sequence_gradients dtold_from = {
        .struct_size = sizeof dtold_from, .batch = batch->rows, .time = batch->time, .dx = dwhere};
    must(attn_gru_backward(network->teller, tape, dtold, NULL, &dtold_from, NULL));
    copy_rows(steps, hidden, dwhere, hidden + PLACE_DIM, dquery, hidden);
    for (int64_t i = 0; i < steps; i++)
        add_numbers(PLACE_DIM, dwhere + i * (hidden + PLACE_DIM) + hidden, dcontext + i * width + hidden);

    /* From there on down: what was asked, and what the regions show. Places are not learned. */
    float *dasked = take(scratch, steps * hidden), *dmemory = take(scratch, regions * width);
    float *dsketch = take(scratch, regions * hidden), *dsight = take(scratch, regions * hidden);
    must(attn_attention_backward(network->attention, tape, batch->rows, REGIONS, batch->time, NULL, dcontext,
                                 dmemory, dasked));
    add_numbers(steps * hidden, dasked, dquery);
    const attn_sequence_gradients dbefore = {
        .struct_size = sizeof dbefore, .batch = batch->rows, .time = batch->time};
    must(attn_gru_backward(network->asker, tape, dquery, NULL, &dbefore, NULL));
    copy_rows(regions, hidden, dmemory, width, dsight, hidden);
    must(attn_dense_backward(network->seer, tape, regions, dsight, dsketch));
    must(attn_dense_backward(network->sketcher, tape, regions, dsketch, NULL));
    return loss;
}
