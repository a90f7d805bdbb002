"""Training: how wrong a decision or a sequence is, the optimiser that mends it, and how far its probability can be believed."""

from __future__ import annotations

import ctypes
from typing import NamedTuple

import numpy as np

from . import arrays
from ._handle import Handle
from ._library import library
from ._structs import AdamOptions, CrossEntropyOptions
from .arrays import Floats, Integers
from .context import Context
from .params import Params


class Loss(NamedTuple):
    """loss: the mean over the rows that count; losses [rows]: each row's own; probabilities and dlogits [rows, classes].
    Without labels and targets there are only the probabilities, and the others are None."""

    loss: float | None
    losses: Floats | None
    probabilities: Floats
    dlogits: Floats | None


def cross_entropy(
    context: Context,
    logits: Floats,
    labels: Integers | None = None,
    *,
    class_weights: Floats | None = None,
    label_smoothing: float = 0.0,
    scale: float = 1.0,
    ignore_label: int | None = None,
    targets: Floats | None = None,
) -> Loss:
    """Softmax cross-entropy, on the context's threads, of logits [rows, classes] and int32 labels [rows]:

    p = softmax(logits);  loss = -mean_b log p[b, labels[b]];  dlogits = (p - onehot(labels)) / rows

    class_weights [classes]: what a row of each class weighs in the mean. label_smoothing: the share of a label that is spread
    over all classes, as torch.nn.functional.cross_entropy has it. scale multiplies losses and gradient. Rows whose label is
    ignore_label do not count and are not read: their losses, probabilities and gradients are 0. targets [rows, classes]: what p
    should be, in place of labels, which then only tell rows that are ignored and may be None. A NaN or an infinity among
    the logits of a row that counts is an ArgumentError."""
    logits = arrays.floats("logits", logits, ["rows", "classes"])
    labels = arrays.optional_integers("labels", labels, [len(logits)])
    class_weights = arrays.optional_floats("class_weights", class_weights, [logits.shape[1]])
    targets = arrays.optional_floats("targets", targets, logits.shape)
    has_truth = labels is not None or targets is not None
    options = CrossEntropyOptions(
        class_weights=arrays.address(class_weights),
        label_smoothing=arrays.number("label_smoothing", label_smoothing),
        scale=arrays.or_zero("scale", scale),
        ignore=ignore_label is not None,
        ignore_label=0 if ignore_label is None else arrays.int32("ignore_label", ignore_label),
        targets=arrays.address(targets),
    )
    loss = ctypes.c_float() if has_truth else None
    losses = np.empty(len(logits), np.float32) if has_truth else None
    probabilities = np.empty(logits.shape, np.float32)
    dlogits = np.empty(logits.shape, np.float32) if has_truth else None
    library.attn_cross_entropy(
        Context._of("context", context),
        *logits.shape,
        arrays.address(logits),
        arrays.address(labels),
        ctypes.byref(options),
        None if loss is None else ctypes.byref(loss),
        arrays.address(losses),
        arrays.address(probabilities),
        arrays.address(dlogits),
    )
    return Loss(None if loss is None else loss.value, losses, probabilities, dlogits)


class Calibration(NamedTuple):
    """error: how far probabilities are from how often the decisions are right. diagram [bins, 3]: of each bin the share of the
    rows, their mean probability, and the share that is decided as labelled."""

    error: float
    diagram: Floats


def calibration_error(context: Context, probabilities: Floats, labels: Integers, bins: int = 15) -> Calibration:
    """Expected calibration error (Guo et al. 2017, 1706.04599) of probabilities [rows, classes] and int32 labels [rows]: the mean
    over the bins, each weighing as its rows, of |share decided as labelled - mean probability of what was decided on|."""
    probabilities = arrays.floats("probabilities", probabilities, ["rows", "classes"])
    labels = arrays.integers("labels", labels, [len(probabilities)])
    bins, error = arrays.int64("bins", bins), ctypes.c_float()
    diagram = np.empty((max(bins, 0) or 15, 3), np.float32)
    library.attn_calibration_error(
        Context._of("context", context),
        *probabilities.shape,
        arrays.address(probabilities),
        arrays.address(labels),
        bins,
        ctypes.byref(error),
        arrays.address(diagram),
    )
    return Calibration(error.value, diagram)


class Scales(NamedTuple):
    """scales [channels]; loss: the mean cross-entropy with them."""

    scales: Floats
    loss: float


def fit_scales(context: Context, logits: Floats, labels: Integers) -> Scales:
    """Scales that make probabilities right, of logits [channels, rows, classes] and int32 labels [rows] that no channel was trained
    on: those with which softmax(sum_c scales_c logits_c) has the least cross-entropy, all more than 0 (loss.h has the equation).
    With one channel that is its inverse temperature; ``Classifier.channels`` gives the logits, ``Classifier.set_scales`` takes the
    scales."""
    logits = arrays.floats("logits", logits, ["channels", "rows", "classes"])
    channels, rows, classes = logits.shape
    labels = arrays.integers("labels", labels, [rows])
    scales, loss = np.empty(channels, np.float32), ctypes.c_float()
    library.attn_fit_scales(
        Context._of("context", context),
        channels,
        rows,
        classes,
        arrays.address(logits),
        arrays.address(labels),
        arrays.address(scales),
        ctypes.byref(loss),
    )
    return Scales(scales, loss.value)


class Edits(NamedTuple):
    """distances [batch]; substituted, deleted (expected, and not given) and inserted (given, and not expected) [batch]."""

    distances: Integers
    substituted: Integers
    deleted: Integers
    inserted: Integers


def edit_distance(
    context: Context,
    given: Integers,
    expected: Integers,
    given_lengths: Integers | None = None,
    expected_lengths: Integers | None = None,
) -> Edits:
    """Levenshtein's distance of int32 sequences given [batch, time] from those expected [batch, another time]. Its sum over the sum of
    the expected lengths is the error rate: of words, or of letters."""
    given = arrays.integers("given", given, ["batch", "time"])
    expected = arrays.integers("expected", expected, [len(given), "time"])
    given_lengths = arrays.optional_integers("given_lengths", given_lengths, [len(given)])
    expected_lengths = arrays.optional_integers("expected_lengths", expected_lengths, [len(given)])
    distances, edits = np.empty(len(given), np.int32), np.empty((len(given), 3), np.int32)
    library.attn_edit_distance(
        Context._of("context", context),
        *given.shape,
        arrays.address(given),
        arrays.address(given_lengths),
        expected.shape[1],
        arrays.address(expected),
        arrays.address(expected_lengths),
        arrays.address(distances),
        arrays.address(edits),
    )
    return Edits(distances, *edits.T)


class Adam(Handle):
    """Adam for all tensors that the params hold now (adam.h has the equations).

    lr: the learning rate; it is max(lr_floor, lr * lr_decay ** (step / lr_decay_steps)).
    weight_decay: decoupled, as AdamW's. clip_norm: the largest global norm of the gradients; 0 means no clipping.
    average: the decay of the weights' exponential moving average, which ``swap_average`` exchanges them with; 0 means none.
    """

    def __init__(
        self,
        params: Params,
        *,
        lr: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        clip_norm: float = 0.0,
        lr_decay: float = 1.0,
        lr_floor: float = 0.0,
        lr_decay_steps: int = 1,
        average: float = 0.0,
    ) -> None:
        options = AdamOptions(
            lr=arrays.positive("lr", arrays.number("lr", lr)),
            beta1=arrays.or_zero("beta1", beta1),
            beta2=arrays.or_zero("beta2", beta2),
            epsilon=arrays.or_zero("epsilon", epsilon),
            weight_decay=arrays.number("weight_decay", weight_decay),
            clip_norm=arrays.number("clip_norm", clip_norm),
            lr_decay=arrays.positive("lr_decay", arrays.number("lr_decay", lr_decay)),
            lr_floor=arrays.number("lr_floor", lr_floor),
            lr_decay_steps=arrays.positive("lr_decay_steps", arrays.int64("lr_decay_steps", lr_decay_steps)),
            average=arrays.number("average", average),
        )
        super().__init__(
            library.attn_adam_destroy, library.attn_adam_create, Params._of("params", params), ctypes.byref(options)
        )

    def step(self) -> float:
        """One update of every trainable tensor; the gradients stay as they are. Returns their global norm before
        clipping. A gradient that is not finite is a StateError, and nothing is updated."""
        norm = ctypes.c_float()
        library.attn_adam_step(self._native, ctypes.byref(norm))
        return norm.value

    def swap_average(self) -> None:
        """Exchange the weights with their exponential moving average, and back by another call. StateError where
        ``average`` (its decay, 0.999 say) was not given."""
        library.attn_adam_swap_average(self._native)

    def set_lr(self, lr: float) -> None:
        """Go on from another rate, for a schedule of your own."""
        library.attn_adam_set_lr(self._native, arrays.number("lr", lr))

    @property
    def steps(self) -> int:
        """How many updates were made."""
        return int(library.attn_adam_steps(self._native))

    @property
    def lr(self) -> float:
        """The learning rate that the next update will use."""
        return float(library.attn_adam_lr(self._native))

    def _describe(self) -> str:
        return f"steps={self.steps} lr={self.lr:g}"
