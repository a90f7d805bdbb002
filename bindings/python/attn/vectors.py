"""Word vectors that others have trained, from files of GloVe and word2vec."""

from __future__ import annotations

import ctypes
import os
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import arrays
from ._library import library
from ._structs import VectorsReport
from .arrays import Floats
from .context import Context
from .text import Vocab

VECTOR_FORMATS = {"auto": 0, "glove": 1, "word2vec": 2, "word2vec_binary": 3}
"""What a file of word vectors may be: "glove", "word2vec" or "word2vec_binary"; "auto" is told by its first bytes."""


class Report(NamedTuple):
    """What a file of word vectors held.

    words: int, how many vectors; of ``probe_vectors`` what its first line promises.
    found: int, ids of the vocabulary that got one.
    format: one of ``VECTOR_FORMATS``, as found.
    dim: int, numbers a vector.
    """

    words: int
    found: int
    format: str
    dim: int


def report_of(report: VectorsReport) -> Report:
    """The library's report as a Report."""
    names = {value: name for name, value in VECTOR_FORMATS.items()}
    return Report(report.words, report.found, names[report.format], report.dim)


def probe_vectors(context: Context, path: str | os.PathLike[str], format: str = "auto") -> Report:
    """Read only as much of a file of word vectors as tells its format and the numbers a vector.

    context: what computes.
    path: the file.
    format (auto): one of ``VECTOR_FORMATS``.

    Returns a Report. Raises ValueError: a word that is no format; IoError (of the kind that ``open`` would raise); FormatError:
    no such file; OutOfMemoryError.
    """
    report = VectorsReport()
    library.attn_vectors_probe(
        Context._of("context", context),
        arrays.path("path", path),
        arrays.choice("format", format, VECTOR_FORMATS),
        ctypes.byref(report),
    )
    return report_of(report)


def read_vectors(
    context: Context, vocab: Vocab, path: str | os.PathLike[str], table: Floats, format: str = "auto"
) -> tuple[NDArray[np.bool_], Report]:
    """Read the vectors of a vocabulary's tokens; rows without one stay as they are.

    context: what computes.
    vocab: whose tokens.
    path: the file.
    table: float32 [len(vocab), dim], which is written to.
    format (auto): one of ``VECTOR_FORMATS``.

    Returns (found, report): bool [len(vocab)], which rows got one, and a Report. Raises ValueError: a shape that does not fit,
    a word that is no format; IoError (of the kind that ``open`` would raise); FormatError: no such file, or vectors of another
    width, with its line; OutOfMemoryError.
    """
    words = Vocab._of("vocab", vocab)
    arrays.writable("table", table, [len(vocab), "dim"])
    found = np.zeros(len(vocab), np.bool_)
    report = VectorsReport()
    library.attn_vectors_read(
        Context._of("context", context),
        words,
        table.shape[1],
        arrays.path("path", path),
        arrays.choice("format", format, VECTOR_FORMATS),
        arrays.address(table),
        arrays.address(found),
        ctypes.byref(report),
    )
    return found, report_of(report)
