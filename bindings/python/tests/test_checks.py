"""What does not fit is refused with a message that names the argument; nothing is converted or read wrong."""

import inspect

import attn
import numpy as np
import pytest
from calls import public

X = np.zeros((2, 5, 3), np.float32)


@pytest.fixture
def gru(params):
    return attn.GRU(params, "gru", 3, 4)


@pytest.mark.parametrize(
    "x, message",
    [
        (X.astype(np.float64), r"x: expected a C-contiguous float32 array \[batch, time, 3\]; got float64 \[2, 5, 3\]"),
        (X.astype(X.dtype.newbyteorder()), r"x: .* got byte-swapped float32 \[2, 5, 3\]; convert it with numpy"),
        (X[:, ::2], r"x: .* got float32 \[2, 3, 3\] that is not C-contiguous"),
        (np.zeros((3, 5, 2), np.float32).T, "x: .* not C-contiguous"),
        (X.tolist(), "x: .* got list"),
        (None, "x: .* got NoneType"),
        (np.ma.masked_array(X), "x: .* got masked float32"),
        (np.frombuffer(b"\0" * 121, np.uint8)[1:].view(np.float32).reshape(2, 5, 3), "x: .* not aligned"),
    ],
)
def test_a_wrong_type_dtype_or_layout_is_a_type_error(gru, x, message):
    with pytest.raises(TypeError, match=message):
        gru.forward(None, x)


@pytest.mark.parametrize("shape", [(2, 5, 4), (5, 3), (2, 5, 3, 1)])
def test_a_wrong_shape_is_a_value_error(gru, shape):
    with pytest.raises(ValueError, match=r"x: expected .* \[batch, time, 3\]; got float32 \["):
        gru.forward(None, np.zeros(shape, np.float32))


def test_lengths_ids_and_labels_are_int32(context, params, gru):
    words = attn.Embedding(params, "words", 4, 3)
    packed = attn.PackedGRU(gru, embedding=words)
    with pytest.raises(TypeError, match=r"lengths: expected a C-contiguous int32 array \[2\]; got int64"):
        gru.forward(None, X, np.array([1, 2]))
    with pytest.raises(ValueError, match=r"lengths: .* got int32 \[3\]"):
        gru.forward(None, X, np.zeros(3, np.int32))
    with pytest.raises(TypeError, match="ids: .* got int64"):
        attn.Embedding(params, "embedding", 4, 2).forward(None, np.zeros((1, 1), np.int64))
    with pytest.raises(TypeError, match=r"ids: expected a C-contiguous int32 array \[batch, time\]; got int64"):
        gru.forward_ids(None, words, np.zeros((1, 1), np.int64))
    with pytest.raises(TypeError, match="ids: .* got float32"):
        packed.forward_ids(np.zeros((1, 1), np.float32))
    with pytest.raises(TypeError, match=r"ids: expected .* int32 array \[batch\]; got int64"):
        packed.step_ids(np.zeros(2, np.int64), np.zeros((1, 2, 4), np.float32))
    with pytest.raises(TypeError, match="labels: .* got int64"):
        attn.cross_entropy(context, np.zeros((1, 2), np.float32), np.zeros(1, np.int64))


@pytest.mark.parametrize("name", [name for name in public() if name.endswith("backward")])
def test_one_gradient_at_most_is_given_by_its_place(name):
    function = public()[name]
    placed = [parameter.name for parameter in inspect.signature(function).parameters.values()
              if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name not in ("self", "context", "tape")]
    assert len(placed) <= 1  # two of one shape could be mistaken for each other, and 0 come of it


def test_the_gradient_of_a_context_is_not_taken_for_that_of_weights(params, tape):
    attention = attn.Attention(params, "attention", 5)
    attention.forward(tape, np.ones((2, 5, 5), np.float32))  # as many items as numbers in one: the shapes are the same
    with pytest.raises(TypeError):
        attention.backward(tape, np.ones((2, 5), np.float32))
    assert attention.backward(tape, dcontext=np.ones((2, 5), np.float32)).any()


def test_gradients_must_fit_their_forward(context, params, gru, tape):
    attention, dense = attn.Attention(params, "attention", 4), attn.Dense(params, "dense", 4, 2)
    embedding = attn.Embedding(params, "embedding", 4, 2)
    y, _ = gru.forward(tape, X)
    with pytest.raises(ValueError, match=r"dy: expected .* \[2, 5, 4\]; got float32 \[2, 4, 4\]"):
        gru.backward(tape, np.zeros((2, 4, 4), np.float32))
    with pytest.raises(TypeError, match="dhn: .* got float64"):
        gru.backward(tape, y, dhn=np.zeros((1, 2, 4)))
    _, summary = attention.forward(tape, y)
    with pytest.raises(ValueError, match="dcontext"):
        attention.backward(tape, dcontext=np.zeros((1, 4), np.float32))
    dense.forward(tape, summary)
    with pytest.raises(ValueError, match=r"dy: expected .* \[2, 2\]"):
        dense.backward(tape, np.zeros((2, 3), np.float32))
    embedding.forward(tape, np.zeros((1, 1), np.int32))
    with pytest.raises(ValueError, match=r"dy: expected .* \[1, 1, 2\]"):
        embedding.backward(tape, np.zeros((1, 2), np.float32))
    attn.dropout_forward(context, tape, summary, 0.5)
    with pytest.raises(ValueError, match=r"dy: expected .* \[2, 4\]"):
        attn.dropout_backward(context, tape, np.zeros(8, np.float32))
    assert tape.depth == 5  # a refused backward leaves the tape as it was


def test_out_must_fit_be_writable_and_stand_apart(params, gru):
    dense = attn.Dense(params, "dense", 3, 3)
    x = np.zeros((2, 3), np.float32)
    with pytest.raises(ValueError, match=r"out: expected .* \[2, 3\]"):
        dense.forward(None, x, out=np.zeros((3, 2), np.float32))
    with pytest.raises(ValueError, match="out: the array shares memory with an input"):
        dense.forward(None, x, out=x)
    frozen = np.zeros((2, 3), np.float32)
    frozen.flags.writeable = False
    with pytest.raises(TypeError, match="out: the array is read-only"):
        dense.forward(None, x, out=frozen)
    with pytest.raises(TypeError, match="out: expected a tuple of 2 arrays"):
        gru.forward(None, X, out=np.zeros((2, 5, 4), np.float32))


def test_the_state_of_a_step_must_fit_be_writable_and_stand_apart(gru):
    packed = attn.PackedGRU(gru)
    x, h = np.zeros((2, 3), np.float32), np.zeros((1, 2, 4), np.float32)
    with pytest.raises(ValueError, match=r"h: expected .* \[1, 2, 4\]; got float32 \[2, 4\]"):
        packed.step(x, h[0])
    with pytest.raises(ValueError, match="h: the array shares memory with an input"):
        packed.step(h.reshape(-1)[:6].reshape(2, 3), h)
    h.flags.writeable = False
    with pytest.raises(TypeError, match="h: the array is read-only"):
        packed.step(x, h)


def test_numbers_and_words_are_checked(context, params):
    with pytest.raises(ValueError, match="layers: expected -2147483648 to 2147483647; got 4294967297"):
        attn.GRU(params, "gru", 3, 4, layers=2**32 + 1)
    with pytest.raises(TypeError, match="hidden_dim: expected an integer; got float"):
        attn.GRU(params, "gru", 3, 4.0)
    with pytest.raises(ValueError, match="reset: expected one of 'after', 'before'; got 'later'"):
        attn.GRU(params, "gru", 3, 4, reset="later")
    with pytest.raises(ValueError, match="precision: expected one of 'float32', 'bfloat16', 'int8'; got 'half'"):
        attn.PackedGRU(attn.GRU(params, "packed", 3, 4), precision="half")
    with pytest.raises(TypeError, match="lr: expected a number; got str"):
        attn.Adam(params, lr="fast")
    with pytest.raises(TypeError, match="name: expected a str; got bytes"):
        attn.GRU(params, b"gru", 3, 4)
    with pytest.raises(ValueError, match="name: holds a NUL character"):
        attn.GRU(params, "gru\0x", 3, 4)
    with pytest.raises(ValueError, match="seed"):
        attn.Params(context, seed=-1)


def test_errors_carry_the_librarys_line(context, params, gru, tmp_path):
    with pytest.raises(attn.ArgumentError, match="attn.GRU.forward: ") as caught:
        gru.forward(None, X, np.array([5, 6], np.int32))
    assert caught.value.status == 10 and isinstance(caught.value, ValueError)
    with pytest.raises(attn.ArgumentError, match='attn.GRU: there is already a layer called "gru"'):
        attn.GRU(params, "gru", 3, 4)
    with pytest.raises(attn.IoError, match="attn.File.open: .*No such file") as caught:
        attn.File.open(tmp_path / "missing")
    assert isinstance(caught.value, OSError)
    (tmp_path / "foreign").write_bytes(b"not a model" * 9)
    with pytest.raises(attn.FormatError, match="attn.File.open: "):
        attn.File.open(tmp_path / "foreign")
    with pytest.raises(attn.ArgumentError, match="attn.Embedding.forward: "):
        attn.Embedding(params, "embedding", 4, 2).forward(None, np.array([[4]], np.int32))


def test_a_gru_and_an_embedding_that_do_not_fit_are_the_librarys_error(params, gru):
    words, wider = attn.Embedding(params, "words", 5, 3), attn.Embedding(params, "wider", 5, 7)
    ids, h = np.array([[1, 5]], np.int32), np.zeros((1, 1, 4), np.float32)
    with pytest.raises(attn.ArgumentError, match="attn.GRU.forward_ids: .* 7 .* 3; expected as many"):
        gru.forward_ids(None, wider, ids)
    with pytest.raises(attn.ArgumentError, match="attn.GRU.forward_ids: .*5"):
        gru.forward_ids(None, words, ids)
    with pytest.raises(attn.ArgumentError, match="attn.PackedGRU: .* 7 .* 3; expected as many"):
        attn.PackedGRU(gru, embedding=wider)
    with pytest.raises(attn.ArgumentError, match="attn.PackedGRU.forward_ids: .*5"):
        attn.PackedGRU(gru, embedding=words).forward_ids(ids)
    without = attn.PackedGRU(gru)
    with pytest.raises(attn.ArgumentError, match="attn.PackedGRU.forward_ids: .* packed without an embedding"):
        without.forward_ids(ids)
    with pytest.raises(attn.ArgumentError, match="attn.PackedGRU.step_ids: .* packed without an embedding"):
        without.step_ids(ids[0, :1], h)
    both = attn.PackedGRU(attn.GRU(params, "both", 3, 4, bidirectional=True))
    with pytest.raises(attn.ArgumentError, match="attn.PackedGRU.step: .* bidirectional"):
        both.step(np.zeros((1, 3), np.float32), np.zeros((2, 1, 4), np.float32))


def test_backwards_in_the_wrong_order_are_a_state_error(context, params, gru, tape):
    dense = attn.Dense(params, "dense", 4, 2)
    with pytest.raises(attn.StateError, match="the tape is empty"):
        gru.backward(tape)
    y, hn = gru.forward(tape, X)
    dense.forward(tape, hn[0])
    with pytest.raises(attn.StateError, match="reverse order"):
        gru.backward(tape)
    tape.begin(1)
    with pytest.raises(attn.StateError, match="the tape is empty"):
        dense.backward(tape, np.zeros((2, 2), np.float32))
