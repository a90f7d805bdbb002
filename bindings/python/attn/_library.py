"""The shared library: where it is found, the layout of its structs, and the signature of each function.

It is looked for in this order:

1. the file that the environment variable ``ATTN_LIBRARY`` names;
2. ``build/lib/libattn.so`` of the repository that this package lies in;
3. wherever the system's linker finds ``libattn.so.0``.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from ctypes import POINTER, c_char_p, c_float, c_int32, c_int64, c_size_t, c_uint8, c_uint64, c_void_p
from pathlib import Path

from ._errors import error_for

API_MAJOR = 0


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
    ]


class TensorView(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("rank", c_int32),
        ("trainable", c_int32),
        ("shape", c_int64 * 4),
        ("offset", c_int64),
        ("size", c_int64),
        ("values", c_void_p),
        ("gradients", c_void_p),
    ]


class TapeOptions(_Struct):
    _fields_ = [("struct_size", c_size_t), ("mode", c_int32), ("reserved", c_int32), ("seed", c_uint64)]


class VectorsReport(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("words", c_int64),
        ("found", c_int64),
        ("format", c_int32),
        ("dim", c_int32),
    ]


class EmbeddingOptions(_Struct):
    _fields_ = [("struct_size", c_size_t), ("frozen", c_int32), ("init", c_int32)]


class GruOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("layers", c_int32),
        ("bidirectional", c_int32),
        ("reset", c_int32),
        ("layer_norm", c_int32),
        ("init", c_int32),
        ("dropout", c_float),
        ("input_dropout", c_float),
        ("orthogonal", c_int32),
    ]


class GruPackedOptions(_Struct):
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


class AttnGruOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("form", c_int32),
        ("vector_weights", c_int32),
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


class AdamOptions(_Struct):
    _fields_ = [
        ("struct_size", c_size_t),
        ("lr", c_float),
        ("beta1", c_float),
        ("beta2", c_float),
        ("epsilon", c_float),
        ("weight_decay", c_float),
        ("clip_norm", c_float),
        ("decay_rate", c_float),
        ("floor", c_float),
        ("decay_steps", c_int64),
        ("average", c_float),
        ("reserved", c_int32),
    ]


# The callbacks of an explained model.
EXPLAIN_MASKED = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_uint8), POINTER(c_float))
EXPLAIN_WEIGHTED = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_float), POINTER(c_float))
EXPLAIN_GRADIENT = ctypes.CFUNCTYPE(
    c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_int32), POINTER(c_float), POINTER(c_float), POINTER(c_float)
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
    ]


# What the signatures below are made of. An array is the address of its first number.
STATUS = "status"  # an int32 that is 0, or raises
HANDLE = ARRAY = c_void_p
OUT = POINTER(c_void_p)  # where a handle is written, or taken back from
TEXT = c_char_p
SEARCH_STEP = ctypes.CFUNCTYPE(
    c_int32, c_void_p, c_int64, POINTER(c_int32), POINTER(c_int32), POINTER(c_int32), POINTER(c_float)
)

# In the order of the headers: name, result, arguments.
SIGNATURES = [
    ("attn_version", TEXT, []),
    ("attn_status_name", TEXT, [c_int32]),
    ("attn_last_error", TEXT, []),
    ("attn_context_create", STATUS, [POINTER(ContextOptions), OUT]),
    ("attn_context_destroy", None, [OUT]),
    ("attn_context_threads", c_int32, [HANDLE]),
    ("attn_context_isa", c_int32, [HANDLE]),
    ("attn_context_isa_name", TEXT, [HANDLE]),
    ("attn_params_create", STATUS, [HANDLE, c_uint64, OUT]),
    ("attn_params_destroy", None, [OUT]),
    ("attn_params_add", STATUS, [HANDLE, TEXT, c_int32, POINTER(c_int64), c_int32]),
    ("attn_params_count", c_int64, [HANDLE]),
    ("attn_params_size", c_int64, [HANDLE]),
    ("attn_params_values", ARRAY, [HANDLE]),
    ("attn_params_gradients", ARRAY, [HANDLE]),
    ("attn_params_tensor", STATUS, [HANDLE, c_int64, POINTER(TensorView)]),
    ("attn_params_find", STATUS, [HANDLE, TEXT, POINTER(TensorView)]),
    ("attn_params_set_trainable", STATUS, [HANDLE, TEXT, c_int32]),
    ("attn_params_set_rate", STATUS, [HANDLE, TEXT, c_float]),
    ("attn_params_use_rows", STATUS, [HANDLE, TEXT, c_int64, ARRAY]),
    ("attn_params_zero_grad", STATUS, [HANDLE]),
    ("attn_tape_create", STATUS, [HANDLE, POINTER(TapeOptions), OUT]),
    ("attn_tape_destroy", None, [OUT]),
    ("attn_tape_begin", STATUS, [HANDLE, c_int64]),
    ("attn_tape_depth", c_int64, [HANDLE]),
    ("attn_tape_bytes", c_int64, [HANDLE]),
    ("attn_tokens_create", STATUS, [HANDLE, OUT]),
    ("attn_tokens_destroy", None, [OUT]),
    ("attn_tokens_set_text", STATUS, [HANDLE, TEXT, c_size_t]),
    ("attn_tokens_count", c_int64, [HANDLE]),
    ("attn_tokens_get", TEXT, [HANDLE, c_int64]),
    ("attn_tokens_begins", ARRAY, [HANDLE]),
    ("attn_tokens_ends", ARRAY, [HANDLE]),
    ("attn_tokens_invalid", c_int64, [HANDLE]),
    ("attn_vocab_builder_create", STATUS, [HANDLE, OUT]),
    ("attn_vocab_builder_destroy", None, [OUT]),
    ("attn_vocab_builder_add", STATUS, [HANDLE, HANDLE]),
    ("attn_vocab_builder_add_token", STATUS, [HANDLE, TEXT, c_int64]),
    ("attn_vocab_create", STATUS, [HANDLE, c_int64, c_int64, OUT]),
    ("attn_vocab_destroy", None, [OUT]),
    ("attn_vocab_load", STATUS, [HANDLE, TEXT, OUT]),
    ("attn_vocab_save", STATUS, [HANDLE, TEXT]),
    ("attn_vocab_size", c_int64, [HANDLE]),
    ("attn_vocab_id", c_int32, [HANDLE, TEXT]),
    ("attn_vocab_token", TEXT, [HANDLE, c_int32]),
    ("attn_vocab_count", c_int64, [HANDLE, c_int32]),
    ("attn_vocab_encode", c_int64, [HANDLE, HANDLE, c_int64, ARRAY]),
    ("attn_vocab_decode", STATUS, [HANDLE, c_int64, ARRAY, POINTER(c_char_p)]),
    ("attn_vectors_probe", STATUS, [TEXT, c_int32, POINTER(VectorsReport)]),
    ("attn_vectors_read", STATUS, [HANDLE, TEXT, c_int32, HANDLE, c_int32, ARRAY, ARRAY, POINTER(VectorsReport)]),
    ("attn_embedding_create", STATUS, [HANDLE, TEXT, c_int64, c_int64, POINTER(EmbeddingOptions), OUT]),
    ("attn_embedding_destroy", None, [OUT]),
    ("attn_embedding_load", STATUS, [HANDLE, HANDLE, TEXT, POINTER(VectorsReport)]),
    ("attn_embedding_forward", STATUS, [HANDLE, HANDLE, c_int64, c_int64, ARRAY, ARRAY, ARRAY]),
    ("attn_embedding_backward", STATUS, [HANDLE, HANDLE, ARRAY]),
    ("attn_dropout_forward", STATUS, [HANDLE, c_float, c_int64, ARRAY, ARRAY]),
    ("attn_dropout_backward", STATUS, [HANDLE, c_int64, ARRAY, ARRAY]),
    ("attn_gru_create", STATUS, [HANDLE, TEXT, c_int64, c_int64, POINTER(GruOptions), OUT]),
    ("attn_gru_destroy", None, [OUT]),
    ("attn_gru_output_dim", c_int64, [HANDLE]),
    ("attn_gru_states", c_int64, [HANDLE]),
    ("attn_gru_forward", STATUS, [HANDLE, HANDLE, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_gru_forward_ids", STATUS, [HANDLE, HANDLE, HANDLE, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_gru_forward_scaled", STATUS, [HANDLE, HANDLE, HANDLE, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_gru_backward", STATUS, [HANDLE, HANDLE, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_gru_backward_scaled", STATUS, [HANDLE, HANDLE, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_gru_packed_create", STATUS, [HANDLE, POINTER(GruPackedOptions), OUT]),
    ("attn_gru_packed_destroy", None, [OUT]),
    ("attn_gru_packed_forward", STATUS, [HANDLE, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_gru_packed_forward_ids", STATUS, [HANDLE, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_gru_packed_step", STATUS, [HANDLE, c_int64, ARRAY, ARRAY]),
    ("attn_gru_packed_step_ids", STATUS, [HANDLE, c_int64, ARRAY, ARRAY]),
    ("attn_attention_create", STATUS, [HANDLE, TEXT, c_int64, POINTER(AttentionOptions), OUT]),
    ("attn_attention_destroy", None, [OUT]),
    ("attn_attention_forward", STATUS, [HANDLE, HANDLE, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY]),
    (
        "attn_attention_forward_queries",
        STATUS,
        [HANDLE, HANDLE, c_int64, c_int64, ARRAY, ARRAY, c_int64, ARRAY, ARRAY, ARRAY, ARRAY],
    ),
    ("attn_attention_backward", STATUS, [HANDLE, HANDLE, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_attention_memory_create", STATUS, [HANDLE, c_int64, c_int64, ARRAY, ARRAY, OUT]),
    ("attn_attention_memory_destroy", None, [OUT]),
    ("attn_attention_memory_attend", STATUS, [HANDLE, c_int64, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_attngru_create", STATUS, [HANDLE, TEXT, c_int64, c_int64, POINTER(AttnGruOptions), OUT]),
    ("attn_attngru_destroy", None, [OUT]),
    (
        "attn_attngru_forward",
        STATUS,
        [HANDLE, HANDLE, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY],
    ),
    ("attn_attngru_backward", STATUS, [HANDLE, HANDLE, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_dense_create", STATUS, [HANDLE, TEXT, c_int64, c_int64, POINTER(DenseOptions), OUT]),
    ("attn_dense_destroy", None, [OUT]),
    ("attn_dense_forward", STATUS, [HANDLE, HANDLE, c_int64, ARRAY, ARRAY]),
    ("attn_dense_backward", STATUS, [HANDLE, HANDLE, ARRAY, ARRAY]),
    (
        "attn_search",
        STATUS,
        [HANDLE, c_int64, c_int64, c_int64, POINTER(SearchOptions), SEARCH_STEP, c_void_p, ARRAY, ARRAY, ARRAY],
    ),
    (
        "attn_softmax_cross_entropy",
        STATUS,
        [HANDLE, c_int64, c_int64, ARRAY, ARRAY, POINTER(c_float), ARRAY, ARRAY],
    ),
    (
        "attn_conicity_loss",
        STATUS,
        [HANDLE, c_int64, c_int64, c_int64, ARRAY, ARRAY, c_float, POINTER(c_float), ARRAY],
    ),
    ("attn_adam_create", STATUS, [HANDLE, POINTER(AdamOptions), OUT]),
    ("attn_adam_destroy", None, [OUT]),
    ("attn_adam_step", STATUS, [HANDLE, POINTER(c_float)]),
    ("attn_adam_swap_average", STATUS, [HANDLE]),
    ("attn_adam_set_lr", STATUS, [HANDLE, c_float]),
    ("attn_adam_steps", c_int64, [HANDLE]),
    ("attn_adam_rate", c_float, [HANDLE]),
    ("attn_model_save", STATUS, [TEXT, HANDLE, HANDLE, TEXT, HANDLE]),
    ("attn_model_open", STATUS, [HANDLE, TEXT, OUT]),
    ("attn_model_close", None, [OUT]),
    ("attn_model_config", TEXT, [HANDLE]),
    ("attn_model_vocab", STATUS, [HANDLE, OUT]),
    ("attn_model_count", c_int64, [HANDLE]),
    ("attn_model_tensor", STATUS, [HANDLE, c_int64, POINTER(c_char_p), POINTER(c_int32), POINTER(c_int64)]),
    ("attn_model_load", STATUS, [HANDLE, HANDLE]),
    ("attn_model_load_adam", STATUS, [HANDLE, HANDLE]),
    ("attn_explain_gradient_input", STATUS, [c_int64, c_int64, c_int64, ARRAY, ARRAY, ARRAY, c_int32, ARRAY]),
    (
        "attn_explain_integrated",
        STATUS,
        [HANDLE, POINTER(ExplainModel), c_int64, ARRAY, c_int32, c_int32, ARRAY, ARRAY, ARRAY],
    ),
    ("attn_explain_occlusion", STATUS, [HANDLE, POINTER(ExplainModel), ARRAY]),
    ("attn_explain_random", STATUS, [c_int64, c_int64, ARRAY, c_uint64, ARRAY]),
    (
        "attn_explain_comprehensiveness",
        STATUS,
        [HANDLE, POINTER(ExplainModel), ARRAY, c_int64, ARRAY, ARRAY, ARRAY],
    ),
    ("attn_explain_sufficiency", STATUS, [HANDLE, POINTER(ExplainModel), ARRAY, c_int64, ARRAY, ARRAY, ARRAY]),
    ("attn_explain_flip", STATUS, [HANDLE, POINTER(ExplainModel), ARRAY, c_int64, ARRAY]),
    ("attn_explain_correlation", STATUS, [HANDLE, c_int64, c_int64, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY]),
    ("attn_explain_permutation", STATUS, [HANDLE, POINTER(ExplainModel), ARRAY, c_int64, c_uint64, ARRAY]),
    ("attn_explain_conicity", STATUS, [HANDLE, c_int64, c_int64, c_int64, ARRAY, ARRAY, ARRAY]),
    ("attn_explain_bootstrap", STATUS, [HANDLE, c_int64, ARRAY, c_float, c_int64, c_uint64, ARRAY]),
]


def _open() -> ctypes.CDLL:
    named = os.environ.get("ATTN_LIBRARY")
    built = Path(__file__).resolve().parents[3] / "build" / "lib" / "libattn.so"
    if named:
        candidate = named
    elif built.exists():
        candidate = str(built)
    else:
        candidate = ctypes.util.find_library("attn") or "libattn.so.0"
    try:
        return ctypes.CDLL(candidate)
    except OSError as error:
        raise ImportError(
            f"attn: cannot load the C library {candidate!r} ({error}); install libattn, or build it and set the "
            "environment variable ATTN_LIBRARY to the path of libattn.so"
        ) from error


def _raise_for_status(status: int, _function: object, _arguments: object) -> None:
    if status != 0:
        raise error_for(status, library.attn_last_error().decode("utf-8", "replace"))


def _declare(opened: ctypes.CDLL) -> None:
    for name, result, arguments in SIGNATURES:
        try:
            function = getattr(opened, name)
        except AttributeError:
            raise ImportError(f"attn: {opened._name} has no function {name}; it is another version, or not libattn")
        function.argtypes = arguments
        function.restype = c_int32 if result is STATUS else result
        if result is STATUS:
            function.errcheck = _raise_for_status
        if name == "attn_version":
            _check_version(opened)


def _check_version(opened: ctypes.CDLL) -> None:
    version = opened.attn_version().decode()
    if int(version.split(".")[0]) != API_MAJOR:
        raise ImportError(f"attn: {opened._name} is libattn {version}; this package needs {API_MAJOR}.x")


library = _open()
_declare(library)
