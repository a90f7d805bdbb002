"""The context: threads, memory and instruction set. Everything else is made with one."""

from __future__ import annotations

import ctypes

from . import arrays
from ._calls import interrupted
from ._handle import Handle
from ._library import library
from ._structs import ContextOptions

ISAS = {"best": 0, "reference": 1, "baseline": 2, "avx2": 3, "avx512": 4, "avx512vnni": 5}


class Context(Handle):
    """Make a context.

    threads: how many threads compute; 0 means one for each processor that this process may run on.
    isa: the instruction set: "best" for this processor, or "reference", "baseline", "avx2", "avx512", "avx512vnni".

    Ctrl-C ends a call that is under way in the main thread, and so does what another signal's handler raises: handles are then
    as they were; a backward has added part of its gradients, as where there is no memory.

    Any number of Python threads may use it. It may be closed before what was made with it.
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
        """How many threads work for this context, the caller's own included."""
        return int(library.attn_context_threads(self._native))

    @property
    def isa(self) -> str:
        """The instruction set in use: "reference", "baseline", "avx2", "avx512" or "avx512vnni"."""
        return arrays.decoded(library.attn_context_isa_name(self._native))

    def _describe(self) -> str:
        return f"threads={self.threads} isa={self.isa}"
