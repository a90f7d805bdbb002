/* forward.c - a batch through the layers, all words of a caption at once, and the gradients back. */
#include <string.h>

#include "network.h"

/* Copy `width` numbers a row, of rows that lie `from_stride` and `to_stride` apart. */
static void copy_rows(int64_t rows, int64_t width, const float *from, int64_t from_stride, float *to,
                      int64_t to_stride)
{
    for (int64_t i = 0; i < rows; i++)
        memcpy(to + i * to_stride, from + i * from_stride, (size_t)width * sizeof *to);
}

/* Between [rows, time] and the words within the lengths, one after the other: gather reads all, scatter writes it. */
static int64_t gather(const struct batch *batch, int64_t width, const float *all, float *kept)
{
    int64_t count = 0;
    for (int64_t b = 0; b < batch->rows; b++) {
        copy_rows(batch->lengths[b], width, all + b * batch->time * width, width, kept + count * width,
                  width);
        count += batch->lengths[b];
    }
    return count;
}

static void scatter(const struct batch *batch, int64_t width, const float *kept, float *all)
{
    int64_t count = 0;
    for (int64_t b = 0; b < batch->rows; b++) {
        copy_rows(batch->lengths[b], width, kept + count * width, width, all + b * batch->time * width,
                  width);
        count += batch->lengths[b];
    }
}

static void gather_labels(struct workspace *w, const struct batch *batch)
{
    int64_t count = 0;
    w->labels = grow(w->labels, batch->rows * batch->time, &w->label_capacity, sizeof *w->labels);
    for (int64_t b = 0; b < batch->rows; b++) {
        memcpy(w->labels + count, batch->words + b * batch->time,
               (size_t)batch->lengths[b] * sizeof *w->labels);
        count += batch->lengths[b];
    }
}

const float *network_see(struct network *network, attn_tape *tape, int64_t rows, const float *regions)
{
    struct workspace *w = &network->workspace;
    int64_t size = rows * REGIONS * network->config.hidden;
    float *sketch = reserve(&w->sketch, size), *memory = reserve(&w->memory, size);
    must(attn_dense_forward(network->sketcher, tape, rows * REGIONS, regions, sketch));
    must(attn_dense_forward(network->seer, tape, rows * REGIONS, sketch, memory));
    return memory;
}

/* From the words before each to its context and weights. */
static void attend(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct workspace *w = &network->workspace;
    int64_t steps = batch->rows * batch->time, hidden = network->config.hidden;
    const float *memory = network_see(network, tape, batch->rows, batch->regions);
    float *query = reserve(&w->query, steps * hidden), *context = reserve(&w->context, steps * hidden);
    float *weights = reserve(&w->weights, steps * REGIONS);
    must(attn_gru_forward_ids(network->asker, tape, network->embedding, batch->rows, batch->time,
                              batch->before, batch->lengths, NULL, query, NULL));
    must(attn_attention_forward_queries(network->attention, tape, batch->rows, REGIONS, memory, NULL,
                                        batch->time, query, batch->lengths, weights, context));
}

static double forward(struct network *network, attn_tape *tape, const struct batch *batch, float *dlogits)
{
    struct workspace *w = &network->workspace;
    int64_t steps = batch->rows * batch->time, hidden = network->config.hidden;
    attend(network, tape, batch);
    float *joined = reserve(&w->joined, steps * 2 * hidden), *told = reserve(&w->told, steps * hidden);
    copy_rows(steps, hidden, w->query.values, hidden, joined, 2 * hidden);
    copy_rows(steps, hidden, w->context.values, hidden, joined + hidden, 2 * hidden);
    must(attn_gru_forward(network->teller, tape, batch->rows, batch->time, joined, batch->lengths, NULL, told,
                          NULL));

    float *kept = reserve(&w->kept, steps * hidden), *logits = reserve(&w->logits, steps * network->classes),
          loss;
    int64_t count = gather(batch, hidden, told, kept);
    gather_labels(w, batch);
    must(attn_dense_forward(network->decision, tape, count, kept, logits));
    must(attn_softmax_cross_entropy(count, network->classes, logits, w->labels, &loss, NULL, dlogits));
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

static void backward(struct network *network, attn_tape *tape, const struct batch *batch,
                     const float *dlogits)
{
    struct workspace *w = &network->workspace;
    int64_t steps = batch->rows * batch->time, hidden = network->config.hidden;
    float *dkept = reserve(&w->dkept, steps * hidden), *dtold = reserve(&w->dtold, steps * hidden);
    float *djoined = reserve(&w->djoined, steps * 2 * hidden),
          *dcontext = reserve(&w->dcontext, steps * hidden);
    float *dasked = reserve(&w->dasked, steps * hidden), *dquery = reserve(&w->dquery, steps * hidden);
    float *dmemory = reserve(&w->dmemory, batch->rows * REGIONS * hidden);
    float *dsketch = reserve(&w->dsketch, batch->rows * REGIONS * hidden);

    must(attn_dense_backward(network->decision, tape, dlogits, dkept));
    scatter(batch, hidden, dkept, dtold);
    must(attn_gru_backward(network->teller, tape, dtold, NULL, djoined, NULL));
    copy_rows(steps, hidden, djoined, 2 * hidden, dquery, hidden);
    copy_rows(steps, hidden, djoined + hidden, 2 * hidden, dcontext, hidden);
    must(attn_attention_backward(network->attention, tape, NULL, dcontext, dmemory, dasked));
    for (int64_t i = 0; i < steps * hidden; i++)
        dquery[i] += dasked[i];
    must(attn_gru_backward(network->asker, tape, dquery, NULL, NULL, NULL));
    must(attn_dense_backward(network->seer, tape, dmemory, dsketch));
    must(attn_dense_backward(network->sketcher, tape, dsketch, NULL));
}

double network_gradients(struct network *network, attn_tape *tape, const struct batch *batch, int64_t step)
{
    struct workspace *w = &network->workspace;
    float *dlogits = reserve(&w->logits, batch->rows * batch->time * network->classes);
    must(attn_params_zero_grad(network->params));
    must(attn_tape_begin(tape, step));
    double loss = forward(network, tape, batch, dlogits);
    backward(network, tape, batch, dlogits);
    return loss;
}
