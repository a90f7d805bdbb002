"""What a failing call raises: one class for each status of the C library.

The message is the library's line: the function, what was wrong, what was expected, what to do. Each class is
also the built-in exception that Python code expects, so ``except ValueError`` works as well as
``except attn.ArgumentError``. Arrays and numbers are checked before they reach the library; what is wrong with
them is a plain TypeError or ValueError that names the argument.
"""

from __future__ import annotations

import errno
import os
from typing import Any


class AttnError(RuntimeError):
    """A call of the library failed; ``status`` is the number that the library gave. The base of all that follow."""

    status: int = 0

    def __init__(self, line: str, status: int | None = None) -> None:
        super().__init__(line)
        if status is not None:
            self.status = status

    def __str__(self) -> str:
        return str(self.args[0])  # OSError's own would put its number in front

    def __reduce__(self) -> tuple[Any, ...]:
        return error_for, (self.status, str(self))


class ArgumentError(AttnError, ValueError):
    """An argument is out of range, or does not fit another one."""

    status = 10


class OutOfMemoryError(AttnError, MemoryError):
    """There was no memory."""

    status = 20


class IoError(AttnError, OSError):
    """A file could not be opened, read or written. ``errno`` says why, and the error is also the built-in one for
    that: ``except FileNotFoundError`` works."""

    status = 30


class FormatError(AttnError, ValueError):
    """A file was read, but its content is not what it should be."""

    status = 40


class StateError(AttnError):
    """A call came in the wrong order: a backward without its forward, a handle used after ``close()``."""

    status = 50


class ResourceError(AttnError, OSError):
    """The operating system refused a thread or a lock."""

    status = 60


class UnsupportedError(AttnError, NotImplementedError):
    """What was asked for is sound, but this version or this build of the library cannot do it."""

    status = 70


class InterruptError(AttnError):
    """The call was ended before it was done. Where a signal's handler raised an exception, as Ctrl-C's does, the call raises
    that one in this one's place."""

    status = 80


_CLASSES = {
    kind.status: kind
    for kind in (
        ArgumentError,
        OutOfMemoryError,
        IoError,
        FormatError,
        StateError,
        ResourceError,
        UnsupportedError,
        InterruptError,
    )
}


# IoError, and what OSError itself would be for the same reason.
_IO_CLASSES = {
    builtin: type("IoError", (IoError, builtin), {"__module__": __name__, "__doc__": IoError.__doc__})
    for builtin in (FileNotFoundError, PermissionError, FileExistsError, IsADirectoryError, NotADirectoryError)
}


def error_for(status: int, line: str) -> AttnError:
    """The exception for a status and the library's line."""
    return _io_error(line) if status == IoError.status else _CLASSES.get(status, AttnError)(line, status)


def _io_error(line: str) -> IoError:
    """status.h: the line of such a failure ends in the system's reason."""
    reason = line.rpartition(": ")[2]
    number = next((number for number in errno.errorcode if os.strerror(number) == reason), None)
    if number is None:
        return IoError(line)
    error: IoError = _IO_CLASSES.get(type(OSError(number, reason)), IoError)(line)
    error.errno, error.strerror = number, reason
    return error
