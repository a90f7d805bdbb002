/* kinds.h - the kinds of layers, each described in its layer's source: what a file's description is read by. */
#ifndef ATTN_LAYER_KINDS_H
#define ATTN_LAYER_KINDS_H

#include "core/layer.h"

extern const attni_kind attni_attention_kind, attni_attngru_kind, attni_dense_kind, attni_embedding_kind,
    attni_gru_kind, attni_ngrams_kind;

#endif
