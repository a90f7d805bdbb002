"""Soft attention: a memory, and a query where the score has one, to weights and a context.

The rules of layers.py hold here too.
"""

from __future__ import annotations

import ctypes

import numpy as np

from . import arrays
from . import tape as tapes
from ._handle import Handle
from ._library import library
from ._structs import AttentionInfo, AttentionOptions, AttentionStep, AttentionStepGradients
from .arrays import Array, Floats, Integers, address
from .params import INITS, Params, growing
from .tape import Tape

SCORES = {"feedforward": 0, "additive": 1, "concat": 2, "dot": 3, "scaled_dot": 4, "bilinear": 5}
"""How attention scores a state h_j for a query s:

"feedforward": v . tanh(W h_j + b) + c, which asks nothing. "additive": v . tanh(W h_j + U s + b). "concat": w_s . s + w_h . h_j
+ b. "dot": s . h_j. "scaled_dot": s . h_j / sqrt(memory_dim). "bilinear": s^T W h_j.
"""
WEIGHTINGS = {"softmax": 0, "sparsemax": 1, "entmax15": 2}
"""What makes weights of scores: "softmax"; "sparsemax" (1602.02068) or "entmax15" (1905.05702), which give most items exactly
0.
"""
PADDINGS = {"masked": 0, "kept": 1}
"""What lies beyond a length: "masked", it gets no weight; or "kept", it takes part as a state of zeros."""


class Attention(Handle):
    """Soft attention over a memory of anything: words, image regions, frames. For each row, and for each of its queries s:

        e_j = score(s, h_j);   a = weighting(e / temperature);   context = sum_j a_j h_j

        score          e_j                                   tensors
        feedforward    v . tanh(W h_j + b) + c               weight W, bias b, score_weight v, score_bias c
        additive       v . tanh(W h_j + U s + b)             weight W, query_weight U, bias b, score_weight v
        concat         w_s . s + w_h . h_j + b               query_weight w_s, weight w_h, bias b
        dot            s . h_j                               none
        scaled_dot     s . h_j / sqrt(memory_dim)            none
        bilinear       s^T W h_j                             weight W

    "additive" is Bahdanau's (1409.0473), "dot" and "bilinear" Luong's (1508.04025), "scaled_dot" that of 1706.03762.

    params: where its tensors are added, as NAME.weight and so on.
    name: the layer's, and the beginning of its tensors'.
    memory_dim: numbers a state h_j.
    score (feedforward): one of ``SCORES``; "feedforward" has no query, the others ask.
    padding (masked): "masked", or for "feedforward" "kept": what lies beyond the length takes part as a state of zeros.
    attention_dim (0): of "feedforward" and "additive", the rows of W; 0: memory_dim.
    outer_tanh (False): of "feedforward" and "concat": True: a tanh around the score. With softmax it bounds the weights to a
        factor of 7.4 of each other; "concat" wants it, since its query moves all scores alike without.
    init (default): "default": weights Glorot, biases 0; or "fan_sum", uniform +-1 / sqrt(in + out).
    query_dim (0): numbers a query, of the scores that ask; 0: memory_dim, which "dot" and "scaled_dot" need.
    weighting (softmax): one of ``WEIGHTINGS``.
    temperature (0.0): above 1 the weights are more even, below 1 sharper; 1e-6 to 1e6, and 0 means 1.

    Attributes:
    memory_dim: as given.
    query_dim: numbers a query; 0 of "feedforward".
    attention_dim: the rows of W; 0 where the score has none such.
    score: one of ``SCORES``.

    Immutable: any number of threads may run inference at once.

    Raises ValueError: a number out of range, a word that is none of those above, an option that the score has not, a name that
    is taken; StateError: the params are sealed, or a view of them is alive; OutOfMemoryError. After an error the params are as
    before.
    """

    def __init__(
        self,
        params: Params,
        name: str,
        memory_dim: int,
        *,
        score: str = "feedforward",
        padding: str = "masked",
        attention_dim: int = 0,
        outer_tanh: bool = False,
        init: str = "default",
        query_dim: int = 0,
        weighting: str = "softmax",
        temperature: float = 0.0,
    ) -> None:
        options = AttentionOptions(
            score=arrays.choice("score", score, SCORES),
            padding=arrays.choice("padding", padding, PADDINGS),
            attention_dim=arrays.int64("attention_dim", attention_dim),
            outer_tanh=arrays.flag("outer_tanh", outer_tanh),
            init=arrays.choice("init", init, INITS),
            query_dim=arrays.int64("query_dim", query_dim),
            weighting=arrays.choice("weighting", weighting, WEIGHTINGS),
            temperature=arrays.number("temperature", temperature),
        )
        super().__init__(
            library.attn_attention_destroy,
            library.attn_attention_create,
            growing(params),
            arrays.text("name", name),
            arrays.int64("memory_dim", memory_dim),
            ctypes.byref(options),
        )
        self._look()

    def _look(self) -> None:
        info = AttentionInfo()
        library.attn_attention_get_info(self._native, ctypes.byref(info))
        self.memory_dim, self.query_dim = info.memory_dim, info.query_dim
        self.attention_dim = info.attention_dim
        self.score = next(word for word, number in SCORES.items() if number == info.score)

    def forward(
        self,
        tape: Tape | None,
        memory: Floats,
        lengths: Integers | None = None,
        query: Floats | None = None,
        query_lengths: Integers | None = None,
        *,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats, Floats]:
        """Attend: without a query, which is "feedforward", or with one a row, or one for each step of a decoder.

        tape: remembers what backward needs; None: inference.
        memory: float32 [batch, items, memory_dim]; must stay as it is until backward.
        lengths (None): int32 [batch], 0 to items; None: all rows are full. What lies beyond is never read.
        query (None): float32 [batch, queries, query_dim], of the scores that ask; must stay as it is until backward.
        query_lengths (None): int32 [batch], 0 to queries; None: all full.
        out (None): a pair of float32 arrays to write weights and context to, with None for a new one.

        Returns (weights, context), float32: without a query weights [batch, items] and context [batch, memory_dim], with one
        weights [batch, queries, items] and context [batch, queries, memory_dim], 0 for queries beyond the length. Weights are 0
        or more, and those of a row sum to 1; a row of length 0 has a context of 0. Raises ValueError: a shape that does not
        fit, a length out of range, a query that is missing or that the score has not; StateError: a tensor that holds NaN or
        infinity; OutOfMemoryError.
        """
        memory = arrays.floats("memory", memory, ["batch", "items", self.memory_dim])
        batch, items, _ = memory.shape
        lengths = arrays.optional_integers("lengths", lengths, [batch])
        out_weights, out_context = arrays.outputs(out, 2)
        inputs: tuple[Array | None, ...] = (memory, lengths)
        rows: tuple[int, ...] = (batch,)
        if query is None and self.query_dim:
            raise ValueError(f"query: the score {self.score!r} needs one; expected [batch, queries, {self.query_dim}]")
        if self.query_dim == 0 and not (query is None and query_lengths is None):
            raise ValueError(f"query: the score {self.score!r} has none; leave out query and query_lengths")
        if query is not None:
            query = arrays.floats("query", query, [batch, "queries", self.query_dim])
            query_lengths = arrays.optional_integers("query_lengths", query_lengths, [batch])
            inputs += (query, query_lengths)
            rows = query.shape[:2]
        weights = arrays.output("out[0]", out_weights, (*rows, items), *inputs)
        context = arrays.output("out[1]", out_context, (*rows, self.memory_dim), *inputs, weights)
        layer = (self._native, Tape._of_or_none("tape", tape))
        given = (address(memory), address(lengths))
        results = (address(weights), address(context))
        if query is None:
            library.attn_attention_forward(*layer, batch, items, *given, *results)
        else:
            asked = (address(query), address(query_lengths))
            library.attn_attention_forward_queries(*layer, batch, items, rows[1], *given, *asked, *results)
        tapes.push(tape, self, (*rows, items), self._native, *inputs)
        return weights, context

    def backward(
        self,
        tape: Tape,
        *,
        dweights: Floats | None = None,
        dcontext: Floats | None = None,
        need_dmemory: bool = True,
        need_dquery: bool = True,
        out: Floats | tuple[Floats | None, Floats | None] | None = None,
    ) -> Floats | None | tuple[Floats | None, Floats | None]:
        """Back, for this layer's forward on top of the tape; adds to the gradients of its tensors.

        tape: with this layer's forward on top.
        dweights (None): float32, of the weights' shape; None: 0.
        dcontext (None): float32, of the context's shape; None: 0.
        need_dmemory (True): False: dmemory is not computed.
        need_dquery (True): False: dquery is not computed.
        out (None): a float32 array to write dmemory to; of a score that asks a pair, for dmemory and dquery, with None for a
            new one.

        Returns dmemory float32 [batch, items, memory_dim], 0 beyond the lengths; of a score that asks (dmemory, dquery [batch,
        queries, query_dim]); None in place of one that is not needed. Raises ValueError: other shapes than forward's;
        StateError: another forward is on top of the tape; OutOfMemoryError.
        """
        *rows, items = tapes.top(tape, self, "attn.Attention.backward").sizes
        dweights = arrays.optional_floats("dweights", dweights, [*rows, items])
        dcontext = arrays.optional_floats("dcontext", dcontext, [*rows, self.memory_dim])
        asks = self.query_dim > 0
        out_dmemory, out_dquery = arrays.outputs(out, 2) if asks else (out, None)
        shape = (rows[0], items, self.memory_dim)
        dmemory = dquery = None
        need_dquery = arrays.flag("need_dquery", need_dquery)
        if arrays.flag("need_dmemory", need_dmemory):
            dmemory = arrays.output("out[0]" if asks else "out", out_dmemory, shape, dweights, dcontext)
        if asks and need_dquery:
            dquery = arrays.output("out[1]", out_dquery, (*rows, self.query_dim), dweights, dcontext, dmemory)
        queries = rows[1] if asks else 1
        gradients = map(address, (dweights, dcontext, dmemory, dquery))
        library.attn_attention_backward(self._native, tape._native, rows[0], items, queries, *gradients)
        tapes.pop(tape)
        return (dmemory, dquery) if asks else dmemory

    def keys_forward(
        self,
        tape: Tape | None,
        memory: Floats,
        lengths: Integers | None = None,
        *,
        out: Floats | None = None,
    ) -> Floats:
        """Of "additive", for a decoder whose next step waits for the one before it: what the score makes of a memory, for all
        of its steps.

        tape: remembers what ``keys_backward`` needs; None: inference.
        memory: float32 [batch, items, width], the columns of the items that stay; the last memory_dim - width, which are not in
            it, are those that move from step to step. Must stay as it is until ``keys_backward``.
        lengths (None): int32 [batch], 0 to items; None: all rows are full.
        out (None): float32 [batch, items, attention_dim] to write to; None: a new array.

        Returns keys float32 [batch, items, attention_dim]. Raises ValueError: a shape that does not fit, a length out of range,
        a score that is another than "additive", numbers that are not finite; StateError: a tensor that holds NaN or infinity;
        OutOfMemoryError.
        """
        memory = arrays.floats("memory", memory, ["batch", "items", "width"])
        lengths = arrays.optional_integers("lengths", lengths, [len(memory)])
        keys = arrays.output("out", out, (*memory.shape[:2], self.attention_dim), memory, lengths)
        layer = (self._native, Tape._of_or_none("tape", tape))
        library.attn_attention_keys_forward(*layer, *memory.shape, *map(address, (memory, lengths, keys)))
        tapes.push(tape, self, memory.shape, self._native, memory, lengths)
        return keys

    def keys_backward(self, tape: Tape, dkeys: Floats, *, dmemory: Floats | None = None) -> Floats:
        """Back, for the ``keys_forward`` on top of the tape, behind the ``step_backward`` of every step; adds to the gradients
        of W.

        tape: with a ``keys_forward`` on top.
        dkeys: float32 [batch, items, attention_dim], the sum over the steps.
        dmemory (None): float32 [batch, items, width], what the steps gave, which is added to; None: zeros.

        Returns dmemory. Raises ValueError: other shapes than forward's; StateError: another forward is on top of the tape;
        OutOfMemoryError.
        """
        *rows, width = tapes.top(tape, self, "attn.Attention.keys_backward").sizes
        dkeys = arrays.floats("dkeys", dkeys, [*rows, self.attention_dim])
        dmemory = arrays.output("dmemory", dmemory, (*rows, width), dkeys) if dmemory is not None else None
        summed = np.zeros((*rows, width), np.float32) if dmemory is None else dmemory
        library.attn_attention_keys_backward(self._native, tape._native, *rows, width, address(dkeys), address(summed))
        tapes.pop(tape)
        return summed

    def step_forward(
        self,
        tape: Tape | None,
        memory: Floats,
        keys: Floats,
        query: Floats,
        lengths: Integers | None = None,
        *,
        moving: Floats | None = None,
        asks: Integers | None = None,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats, Floats]:
        """One step of a decoder, over a memory whose keys ``keys_forward`` made.

        tape: remembers what ``step_backward`` needs; None: inference.
        memory: float32 [batch, items, width], that of ``keys_forward``; must stay as it is until ``step_backward``, like the
            other arrays.
        keys: float32 [batch, items, attention_dim], those of ``keys_forward``.
        query: float32 [batch, query_dim].
        lengths (None): int32 [batch], 0 to items; None: all rows are full.
        moving (None): float32 [batch, items, memory_dim - width], the other columns as they are in this step; None: there are
            none.
        asks (None): int32 [batch], 0 for rows that have no such step any more, else 1; None: all 1.
        out (None): a pair of float32 arrays to write weights and context to, with None for a new one.

        Returns (weights, context): float32 [batch, items] and [batch, memory_dim]. Raises ValueError: a shape that does not
        fit, a length out of range, a score that is another than "additive", numbers that are not finite; StateError: a tensor
        that holds NaN or infinity; OutOfMemoryError.
        """
        memory = arrays.floats("memory", memory, ["batch", "items", "width"])
        batch, items, width = memory.shape
        keys = arrays.floats("keys", keys, [batch, items, self.attention_dim])
        query = arrays.floats("query", query, [batch, self.query_dim])
        moving = arrays.optional_floats("moving", moving, [batch, items, self.memory_dim - width])
        lengths = arrays.optional_integers("lengths", lengths, [batch])
        asks = arrays.optional_integers("asks", asks, [batch])
        inputs = (memory, lengths, keys, moving, query, asks)
        out_weights, out_context = arrays.outputs(out, 2)
        weights = arrays.output("out[0]", out_weights, (batch, items), *inputs)
        context = arrays.output("out[1]", out_context, (batch, self.memory_dim), *inputs, weights)
        step = AttentionStep(
            batch=batch,
            items=items,
            width=width,
            memory=address(memory),
            lengths=address(lengths),
            keys=address(keys),
            moving=address(moving),
            query=address(query),
            asks=address(asks),
        )
        layer = (self._native, Tape._of_or_none("tape", tape))
        library.attn_attention_step_forward(*layer, ctypes.byref(step), address(weights), address(context))
        tapes.push(tape, self, memory.shape, self._native, *inputs)
        return weights, context

    def step_backward(
        self,
        tape: Tape,
        *,
        dweights: Floats | None = None,
        dcontext: Floats | None = None,
        dkeys: Floats | None = None,
        dmemory: Floats | None = None,
        need_dmoving: bool = False,
        need_dquery: bool = True,
    ) -> tuple[Floats | None, Floats | None]:
        """Back, for the ``step_forward`` on top of the tape; adds to the gradients of its tensors but W's columns that stay.

        tape: with a ``step_forward`` on top.
        dweights (None): float32 [batch, items]; None: 0.
        dcontext (None): float32 [batch, memory_dim]; None: 0.
        dkeys (None): float32 [batch, items, attention_dim], which is added to: zeros before the first step, and then for
            ``keys_backward``; None: not wanted.
        dmemory (None): float32 [batch, items, width], likewise.
        need_dmoving (False): True: dmoving is computed.
        need_dquery (True): False: dquery is not computed.

        Returns (dmoving, dquery): float32 [batch, items, memory_dim - width] and [batch, query_dim], each None where it is not
        needed. Raises ValueError: other shapes than forward's; StateError: another forward is on top of the tape;
        OutOfMemoryError.
        """
        batch, items, width = tapes.top(tape, self, "attn.Attention.step_backward").sizes
        dweights = arrays.optional_floats("dweights", dweights, [batch, items])
        dcontext = arrays.optional_floats("dcontext", dcontext, [batch, self.memory_dim])
        sums = [
            None if array is None else arrays.output(name, array, (batch, items, size), dweights, dcontext)
            for name, array, size in (("dkeys", dkeys, self.attention_dim), ("dmemory", dmemory, width))
        ]
        dmoving = dquery = None
        if arrays.flag("need_dmoving", need_dmoving):
            dmoving = np.empty((batch, items, self.memory_dim - width), np.float32)
        if arrays.flag("need_dquery", need_dquery):
            dquery = np.empty((batch, self.query_dim), np.float32)
        gradients = AttentionStepGradients(
            batch=batch,
            items=items,
            width=width,
            dweights=address(dweights),
            dcontext=address(dcontext),
            dkeys=address(sums[0]),
            dmemory=address(sums[1]),
            dmoving=address(dmoving),
            dquery=address(dquery),
        )
        library.attn_attention_step_backward(self._native, tape._native, ctypes.byref(gradients))
        tapes.pop(tape)
        return dmoving, dquery

    def keys(self, memory: Floats, keys: Floats | None = None, *, first: int = 0, width: int | None = None) -> Floats:
        """What "feedforward" makes of single items before the tanh, W h: a sum over h's columns, of which some may be added to
        a known part.

        memory: float32 [count, memory_dim].
        keys (None): float32 [count, attention_dim], the part of the other columns, which is not written to; None: 0.
        first (0): the first column of memory that is read.
        width (None): how many columns are read; None: all from ``first`` on.

        Returns float32 [count, attention_dim]. Raises ValueError: a shape that does not fit, columns that there are not, a
        score that is another than "feedforward", numbers that are not finite; StateError: a tensor that holds NaN or infinity;
        OutOfMemoryError.
        """
        memory = arrays.floats("memory", memory, ["count", self.memory_dim])
        shape = (len(memory), self.attention_dim)
        keys = np.zeros(shape, np.float32) if keys is None else arrays.floats("keys", keys, shape).copy()
        columns = (arrays.int64("first", first), self.memory_dim - first if width is None else arrays.int64("width", width))
        library.attn_attention_score(self._native, len(memory), address(memory), *columns, address(keys), None)
        return keys

    def scores(self, memory: Floats, keys: Floats | None = None) -> Floats:
        """The scores of single items; of "feedforward" alone.

        memory: float32 [count, memory_dim].
        keys (None): float32 [count, attention_dim], the items' keys as ``keys`` gives them, where they are known: memory is
            then not read.

        Returns float32 [count]. Raises ValueError: a shape that does not fit, a score that is another than "feedforward",
        numbers that are not finite; StateError: a tensor that holds NaN or infinity; OutOfMemoryError.
        """
        memory = arrays.floats("memory", memory, ["count", self.memory_dim])
        shape = (len(memory), self.attention_dim)
        known = np.zeros(shape, np.float32) if keys is None else arrays.floats("keys", keys, shape).copy()
        scores = np.empty(len(memory), np.float32)
        columns = (0, self.memory_dim if keys is None else 0)
        given = (address(memory), *columns, address(known), address(scores))
        library.attn_attention_score(self._native, len(memory), *given)
        return scores

    def slopes(self, memory: Floats) -> Floats:
        """How the scores of single items move with them, de/dh; of "feedforward" alone.

        memory: float32 [count, memory_dim].

        Returns float32 [count, memory_dim]. Raises ValueError: a shape that does not fit, a score that is another than
        "feedforward", numbers that are not finite; StateError: a tensor that holds NaN or infinity; OutOfMemoryError.
        """
        memory = arrays.floats("memory", memory, ["count", self.memory_dim])
        slopes = np.empty(memory.shape, np.float32)
        library.attn_attention_score_slopes(self._native, len(memory), address(memory), address(slopes))
        return slopes

    def weigh(self, scores: Floats, lengths: Integers | None = None, *, out: Floats | None = None) -> Floats:
        """Weights of scores, of any layer's score: weighting(e / temperature) over each row's length.

        scores: float32 [batch, items]; never read beyond the lengths.
        lengths (None): int32 [batch], 0 to items; None: all rows are full.
        out (None): float32 [batch, items] to write to; None: a new array.

        Returns float32 [batch, items]. Raises ValueError: a shape that does not fit, a length out of range, scores that are not
        finite; StateError: where padding is kept, a tensor that holds NaN or infinity; OutOfMemoryError.
        """
        scores = arrays.floats("scores", scores, ["batch", "items"])
        lengths = arrays.optional_integers("lengths", lengths, [len(scores)])
        weights = arrays.output("out", out, scores.shape, scores, lengths)
        library.attn_attention_weigh(self._native, *scores.shape, *map(address, (scores, lengths, weights)))
        return weights

    def _describe(self) -> str:
        return f"score={self.score} memory_dim={self.memory_dim} query_dim={self.query_dim}"


class AttentionMemory(Handle):
    """A memory that is asked again and again, by a decoder step by step: a copy, with what the attention's score makes of it as
    its values are now. What is trained or loaded later does not reach it, and it needs neither the attention nor the array.

    attention: of a score that asks, so not "feedforward".
    memory: float32 [batch, items, memory_dim].
    lengths (None): int32 [batch], 0 to items; None: all rows are full.

    Attributes:
    batch, items, memory_dim: the memory's shape.
    query_dim: numbers a query.

    Immutable, for any number of threads. Raises ValueError: a shape that does not fit, a length out of range, a score that asks
    nothing; StateError: a tensor that holds NaN or infinity; OutOfMemoryError.
    """

    def __init__(self, attention: Attention, memory: Floats, lengths: Integers | None = None) -> None:
        native = Attention._of("attention", attention)
        memory = arrays.floats("memory", memory, ["batch", "items", attention.memory_dim])
        lengths = arrays.optional_integers("lengths", lengths, [len(memory)])
        self.batch, self.items, self.memory_dim = memory.shape
        self.query_dim = attention.query_dim
        super().__init__(
            library.attn_attention_memory_destroy,
            library.attn_attention_memory_create,
            native,
            self.batch,
            self.items,
            address(memory),
            address(lengths),
            None,
        )

    def attend(
        self,
        query: Floats,
        rows: Integers | None = None,
        *,
        out: tuple[Floats | None, Floats | None] | None = None,
    ) -> tuple[Floats, Floats]:
        """Ask.

        query: float32 [count, query_dim].
        rows (None): int32 [count], the row of the memory that each query asks, several the same one if need be; None: number i
            asks row i.
        out (None): a pair of float32 arrays to write weights and context to, with None for a new one.

        Returns (weights, context): float32 [count, items], 0 beyond the row's length, and [count, memory_dim]. Raises
        ValueError: a shape that does not fit, a row that there is not; OutOfMemoryError.
        """
        query = arrays.floats("query", query, ["count", self.query_dim])
        rows = arrays.optional_integers("rows", rows, [len(query)])
        out_weights, out_context = arrays.outputs(out, 2)
        weights = arrays.output("out[0]", out_weights, (len(query), self.items), query, rows)
        context = arrays.output("out[1]", out_context, (len(query), self.memory_dim), query, rows, weights)
        library.attn_attention_memory_attend(
            self._native, len(query), *map(address, (rows, query, weights, context))
        )
        return weights, context

    def _describe(self) -> str:
        return f"batch={self.batch} items={self.items} memory_dim={self.memory_dim} query_dim={self.query_dim}"
