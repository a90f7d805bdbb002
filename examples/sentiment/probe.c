/* probe.c - the network's answers: about fewer words, about other weights, about gradients. */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

static int64_t width_of(const struct probe *probe)
{
    return probe->network->width;
}

struct probe probe_create(struct network *network)
{
    struct probe probe = {.network = network};
    attn_tape_options options = ATTN_TAPE_OPTIONS_INIT;
    options.mode = ATTN_TAPE_GRADIENT;
    must(attn_tape_create(network->context, &options, &probe.tape));
    float *nothing = allocate(width_of(&probe), sizeof *nothing);
    must(attn_dense_forward(network->decision, NULL, 1, nothing, reserve(&probe.bias, network->classes)));
    free(nothing);
    return probe;
}

void probe_destroy(struct probe *probe)
{
    struct floats *all[] = {&probe->states, &probe->weights, &probe->probabilities, &probe->parts,
                            &probe->erased, &probe->logits,  &probe->contexts,      &probe->read,
                            &probe->x,      &probe->dx,      &probe->dstates,       &probe->bias};
    for (int64_t i = 0; i < COUNT(all); i++)
        free(all[i]->values);
    batch_free(&probe->copies);
    attn_tape_destroy(&probe->tape);
}

void probe_read(struct probe *probe, const struct batch *batch)
{
    struct network *network = probe->network;
    const int64_t tokens = batch->rows * batch->time, numbers = tokens * width_of(probe),
                  classes = network->classes;
    probe->batch = batch;
    struct outcome outcome = network_predict(network, batch);
    memcpy(reserve(&probe->states, numbers), network->workspace.states.values,
           (size_t)numbers * sizeof(float));
    memcpy(reserve(&probe->weights, tokens), outcome.weights, (size_t)tokens * sizeof(float));
    memcpy(reserve(&probe->probabilities, batch->rows * classes), outcome.probabilities,
           (size_t)(batch->rows * classes) * sizeof(float));
    float *parts = reserve(&probe->parts, tokens * classes);
    must(attn_dense_forward(network->decision, NULL, tokens, probe->states.values, parts));
    for (int64_t i = 0; i < tokens * classes; i++)
        parts[i] -= probe->bias.values[i % classes];
}

/* ---- fewer words ----------------------------------------------------------------------------------------- */

attn_status probe_leave_out(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                            float *outputs)
{
    struct probe *probe = user;
    const int64_t classes = probe->network->classes;
    batch_copy_rows(&probe->copies, probe->batch, count, rows, keep);
    struct outcome outcome = network_predict(probe->network, &probe->copies);
    memcpy(outputs, outcome.probabilities, (size_t)(count * classes) * sizeof *outputs);
    return ATTN_OK;
}

/* ---- other weights --------------------------------------------------------------------------------------- */

static void mix_parts(struct probe *probe, int64_t count, const int32_t *rows, const float *weights,
                      float *logits)
{
    const int64_t time = probe->batch->time, classes = probe->network->classes;
    for (int64_t i = 0; i < count; i++, weights += time) {
        const float *parts = probe->parts.values + rows[i] * time * classes;
        for (int64_t k = 0; k < classes; k++) {
            double sum = probe->bias.values[k];
            for (int64_t t = 0; t < probe->batch->lengths[rows[i]]; t++)
                sum += (double)weights[t] * (double)parts[t * classes + k];
            logits[i * classes + k] = (float)sum;
        }
    }
}

/* The attention GRU over each copy's states. */
static void read_again(struct probe *probe, int64_t count, const int32_t *rows, const float *weights,
                       float *logits)
{
    const struct batch *batch = probe->batch;
    const int64_t width = width_of(probe), numbers = batch->time * width;
    float *states = reserve(&probe->read, count * numbers),
          *contexts = reserve(&probe->contexts, count * width);
    int32_t *lengths = allocate(count, sizeof *lengths);
    for (int64_t i = 0; i < count; i++) {
        memcpy(states + i * numbers, probe->states.values + rows[i] * numbers,
               (size_t)numbers * sizeof *states);
        lengths[i] = batch->lengths[rows[i]];
    }
    const attn_sequence in = {.struct_size = sizeof in,
                              .batch = count,
                              .time = batch->time,
                              .lengths = lengths,
                              .x = states,
                              .openings = weights};
    must(attn_attngru_forward(probe->network->reader, NULL, &in, NULL, NULL, contexts));
    must(attn_dense_forward(probe->network->decision, NULL, count, contexts, logits));
    free(lengths);
}

attn_status probe_reweigh(void *user, int64_t count, const int32_t *rows, const float *weights,
                          float *outputs)
{
    struct probe *probe = user;
    (probe->network->reader ? read_again : mix_parts)(probe, count, rows, weights, outputs);
    return attn_cross_entropy(probe->network->context, count, probe->network->classes, outputs, NULL, NULL,
                              NULL, NULL, outputs, NULL);
}

attn_status probe_erase(void *user, int64_t count, const int32_t *rows, const uint8_t *keep, float *outputs)
{
    struct probe *probe = user;
    const int64_t time = probe->batch->time;
    float *erased = reserve(&probe->erased, count * time);
    for (int64_t i = 0; i < count; i++) {
        const float *weights = probe->weights.values + rows[i] * time;
        const int64_t length = probe->batch->lengths[rows[i]];
        float *left = erased + i * time;
        double sum = 0;
        for (int64_t t = 0; t < time; t++) { /* padding keeps what it got */
            left[t] = t >= length || keep[i * time + t] ? weights[t] : 0;
            sum += (double)left[t];
        }
        if (sum == 0)
            memcpy(left, weights, (size_t)time * sizeof *left);
        for (int64_t t = 0; sum > 0 && t < time; t++)
            left[t] = (float)((double)left[t] / sum);
    }
    return probe_reweigh(probe, count, rows, erased, outputs);
}

/* ---- gradients ------------------------------------------------------------------------------------------- */

/* dlogits[classes] = d p[decided] / d logits = p[decided] (onehot - p), in place of the logits. */
static void differentiate_decisions(const struct probe *probe, float *dlogits)
{
    const int64_t classes = probe->network->classes;
    for (int64_t b = 0; b < probe->batch->rows; b++) {
        const float *p = probe->probabilities.values + b * classes;
        const int64_t decided = network_decision(probe->network, p);
        for (int64_t k = 0; k < classes; k++)
            dlogits[b * classes + k] = p[decided] * ((float)(k == decided) - p[k]);
    }
}

/* dstates[B, T, D] = a_t dcontext */
static void spread(const struct probe *probe, const float *dcontexts, float *dstates)
{
    const int64_t time = probe->batch->time, width = width_of(probe);
    for (int64_t i = 0; i < probe->batch->rows * time; i++) {
        for (int64_t d = 0; d < width; d++)
            dstates[i * width + d] = probe->weights.values[i] * dcontexts[i / time * width + d];
    }
}

void probe_gradient(struct probe *probe, float *gradients)
{
    const struct network *network = probe->network;
    const struct batch *batch = probe->batch;
    const int64_t rows = batch->rows, time = batch->time, emb = network->config.emb, width = width_of(probe);
    float *x = reserve(&probe->x, rows * time * emb), *dx = reserve(&probe->dx, rows * time * emb);
    float *contexts = reserve(&probe->contexts, rows * width),
          *logits = reserve(&probe->logits, rows * network->classes);
    float *states = reserve(&probe->read, rows * time * width),
          *dstates = reserve(&probe->dstates, rows * time * width);
    must(attn_tape_begin(probe->tape, 0));
    must(attn_embedding_forward(network->embedding, NULL, rows, time, batch->ids, batch->lengths, x));
    const attn_sequence words = {
        .struct_size = sizeof words, .batch = rows, .time = time, .lengths = batch->lengths, .x = x};
    const attn_sequence read = {.struct_size = sizeof read,
                                .batch = rows,
                                .time = time,
                                .lengths = batch->lengths,
                                .x = states,
                                .openings = probe->weights.values};
    const attn_sequence_gradients dread = {
        .struct_size = sizeof dread, .batch = rows, .time = time, .dx = dstates};
    must(attn_gru_forward(network->encoder, probe->tape, &words, NULL, states, NULL));
    if (network->reader)
        must(attn_attngru_forward(network->reader, probe->tape, &read, NULL, NULL, contexts));
    else
        must(attn_attention_forward(network->attention, NULL, rows, time, states, batch->lengths, NULL,
                                    contexts));
    must(attn_dense_forward(network->decision, probe->tape, rows, contexts, logits));

    /* Gradients are added to the parameters' too, where nobody reads them. */
    differentiate_decisions(probe, logits);
    must(attn_dense_backward(network->decision, probe->tape, rows, logits, contexts));
    if (network->reader)
        must(attn_attngru_backward(network->reader, probe->tape, NULL, contexts, &dread, NULL));
    else
        spread(probe, contexts, dstates);
    const attn_sequence_gradients dwords = {
        .struct_size = sizeof dwords, .batch = rows, .time = time, .dx = dx};
    must(attn_gru_backward(network->encoder, probe->tape, dstates, NULL, &dwords, NULL));
    must(attn_explain_gradient_input(network->context, rows, time, emb, x, dx, batch->lengths,
                                     ATTN_GRADIENT_ABSOLUTE, gradients));
}
