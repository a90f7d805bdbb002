"""Text to ids: tokens with their byte spans, counting, and the vocabulary."""

from __future__ import annotations

import ctypes
import os
from typing import Iterable, Iterator, Mapping, NamedTuple, Sequence

import numpy as np
from numpy.typing import NDArray

from . import arrays
from ._handle import Handle, MadeHandle, SequenceHandle
from ._library import library
from ._structs import TokensInfo, TokensOptions, VocabBuilderOptions, VocabInfo, VocabOptions
from .arrays import Integers
from .context import Context

PAD_ID = 0
"""The id of "<pad>", which fills rows up."""
UNK_ID = 1
"""The id of "<unk>", which stands for every token that a vocabulary does not hold."""


class TokenOptions(NamedTuple):
    """What a tokenizer leaves as it is, as ``Tokens`` has it.

    keep_case: capitals stay.
    keep_accents: accents stay.
    keep_contractions: "didn't" is one token.
    """

    keep_case: bool
    keep_accents: bool
    keep_contractions: bool


def _token_options(info: TokensInfo | VocabInfo) -> TokenOptions:
    return TokenOptions(bool(info.keep_case), bool(info.keep_accents), bool(info.keep_contractions))


class Tokens(SequenceHandle[str]):
    """The tokens of one text, a sequence of str: ``tokens[-1]``, ``tokens[2:5]``, ``"film" in tokens``; reused from text to
    text by ``set_text``. ``Vocab.tokens`` makes those that belong to a vocabulary.

    context: what computes.
    text (b''): a str, or bytes of UTF-8, malformed ones of which count as a space.
    keep_case (False): True: capitals stay; False: letters are case-folded.
    keep_accents (False): True: accents stay; False: Latin, Greek and Cyrillic letters are stripped of them.
    keep_contractions (False): True: "didn't" is one token; False: English contractions part, "did" "n't".

    HTML breaks are dropped, punctuation is kept, each mark a token ("..." one), and so are numbers ("3.5"). For one thread at a
    time.

    Raises OutOfMemoryError; an index beyond the end is an IndexError.
    """

    _items = "tokens"

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
        """TokenOptions: what it was made with."""
        info = TokensInfo()
        library.attn_tokens_get_info(self._native, ctypes.byref(info))
        return _token_options(info)

    def set_text(self, text: str | bytes) -> None:
        """Replace the list by the tokens of a text.

        text: a str, or bytes of UTF-8.

        Raises OutOfMemoryError: the list is then empty.
        """
        data = arrays.utf8("text", text)
        library.attn_tokens_set_text(self._native, data, len(data))

    @property
    def begins(self) -> NDArray[np.int64]:
        """int64 [tokens]: where each token begins in the text, in bytes of its UTF-8; a copy."""
        return self._copied(library.attn_tokens_begins(self._native))

    @property
    def ends(self) -> NDArray[np.int64]:
        """int64 [tokens]: where each token ends, one past its last byte; a copy. Where one character stands for several tokens
        the first has its bytes, and the others none.
        """
        return self._copied(library.attn_tokens_ends(self._native))

    @property
    def invalid(self) -> int:
        """int: how many malformed UTF-8 sequences the text held."""
        return int(library.attn_tokens_invalid(self._native))

    def _copied(self, address: int | None) -> NDArray[np.int64]:
        return np.array((ctypes.c_int64 * len(self)).from_address(address) if address else [], np.int64)

    def __len__(self) -> int:
        return int(library.attn_tokens_count(self._native))

    def _item(self, index: int) -> str:
        return arrays.decoded(library.attn_tokens_get(self._native, index))

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
    """Counts tokens, then gives a vocabulary. For one thread at a time.

    context: what computes.
    max_tokens (0): how many different tokens are held, before the rarest are forgotten and counts may be too low, by `missed` at
        most; 0: all, and 2 or more.

    Raises ValueError: max_tokens of 1, or below 0; OutOfMemoryError.
    """

    def __init__(self, context: Context, max_tokens: int = 0) -> None:
        options = VocabBuilderOptions(max_tokens=arrays.int64("max_tokens", max_tokens))
        native = Context._of("context", context)
        super().__init__(
            library.attn_vocab_builder_destroy, library.attn_vocab_builder_create, native, ctypes.byref(options)
        )

    @property
    def missed(self) -> int:
        """How far a count may be below the true one: of n tokens counted in all, n / (max_tokens // 2 + 1) at most. Tokens that
        came oftener are all there."""
        return int(library.attn_vocab_builder_missed(self._native))

    def add(self, tokens: Tokens) -> None:
        """Count each of some tokens once more; the first call says how the vocabulary's tokens are made. "<pad>" and "<unk>"
        never count.

        tokens: of a text.

        Raises ValueError: tokens made with other options than those counted before; OutOfMemoryError.
        """
        library.attn_vocab_builder_add(self._native, Tokens._of("tokens", tokens))

    def add_token(self, token: str, count: int = 1) -> None:
        """Count one token more.

        token: which one; not empty, and without white space.
        count (1): how many times more; 0 or more.

        Raises ValueError: no token, or a count below 0; OutOfMemoryError.
        """
        library.attn_vocab_builder_add_token(
            self._native, arrays.text("token", token), arrays.int64("count", count)
        )

    def build(
        self, max_size: int = 0, min_count: int = 0, special: Iterable[str] = (), tokens: Tokens | None = None
    ) -> Vocab:
        """A vocabulary of what was counted, by falling count; the builder stays as it is.

        max_size (0): at most so many ids, all included; 0: no limit.
        min_count (0): tokens counted less often are left out; 0 means 1.
        special (()): tokens that take the ids from 2 on and are never counted, "<s>", say.
        tokens (None): Tokens, whose options say how the vocabulary's tokens are made where only ``add_token`` was used; None:
            it is not known.

        Returns a Vocab. Raises ValueError: a max_size too small for the special tokens, one of them that is empty, holds white
        space, or stands twice, tokens of other options than those counted; OutOfMemoryError.
        """
        options = _vocab_options(max_size, min_count, special, tokens)
        return Vocab._made(library.attn_vocab_destroy, library.attn_vocab_create, self._native, ctypes.byref(options))

    def _describe(self) -> str:
        return "counting"


class Vocab(MadeHandle, Mapping[str, int]):
    """Tokens to ids and back: a mapping of str to int, in the order of the ids. ``vocab["film"]``, ``"film" in vocab``,
    ``vocab.get("film", attn.UNK_ID)``, keys(), items() and len() are as a dict's; a token that it does not hold is a KeyError,
    but UNK_ID to ``id`` and ``encode``. As every handle it is equal to itself alone, and can be a dict's key; ``dict(vocab)``
    compares by what it holds.

    Id 0 is "<pad>", id 1 "<unk>", special tokens come next. Made by ``VocabBuilder.build``, ``Vocab.load`` or ``File.vocab``;
    immutable, for any number of threads. It knows how its tokens are made, where it was counted from Tokens.
    """

    _makers = "VocabBuilder.build, Vocab.load or File.vocab"

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
        """Read vocab.txt: a token and its count a line; the order of the file gives the ids.

        context: what computes.
        path: the file.
        max_size (0): at most so many ids, all included, the first ones; 0: no limit.
        min_count (0): tokens counted less often are left out; 0: none are.
        special (()): tokens that take the ids from 2 on, wherever they stand in the file, or without standing there.
        tokens (None): Tokens, whose options say how the vocabulary's tokens are made, which the file does not know; None: it is
            not known.

        Returns a Vocab. Raises ValueError: what ``VocabBuilder.build`` refuses; IoError (of the kind that ``open`` would
        raise); FormatError: a line without a count, a token that stands twice, an empty file; OutOfMemoryError.
        """
        options = _vocab_options(max_size, min_count, special, tokens)
        native = Context._of("context", context)
        given = native, arrays.path("path", path), ctypes.byref(options)
        return cls._made(library.attn_vocab_destroy, library.attn_vocab_load, *given)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write vocab.txt; a file of that name is replaced only when the new one is whole.

        path: where it goes.

        Raises IoError, of the kind that ``open`` would raise; OutOfMemoryError.
        """
        library.attn_vocab_save(self._native, arrays.path("path", path))

    def id(self, token: str) -> int:
        """The id of a token.

        token: which one.

        Returns an int; UNK_ID where it is not in the vocabulary. Raises ValueError: a token with a NUL character.
        """
        return int(library.attn_vocab_id(self._native, arrays.text("token", token)))

    def token(self, id: int) -> str:
        """The token of an id.

        id: which one.

        Returns a str; "<unk>" for an id out of range. Raises ValueError: a number that is no int32.
        """
        return arrays.decoded(library.attn_vocab_token(self._native, arrays.int32("id", id)))

    def frequency(self, id: int) -> int:
        """How often the token of an id was counted.

        id: which one.

        Returns an int; 0 for an id out of range. Raises ValueError: a number that is no int32.
        """
        return int(library.attn_vocab_frequency(self._native, arrays.int32("id", id)))

    @property
    def special_count(self) -> int:
        """int: how many special tokens come behind "<pad>" and "<unk>"."""
        return int(self._info().special_count)

    @property
    def token_options(self) -> TokenOptions | None:
        """TokenOptions: how its tokens are made; None where that is not known."""
        info = self._info()
        return _token_options(info) if info.tokens_known else None

    def _info(self) -> VocabInfo:
        info = VocabInfo()
        library.attn_vocab_get_info(self._native, ctypes.byref(info))
        return info

    def tokens(self, text: str | bytes = b"") -> Tokens:
        """A text's tokens, made as those of the vocabulary (with the defaults where that is not known).

        text (b''): a str, or bytes of UTF-8.

        Returns Tokens. Raises OutOfMemoryError.
        """
        tokens = Tokens._made(library.attn_tokens_destroy, library.attn_vocab_tokens_create, self._native)
        tokens.set_text(text)
        return tokens

    def encode(self, tokens: Iterable[str], max_ids: int | None = None) -> Integers:
        """The ids of tokens.

        tokens: Tokens, which must be made as the vocabulary's; or a list of str, which are looked up as they are.
        max_ids (None): so many first ones at most; None: all.

        Returns int32 [n], UNK_ID for tokens that it does not hold. Raises ValueError: Tokens made with other options than the
        vocabulary's, a str with a NUL character.
        """
        most = None if max_ids is None else max(0, arrays.int64("max_ids", max_ids))
        if not isinstance(tokens, Tokens):
            words = arrays.items("tokens", tokens, "str")[:most]
            given = [arrays.text(f"tokens[{i}]", word) for i, word in enumerate(words)]
            return np.array([library.attn_vocab_id(self._native, word) for word in given], np.int32)
        native = Tokens._of("tokens", tokens)
        room = len(tokens) if most is None else min(len(tokens), most)
        ids = np.empty(room, np.int32)
        count = ctypes.c_int64()
        library.attn_vocab_encode(self._native, native, room, arrays.address(ids), ctypes.byref(count))
        return ids[: count.value]

    def decode(self, ids: Integers) -> list[str]:
        """The tokens of ids.

        ids: int32 [n].

        Returns a list of str, "<unk>" for an id out of range. Raises ValueError: another shape.
        """
        array = arrays.integers("ids", ids, ["n"])
        tokens = (ctypes.c_char_p * len(array))()
        library.attn_vocab_decode(self._native, len(array), arrays.address(array), tokens)
        return [arrays.decoded(token) for token in tokens]

    def __len__(self) -> int:
        return int(library.attn_vocab_size(self._native))

    def __getitem__(self, token: str) -> int:
        string = arrays.string("token", token)
        try:
            id = self.id(string)
        except ValueError:  # what no token can be
            raise KeyError(token) from None
        if self.token(id) != token:
            raise KeyError(token)
        return id

    def __iter__(self) -> Iterator[str]:
        return iter(self.decode(np.arange(len(self), dtype=np.int32)))

    def __contains__(self, token: object) -> bool:
        return isinstance(token, str) and super().__contains__(token)

    def _describe(self) -> str:
        return f"{len(self)} ids"


def _ids(name: str, value: object) -> Integers:
    """A sequence of ids as an array; one that is an array of them already, as it is."""
    if isinstance(value, np.ndarray) and value.dtype == np.int32 and value.ndim == 1:
        return value
    return np.array([arrays.int32(name, id) for id in arrays.items(name, value, "ids")], np.int32)


def pad(sequences: Iterable[Sequence[int]], time: int = 0) -> tuple[Integers, Integers]:
    """Sequences of ids as one batch, filled up with PAD_ID.

    sequences: an iterable of sequences of int.
    time (0): at least so much time; otherwise as much as the longest takes.

    Returns (ids, lengths): int32 [batch, time] and int32 [batch]. Raises ValueError: an id that is no int32; ValueError or
    MemoryError: more time than memory can hold.
    """
    given = arrays.items("sequences", sequences, "sequences of ids")
    rows = [_ids(f"sequences[{i}]", row) for i, row in enumerate(given)]
    lengths = np.array([len(row) for row in rows], np.int32)
    ids = np.full((len(rows), max(arrays.int64("time", time), lengths.max(initial=0))), PAD_ID, np.int32)
    for row, sequence in zip(ids, rows):
        row[: len(sequence)] = sequence
    return ids, lengths
