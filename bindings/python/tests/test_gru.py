"""The GRU, on vectors, on ids and packed, against float64 NumPy, with NaN wherever the library must not read."""

import attn
import numpy as np
import pytest
import reference
from cases import BATCH, LENGTHS, TIME, gradients_of, padded, stripped


def test_gru_dropout_scales_outputs_but_not_the_state(context, random, near):
    params = attn.Params(context)
    dropping = attn.GRU(params, "gru", 3, 8, dropout=0.5)
    plain = attn.Params(context)
    gru = attn.GRU(plain, "gru", 3, 8)
    plain.values[:] = params.values
    x = random(BATCH, TIME, 3)
    tape = attn.Tape(context)
    tape.begin(0)
    y, hn = dropping.forward(tape, x, LENGTHS)
    expected, expected_hn = gru.forward(None, x, LENGTHS)
    near(y[y != 0], 2 * expected[y != 0])
    assert 0.3 < np.mean(y[0, :6] == 0) < 0.7
    near(hn, expected_hn)


# ---- GRU ----


@pytest.mark.parametrize("layers, bidirectional", [(1, False), (1, True), (2, False), (2, True)])
@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("reset", ["after", "before"])
def test_gru_agrees_with_numpy(params, tape, scatter, random, near, layers, bidirectional, layer_norm, reset):
    gru = attn.GRU(
        params, "gru", 5, 6, layers=layers, bidirectional=bidirectional, layer_norm=layer_norm, reset=reset
    )
    weights = stripped(scatter(params), "gru.")
    x, h0 = padded(random(BATCH, TIME, 5)), random(gru.states, BATCH, 6)
    dy, dhn = padded(random(BATCH, TIME, gru.output_dim)), random(gru.states, BATCH, 6)

    y, hn = gru.forward(tape, x, LENGTHS, h0)
    dx, dh0 = gru.backward(tape, dy, dhn=dhn)

    double_x, double_h0 = x.astype(float), h0.astype(float)
    expected_y, expected_hn, backward = reference.gru(
        double_x, LENGTHS, double_h0, weights, 1 + bidirectional, reset == "before", layer_norm
    )
    expected_dx, expected_dh0, expected = backward(dy.astype(float), dhn.astype(float))
    near(y, expected_y)
    near(hn, expected_hn)
    near(dx, np.nan_to_num(expected_dx))
    near(dh0, expected_dh0)
    gradients = gradients_of(params, "gru.")
    assert gradients.keys() == expected.keys()
    for name, gradient in gradients.items():
        near(gradient, expected[name])


def orthogonal_states(x, length, weights):
    """One row, one layer, forward only: each state of the cell without its part along the sum of those before."""
    h, states = np.zeros(weights["weight_hh_l0"].shape[1]), []
    for t in range(length):
        h, _ = reference.gru_cell(x[t], h, weights, "l0", False, False, None)
        before = np.sum(states, axis=0) if states else np.zeros_like(h)
        h = h - before @ h / (before @ before + 1e-6) * before
        states.append(h)
    return np.array(states).reshape(length, len(h))


def test_orthogonal_states_agree_with_numpy_and_have_their_gradient(params, tape, scatter, random, near):
    gru = attn.GRU(params, "gru", 3, 5, experimental=attn.experimental.GRU_ORTHOGONAL)
    scatter(params)
    weights = {name[len("gru.") :]: tensor.values.astype(float) for name, tensor in params.tensors.items()}
    x, dy = padded(random(BATCH, TIME, 3)), padded(random(BATCH, TIME, 5))
    y, _ = gru.forward(tape, x, LENGTHS)
    dx, _ = gru.backward(tape, dy)
    for b, length in enumerate(LENGTHS):
        near(y[b, :length], orthogonal_states(x[b].astype(float), length, weights))
        assert not y[b, length:].any() and not dx[b, length:].any()

    def loss(row):
        return (orthogonal_states(row, LENGTHS[0], weights) * dy[0, : LENGTHS[0]]).sum()

    for place in [(0, 1), (2, 0), (5, 2)]:
        step = np.zeros((TIME, 3))
        step[place] = 1e-5
        row = np.nan_to_num(x[0].astype(float))
        assert dx[0][place] == pytest.approx((loss(row + step) - loss(row - step)) / 2e-5, rel=1e-3, abs=1e-4)


def test_a_stream_of_orthogonal_states_is_refused(params):
    packed = attn.PackedGRU(attn.GRU(params, "gru", 3, 5, experimental=attn.experimental.GRU_ORTHOGONAL))
    with pytest.raises(attn.ArgumentError, match="the GRU has attn.experimental.GRU_ORTHOGONAL"):
        packed.step(np.zeros((1, 3), np.float32), np.zeros((1, 1, 5), np.float32))


def test_gru_without_lengths_and_states_means_full_rows_from_zero(params, random):
    gru = attn.GRU(params, "gru", 3, 4, bidirectional=True)
    x = random(2, 5, 3)
    full = np.array([5, 5], np.int32)
    for given, expected in zip(gru.forward(None, x), gru.forward(None, x, full, np.zeros((2, 2, 4), np.float32))):
        np.testing.assert_array_equal(given, expected)


def test_the_last_states_may_replace_the_first_and_their_gradients_too(params, tape, random):
    gru = attn.GRU(params, "gru", 3, 4, layers=2, bidirectional=True)
    x, h, d = random(2, 5, 3), random(4, 2, 4), random(4, 2, 4)
    y, hn = gru.forward(tape, x, None, h.copy())
    _, dh0 = gru.backward(tape, dhn=d.copy())
    forwards = [lambda **out: gru.forward(tape, x, None, h, **out), lambda **out: attn.PackedGRU(gru).forward(x, None, h, **out)]
    for forward in reversed(forwards):
        kept = h.copy()
        with pytest.raises(ValueError, match=r"out\[1\]: the array shares memory with an input"):
            forward(out=(None, h[:]))  # another array in the same place
        again, last = forward(out=(None, h))
        assert last is h
        np.testing.assert_array_equal(again, y)
        np.testing.assert_array_equal(h, hn)
        h[:] = kept
    _, first = gru.backward(tape, dhn=d, out=(None, d))
    assert first is d
    np.testing.assert_array_equal(d, dh0)


def test_gru_gradients_accumulate_until_zero_grad(params, tape, random, near):
    gru = attn.GRU(params, "gru", 3, 4)
    x, dy = random(2, 5, 3), random(2, 5, 4)
    gru.forward(tape, x)
    gru.backward(tape, dy)
    once = params.gradients.copy()
    gru.forward(tape, x)
    assert gru.backward(tape, dy, need_dx=False, need_dh0=False) == (None, None)
    near(params.gradients, 2 * once)
    params.zero_grad()
    assert not params.gradients.any()


# ---- GRU on ids ----

ROWS = 9
IDS = np.array(
    [
        [2, 3, 2, 2, 8, 3, -1],
        [999, -7, ROWS, 0, 2**31 - 1, 1, 2],
        [3, 3, 1, -(2**31), 999, 999, 999],
        [2, ROWS, 5, 5, 5, 5, 5],
    ],
    np.int32,
)  # ids repeat; what stands beyond LENGTHS is no row, or one that must not be used


def embedded(params, **options):
    """An embedding, and a GRU that reads it."""
    return attn.Embedding(params, "embedding", ROWS, 5), attn.GRU(params, "gru", 5, 6, **options)


@pytest.mark.parametrize("layers, bidirectional", [(1, False), (2, True)])
@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("reset", ["after", "before"])
def test_gru_of_ids_is_the_embedding_and_the_gru(
    params, tape, scatter, random, near, layers, bidirectional, layer_norm, reset
):
    embedding, gru = embedded(
        params, layers=layers, bidirectional=bidirectional, layer_norm=layer_norm, reset=reset
    )
    scatter(params)
    h0, dhn = random(gru.states, BATCH, 6), random(gru.states, BATCH, 6)
    dy = padded(random(BATCH, TIME, gru.output_dim))

    expected_y, expected_hn = gru.forward(tape, embedding.forward(tape, IDS, LENGTHS), LENGTHS, h0)
    dx, expected_dh0 = gru.backward(tape, dy, dhn=dhn)
    embedding.backward(tape, dx)
    expected = {name: tensor.gradients.copy() for name, tensor in params.tensors.items()}
    params.zero_grad()

    y, hn = gru.forward_ids(tape, embedding, IDS, LENGTHS, h0)
    assert tape.depth == 1
    nothing, dh0 = gru.backward(tape, dy, dhn=dhn)

    np.testing.assert_array_equal(y, expected_y)
    np.testing.assert_array_equal(hn, expected_hn)
    assert nothing is None and tape.depth == 0
    near(dh0, expected_dh0)
    for name, tensor in params.tensors.items():  # the same sums over tokens, in another order
        near(tensor.gradients, expected[name])
    used = params.tensors["embedding.weight"].gradients.any(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(used), [1, 2, 3, 8])


def test_scaled_ids_are_scaled_vectors(params, tape, scatter, random, near):
    embedding, gru = embedded(params, layers=2, bidirectional=True)
    scatter(params)
    scales, dy = random(BATCH, TIME), padded(random(BATCH, TIME, gru.output_dim))
    vectors = embedding.forward(None, IDS, LENGTHS)

    expected_y, expected_hn = gru.forward(tape, np.ascontiguousarray(scales[:, :, None] * vectors), LENGTHS)
    dx, expected_dh0 = gru.backward(tape, dy)
    y, hn = gru.forward_ids(tape, embedding, IDS, LENGTHS, scales=scales)
    dscales, dh0 = gru.backward(tape, dy)

    for actual, expected in [(y, expected_y), (hn, expected_hn), (dh0, expected_dh0), (dscales, (dx * vectors).sum(axis=2))]:
        near(actual, expected)
    assert tape.depth == 0
    packed = attn.PackedGRU(gru, embedding=embedding)
    for actual, expected in zip(packed.forward_ids(IDS, LENGTHS, scales=scales), (y, hn)):
        np.testing.assert_array_equal(actual, expected)


def test_ids_have_no_gradient_to_ask_for(params, tape):
    embedding, gru = embedded(params)
    gru.forward_ids(tape, embedding, IDS, LENGTHS)
    with pytest.raises(ValueError, match="need_dx: .* given ids, and ids have no gradient; leave it out"):
        gru.backward(tape, need_dx=True)
    with pytest.raises(ValueError, match=r"out\[0\]: .* ids have no gradient"):
        gru.backward(tape, out=(np.empty((BATCH, TIME, 5), np.float32), None))
    assert tape.depth == 1  # a refused backward leaves the tape as it was
    assert gru.backward(tape, need_dx=False, need_dh0=False) == (None, None)


def test_gru_of_ids_leaves_a_frozen_embedding_alone(params, tape, random):
    embedding, gru = embedded(params)
    params.tensors["embedding.weight"].trainable = False
    gru.forward_ids(tape, embedding, IDS, LENGTHS)
    gru.backward(tape, random(BATCH, TIME, 6))
    assert not params.tensors["embedding.weight"].gradients.any()
    assert params.tensors["gru.weight_ih_l0"].gradients.any()


def test_input_dropout_drops_all_tokens_of_an_id_alike(params, tape):
    embedding, gru = embedded(params, input_dropout=0.5)
    ids = np.array([[3], [4], [3], [5], [4]], np.int32)
    kept, _ = gru.forward_ids(None, embedding, ids)
    dropped, _ = gru.forward_ids(tape, embedding, ids)
    np.testing.assert_array_equal(dropped[0], dropped[2])
    np.testing.assert_array_equal(dropped[1], dropped[4])
    assert (dropped != kept).any()


# ---- GRU, packed ----

# A weight in bfloat16 is off by up to 2^-9, 2e-3, of itself; in int8 by 4e-3 of its row's largest, and so is what it is multiplied with.
# Those of a gate are off this way and that.
NARROW = 2e-2


@pytest.mark.parametrize("layers, bidirectional", [(1, False), (2, True)])
@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("reset", ["after", "before"])
@pytest.mark.parametrize("precision, tolerance", [("bfloat16", NARROW), ("int8", 2 * NARROW)])
def test_packed_gru_gives_the_same_bits_in_float32_and_nearly_the_same_in_less(
    params, scatter, random, near, layers, bidirectional, layer_norm, reset, precision, tolerance
):
    embedding, gru = embedded(
        params, layers=layers, bidirectional=bidirectional, layer_norm=layer_norm, reset=reset
    )
    scatter(params)
    x, h0 = padded(random(BATCH, TIME, 5)), random(gru.states, BATCH, 6)
    packed = attn.PackedGRU(gru, embedding=embedding)
    narrow = attn.PackedGRU(gru, precision=precision, embedding=embedding)
    by_vectors = gru.forward(None, x, LENGTHS, h0)
    by_ids = gru.forward_ids(None, embedding, IDS, LENGTHS, h0)
    for given, expected in zip(
        (*packed.forward(x, LENGTHS, h0), *packed.forward_ids(IDS, LENGTHS, h0)), (*by_vectors, *by_ids)
    ):
        np.testing.assert_array_equal(given, expected)
    for given, expected in zip(
        (*narrow.forward(x, LENGTHS, h0), *narrow.forward_ids(IDS, LENGTHS, h0)), (*by_vectors, *by_ids)
    ):
        near(given, expected, tolerance)
        assert (given != expected).any()


@pytest.mark.parametrize("precision, tolerance", [("float32", 1e-5), ("bfloat16", NARROW), ("int8", NARROW)])
@pytest.mark.parametrize("reset", ["after", "before"])
def test_packed_steps_are_the_sequence_one_at_a_time(params, near, reset, precision, tolerance):
    embedding, gru = embedded(params, layers=2, reset=reset)
    packed = attn.PackedGRU(gru, precision=precision, embedding=embedding)
    ids = np.array([[2, 3, 2, 1], [8, 8, 0, 5]], np.int32)
    x = embedding.forward(None, ids)
    y, hn = gru.forward(None, x)
    by_vectors, by_ids = np.zeros((2, 2, 6), np.float32), np.zeros((2, 2, 6), np.float32)
    for t in range(4):
        output = packed.step(np.ascontiguousarray(x[:, t]), by_vectors)
        assert np.shares_memory(output, by_vectors[-1])
        near(output, y[:, t], tolerance)
        near(packed.step_ids(np.ascontiguousarray(ids[:, t]), by_ids), y[:, t], tolerance)
    near(by_vectors, hn, tolerance)
    near(by_ids, hn, tolerance)


def test_a_packed_gru_is_a_copy_that_needs_nothing_else(context, random):
    params = attn.Params(context, seed=7)
    embedding, gru = embedded(params)
    packed = attn.PackedGRU(gru, embedding=embedding)
    x = random(BATCH, TIME, 5)
    expected = gru.forward(None, x)[0]
    expected_of_ids = gru.forward_ids(None, embedding, IDS, LENGTHS)[0]
    params.values[:] = 0
    for handle in (embedding, gru, params, context):
        handle.close()
    np.testing.assert_array_equal(packed.forward(x)[0], expected)
    np.testing.assert_array_equal(packed.forward_ids(IDS, LENGTHS)[0], expected_of_ids)


def test_a_direction_of_a_packed_gru_is_its_part_and_steps_from_its_own_end(params, random, near):
    embedding, gru = embedded(params, bidirectional=True)
    packed = attn.PackedGRU(gru, embedding=embedding)
    h0 = random(2, BATCH, 6)
    y, hn = packed.forward_ids(IDS, LENGTHS, h0)
    forward, backward = packed.direction(0), packed.direction(1)
    packed.close()
    for d, direction in enumerate((forward, backward)):
        assert (direction.output_dim, direction.states, direction.precision) == (6, 1, "float32")
        part, last = direction.forward_ids(IDS, LENGTHS, h0[d : d + 1])
        np.testing.assert_array_equal(part, y[:, :, 6 * d : 6 * d + 6])
        np.testing.assert_array_equal(last[0], hn[d])
    ids, h = np.array([[2, 3, 5]], np.int32), np.zeros((1, 1, 6), np.float32)
    for t in (2, 1, 0):
        backward.step_ids(np.ascontiguousarray(ids[:, t]), h)
    near(h, backward.forward_ids(ids)[1])
    with pytest.raises(attn.ArgumentError, match="attn.PackedGRU.direction: direction is 1; expected 0 to 0"):
        forward.direction(1)
