"""The numbers that training changes: named tensors, their values and their gradients.

Layers add their tensors when they are created. ``Params.values`` and ``Params.gradients`` are NumPy views of the
library's own memory: writing to them changes the model, and nothing is copied. Adding a tensor may move that
memory. So that no view ever points at what is gone, a new layer or tensor is refused (StateError) while such a
view is alive, as Python refuses to resize a bytearray that is exported; take views after the last layer was made,
or ``copy()`` them. Views stay good when the Params are closed or dropped.
"""

from __future__ import annotations

import ctypes
import weakref
from typing import Iterable, Iterator, Mapping, Sequence

import numpy as np

from . import arrays
from ._errors import StateError
from ._handle import Handle, Native
from ._library import library
from ._structs import ParamsOptions, TensorOptions, TensorView
from .arrays import Floats
from .context import Context

INITS = {
    "default": 0,
    "zero": 1,
    "one": 2,
    "glorot": 3,
    "fan_sum": 4,
    "fan_sum_relu": 5,
    "orthogonal": 6,
    "normal": 7,
}
"""How a tensor gets its first values; [out, in] is its shape, and rank 1 counts as [1, n].

"default": what the layer says. "zero", "one": 0, 1. "glorot": uniform +-sqrt(6 / (in + out)). "fan_sum": uniform +-1 / sqrt(in
+ out), for tanh and sigmoid. "fan_sum_relu": sqrt(2) times that. "orthogonal": orthonormal columns in each square block of
rows. "normal": mean 0, standard deviation 0.1.
"""


class Params(Handle):
    """The numbers that training changes: an empty set of named tensors, to which layers add theirs.

    context: what computes.
    seed (0): decides, with a tensor's name and the place in it, the first values of those that will be added; 0 to 2**64 - 1.

    Any number of threads may run inference at once; adding tensors, backward and optimiser steps need the params to themselves.
    It stays alive as long as a layer that lives in it.

    Attributes:
    context: the one that it was made with.

    Raises ValueError: a seed out of range; OutOfMemoryError.
    """

    def __init__(self, context: Context, seed: int = 0) -> None:
        self.context = context
        native = Context._of("context", context)
        options = ParamsOptions(seed=arrays.uint64("seed", seed))
        super().__init__(library.attn_params_destroy, library.attn_params_create, native, ctypes.byref(options))
        self._exports: weakref.WeakSet[_Export] = weakref.WeakSet()

    def add(
        self,
        name: str,
        shape: Sequence[int],
        init: str = "default",
        *,
        frozen: bool = False,
        init_scale: float = 1.0,
        lr_scale: float = 1.0,
    ) -> Tensor:
        """Add a tensor of your own.

        name: what it is called, 1 to 255 bytes of UTF-8 without control characters, of no other tensor. Not "__metadata__" and
            "ngrams", nor what begins with "adam." or ends in ".scales" or ".ngrams": so a file calls what it holds beside them.
            A layer's name may not be "adam" or begin with "adam."; it may be "", and its tensors are then "weight" and so on.
        shape: 1 to 8 dimensions, each 1 or more.
        init (default): its first values, one of ``INITS``; "default" is "glorot".
        frozen (False): True: training leaves the tensor alone, and its gradient stays 0.
        init_scale (1.0): what the first values are multiplied by, more than 0.
        lr_scale (1.0): how many times as fast as the optimiser's rate it learns, more than 0.

        Returns the Tensor. Raises ValueError: a name that is taken or that no tensor may have, a number out of range; StateError:
        the params are sealed, or a NumPy view of their values is alive; OutOfMemoryError. After an error the params are as before.
        """
        options = TensorOptions(
            init=arrays.choice("init", init, INITS),
            frozen=arrays.flag("frozen", frozen),
            init_scale=arrays.positive("init_scale", arrays.number("init_scale", init_scale)),
            lr_scale=arrays.positive("lr_scale", arrays.number("lr_scale", lr_scale)),
        )
        dims = [arrays.int64("shape", dim) for dim in arrays.items("shape", shape, "integers")]
        library.attn_params_add(
            growing(self),
            arrays.text("name", name),
            len(dims),
            (ctypes.c_int64 * len(dims))(*dims),
            ctypes.byref(options),
        )
        return self.tensors[name]

    def seal(self) -> None:
        """No more tensors and layers from now on: adding one is a StateError."""
        library.attn_params_seal(self._native)

    @property
    def size(self) -> int:
        """int: how many numbers all tensors hold."""
        return int(library.attn_params_size(self._native))

    @property
    def values(self) -> Floats:
        """float32 [size]: all values, a view: writing to it changes the model. While a view is alive, no tensor or layer can be
        added.
        """
        return self._view(library.attn_params_values(self._native))

    @property
    def gradients(self) -> Floats:
        """float32 [size]: all gradients, a view. Backwards add to them; ``zero_grad`` clears them."""
        if library.attn_params_gradients(self._native) is None:
            self.zero_grad()
        return self._view(library.attn_params_gradients(self._native))

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """A mapping of names to Tensor, in the order in which they were added. A name that is none is a KeyError."""
        return _Tensors(self)

    def set_lr_scale(self, name: str, scale: float) -> None:
        """Let one tensor learn faster or slower than the others: an embedding, say, each row of which is updated only when it
        is used. No file keeps this: set it again when a run goes on.

        name: the tensor's.
        scale: how many times as fast as the optimiser's rate; finite and more than 0, and 1 at first.

        Raises ValueError: no such tensor, a scale out of range.
        """
        library.attn_params_set_lr_scale(self._native, arrays.text("name", name), arrays.number("scale", scale))

    def use_rows(self, name: str, rows: Iterable[int]) -> None:
        """Name rows of an embedding whose gradient you wrote yourself: rows that no backward used since ``zero_grad`` count as
        0, and are neither cleared nor updated.

        name: the tensor's; of one whose gradient is dense nothing happens.
        rows: their numbers.

        Raises ValueError: no such tensor or row.
        """
        numbers = np.array([arrays.int64("rows", row) for row in arrays.items("rows", rows, "integers")], np.int64)
        library.attn_params_use_rows(self._native, arrays.text("name", name), len(numbers), arrays.address(numbers))

    def zero_grad(self) -> None:
        """Set every gradient to 0. Of an embedding, only rows that a backward used are touched."""
        library.attn_params_zero_grad(self._native)

    def _view(self, address: int | None) -> Floats:
        if address is None:
            return np.empty(0, np.float32)
        export = _Export(self._native, address, self.size)
        self._exports.add(export)
        return np.asarray(export)

    def _describe(self) -> str:
        return f"tensors={len(self.tensors)} size={self.size}"


def growing(params: Params) -> Native:
    """What the library takes for the argument ``params`` of a call that adds tensors."""
    native = Params._of("params", params)
    if len(params._exports):
        raise StateError(
            f"attn.Params: {len(params._exports)} NumPy view(s) of the values or gradients are alive, and a new "
            "tensor may move that memory; drop them, or copy() them, before adding tensors and layers"
        )
    return native


class Tensor:
    """One tensor of a Params, as ``Params.add`` and ``Params.tensors`` give it. It stays good when others are added; the arrays
    it gives are made when asked for.

    Attributes:
    name: what it is called, "encoder.weight_hh_l0", say.
    shape: a tuple of 1 to 8 dimensions.
    """

    def __init__(self, params: Params, view: TensorView) -> None:
        self._params = params
        self._part = slice(view.offset, view.offset + view.size)
        self.name = arrays.decoded(view.name)
        self.shape: tuple[int, ...] = tuple(view.shape[: view.rank])

    @property
    def values(self) -> Floats:
        """float32 [shape]: a view, as ``Params.values``."""
        return self._params.values[self._part].reshape(self.shape)

    @property
    def gradients(self) -> Floats:
        """float32 [shape]: a view, as ``Params.gradients``."""
        return self._params.gradients[self._part].reshape(self.shape)

    @property
    def trainable(self) -> bool:
        """bool, which may be set: False where it is frozen: its gradient stays 0 and the optimiser leaves it alone. No file keeps
        this: set it again when a run goes on."""
        view = TensorView()
        library.attn_params_find(self._params._native, arrays.text("name", self.name), ctypes.byref(view))
        return bool(view.trainable)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        library.attn_params_set_trainable(self._params._native, arrays.text("name", self.name), arrays.flag("trainable", value))

    @property
    def lr_scale(self) -> float:
        """float: how many times as fast as the optimiser's rate it learns; ``Params.set_lr_scale`` sets it."""
        view = TensorView()
        library.attn_params_find(self._params._native, arrays.text("name", self.name), ctypes.byref(view))
        return float(view.lr_scale)

    @property
    def used_rows(self) -> list[int] | None:
        """The rows of an embedding whose gradient may not be 0, a list of int, since the last ``zero_grad``; None where it is
        dense.
        """
        view = TensorView()
        library.attn_params_find(self._params._native, arrays.text("name", self.name), ctypes.byref(view))
        if view.used_rows is None:
            return None
        return ctypes.cast(view.used_rows, ctypes.POINTER(ctypes.c_int64))[: view.used_count]

    def __repr__(self) -> str:
        return f"<attn.Tensor {self.name} {list(self.shape)}>"


class _Tensors(Mapping[str, Tensor]):
    _called = "Params.tensors"

    def __init__(self, params: Params) -> None:
        self._params = params

    def __getitem__(self, name: str) -> Tensor:
        view = TensorView()
        try:
            library.attn_params_find(self._params._native, arrays.text("name", name), ctypes.byref(view))
        except ValueError as error:
            raise KeyError(str(error)) from None
        return Tensor(self._params, view)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        for index in range(len(self)):
            view = TensorView()
            library.attn_params_tensor(self._params._native, index, ctypes.byref(view))
            yield arrays.decoded(view.name)

    def __len__(self) -> int:
        return int(library.attn_params_count(self._params._native))

    def __repr__(self) -> str:
        return f"<attn.Params.tensors {list(self)}>"


class _Export:
    """What the base of a view is: it keeps the library's memory alive as long as NumPy looks at it."""

    def __init__(self, native: Native, address: int, size: int) -> None:
        self._native = native
        self.__array_interface__ = {
            "version": 3,
            "typestr": np.dtype(np.float32).str,
            "shape": (size,),
            "data": (address, False),
        }
