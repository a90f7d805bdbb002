"""N-grams: which runs of 1 to N words stand in a text, weighted by naive Bayes; ids to logits without an encoder.

    builder = attn.NgramsBuilder(context, classes=2)
    for ids, lengths, labels in texts:
        builder.add(ids, lengths, labels)
    ngrams = attn.Ngrams(params, "ngrams", builder, max_ngrams=200_000)
    logits = ngrams.forward(tape, ids, lengths)
"""

from __future__ import annotations

import ctypes
from typing import NamedTuple, Sequence

import numpy as np

from . import arrays
from . import tape as tapes
from ._handle import Handle, SequenceHandle
from ._library import library
from ._structs import NgramsBuilderOptions, NgramsInfo, NgramsOptions
from .arrays import Floats, Integers, address
from .context import Context
from .params import INITS, Params, growing
from .tape import Tape


class NgramsBuilder(Handle):
    """Counts in how many texts of each class each n-gram, a run of 1 to ``longest`` words, stands. For one thread at a time.

    context: what computes.
    classes (2): how many there are, 2 to 65536.
    max_ngrams (0): so many are kept while counting, those of the fewest texts forgotten when there are more; 0: 2**23, some 400
        MB.
    longest (3): words of the longest n-grams, 1 to 8.
    keep_unknown (False): True: UNK_ID is a word like others; False: no n-gram holds it. PAD_ID is never part of one.

    ``len()`` is how many n-grams are kept. Raises ValueError: a number out of range; OutOfMemoryError.
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
        """Count the n-grams of some texts, each once a text.

        ids: int32 [batch, time], a text a row, each 0 or more.
        lengths: int32 [batch], 0 to time; None: all rows are full.
        labels: int32 [batch], the texts' classes.

        Raises ValueError: a shape that does not fit, an id, a length or a label out of range: nothing is counted;
        OutOfMemoryError and InterruptError: the texts before are.
        """
        ids = arrays.integers("ids", ids, ["batch", "time"])
        lengths = arrays.optional_integers("lengths", lengths, [len(ids)])
        labels = arrays.integers("labels", labels, [len(ids)])
        library.attn_ngrams_builder_add(self._native, *ids.shape, address(ids), address(lengths), address(labels))

    def __len__(self) -> int:
        return int(library.attn_ngrams_builder_size(self._native))

    def _describe(self) -> str:
        return f"{len(self)} n-grams"


class Shares(NamedTuple):
    """What ``Ngrams.attribute`` gives: base[b] + sum over t of shares[b,t] is the margin.

    shares: float32 [batch, time], what each word gave to the margin of a class; 0 beyond the lengths.
    base: float32 [batch], what is left without any word.
    """

    shares: Floats
    base: Floats


class Ngrams(SequenceHandle[tuple[int, ...]]):
    """Which n-grams stand in a text, weighted by naive Bayes (Wang and Manning 2012): ids to logits without an encoder.

        logits[b] = bias + the sum of parts[g] over the distinct n-grams g of text b
        parts[g]  = scale * (offset + weights[g]) * ratios[g]
        ratios[g][c] = ln p(g | c) - ln p(g | not c)
        p(g | c)  = (texts of class c that hold g + smoothing) / (texts of class c + 2 smoothing)

    params: where its tensors are added: NAME.weights [ngrams, 1], NAME.ratios [ngrams, classes, but 1 of two classes], which
        are frozen, and NAME.bias [classes].
    name: the layer's, and the beginning of its tensors'.
    builder: what was counted; not needed any more afterwards.
    min_count (2): n-grams of fewer texts are left out.
    max_ngrams (0): so many at most, those that tell most of the class (Pearson's chi-square); 0: all.
    smoothing (1.0): as above, more than 0.
    scale (0.1): as above, more than 0.
    offset (0.4): as above, 0 or more.
    init (default): the first values of the weights, one of ``INITS``; "default" is "zero".
    bias (True): False: without bias.

    Attributes:
    params: those that it lives in.
    classes: how many there are.
    longest: words of the longest n-grams that were counted.

    ``len()`` is how many n-grams it has; ``ngrams[i]`` is the ids of n-gram i, a row of weights and ratios, as a tuple of int.
    Immutable: any number of threads may run inference at once.

    Raises ValueError: a number out of range, a builder that counted no n-gram ``min_count`` times, a name that is taken;
    StateError: the params are sealed, or a view of them is alive; OutOfMemoryError. After an error the params are as before.
    """

    _items = "n-grams"

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
        """Decide.

        tape: remembers what backward needs; None: inference.
        ids: int32 [batch, time], each 0 or more.
        lengths (None): int32 [batch], 0 to time; None: all rows are full.
        out (None): float32 [batch, classes] to write to; None: a new array.

        Returns logits float32 [batch, classes]; a text without n-grams has the bias. Raises ValueError: a shape that does not
        fit, an id or a length out of range; StateError: a tensor that holds NaN or infinity; OutOfMemoryError.
        """
        ids = arrays.integers("ids", ids, ["batch", "time"])
        lengths = arrays.optional_integers("lengths", lengths, [len(ids)])
        logits = arrays.output("out", out, (len(ids), self.classes), ids, lengths)
        library.attn_ngrams_forward(
            self._native, Tape._of_or_none("tape", tape), *ids.shape, address(ids), address(lengths), address(logits)
        )
        tapes.push(tape, self, ids.shape, self._native)
        return logits

    def backward(self, tape: Tape, dlogits: Floats) -> None:
        """Add to the gradients of weights and bias; ids have none.

        tape: with this layer's forward on top.
        dlogits: float32 [batch, classes].

        Raises ValueError: another shape than forward's; StateError: another forward is on top of the tape; OutOfMemoryError.
        """
        batch, time = tapes.top(tape, self, "attn.Ngrams.backward").sizes
        dlogits = arrays.floats("dlogits", dlogits, [batch, self.classes])
        library.attn_ngrams_backward(self._native, tape._native, batch, time, address(dlogits))
        tapes.pop(tape)

    def attribute(
        self, ids: Integers, lengths: Integers | None = None, *, targets: Integers | None = None
    ) -> Shares:
        """What each word gave to the margin of a class, its logit less the mean of the others': of two classes its log-odds. An
        n-gram's part is shared equally among the places where it stands, and each place's among its words.

        ids: int32 [batch, time], each 0 or more.
        lengths (None): int32 [batch], 0 to time; None: all rows are full.
        targets (None): int32 [batch], the classes that are explained; None: those decided on.

        Returns Shares: shares [batch, time] and base [batch]. Raises ValueError: a shape that does not fit, an id, a length or
        a target out of range; StateError: a tensor that holds NaN or infinity; OutOfMemoryError.
        """
        ids = arrays.integers("ids", ids, ["batch", "time"])
        lengths = arrays.optional_integers("lengths", lengths, [len(ids)])
        targets = arrays.optional_integers("targets", targets, [len(ids)])
        made = Shares(np.empty(ids.shape, np.float32), np.empty(len(ids), np.float32))
        library.attn_ngrams_attribute(
            self._native, *ids.shape, address(ids), address(lengths), address(targets), *map(address, made)
        )
        return made

    def __len__(self) -> int:
        return int(self._count)

    def _item(self, index: int) -> tuple[int, ...]:
        length = ctypes.c_int64()
        ids = library.attn_ngrams_get(self._native, index, ctypes.byref(length))
        return tuple((ctypes.c_int32 * length.value).from_address(ids))

    def find(self, ids: Sequence[int]) -> int:
        """Where an n-gram stands.

        ids: its words, integers.

        Returns its index, a row of weights and ratios; -1 where the layer has none such. Raises ValueError: a number that is no
        int32.
        """
        given = np.array([arrays.int32("ids", id) for id in arrays.items("ids", ids, "integers")], np.int32)
        return int(library.attn_ngrams_find(self._native, len(given), address(given)))

    def _describe(self) -> str:
        return f"{len(self)} n-grams classes={self.classes}"
