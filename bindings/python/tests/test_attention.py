"""Attention with queries: every score and weighting against float64 NumPy, the prepared memory, and what is refused."""

import attn
import numpy as np
import pytest
import reference

LENGTHS = np.array([6, 0, 3, 1], np.int32)
QUERY_LENGTHS = np.array([2, 3, 5, 0], np.int32)
BATCH, ITEMS, QUERIES, MEMORY = 4, 7, 5, 5
ASKING = [score for score in attn.SCORES if score != "feedforward"]


def padded(array, lengths):
    """The same with NaN beyond the lengths."""
    array = array.copy()
    for row, length in zip(array, lengths):
        row[length:] = np.nan
    return array


def make(params, score, **options):
    query_dim = MEMORY if "dot" in score else 3
    if score == "additive":
        options["attention_dim"] = 9
    return attn.Attention(params, "attention", MEMORY, score=score, query_dim=query_dim, **options)


@pytest.mark.parametrize("outer_tanh", [True, False])
@pytest.mark.parametrize("weighting, temperature", [("softmax", 0.0), ("softmax", 0.5), ("sparsemax", 2.0),
                                                    ("entmax15", 0.0)])
@pytest.mark.parametrize("score", ASKING)
def test_attention_with_queries_agrees_with_numpy(
    params, tape, scatter, random, near, score, weighting, temperature, outer_tanh
):
    layer = make(params, score, weighting=weighting, temperature=temperature, outer_tanh=outer_tanh)
    values = {name[len("attention.") :]: value for name, value in scatter(params).items()} if params.size else {}
    memory = padded(random(BATCH, ITEMS, MEMORY), LENGTHS)
    query = padded(random(BATCH, QUERIES, layer.query_dim), QUERY_LENGTHS)
    dweights = padded(random(BATCH, QUERIES, ITEMS), QUERY_LENGTHS)
    for row, length in zip(dweights, LENGTHS):
        row[:, length:] = np.nan
    dcontext = padded(random(BATCH, QUERIES, MEMORY), QUERY_LENGTHS)

    weights, context = layer.forward(tape, memory, LENGTHS, query, QUERY_LENGTHS)
    dmemory, dquery = layer.backward(tape, dweights=dweights, dcontext=dcontext)

    arrays = (array.astype(float) for array in (dweights, dcontext))
    expected_weights, expected_context, backward = reference.attention_queries(
        memory.astype(float), LENGTHS, query.astype(float), QUERY_LENGTHS, values, score, weighting,
        temperature or 1, outer_tanh
    )
    expected_dmemory, expected_dquery, expected = backward(*arrays)
    near(weights, expected_weights)
    near(context, expected_context)
    near(dmemory, expected_dmemory)
    results = {name[len("attention.") :]: tensor.gradients for name, tensor in params.tensors.items()}
    if score == "concat" and not outer_tanh:  # the query moves all scores alike, which changes no weight
        for gradient in (dquery, results.pop("query_weight"), results.pop("bias")):
            assert np.abs(gradient).max() < 1e-5
    else:
        near(dquery, expected_dquery)
    for name, gradient in results.items():
        near(gradient, expected[name])


@pytest.mark.parametrize("weighting", ["sparsemax", "entmax15"])
@pytest.mark.parametrize("padding", ["masked", "kept"])
def test_feedforward_has_every_weighting(params, random, near, padding, weighting):
    plain = attn.Attention(params, "plain", MEMORY, padding=padding, outer_tanh=False)
    layer = attn.Attention(params, "sparse", MEMORY, padding=padding, outer_tanh=False, weighting=weighting)
    for name in ("weight", "bias", "score_weight", "score_bias"):
        value = random(*params.tensors["plain." + name].values.shape)
        params.tensors["plain." + name].values[...] = params.tensors["sparse." + name].values[...] = value
    memory = padded(random(BATCH, ITEMS, MEMORY), LENGTHS)
    weights, _ = layer.forward(None, memory, LENGTHS)
    softmax, _ = plain.forward(None, memory, LENGTHS)
    for row, length in enumerate(LENGTHS):
        used = ITEMS if padding == "kept" else length
        expected = reference.weighting(weighting, np.log(softmax[row, :used].astype(float)))[0] if used else []
        near(weights[row, :used], expected)
        assert not weights[row, used:].any()


@pytest.mark.parametrize("score", ASKING)
def test_a_prepared_memory_answers_as_forward_does(context, params, scatter, random, near, score):
    layer = make(params, score)
    if params.size:
        scatter(params)
    memory = padded(random(BATCH, ITEMS, MEMORY), LENGTHS)
    query = random(BATCH, QUERIES, layer.query_dim)
    weights, summary = layer.forward(None, memory, LENGTHS, query)
    prepared = attn.AttentionMemory(layer, memory, LENGTHS)
    assert (prepared.batch, prepared.items) == (BATCH, ITEMS) and "items=7" in repr(prepared)
    if params.size:
        params.values[:] = 0
    memory[:] = np.nan
    for handle in (layer, params, context):
        handle.close()
    for i in range(QUERIES):
        given = prepared.attend(np.ascontiguousarray(query[:, i]))
        near(given[0], weights[:, i], 1e-6)
        near(given[1], summary[:, i], 1e-6)
    rows = np.array([3, 0, 0, 2, 0, 0], np.int32)
    out = np.empty((6, ITEMS), np.float32), np.empty((6, MEMORY), np.float32)
    given = prepared.attend(np.ascontiguousarray(query[rows, 1]), rows, out=out)
    assert given[0] is out[0] and given[1] is out[1]
    near(out[0], weights[rows, 1], 1e-6)
    near(out[1], summary[rows, 1], 1e-6)


@pytest.mark.parametrize("width", [2, MEMORY])
def test_steps_with_keys_are_what_forward_and_backward_give(params, tape, scatter, random, near, width):
    layer = make(params, "additive")
    scatter(params)
    memory = padded(random(BATCH, ITEMS, MEMORY), LENGTHS)
    query = random(BATCH, QUERIES, layer.query_dim)
    dweights, dcontext = random(BATCH, QUERIES, ITEMS), random(BATCH, QUERIES, MEMORY)
    weights, summary = layer.forward(tape, memory, LENGTHS, query)
    dmemory, dquery = layer.backward(tape, dweights=dweights, dcontext=dcontext)
    expected = params.gradients.copy()
    params.zero_grad()

    def whole(array):
        return np.ascontiguousarray(array)

    staying, moving = whole(memory[:, :, :width]), whole(memory[:, :, width:]) if width < MEMORY else None
    keys = layer.keys_forward(tape, staying, LENGTHS)
    for i in range(QUERIES):
        given = layer.step_forward(tape, staying, keys, whole(query[:, i]), LENGTHS, moving=moving, asks=np.ones(BATCH, np.int32))
        near(given[0], weights[:, i])
        near(given[1], summary[:, i])
    dkeys, dstaying = np.zeros_like(keys), np.zeros_like(staying)
    moved = np.zeros((BATCH, ITEMS, MEMORY - width))
    for i in reversed(range(QUERIES)):
        dmoving, given = layer.step_backward(tape, dweights=whole(dweights[:, i]), dcontext=whole(dcontext[:, i]), dkeys=dkeys,
                                             dmemory=dstaying, need_dmoving=width < MEMORY)
        near(given, dquery[:, i])
        moved += 0 if dmoving is None else dmoving
    assert layer.keys_backward(tape, dkeys, dmemory=dstaying) is dstaying
    near(dstaying, dmemory[:, :, :width])
    near(moved, dmemory[:, :, width:])
    near(params.gradients, expected)


def test_steps_say_what_is_wrong(params, tape, random):
    layer, memory = make(params, "additive"), random(2, 4, 2)
    keys = layer.keys_forward(tape, memory)
    assert layer.keys_backward(tape, keys).shape == memory.shape
    with pytest.raises(attn.ArgumentError, match="moving is None; expected"):
        layer.step_forward(tape, memory, keys, random(2, 3))
    with pytest.raises(ValueError, match="keys: expected"):
        layer.step_forward(tape, memory, memory, random(2, 3))
    with pytest.raises(attn.ArgumentError, match="another one; expected 'additive'"):
        attn.Attention(params, "b", MEMORY, score="bilinear").keys_forward(tape, memory)
    layer.keys_forward(tape, memory)
    with pytest.raises(attn.ArgumentError, match="queries"):
        layer.step_backward(tape)


def test_only_the_gradients_asked_for_are_made(params, tape, random):
    layer = make(params, "additive")
    memory, query = random(2, 4, MEMORY), random(2, 3, 3)

    def gradients(**options):
        _, summary = layer.forward(tape, memory, None, query)
        return layer.backward(tape, dcontext=summary, **options)

    dmemory, dquery = gradients()
    assert gradients(need_dmemory=False)[0] is None and gradients(need_dquery=False)[1] is None
    out = np.empty_like(dmemory), np.empty_like(dquery)
    given = gradients(out=out)
    assert given[0] is out[0] and given[1] is out[1]
    np.testing.assert_array_equal(out[0], dmemory)
    np.testing.assert_array_equal(out[1], dquery)


def test_wrong_calls_say_what_is_wrong(params, tape, random):
    feedforward, dot = attn.Attention(params, "f", MEMORY), make(params, "dot")
    memory, query = random(2, 4, MEMORY), random(2, 3, MEMORY)
    with pytest.raises(ValueError, match="query: the score 'dot' needs one"):
        dot.forward(tape, memory)
    with pytest.raises(ValueError, match="query: the score 'feedforward' has none"):
        feedforward.forward(tape, memory, None, query)
    with pytest.raises(ValueError, match="query: expected a C-contiguous float32 array"):
        dot.forward(tape, memory, None, query[:1])
    with pytest.raises(attn.ArgumentError, match=r"query_lengths\[1\] is 4; expected 0 to 3"):
        dot.forward(tape, memory, None, query, np.array([3, 4], np.int32))
    with pytest.raises(attn.ArgumentError, match="which has no query"):
        attn.AttentionMemory(feedforward, memory)
    with pytest.raises(attn.ArgumentError, match="query_dim is 3 and memory_dim 5"):
        attn.Attention(params, "d", MEMORY, score="dot", query_dim=3)
    with pytest.raises(ValueError, match="weighting"):
        attn.Attention(params, "d", MEMORY, weighting="argmax")
    prepared = attn.AttentionMemory(dot, memory)
    with pytest.raises(attn.ArgumentError, match=r"rows\[0\] is 2; expected 0 to 1"):
        prepared.attend(query[0, :1], np.array([2], np.int32))
    with pytest.raises(attn.ArgumentError, match="count is 3"):
        prepared.attend(query[0])
    assert tape.depth == 0
