"""The structs and the callbacks of the API, as the C compiler lays them out."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_float, c_int32, c_int64, c_size_t, c_uint8, c_uint64, c_void_p

# Where what the library writes goes.
WRITE = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t)
# What the search asks for its next step.
SEARCH_STEP = ctypes.CFUNCTYPE(
    c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_int32), POINTER(c_int32), POINTER(c_float)
)
# The callbacks of an explained model.
EXPLAIN_MASKED = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_uint8), POINTER(c_float))
EXPLAIN_WEIGHTED = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_float), POINTER(c_float))
EXPLAIN_DROPPED = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_uint8), POINTER(c_float))
EXPLAIN_GRADIENT = ctypes.CFUNCTYPE(
    c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_float), POINTER(c_int32), POINTER(c_float), POINTER(c_float)
)


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
        ("precision", c_int32),
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
        ("used_rows", c_void_p),
        ("used_count", c_int64),
    ]


class TapeOptions(_Struct):
    _fields_ = [("struct_size", c_size_t), ("mode", c_int32), ("reserved", c_int32), ("seed", c_uint64)]


class TapeInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("context", c_void_p),
        ("seed", c_uint64),
        ("mode", c_int32),
        ("reserved", c_int32),
        ("step", c_int64),
        ("first", c_int64),
        ("rows", c_int64),
    ]


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


class VocabBuilderOptions(_Struct):
    _fields_ = [("struct_size", c_size_t), ("max_tokens", c_int64)]


class VocabOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("max_size", c_int64),
        ("min_count", c_int64),
        ("special_count", c_int64),
        ("special", POINTER(c_char_p)),
        ("tokens", c_void_p),
    ]


class PiecesOptions(_Struct):
    _fields_ = [("struct_size", c_size_t), ("joins", c_int64), ("min_count", c_int64)]


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
        ("dh", c_void_p),
    ]


class Steps(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("batch", c_int64),
        ("time", c_int64),
        ("lengths", c_void_p),
        ("skip_first", c_int64),
        ("skip_last", c_int64),
        ("dim", c_int64),
        ("column", c_int64),
        ("width", c_int64),
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


class AttentionStep(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("batch", c_int64),
        ("items", c_int64),
        ("width", c_int64),
        ("memory", c_void_p),
        ("lengths", c_void_p),
        ("keys", c_void_p),
        ("moving", c_void_p),
        ("query", c_void_p),
        ("asks", c_void_p),
    ]


class AttentionStepGradients(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("batch", c_int64),
        ("items", c_int64),
        ("width", c_int64),
        ("dweights", c_void_p),
        ("dcontext", c_void_p),
        ("dkeys", c_void_p),
        ("dmemory", c_void_p),
        ("dmoving", c_void_p),
        ("dquery", c_void_p),
    ]


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
        ("targets", c_void_p),
    ]


class CandidatesOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("count", c_int64),
        ("seed", c_uint64),
        ("power", c_float),
        ("reserved", c_int32),
    ]


class CandidatesInfo(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("words", c_int64),
        ("count", c_int64),
        ("certain", c_int64),
        ("seed", c_uint64),
        ("power", c_float),
        ("reserved", c_int32),
    ]


class SampledCrossEntropyOptions(_Struct):
    _fields_ = [("struct_size", c_size_t), ("scale", c_float), ("reserved", c_int32)]


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

class LayerInfo(_Struct):
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
        ("pieces", c_void_p),
    ]


class ClassifierParts(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("embedding", c_void_p),
        ("encoder", c_void_p),
        ("attention", c_void_p),
        ("reader", c_void_p),
        ("decision", c_void_p),
        ("ngrams", c_void_p),
        ("vocab", c_void_p),
        ("labels", POINTER(c_char_p)),
        ("max_length", c_int64),
        ("context_dropout", c_float),
        ("pooling", c_int32),
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
        ("pooling", c_int32),
        ("reserved", c_int32),
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
        ("dropped", EXPLAIN_DROPPED),
        ("user", c_void_p),
        ("copies", c_int64),
    ]
