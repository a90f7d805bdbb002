/* forward.c - a batch through the layers, and the gradients back.
 *
 * Below: B rows, T and J words of the longest passage and question, K spellings; E, S and W the widths of a word's vector, of what its
 * pieces tell, and of the states. */
#include <math.h>
#include <string.h>

#include "common/rows.h"
#include "flow.h"

#define LEAST 1e-30 /* probability that a logarithm is taken of */

/* ---- words ----------------------------------------------------------------------------------------------- */

static int64_t input_width(const struct network *network)
{
    return network->emb + network->spelt + MARKS;
}

static float *look_up(struct network *network, attn_tape *tape, int64_t rows, const struct side *side)
{
    float *vectors = take(&network->scratch, rows * side->time * network->emb);
    must(attn_embedding_forward(network->vectors, tape, rows, side->time, side->ids, side->lengths, vectors));
    return vectors;
}

/* [K, S]: the mean of each spelling's pieces. */
static float *spell(struct network *network, attn_tape *tape, const struct batch *batch)
{
    const int64_t width = network->spelt;
    float *pieces = take(&network->scratch, batch->spellings * batch->longest * width),
          *spelt = take(&network->scratch, batch->spellings * width);
    must(attn_embedding_forward(network->pieces, tape, batch->spellings, batch->longest, batch->pieces,
                                batch->piece_counts, pieces));
    must(attn_pooling_forward(network->context, tape, batch->spellings, batch->longest, width, pieces,
                              batch->piece_counts, ATTN_POOLING_MEAN, spelt));
    return spelt;
}

/* The states [B, time, W] of one side. */
static float *encode(struct network *network, attn_tape *tape, int64_t rows, const struct side *side,
                     const float *vectors, const float *spelt)
{
    const int64_t words = rows * side->time, emb = network->emb, width = network->spelt,
                  input = input_width(network);
    float *x = take(&network->scratch, words * input),
          *states = take(&network->scratch, words * network->width);
    copy_rows(words, emb, vectors, emb, x, input);
    for (int64_t i = 0; i < words; i++)
        memcpy(x + i * input + emb, spelt + side->spelt[i] * width, (size_t)width * sizeof *x);
    copy_rows(words, MARKS, side->marks, MARKS, x + emb + width, input);
    must(attn_dropout_forward(network->context, tape, words * input, x, network->dropout, x));
    const attn_sequence in = {
        .struct_size = sizeof in, .batch = rows, .time = side->time, .lengths = side->lengths, .x = x};
    must(attn_gru_forward(network->encoder, tape, &in, NULL, states, NULL));
    return states;
}

/* To dvectors [B, time, E], written, and dspelt [K, S], added to. */
static float *encode_back(struct network *network, attn_tape *tape, int64_t rows, const struct side *side,
                          const float *dstates, float *dspelt)
{
    const int64_t words = rows * side->time, emb = network->emb, input = input_width(network);
    float *dx = take(&network->scratch, words * input), *dvectors = take(&network->scratch, words * emb);
    const attn_sequence_gradients out = {
        .struct_size = sizeof out, .batch = rows, .time = side->time, .dx = dx};
    must(attn_gru_backward(network->encoder, tape, dstates, NULL, &out, NULL));
    must(attn_dropout_backward(network->context, tape, words * input, dx, dx));
    copy_rows(words, emb, dx, input, dvectors, emb);
    for (int64_t i = 0; i < words; i++)
        add_numbers(network->spelt, dx + i * input + emb, dspelt + side->spelt[i] * network->spelt);
    return dvectors;
}

static void words_back(struct network *network, attn_tape *tape, const struct batch *batch, float *dspelt,
                       const float *dpassage, const float *dquestion)
{
    float *dpieces = take(&network->scratch, batch->spellings * batch->longest * network->spelt);
    must(attn_pooling_backward(network->context, tape, batch->spellings, batch->longest, network->spelt,
                               dspelt, dpieces));
    must(attn_embedding_backward(network->pieces, tape, batch->spellings, batch->longest, dpieces));
    must(attn_embedding_backward(network->vectors, tape, batch->rows, batch->question.time, dquestion));
    must(attn_embedding_backward(network->vectors, tape, batch->rows, batch->passage.time, dpassage));
}

/* ---- the modelling layer --------------------------------------------------------------------------------- */

static float *model(struct network *network, attn_tape *tape, const struct batch *batch, const float *joined)
{
    const struct side *read = &batch->passage;
    const int64_t words = batch->rows * read->time, width = network->width;
    float *narrow = take(&network->scratch, words * width), *states = take(&network->scratch, words * width);
    must(attn_dense_forward(network->narrow, tape, words, joined, narrow));
    must(attn_dropout_forward(network->context, tape, words * width, narrow, network->dropout, narrow));
    const attn_sequence in = {.struct_size = sizeof in,
                              .batch = batch->rows,
                              .time = read->time,
                              .lengths = read->lengths,
                              .x = narrow};
    must(attn_gru_forward(network->modeller, tape, &in, NULL, states, NULL));
    return states;
}

static float *model_back(struct network *network, attn_tape *tape, const struct batch *batch,
                         const float *dstates)
{
    const int64_t words = batch->rows * batch->passage.time, width = network->width;
    float *dnarrow = take(&network->scratch, words * width),
          *djoined = take(&network->scratch, words * 4 * width);
    const attn_sequence_gradients out = {
        .struct_size = sizeof out, .batch = batch->rows, .time = batch->passage.time, .dx = dnarrow};
    must(attn_gru_backward(network->modeller, tape, dstates, NULL, &out, NULL));
    must(attn_dropout_backward(network->context, tape, words * width, dnarrow, dnarrow));
    must(attn_dense_backward(network->narrow, tape, words, dnarrow, djoined));
    return djoined;
}

/* ---- pointers -------------------------------------------------------------------------------------------- */

/* The loss of a row, -log sum_k begins[b_k] ends[e_k] over the answer's places; and with dbegins and dends, which are 0, its gradients
 * times `scale`. */
static double row_loss(const struct span *spans, int64_t count, const float *begins, const float *ends,
                       double scale, float *dbegins, float *dends)
{
    double sum = 0;
    for (int64_t k = 0; k < count; k++)
        sum += (double)begins[spans[k].begin] * (double)ends[spans[k].end];
    for (int64_t k = 0; k < count && dbegins && sum > LEAST; k++) {
        dbegins[spans[k].begin] -= (float)(scale * (double)ends[spans[k].end] / sum);
        dends[spans[k].end] -= (float)(scale * (double)begins[spans[k].begin] / sum);
    }
    return -log(fmax(sum, LEAST));
}

/* The mean loss of the rows that have places; dbegins and dends [B, T] are written, or both NULL. */
static void measure_loss(const struct batch *batch, struct pointed *pointed, float *dbegins, float *dends)
{
    const int64_t rows = batch->rows, time = batch->passage.time;
    for (int64_t b = 0; b < rows; b++)
        pointed->learned += batch->span_counts[b] > 0;
    if (dbegins) {
        memset(dbegins, 0, (size_t)(rows * time) * sizeof *dbegins);
        memset(dends, 0, (size_t)(rows * time) * sizeof *dends);
    }
    for (int64_t b = 0; b < rows; b++) {
        if (batch->span_counts[b])
            pointed->loss += row_loss(batch->spans[b], batch->span_counts[b], pointed->begins + b * time,
                                      pointed->ends + b * time, 1.0 / (double)pointed->learned,
                                      dbegins ? dbegins + b * time : NULL, dends ? dends + b * time : NULL) /
                             (double)pointed->learned;
    }
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

struct pass {
    struct flow flow;
    struct pointed pointed;
};

static struct pass forward(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct scratch *scratch = &network->scratch;
    const struct side *read = &batch->passage, *asked = &batch->question;
    const int64_t rows = batch->rows, width = network->width;
    struct pass pass = {0};
    scratch->taken = 0;
    const float *passage_vectors = look_up(network, tape, rows, read),
                *question_vectors = look_up(network, tape, rows, asked), *spelt = spell(network, tape, batch);
    const float *passage = encode(network, tape, rows, read, passage_vectors, spelt),
                *question = encode(network, tape, rows, asked, question_vectors, spelt), *states = passage;
    float *summary = take(scratch, rows * asked->time), *asking = take(scratch, rows * width);
    must(attn_attention_forward(network->summary, tape, rows, asked->time, question, asked->lengths, summary,
                                asking));
    if (network->flow) {
        pass.flow = flow_forward(network, tape, batch, passage, question);
        states = model(network, tape, batch, pass.flow.joined);
    }
    float *begins = take(scratch, rows * read->time), *ends = take(scratch, rows * read->time);
    float *begun = take(scratch, rows * width), *further = take(scratch, rows * 2 * width);
    must(attn_attention_forward_queries(network->begin, tape, rows, read->time, 1, states, read->lengths,
                                        asking, NULL, begins, begun));
    join_rows(rows, width, asking, width, begun, further);
    must(attn_attention_forward_queries(network->end, tape, rows, read->time, 1, states, read->lengths,
                                        further, NULL, ends, NULL));
    pass.pointed =
        (struct pointed){.begins = begins, .ends = ends, .flow = pass.flow.weights, .summary = summary};
    return pass;
}

static void backward(struct network *network, attn_tape *tape, const struct batch *batch,
                     const struct pass *pass, const float *dbegins, const float *dends)
{
    struct scratch *scratch = &network->scratch;
    const struct side *read = &batch->passage, *asked = &batch->question;
    const int64_t rows = batch->rows, width = network->width, words = rows * read->time;
    float *dstates = take(scratch, words * width), *dother = take(scratch, words * width);
    float *dfurther = take(scratch, rows * 2 * width), *dasking = take(scratch, rows * width),
          *dbegun = take(scratch, rows * width), *dalso = take(scratch, rows * width);
    must(attn_attention_backward(network->end, tape, rows, read->time, 1, dends, NULL, dstates, dfurther));
    part_rows(rows, width, dasking, width, dbegun, dfurther);
    must(attn_attention_backward(network->begin, tape, rows, read->time, 1, dbegins, dbegun, dother, dalso));
    add_numbers(words * width, dother, dstates);
    add_numbers(rows * width, dalso, dasking);

    float *dpassage = dstates, *dquestion = take(scratch, rows * asked->time * width);
    float *dsummed = take(scratch, rows * asked->time * width);
    memset(dquestion, 0, (size_t)(rows * asked->time * width) * sizeof *dquestion);
    if (network->flow) {
        const float *djoined = model_back(network, tape, batch, dstates);
        dpassage = take(scratch, words * width);
        flow_backward(network, tape, batch, &pass->flow, djoined, dpassage, dquestion);
    }
    must(attn_attention_backward(network->summary, tape, rows, asked->time, 1, NULL, dasking, dsummed, NULL));
    add_numbers(rows * asked->time * width, dsummed, dquestion);

    float *dspelt = take(scratch, batch->spellings * network->spelt);
    memset(dspelt, 0, (size_t)(batch->spellings * network->spelt) * sizeof *dspelt);
    const float *dasked = encode_back(network, tape, rows, asked, dquestion, dspelt),
                *dread = encode_back(network, tape, rows, read, dpassage, dspelt);
    words_back(network, tape, batch, dspelt, dread, dasked);
}

struct pointed network_point(struct network *network, const struct batch *batch)
{
    struct pass pass = forward(network, NULL, batch);
    measure_loss(batch, &pass.pointed, NULL, NULL);
    return pass.pointed;
}

struct pointed network_gradients(struct network *network, attn_tape *tape, const struct batch *batch)
{
    struct pass pass = forward(network, tape, batch);
    float *dbegins = take(&network->scratch, batch->rows * batch->passage.time),
          *dends = take(&network->scratch, batch->rows * batch->passage.time);
    measure_loss(batch, &pass.pointed, dbegins, dends);
    backward(network, tape, batch, &pass, dbegins, dends);
    return pass.pointed;
}
