"""The model file: weights, vocabulary and configuration in one safetensors file, which PyTorch and NumPy open."""

from __future__ import annotations

import ctypes
import os

from . import arrays
from ._handle import Handle
from ._library import library
from .context import Context
from .params import Params
from .text import Vocab
from .train import Adam


def save(
    path: str | os.PathLike[str],
    params: Params,
    *,
    vocab: Vocab | None = None,
    config: str | None = None,
    adam: Adam | None = None,
) -> None:
    """Write the params, and what else is given, to a file. ``config`` is any string, JSON say; with ``adam`` the
    file is a checkpoint. What was there is replaced only when the new file is whole and on disk."""
    library.attn_model_save(
        arrays.path("path", path),
        Params._of("params", params),
        Vocab._of_or_none("vocab", vocab),
        None if config is None else arrays.text("config", config),
        Adam._of_or_none("adam", adam),
    )


class Model(Handle):
    """Open and check a model file; any safetensors file of float32 tensors will do. Immutable, for any number of
    threads."""

    def __init__(self, context: Context, path: str | os.PathLike[str]) -> None:
        given = (Context._of("context", context), arrays.path("path", path))
        super().__init__(library.attn_model_close, library.attn_model_open, *given)

    @property
    def config(self) -> str | None:
        """The configuration as it was saved; None when there is none."""
        config = library.attn_model_config(self._native)
        return None if config is None else arrays.decoded(config)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each tensor of the file, by name."""
        shapes = {}
        name, rank, shape = ctypes.c_char_p(), ctypes.c_int32(), (ctypes.c_int64 * 8)()
        for index in range(library.attn_model_count(self._native)):
            library.attn_model_tensor(self._native, index, ctypes.byref(name), ctypes.byref(rank), shape)
            shapes[arrays.decoded(name.value)] = tuple(shape[: rank.value])
        return shapes

    def vocab(self) -> Vocab:
        """The vocabulary, as a handle of its own; a FormatError when the file holds none."""
        return Vocab(library.attn_model_vocab, self._native)

    def load(self, params: Params) -> None:
        """Copy the values of every tensor of the params from the file. A tensor that is missing or has another
        shape is a FormatError, and the params are as before."""
        library.attn_model_load(self._native, Params._of("params", params))

    def load_adam(self, adam: Adam) -> None:
        """Copy the optimiser's state from a checkpoint; on failure it is as before."""
        library.attn_model_load_adam(self._native, Adam._of("adam", adam))

    def _describe(self) -> str:
        return f"tensors={len(self.shapes)}"
