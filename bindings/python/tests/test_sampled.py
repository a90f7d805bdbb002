"""Sampled softmax and steps of sequences as rows, against NumPy."""

import attn
import numpy as np
import pytest

WORDS, DIM, ROWS = 40, 5, 13


@pytest.fixture
def model(params, random):
    table, bias = attn.Embedding(params, "table", WORDS, DIM), attn.Embedding(params, "bias", WORDS, 1)
    params.tensors["bias.weight"].values[:] = random(WORDS, 1)
    return table, bias


def expected(params, weights, states, targets):
    table, bias = (params.tensors[name].values.astype(np.float64) for name in ("table.weight", "bias.weight"))
    logits = states.astype(np.float64) @ table.T + bias[:, 0]
    counted = np.tile(weights, (len(states), 1))
    counted[np.arange(len(states)), targets] = 1
    each = counted * np.exp(logits)
    p = each / each.sum(1, keepdims=True)
    losses = np.log(each.sum(1)) - logits[np.arange(len(states)), targets]
    p[np.arange(len(states)), targets] -= 1
    return losses, p @ table / len(states), p.T @ states / len(states), p.sum(0) / len(states)


@pytest.mark.parametrize("count", [9, 1000])
def test_the_loss_and_its_gradients_are_those_of_the_words_drawn(context, params, random, near, model, count):
    table, bias = model
    candidates = attn.Candidates(context, np.arange(WORDS)[::-1].copy(), count=count, seed=3)
    assert candidates.words == WORDS and candidates.count == min(count, WORDS - 1)
    states = random(ROWS, DIM)
    targets = (np.arange(ROWS, dtype=np.int32) * 7 % WORDS)
    drawn = candidates.draw(4)
    weights = np.zeros(WORDS)
    weights[drawn.ids] = drawn.weights
    params.zero_grad()
    loss, losses, dstates = attn.sampled_cross_entropy(table, candidates, 4, states, targets, bias=bias)
    want = expected(params, weights, states, targets)
    for got, wanted in zip((losses, dstates, params.tensors["table.weight"].gradients, params.tensors["bias.weight"].gradients[:, 0]), want):
        near(got, wanted)
    assert loss == pytest.approx(want[0].mean(), rel=1e-5)
    alone = attn.sampled_cross_entropy(table, candidates, 4, states, targets, bias=bias, scale=0.5, gradients=False)
    assert alone.dstates is None and alone.loss == pytest.approx(loss / 2, rel=1e-6)


def test_steps_are_gathered_and_scattered_as_numpy_does(context, random):
    lengths = np.array([3, 0, 1, 5], np.int32)
    x = random(4, 5, 6)
    ids = np.arange(20, dtype=np.int32).reshape(4, 5)
    rows = attn.gather_steps(context, x, lengths, skip_last=1, column=2, width=3)
    assert np.array_equal(rows, np.concatenate([x[b, : max(n - 1, 0), 2:5] for b, n in enumerate(lengths)]))
    assert attn.gather_ids(context, ids, lengths, skip_first=1).tolist() == [1, 2, 16, 17, 18, 19]
    assert np.array_equal(attn.gather_steps(context, x), x.reshape(20, 6))
    before = x.copy()
    attn.scatter_steps(context, rows, x, lengths, skip_last=1, column=2, width=3)
    assert np.array_equal(attn.gather_steps(context, x, lengths, skip_last=1, column=2, width=3), 2 * rows)
    assert np.count_nonzero(x != before) == rows.size
    with pytest.raises(ValueError, match=r"rows: expected .* \[6, 3\]"):
        attn.scatter_steps(context, rows[:5].copy(), x, lengths, skip_last=1, column=2, width=3)
    with pytest.raises(attn.ArgumentError, match="columns 5 and 3 more; expected some of a step's 6"):
        attn.gather_steps(context, x, lengths, column=5, width=3)
