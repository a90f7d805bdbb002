"""Handles: Python objects that own an object of the C library.

A handle is released by ``close()``, at the end of a ``with`` block, or when Python drops it, in any order: the
library counts who still needs what. A call that is under way in another thread finishes before the release.
"""

from __future__ import annotations

import ctypes
from typing import Callable, TypeVar

from ._errors import StateError

Self = TypeVar("Self", bound="Handle")


class Native:
    """A pointer to an object of the library; released with the last Python reference. ctypes passes it by its
    ``_as_parameter_``, and so holds a reference as long as the call runs."""

    __slots__ = ("_as_parameter_", "_destroy", "__weakref__")

    def __init__(self, destroy: Callable) -> None:
        self._as_parameter_ = ctypes.c_void_p()
        self._destroy = destroy

    def out(self) -> object:
        """Where a ``..._create`` writes the pointer."""
        return ctypes.byref(self._as_parameter_)

    # `byref` is bound early: at the interpreter's end modules may be gone before the last handle.
    def __del__(self, byref: Callable = ctypes.byref) -> None:
        self._destroy(byref(self._as_parameter_))


class Handle:
    """The base of all handles."""

    _held: Native | None = None

    def __init__(self, destroy: Callable, create: Callable, *arguments: object) -> None:
        """Call ``create(*arguments, out)``; ``destroy`` will take back what it gave."""
        native = Native(destroy)
        create(*arguments, native.out())
        self._held = native

    @property
    def _native(self) -> Native:
        held = self._held
        if held is None:
            raise StateError(f"attn.{type(self).__name__}: the handle was used after close(); make a new one")
        return held

    @property
    def closed(self) -> bool:
        """Whether ``close()`` was called."""
        return self._held is None

    def close(self) -> None:
        """Release what the handle holds. A second call does nothing; any other use is a StateError."""
        self._held = None

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<attn.{type(self).__name__} {'closed' if self.closed else self._describe()}>"

    def _describe(self) -> str:
        raise NotImplementedError
