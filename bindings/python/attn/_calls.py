"""What stands between Python and every call of the library: exceptions, which cannot pass through C, and its errors.

An exception that is raised while the library runs is kept in its thread, the library is told to end the call, and when that
has returned, ``checked`` raises what was kept. There are two places where one comes up:

- A callback of the program's (``callback``) raises it: the call ends with a failure. A handler may also raise it as a callback
  begins, before its first line, where no ``try`` holds: ctypes then hands it to ``sys.unraisablehook``, which is ours meanwhile.
- A signal's handler does, Ctrl-C's KeyboardInterrupt for one. Python runs handlers in the main thread, between two steps of
  its own, and a call of the library is one step. So every context has a hook that the library asks every 50 ms, and before
  callbacks, whether to go on: the step in which handlers run. The call ends with INTERRUPTED, and handles are as they were.

Errors of the library begin with the name of its function and speak of C. ``_in_python`` says it in the words of this package.
"""

from __future__ import annotations

import ctypes
import functools
import operator
import re
import sys
import threading
from types import FrameType
from typing import Any, Callable, Iterator

from ._errors import IoError, error_for

HOOK = ctypes.CFUNCTYPE(ctypes.c_int32)  # C hands over the user's pointer too, which nobody reads


def _listen(kept: list[BaseException]) -> Iterator[int]:
    """Says, each time that it is asked, whether the call is to end.

    A generator, since a handler runs as soon as a Python function begins: before the first line of that, where no ``try``
    would hold. A generator that goes on is in the middle of one. (A second signal, while the first is being kept, is the outer
    one's.)
    """
    said = 0
    while True:
        try:
            while True:
                try:
                    yield 1 if said or kept else 0
                    said = 0
                except GeneratorExit:
                    return
                except BaseException as error:
                    kept.append(error)
                    said = 1
        except GeneratorExit:
            return
        except BaseException as error:
            kept.append(error)
            said = 1


class _Thread(threading.local):
    """What each thread has of its own."""

    def __init__(self) -> None:
        self.kept: list[BaseException] = []
        listener = _listen(self.kept)
        next(listener)
        self.is_interrupted = listener.__next__


_thread = _Thread()
# Nothing of this is a Python function: `partial`, `methodcaller` and a generator's `__next__` are in C.
interrupted = HOOK(functools.partial(operator.methodcaller("is_interrupted"), _thread))


class Callback:
    """A function of the program's as ctypes calls it: 0, or -1 where it raised something, which is kept."""

    _watched = 0  # how many of them there are
    _hook: Callable[..., object] | None = None  # sys.unraisablehook as long as there are any
    _before: Callable[..., object]
    _lock = threading.RLock()

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function
        self._watch(1)

    def __call__(self, *arguments: object) -> int:
        try:
            if _thread.kept:  # one that raised before it began has told the library nothing
                return -1
            self._function(*arguments)
            return 0
        except BaseException as error:
            _thread.kept.append(error)
            return -1

    def __del__(self) -> None:
        self._watch(-1)

    @classmethod
    def _watch(cls, change: int) -> None:
        with cls._lock:
            if cls._watched == 0:
                cls._before = sys.unraisablehook
                cls._hook = sys.unraisablehook = functools.partial(cls._unraisable, sys.unraisablehook)
            cls._watched += change
            if cls._watched == 0 and sys.unraisablehook is cls._hook:
                sys.unraisablehook = cls._before

    @classmethod
    def _unraisable(cls, before: Callable[..., object], lost: Any) -> None:
        # From Python 3.13 on the object is told by the message alone.
        if isinstance(lost.object, cls) or repr(cls) in (lost.err_msg or ""):
            _thread.kept.append(lost.exc_value)
        else:
            before(lost)

    def __repr__(self) -> str:
        return repr(type(self))


def callback(kind: Callable[..., Any], function: Callable[..., object]) -> Any:
    """``function`` as the library calls it: a pointer of this kind. What it raises ends the call, which then raises it."""
    return kind(Callback(function))


def checker(last_error: Callable[[], bytes]) -> Callable[..., None]:
    """``checked(status)``: raises what was kept in this thread; or else, where the status is not 0, the error that it stands
    for, with the library's line."""

    def checked(status: int, *_call: object) -> None:
        kept = _thread.kept
        if kept:
            error = kept[0]
            kept.clear()
            try:
                raise error from None
            finally:
                del error  # whose traceback has this frame
        if status != 0:
            raise error_for(status, _in_python(status, last_error().decode("utf-8", "replace"))) from None

    return checked


# ---- in Python's words ---------------------------------------------------------------------------------------

# What the library's lines tell users to call, and what that is here.
_NAMES = {
    "attn_adam_swap_average": "attn.Adam.swap_average",
    "attn_attention_forward": "attn.Attention.forward without a query",
    "attn_attention_backward": "attn.Attention.backward",
    "attn_attention_forward_queries": "attn.Attention.forward with a query",
    "attn_attention_keys_backward": "attn.Attention.keys_backward",
    "attn_attention_step_backward": "attn.Attention.step_backward",
    "attn_classifier_create": "attn.Classifier",
    "attn_classifier_save": "attn.Classifier.save",
    "attn_file_layer": "attn.File.layers",
    "attn_file_tensor": "attn.File.shapes",
    "attn_gru_packed_create": "attn.PackedGRU",
    "attn_gru_packed_forward": "attn.PackedGRU.forward",
    "attn_page_finish": "the page is finished",
    "attn_params_save": "attn.save",
    "attn_params_seal": "attn.Params.seal",
    "attn_params_set_trainable": "attn.Tensor.trainable",
    "attn_params_tensor": "attn.Params.tensors",
    "attn_sequence": "sequence",
    "attn_sequence_gradients": "set of gradients",
    "attn_set_error": "an exception",
    "ATTN_GRU_ORTHOGONAL": "attn.experimental.GRU_ORTHOGONAL",
    "ATTN_INTERVAL_NONE": "-1",
    "ATTN_ISA": "ATTN_ISA",  # the environment variable
    "ATTN_ZERO": "0",
    "NULL": "None",
}
# ATTN_SCORE_FEEDFORWARD is "feedforward": the kinds of constants, whose words are Python's.
_KINDS = (
    "ACTIVATION|ATTNGRU|BY|DRAW|DTYPE|GRADIENT|GRU_RESET|INIT|ISA|MASK|PADDING|POOLING|PRECISION|QUADRATURE|SCORE|SEARCH|"
    "TAPE|VECTORS|WEIGHTING"
)
_SPOKEN = re.compile(
    rf"\b(?:options|model|report|in|out)->(?=[a-z])|\bATTN_(?:{_KINDS})_(?P<word>[A-Z0-9_]+)\b|"
    rf"\b(?P<name>{'|'.join(_NAMES)})\b"
)

# In Python 0 is 0, and stands for nothing else.
_DEFAULTS = re.compile(r" \(for \S+\)(?P<bounds>.*), or ATTN_ZERO|, 0 for \S+(?=, or ATTN_ZERO)")


def _in_python(status: int, line: str) -> str:
    """The library's line, as of the call that the program made. A line of a file that cannot be read is the system's, and
    has its path: nothing in it is the library's but the beginning."""
    named, _, rest = line.partition(": ")
    if not rest or not re.fullmatch(r"attn_\w+", named):
        return line
    if status != IoError.status:
        rest = _SPOKEN.sub(_spoken, _DEFAULTS.sub(r"\g<bounds>", rest))
    return f"{caller()}: {rest}"


def _spoken(found: re.Match[str]) -> str:
    if found["word"]:
        return repr(found["word"].lower())
    return _NAMES[found["name"]] if found["name"] else ""


def caller() -> str:
    """The public call that the program made: the outermost of this package's frames in a row, as ``attn.GRU.forward``."""
    frame: FrameType | None = sys._getframe(1)
    called = None
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == __name__.partition(".")[0]:
        called, frame = frame, frame.f_back
    return _name_of(called) if called else "attn"


def _name_of(frame: FrameType) -> str:
    code, module = frame.f_code, str(frame.f_globals["__name__"])
    first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
    for kind in getattr(first if isinstance(first, type) else type(first), "__mro__", ()):
        member = vars(kind).get(code.co_name)
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if getattr(function, "__code__", None) is code:
            if "_called" in vars(kind):  # what the program has it from
                return f"attn.{vars(kind)['_called']}"
            return f"attn.{kind.__name__}" + ("" if code.co_name == "__init__" else f".{code.co_name}")
    return f"{module if module in ('attn.explain', 'attn.experimental') else 'attn'}.{code.co_name}"
