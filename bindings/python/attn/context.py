"""The context: threads, memory and instruction set. Everything else is made with one."""

from __future__ import annotations

import ctypes

from . import arrays
from ._calls import interrupted
from ._handle import Handle
from ._library import library
from ._structs import ContextOptions

ISAS = {"best": 0, "reference": 1, "baseline": 2, "avx2": 3, "avx512": 4, "avx512vnni": 5}
"""The instruction sets that a ``Context`` may be asked for, each with its number in the library."""


class Context(Handle):
    """What everything else is made with: threads, memory, and the instruction set.

    threads (0): how many threads compute, the caller's own included; 0: one for each processor that this process may run on; at
        most 256.
    isa (best): the instruction set, one of ``ISAS``: "best" for this processor, or at most "reference" (plain C), "baseline",
        "avx2", "avx512" or "avx512vnni".

    Ctrl-C ends a call that is under way in the main thread, and so does what another signal's handler raises: handles are then
    as they were; a backward has added part of its gradients, as where there is no memory.

    Results do not depend on the number of threads. Any number of Python threads may use it. It may be closed before what was
    made with it.

    The environment variable ATTN_ISA, where it is set, overrides ``isa``. Raises ValueError: a number of threads out of range,
    an instruction set that is none, or that this processor has not; ResourceError: the system gives no thread;
    OutOfMemoryError.
    """

    def __init__(self, threads: int = 0, isa: str = "best") -> None:
        options = ContextOptions(
            threads=arrays.int32("threads", threads),
            isa=arrays.choice("isa", isa, ISAS),
            interrupted=ctypes.cast(interrupted, ctypes.c_void_p),
        )
        super().__init__(library.attn_context_destroy, library.attn_context_create, ctypes.byref(options))

    @property
    def threads(self) -> int:
        """int: how many threads work for this context, the caller's own included."""
        return int(library.attn_context_threads(self._native))

    @property
    def isa(self) -> str:
        """str: the instruction set in use, "reference", "baseline", "avx2", "avx512" or "avx512vnni"."""
        return arrays.decoded(library.attn_context_isa_name(self._native))

    def _describe(self) -> str:
        return f"threads={self.threads} isa={self.isa}"
