/* flow.c - two calls of attention, and products of what they give. */
#include "flow.h"

#include "common/rows.h"

struct flow flow_forward(struct network *network, attn_tape *tape, const struct batch *batch,
                         const float *passage, const float *question)
{
    struct scratch *scratch = &network->scratch;
    const struct side *read = &batch->passage, *asked = &batch->question;
    const int64_t rows = batch->rows, width = network->width, words = rows * read->time,
                  asking = rows * asked->time;
    struct flow flow = {.passage = passage,
                        .question = question,
                        .met = take(scratch, words * 2 * width),
                        .weights = take(scratch, words * asked->time),
                        .joined = take(scratch, words * 4 * width)};
    float *seen = take(scratch, asking * width), *both = take(scratch, asking * 2 * width);
    must(attn_attention_forward_queries(network->back, tape, rows, read->time, asked->time, passage,
                                        read->lengths, question, asked->lengths, NULL, seen));
    join_rows(asking, width, question, width, seen, both);
    must(attn_attention_forward_queries(network->flow, tape, rows, asked->time, read->time, both,
                                        asked->lengths, passage, read->lengths, flow.weights, flow.met));
    for (int64_t i = 0; i < words; i++) {
        const float *h = passage + i * width, *u = flow.met + i * 2 * width, *v = u + width;
        float *joined = flow.joined + i * 4 * width;
        for (int64_t d = 0; d < width; d++) {
            joined[d] = h[d];
            joined[width + d] = u[d];
            joined[2 * width + d] = h[d] * u[d];
            joined[3 * width + d] = h[d] * v[d];
        }
    }
    return flow;
}

void flow_backward(struct network *network, attn_tape *tape, const struct batch *batch,
                   const struct flow *flow, const float *djoined, float *dpassage, float *dquestion)
{
    struct scratch *scratch = &network->scratch;
    const struct side *read = &batch->passage, *asked = &batch->question;
    const int64_t rows = batch->rows, width = network->width, words = rows * read->time,
                  asking = rows * asked->time;
    float *dmet = take(scratch, words * 2 * width), *dboth = take(scratch, asking * 2 * width);
    float *dseen = take(scratch, asking * width), *dother = take(scratch, words * width),
          *dasking = take(scratch, asking * width);
    for (int64_t i = 0; i < words; i++) {
        const float *h = flow->passage + i * width, *u = flow->met + i * 2 * width, *v = u + width;
        const float *d0 = djoined + i * 4 * width, *du = d0 + width, *dhu = du + width, *dhv = dhu + width;
        float *dh = dpassage + i * width, *dm = dmet + i * 2 * width;
        for (int64_t d = 0; d < width; d++) {
            dh[d] = d0[d] + dhu[d] * u[d] + dhv[d] * v[d];
            dm[d] = du[d] + dhu[d] * h[d];
            dm[width + d] = dhv[d] * h[d];
        }
    }
    must(attn_attention_backward(network->flow, tape, rows, asked->time, read->time, NULL, dmet, dboth,
                                 dother));
    add_numbers(words * width, dother, dpassage);
    part_rows(asking, width, dquestion, width, dseen, dboth);
    must(attn_attention_backward(network->back, tape, rows, read->time, asked->time, NULL, dseen, dother,
                                 dasking));
    add_numbers(words * width, dother, dpassage);
    add_numbers(asking * width, dasking, dquestion);
}
