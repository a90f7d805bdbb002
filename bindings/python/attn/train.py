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
    """What ``cross_entropy`` gives. Without labels and targets there are only the probabilities, and the others are None.

    loss: a float, the mean over the rows that count.
    losses: float32 [rows], each row's own.
    probabilities: float32 [rows, classes].
    dlogits: float32 [rows, classes], the loss's gradient.
    """

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
    """Softmax cross-entropy and its gradient:

        p = softmax(logits);  loss = -mean_b log p[b, labels[b]];  dlogits = (p - onehot(labels)) / rows

    context: what computes.
    logits: float32 [rows, classes]; -inf is a class that cannot be, and must not be the label's.
    labels (None): int32 [rows], 0 to classes - 1; None: probabilities alone, or targets say it.
    class_weights (None): float32 [classes], what a row of each class weighs in the mean, 0 or more; None: all 1.
    label_smoothing (0.0): the share of a label that is spread over all classes, 0 to 1, as torch.nn.functional.cross_entropy
        has it.
    scale (1.0): multiplies losses and gradient; 0 or more.
    ignore_label (None): rows of this label do not count and are not read: their losses, probabilities and gradients are 0.
    targets (None): float32 [rows, classes], what p should be, in place of labels, which then only tell rows that are ignored.

    Returns Loss: loss, losses, probabilities and dlogits. Raises ValueError: a shape that does not fit, a label or a number out
    of range, a NaN or an infinity among the logits of a row that counts; OutOfMemoryError.
    """
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
    """What ``calibration_error`` gives.

    error: a float, how far probabilities are from how often the decisions are right.
    diagram: float32 [bins, 3], of each bin the share of the rows, their mean probability, and the share that is decided as
        labelled.
    """

    error: float
    diagram: Floats


def calibration_error(context: Context, probabilities: Floats, labels: Integers, bins: int = 15) -> Calibration:
    """Expected calibration error (Guo et al. 2017, 1706.04599): the mean over the bins, each weighing as its rows, of |share
    decided as labelled - mean probability of what was decided on|.

    context: what computes.
    probabilities: float32 [rows, classes].
    labels: int32 [rows], 0 to classes - 1.
    bins (15): how many, equally wide, 1 to 1024; 0 means 15.

    Returns Calibration: error and diagram. Raises ValueError: a shape that does not fit, a label out of range, a probability
    that is none.
    """
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
    """What ``fit_scales`` gives.

    scales: float32 [channels], all more than 0.
    loss: a float, the mean cross-entropy with them.
    """

    scales: Floats
    loss: float


def fit_scales(context: Context, logits: Floats, labels: Integers) -> Scales:
    """Scales that make probabilities right: those with which softmax(sum_c scales_c logits_c) has the least cross-entropy on
    the labels, each held near 1 as by one row. With one channel that is its inverse temperature.

    context: what computes.
    logits: float32 [channels, rows, classes], finite, of rows that no channel was trained on; ``Classifier.channels`` gives
        them.
    labels: int32 [rows], 0 to classes - 1.

    Returns Scales: scales, which ``Classifier.set_scales`` takes, and loss. Raises ValueError: a shape that does not fit, more
    than 8 channels, a label out of range, a logit that is not finite; OutOfMemoryError.
    """
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
    """What ``edit_distance`` gives, of each row.

    distances: int32 [batch], the fewest edits.
    substituted: int32 [batch], how many of them put a token in another's place.
    deleted: int32 [batch], how many were expected and not given.
    inserted: int32 [batch], how many were given and not expected.
    """

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
    """Levenshtein's distance. Its sum over the sum of the expected lengths is the error rate: of words, or of letters.

    context: what computes.
    given: int32 [batch, time].
    expected: int32 [batch, another time].
    given_lengths (None): int32 [batch]; None: all rows are full.
    expected_lengths (None): int32 [batch]; None: all rows are full.

    Returns Edits: distances, substituted, deleted and inserted. Raises ValueError: a shape that does not fit, a length out of
    range; OutOfMemoryError.
    """
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
    """Adam (1412.6980) with decoupled weight decay (1711.05101) for all tensors that the params hold now:

        lr_t = max(lr_floor, lr * lr_decay ** (step / lr_decay_steps))
        g = gradient * min(1, clip_norm / norm of all gradients)
        m = beta1 m + (1 - beta1) g;   v = beta2 v + (1 - beta2) g**2
        w = w - lr_t weight_decay w - lr_t (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + epsilon)

    Of an embedding only the rows that were used are updated, and not decayed.

    params: whose tensors are trained; the layers are made before.
    lr (0.001): the learning rate, 0 or more.
    beta1 (0.9): 0 <= beta1 < 1.
    beta2 (0.999): 0 <= beta2 < 1.
    epsilon (1e-08): 0 or more.
    weight_decay (0.0): 0 or more.
    clip_norm (0.0): the largest global norm of the gradients; 0: no clipping.
    lr_decay (1.0): 0 < lr_decay <= 1; 1: none.
    lr_floor (0.0): what the rate never falls below.
    lr_decay_steps (1): 1 or more.
    average (0.0): the decay of the weights' exponential moving average, 0.999 say, which ``swap_average`` exchanges them with;
        0: none.

    For one thread at a time, and none that uses the params meanwhile. Raises ValueError: a number out of range;
    OutOfMemoryError.
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
            lr=arrays.or_zero("lr", lr),
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
        """One update of every trainable tensor; the gradients stay as they are.

        Returns their global norm before clipping, a float. Raises StateError: a gradient that is not finite, or the average is
        swapped in: nothing is updated; ValueError: tensors were added since.
        """
        norm = ctypes.c_float()
        library.attn_adam_step(self._native, ctypes.byref(norm))
        return norm.value

    def swap_average(self) -> None:
        """Exchange the weights with their exponential moving average, and back by another call. Raises StateError: ``average``
        was not given.
        """
        library.attn_adam_swap_average(self._native)

    def set_lr(self, lr: float) -> None:
        """Go on from another rate, for a schedule of your own. A checkpoint does not keep it: set it again.

        lr: takes the place of the constructor's; 0 or more. At 0, as where a warm-up begins, a step moves no weight, and does
            all else.

        Raises ValueError: a rate out of range.
        """
        library.attn_adam_set_lr(self._native, arrays.number("lr", lr))

    @property
    def steps(self) -> int:
        """int: how many updates were made."""
        return int(library.attn_adam_steps(self._native))

    @property
    def lr(self) -> float:
        """float: the learning rate that the next update will use, decayed."""
        return float(library.attn_adam_lr(self._native))

    def _describe(self) -> str:
        return f"steps={self.steps} lr={self.lr:g}"
