"""Text to ids: tokens with their byte spans, counting, the vocabulary, and word vectors from a file."""

from __future__ import annotations

import ctypes
import os
from typing import Callable, Iterable, Iterator, NamedTuple, Sequence

import numpy as np
from numpy.typing import NDArray

from . import arrays
from ._handle import Handle
from ._library import library
from ._structs import PiecesOptions, TokensInfo, TokensOptions, VectorsReport, VocabInfo, VocabOptions
from .arrays import Floats, Integers
from .context import Context

PAD_ID = 0
UNK_ID = 1

VECTOR_FORMATS = {"auto": 0, "glove": 1, "word2vec": 2, "word2vec_binary": 3}


class TokenOptions(NamedTuple):
    """What a tokenizer leaves as it is."""

    keep_case: bool
    keep_accents: bool
    keep_contractions: bool


def _token_options(info: TokensInfo | VocabInfo) -> TokenOptions:
    return TokenOptions(bool(info.keep_case), bool(info.keep_accents), bool(info.keep_contractions))


class Tokens(Handle):
    """The tokens of one text, as a sequence of str; reused from text to text by ``set_text``.

    Letters are case-folded, and Latin, Greek and Cyrillic ones stripped of accents, HTML breaks dropped, punctuation
    kept as tokens, and English contractions parted ("did" "n't"), unless that is to be kept. ``Vocab.tokens`` makes
    those that belong to a vocabulary. For one thread at a time.
    """

    def __init__(
        self,
        context: Context,
        text: str | bytes = b"",
        *,
        keep_case: bool = False,
        keep_accents: bool = False,
        keep_contractions: bool = False,
    ) -> None:
        options = TokensOptions(
            keep_case=arrays.flag("keep_case", keep_case),
            keep_accents=arrays.flag("keep_accents", keep_accents),
            keep_contractions=arrays.flag("keep_contractions", keep_contractions),
        )
        native = Context._of("context", context)
        super().__init__(library.attn_tokens_destroy, library.attn_tokens_create, native, ctypes.byref(options))
        self.set_text(text)

    @property
    def options(self) -> TokenOptions:
        """What it was made with."""
        info = TokensInfo()
        library.attn_tokens_get_info(self._native, ctypes.byref(info))
        return _token_options(info)

    def set_text(self, text: str | bytes) -> None:
        """Replace the list by the tokens of a text; bytes should be UTF-8."""
        data = arrays.utf8("text", text)
        library.attn_tokens_set_text(self._native, data, len(data))

    @property
    def begins(self) -> NDArray[np.int64]:
        """int64 [tokens]: where each token begins in the text, in bytes of its UTF-8; a copy."""
        return self._copied(library.attn_tokens_begins(self._native))

    @property
    def ends(self) -> NDArray[np.int64]:
        """int64 [tokens]: where each token ends, one past its last byte; a copy."""
        return self._copied(library.attn_tokens_ends(self._native))

    @property
    def invalid(self) -> int:
        """How many malformed UTF-8 sequences the text held."""
        return int(library.attn_tokens_invalid(self._native))

    def _copied(self, address: int | None) -> NDArray[np.int64]:
        return np.array((ctypes.c_int64 * len(self)).from_address(address) if address else [], np.int64)

    def __len__(self) -> int:
        return int(library.attn_tokens_count(self._native))

    def __getitem__(self, index: int) -> str:
        position = arrays.int64("index", index)
        if position < 0:
            position += len(self)
        token = library.attn_tokens_get(self._native, position)
        if token is None:
            raise IndexError(f"index: expected one of {len(self)} tokens; got {index}")
        return arrays.decoded(token)

    def __iter__(self) -> Iterator[str]:
        return (self[index] for index in range(len(self)))

    def _describe(self) -> str:
        return f"{len(self)} tokens"


def _vocab_options(max_size: int, min_count: int, special: Iterable[str], tokens: Tokens | None) -> VocabOptions:
    names = [arrays.text("special", token) for token in arrays.items("special", special, "tokens")]
    native = Tokens._of_or_none("tokens", tokens)
    return VocabOptions(
        max_size=arrays.int64("max_size", max_size),
        min_count=arrays.int64("min_count", min_count),
        special_count=len(names),
        special=(ctypes.c_char_p * len(names))(*names),
        tokens=None if native is None else native.value,
    )


class VocabBuilder(Handle):
    """Counts tokens, then gives a vocabulary. For one thread at a time."""

    def __init__(self, context: Context) -> None:
        native = Context._of("context", context)
        super().__init__(library.attn_vocab_builder_destroy, library.attn_vocab_builder_create, native)

    def add(self, tokens: Tokens) -> None:
        """Count each of the tokens once more; the first call says how the vocabulary's tokens are made."""
        library.attn_vocab_builder_add(self._native, Tokens._of("tokens", tokens))

    def add_token(self, token: str, count: int = 1) -> None:
        """Count one token ``count`` times more."""
        library.attn_vocab_builder_add_token(
            self._native, arrays.text("token", token), arrays.int64("count", count)
        )

    def build(
        self, max_size: int = 0, min_count: int = 0, special: Iterable[str] = (), tokens: Tokens | None = None
    ) -> Vocab:
        """A vocabulary of at most ``max_size`` ids, all included (0: no limit), of the tokens counted at least
        ``min_count`` times (0 means 1). ``special`` tokens take the ids from 2 on and are never counted; ``tokens``
        says how tokens are made where only ``add_token`` was used. The builder stays as it is."""
        options = _vocab_options(max_size, min_count, special, tokens)
        return Vocab(library.attn_vocab_create, self._native, ctypes.byref(options))

    def _describe(self) -> str:
        return "counting"


class Vocab(Handle):
    """Tokens to ids and back; id 0 is "<pad>", id 1 "<unk>", special tokens come next. Made by ``VocabBuilder.build``,
    ``Vocab.load`` or ``File.vocab``; immutable, for any number of threads."""

    def __init__(self, create: Callable[..., object], *arguments: object) -> None:
        super().__init__(library.attn_vocab_destroy, create, *arguments)

    @classmethod
    def load(
        cls,
        context: Context,
        path: str | os.PathLike[str],
        max_size: int = 0,
        min_count: int = 0,
        special: Iterable[str] = (),
        tokens: Tokens | None = None,
    ) -> Vocab:
        """Read vocab.txt: a token and its count a line; the order of the file gives the ids. The others are as in
        ``VocabBuilder.build``; the file does not know how its tokens were made, unless ``tokens`` says it."""
        options = _vocab_options(max_size, min_count, special, tokens)
        native = Context._of("context", context)
        return cls(library.attn_vocab_load, native, arrays.path("path", path), ctypes.byref(options))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write vocab.txt; a file of that name is replaced only when the new one is whole."""
        library.attn_vocab_save(self._native, arrays.path("path", path))

    def id(self, token: str) -> int:
        """The id of a token; UNK_ID where it is not in the vocabulary."""
        return int(library.attn_vocab_id(self._native, arrays.text("token", token)))

    def token(self, id: int) -> str:
        """The token of an id; "<unk>" for an id out of range."""
        return arrays.decoded(library.attn_vocab_token(self._native, arrays.int32("id", id)))

    def frequency(self, id: int) -> int:
        """How often the token of an id was counted."""
        return int(library.attn_vocab_frequency(self._native, arrays.int32("id", id)))

    @property
    def special_count(self) -> int:
        """How many special tokens come behind <pad> and <unk>."""
        return int(self._info().special_count)

    @property
    def token_options(self) -> TokenOptions | None:
        """How its tokens are made; None where that is not known."""
        info = self._info()
        return _token_options(info) if info.tokens_known else None

    def _info(self) -> VocabInfo:
        info = VocabInfo()
        library.attn_vocab_get_info(self._native, ctypes.byref(info))
        return info

    def tokens(self, text: str | bytes = b"") -> Tokens:
        """A text's tokens, made as those of the vocabulary (with the defaults where that is not known)."""
        tokens = Tokens.__new__(Tokens)
        Handle.__init__(tokens, library.attn_tokens_destroy, library.attn_vocab_tokens_create, self._native)
        tokens.set_text(text)
        return tokens

    def encode(self, tokens: Tokens, max_ids: int | None = None) -> Integers:
        """int32 [n]: the ids of the tokens, of the first ``max_ids`` where that is given."""
        native = Tokens._of("tokens", tokens)
        room = len(tokens) if max_ids is None else min(len(tokens), max(0, arrays.int64("max_ids", max_ids)))
        ids = np.empty(room, np.int32)
        count = ctypes.c_int64()
        library.attn_vocab_encode(self._native, native, room, arrays.address(ids), ctypes.byref(count))
        return ids[: count.value]

    def decode(self, ids: Integers) -> list[str]:
        """The tokens of int32 ids [n]."""
        array = arrays.integers("ids", ids, ["n"])
        tokens = (ctypes.c_char_p * len(array))()
        library.attn_vocab_decode(self._native, len(array), arrays.address(array), tokens)
        return [arrays.decoded(token) for token in tokens]

    def __len__(self) -> int:
        return int(library.attn_vocab_size(self._native))

    def __contains__(self, token: str) -> bool:
        return self.token(self.id(token)) == token

    def _describe(self) -> str:
        return f"{len(self)} ids"


class Pieces(Handle):
    """Words as pieces that other words share, so that none is unknown: byte-pair encoding. Made by ``Pieces.learn`` or
    ``File.pieces``; immutable, for any number of threads."""

    MARK = "@@"

    def __init__(self, create: Callable[..., object], *arguments: object) -> None:
        super().__init__(library.attn_pieces_destroy, create, *arguments)

    @classmethod
    def learn(cls, vocab: Vocab, joins: int = 0, min_count: int = 0) -> Pieces:
        """Learn from a vocabulary's words and their counts: at most so many joins (0: 10000), of pairs that stand there at least
        ``min_count`` times (0: 2)."""
        options = PiecesOptions(
            joins=arrays.int64("joins", joins),
            min_count=arrays.int64("min_count", min_count),
        )
        return cls(library.attn_pieces_learn, Vocab._of("vocab", vocab), ctypes.byref(options))

    def split(self, word: str) -> list[str]:
        """The word's pieces; each but the last one ends in "@@": "lowest" is ["low@@", "est"]."""
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
        """The words that pieces with their marks make."""
        words: list[str] = []
        parts = ""
        for piece in arrays.items("pieces", pieces, "pieces"):
            if piece.endswith(cls.MARK) and len(piece) > len(cls.MARK):
                parts += piece[: -len(cls.MARK)]
            else:
                words.append(parts + piece)
                parts = ""
        return [*words, parts] if parts else words

    def __len__(self) -> int:
        return int(library.attn_pieces_count(self._native))

    def __getitem__(self, index: int) -> tuple[str, str]:
        position = arrays.int64("index", index)
        if not -len(self) <= position < len(self):
            raise IndexError(f"index: expected one of {len(self)} joins; got {index}")
        left, right = ctypes.c_char_p(), ctypes.c_char_p()
        library.attn_pieces_get(self._native, position % len(self), ctypes.byref(left), ctypes.byref(right))
        return arrays.decoded(left.value or b""), arrays.decoded(right.value or b"")

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return (self[index] for index in range(len(self)))

    def _describe(self) -> str:
        return f"{len(self)} joins"


def pad(sequences: Iterable[Sequence[int]], time: int = 0) -> tuple[Integers, Integers]:
    """Sequences of ids as one batch: int32 ids [batch, time], filled up with PAD_ID, and lengths [batch]. As much time as
    the longest takes, or more where ``time`` is more."""
    rows = arrays.items("sequences", sequences, "sequences of ids")
    lengths = np.array([len(row) for row in rows], np.int32)
    ids = np.full((len(rows), max(arrays.int64("time", time), lengths.max(initial=0))), PAD_ID, np.int32)
    for row, sequence in zip(ids, rows):
        row[: len(sequence)] = sequence
    return ids, lengths


class Report(NamedTuple):
    """What a file of word vectors held: vectors; ids of the vocabulary that got one; the format; numbers a vector."""

    words: int
    found: int
    format: str
    dim: int


def report_of(report: VectorsReport) -> Report:
    """The library's report as a Report."""
    names = {value: name for name, value in VECTOR_FORMATS.items()}
    return Report(report.words, report.found, names[report.format], report.dim)


def probe_vectors(context: Context, path: str | os.PathLike[str], format: str = "auto") -> Report:
    """Read only as much of a file as tells its format and the numbers a vector."""
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
    """Read the vectors of a vocabulary's tokens into ``table``, float32 [len(vocab), dim].

    Rows without a vector stay as they are. Returns bool [len(vocab)], which rows got one, and the Report.
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
