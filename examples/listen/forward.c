/* forward.c - a batch through the layers, all letters of a text at once, and the gradients back.
 *
 * Below: B rows, F frames, J items of the memory, T steps, N steps of all texts together; E, D, S and W the widths of the encoder's
 * states, the memory, the speller's state and the last layer's input. */
#include <string.h>

#include "common/rows.h"
#include "guide.h"
#include "network.h"

/* ---- listen: the pyramid ---- */

/* One level of the pyramid: `time` steps and their lengths become fewer. */
static float *join(struct network *network, attn_tape *tape, int64_t level, int64_t rows, int64_t *time,
                   int64_t dim, const float *x, int32_t *lengths)
{
    const int64_t count = network->join[level], joined = (*time + count - 1) / count;
    float *y = take(&network->scratch, rows * joined * count * dim);
    must(attn_pyramid_forward(network->context, tape, rows, *time, dim, count, x, lengths, y, lengths));
    *time = joined;
    return y;
}

static float *encode(struct network *network, attn_tape *tape, const attn_gru *gru, int64_t rows,
                     int64_t time, const float *x, const int32_t *lengths)
{
    float *y = take(&network->scratch, rows * time * network->encoder);
    const attn_sequence in = {
        .struct_size = sizeof in, .batch = rows, .time = time, .lengths = lengths, .x = x};
    must(attn_gru_forward(gru, tape, &in, NULL, y, NULL));
    return y;
}

struct heard network_hear(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct scratch *scratch = &network->scratch;
    const int64_t rows = batch->rows, width = network->encoder;
    int64_t time = batch->time;
    scratch->taken = 0;
    int32_t *lengths = (int32_t *)take(scratch, rows);
    memcpy(lengths, batch->frames, (size_t)rows * sizeof *lengths);
    float *x = join(network, tape, 0, rows, &time, network->bands, batch->features, lengths);
    x = encode(network, tape, network->lower, rows, time, x, lengths);
    x = join(network, tape, 1, rows, &time, width, x, lengths);
    x = encode(network, tape, network->upper, rows, time, x, lengths);
    x = join(network, tape, 2, rows, &time, width, x, lengths);
    struct heard heard = {time, lengths, take(scratch, rows * time * network->memory)};
    must(attn_dense_forward(network->narrow, tape, rows * time, x, heard.memory));
    return heard;
}

/* dmemory [B, J, D] is the gradient of what was heard. */
static void hear_back(struct network *network, attn_tape *tape, const struct batch *batch,
                      const float *dmemory)
{
    struct scratch *scratch = &network->scratch;
    const int64_t rows = batch->rows, width = network->encoder, *count = network->join;
    const int64_t low = (batch->time + count[0] - 1) / count[0],
                  high = (low + count[1] - 1) / count[1]; /* steps of the GRUs */
    const int64_t items = (high + count[2] - 1) / count[2];
    float *dupper = take(scratch, rows * high * width),
          *djoined = take(scratch, rows * high * width * count[1]);
    float *dlower = take(scratch, rows * low * width);
    float *dtop = take(scratch, rows * items * width * count[2]);
    must(attn_dense_backward(network->narrow, tape, rows * items, dmemory, dtop));
    must(attn_pyramid_backward(network->context, tape, rows, high, width, count[2], dtop, dupper));
    const attn_sequence_gradients upper = {
        .struct_size = sizeof upper, .batch = rows, .time = high, .dx = djoined};
    must(attn_gru_backward(network->upper, tape, dupper, NULL, &upper, NULL));
    must(attn_pyramid_backward(network->context, tape, rows, low, width, count[1], djoined, dlower));
    const attn_sequence_gradients lower = {.struct_size = sizeof lower, .batch = rows, .time = low};
    must(attn_gru_backward(network->lower, tape, dlower, NULL, &lower, NULL)); /* below it nothing learns */
}

/* ---- attend ---- */

/* Row b's number of step t, in arrays [B, T, width] and [B, width]. */
static void pick_step(int64_t rows, int64_t steps, int64_t width, int64_t t, const float *from, float *to)
{
    copy_rows(rows, width, from + t * width, steps * width, to, width);
}

static void put_step(int64_t rows, int64_t steps, int64_t width, int64_t t, const float *from, float *to)
{
    copy_rows(rows, width, from, width, to + t * width, steps * width);
}

/* contexts [B, T, D + PLACE_DIM] and weights [B, T, J] of queries [B, T, S]: step after step, since each has to know where the
 * one before it listened. */
static void attend(struct network *network, attn_tape *tape, const struct batch *batch,
                   const struct heard *heard, const float *queries, float *weights, float *contexts)
{
    struct scratch *scratch = &network->scratch;
    const int64_t rows = batch->rows, steps = batch->steps, items = heard->items, dim = network->memory,
                  width = dim + PLACE_DIM;
    float *own = take(scratch, rows * items), *covered = take(scratch, rows * items),
          *context = take(scratch, rows * width);
    const int64_t kept = tape ? steps : 1; /* until backward places and queries must stay as they are */
    float *keys = take(scratch, rows * items * network->keys),
          *asked = take(scratch, kept * rows * network->state),
          *located = take(scratch, kept * rows * items * PLACE_DIM);
    int32_t *asks = (int32_t *)take(scratch, rows); /* 1 for the rows that have a step t, else 0 */
    must(attn_attention_keys_forward(network->attention, tape, rows, items, dim, heard->memory,
                                     heard->lengths, keys));
    memset(covered, 0, (size_t)(rows * items) * sizeof *covered);
    for (int64_t t = 0; t < steps; t++) {
        float *places = located + t % kept * rows * items * PLACE_DIM,
              *query = asked + t % kept * rows * network->state;
        for (int64_t b = 0; b < rows; b++)
            asks[b] = t < batch->steps_of[b];
        locate(rows, items, t ? own : NULL, covered, places);
        pick_step(rows, steps, network->state, t, queries, query);
        const attn_attention_step step = {.struct_size = sizeof step,
                                          .batch = rows,
                                          .items = items,
                                          .width = dim,
                                          .memory = heard->memory,
                                          .lengths = heard->lengths,
                                          .keys = keys,
                                          .moving = places,
                                          .query = query,
                                          .asks = asks};
        must(attn_attention_step_forward(network->attention, tape, &step, own, context));
        add_numbers(rows * items, own, covered);
        put_step(rows, steps, items, t, own, weights);
        put_step(rows, steps, width, t, context, contexts);
    }
}

/* dmemory [B, J, D], written, and dqueries [B, T, S], added to, from dcontexts [B, T, D + PLACE_DIM]. Where it listened is taken as
 * given: nothing is learned by having listened elsewhere before. */
static void attend_back(struct network *network, attn_tape *tape, const struct batch *batch,
                        const struct heard *heard, const float *dcontexts, float *dmemory, float *dqueries)
{
    struct scratch *scratch = &network->scratch;
    float *dweights = NULL; /* [B, T, J] */
    const int64_t items = heard->items, rows = batch->rows, steps = batch->steps, state = network->state,
                  dim = network->memory, width = dim + PLACE_DIM, keys = rows * items * network->keys;
    float *dcontext = take(scratch, rows * width), *dkeys = take(scratch, keys);
    float *dquery = take(scratch, rows * state), *dweight = take(scratch, rows * items);
    if (network->diagonal > 0 || network->silence > 0) {
        dweights = take(scratch, rows * steps * items);
        guide(batch, items, heard->lengths, network_span(network), network->diagonal, network->silence,
              dweights);
    }
    memset(dkeys, 0, (size_t)keys * sizeof *dkeys);
    memset(dmemory, 0, (size_t)(rows * items * dim) * sizeof *dmemory);
    for (int64_t t = steps - 1; t >= 0; t--) {
        pick_step(rows, steps, width, t, dcontexts, dcontext);
        if (dweights)
            pick_step(rows, steps, items, t, dweights, dweight);
        const attn_attention_step_gradients step = {.struct_size = sizeof step,
                                                    .batch = rows,
                                                    .items = items,
                                                    .width = dim,
                                                    .dweights = dweights ? dweight : NULL,
                                                    .dcontext = dcontext,
                                                    .dkeys = dkeys,
                                                    .dmemory = dmemory,
                                                    .dquery = dquery};
        must(attn_attention_step_backward(network->attention, tape, &step));
        for (int64_t b = 0; b < rows; b++)
            add_numbers(state, dquery + b * state, dqueries + (b * steps + t) * state);
    }
    must(attn_attention_keys_backward(network->attention, tape, rows, items, dim, dkeys, dmemory));
}

/* ---- and spell ---- */

/* States and contexts of the steps within their lengths, side by side and without padding, [N, S + D + PLACE_DIM]; and apart again,
 * where the padding is never read. */
static void move_steps(const struct network *network, const struct batch *batch, float *queries,
                       float *contexts, float *joined, bool back)
{
    const int64_t state = network->state, width = network->memory + PLACE_DIM;
    for (int64_t b = 0; b < batch->rows; b++) {
        const int64_t steps = batch->steps_of[b];
        if (back)
            part_rows(steps, state, queries, width, contexts, joined);
        else
            join_rows(steps, state, queries, width, contexts, joined);
        queries += batch->steps * state;
        contexts += batch->steps * width;
        joined += steps * (state + width);
    }
}

struct said {
    struct heard heard;
    double loss;    /* the mean of the letters */
    float *weights; /* [B, T, J] */
    float *logits;  /* [N, classes]; with a tape their gradient */
};

static struct said forward(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct scratch *scratch = &network->scratch;
    const int64_t rows = batch->rows, steps = batch->steps, tokens = batch->tokens;
    const int64_t state = network->state, width = network->memory + PLACE_DIM, output = network->output;
    const struct heard heard = network_hear(network, tape, batch);
    struct said said = {.heard = heard,
                        .weights = take(scratch, rows * steps * heard.items),
                        .logits = take(scratch, tokens * network->classes)};
    float *queries = take(scratch, rows * steps * state);    /* [B, T, S] */
    float *contexts = take(scratch, rows * steps * width);   /* [B, T, D + PLACE_DIM] */
    float *joined = take(scratch, tokens * (state + width)); /* [N, S + D + PLACE_DIM] */
    float *chosen = take(scratch, tokens * output), loss;    /* [N, W] */
    const attn_sequence text = {.struct_size = sizeof text,
                                .batch = rows,
                                .time = steps,
                                .lengths = batch->steps_of,
                                .embedding = network->letters,
                                .ids = batch->before};
    must(attn_gru_forward(network->speller, tape, &text, NULL, queries, NULL));
    attend(network, tape, batch, &heard, queries, said.weights, contexts);
    move_steps(network, batch, queries, contexts, joined, false);
    must(attn_dense_forward(network->combine, tape, tokens, joined, chosen));
    must(attn_dropout_forward(network->context, tape, tokens * output, chosen, network->dropout, chosen));
    must(attn_dense_forward(network->decision, tape, tokens, chosen, said.logits));
    const attn_cross_entropy_options smoothed = {.struct_size = sizeof smoothed,
                                                 .label_smoothing = tape ? network->smoothing : 0.0f};
    must(attn_cross_entropy(network->context, tokens, network->classes, said.logits, batch->labels, &smoothed,
                            &loss, NULL, NULL, tape ? said.logits : NULL));
    said.loss = (double)loss;
    return said;
}

double network_loss(struct network *network, const struct batch *batch)
{
    return forward(network, NULL, batch).loss;
}

const float *network_weights(struct network *network, const struct batch *batch, int64_t *items)
{
    const struct said said = forward(network, NULL, batch);
    *items = said.heard.items;
    return said.weights;
}

double network_gradients(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct scratch *scratch = &network->scratch;
    const int64_t rows = batch->rows, steps = batch->steps, tokens = batch->tokens;
    const int64_t state = network->state, width = network->memory + PLACE_DIM, output = network->output;
    const struct said said = forward(network, tape, batch);

    float *dchosen = take(scratch, tokens * output), *djoined = take(scratch, tokens * (state + width));
    must(attn_dense_backward(network->decision, tape, tokens, said.logits, dchosen));
    must(attn_dropout_backward(network->context, tape, tokens * output, dchosen, dchosen));
    must(attn_dense_backward(network->combine, tape, tokens, dchosen, djoined));

    float *dqueries = take(scratch, rows * steps * state), *dcontexts = take(scratch, rows * steps * width);
    float *dmemory = take(scratch, rows * said.heard.items * network->memory);
    memset(dqueries, 0, (size_t)(rows * steps * state) * sizeof *dqueries);
    move_steps(network, batch, dqueries, dcontexts, djoined, true);
    attend_back(network, tape, batch, &said.heard, dcontexts, dmemory, dqueries);
    const attn_sequence_gradients text = {.struct_size = sizeof text, .batch = rows, .time = steps};
    must(attn_gru_backward(network->speller, tape, dqueries, NULL, &text, NULL));
    hear_back(network, tape, batch, dmemory);
    return said.loss;
}
