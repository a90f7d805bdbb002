"""Handles: who keeps what alive, what close() means, views of the params, and threads."""

import errno
import gc
import os
import pickle
import re
import shutil
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import attn
import numpy as np
import pytest
from attn import _library

PACKAGES = Path(attn.__file__).parents[1]


def test_using_a_closed_handle_is_a_clear_error(context, params, tape, random):
    embedding = attn.Embedding(params, "embedding", 6, 3)
    gru = attn.GRU(params, "gru", 3, 4)
    packed = attn.PackedGRU(gru, embedding=embedding)
    ids = np.zeros((2, 5), np.int32)
    packed.close()
    assert repr(packed) == "<attn.PackedGRU closed>"
    with pytest.raises(attn.StateError, match=r"attn.PackedGRU: the handle was used after close\(\)"):
        packed.forward_ids(ids)
    embedding.close()
    with pytest.raises(attn.StateError, match="attn.Embedding: the handle was used"):
        gru.forward_ids(tape, embedding, ids)
    with pytest.raises(attn.StateError, match="attn.Embedding: the handle was used"):
        attn.PackedGRU(gru, embedding=embedding)
    gru.close()
    gru.close()
    assert gru.closed and repr(gru) == "<attn.GRU closed>"
    with pytest.raises(attn.StateError, match=r"attn.GRU: the handle was used after close\(\)"):
        gru.forward(None, random(2, 5, 3))
    with pytest.raises(attn.StateError, match="attn.GRU"):
        attn.PackedGRU(gru)
    tape.close()
    with pytest.raises(attn.StateError, match="attn.Tape"):
        tape.begin(0)
    params.close()
    with pytest.raises(attn.StateError, match="attn.Params"):
        params.values
    with attn.Context(threads=1) as inner:
        assert inner.threads == 1
    assert inner.closed


def test_handles_may_be_closed_in_any_order(random):
    context = attn.Context(threads=2)
    params = attn.Params(context)
    gru = attn.GRU(params, "gru", 3, 4)
    x = random(2, 5, 3)
    before, _ = gru.forward(None, x)
    context.close()
    params.close()
    np.testing.assert_array_equal(gru.forward(None, x)[0], before)


def test_a_handle_that_could_not_be_made_leaves_nothing_behind(params):
    with pytest.raises(attn.ArgumentError, match="attn.GRU: "):
        attn.GRU(params, "gru", 3, -1)
    assert params.size == 0 and len(params.tensors) == 0
    assert params.values.shape == (0,)


def test_handles_show_what_they_are(context, params, tape):
    gru = attn.GRU(params, "gru", 3, 4, bidirectional=True)
    assert repr(gru) == "<attn.GRU input_dim=3 hidden_dim=4 states=2>"
    packed = attn.PackedGRU(gru, precision="bfloat16")
    assert repr(packed) == "<attn.PackedGRU input_dim=3 hidden_dim=4 states=2 precision=bfloat16>"
    assert repr(context).startswith("<attn.Context threads=2 isa=")
    assert repr(params.tensors["gru.bias_ih_l0"]) == "<attn.Tensor gru.bias_ih_l0 [12]>"
    assert repr(tape).startswith("<attn.Tape depth=0 bytes=")
    assert repr(attn.Adam(params)) == "<attn.Adam steps=0 lr=0.001>"


def test_a_tape_says_what_it_was_made_for(context):
    tape = attn.Tape(context, "inputs", seed=2**64 - 1)
    assert (tape.mode, tape.seed, tape.step) == ("inputs", 2**64 - 1, 0)
    tape.begin(7)
    assert tape.step == 7


def test_a_context_of_bfloat16_is_near(random):
    x = random(4, 5, 3)

    def states(precision):
        context = attn.Context(1, precision=precision)
        return attn.GRU(attn.Params(context, seed=1), "gru", 3, 4).forward(None, x)[0]

    off = np.abs(states("bfloat16") - states("float32")).max()
    assert 0 < off < 2**-6
    with pytest.raises(attn.ArgumentError, match="precision is 2"):
        attn.Context(1, precision="int8")


def test_a_handle_is_equal_to_itself_alone_and_can_be_a_key(context, params):
    builder = attn.VocabBuilder(context)
    builder.add_token("film")
    vocab, same, tokens = builder.build(), builder.build(), attn.Tokens(context, "film")
    handles = [vocab, same, tokens, attn.Tokens(context, "film"), params, attn.Params(context)]
    assert len(set(handles)) == len(handles) and {handle: handle for handle in handles}[vocab] is vocab
    assert vocab == vocab and vocab != same and dict(vocab) == dict(same) and vocab != dict(vocab)
    vocab.close()
    assert vocab in handles and vocab != same


# ---- views ----


def test_values_and_gradients_are_views_of_the_librarys_memory(params, tape, random):
    dense = attn.Dense(params, "dense", 3, 2, bias=False)
    weight = params.tensors["dense.weight"]
    assert weight.shape == (2, 3) and weight.trainable
    weight.values[:] = [[1, 2, 3], [4, 5, 6]]
    np.testing.assert_array_equal(params.values, [1, 2, 3, 4, 5, 6])
    y = dense.forward(tape, np.array([[1, 0, 0]], np.float32))
    np.testing.assert_array_equal(y, [[1, 4]])
    dense.backward(tape, np.array([[1, 1]], np.float32))
    np.testing.assert_array_equal(params.gradients, [1, 0, 0, 1, 0, 0])
    assert np.shares_memory(weight.gradients, params.gradients)


def test_tensors_are_a_mapping_in_the_order_of_adding(params):
    attn.Dense(params, "dense", 3, 2)
    own = params.add("own", (2, 2, 2), "one")
    assert list(params.tensors) == ["dense.weight", "dense.bias", "own"]
    assert "dense.bias" in params.tensors and "nothing" not in params.tensors
    with pytest.raises(KeyError, match="attn.Params.tensors: no tensor is called"):
        params.tensors["nothing"]
    for missing in ("own\0", "\ud800"):
        with pytest.raises(KeyError, match="name: holds "):
            params.tensors[missing]
        assert missing not in params.tensors and params.tensors.get(missing) is None
    assert 3 not in params.tensors
    assert (own.values == 1).all() and own.values.shape == (2, 2, 2)
    own.trainable = False
    assert not params.tensors["own"].trainable


def test_a_tensor_of_your_own_takes_options(context):
    plain, scaled = attn.Params(context, seed=3), attn.Params(context, seed=3)
    plain.add("w", (4, 4))
    tensor = scaled.add("w", (4, 4), "glorot", frozen=True, init_scale=0.5, lr_scale=2.0)
    np.testing.assert_array_equal(scaled.values, 0.5 * plain.values)
    assert not tensor.trainable and tensor.lr_scale == 2.0


def test_sealed_params_take_no_more(params):
    attn.Dense(params, "dense", 3, 2)
    params.seal()
    with pytest.raises(attn.StateError, match="sealed"):
        attn.Dense(params, "next", 3, 2)


def test_nothing_is_added_while_a_view_is_alive(params):
    attn.Dense(params, "dense", 3, 2)
    tensor = params.tensors["dense.weight"]
    row = tensor.values[0]
    with pytest.raises(attn.StateError, match=r"1 NumPy view\(s\)"):
        attn.Dense(params, "next", 300, 200)
    kept = row.copy()
    del row
    attn.Dense(params, "next", 300, 200)
    np.testing.assert_array_equal(tensor.values[0], kept)  # a Tensor finds its numbers where they went


def test_views_stay_good_when_the_params_are_gone(context):
    params = attn.Params(context)
    params.add("own", (1000,), "one")
    values = params.values[10:20]
    params.close()
    del params
    gc.collect()
    assert (values == 1).all()


def test_the_tape_keeps_inputs_and_layers_alive_until_backward(context, params, tape, random, near):
    x, dy = random(2, 5, 3), random(2, 5, 4)
    gru = attn.GRU(params, "gru", 3, 4)
    gru.forward(tape, x)
    gru.backward(tape, dy)
    expected = params.gradients.copy()
    params.zero_grad()
    gru.forward(tape, x.copy(), np.full(2, 5, np.int32))
    overwriting = [np.full((2, 5, 3), 9, np.float32) for _ in range(20)]  # would take the place of a freed x
    gru.backward(tape, dy)
    assert len(overwriting) == 20
    near(params.gradients, expected)


def test_the_tape_keeps_the_embedding_alive_and_not_the_ids(params, tape, random, near):
    gru, dy = attn.GRU(params, "gru", 3, 4), random(2, 5, 4)
    embedding = attn.Embedding(params, "embedding", 6, 3)
    ids = np.arange(10, dtype=np.int32).reshape(2, 5) % 6
    gru.forward_ids(tape, embedding, ids)
    gru.backward(tape, dy)
    expected = params.gradients.copy()
    params.zero_grad()
    gru.forward_ids(tape, embedding, ids)
    native = weakref.ref(embedding._native)
    embedding.close()
    del embedding
    gc.collect()
    assert native() is not None
    ids[:] = -1
    gru.backward(tape, dy)
    assert native() is None
    near(params.gradients, expected)


def test_a_new_layer_is_never_taken_for_one_that_was_closed(context, params, tape, random):
    first = attn.GRU(params, "first", 3, 4)
    first.forward(tape, random(2, 5, 3))
    first.close()
    for index in range(5):  # one of these may well lie where the first lay
        other = attn.GRU(params, f"other{index}", 30, 4)
        with pytest.raises(attn.StateError):
            other.backward(tape, random(2, 5, 4))


# ---- threads ----


def test_threads_share_a_model_for_inference(params, random):
    gru = attn.GRU(params, "gru", 8, 16, layers=2, bidirectional=True)
    packed = attn.PackedGRU(gru)
    attention = attn.Attention(params, "attention", 32)
    inputs = [random(6, 20, 8) for _ in range(2)]

    def run(x):
        states, _ = gru.forward(None, x)
        return np.concatenate([attention.forward(None, y)[1] for y in (states, packed.forward(x)[0])])

    expected = [run(x) for x in inputs]
    wrong = []

    def repeat(index):
        for _ in range(50):
            if not np.array_equal(run(inputs[index]), expected[index]):
                wrong.append(index)

    threads = [threading.Thread(target=repeat, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_each_thread_sees_its_own_error(context, params):
    lines = {}

    def fail(name):
        for _ in range(50):
            try:
                attn.Params(context).tensors[name]
            except KeyError as error:
                lines.setdefault(name, set()).add(name in str(error))

    threads = [threading.Thread(target=fail, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lines == {"one": {True}, "two": {True}}


# ---- errors ----


def test_a_file_that_is_not_there_is_a_file_not_found_error(context, tmp_path):
    missing = tmp_path / "missing"
    for read in (lambda: attn.Vocab.load(context, missing), lambda: attn.probe_vectors(context, missing)):
        with pytest.raises(FileNotFoundError) as caught:
            read()
        error = caught.value
        assert isinstance(error, attn.IoError) and error.status == 30 and type(error).__name__ == "IoError"
        assert (error.errno, error.strerror) == (errno.ENOENT, os.strerror(errno.ENOENT))
        assert str(error).startswith("attn.") and str(error).endswith(f"{missing}: No such file or directory")


def test_errors_of_files_say_why(context, params, tmp_path):
    for path, kind, number in (
        (tmp_path, IsADirectoryError, errno.EISDIR),
        (tmp_path / "no" / "folder", FileNotFoundError, errno.ENOENT),
        (Path(__file__) / "name", NotADirectoryError, errno.ENOTDIR),
        (tmp_path / ("n" * 300), attn.IoError, errno.ENAMETOOLONG),
    ):
        with pytest.raises(kind) as caught:
            attn.save(path, params)
        assert caught.value.errno == number and isinstance(caught.value, attn.IoError)
    device = Path("/dev/null")
    with pytest.raises(attn.IoError, match="regular file") as caught:
        attn.Vocab.load(context, device)
    assert caught.value.errno is None


def test_errors_are_pickled(context, tmp_path):
    with pytest.raises(attn.IoError) as caught:
        attn.Vocab.load(context, tmp_path / "missing")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is type(caught.value) and str(again) == str(caught.value) and again.errno == errno.ENOENT
    with pytest.raises(attn.ArgumentError) as caught:
        attn.Params(context).add("own", [-1], "one")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is attn.ArgumentError and str(again) == str(caught.value)


# ---- finding the library ----


def test_a_library_that_is_not_there_is_an_import_error():
    code = "import os; os.environ['ATTN_LIBRARY'] = '/nowhere/libattn.so'\nimport attn"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGES)
    assert run.returncode == 1
    assert "ImportError: attn: cannot load the C library '/nowhere/libattn.so'" in run.stderr


def test_a_library_that_is_another_is_an_import_error():
    code = "import os; os.environ['ATTN_LIBRARY'] = 'libc.so.6'\nimport attn"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGES)
    assert "ImportError: attn: libc.so.6 has no function attn_version" in run.stderr


def test_a_forked_child_goes_on_with_its_own_thread(context):
    params = attn.Params(context, seed=1)
    gru = attn.GRU(params, "gru", 3, 4)
    x = np.ones((30, 5, 3), np.float32)
    expected = gru.forward(None, x)[0]
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(gru.forward(None, x)[0], expected) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("version", ["0.0.9", "0.99.0", "2.0.0", "99.0.0", "1.99.0"])
def test_a_library_of_another_version_is_an_import_error(tmp_path, version):
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    source = f'const char *attn_version(void) {{ return "{version}"; }}\n'
    library = tmp_path / "libattn.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library], input=source, text=True, check=True)
    run = subprocess.run([sys.executable, "-c", "import attn"], capture_output=True, text=True, cwd=PACKAGES,
                         env={**os.environ, "ATTN_LIBRARY": str(library)})
    if version == "1.99.0":  # a later one of the same major version is taken, though this one is empty
        assert f"ImportError: attn: {library} has no function attn_version_number" in run.stderr
    else:
        assert f"ImportError: attn: {library} is libattn {version}; expected {_library.API_VERSION[0]}." in run.stderr


README = re.findall(r"^```python$(.*?)^```$", (PACKAGES / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("code, shown", zip(README, [
    r"positive 0\.97(.*\n)+positive 0\.97 \[\('wonderful', 0\.\d+\)(.*)\]",
    r"(.*\n)+.* 0\.   0\.   0\.  \]\]",
    r"0\.0\d? positive",
    r"positive (.*\n)+integrated: warm 1\.\d+, beautifully (.*)",
], strict=True), ids=["first", "layers", "training", "deciding"])
def test_the_readmes_examples_run(code, shown):
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGES, check=True,
                         input="A warm film, and beautifully told.\n")
    assert re.fullmatch(shown, run.stdout.strip()), run.stdout
