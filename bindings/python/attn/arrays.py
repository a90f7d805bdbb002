"""Checking what goes into the library.

The library reads plain memory: float32 (or int32), row-major, without gaps. An array that is anything else is
refused with the argument's name, what was expected and what came. Nothing is ever converted or copied behind the
caller's back. A wrong type, dtype or layout is a TypeError; a wrong shape a ValueError.
"""

from __future__ import annotations

import ctypes
import numbers
import operator
import os
import sys
from typing import Any, Callable, Iterable, Mapping, Sequence, Union

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
Longs = NDArray[np.int64]

Shape = Sequence[Union[int, str]]
"""A shape: a number for a fixed dimension, a word for a free one."""


def floats(name: str, value: object, shape: Shape) -> Floats:
    """``value`` if it is a C-contiguous float32 array of this shape; otherwise TypeError or ValueError."""
    checked: Floats = _checked(name, value, np.float32, shape)
    return checked


def integers(name: str, value: object, shape: Shape) -> Integers:
    """The same for int32: ids, lengths, labels."""
    checked: Integers = _checked(name, value, np.int32, shape)
    return checked


def longs(name: str, value: object, shape: Shape) -> Longs:
    """The same for int64: places of bytes."""
    checked: Longs = _checked(name, value, np.int64, shape)
    return checked


def bools(name: str, value: object, shape: Shape) -> NDArray[np.bool_]:
    """The same for bool: which tokens stay."""
    checked: NDArray[np.bool_] = _checked(name, value, np.bool_, shape)
    return checked


def optional_floats(name: str, value: object, shape: Shape) -> Floats | None:
    """The same where None is allowed."""
    return None if value is None else floats(name, value, shape)


def optional_integers(name: str, value: object, shape: Shape) -> Integers | None:
    """The same where None is allowed."""
    return None if value is None else integers(name, value, shape)


def writable(name: str, value: object, shape: Shape, *inputs: Array | None) -> Floats:
    """A float32 array that the library will write to: it may be written, and shares no memory with the inputs."""
    array = floats(name, value, shape)
    if not array.flags.writeable:
        raise TypeError(f"{name}: the array is read-only; expected one that may be written")
    if any(other is not None and np.may_share_memory(array, other) for other in inputs):
        raise ValueError(f"{name}: the array shares memory with an input; expected memory of its own")
    return array


def output(name: str, out: object, shape: Sequence[int], *inputs: Array | None, over: Array | None = None) -> Floats:
    """A new array, or ``out`` where the caller gave one. ``over``: the one input that it may be, but not share a part of."""
    if out is None:
        return np.empty(shape, np.float32)
    return writable(name, out, shape, *inputs, None if out is over else over)


def outputs(out: object, count: int) -> tuple[Any, ...]:
    """``out=`` of a call with several results: None, or a tuple of arrays and None."""
    if out is None:
        return (None,) * count
    if not isinstance(out, tuple) or len(out) != count:
        raise TypeError(f"out: expected a tuple of {count} arrays (None for a new one); got {what(out)}")
    return out


class _Memory:
    """What NumPy makes an array of without a copy."""

    def __init__(self, place: int, shape: Shape, kind: type) -> None:
        self.__array_interface__ = {
            "version": 3,
            "typestr": np.dtype(kind).str,
            "shape": tuple(shape),
            "data": (place, False),
        }


def view(pointer: Any, shape: Sequence[int]) -> Array:
    """The library's own memory behind a pointer, as long as the library lets it stand. (numpy.ctypeslib.as_array makes a type of
    each shape, and ctypes keeps it for ever.)"""
    place = ctypes.cast(pointer, ctypes.c_void_p).value
    return np.asarray(_Memory(place, shape, pointer._type_)) if place else np.empty(shape, pointer._type_)


def address(array: Array | None) -> int | None:
    """Where a checked array begins; None is the library's NULL."""
    return None if array is None else array.ctypes.data


def int32(name: str, value: object) -> int:
    """An integer that fits int32: ctypes would silently cut a larger one."""
    return _integer(name, value, -(2**31), 2**31 - 1)


def int64(name: str, value: object) -> int:
    """An integer that fits int64."""
    return _integer(name, value, -(2**63), 2**63 - 1)


def uint64(name: str, value: object) -> int:
    """An integer that fits uint64: a seed."""
    return _integer(name, value, 0, 2**64 - 1)


def number(name: str, value: object) -> float:
    """A real number."""
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: expected a number; got {what(value)}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name}: expected a number of at most {sys.float_info.max:.0e}; got a larger one") from None


def positive(name: str, value: float) -> Any:
    """The number if it is more than 0, also as the library's float: in its options 0 stands for the default."""
    if not ctypes.c_float(value).value > 0:
        raise ValueError(f"{name}: expected more than 0; got {value}")
    return value


def or_zero(name: str, value: object) -> float:
    """A number of 0 or more as the library takes it where its 0 stands for another default: 0, and what is below its floats,
    as ATTN_ZERO."""
    given = number(name, value)
    if given < 0:
        raise ValueError(f"{name}: expected 0 or more; got {given}")
    return ctypes.c_float(given).value or -1.0


def flag(name: str, value: object) -> bool:
    """A truth value: anything else may be an argument in the wrong place."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected a bool; got {what(value)}")
    return bool(value)


def function(name: str, value: object) -> Callable[..., Any]:
    """What the library will call back."""
    if not callable(value):
        raise TypeError(f"{name}: expected a function; got {what(value)}")
    return value


def items(name: str, value: object, of: str) -> list[Any]:
    """The items of something that can be iterated over; ``of`` says what of."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise TypeError(f"{name}: expected an iterable of {of}; got {what(value)}")
    return list(value)


def members(name: str, value: object, of: str) -> dict[Any, Any]:
    """The members of a mapping, none of None; ``of`` says of what to what."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected a mapping of {of}; got {what(value)}")
    return dict(value)


def choice(name: str, value: object, choices: Mapping[str, int]) -> int:
    """The constant that a word stands for."""
    expected = f"{name}: expected one of {', '.join(map(repr, choices))}"
    if not isinstance(value, str):
        raise TypeError(f"{expected}; got {what(value)}")
    if value not in choices:
        raise ValueError(f"{expected}; got {value!r}")
    return choices[value]


def string(name: str, value: object) -> str:
    """A str."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a str; got {what(value)}")
    return value


def text(name: str, value: object) -> bytes:
    """A str as the library's NUL-terminated UTF-8; what ``decoded`` gave becomes the bytes that it was."""
    given = string(name, value)
    return _terminated(name, lambda: given.encode("utf-8", "surrogateescape"))


def utf8(name: str, value: object) -> bytes:
    """A text of any characters as UTF-8; what ``decoded`` gave becomes the bytes that it was; bytes as they are."""
    if isinstance(value, str):
        try:
            return value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # another lone surrogate, which ``decoded`` never gives: bytes of no UTF-8
            return value.encode("utf-8", "surrogatepass")
    if not isinstance(value, bytes):
        raise TypeError(f"{name}: expected a str or bytes; got {what(value)}")
    return value


def path(name: str, value: object) -> bytes:
    """A file name, as the system spells it."""
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise TypeError(f"{name}: expected a str, bytes or path; got {what(value)}")
    given = value
    return _terminated(name, lambda: os.fsencode(given))


def decoded(text: bytes | None) -> str:
    """A string of the library as a str, bytes that are not UTF-8 escaped as in names of files; NULL as an empty one."""
    return (text or b"").decode("utf-8", "surrogateescape")


def _terminated(name: str, encode: Callable[[], bytes]) -> bytes:
    try:
        encoded = encode()
    except UnicodeEncodeError as error:
        lone = ascii(error.object[error.start])
        raise ValueError(f"{name}: holds the lone surrogate {lone}, which UTF-8 has not; take it out") from None
    if b"\0" in encoded:
        raise ValueError(f"{name}: holds a NUL character, where the library would stop reading; take it out")
    return encoded


def _integer(name: str, value: object, low: int, high: int) -> int:
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name}: expected an integer; got {what(value)}") from None
    if not low <= number <= high:
        raise ValueError(f"{name}: expected {low} to {high}; got {number}")
    return number


def _checked(name: str, value: object, dtype: type, shape: Shape) -> Any:
    wanted = f"a C-contiguous {np.dtype(dtype).name} array [{', '.join(map(str, shape))}]"
    if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name}: expected {wanted}; got {what(value)}")
    if value.dtype != dtype or not (value.flags.c_contiguous and value.flags.aligned):
        raise TypeError(
            f"{name}: expected {wanted}; got {what(value)}; convert it with "
            f"numpy.require({name.split('[')[0]}, numpy.{np.dtype(dtype).name}, 'CA')"
        )
    fits = value.ndim == len(shape) and all(
        isinstance(expected, str) or expected == given for expected, given in zip(shape, value.shape)
    )
    if not fits:
        raise ValueError(f"{name}: expected {wanted}; got {what(value)}")
    return value


def what(value: object) -> str:
    """What came, for a message."""
    if not isinstance(value, np.ndarray):
        return type(value).__name__
    layout = "" if value.flags.c_contiguous else " that is not C-contiguous"
    layout += "" if value.flags.aligned else " that is not aligned"
    kind = "masked " if isinstance(value, np.ma.MaskedArray) else ""
    kind += "" if value.dtype.isnative else "byte-swapped "
    return f"{kind}{value.dtype.name} [{', '.join(map(str, value.shape))}]{layout}"
