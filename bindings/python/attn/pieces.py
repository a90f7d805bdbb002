"""Words as pieces that other words share: byte-pair encoding."""

from __future__ import annotations

import ctypes
from typing import Iterable

import numpy as np

from . import arrays
from ._handle import MadeHandle, SequenceHandle
from ._library import library
from ._structs import PiecesOptions
from .text import Vocab


class Pieces(MadeHandle, SequenceHandle[tuple[str, str]]):
    """Words as pieces that other words share, so that none is unknown: byte-pair encoding (1508.07909). A sequence of what was
    joined, in its order: pairs of str. Made by ``Pieces.learn`` or ``File.pieces``; immutable, for any number of threads.
    """

    MARK = "@@"
    """What a piece ends in that its word goes on behind."""
    _items = "joins"
    _makers = "Pieces.learn or File.pieces"

    @classmethod
    def learn(cls, vocab: Vocab, joins: int = 0, min_count: int = 0) -> Pieces:
        """Learn from a vocabulary's words and their counts: of all pairs of neighbours the most frequent becomes one piece, and
        so on.

        vocab: whose words.
        joins (0): at most so many, 1 to 10**7; 0: 10000.
        min_count (0): pairs that stand there less often are not joined; 0: 2.

        Returns Pieces. Raises ValueError: a number out of range; OutOfMemoryError.
        """
        options = PiecesOptions(
            joins=arrays.int64("joins", joins),
            min_count=arrays.int64("min_count", min_count),
        )
        given = Vocab._of("vocab", vocab), ctypes.byref(options)
        return cls._made(library.attn_pieces_destroy, library.attn_pieces_learn, *given)

    def split(self, word: str) -> list[str]:
        """A word's pieces; each but the last one ends in "@@": "lowest" is ["low@@", "est"].

        word: a str, or bytes of UTF-8.

        Returns a list of str; any word comes back from ``join``. Raises OutOfMemoryError.
        """
        data = arrays.utf8("word", word)
        ends, count = np.empty(len(data), np.int64), ctypes.c_int64()
        library.attn_pieces_split(
            self._native, data, len(data), len(ends), arrays.address(ends), ctypes.byref(count)
        )
        last = count.value - 1
        begins = [0, *ends[: max(last, 0)]]
        return [
            arrays.decoded(data[begin:end]) + (self.MARK if i < last else "")
            for i, (begin, end) in enumerate(zip(begins, ends[: last + 1]))
        ]

    @classmethod
    def join(cls, pieces: Iterable[str]) -> list[str]:
        """The words that pieces with their marks make.

        pieces: an iterable of str.

        Returns a list of str.
        """
        words: list[str] = []
        parts = ""
        for i, given in enumerate(arrays.items("pieces", pieces, "str")):
            piece = arrays.string(f"pieces[{i}]", given)
            if piece.endswith(cls.MARK) and len(piece) > len(cls.MARK):
                parts += piece[: -len(cls.MARK)]
            else:
                words.append(parts + piece)
                parts = ""
        return [*words, parts] if parts else words

    def __len__(self) -> int:
        return int(library.attn_pieces_count(self._native))

    def _item(self, index: int) -> tuple[str, str]:
        left, right = ctypes.c_char_p(), ctypes.c_char_p()
        library.attn_pieces_get(self._native, index, ctypes.byref(left), ctypes.byref(right))
        return arrays.decoded(left.value), arrays.decoded(right.value)

    def _describe(self) -> str:
        return f"{len(self)} joins"
