"""N-grams: which runs of 1 to N words stand in a text, weighted by naive Bayes; ids to logits without an encoder.

    builder = attn.NgramsBuilder(context, classes=2)
    for ids, lengths, labels in texts:
        builder.add(ids, lengths, labels)
    ngrams = attn.Ngrams(params, "ngrams", builder, max_ngrams=200_000)
    logits = ngrams.forward(tape, ids, lengths)

ngrams.h has the equations and their sources.
"""

from __future__ import annotations

import ctypes
from typing import NamedTuple, Sequence

import numpy as np

from . import arrays
from . import tape as tapes
from ._handle import Handle
from ._library import library
from ._structs import NgramsBuilderOptions, NgramsInfo, NgramsOptions
from .arrays import Floats, Integers, address
from .context import Context
from .params import INITS, Params, growing
from .tape import Tape


class NgramsBuilder(Handle):
    """Counts in how many texts of each class each n-gram stands. For one thread at a time.

    longest: words of the longest n-grams. max_ngrams: so many are kept while counting, those of the fewest texts forgotten when
    there are more; 0: the library's own limit, 2 ** 23. keep_unknown: UNK_ID is a word like others, and not one that no n-gram
    holds.
    """

    def __init__(
        self, context: Context, *, classes: int = 2, max_ngrams: int = 0, longest: int = 3, keep_unknown: bool = False
    ) -> None:
        options = NgramsBuilderOptions(
            classes=arrays.positive("classes", arrays.int64("classes", classes)),
            max_ngrams=arrays.int64("max_ngrams", max_ngrams),
            longest=arrays.positive("longest", arrays.int32("longest", longest)),
            keep_unknown=arrays.flag("keep_unknown", keep_unknown),
        )
        native = Context._of("context", context)
        super().__init__(
            library.attn_ngrams_builder_destroy, library.attn_ngrams_builder_create, native, ctypes.byref(options)
        )

    def add(self, ids: Integers, lengths: Integers | None, labels: Integers) -> None:
        """Count the n-grams of ids [batch, time], a text a row, of the classes labels [batch]."""
        ids = arrays.integers("ids", ids, ["batch", "time"])
        lengths = arrays.optional_integers("lengths", lengths, [len(ids)])
        labels = arrays.integers("labels", labels, [len(ids)])
        library.attn_ngrams_builder_add(self._native, *ids.shape, address(ids), address(lengths), address(labels))

    def __len__(self) -> int:
        return int(library.attn_ngrams_builder_size(self._native))

    def _describe(self) -> str:
        return f"{len(self)} n-grams"


class Shares(NamedTuple):
    """shares [batch, time]: what each word gave to the margin of a class; base [batch]: what is left without any."""

    shares: Floats
    base: Floats


class Ngrams(Handle):
    """logits[b] = bias + the sum of parts[g] over the distinct n-grams g of text b, where
    parts[g] = scale * (offset + weights[g]) * ratios[g].

    Adds NAME.weights [ngrams, 1], NAME.ratios [ngrams, classes, but 1 of two classes], which are frozen, and NAME.bias [classes].

    min_count: n-grams of fewer texts are left out. max_ngrams: so many at most, those that tell most of the class; 0: all.
    """

    def __init__(
        self,
        params: Params,
        name: str,
        builder: NgramsBuilder,
        *,
        min_count: int = 2,
        max_ngrams: int = 0,
        smoothing: float = 1.0,
        scale: float = 0.1,
        offset: float = 0.4,
        init: str = "default",
        bias: bool = True,
    ) -> None:
        options = NgramsOptions(
            min_count=arrays.positive("min_count", arrays.int64("min_count", min_count)),
            max_ngrams=arrays.int64("max_ngrams", max_ngrams),
            smoothing=arrays.positive("smoothing", arrays.number("smoothing", smoothing)),
            scale=arrays.positive("scale", arrays.number("scale", scale)),
            offset=arrays.or_zero("offset", offset),
            init=arrays.choice("init", init, INITS),
            no_bias=not arrays.flag("bias", bias),
        )
        counted = NgramsBuilder._of("builder", builder)
        self.params = params
        super().__init__(
            library.attn_ngrams_destroy,
            library.attn_ngrams_create,
            growing(params),
            arrays.text("name", name),
            counted,
            ctypes.byref(options),
        )
        self._look()

    def _look(self) -> None:
        info = NgramsInfo()
        library.attn_ngrams_get_info(self._native, ctypes.byref(info))
        self.classes, self.longest, self._count = info.classes, info.longest, info.ngrams

    def forward(
        self, tape: Tape | None, ids: Integers, lengths: Integers | None = None, *, out: Floats | None = None
    ) -> Floats:
        """logits [batch, classes] from ids [batch, time] and lengths [batch]."""
        ids = arrays.integers("ids", ids, ["batch", "time"])
        lengths = arrays.optional_integers("lengths", lengths, [len(ids)])
        logits = arrays.output("out", out, (len(ids), self.classes), ids, lengths)
        library.attn_ngrams_forward(
            self._native, Tape._of_or_none("tape", tape), *ids.shape, address(ids), address(lengths), address(logits)
        )
        tapes.push(tape, self, ids.shape, self._native)
        return logits

    def backward(self, tape: Tape, dlogits: Floats) -> None:
        """Add to the gradients of weights and bias from dlogits [batch, classes]."""
        batch, time = tapes.top(tape, self, "attn.Ngrams.backward").sizes
        dlogits = arrays.floats("dlogits", dlogits, [batch, self.classes])
        library.attn_ngrams_backward(self._native, tape._native, batch, time, address(dlogits))
        tapes.pop(tape)

    def shares(self, ids: Integers, lengths: Integers | None = None, *, targets: Integers | None = None) -> Shares:
        """What each word gave to the margin of a class, its logit less the mean of the others' (of two classes its log-odds):
        shares [batch, time], which with base [batch] sum to it. targets [batch]: the classes; None: those decided on."""
        ids = arrays.integers("ids", ids, ["batch", "time"])
        lengths = arrays.optional_integers("lengths", lengths, [len(ids)])
        targets = arrays.optional_integers("targets", targets, [len(ids)])
        made = Shares(np.empty(ids.shape, np.float32), np.empty(len(ids), np.float32))
        library.attn_ngrams_shares(
            self._native, *ids.shape, address(ids), address(lengths), address(targets), *map(address, made)
        )
        return made

    def __len__(self) -> int:
        return int(self._count)

    def __getitem__(self, index: int) -> tuple[int, ...]:
        """The ids of an n-gram, whose row of weights and ratios this is."""
        length = ctypes.c_int64()
        position = arrays.int64("index", index)
        position += len(self) if position < 0 else 0
        ids = library.attn_ngrams_get(self._native, position, ctypes.byref(length))
        if not ids:
            raise IndexError(f"index: expected one of {len(self)} n-grams; got {index}")
        return tuple((ctypes.c_int32 * length.value).from_address(ids))

    def find(self, ids: Sequence[int]) -> int:
        """The index of the n-gram of these ids; -1 where there is none such."""
        given = np.array([arrays.int32("ids", id) for id in arrays.items("ids", ids, "integers")], np.int32)
        return int(library.attn_ngrams_find(self._native, len(given), address(given)))

    def _describe(self) -> str:
        return f"{len(self)} n-grams classes={self.classes}"
