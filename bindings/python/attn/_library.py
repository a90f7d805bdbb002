"""The shared library: where it is found, the layout of its structs, and the signature of each function.

It is the first of these that is there:

1. the file that the environment variable ``ATTN_LIBRARY`` names;
2. ``build/lib/libattn.so`` of the repository that this package lies in;
3. ``libattn.so.0`` where the system's linker finds it: one that was installed serves C and Python alike;
4. ``libattn.so`` in this folder, which a wheel brings.

One of another version than this package was made for is an ImportError, and the next is not tried: what runs is what
was named or installed, or nothing.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, c_char_p, c_float, c_int32, c_int64, c_size_t, c_uint8, c_uint64, c_void_p
from pathlib import Path
from typing import Any, Callable

from ._calls import callback, checker
from ._handle import Native, native_kind, one_thread

API_VERSION = (0, 1)
"""Major and minor version of the API that the package was made for."""


class _Struct(ctypes.Structure):
    """A struct of the API: its first member is its own size, which tells the library what the caller knows."""

    def __init__(self, **members: object) -> None:
        super().__init__(struct_size=ctypes.sizeof(type(self)), **members)


class ContextOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("threads", c_int32),
        ("isa", c_int32),
        ("allocate", c_void_p),
        ("release", c_void_p),
        ("user", c_void_p),
        ("failed", c_void_p),
        ("interrupted", c_void_p),
        ("interval", c_int32),
        ("reserved", c_int32),
    ]


class ParamsOptions(_Struct):
    _fields_ = [("struct_size", c_size_t), ("seed", c_uint64)]


class TensorOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("init", c_int32),
        ("frozen", c_int32),
        ("init_scale", c_float),
        ("lr_scale", c_float),
    ]


class TensorView(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("dtype", c_int32),
        ("rank", c_int32),
        ("shape", c_int64 * 8),
        ("size", c_int64),
        ("offset", c_int64),
        ("values", c_void_p),
        ("gradients", c_void_p),
        ("trainable", c_int32),
        ("lr_scale", c_float),
    ]


class TapeOptions(_Struct):
    _fields_ = [("struct_size", c_size_t), ("mode", c_int32), ("reserved", c_int32), ("seed", c_uint64)]


class TapeEntry(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("kind", c_char_p),
        ("name", c_char_p),
        ("batch", c_int64),
        ("time", c_int64),
        ("queries", c_int64),
    ]


class TokensOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("keep_case", c_int32),
        ("keep_accents", c_int32),
        ("keep_contractions", c_int32),
        ("reserved", c_int32),
    ]


class TokensInfo(_Struct):
    _fields_ = TokensOptions._fields_


class VocabOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("max_size", c_int64),
        ("min_count", c_int64),
        ("special_count", c_int64),
        ("special", POINTER(c_char_p)),
        ("tokens", c_void_p),
    ]


class VocabInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("size", c_int64),
        ("special_count", c_int64),
        ("tokens_known", c_int32),
        ("keep_case", c_int32),
        ("keep_accents", c_int32),
        ("keep_contractions", c_int32),
    ]


class VectorsReport(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("words", c_int64),
        ("found", c_int64),
        ("dim", c_int64),
        ("format", c_int32),
        ("reserved", c_int32),
    ]


class EmbeddingOptions(_Struct):
    _fields_ = [("struct_size", c_size_t), ("frozen", c_int32), ("init", c_int32)]


class Sequence(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("batch", c_int64),
        ("time", c_int64),
        ("lengths", c_void_p),
        ("x", c_void_p),
        ("embedding", c_void_p),
        ("ids", c_void_p),
        ("scales", c_void_p),
        ("openings", c_void_p),
    ]


class SequenceGradients(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("batch", c_int64),
        ("time", c_int64),
        ("dx", c_void_p),
        ("dscales", c_void_p),
        ("dopenings", c_void_p),
    ]


class GRUOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("layers", c_int32),
        ("bidirectional", c_int32),
        ("reset", c_int32),
        ("layer_norm", c_int32),
        ("init", c_int32),
        ("dropout", c_float),
        ("input_dropout", c_float),
        ("experimental", c_int32),
    ]


class GRUInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("params", c_void_p),
        ("input_dim", c_int64),
        ("hidden_dim", c_int64),
        ("output_dim", c_int64),
        ("state_count", c_int64),
        ("layers", c_int32),
        ("bidirectional", c_int32),
        ("reset", c_int32),
        ("layer_norm", c_int32),
        ("dropout", c_float),
        ("input_dropout", c_float),
        ("experimental", c_int32),
        ("reserved", c_int32),
    ]


class GRUPackedInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("input_dim", c_int64),
        ("hidden_dim", c_int64),
        ("output_dim", c_int64),
        ("state_count", c_int64),
        ("rows", c_int64),
        ("layers", c_int32),
        ("bidirectional", c_int32),
        ("reset", c_int32),
        ("layer_norm", c_int32),
        ("precision", c_int32),
        ("experimental", c_int32),
    ]


class AttentionGRUInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("params", c_void_p),
        ("input_dim", c_int64),
        ("hidden_dim", c_int64),
        ("form", c_int32),
        ("vector_openings", c_int32),
        ("reset", c_int32),
        ("layer_norm", c_int32),
        ("dropout", c_float),
        ("reserved", c_int32),
    ]


class GRUPackedOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("precision", c_int32),
        ("reserved", c_int32),
        ("embedding", c_void_p),
    ]


class AttentionOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("score", c_int32),
        ("padding", c_int32),
        ("attention_dim", c_int64),
        ("outer_tanh", c_int32),
        ("init", c_int32),
        ("query_dim", c_int64),
        ("weighting", c_int32),
        ("temperature", c_float),
    ]


class AttentionMemoryOptions(_Struct):
    _fields_ = [("struct_size", c_size_t), ("reserved", c_int64)]


class AttentionInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("params", c_void_p),
        ("memory_dim", c_int64),
        ("query_dim", c_int64),
        ("attention_dim", c_int64),
        ("score", c_int32),
        ("padding", c_int32),
        ("outer_tanh", c_int32),
        ("weighting", c_int32),
        ("temperature", c_float),
        ("reserved", c_int32),
    ]


class EmbeddingInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("params", c_void_p),
        ("rows", c_int64),
        ("dim", c_int64),
        ("frozen", c_int32),
        ("reserved", c_int32),
    ]


class AttentionGRUOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("form", c_int32),
        ("vector_openings", c_int32),
        ("reset", c_int32),
        ("layer_norm", c_int32),
        ("init", c_int32),
        ("dropout", c_float),
    ]


class DenseOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("activation", c_int32),
        ("no_bias", c_int32),
        ("init", c_int32),
        ("reserved", c_int32),
    ]


class DenseInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("params", c_void_p),
        ("input_dim", c_int64),
        ("output_dim", c_int64),
        ("activation", c_int32),
        ("no_bias", c_int32),
    ]


class NgramsBuilderOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("classes", c_int64),
        ("max_ngrams", c_int64),
        ("longest", c_int32),
        ("keep_unknown", c_int32),
    ]


class NgramsOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("min_count", c_int64),
        ("max_ngrams", c_int64),
        ("smoothing", c_float),
        ("scale", c_float),
        ("offset", c_float),
        ("init", c_int32),
        ("no_bias", c_int32),
        ("reserved", c_int32),
    ]


class NgramsInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("params", c_void_p),
        ("ngrams", c_int64),
        ("classes", c_int64),
        ("longest", c_int32),
        ("no_bias", c_int32),
        ("scale", c_float),
        ("offset", c_float),
    ]


class SearchOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("method", c_int32),
        ("begin_id", c_int32),
        ("end_id", c_int32),
        ("beam", c_int32),
        ("top_k", c_int32),
        ("temperature", c_float),
        ("length_penalty", c_float),
        ("reserved", c_int32),
        ("seed", c_uint64),
    ]


class CrossEntropyOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("class_weights", c_void_p),
        ("label_smoothing", c_float),
        ("scale", c_float),
        ("ignore", c_int32),
        ("ignore_label", c_int32),
    ]


class AdamOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("lr", c_float),
        ("beta1", c_float),
        ("beta2", c_float),
        ("epsilon", c_float),
        ("weight_decay", c_float),
        ("clip_norm", c_float),
        ("lr_decay", c_float),
        ("lr_floor", c_float),
        ("lr_decay_steps", c_int64),
        ("average", c_float),
        ("reserved", c_int32),
    ]


class DrawOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("format", c_int32),
        ("width", c_int32),
        ("no_colours", c_int32),
        ("fragment", c_int32),
        ("logarithmic", c_int32),
        ("swap_hues", c_int32),
        ("largest", c_float),
        ("reserved", c_int32),
        ("title", c_char_p),
        ("note", c_char_p),
        ("names", c_void_p),
        ("page", c_void_p),
    ]


# Where what the library writes goes.
WRITE = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t)


class LayerView(_Struct):
    _fields_ = [("struct_size", c_size_t), ("name", c_char_p), ("kind", c_char_p)]


class SaveOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("vocab", c_void_p),
        ("vocab_count", c_int64),
        ("vocab_names", POINTER(c_char_p)),
        ("vocabs", POINTER(c_void_p)),
        ("config", c_char_p),
        ("adam", c_void_p),
        ("metadata_count", c_int64),
        ("metadata", POINTER(c_char_p)),
        ("dtype", c_int32),
        ("reserved", c_int32),
    ]


class ClassifierParts(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("embedding", c_void_p),
        ("encoder", c_void_p),
        ("attention", c_void_p),
        ("reader", c_void_p),
        ("decision", c_void_p),
        ("vocab", c_void_p),
        ("labels", POINTER(c_char_p)),
        ("max_length", c_int64),
        ("context_dropout", c_float),
        ("reserved", c_int32),
        ("ngrams", c_void_p),
    ]


class ClassifierInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("params", c_void_p),
        ("embedding", c_void_p),
        ("encoder", c_void_p),
        ("attention", c_void_p),
        ("reader", c_void_p),
        ("decision", c_void_p),
        ("vocab", c_void_p),
        ("classes", c_int64),
        ("state_dim", c_int64),
        ("max_length", c_int64),
        ("padded_time", c_int64),
        ("context_dropout", c_float),
        ("packed", c_int32),
        ("channels", c_int64),
        ("scales", POINTER(c_float)),
        ("ngrams", c_void_p),
    ]


class ReadingInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("classes", c_int64),
        ("length", c_int64),
        ("by", c_int32),
        ("probability", c_float),
        ("padding", c_float),
        ("gap", c_float),
        ("encoder", c_float),
        ("ngrams", c_float),
    ]


# The callbacks of an explained model.
EXPLAIN_MASKED = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_uint8), POINTER(c_float))
EXPLAIN_WEIGHTED = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_float), POINTER(c_float))
EXPLAIN_DROPPED = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_uint8), POINTER(c_float))
EXPLAIN_GRADIENT = ctypes.CFUNCTYPE(
    c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_float), POINTER(c_int32), POINTER(c_float), POINTER(c_float)
)


class ExplainModel(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("batch", c_int64),
        ("time", c_int64),
        ("classes", c_int64),
        ("lengths", c_void_p),
        ("targets", c_void_p),
        ("masked", EXPLAIN_MASKED),
        ("weighted", EXPLAIN_WEIGHTED),
        ("gradient", EXPLAIN_GRADIENT),
        ("user", c_void_p),
        ("copies", c_int64),
        ("dropped", EXPLAIN_DROPPED),
    ]


# What the signatures below are made of. An array is the address of its first number; each kind of handle is a type of
# its own, those that the headers say are for one thread at a time among them.
STATUS = "status"  # an int32 that is 0, or raises
ARRAY = c_void_p
TEXT = c_char_p
CONTEXT = native_kind("attn_context")
PARAMS = native_kind("attn_params")
TAPE = native_kind("attn_tape", alone="attn.Tape")
TOKENS = native_kind("attn_tokens", alone="attn.Tokens")
VOCAB_BUILDER = native_kind("attn_vocab_builder", alone="attn.VocabBuilder")
VOCAB = native_kind("attn_vocab")
EMBEDDING = native_kind("attn_embedding")
GRU = native_kind("attn_gru")
GRU_PACKED = native_kind("attn_gru_packed")
ATTENTION = native_kind("attn_attention")
ATTENTION_MEMORY = native_kind("attn_attention_memory")
ATTNGRU = native_kind("attn_attngru")
DENSE = native_kind("attn_dense")
NGRAMS_BUILDER = native_kind("attn_ngrams_builder", alone="attn.NgramsBuilder")
NGRAMS = native_kind("attn_ngrams")
ADAM = native_kind("attn_adam", alone="attn.Adam")
FILE = native_kind("attn_file")
PAGE = native_kind("attn_page", alone="attn.Page")
CLASSIFIER = native_kind("attn_classifier")
READING = native_kind("attn_reading")
PROBE = native_kind("attn_probe", alone="attn.Probe")
SEARCH_STEP = ctypes.CFUNCTYPE(
    c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_int32), POINTER(c_int32), POINTER(c_float)
)

# In the order of the headers: name, result, arguments.
SIGNATURES: list[tuple[str, Any, list[Any]]] = [
    ("attn_version", TEXT, []),
    ("attn_version_number", c_int32, []),
    ("attn_status_name", TEXT, [c_int32]),
    ("attn_last_error", TEXT, []),
    ("attn_set_error", c_int32, [c_int32, TEXT]),
    ("attn_context_create", STATUS, [POINTER(ContextOptions), POINTER(CONTEXT)]),
    ("attn_context_destroy", None, [POINTER(CONTEXT)]),
    ("attn_context_threads", c_int32, [CONTEXT]),
    ("attn_context_isa", c_int32, [CONTEXT]),
    ("attn_context_isa_name", TEXT, [CONTEXT]),
    ("attn_context_alloc", STATUS, [CONTEXT, c_size_t, POINTER(ARRAY)]),
    ("attn_context_free", None, [CONTEXT, ARRAY]),
    ("attn_params_create", STATUS, [CONTEXT, POINTER(ParamsOptions), POINTER(PARAMS)]),
    ("attn_params_destroy", None, [POINTER(PARAMS)]),
    ("attn_params_context", CONTEXT, [PARAMS]),
    ("attn_params_add", STATUS, [PARAMS, TEXT, c_int32, POINTER(c_int64), POINTER(TensorOptions)]),
    ("attn_params_seal", STATUS, [PARAMS]),
    ("attn_params_count", c_int64, [PARAMS]),
    ("attn_params_size", c_int64, [PARAMS]),
    ("attn_params_values", ARRAY, [PARAMS]),
    ("attn_params_gradients", ARRAY, [PARAMS]),
    ("attn_params_tensor", STATUS, [PARAMS, c_int64, POINTER(TensorView)]),
    ("attn_params_find", STATUS, [PARAMS, TEXT, POINTER(TensorView)]),
    ("attn_params_set_trainable", STATUS, [PARAMS, TEXT, c_int32]),
    ("attn_params_set_lr_scale", STATUS, [PARAMS, TEXT, c_float]),
    ("attn_params_use_rows", STATUS, [PARAMS, TEXT, c_int64, ARRAY]),
    ("attn_params_zero_grad", STATUS, [PARAMS]),
    ("attn_tape_create", STATUS, [CONTEXT, POINTER(TapeOptions), POINTER(TAPE)]),
    ("attn_tape_destroy", None, [POINTER(TAPE)]),
    ("attn_tape_begin", STATUS, [TAPE, c_int64]),
    ("attn_tape_depth", c_int64, [TAPE]),
    ("attn_tape_bytes", c_int64, [TAPE]),
    ("attn_tape_top", STATUS, [TAPE, POINTER(TapeEntry)]),
    ("attn_tape_push", STATUS, [TAPE, ARRAY, TEXT, c_int64, c_int64, c_size_t, POINTER(ARRAY)]),
    ("attn_tape_peek", STATUS, [TAPE, ARRAY, c_int64, c_int64, POINTER(ARRAY)]),
    ("attn_tape_pop", STATUS, [TAPE, ARRAY]),
    ("attn_tokens_create", STATUS, [CONTEXT, POINTER(TokensOptions), POINTER(TOKENS)]),
    ("attn_tokens_destroy", None, [POINTER(TOKENS)]),
    ("attn_tokens_get_info", STATUS, [TOKENS, POINTER(TokensInfo)]),
    ("attn_tokens_set_text", STATUS, [TOKENS, TEXT, c_size_t]),
    ("attn_tokens_count", c_int64, [TOKENS]),
    ("attn_tokens_get", TEXT, [TOKENS, c_int64]),
    ("attn_tokens_begins", ARRAY, [TOKENS]),
    ("attn_tokens_ends", ARRAY, [TOKENS]),
    ("attn_tokens_invalid", c_int64, [TOKENS]),
    ("attn_vocab_builder_create", STATUS, [CONTEXT, POINTER(VOCAB_BUILDER)]),
    ("attn_vocab_builder_destroy", None, [POINTER(VOCAB_BUILDER)]),
    ("attn_vocab_builder_add", STATUS, [VOCAB_BUILDER, TOKENS]),
    ("attn_vocab_builder_add_token", STATUS, [VOCAB_BUILDER, TEXT, c_int64]),
    ("attn_vocab_create", STATUS, [VOCAB_BUILDER, POINTER(VocabOptions), POINTER(VOCAB)]),
    ("attn_vocab_destroy", None, [POINTER(VOCAB)]),
    ("attn_vocab_share", VOCAB, [VOCAB]),
    ("attn_vocab_load", STATUS, [CONTEXT, TEXT, POINTER(VocabOptions), POINTER(VOCAB)]),
    ("attn_vocab_save", STATUS, [VOCAB, TEXT]),
    ("attn_vocab_get_info", STATUS, [VOCAB, POINTER(VocabInfo)]),
    ("attn_vocab_tokens_create", STATUS, [VOCAB, POINTER(TOKENS)]),
    ("attn_vocab_size", c_int64, [VOCAB]),
    ("attn_vocab_id", c_int32, [VOCAB, TEXT]),
    ("attn_vocab_token", TEXT, [VOCAB, c_int32]),
    ("attn_vocab_frequency", c_int64, [VOCAB, c_int32]),
    ("attn_vocab_encode", STATUS, [VOCAB, TOKENS, c_int64, ARRAY, POINTER(c_int64)]),
    ("attn_vocab_decode", STATUS, [VOCAB, c_int64, ARRAY, POINTER(c_char_p)]),
    ("attn_vectors_probe", STATUS, [CONTEXT, TEXT, c_int32, POINTER(VectorsReport)]),
    ("attn_vectors_read", STATUS, [CONTEXT, VOCAB, c_int64, TEXT, c_int32, ARRAY, ARRAY, POINTER(VectorsReport)]),
    ("attn_embedding_create", STATUS, [PARAMS, TEXT, c_int64, c_int64, POINTER(EmbeddingOptions), POINTER(EMBEDDING)]),
    ("attn_embedding_destroy", None, [POINTER(EMBEDDING)]),
    ("attn_embedding_share", EMBEDDING, [EMBEDDING]),
    ("attn_embedding_load", STATUS, [EMBEDDING, VOCAB, TEXT, POINTER(VectorsReport)]),
    ("attn_embedding_forward", STATUS, [EMBEDDING, TAPE, c_int64, c_int64, ARRAY, ARRAY, ARRAY]),
    ("attn_embedding_backward", STATUS, [EMBEDDING, TAPE, c_int64, c_int64, ARRAY]),
    ("attn_embedding_get_info", STATUS, [EMBEDDING, POINTER(EmbeddingInfo)]),
    ("attn_dropout_forward", STATUS, [TAPE, c_int64, ARRAY, c_float, ARRAY]),
    ("attn_dropout_backward", STATUS, [TAPE, c_int64, ARRAY, ARRAY]),
    ("attn_gru_create", STATUS, [PARAMS, TEXT, c_int64, c_int64, POINTER(GRUOptions), POINTER(GRU)]),
    ("attn_gru_destroy", None, [POINTER(GRU)]),
    ("attn_gru_share", GRU, [GRU]),
    ("attn_gru_get_info", STATUS, [GRU, POINTER(GRUInfo)]),
    ("attn_gru_forward", STATUS, [GRU, TAPE, POINTER(Sequence), ARRAY, ARRAY, ARRAY]),
    ("attn_gru_backward", STATUS, [GRU, TAPE, ARRAY, ARRAY, POINTER(SequenceGradients), ARRAY]),
    ("attn_gru_packed_create", STATUS, [GRU, POINTER(GRUPackedOptions), POINTER(GRU_PACKED)]),
    ("attn_gru_packed_destroy", None, [POINTER(GRU_PACKED)]),
    ("attn_gru_packed_get_info", STATUS, [GRU_PACKED, POINTER(GRUPackedInfo)]),
    ("attn_gru_packed_forward", STATUS, [GRU_PACKED, POINTER(Sequence), ARRAY, ARRAY, ARRAY]),
    ("attn_gru_packed_step", STATUS, [GRU_PACKED, POINTER(Sequence), ARRAY]),
    ("attn_attention_create", STATUS, [PARAMS, TEXT, c_int64, POINTER(AttentionOptions), POINTER(ATTENTION)]),
    ("attn_attention_destroy", None, [POINTER(ATTENTION)]),
    ("attn_attention_share", ATTENTION, [ATTENTION]),
    ("attn_attention_forward", STATUS, [ATTENTION, TAPE, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY]),
    (
        "attn_attention_forward_queries",
        STATUS,
        [ATTENTION, TAPE, c_int64, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY],
    ),
    ("attn_attention_backward", STATUS, [ATTENTION, TAPE, c_int64, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_attention_get_info", STATUS, [ATTENTION, POINTER(AttentionInfo)]),
    (
        "attn_attention_memory_create",
        STATUS,
        [ATTENTION, c_int64, c_int64, ARRAY, ARRAY, POINTER(AttentionMemoryOptions), POINTER(ATTENTION_MEMORY)],
    ),
    ("attn_attention_memory_destroy", None, [POINTER(ATTENTION_MEMORY)]),
    ("attn_attention_memory_attend", STATUS, [ATTENTION_MEMORY, c_int64, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_attngru_create", STATUS, [PARAMS, TEXT, c_int64, c_int64, POINTER(AttentionGRUOptions), POINTER(ATTNGRU)]),
    ("attn_attngru_destroy", None, [POINTER(ATTNGRU)]),
    ("attn_attngru_share", ATTNGRU, [ATTNGRU]),
    ("attn_attngru_get_info", STATUS, [ATTNGRU, POINTER(AttentionGRUInfo)]),
    ("attn_attngru_forward", STATUS, [ATTNGRU, TAPE, POINTER(Sequence), ARRAY, ARRAY, ARRAY]),
    ("attn_attngru_backward", STATUS, [ATTNGRU, TAPE, ARRAY, ARRAY, POINTER(SequenceGradients), ARRAY]),
    ("attn_dense_create", STATUS, [PARAMS, TEXT, c_int64, c_int64, POINTER(DenseOptions), POINTER(DENSE)]),
    ("attn_dense_destroy", None, [POINTER(DENSE)]),
    ("attn_dense_share", DENSE, [DENSE]),
    ("attn_dense_forward", STATUS, [DENSE, TAPE, c_int64, ARRAY, ARRAY]),
    ("attn_dense_backward", STATUS, [DENSE, TAPE, c_int64, ARRAY, ARRAY]),
    ("attn_dense_get_info", STATUS, [DENSE, POINTER(DenseInfo)]),
    ("attn_ngrams_builder_create", STATUS, [CONTEXT, POINTER(NgramsBuilderOptions), POINTER(NGRAMS_BUILDER)]),
    ("attn_ngrams_builder_destroy", None, [POINTER(NGRAMS_BUILDER)]),
    ("attn_ngrams_builder_add", STATUS, [NGRAMS_BUILDER, c_int64, c_int64, ARRAY, ARRAY, ARRAY]),
    ("attn_ngrams_builder_size", c_int64, [NGRAMS_BUILDER]),
    ("attn_ngrams_create", STATUS, [PARAMS, TEXT, NGRAMS_BUILDER, POINTER(NgramsOptions), POINTER(NGRAMS)]),
    ("attn_ngrams_destroy", None, [POINTER(NGRAMS)]),
    ("attn_ngrams_share", NGRAMS, [NGRAMS]),
    ("attn_ngrams_forward", STATUS, [NGRAMS, TAPE, c_int64, c_int64, ARRAY, ARRAY, ARRAY]),
    ("attn_ngrams_backward", STATUS, [NGRAMS, TAPE, c_int64, c_int64, ARRAY]),
    ("attn_ngrams_shares", STATUS, [NGRAMS, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_ngrams_get_info", STATUS, [NGRAMS, POINTER(NgramsInfo)]),
    ("attn_ngrams_get", c_void_p, [NGRAMS, c_int64, POINTER(c_int64)]),
    ("attn_ngrams_find", c_int64, [NGRAMS, c_int64, ARRAY]),
    (
        "attn_search",
        STATUS,
        [CONTEXT, c_int64, c_int64, c_int64, SEARCH_STEP, c_void_p, POINTER(SearchOptions), ARRAY, ARRAY, ARRAY],
    ),
    (
        "attn_cross_entropy",
        STATUS,
        [CONTEXT, c_int64, c_int64, ARRAY, ARRAY, POINTER(CrossEntropyOptions), POINTER(c_float), ARRAY, ARRAY, ARRAY],
    ),
    (
        "attn_calibration_error",
        STATUS,
        [CONTEXT, c_int64, c_int64, ARRAY, ARRAY, c_int64, POINTER(c_float), ARRAY],
    ),
    ("attn_fit_scales", STATUS, [CONTEXT, c_int64, c_int64, c_int64, ARRAY, ARRAY, ARRAY, POINTER(c_float)]),
    ("attn_adam_create", STATUS, [PARAMS, POINTER(AdamOptions), POINTER(ADAM)]),
    ("attn_adam_destroy", None, [POINTER(ADAM)]),
    ("attn_adam_step", STATUS, [ADAM, POINTER(c_float)]),
    ("attn_adam_swap_average", STATUS, [ADAM]),
    ("attn_adam_set_lr", STATUS, [ADAM, c_float]),
    ("attn_adam_steps", c_int64, [ADAM]),
    ("attn_adam_lr", c_float, [ADAM]),
    ("attn_params_save", STATUS, [PARAMS, TEXT, POINTER(SaveOptions)]),
    ("attn_params_write", STATUS, [PARAMS, WRITE, c_void_p, POINTER(SaveOptions)]),
    ("attn_file_replace", STATUS, [CONTEXT, TEXT, TEXT, c_size_t]),
    ("attn_file_open", STATUS, [CONTEXT, TEXT, POINTER(FILE)]),
    ("attn_file_open_memory", STATUS, [CONTEXT, TEXT, c_size_t, POINTER(FILE)]),
    ("attn_file_close", None, [POINTER(FILE)]),
    ("attn_file_count", c_int64, [FILE]),
    ("attn_file_tensor", STATUS, [FILE, c_int64, POINTER(TensorView)]),
    ("attn_file_find", STATUS, [FILE, TEXT, POINTER(TensorView)]),
    ("attn_file_read", STATUS, [FILE, TEXT, c_int64, ARRAY]),
    ("attn_file_load", STATUS, [FILE, PARAMS, TEXT, TEXT]),
    ("attn_file_load_adam", STATUS, [FILE, ADAM]),
    ("attn_file_config", TEXT, [FILE]),
    ("attn_file_metadata", TEXT, [FILE, TEXT]),
    ("attn_file_vocab_create", STATUS, [FILE, TEXT, POINTER(VOCAB)]),
    ("attn_file_layer_count", c_int64, [FILE]),
    ("attn_file_layer", STATUS, [FILE, c_int64, POINTER(LayerView)]),
    ("attn_file_embedding_create", STATUS, [FILE, TEXT, PARAMS, POINTER(EMBEDDING)]),
    ("attn_file_gru_create", STATUS, [FILE, TEXT, PARAMS, POINTER(GRU)]),
    ("attn_file_attention_create", STATUS, [FILE, TEXT, PARAMS, POINTER(ATTENTION)]),
    ("attn_file_attngru_create", STATUS, [FILE, TEXT, PARAMS, POINTER(ATTNGRU)]),
    ("attn_file_dense_create", STATUS, [FILE, TEXT, PARAMS, POINTER(DENSE)]),
    ("attn_file_ngrams_create", STATUS, [FILE, TEXT, PARAMS, POINTER(NGRAMS)]),
    ("attn_explain_gradient_input", STATUS, [CONTEXT, c_int64, c_int64, c_int64, ARRAY, ARRAY, ARRAY, c_int32, ARRAY]),
    (
        "attn_explain_integrated",
        STATUS,
        [CONTEXT, POINTER(ExplainModel), c_int64, ARRAY, c_int64, c_int32, ARRAY, ARRAY, ARRAY],
    ),
    ("attn_explain_occlusion", STATUS, [CONTEXT, POINTER(ExplainModel), ARRAY]),
    ("attn_explain_random", STATUS, [CONTEXT, c_int64, c_int64, ARRAY, c_uint64, ARRAY]),
    (
        "attn_explain_comprehensiveness",
        STATUS,
        [CONTEXT, POINTER(ExplainModel), c_int64, ARRAY, ARRAY, ARRAY, ARRAY],
    ),
    ("attn_explain_sufficiency", STATUS, [CONTEXT, POINTER(ExplainModel), c_int64, ARRAY, ARRAY, ARRAY, ARRAY]),
    (
        "attn_explain_soft",
        STATUS,
        [CONTEXT, POINTER(ExplainModel), c_int64, ARRAY, c_int64, c_uint64, ARRAY, ARRAY, ARRAY],
    ),
    ("attn_explain_flip", STATUS, [CONTEXT, POINTER(ExplainModel), ARRAY, c_int64, ARRAY]),
    ("attn_explain_correlation", STATUS, [CONTEXT, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_explain_divergence", STATUS, [CONTEXT, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_explain_choose", STATUS, [CONTEXT, c_int64, c_int64, ARRAY, ARRAY, c_float, ARRAY]),
    ("attn_explain_token_match", STATUS, [CONTEXT, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_explain_span_match", STATUS, [CONTEXT, c_int64, c_int64, ARRAY, ARRAY, ARRAY, c_float, ARRAY, ARRAY, ARRAY]),
    ("attn_explain_precision_recall", STATUS, [CONTEXT, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_explain_bootstrap", STATUS, [CONTEXT, c_int64, ARRAY, c_float, c_int64, c_uint64, ARRAY]),
    (
        "attn_draw_text",
        STATUS,
        [CONTEXT, TEXT, c_size_t, c_int64, ARRAY, ARRAY, ARRAY, POINTER(DrawOptions), WRITE, c_void_p],
    ),
    (
        "attn_draw_matrix",
        STATUS,
        [CONTEXT, c_int64, c_int64, ARRAY, POINTER(c_char_p), POINTER(c_char_p), POINTER(DrawOptions), WRITE, c_void_p],
    ),
    ("attn_page_create", STATUS, [CONTEXT, POINTER(DrawOptions), WRITE, c_void_p, POINTER(PAGE)]),
    ("attn_page_finish", STATUS, [PAGE]),
    ("attn_page_destroy", None, [POINTER(PAGE)]),
    ("attn_classifier_create", STATUS, [POINTER(ClassifierParts), POINTER(CLASSIFIER)]),
    ("attn_classifier_open", STATUS, [CONTEXT, TEXT, POINTER(CLASSIFIER)]),
    ("attn_file_classifier_create", STATUS, [FILE, PARAMS, POINTER(CLASSIFIER)]),
    ("attn_classifier_save", STATUS, [CLASSIFIER, TEXT, POINTER(SaveOptions)]),
    ("attn_classifier_write", STATUS, [CLASSIFIER, WRITE, c_void_p, POINTER(SaveOptions)]),
    ("attn_classifier_destroy", None, [POINTER(CLASSIFIER)]),
    ("attn_classifier_get_info", STATUS, [CLASSIFIER, POINTER(ClassifierInfo)]),
    ("attn_classifier_label", TEXT, [CLASSIFIER, c_int64]),
    ("attn_classifier_pack", STATUS, [CLASSIFIER, POINTER(GRUPackedOptions)]),
    ("attn_classifier_set_scales", STATUS, [CLASSIFIER, c_int64, ARRAY]),
    ("attn_classifier_channels", STATUS, [CLASSIFIER, POINTER(Sequence), ARRAY]),
    ("attn_classifier_forward", STATUS, [CLASSIFIER, TAPE, POINTER(Sequence), ARRAY, ARRAY, ARRAY]),
    ("attn_classifier_backward", STATUS, [CLASSIFIER, TAPE, ARRAY, ARRAY, ARRAY, POINTER(SequenceGradients)]),
    ("attn_classifier_attribute", STATUS, [CLASSIFIER, POINTER(Sequence), ARRAY, c_int32, ARRAY, ARRAY]),
    ("attn_classifier_read", STATUS, [CLASSIFIER, TEXT, c_size_t, c_int32, POINTER(READING)]),
    (
        "attn_classifier_read_many",
        STATUS,
        [CLASSIFIER, c_int64, POINTER(c_char_p), POINTER(c_size_t), c_int32, POINTER(READING)],
    ),
    ("attn_reading_destroy", None, [POINTER(READING)]),
    ("attn_reading_class", c_int64, [READING]),
    ("attn_reading_label", TEXT, [READING]),
    ("attn_reading_probabilities", ARRAY, [READING]),
    ("attn_reading_tokens", ARRAY, [READING]),
    ("attn_reading_numbers", ARRAY, [READING]),
    ("attn_reading_top", c_int64, [READING, c_int64, ARRAY]),
    ("attn_reading_draw", STATUS, [READING, POINTER(DrawOptions), WRITE, c_void_p]),
    ("attn_reading_get_info", STATUS, [READING, POINTER(ReadingInfo)]),
    ("attn_probe_create", STATUS, [CLASSIFIER, POINTER(Sequence), POINTER(PROBE)]),
    ("attn_probe_destroy", None, [POINTER(PROBE)]),
    ("attn_probe_model", STATUS, [PROBE, c_int32, POINTER(ExplainModel)]),
    ("attn_probe_probabilities", ARRAY, [PROBE]),
    ("attn_probe_weights", ARRAY, [PROBE]),
    ("attn_probe_states", ARRAY, [PROBE]),
    ("attn_probe_gradient", STATUS, [PROBE, ARRAY]),
    (
        "attn_conicity_loss",
        STATUS,
        [CONTEXT, c_int64, c_int64, c_int64, ARRAY, ARRAY, c_float, POINTER(c_float), ARRAY],
    ),
    ("attn_explain_conicity", STATUS, [CONTEXT, c_int64, c_int64, c_int64, ARRAY, ARRAY, ARRAY]),
    ("attn_explain_permutation", STATUS, [CONTEXT, POINTER(ExplainModel), ARRAY, c_int64, c_uint64, ARRAY]),
]


def _open() -> ctypes.CDLL:
    named = os.environ.get("ATTN_LIBRARY")
    here = Path(__file__).resolve()
    built = here.parents[3] / "build" / "lib" / "libattn.so"
    bundled = here.with_name("libattn.so")
    if named:
        return _load(named)
    if built.exists():
        return _load(str(built))
    installed = f"libattn.so.{API_VERSION[0]}"
    if not bundled.exists():
        return _load(installed)
    try:
        return ctypes.CDLL(installed)
    except OSError:
        return _load(str(bundled))


def _load(path: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f"attn: cannot load the C library {path!r} ({error}); install libattn, or build it and set the "
            "environment variable ATTN_LIBRARY to the path of libattn.so"
        ) from error


def _declare(opened: ctypes.CDLL) -> None:
    for name, result, arguments in SIGNATURES:
        try:
            function = getattr(opened, name)
        except AttributeError:
            raise ImportError(f"attn: {opened._name} has no function {name}; it is another version, or not libattn")
        function.argtypes = arguments
        function.restype = c_int32 if result is STATUS else c_void_p if _is_kind(result) else result
        if result is STATUS:
            function.errcheck = checked
        for place, kind in enumerate(arguments):
            if _is_kind(kind) and kind.alone:
                setattr(opened, name, one_thread(getattr(opened, name), place))
        if name == "attn_version":
            _check_version(opened)


def _is_kind(declared: Any) -> bool:
    return isinstance(declared, type) and issubclass(declared, Native)


def _check_version(opened: ctypes.CDLL) -> None:
    """Before 1.0 every minor version is another API; from then on a later one has all that an earlier one had."""
    version = opened.attn_version().decode()
    major, minor = (int(number) for number in version.split(".")[:2])
    fits = minor == API_VERSION[1] if major == 0 else minor >= API_VERSION[1]
    if major != API_VERSION[0] or not fits:
        raise ImportError(
            f"attn: {opened._name} is libattn {version}; expected {API_VERSION[0]}.{API_VERSION[1]}, which this package was "
            "made for; install that, or set the environment variable ATTN_LIBRARY to the path of a libattn.so that fits"
        )


library = _open()
checked = checker(lambda: bytes(library.attn_last_error()))
_declare(library)


def written(call: Callable[[Any], object]) -> bytes:
    """What the library writes to the callback that ``call`` is given."""
    pieces: list[bytes] = []

    def write(_user: object, data: int, size: int) -> None:
        pieces.append(ctypes.string_at(data, size))

    call(callback(WRITE, write))
    return b"".join(pieces)
