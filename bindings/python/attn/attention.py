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
from ._structs import AttentionInfo, AttentionOptions
from .arrays import Array, Floats, Integers, address
from .params import INITS, Params, growing
from .tape import Tape

SCORES = {"feedforward": 0, "additive": 1, "concat": 2, "dot": 3, "scaled_dot": 4, "bilinear": 5}
WEIGHTINGS = {"softmax": 0, "sparsemax": 1, "entmax15": 2}
PADDINGS = {"masked": 0, "kept": 1}


class Attention(Handle):
    """Soft attention: e_j = score(s, h_j), weights = weighting(e / temperature), context = sum_j a_j h_j.

    score: "feedforward", v . tanh(W h_j + b) + c, has no query; the others ask (attention.h has their equations):
        "additive" (Bahdanau), "concat", "dot", "scaled_dot", "bilinear" (Luong).
    padding: "masked", or for "feedforward" "kept": what lies beyond the length takes part as a state of zeros.
    attention_dim: of "feedforward" and "additive", the size of their inside; 0 means memory_dim.
    outer_tanh: of "feedforward" and "concat": a tanh around the score, as in the article. It bounds the weights to a factor of
        7.4 of each other; "concat" wants it, since its query moves all scores alike without.
    query_dim: of the scores that ask; 0 means memory_dim.
    weighting: "softmax", or "sparsemax" or "entmax15", which give most items a weight of exactly 0.
    temperature: above 1 the weights are more even, below 1 sharper; 0 means 1.
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
        """(weights, context) from memory [batch, items, memory_dim] and lengths [batch].

        Without a query, which is "feedforward": weights [batch, items] and context [batch, memory_dim]. With query
        [batch, queries, query_dim] and query_lengths [batch]: weights [batch, queries, items] and context
        [batch, queries, memory_dim], 0 for queries beyond the length. A row of length 0 has a context of 0."""
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
        dweights: Floats | None = None,
        dcontext: Floats | None = None,
        *,
        need_dmemory: bool = True,
        need_dquery: bool = True,
        out: Floats | tuple[Floats | None, Floats | None] | None = None,
    ) -> Floats | None | tuple[Floats | None, Floats | None]:
        """The gradients for dweights and dcontext, which have the shapes of forward's results; None means 0.

        Without a query dmemory [batch, items, memory_dim], 0 beyond the lengths; with one (dmemory, dquery [batch,
        queries, query_dim]), and ``out`` is a pair too. None in place of one that is not needed."""
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

    def keys(self, memory: Floats, keys: Floats | None = None, *, first: int = 0, width: int | None = None) -> Floats:
        """Of "feedforward", what it makes of memory [count, memory_dim] before the tanh: W h, [count, attention_dim], a sum over
        h's columns. Those [first, first + width) are read, all of the rest by default, and their part is added to ``keys``
        where given, the part of the others."""
        memory = arrays.floats("memory", memory, ["count", self.memory_dim])
        shape = (len(memory), self.attention_dim)
        keys = np.zeros(shape, np.float32) if keys is None else arrays.floats("keys", keys, shape).copy()
        columns = (arrays.int64("first", first), self.memory_dim - first if width is None else arrays.int64("width", width))
        library.attn_attention_score(self._native, len(memory), address(memory), *columns, address(keys), None)
        return keys

    def scores(self, memory: Floats, keys: Floats | None = None) -> Floats:
        """The scores [count] of single items, memory [count, memory_dim]; of "feedforward". Where their keys are known, they are
        computed from those."""
        memory = arrays.floats("memory", memory, ["count", self.memory_dim])
        shape = (len(memory), self.attention_dim)
        known = np.zeros(shape, np.float32) if keys is None else arrays.floats("keys", keys, shape).copy()
        scores = np.empty(len(memory), np.float32)
        columns = (0, self.memory_dim if keys is None else 0)
        given = (address(memory), *columns, address(known), address(scores))
        library.attn_attention_score(self._native, len(memory), *given)
        return scores

    def slopes(self, memory: Floats) -> Floats:
        """How the scores of single items move with them, [count, memory_dim] of memory [count, memory_dim]; of "feedforward"."""
        memory = arrays.floats("memory", memory, ["count", self.memory_dim])
        slopes = np.empty(memory.shape, np.float32)
        library.attn_attention_score_slopes(self._native, len(memory), address(memory), address(slopes))
        return slopes

    def weigh(self, scores: Floats, lengths: Integers | None = None, *, out: Floats | None = None) -> Floats:
        """The weights [batch, items] of scores [batch, items] within the lengths [batch], of any layer's score."""
        scores = arrays.floats("scores", scores, ["batch", "items"])
        lengths = arrays.optional_integers("lengths", lengths, [len(scores)])
        weights = arrays.output("out", out, scores.shape, scores, lengths)
        library.attn_attention_weigh(self._native, *scores.shape, *map(address, (scores, lengths, weights)))
        return weights

    def _describe(self) -> str:
        return f"score={self.score} memory_dim={self.memory_dim} query_dim={self.query_dim}"


class AttentionMemory(Handle):
    """A memory that is asked again and again, by a decoder step by step: a copy of memory [batch, items, memory_dim]
    with what the attention's score makes of it as its values are now. What is trained or loaded later does not reach
    it, and it needs neither the attention nor the array. Not for the score "feedforward", which asks nothing.
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
        """(weights [count, items], context [count, memory_dim]) of query [count, query_dim], of which number i asks
        row rows[i] of the memory (several may ask the same one), or row i where rows is None."""
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
