"""Every layer, forward and backward, against float64 NumPy, with NaN wherever the library must not read."""

import attn
import numpy as np
import pytest
import reference
from cases import BATCH, LENGTHS, TIME, gradients_of, padded, stripped

# ---- names ----


@pytest.mark.parametrize("name", ["adam", "adam.m.q", "a\nb", "x" * 256])
def test_a_layer_that_no_file_could_hold_is_refused(params, name):
    with pytest.raises(ValueError, match=r"^attn\.Dense: .*the layer name"):
        attn.Dense(params, name, 2, 2)
    assert not params.tensors


@pytest.mark.parametrize("name", ["", "__metadata__", "adam.m.q", "w.scales", "n.ngrams", "ngrams", "a\x7f"])
def test_a_tensor_that_no_file_could_hold_is_refused(params, name):
    with pytest.raises(ValueError, match=r"^attn\.Params\.add: .*the tensor name"):
        params.add(name, (2,))
    assert not params.tensors


def test_a_layer_without_a_name_is_kept(context, params):
    attn.Dense(params, "", 2, 2)
    assert list(params.tensors) == ["weight", "bias"]
    others = attn.Params(context)
    attn.File.from_bytes(attn.save_bytes(params)).dense("", others)
    assert list(others.tensors) == ["weight", "bias"]


# ---- embedding ----


def test_embedding_looks_up_rows_and_adds_gradients_to_them(context, params, tape, random, near):
    embedding = attn.Embedding(params, "embedding", 9, 5)
    table = params.tensors["embedding.weight"]
    assert table.shape == (9, 5)
    assert not table.values[attn.PAD_ID].any()
    ids = np.array([[2, 3, 2], [4, 999, -1]], np.int32)
    lengths = np.array([3, 1], np.int32)
    y = embedding.forward(tape, ids, lengths)
    np.testing.assert_array_equal(y[0], table.values[[2, 3, 2]])
    np.testing.assert_array_equal(y[1], [table.values[4], np.zeros(5), np.zeros(5)])
    dy = padded(random(2, 3, 5), lengths)
    embedding.backward(tape, dy)
    expected = np.zeros((9, 5))
    for b, t in ((0, 0), (0, 1), (0, 2), (1, 0)):
        expected[ids[b, t]] += dy[b, t]
    near(table.gradients, expected)


def test_a_frozen_embedding_gets_no_gradient(params, tape):
    embedding = attn.Embedding(params, "embedding", 4, 2, frozen=True)
    embedding.forward(tape, np.array([[1, 2]], np.int32))
    embedding.backward(tape, None)
    assert not params.tensors["embedding.weight"].trainable
    assert not params.gradients.any()


# ---- dropout ----


def test_dropout_drops_its_rate_and_keeps_the_mean(context, tape):
    x = np.ones(20000, np.float32)
    y = attn.dropout_forward(context, tape, x, 0.25)
    assert set(np.unique(y)) == {np.float32(0), np.float32(1) / np.float32(0.75)}
    # 20,000 draws: the share of zeros has a standard deviation of 0.003; 5 of them.
    assert abs(np.mean(y == 0) - 0.25) < 0.015
    dx = attn.dropout_backward(context, tape, x)
    np.testing.assert_array_equal(dx, y)


def test_the_dropout_mask_is_a_function_of_seed_and_step(context):
    x = np.ones((10, 10), np.float32)

    def mask(seed, step):
        tape = attn.Tape(context, seed=seed)
        tape.begin(step)
        return attn.dropout_forward(context, tape, x, 0.5).tobytes()

    assert mask(1, 5) == mask(1, 5)
    assert mask(1, 5) != mask(1, 6)
    assert mask(1, 5) != mask(2, 5)


def test_dropout_does_nothing_in_inference_and_in_place_works(context, random):
    x = random(3, 4)
    np.testing.assert_array_equal(attn.dropout_forward(context, None, x, 0.5), x)
    tape = attn.Tape(context, mode="gradient")
    tape.begin(0)
    np.testing.assert_array_equal(attn.dropout_forward(context, tape, x, 0.5), x)
    np.testing.assert_array_equal(attn.dropout_backward(context, tape, x), x)
    copy = x.copy()
    assert attn.dropout_forward(context, None, copy, 0.5, out=copy) is copy


@pytest.mark.parametrize("back", [False, True])
def test_a_tape_of_another_context_is_refused(context, tape, random, back):
    other, x = attn.Context(threads=1), random(2, 3, 4)
    attn.pyramid_forward(context, tape, x)
    attn.dropout_forward(context, tape, x, 0.5)
    with pytest.raises(attn.ArgumentError, match="the tape is of another context"):
        attn.dropout_backward(other, tape, x) if back else attn.dropout_forward(other, tape, x, 0.5)
    attn.dropout_backward(context, tape, x)
    with pytest.raises(attn.ArgumentError, match="the tape is of another context"):
        attn.pyramid_backward(other, tape, random(2, 2, 8)) if back else attn.pyramid_forward(other, tape, x)
    assert tape.depth == 1


# ---- pooling ----


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_pooling_agrees_with_numpy_and_never_reads_the_padding(context, tape, random, near, pooling):
    x, lengths = random(4, 5, 3), np.array([5, 1, 0, 3], np.int32)
    for b, length in enumerate(lengths):
        x[b, length:] = np.nan
    expected = [getattr(row[:length], pooling)(0) if length else np.zeros(3) for row, length in zip(x, lengths)]
    near(attn.pooling_forward(context, None, x, lengths, pooling=pooling), expected)
    near(attn.pooling_forward(context, tape, x, lengths, pooling=pooling), expected)
    dy = random(4, 3)
    dx = attn.pooling_backward(context, tape, dy)
    near(dx.sum(1), dy * (lengths > 0)[:, None])
    for b, length in enumerate(lengths):
        assert not dx[b, length:].any()
        if pooling == "max" and length:
            np.testing.assert_array_equal(dx[b].any(1).nonzero()[0], np.unique(x[b, :length].argmax(0)))


# ---- pyramid ----


@pytest.mark.parametrize("join", [1, 2, 3])
def test_steps_are_joined_and_parted_as_numpy_reshapes_them(context, tape, random, join):
    steps = -(-TIME // join)
    x = padded(random(BATCH, TIME, 5))
    y, joined = attn.pyramid_forward(context, tape, x, LENGTHS, join=join)
    whole = np.zeros((BATCH, steps * join, 5), np.float32)
    within = np.arange(TIME) < LENGTHS[:, None]
    whole[:, :TIME][within] = x[within]
    np.testing.assert_array_equal(y, whole.reshape(BATCH, steps, join * 5))
    np.testing.assert_array_equal(joined, -(-LENGTHS // join))
    dy = random(BATCH, steps, join * 5)
    dx = attn.pyramid_backward(context, tape, dy)
    np.testing.assert_array_equal(dx, np.where(within[..., None], dy.reshape(BATCH, -1, 5)[:, :TIME], 0))


# ---- attention ----


@pytest.mark.parametrize("attention_dim", [0, 9])
@pytest.mark.parametrize("outer_tanh", [True, False])
@pytest.mark.parametrize("padding", ["masked", "kept"])
def test_attention_agrees_with_numpy(params, tape, scatter, random, near, padding, outer_tanh, attention_dim):
    layer = attn.Attention(
        params, "attention", 5, padding=padding, outer_tanh=outer_tanh, attention_dim=attention_dim
    )
    values = stripped(scatter(params), "attention.")
    memory = padded(random(BATCH, TIME, 5))
    dweights, dcontext = random(BATCH, TIME), random(BATCH, 5)
    if padding == "masked":
        dweights = padded(dweights)

    weights, summary = layer.forward(tape, memory, LENGTHS)
    dmemory = layer.backward(tape, dweights=dweights, dcontext=dcontext)

    expected_weights, expected_context, backward = reference.attention(
        memory.astype(float), LENGTHS, values, padding == "kept", outer_tanh
    )
    expected_dmemory, expected = backward(dweights.astype(float), dcontext.astype(float))
    near(weights, expected_weights)
    near(summary, expected_context)
    near(dmemory, expected_dmemory)
    for name, gradient in gradients_of(params, "attention.").items():
        near(gradient, expected[name])


def test_attention_over_nothing_gives_zeros(params, random):
    layer = attn.Attention(params, "attention", 3)
    weights, summary = layer.forward(None, np.full((2, 4, 3), np.nan, np.float32), np.zeros(2, np.int32))
    assert not weights.any() and not summary.any()


@pytest.mark.parametrize("weighting", ["softmax", "sparsemax", "entmax15"])
def test_attention_in_two_halves_is_attention(params, scatter, random, near, weighting):
    layer = attn.Attention(params, "attention", 5, attention_dim=4, weighting=weighting)
    scatter(params)
    memory = random(BATCH * TIME, 5)
    scores = layer.scores(memory)
    keys = layer.keys(memory, layer.keys(memory, width=2), first=2)
    near(keys, memory @ params.tensors["attention.weight"].values.T)
    near(layer.scores(memory, keys), scores)
    slopes = layer.slopes(memory)
    step = np.array([0.01, 0, 0, 0, 0], np.float32)
    near(slopes[:, 0], (layer.scores(memory + step) - layer.scores(memory - step)) / 0.02, 1e-3)
    weights = layer.weigh(scores.reshape(BATCH, TIME), LENGTHS)
    np.testing.assert_array_equal(weights, layer.forward(None, memory.reshape(BATCH, TIME, 5), LENGTHS)[0])
    with pytest.raises(attn.ArgumentError, match="attn.Attention.keys: first is 4 and width 3; expected columns"):
        layer.keys(memory, first=4, width=3)


# ---- dense ----


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ["none", "tanh", "sigmoid", "relu"])
def test_dense_agrees_with_numpy(params, tape, scatter, random, near, activation, bias):
    layer = attn.Dense(params, "dense", 5, 3, activation=activation, bias=bias)
    values = scatter(params)
    assert ("dense.bias" in values) == bias
    x, dy = random(7, 5), random(7, 3)
    y = layer.forward(tape, x)
    dx = layer.backward(tape, dy)
    expected_y, backward = reference.dense(
        x.astype(float), values["dense.weight"], values.get("dense.bias", 0), activation
    )
    expected_dx, expected_weight, expected_bias = backward(dy.astype(float))
    near(y, expected_y)
    near(dx, expected_dx)
    near(params.tensors["dense.weight"].gradients, expected_weight)
    if bias:
        near(params.tensors["dense.bias"].gradients, expected_bias)


# ---- all of them ----


def test_out_receives_the_results(params, random):
    gru = attn.GRU(params, "gru", 3, 4)
    attention = attn.Attention(params, "attention", 4)
    dense = attn.Dense(params, "dense", 4, 2)
    y, hn = np.empty((2, 5, 4), np.float32), np.empty((1, 2, 4), np.float32)
    given = gru.forward(None, random(2, 5, 3), out=(y, hn))
    assert given[0] is y and given[1] is hn
    given = attn.PackedGRU(gru).forward(random(2, 5, 3), out=(y, hn))
    assert given[0] is y and given[1] is hn
    weights, summary = attention.forward(None, y, out=(None, hn[0]))
    assert summary.base is hn and weights.shape == (2, 5)
    logits = np.empty((2, 2), np.float32)
    assert dense.forward(None, summary, out=logits) is logits


def test_empty_batches_are_legal(params, tape):
    gru = attn.GRU(params, "gru", 3, 4)
    y, hn = gru.forward(tape, np.empty((0, 5, 3), np.float32))
    assert y.shape == (0, 5, 4) and hn.shape == (1, 0, 4)
    gru.backward(tape, y, dhn=hn)
    y, hn = gru.forward(None, np.empty((2, 0, 3), np.float32))
    assert y.shape == (2, 0, 4) and not hn.any()
    embedding = attn.Embedding(params, "embedding", 4, 3)
    packed = attn.PackedGRU(gru, embedding=embedding)
    for shape in ((0, 5), (2, 0)):
        ids = np.empty(shape, np.int32)
        assert gru.forward_ids(tape, embedding, ids)[0].shape == (*shape, 4)
        gru.backward(tape)
        assert packed.forward_ids(ids)[0].shape == (*shape, 4)
    assert packed.step_ids(np.empty(0, np.int32), np.empty((1, 0, 4), np.float32)).shape == (0, 4)
