"""The shared library: where it is found, and how it is made ready to be called.

It is the first of these that is there:

1. the file that the environment variable ``ATTN_LIBRARY`` names;
2. ``build/lib/libattn.so`` of the repository that this package lies in;
3. ``libattn.so.1`` where the system's linker finds it: one that was installed serves C and Python alike;
4. ``libattn.so`` in this folder, which a wheel brings.

One of another version than this package was made for is an ImportError, and the next is not tried: what runs is what
was named or installed, or nothing.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import c_int32, c_void_p
from pathlib import Path
from typing import Any, Callable

from ._calls import callback, checker
from ._handle import Native, one_thread
from ._signatures import SIGNATURES, STATUS
from ._structs import WRITE

API_VERSION = (1, 0)
"""Major and minor version of the API that the package was made for."""


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
    """Of one major version, a later library has all that an earlier one had."""
    version = opened.attn_version().decode()
    major, minor = (int(number) for number in version.split(".")[:2])
    if major != API_VERSION[0] or minor < API_VERSION[1]:
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
