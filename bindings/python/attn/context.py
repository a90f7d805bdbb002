"""The context: threads, memory and instruction set. Everything else is made with one."""

from __future__ import annotations

import ctypes

from . import arrays
from ._calls import interrupted
from ._handle import Handle
from ._library import library
from ._structs import ContextOptions

ISAS = {"best": 0, "reference": 1, "baseline": 2, "avx2": 3, "avx512": 4, "avx512vnni": 5, "avx512bf16": 6}
"""The instruction sets that a ``Context`` may be asked for, each with its number in the library."""
PRECISIONS = {"float32": 0, "bfloat16": 1, "int8": 2}
"""What a number is where a precision is chosen: "float32", "bfloat16" (half of it, 8 bits of precision) or "int8" (a quarter)."""


class Context(Handle):
    """What everything else is made with: threads, memory, and the instruction set.

    threads (0): how many threads compute, the caller's own included; 0: one for each processor that this process may run on; at
        most 256.
    isa (best): the instruction set, one of ``ISAS``: "best" for this processor, or at most "reference" (plain C), "baseline",
        "avx2", "avx512", "avx512vnni" or "avx512bf16".
    precision (float32): of the factors of the products that layers compute, forward and backward: "float32", or "bfloat16", which
        rounds both factors to 8 bits, for training: faster where the instruction set is "avx512bf16", elsewhere the same but for
        the sums' rounding. A sum of products is off by at most 2^-7 + 2^-16 of the sum of their sizes. Sums, parameters,
        gradients, states and the optimiser stay float32.

    Ctrl-C ends a call that is under way in the main thread, and so does what another signal's handler raises: handles are then
    as they were; a backward has added part of its gradients, as where there is no memory.

    Results do not depend on the number of threads. Any number of Python threads may use it. It may be closed before what was
    made with it.

    The environment variable ATTN_ISA, where it is set, overrides ``isa``. Raises ValueError: a number of threads out of range,
    an instruction set that is none, or that this processor has not, a precision that a context has not; ResourceError: the
    system gives no thread; OutOfMemoryError.
    """

    def __init__(self, threads: int = 0, isa: str = "best", precision: str = "float32") -> None:
        options = ContextOptions(
            threads=arrays.int32("threads", threads),
            isa=arrays.choice("isa", isa, ISAS),
            precision=arrays.choice("precision", precision, PRECISIONS),
            interrupted=ctypes.cast(interrupted, ctypes.c_void_p),
        )
        super().__init__(library.attn_context_destroy, library.attn_context_create, ctypes.byref(options))

    @property
    def threads(self) -> int:
        """int: how many threads work for this context, the caller's own included."""
        return int(library.attn_context_threads(self._native))

    @property
    def isa(self) -> str:
        """str: the instruction set in use, "reference", "baseline", "avx2", "avx512", "avx512vnni" or "avx512bf16"."""
        return arrays.decoded(library.attn_context_isa_name(self._native))

    def _describe(self) -> str:
        return f"threads={self.threads} isa={self.isa}"
