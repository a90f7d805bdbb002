"""Handles: Python objects that own an object of the C library.

A handle is released by ``close()``, at the end of a ``with`` block, or when Python drops it, in any order: the
library counts who still needs what. A call that is under way in another thread finishes before the release.

One rule for arguments that are handles: a call takes each by ``_of`` or ``_of_or_none`` of the class that it expects,
and what is none is a TypeError. Below that, the pointer of each kind of object is a type of its
own, in _signatures.py: a call that forgot the rule fails, and never reads one object as another.
"""

from __future__ import annotations

import ctypes
import threading
from abc import abstractmethod
from typing import Any, Callable, NoReturn, Sequence, TypeVar, overload

from . import arrays
from ._calls import caller
from ._errors import StateError

Self = TypeVar("Self", bound="Handle")
Item = TypeVar("Item", covariant=True)


class Native(ctypes.c_void_p):
    """A pointer to an object of the library, of the kind that a subclass is; released with the last Python reference.
    ctypes holds one as long as a call runs."""

    alone = ""  # what it is called here where it is for one thread at a time
    _owner: Native | None = None

    # `byref` is bound early: at the interpreter's end modules may be gone before the last handle.
    def __init__(self, destroy: Callable[..., None], byref: Callable[..., Any] = ctypes.byref) -> None:
        super().__init__()
        self._destroy = destroy
        self._byref = byref
        if self.alone:
            self.lock = threading.Lock()

    def __del__(self) -> None:
        self._destroy(self._byref(self))

    @classmethod
    def borrowed(cls, address: int, owner: Native) -> Native:
        """One that belongs to another object, which it keeps alive."""
        native = cls(lambda _held: None)
        native.value = address
        native._owner = owner
        return native

    @classmethod
    def from_param(cls, value: Any) -> Any:
        """What ctypes asks of an argument's type; c_void_p's own takes any pointer, and any integer for one."""
        if value is None or isinstance(value, cls):
            return value
        raise TypeError(f"expected {cls.__name__}; got {type(value).__name__}")


def native_kind(name: str, alone: str = "") -> type[Native]:
    """The type of the pointers to one kind of object, after the C type's name; ``alone`` is the class here where that is for one
    thread at a time."""
    return type(name, (Native,), {"alone": alone})


def one_thread(function: Callable[..., object], place: int) -> Callable[..., object]:
    """A function of the library whose argument at ``place`` is for one thread at a time: StateError for a second one."""

    def call(*arguments: Any) -> object:
        native = arguments[place]
        if native is None:
            return function(*arguments)
        if not native.lock.acquire(blocking=False):
            raise StateError(
                f"{caller()}: another thread is using the {native.alone}; give each thread one of its own"
            )
        try:
            return function(*arguments)
        finally:
            native.lock.release()

    return call


class Handle:
    """The base of all handles."""

    _held: Native | None = None

    # Calls `create(*arguments, out)`; `destroy` will take back what it gave, and says by its signature of what kind that is.
    # No docstring: help() of a subclass's constructor would show it.
    def __init__(self, destroy: Any, create: Callable[..., object], *arguments: object) -> None:
        native = destroy.argtypes[0]._type_(destroy)
        create(*arguments, ctypes.byref(native))
        self._held = native

    @classmethod
    def _made(cls: type[Self], destroy: Any, create: Callable[..., object], *arguments: object) -> Self:
        """A handle that another call than the class's own makes: out of a file."""
        handle = cls.__new__(cls)
        Handle.__init__(handle, destroy, create, *arguments)
        handle._look()
        return handle

    @classmethod
    def _shared(cls: type[Self], destroy: Any, share: Callable[[Native], int], address: int, owner: Native) -> Self:
        """A handle of its own on an object that belongs to another one: the part of a classifier."""
        kind = destroy.argtypes[0]._type_
        native = kind(destroy)
        native.value = share(kind.borrowed(address, owner))
        return cls._held_by(native)

    @classmethod
    def _held_by(cls: type[Self], native: Native) -> Self:
        """A handle on what the library made already."""
        handle = cls.__new__(cls)
        handle._held = native
        handle._look()
        return handle

    def _look(self) -> None:
        """Read from the library what the constructor's arguments would have said."""

    @classmethod
    def _of(cls, name: str, value: object) -> Native:
        """What the library takes for the argument ``name``, which must be a handle of this class, and not closed."""
        if not isinstance(value, cls):
            came = f"attn.{type(value).__name__}" if isinstance(value, Handle) else arrays.what(value)
            raise TypeError(f"{name}: expected an attn.{cls.__name__}; got {came}")
        return value._native

    @classmethod
    def _of_or_none(cls, name: str, value: object) -> Native | None:
        """The same where None is allowed: the library's NULL."""
        return None if value is None else cls._of(name, value)

    @property
    def _native(self) -> Native:
        held = self._held
        if held is None:
            raise StateError(f"attn.{type(self).__name__}: the handle was used after close(); make a new one")
        return held

    @property
    def closed(self) -> bool:
        """bool: whether ``close()`` was called."""
        return self._held is None

    def close(self) -> None:
        """Release what the handle holds. A second call does nothing; any other use is a StateError. What was made with it goes
        on working, and so does a call that is under way in another thread.
        """
        self._held = None

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    # A handle is itself alone: what it holds is not compared, as Mapping would, which takes the hash away besides.
    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError(f"attn.{type(self).__name__}: a handle can be neither copied nor pickled; make another one")

    def __repr__(self) -> str:
        return f"<attn.{type(self).__name__} {'closed' if self.closed else self._describe()}>"

    def _describe(self) -> str:
        raise NotImplementedError


class MadeHandle(Handle):
    """A handle that calls of others make; its class is none."""

    _makers = ""

    def __init__(self, *_arguments: object, **_options: object) -> None:
        raise TypeError(f"attn.{type(self).__name__}: it cannot be made by itself; call {self._makers}")


class SequenceHandle(Handle, Sequence[Item]):
    """A handle that is a sequence of what it holds: len(), indices from either end, slices, iteration, ``in``, reversed()."""

    _items = "items"  # what they are called here

    @abstractmethod
    def _item(self, index: int) -> Item:
        """Number ``index``, which there is."""

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...

    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        count = len(self)
        if isinstance(index, slice):
            return [self._item(i) for i in range(count)[index]]
        position = arrays.int64("index", index)
        if not -count <= position < count:
            raise IndexError(f"index: expected one of {count} {self._items}; got {index}")
        return self._item(position % count)
