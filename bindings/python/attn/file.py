"""The model file: weights, vocabularies and configuration in one safetensors file, which PyTorch and NumPy open.

``save`` and ``save_bytes`` write one, ``File.open`` and ``File.from_bytes`` read one; ``replace_file`` writes any other.
"""

from __future__ import annotations

import ctypes
import os
from typing import Mapping

import numpy as np

from . import arrays
from ._handle import MadeHandle
from ._library import library, written
from ._structs import LayerInfo, SaveOptions, TensorView
from .arrays import Floats, address
from .attention import Attention
from .attngru import AttentionGRU
from .context import Context
from .gru import GRU
from .layers import Dense, Embedding
from .ngrams import Ngrams
from .params import Params, growing
from .pieces import Pieces
from .text import Vocab
from .train import Adam


DTYPES = {"float32": 0, "bfloat16": 1, "int8": 3}
"""What a file's numbers are: "float32", "bfloat16", half as large, or "int8", of which matrices take a quarter."""


def save(
    path: str | os.PathLike[str],
    params: Params,
    *,
    vocab: Vocab | None = None,
    vocabs: Mapping[str, Vocab] | None = None,
    config: str | None = None,
    adam: Adam | None = None,
    metadata: Mapping[str, str] | None = None,
    dtype: str = "float32",
    pieces: Pieces | None = None,
) -> None:
    """Write a model file, in the format safetensors. What was there is replaced only when the new file is whole and on disk; a
    link is followed, permissions stay, and a pipe or a device is written through to.

    path: where it goes.
    params: the weights, with what describes their layers.
    vocab (None): the vocabulary; None: none.
    vocabs (None): further vocabularies by names of their own, a mapping; None: none.
    config (None): the program's own, any string, JSON say; None: none.
    adam (None): the optimiser of these params, which makes it a checkpoint, from which training goes on bit for bit; None:
        none.
    metadata (None): strings that other readers of safetensors show, a mapping; None: none.
    dtype (float32): "bfloat16" rounds the weights, and halves the file; "int8" makes bytes of matrices whose rows have 16
        numbers or more, with a scale a row.
    pieces (None): how words are split; None: not at all.

    Raises ValueError: names that clash, an adam of other params; StateError: a tensor that holds NaN or infinity, an average
    that is swapped in; IoError (of the kind that ``open`` would raise); OutOfMemoryError.
    """
    options, _held = save_options(vocab, vocabs, config, adam, metadata, dtype, pieces)
    library.attn_params_save(Params._of("params", params), arrays.path("path", path), ctypes.byref(options))


def save_bytes(
    params: Params,
    *,
    vocab: Vocab | None = None,
    vocabs: Mapping[str, Vocab] | None = None,
    config: str | None = None,
    adam: Adam | None = None,
    metadata: Mapping[str, str] | None = None,
    dtype: str = "float32",
    pieces: Pieces | None = None,
) -> bytes:
    """What ``save`` would write, for a database or a socket.

    params: the weights, with what describes their layers.
    vocab (None): the vocabulary; None: none.
    vocabs (None): further vocabularies by names of their own, a mapping; None: none.
    config (None): the program's own, any string; None: none.
    adam (None): the optimiser of these params, which makes it a checkpoint; None: none.
    metadata (None): strings that other readers of safetensors show, a mapping; None: none.
    dtype (float32): "bfloat16" rounds the weights, and halves the file; "int8" makes bytes of matrices whose rows have 16
        numbers or more, with a scale a row.
    pieces (None): how words are split; None: not at all.

    Returns bytes, which ``File.from_bytes`` reads. Raises ValueError: names that clash, an adam of other params; StateError: a
    tensor that holds NaN or infinity, an average that is swapped in; OutOfMemoryError.
    """
    options, _held = save_options(vocab, vocabs, config, adam, metadata, dtype, pieces)
    native = Params._of("params", params)
    return written(lambda write: library.attn_params_write(native, ctypes.byref(options), write, None))


def replace_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write bytes as ``save`` writes the params: what a program keeps beside its models, or has drawn.

    path: where they go.
    data: bytes.

    Raises IoError, of the kind that ``open`` would raise; OutOfMemoryError.
    """
    if not isinstance(data, bytes):
        raise TypeError(f"data: expected bytes; got {arrays.what(data)}")
    library.attn_file_replace(Context(threads=1)._native, arrays.path("path", path), data, len(data))


def save_options(
    vocab: Vocab | None,
    vocabs: Mapping[str, Vocab] | None,
    config: str | None,
    adam: Adam | None,
    metadata: Mapping[str, str] | None,
    dtype: str,
    pieces: Pieces | None,
) -> tuple[SaveOptions, list[object]]:
    """The library's options, and what must live until the call returns."""
    named = arrays.members("vocabs", vocabs, "str to attn.Vocab")
    names = [arrays.text("vocabs", name) for name in named]
    natives = [Vocab._of("vocabs", value) for value in named.values()]
    pairs = arrays.members("metadata", metadata, "str to str")
    strings = [arrays.text("metadata", string) for pair in pairs.items() for string in pair]
    own, optimiser = Vocab._of_or_none("vocab", vocab), Adam._of_or_none("adam", adam)
    split = Pieces._of_or_none("pieces", pieces)
    options = SaveOptions(
        vocab=own,
        vocab_count=len(names),
        vocab_names=(ctypes.c_char_p * len(names))(*names),
        vocabs=(ctypes.c_void_p * len(natives))(*(native.value for native in natives)),
        config=None if config is None else arrays.text("config", config),
        adam=optimiser,
        metadata_count=len(pairs),
        metadata=(ctypes.c_char_p * len(strings))(*strings),
        dtype=arrays.choice("dtype", dtype, DTYPES),
        pieces=split,
    )
    return options, [own, optimiser, natives, split]


class File(MadeHandle):
    """A model file that was opened and checked; any safetensors file will do. Made by ``File.open`` or ``File.from_bytes``;
    immutable, for any number of threads.
    """

    _makers = "File.open or File.from_bytes"
    _data: bytes | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> File:
        """Read a file into memory. What happens to it afterwards does not matter.

        path: which one.

        Returns a File. Raises IoError (of the kind that ``open`` would raise); FormatError: what it holds is no such file;
        OutOfMemoryError.
        """
        given = Context(threads=1)._native, arrays.path("path", path)
        return cls._made(library.attn_file_close, library.attn_file_open, *given)

    @classmethod
    def from_bytes(cls, data: bytes) -> File:
        """Look at what ``save_bytes`` gave, a server sent, or a database keeps.

        data: bytes, which are kept and not copied.

        Returns a File. Raises FormatError: they are no such file; ValueError; OutOfMemoryError.
        """
        if not isinstance(data, bytes):
            raise TypeError(f"data: expected bytes; got {arrays.what(data)}")
        given = Context(threads=1)._native, data, len(data)
        file = cls._made(library.attn_file_close, library.attn_file_open_memory, *given)
        file._data = data  # the numbers stay where they are
        return file

    @property
    def config(self) -> str | None:
        """The configuration as it was saved, a str; None when there is none."""
        return _string(library.attn_file_config(self._native))

    def metadata(self, key: str) -> str | None:
        """What stands under a key of the metadata.

        key: which one.

        Returns a str; None when there is none.
        """
        return _string(library.attn_file_metadata(self._native, arrays.text("key", key)))

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each tensor of the file, a dict of tuples by name, in the order of their data."""
        shapes = {}
        for index in range(library.attn_file_count(self._native)):
            view = TensorView()
            library.attn_file_tensor(self._native, index, ctypes.byref(view))
            shapes[arrays.decoded(view.name)] = tuple(view.shape[: view.rank])
        return shapes

    def read(self, name: str) -> Floats:
        """A copy of a tensor; bfloat16, float16, and int8 with its scales, become float32.

        name: the tensor's.

        Returns float32 [shape]. Raises FormatError: there is no such tensor; UnsupportedError: its type is none of these.
        """
        view = TensorView()
        library.attn_file_find(self._native, arrays.text("name", name), ctypes.byref(view))
        values = np.empty(tuple(view.shape[: view.rank]), np.float32)
        library.attn_file_read(self._native, arrays.text("name", name), values.size, address(values))
        return values

    def vocab(self, name: str = "vocab") -> Vocab:
        """A vocabulary, as a handle of its own.

        name (vocab): under which it was saved: that of ``save``'s ``vocab`` is "vocab".

        Returns a Vocab. Raises FormatError: the file holds none such; OutOfMemoryError.
        """
        given = self._native, arrays.text("name", name)
        return Vocab._made(library.attn_vocab_destroy, library.attn_file_vocab_create, *given)

    def pieces(self) -> Pieces:
        """How words are split into pieces. Returns Pieces, a handle of its own. Raises FormatError: the file does not say it."""
        return Pieces._made(library.attn_pieces_destroy, library.attn_file_pieces_create, self._native)

    @property
    def layers(self) -> dict[str, str]:
        """The kind of each layer that the file describes, a dict by name, in the order in which they were made: "embedding",
        "gru", "attention", "attngru", "dense" or "ngrams".
        """
        layers = {}
        for index in range(library.attn_file_layer_count(self._native)):
            view = LayerInfo()
            library.attn_file_layer(self._native, index, ctypes.byref(view))
            layers[arrays.decoded(view.name)] = arrays.decoded(view.kind)
        return layers

    def embedding(self, name: str, params: Params) -> Embedding:
        """Make a layer of the file, with the options that it describes and its values.

        name: the layer's.
        params: where its tensors are added.

        Returns an Embedding. Raises FormatError: the file describes no such layer, or its tensors do not fit; ValueError: a
        name that is taken; StateError: the params are sealed, or a view of them is alive; OutOfMemoryError. After an error the
        params are as before.
        """
        made = library.attn_file_embedding_create
        embedding = Embedding._made(library.attn_embedding_destroy, made, *self._layer(name, params))
        embedding.params = params
        return embedding

    def gru(self, name: str, params: Params) -> GRU:
        """Make a layer of the file, with the options that it describes and its values.

        name: the layer's.
        params: where its tensors are added.

        Returns a GRU. Raises what ``embedding`` does: FormatError, ValueError, StateError, OutOfMemoryError.
        """
        return GRU._made(library.attn_gru_destroy, library.attn_file_gru_create, *self._layer(name, params))

    def attention(self, name: str, params: Params) -> Attention:
        """Make a layer of the file, with the options that it describes and its values.

        name: the layer's.
        params: where its tensors are added.

        Returns an Attention. Raises what ``embedding`` does: FormatError, ValueError, StateError, OutOfMemoryError.
        """
        made = library.attn_file_attention_create
        return Attention._made(library.attn_attention_destroy, made, *self._layer(name, params))

    def attention_gru(self, name: str, params: Params) -> AttentionGRU:
        """Make a layer of the file, whose kind is called "attngru", with the options that it describes and its values.

        name: the layer's.
        params: where its tensors are added.

        Returns an AttentionGRU. Raises what ``embedding`` does: FormatError, ValueError, StateError, OutOfMemoryError.
        """
        made = library.attn_file_attngru_create
        return AttentionGRU._made(library.attn_attngru_destroy, made, *self._layer(name, params))

    def dense(self, name: str, params: Params) -> Dense:
        """Make a layer of the file, with the options that it describes and its values.

        name: the layer's.
        params: where its tensors are added.

        Returns a Dense. Raises what ``embedding`` does: FormatError, ValueError, StateError, OutOfMemoryError.
        """
        return Dense._made(library.attn_dense_destroy, library.attn_file_dense_create, *self._layer(name, params))

    def ngrams(self, name: str, params: Params) -> Ngrams:
        """Make a layer of the file, with the options that it describes and its values.

        name: the layer's.
        params: where its tensors are added.

        Returns an Ngrams. Raises what ``embedding`` does: FormatError, ValueError, StateError, OutOfMemoryError.
        """
        made = library.attn_file_ngrams_create
        ngrams = Ngrams._made(library.attn_ngrams_destroy, made, *self._layer(name, params))
        ngrams.params = params
        return ngrams

    def _layer(self, name: str, params: Params) -> tuple[object, ...]:
        return self._native, arrays.text("name", name), growing(params)

    def load(self, params: Params, *, source: str = "", target: str = "") -> None:
        """Copy values into params: into each tensor whose name begins with ``target`` those of the tensor of the file that is
        called the same with ``source`` in its place. ``file.load(params)`` loads all; ``file.load(params, target="encoder.")``
        a PyTorch GRU's state_dict into the layer called encoder.

        params: what is loaded into.
        source (''): the beginning of the names in the file.
        target (''): the beginning of the names in the params.

        Raises FormatError: a tensor is missing, has another shape or holds NaN, or a layer is another one; ValueError: no
        tensor of the params begins so; UnsupportedError: a tensor of another type than ``read`` takes. After an error the
        params are as before.
        """
        native = Params._of("params", params)
        library.attn_file_load(self._native, native, arrays.text("source", source), arrays.text("target", target))

    def load_adam(self, adam: Adam) -> None:
        """Copy the optimiser's state from a checkpoint.

        Its settings are not in there. A program that goes on sets again what it had set, and then comes to the same bits: the
        arguments of ``Adam``, ``Adam.set_lr``, ``Params.set_lr_scale`` and ``Tensor.trainable``.

        adam: what is loaded into.

        Raises FormatError: the file holds none, or one of other tensors; StateError: its average is swapped in. After an error
        the optimiser is as before.
        """
        library.attn_file_load_adam(self._native, Adam._of("adam", adam))

    def _describe(self) -> str:
        return f"tensors={library.attn_file_count(self._native)}"


def _string(text: bytes | None) -> str | None:
    return None if text is None else arrays.decoded(text)
