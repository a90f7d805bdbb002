/* bench_network.c - creating the model and running it; each function is what bench_model times. */
#include "bench_network.h"

#include <stdlib.h>

struct network network_create(attn_context *context, const struct sizes *sizes, const struct data *data)
{
    const int64_t emb = sizes->emb, hidden = sizes->hidden;
    struct network network = {.emb = emb, .hidden = hidden, .threads = context};
    attn_embedding_options embedding = ATTN_EMBEDDING_OPTIONS_INIT;
    embedding.frozen = !sizes->train_embedding;
    must(attn_params_create(context, NULL, &network.params));
    must(attn_tape_create(context, NULL, &network.tape));
    must(attn_embedding_create(network.params, "embedding", sizes->vocab, emb, &embedding,
                               &network.embedding));
    must(attn_gru_create(network.params, "encoder", emb, hidden, NULL, &network.encoder));
    must(attn_attention_create(network.params, "attention", hidden, NULL, &network.attention));
    must(attn_dense_create(network.params, "decision", hidden, CLASSES, NULL, &network.decision));
    must(attn_adam_create(network.params, NULL, &network.adam));

    int64_t rows = 1, tokens = 1;
    for (const struct batch *batch = data->batches; batch < data->batches + data->count; batch++) {
        rows = batch->rows > rows ? batch->rows : rows;
        tokens = batch->rows * batch->time > tokens ? batch->rows * batch->time : tokens;
    }
    network.states = allocate(tokens * hidden, sizeof(float));
    network.weights = allocate(tokens, sizeof(float));
    network.context = allocate(rows * hidden, sizeof(float));
    network.logits = allocate(rows * CLASSES, sizeof(float));
    network.state = allocate(hidden, sizeof(float));
    return network;
}

void network_destroy(struct network *network)
{
    float *buffers[] = {network->vectors, network->states,   network->weights, network->context,
                        network->logits,  network->dvectors, network->state};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        free(buffers[i]);
    attn_adam_destroy(&network->adam);
    attn_dense_destroy(&network->decision);
    attn_attention_destroy(&network->attention);
    attn_gru_packed_destroy(&network->packed);
    attn_gru_destroy(&network->encoder);
    attn_embedding_destroy(&network->embedding);
    attn_tape_destroy(&network->tape);
    attn_params_destroy(&network->params);
}

void network_pack(struct network *network, int32_t precision)
{
    attn_gru_packed_options options = ATTN_GRU_PACKED_OPTIONS_INIT;
    options.precision = precision;
    options.embedding = network->embedding;
    must(attn_gru_packed_create(network->encoder, &options, &network->packed));
}

/* states -> logits */
static void decide(struct network *network, attn_tape *tape, const struct batch *batch)
{
    must(attn_attention_forward(network->attention, tape, batch->rows, batch->time, network->states,
                                batch->lengths, network->weights, network->context));
    must(attn_dense_forward(network->decision, tape, batch->rows, network->context, network->logits));
}

float network_train(struct network *network, const struct batch *batch)
{
    float loss, *dlogits = network->logits, *dcontext = network->context, *dstates = network->states;
    must(attn_params_zero_grad(network->params));
    must(attn_tape_begin(network->tape, network->step++));
    const attn_sequence words = {.struct_size = sizeof words,
                                 .batch = batch->rows,
                                 .time = batch->time,
                                 .lengths = batch->lengths,
                                 .embedding = network->embedding,
                                 .ids = batch->ids};
    must(attn_gru_forward(network->encoder, network->tape, &words, NULL, network->states, NULL));
    decide(network, network->tape, batch);
    must(attn_cross_entropy(network->threads, batch->rows, CLASSES, network->logits, batch->labels, NULL,
                            &loss, NULL, NULL, dlogits));
    must(attn_dense_backward(network->decision, network->tape, batch->rows, dlogits, dcontext));
    must(attn_attention_backward(network->attention, network->tape, batch->rows, batch->time, 1, NULL,
                                 dcontext, dstates, NULL));
    const attn_sequence_gradients dwords = {
        .struct_size = sizeof dwords, .batch = batch->rows, .time = batch->time};
    must(attn_gru_backward(network->encoder, network->tape, dstates, NULL, &dwords, NULL));
    must(attn_adam_step(network->adam, NULL));
    return loss;
}

void network_infer(struct network *network, const struct batch *batch)
{
    const attn_sequence in = {.struct_size = sizeof in,
                              .batch = batch->rows,
                              .time = batch->time,
                              .lengths = batch->lengths,
                              .ids = batch->ids};
    must(attn_gru_packed_forward(network->packed, &in, NULL, network->states, NULL));
    decide(network, NULL, batch);
    must(attn_cross_entropy(network->threads, batch->rows, CLASSES, network->logits, NULL, NULL, NULL, NULL,
                            network->logits, NULL));
}

void network_step(struct network *network, int32_t id)
{
    const attn_sequence step = {.struct_size = sizeof step, .batch = 1, .time = 1, .ids = &id};
    must(attn_gru_packed_step(network->packed, &step, network->state));
}

void network_fill(struct network *network, const struct batch *batch)
{
    int64_t tokens = batch->rows * batch->time;
    network->vectors = allocate(tokens * network->emb, sizeof(float));
    network->dvectors = allocate(tokens * network->emb, sizeof(float));
    must(attn_embedding_forward(network->embedding, NULL, batch->rows, batch->time, batch->ids,
                                batch->lengths, network->vectors));
    for (int64_t i = 0; i < tokens * network->hidden; i++)
        network->states[i] = 1e-4f * (float)(i % 7 - 3);
}

void network_train_gru(struct network *network, const struct batch *batch)
{
    must(attn_params_zero_grad(network->params));
    must(attn_tape_begin(network->tape, network->step++));
    const attn_sequence vectors = {.struct_size = sizeof vectors,
                                   .batch = batch->rows,
                                   .time = batch->time,
                                   .lengths = batch->lengths,
                                   .x = network->vectors};
    must(attn_gru_forward(network->encoder, network->tape, &vectors, NULL, NULL, NULL));
    const attn_sequence_gradients dvectors = {
        .struct_size = sizeof dvectors, .batch = batch->rows, .time = batch->time, .dx = network->dvectors};
    must(attn_gru_backward(network->encoder, network->tape, network->states, NULL, &dvectors, NULL));
}
