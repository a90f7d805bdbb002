/* embedding.h (internal) - the embedding's table, which the GRU reads by ids. */
#ifndef ATTN_LAYER_EMBEDDING_H
#define ATTN_LAYER_EMBEDDING_H

#include "attn/embedding.h"
#include "core/tape.h"

struct attn_embedding {
    attni_layer layer;
    int64_t table; /* the tensor's index */
    int64_t rows, dim;
};

static inline int32_t attni_embedding_trainable(const attn_embedding *embedding)
{
    return attni_params_at(embedding->layer.params, embedding->table)->trainable;
}

#endif
