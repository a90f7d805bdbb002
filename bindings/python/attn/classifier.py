"""The classifier: parts in one handle, or a file alone; texts or ids in, decisions out, and what each word gave to them.

    classifier = attn.Classifier.open()  # the trained model that comes with the package; or a file of your own
    reading = classifier.read("A film to remember.")
    print(reading.label, reading.probability, reading.top(5))

It has an encoder's channel, whose attention and reader can be left out, or one of n-grams, or both. For training, ``forward`` and
``backward`` stand in the place of the parts' own, and the rules of layers.py hold.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

import numpy as np

from . import arrays
from . import tape as tapes
from ._handle import Handle, Native
from ._library import library, written
from ._signatures import EMBEDDING, READING
from ._structs import ClassifierInfo, ClassifierParts, EmbeddingInfo, GRUPackedOptions
from .arrays import Floats, Integers, address
from .attention import Attention
from .attngru import AttentionGRU
from .context import PRECISIONS, Context
from .draw import strings
from .file import File, save_options
from .gru import GRU, gradients, input_gradient, sequence
from .layers import POOLINGS, Dense, Embedding
from .ngrams import Ngrams
from .params import Params, growing
from .pieces import Pieces
from .reading import BY, Reading
from .tape import Tape
from .text import Vocab
from .train import Adam


BUNDLED = "reviews.safetensors"


class Attributed(NamedTuple):
    """What ``Classifier.attribute`` gives.

    attributions: float32 [batch, time], 0 beyond the lengths.
    gap: float32 [batch], what integrated gradients' completeness lacks; 0 by other ways.
    """

    attributions: Floats
    gap: Floats


def _bundled() -> Path:
    """The trained model that comes with the package; where it is imported from the repository, the one of the examples."""
    here = Path(__file__).resolve().parent
    return next(
        (path for path in (here / BUNDLED, here.parents[2] / "examples" / "sentiment" / BUNDLED) if path.is_file()), here / BUNDLED
    )


class Classifier(Handle):
    """Parts put together: texts or ids in, decisions out, and what each word gave to them.

        ids --embedding--> GRU --> states --attention--> weights + context --dense--> scale * logits --+
         |                                                                                             + --> logits
         +--n-grams---------------------------------------------------------------> scale * logits ----+

    These are its two channels; either may be left out. The parts are shared: closing one of them leaves the classifier whole.
    ``Classifier.open`` makes one out of a file alone.

    embedding (None): the first layer of the encoder's channel; None, like encoder and decision: n-grams alone.
    encoder (None): a GRU that reads what the embedding gives.
    decision (None): a Dense layer without activation, as wide as the classes.
    attention (None): an Attention of score "feedforward" over the encoder's states; None: what ``pooling`` makes of them
        decides.
    pooling (None): without attention: "mean" or "max" of the states; None: the last ones.
    reader (None): an AttentionGRU over the states, whose steps attention's weights open; None: attention's context decides.
    ngrams (None): an Ngrams of the same Params, with as many classes as the decision; None: the encoder alone decides.
    vocab (None): of as many ids as the embedding has rows; None: the classifier takes ids and no texts.
    labels (None): a name for each class; None: "0", "1", ...
    max_length (0): tokens read of a text, its first ones; 0: all.
    context_dropout (0.0): its probability for what decides, in training; 0 <= context_dropout < 1.

    Attributes:
    classes: how many there are.
    labels: a list of their names.
    state_dim: numbers a state of the encoder; 0 without one.
    max_length: as given.
    padded_time: what ``time`` must be where attention counts padding in; 0: anything.
    pooling: as given.

    Any number of threads may decide, read and explain at once; ``pack``, ``set_scales`` and training need the classifier to
    themselves.

    Raises ValueError: parts that are missing, of other params, or do not fit each other; labels that are empty or stand twice;
    OutOfMemoryError.
    """

    def __init__(
        self,
        *,
        embedding: Embedding | None = None,
        encoder: GRU | None = None,
        decision: Dense | None = None,
        attention: Attention | None = None,
        pooling: str | None = None,
        reader: AttentionGRU | None = None,
        ngrams: Ngrams | None = None,
        vocab: Vocab | None = None,
        labels: Sequence[str] | None = None,
        max_length: int = 0,
        context_dropout: float = 0.0,
    ) -> None:
        natives = dict(
            embedding=Embedding._of_or_none("embedding", embedding),
            encoder=GRU._of_or_none("encoder", encoder),
            decision=Dense._of_or_none("decision", decision),
            attention=Attention._of_or_none("attention", attention),
            reader=AttentionGRU._of_or_none("reader", reader),
            ngrams=Ngrams._of_or_none("ngrams", ngrams),
            vocab=Vocab._of_or_none("vocab", vocab),
        )
        parts = ClassifierParts(
            **natives,
            labels=strings("labels", labels, decision.output_dim if decision else ngrams.classes if ngrams else 0),
            max_length=arrays.int64("max_length", max_length),
            pooling=0 if pooling is None else arrays.choice("pooling", pooling, POOLINGS),
            context_dropout=arrays.number("context_dropout", context_dropout),
        )
        super().__init__(library.attn_classifier_destroy, library.attn_classifier_create, ctypes.byref(parts))
        first = ngrams if embedding is None else embedding
        assert first is not None  # or the library would have refused
        self._params = first.params
        self._look()

    @classmethod
    def open(cls, path: str | os.PathLike[str] | None = None, context: Context | None = None) -> Classifier:
        """Rebuild a classifier from a file that ``save`` or a program of libattn wrote.

        path (None): the file; None: the one that comes with the package, which tells whether a film review is positive or
            negative.
        context (None): what it computes with; None makes one.

        Returns a Classifier. Raises IoError (of the kind that ``open`` would raise); FormatError: no classifier is in the file;
        OutOfMemoryError.
        """
        given = Context() if context is None else context
        Context._of("context", given)
        classifier = cls.from_file(File.open(_bundled() if path is None else path), Params(given))
        classifier.params.seal()
        return classifier

    @classmethod
    def from_file(cls, file: File, params: Params) -> Classifier:
        """Rebuild a classifier from a file that is open.

        file: which one.
        params: where its layers are added; after an error they are as they were.

        Returns a Classifier. Raises FormatError: no classifier is in the file; ValueError: a name that is taken; StateError:
        the params are sealed, or a view of them is alive; OutOfMemoryError.
        """
        natives = File._of("file", file), growing(params)
        classifier = cls._made(library.attn_classifier_destroy, library.attn_file_classifier_create, *natives)
        classifier._params = params
        return classifier

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        vocabs: Mapping[str, Vocab] | None = None,
        config: str | None = None,
        adam: Adam | None = None,
        metadata: Mapping[str, str] | None = None,
        dtype: str = "float32",
        pieces: Pieces | None = None,
    ) -> None:
        """Write all of it to one file, as ``attn.save`` does: weights, vocabulary, labels, and what else is given.

        path: where it goes.
        vocabs (None): further vocabularies by names of their own, a mapping; None: none.
        config (None): the program's own, any string, JSON say; None: none.
        adam (None): the optimiser of its params, which makes it a checkpoint; None: none.
        metadata (None): strings that other readers of safetensors show, a mapping; None: none.
        dtype (float32): "bfloat16" rounds the weights, and halves the file; "int8" makes bytes of matrices whose rows have 16
            numbers or more, with a scale a row.
        pieces (None): how words are split; None: not at all.

        Raises ValueError: names that clash, an adam of other params; StateError: a tensor that holds NaN or infinity, an
        average that is swapped in; IoError (of the kind that ``open`` would raise); OutOfMemoryError.
        """
        options, _held = save_options(None, vocabs, config, adam, metadata, dtype, pieces)
        library.attn_classifier_save(self._native, arrays.path("path", path), ctypes.byref(options))

    def save_bytes(
        self,
        *,
        vocabs: Mapping[str, Vocab] | None = None,
        config: str | None = None,
        adam: Adam | None = None,
        metadata: Mapping[str, str] | None = None,
        dtype: str = "float32",
        pieces: Pieces | None = None,
    ) -> bytes:
        """What ``save`` would write, for a database or a socket.

        vocabs (None): further vocabularies by names of their own, a mapping; None: none.
        config (None): the program's own, any string, JSON say; None: none.
        adam (None): the optimiser of its params, which makes it a checkpoint; None: none.
        metadata (None): strings that other readers of safetensors show, a mapping; None: none.
        dtype (float32): "bfloat16" rounds the weights, and halves the file; "int8" makes bytes of matrices whose rows have 16
            numbers or more, with a scale a row.
        pieces (None): how words are split; None: not at all.

        Returns bytes, which ``File.from_bytes`` and ``from_file`` read. Raises ValueError: names that clash, an adam of other
        params; StateError: a tensor that holds NaN or infinity, an average that is swapped in; OutOfMemoryError.
        """
        options, _held = save_options(None, vocabs, config, adam, metadata, dtype, pieces)
        native = self._native
        return written(lambda write: library.attn_classifier_write(native, ctypes.byref(options), write, None))

    # ---- what it is made of

    def _look(self) -> None:
        info = self._info()
        self.classes, self.state_dim = info.classes, info.state_dim
        self.max_length, self.padded_time = info.max_length, info.padded_time
        self.labels = [
            arrays.decoded(library.attn_classifier_label(self._native, index)) for index in range(info.classes)
        ]
        self._attends = info.attention is not None
        self.pooling = next((name for name, number in POOLINGS.items() if number == info.pooling), None)
        embedding = EmbeddingInfo()
        if info.embedding:
            library.attn_embedding_get_info(EMBEDDING.borrowed(info.embedding, self._native), ctypes.byref(embedding))
        self._dim = embedding.dim

    def _info(self) -> ClassifierInfo:
        info = ClassifierInfo()
        library.attn_classifier_get_info(self._native, ctypes.byref(info))
        return info

    @property
    def params(self) -> Params:
        """Params: those of all its layers, for an optimiser, say."""
        return self._params

    @property
    def embedding(self) -> Embedding | None:
        """Embedding, as a handle of its own; None where there is none."""
        address, owner = self._part("embedding")
        if not address:
            return None
        shared = Embedding._shared(library.attn_embedding_destroy, library.attn_embedding_share, address, owner)
        shared.params = self._params
        return shared

    @property
    def encoder(self) -> GRU | None:
        """GRU, as a handle of its own; None where there is none."""
        address, owner = self._part("encoder")
        return address and GRU._shared(library.attn_gru_destroy, library.attn_gru_share, address, owner)

    @property
    def attention(self) -> Attention | None:
        """Attention, as a handle of its own; None where there is none."""
        address, owner = self._part("attention")
        share = library.attn_attention_share
        return address and Attention._shared(library.attn_attention_destroy, share, address, owner)

    @property
    def reader(self) -> AttentionGRU | None:
        """AttentionGRU, as a handle of its own; None where there is none."""
        address, owner = self._part("reader")
        return address and AttentionGRU._shared(library.attn_attngru_destroy, library.attn_attngru_share, address, owner)

    @property
    def decision(self) -> Dense | None:
        """Dense, as a handle of its own; None where there is none."""
        address, owner = self._part("decision")
        return address and Dense._shared(library.attn_dense_destroy, library.attn_dense_share, address, owner)

    @property
    def ngrams(self) -> Ngrams | None:
        """Ngrams, as a handle of its own; None where there is none."""
        address, owner = self._part("ngrams")
        if not address:
            return None
        shared = Ngrams._shared(library.attn_ngrams_destroy, library.attn_ngrams_share, address, owner)
        shared.params = self._params
        return shared

    @property
    def vocab(self) -> Vocab | None:
        """Vocab, as a handle of its own; None where there is none."""
        address, owner = self._part("vocab")
        return address and Vocab._shared(library.attn_vocab_destroy, library.attn_vocab_share, address, owner)

    def _part(self, name: str) -> tuple[Any, Native]:
        """Where the part is, and what keeps it alive."""
        return getattr(self._info(), name), self._native

    def pack(self, precision: str = "float32") -> None:
        """Pack the encoder's weights as they are now, with the product of every row of the embedding: decisions become faster.
        Only calls without a tape use the packed weights; after training, pack again.

        precision (float32): of the weights, "float32", "bfloat16" or "int8", as PackedGRU has them.

        Raises ValueError: a word that is no precision, or there is no encoder; StateError: a weight that is not finite;
        OutOfMemoryError.
        """
        options = GRUPackedOptions(precision=arrays.choice("precision", precision, PRECISIONS))
        library.attn_classifier_pack(self._native, ctypes.byref(options))

    @property
    def scales(self) -> Floats:
        """float32 [channels]: what each channel's logits are multiplied by, the encoder's first; to be changed by
        ``set_scales``.
        """
        info = self._info()
        return np.array(info.scales[: info.channels], np.float32)

    def set_scales(self, scales: Floats) -> None:
        """Multiply each channel's logits by a number from now on, 1 at first: everything that the classifier gives is of the
        sum of the scaled logits, and a file keeps the scales. ``fit_scales`` finds them.

        scales: float32 [channels], finite and more than 0.

        Raises ValueError: another number of them, or one out of range.
        """
        scales = arrays.floats("scales", scales, ["channels"])
        library.attn_classifier_set_scales(self._native, len(scales), address(scales))

    # ---- batches of ids

    def channels(self, ids: Integers, lengths: Integers | None = None) -> Floats:
        """Decide by each channel alone, without scales.

        ids: int32 [batch, time].
        lengths (None): int32 [batch], 0 to time; None: all rows are full.

        Returns logits float32 [channels, batch, classes]. Raises ValueError: a shape that does not fit, an id or a length out
        of range; StateError: a tensor that holds NaN or infinity; OutOfMemoryError.
        """
        ids = arrays.integers("ids", ids, ["batch", "time"])
        lengths = arrays.optional_integers("lengths", lengths, ids.shape[:1])
        logits = np.empty((self._info().channels, len(ids), self.classes), np.float32)
        library.attn_classifier_channels(self._native, sequence(ids, lengths), address(logits))
        return logits

    def forward(
        self,
        tape: Tape | None,
        ids: Integers | Floats,
        lengths: Integers | None = None,
        *,
        scales: Floats | None = None,
        states: Floats | None = None,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats, Floats | None]:
        """Decide.

        tape: remembers what backward needs; None: inference, without dropout.
        ids: int32 [batch, time]; or, without n-grams, vectors float32 [batch, time, dim] in their place. time is
            ``padded_time`` where that is not 0: attention then counts padding in.
        lengths (None): int32 [batch], 0 to time; None: all rows are full.
        scales (None): float32 [batch, time], how much of its vector each token is, as ``GRU.forward_ids`` has them; None: 1.
        states (None): float32 [batch, time, state_dim], where the states that attention reads are written to; None: they are
            not wanted.
        out (None): a pair of float32 arrays to write logits and weights to, with None for a new one.

        Returns (logits, weights): float32 [batch, classes] and [batch, time]; without attention the weights are None. Raises
        ValueError: a shape that does not fit, an id or a length out of range; StateError: a tensor that holds NaN or infinity;
        OutOfMemoryError and InterruptError: begin the tape anew.
        """
        given = self._given(ids)
        batch, time = given.shape[:2]
        lengths = arrays.optional_integers("lengths", lengths, [batch])
        scales = arrays.optional_floats("scales", scales, [batch, time])
        inputs = (given, lengths, scales)
        out_logits, out_weights = arrays.outputs(out, 2)
        logits = arrays.output("out[0]", out_logits, (batch, self.classes), *inputs)
        weights = None
        if self._attends:
            weights = arrays.output("out[1]", out_weights, (batch, time), *inputs, logits)
        if states is not None:
            arrays.writable("states", states, [batch, time, self.state_dim], *inputs, logits, weights)
        read = sequence(given, lengths, None, scales)
        results = map(address, (logits, weights, states))
        library.attn_classifier_forward(self._native, Tape._of_or_none("tape", tape), read, *results)
        gradient = "dx" if given.ndim == 3 else None if scales is None else "dscales"
        tapes.push(tape, self, (batch, time), self._native, gradient=gradient)
        return logits, weights

    def _given(self, ids: Integers | Floats) -> Integers | Floats:
        if isinstance(ids, np.ndarray) and ids.ndim == 3:
            return arrays.floats("ids", ids, ["batch", "time", self._dim])
        return arrays.integers("ids", ids, ["batch", "time"])

    def backward(
        self,
        tape: Tape,
        dlogits: Floats,
        *,
        dweights: Floats | None = None,
        dstates: Floats | None = None,
        need_dx: bool | None = None,
        out: Floats | None = None,
    ) -> Floats | None:
        """Back, for this classifier's forward on top of the tape; adds to the gradients of its layers' tensors.

        tape: with this classifier's forward on top.
        dlogits: float32 [batch, classes].
        dweights (None): float32 [batch, time], for a loss on attention's weights; None: 0.
        dstates (None): float32 [batch, time, state_dim], for a loss on the states; None: 0.
        need_dx (None): whether the gradient of the input is computed; None: wherever there is one.
        out (None): float32 to write that gradient to; None: a new array.

        Returns the gradient of vectors [batch, time, dim], or of scales [batch, time]; None after ids without scales, or where
        it is not needed. Raises ValueError: other shapes than forward's, a gradient that there is none of; StateError: another
        forward is on top of the tape; OutOfMemoryError and InterruptError: part of the gradients has been added, so zero them
        and begin the tape anew.
        """
        record = tapes.top(tape, self, "attn.Classifier.backward")
        batch, time = record.sizes
        dlogits = arrays.floats("dlogits", dlogits, [batch, self.classes])
        dweights = arrays.optional_floats("dweights", dweights, [batch, time])
        dstates = arrays.optional_floats("dstates", dstates, [batch, time, self.state_dim])
        given = (dlogits, dweights, dstates)
        dx = input_gradient(record, need_dx, out, self._dim, *given, place="out")
        library.attn_classifier_backward(self._native, tape._native, *map(address, given), gradients(record, dx))
        tapes.pop(tape)
        return dx

    def attribute(
        self, ids: Integers, lengths: Integers | None = None, *, by: str = "attention", targets: Integers | None = None
    ) -> Attributed:
        """What each token gave to the decisions.

        ids: int32 [batch, time].
        lengths (None): int32 [batch], 0 to time; None: all rows are full.
        by (attention): "attention", "gradient", "integrated", "occlusion" or "ngrams"; ``read`` says what each is.
        targets (None): int32 [batch], the classes that are explained; None: those decided on.

        Returns Attributed: attributions and gap. Raises ValueError: a shape that does not fit, an id, a length or a target out
        of range, a way that it has no part for; StateError: a tensor that holds NaN or infinity; OutOfMemoryError.
        """
        ids = arrays.integers("ids", ids, ["batch", "time"])
        lengths = arrays.optional_integers("lengths", lengths, ids.shape[:1])
        targets = arrays.optional_integers("targets", targets, ids.shape[:1])
        result = Attributed(np.empty(ids.shape, np.float32), np.empty(len(ids), np.float32))
        read, way = sequence(ids, lengths), arrays.choice("by", by, BY)
        library.attn_classifier_attribute(self._native, read, address(targets), way, *map(address, result))
        return result

    # ---- texts

    def read(self, text: str | bytes, by: str = "attention") -> Reading:
        """Decide a text, and tell what each of its tokens gave to the decision.

        text: a str, or bytes of UTF-8.
        by (attention): "attention", the weight that the token got, 0 to 1; of the decision's log-odds, ln p / (1 - p),
            "gradient" (x input), "integrated" (integrated gradients, 50 points) or "occlusion" (what they lose without the
            token); "ngrams", its share of what n-grams gave; or "nothing", to decide only.

        Returns a Reading. Raises ValueError: a way that there is not, or that it has no part for; StateError: it has no
        vocabulary, or a tensor holds NaN or infinity; OutOfMemoryError.
        """
        data = arrays.utf8("text", text)
        given = (self._native, data, len(data), arrays.choice("by", by, BY))
        reading = Reading._made(library.attn_reading_destroy, library.attn_classifier_read, *given)
        reading._labels = self.labels
        return reading

    def read_many(self, texts: Iterable[str | bytes], by: str = "attention") -> list[Reading]:
        """Decide many texts at once, which is several times as fast as one by one.

        texts: an iterable of str or bytes.
        by (attention): as in ``read``.

        Returns a list of Reading. Raises ValueError: a way that there is not, or that it has no part for; StateError: it has no
        vocabulary, or a tensor holds NaN or infinity; OutOfMemoryError.
        """
        data = [arrays.utf8(f"texts[{i}]", text) for i, text in enumerate(arrays.items("texts", texts, "str or bytes"))]
        count = len(data)
        out = (ctypes.c_void_p * count)()
        library.attn_classifier_read_many(
            self._native,
            count,
            (ctypes.c_char_p * count)(*data),
            (ctypes.c_size_t * count)(*map(len, data)),
            arrays.choice("by", by, BY),
            ctypes.cast(out, ctypes.POINTER(READING)),
        )
        natives = [READING(library.attn_reading_destroy) for _ in data]
        for native, made in zip(natives, out):
            native.value = made
        readings = [Reading._held_by(native) for native in natives]
        for reading in readings:
            reading._labels = self.labels
        return readings

    def _describe(self) -> str:
        return f"labels={self.labels} attention={self._attends}"
