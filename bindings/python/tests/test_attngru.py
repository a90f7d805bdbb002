"""The attention GRU against its equations in float64 NumPy: forward, and backward by their central differences."""

import attn
import numpy as np
import pytest

LENGTHS = np.array([4, 0, 1, 3], np.int32)
BATCH, TIME, INPUT, HIDDEN = 4, 5, 3, 4
SLOPE = 1e-5  # of the differences: their error is of its square, and of 1e-16 over it


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def encode(tensors, form, x, openings, h0):
    """(y, hn), straight from attngru.h."""
    gates = 2 if form == "replace" else 3
    W, U = (np.split(tensors["weight_" + kind], gates) for kind in ("ih", "hh"))
    b, c = (np.split(tensors["bias_" + kind], gates) for kind in ("ih", "hh"))
    y, hn = np.zeros((BATCH, TIME, HIDDEN)), h0.copy()
    for row, length in enumerate(LENGTHS):
        h = h0[row]
        for t in range(length):
            v, a = x[row, t], openings[row, t]
            r = sigmoid(W[0] @ v + b[0] + U[0] @ h + c[0])
            n = np.tanh(W[-1] @ v + b[-1] + r * (U[-1] @ h + c[-1]))
            z = sigmoid(W[1] @ v + b[1] + U[1] @ h + c[1])
            take = {"replace": a, "paper": a * z, "code": 1 - (1 - a) * z}[form]
            h = y[row, t] = take * n + (1 - take) * h
        hn[row] = h
    return y, hn


def slopes(loss, array):
    """The loss's slope in each number of the array."""
    gradient = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + SLOPE
        above = loss()
        array[place] = kept - SLOPE
        gradient[place] = (above - loss()) / (2 * SLOPE)
        array[place] = kept
    return gradient


@pytest.mark.parametrize("vector", [False, True])
@pytest.mark.parametrize("form", attn.FORMS)
def test_attngru_agrees_with_numpy(params, tape, scatter, random, near, form, vector):
    cell = attn.AttentionGRU(params, "cell", INPUT, HIDDEN, form=form, vector_openings=vector)
    tensors = {name[len("cell.") :]: np.array(value, float) for name, value in scatter(params).items()}
    shape = (BATCH, TIME, HIDDEN) if vector else (BATCH, TIME)
    inside = np.arange(TIME) < LENGTHS[:, None]
    given = [random(BATCH, TIME, INPUT), np.abs(random(*shape)), random(BATCH, HIDDEN)]
    x, openings, h0 = (array.astype(float) for array in given)
    for array in given[:2]:
        array[~inside] = np.nan
    y, hn = cell.forward(tape, given[0], given[1], LENGTHS, given[2])
    expected_y, expected_hn = encode(tensors, form, x, openings, h0)
    near(y, expected_y)
    near(hn, expected_hn)

    dy, dhn = random(BATCH, TIME, HIDDEN), random(BATCH, HIDDEN)
    dy[~inside] = 0

    def loss():
        made_y, made_hn = encode(tensors, form, x, openings, h0)
        return (made_y * dy).sum() + (made_hn * dhn).sum()

    dy[~inside], kept = np.nan, dy.copy()
    gradients = cell.backward(tape, dy, dhn=dhn)
    dy = kept
    for gradient, array in zip(gradients, (x, openings, h0)):
        near(gradient, slopes(loss, array))
    for name, tensor in params.tensors.items():
        near(tensor.gradients, slopes(loss, tensors[name[len("cell.") :]]))


def test_a_weight_of_0_keeps_the_state(params, scatter, random):
    cell = attn.AttentionGRU(params, "cell", INPUT, HIDDEN)
    scatter(params)
    h0 = random(BATCH, HIDDEN)
    _, hn = cell.forward(None, random(BATCH, TIME, INPUT), np.zeros((BATCH, TIME), np.float32), LENGTHS, h0)
    np.testing.assert_array_equal(hn, h0)


def test_the_last_state_may_replace_the_first_and_its_gradient_too(params, tape, random):
    cell = attn.AttentionGRU(params, "cell", INPUT, HIDDEN)
    x, openings, h, d = random(BATCH, TIME, INPUT), random(BATCH, TIME), random(BATCH, HIDDEN), random(BATCH, HIDDEN)
    _, hn = cell.forward(tape, x, openings, LENGTHS, h.copy())
    _, _, dh0 = cell.backward(tape, dhn=d.copy())
    assert cell.forward(tape, x, openings, LENGTHS, h, out=(None, h))[1] is h
    assert cell.backward(tape, dhn=d, out=(None, None, d))[2] is d
    np.testing.assert_array_equal(h, hn)
    np.testing.assert_array_equal(d, dh0)


def test_openings_of_another_shape_are_refused(params, random):
    cell = attn.AttentionGRU(params, "cell", INPUT, HIDDEN, vector_openings=True)
    with pytest.raises(ValueError, match="openings"):
        cell.forward(None, random(BATCH, TIME, INPUT), random(BATCH, TIME), LENGTHS)


def test_gradients_that_are_not_needed_are_none(params, tape, random):
    cell = attn.AttentionGRU(params, "cell", INPUT, HIDDEN)
    cell.forward(tape, random(BATCH, TIME, INPUT), np.ones((BATCH, TIME), np.float32))
    dx, dopenings, dh0 = cell.backward(tape, dhn=random(BATCH, HIDDEN), need_dx=False, need_dh0=False)
    assert dx is None and dh0 is None and dopenings.shape == (BATCH, TIME)


@pytest.mark.parametrize("form", attn.FORMS)
def test_ids_are_their_vectors(params, tape, scatter, random, near, form):
    embedding = attn.Embedding(params, "embedding", 7, INPUT)
    cell = attn.AttentionGRU(params, "cell", INPUT, HIDDEN, form=form)
    scatter(params)
    ids = np.array([[2, 3, 2, 6, -1], [9, 9, 9, 9, 9], [3, 9, 9, 9, 9], [6, 2, 6, -5, 9]], np.int32)
    openings, scales, dy = random(BATCH, TIME), random(BATCH, TIME), random(BATCH, TIME, HIDDEN)
    vectors = embedding.forward(None, ids, LENGTHS)

    expected = cell.forward(tape, vectors, openings, LENGTHS)
    dx, *expected_gradients = cell.backward(tape, dy)
    actual = cell.forward_ids(tape, embedding, ids, openings, LENGTHS)
    nothing, *gradients = cell.backward(tape, dy)
    assert nothing is None
    for one, other in zip((*actual, *gradients), (*expected, *expected_gradients)):
        np.testing.assert_array_equal(one, other)

    scaled = np.ascontiguousarray(scales[:, :, None] * vectors)
    expected_y, _ = cell.forward(tape, scaled, openings, LENGTHS)
    dx, _, _ = cell.backward(tape, dy)
    y, _ = cell.forward_ids(tape, embedding, ids, openings, LENGTHS, scales=scales)
    dscales, _, _ = cell.backward(tape, dy)
    near(y, expected_y)
    near(dscales, (dx * vectors).sum(axis=2))
