"""What the tests share."""

import attn
import numpy as np
import pytest


@pytest.fixture
def context():
    return attn.Context(threads=2)


@pytest.fixture
def params(context):
    return attn.Params(context, seed=7)


@pytest.fixture
def tape(context):
    tape = attn.Tape(context, seed=3)
    tape.begin(0)
    return tape


@pytest.fixture
def random():
    """A source of float32 arrays: random(2, 3) is uniform in [-1, 1)."""
    generator = np.random.default_rng(5)
    return lambda *shape: generator.uniform(-1, 1, shape).astype(np.float32)


@pytest.fixture
def near():
    """near(actual, expected): equal to 1e-5 of the largest number expected.

    The library computes in float32, whose numbers are 6e-8 apart, and sums some tens of them a result and a
    few hundred a gradient: 1e-5 leaves room for that and for a sigmoid and a tanh good to a few last places.
    """

    def check(actual, expected, tolerance=1e-5):
        expected = np.asarray(expected)
        assert np.shape(actual) == expected.shape
        np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * np.abs(expected).max(initial=0) + 1e-7)

    return check


@pytest.fixture
def scatter(random):
    """Give all values of some params random numbers, so that no bias is 0 and no gain 1; returns them in float64
    by tensor name."""

    def fill(params):
        values = params.values
        values[:] = 0.7 * random(params.size)
        return {name: tensor.values.astype(np.float64) for name, tensor in params.tensors.items()}

    return fill
