"""The loss and the optimiser against NumPy, and a whole training run."""

import importlib.util
from pathlib import Path

import attn
import numpy as np
import pytest
import reference


def softmax(logits):
    p = np.exp(logits.astype(float))
    return p / p.sum(axis=1, keepdims=True)


def test_cross_entropy_agrees_with_numpy(context, random, near):
    logits, labels = 5 * random(6, 3), np.array([0, 2, 1, 1, 0, 2], np.int32)
    given = attn.cross_entropy(context, logits, labels)
    p, onehot = softmax(logits), np.eye(3)[labels]
    near(given.loss, -np.log((p * onehot).sum(axis=1)).mean())
    near(given.losses, -np.log((p * onehot).sum(axis=1)))
    near(given.probabilities, p)
    near(given.dlogits, (p - onehot) / 6)


def test_cross_entropy_with_every_option_agrees_with_numpy(context, random, near):
    logits, labels = 5 * random(6, 3), np.array([0, 2, -7, 1, 0, -7], np.int32)
    weights = np.array([0.5, 2, 1], np.float32)
    p, counts = softmax(logits), labels >= 0
    logits[~counts] = np.nan
    given = attn.cross_entropy(
        context, logits, labels, class_weights=weights, label_smoothing=0.3, scale=0.5, ignore_label=-7
    )
    targets = weights * (0.7 * np.eye(3)[labels * counts] + 0.1) * counts[:, None]
    total = weights[labels[counts]].sum()
    near(given.losses, -0.5 * (targets * np.log(p)).sum(axis=1))
    near(given.loss, -0.5 * (targets * np.log(p)).sum() / total)
    near(given.probabilities, p * counts[:, None])
    near(given.dlogits, 0.5 * (p * targets.sum(axis=1, keepdims=True) - targets) / total)
    nothing = attn.cross_entropy(context, random(6, 3), labels, scale=0, ignore_label=-7)
    assert nothing.loss == 0 and not nothing.dlogits.any()


def test_logits_that_are_not_finite_are_an_error(context):
    logits = np.array([[0, 1], [np.nan, 0]], np.float32)
    with pytest.raises(attn.ArgumentError, match="row 1 has no finite loss"):
        attn.cross_entropy(context, logits, np.array([0, 1], np.int32))
    assert attn.cross_entropy(context, logits, np.array([0, 1], np.int32), ignore_label=1).losses[1] == 0


def test_the_loss_does_not_overflow(context):
    given = attn.cross_entropy(context, np.array([[1e4, -1e4], [3e38, 0]], np.float32), np.array([1, 0], np.int32))
    assert given.loss == pytest.approx(1e4)
    np.testing.assert_array_equal(given.probabilities, [[1, 0], [1, 0]])


def test_without_labels_there_are_only_probabilities(context, random):
    loss, losses, probabilities, dlogits = attn.cross_entropy(context, random(2, 3))
    assert loss is None and losses is None and dlogits is None
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)


def test_targets_stand_in_the_place_of_labels(context, random, near):
    logits, given = random(5, 3), np.abs(random(5, 3)) + 0.1
    targets = (given / given.sum(1, keepdims=True)).astype(np.float32)
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    loss = attn.cross_entropy(context, logits, targets=targets)
    near(loss.losses, -(targets * np.log(p)).sum(1))
    near(loss.dlogits, (p - targets) / 5)
    assert loss.loss == pytest.approx(loss.losses.mean(), rel=1e-6)
    with pytest.raises(attn.ArgumentError, match=r"targets\[0\] sum to 0.5; expected 1"):
        attn.cross_entropy(context, logits, targets=targets / 2)
    with pytest.raises(ValueError, match="targets"):
        attn.cross_entropy(context, logits, targets=targets[:4])


def conicity(states, lengths):
    """The mean over rows of the mean cosine of a row's states with their mean."""
    total = 0.0
    for row, length in zip(states.astype(float), lengths):
        row = row[:length]
        if length:
            mean = row.mean(axis=0)
            total += (row @ mean / np.linalg.norm(row, axis=1) / np.linalg.norm(mean)).mean()
    return total / len(lengths)


def test_conicity_loss_agrees_with_numpy(context, random, near):
    states, lengths = random(4, 6, 3), np.array([6, 0, 1, 4], np.int32)
    states[3, 4:] = np.nan
    dstates = np.ones_like(states)
    near(attn.experimental.conicity_loss(context, states, lengths, weight=0.5, dstates=dstates), 0.5 * conicity(states, lengths))
    step = np.zeros_like(states)
    for place in [(0, 2, 1), (3, 0, 2), (3, 4, 0)]:
        step[...] = 0
        step[place] = 1e-3
        slope = (conicity(states + step, lengths) - conicity(states - step, lengths)) / 2e-3
        assert dstates[place] - 1 == pytest.approx(0.5 * slope, abs=1e-4)
    assert attn.experimental.conicity_loss(context, states, lengths) == pytest.approx(conicity(states, lengths), rel=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3},
        {"beta1": 0, "beta2": 0.0, "epsilon": 1e-6},
        {"beta1": 0.5, "epsilon": 0},
        {"weight_decay": 0.1},
        {"clip_norm": 0.5},
        {"lr_decay": 0.5, "lr_decay_steps": 2, "lr_floor": 4e-4},
    ],
)
def test_adam_agrees_with_numpy(params, random, near, options):
    params.add("w", (4, 3), "normal")
    adam = attn.Adam(params, **options)
    options = {"lr": 1e-3, **options}
    gradients = [random(12) for _ in range(6)]
    double = [gradient.astype(float) for gradient in gradients]
    for gradient, expected in zip(gradients, reference.adam(params.values.astype(float), double, **options)):
        params.gradients[:] = gradient
        near(adam.step(), np.linalg.norm(gradient.astype(float)))
        near(params.values, expected)
        np.testing.assert_array_equal(params.gradients, gradient)
    assert adam.steps == 6
    decayed = options["lr"] * options.get("lr_decay", 1) ** (6 / options.get("lr_decay_steps", 1))
    assert adam.lr == pytest.approx(max(options.get("lr_floor", 0), decayed), rel=1e-6)


@pytest.mark.parametrize("options", [{"lr": -1}, {"lr_decay": 0}, {"lr_decay": 1e-60}, {"lr_decay_steps": 0}, {"beta1": -1},
                                     {"epsilon": -1}])
def test_numbers_that_the_library_would_take_for_its_defaults_are_refused(params, options):
    with pytest.raises(ValueError, match=f"{next(iter(options))}: expected .*0"):
        attn.Adam(params, **options)


def test_a_rate_below_the_least_float_is_0_and_not_the_default(params):
    assert attn.Adam(params, lr=1e-60).lr == 0
    assert attn.Adam(params, lr=1e-45).lr > 0


def test_adam_leaves_frozen_tensors_and_unused_rows_alone(params, tape, random):
    embedding = attn.Embedding(params, "embedding", 6, 2)
    params.add("frozen", (3,), "one").trainable = False
    adam = attn.Adam(params, lr=0.1, weight_decay=0.1)
    table = params.tensors["embedding.weight"].values
    before = table.copy()
    embedding.forward(tape, np.array([[2, 4]], np.int32))
    embedding.backward(tape, np.ones((1, 2, 2), np.float32))
    adam.step()
    changed = (table != before).any(axis=1)
    np.testing.assert_array_equal(changed, [False, False, True, False, True, False])
    # The first step of Adam is lr in the gradient's direction; weight decay leaves an embedding alone.
    np.testing.assert_allclose(table[2], before[2] - 0.1, rtol=1e-5)
    assert (params.tensors["frozen"].values == 1).all()


def test_a_gradient_that_is_not_finite_changes_nothing(params):
    params.add("w", (3,), "one")
    adam = attn.Adam(params)
    params.gradients[1] = np.nan
    with pytest.raises(attn.StateError, match="attn.Adam.step: "):
        adam.step()
    assert (params.values == 1).all() and adam.steps == 0


@pytest.fixture
def example():
    path = Path(__file__).resolve().parents[1] / "examples" / "train_sample.py"
    spec = importlib.util.spec_from_file_location("train_sample", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_training_in_python_learns_the_sample(context, example):
    labels, texts = example.read(example.SAMPLE)
    model = example.create(context, texts)
    losses = list(example.train(context, model, texts, labels, epochs=6))
    assert losses[-1] < losses[0]
    assert example.accuracy(model, texts, labels) > 0.9


def test_training_twice_gives_the_same_bits_at_any_number_of_threads(example):
    def run(threads):
        context = attn.Context(threads=threads)
        labels, texts = example.read(example.SAMPLE)
        model = example.create(context, texts[:40])
        list(example.train(context, model, texts[:40], labels[:40], epochs=1))
        return model.params.values.tobytes()

    assert run(1) == run(2)


def test_a_line_of_the_example_ends_at_a_newline_alone(example, tmp_path):
    texts = ["a\u2028b", "c\u0085d\x0be\x0c", "f\rg", "h\ti"]
    (tmp_path / "sample.tsv").write_bytes("".join(f"{i % 2}\t{text}\r\n" for i, text in enumerate(texts)).encode())
    labels, read = example.read(tmp_path / "sample.tsv")
    assert read == texts and labels.tolist() == [0, 1, 0, 1]


def test_the_example_runs(example, capsys, tmp_path):
    example.main(saved=tmp_path / "model")
    assert capsys.readouterr().out.splitlines()[-1].startswith(("positive 0.", "positive 1.", "negative 0.", "negative 1."))
    assert attn.Classifier.open(tmp_path / "model").labels == ["negative", "positive"]


def test_rows_that_the_program_wrote_count_once_they_are_named(context):
    params = attn.Params(context, seed=1)
    attn.Embedding(params, "words", 5, 3)
    adam = attn.Adam(params, lr=0.1)
    before = params.values.copy()
    params.gradients[...] = 1.0
    assert params.tensors["words.weight"].used_rows == []
    params.use_rows("words.weight", [2])
    assert params.tensors["words.weight"].used_rows == [2]
    adam.step()
    changed = (params.values != before).reshape(5, 3).any(axis=1)
    assert changed.tolist() == [False, False, True, False, False]
    params.zero_grad()
    assert not params.gradients.reshape(5, 3)[2].any()
    assert params.tensors["words.weight"].used_rows == []
    assert params.add("own", (2,), "one").used_rows is None


def test_the_rate_can_be_set_between_steps(context):
    params = attn.Params(context, seed=1)
    params.add("w", (2,), "glorot")
    adam = attn.Adam(params, lr=0.1)
    adam.set_lr(0.025)
    assert adam.lr == np.float32(0.025)
    with pytest.raises(attn.ArgumentError, match="lr is -1"):
        adam.set_lr(-1.0)


@pytest.mark.parametrize("given", ["made with", "set"])
def test_at_a_rate_of_zero_weights_stay(context, given):
    params = attn.Params(context, seed=1)
    params.add("w", (2,), "glorot")
    adam = attn.Adam(params, lr=0 if given == "made with" else 0.1, weight_decay=0.1)
    if given == "set":
        adam.set_lr(0)
    before = params.values.copy()
    params.gradients[:] = 1
    adam.step()
    assert adam.lr == 0 and adam.steps == 1 and (params.values == before).all()
    adam.set_lr(0.1)
    adam.step()
    assert (params.values < before).all()


def test_the_average_of_the_weights_agrees_with_numpy_and_survives_a_checkpoint(context, near, tmp_path):
    def made():
        params = attn.Params(context, seed=1)
        params.add("w", (3,), "normal")
        return params, attn.Adam(params, lr=0.1, average=0.8)

    params, adam = made()
    expected = params.values.astype(float)
    for step in range(1, 8):
        params.gradients[...] = np.float32([1, -2, 3]) * step
        adam.step()
        decay = min(0.8, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * params.values
        if step == 4:
            attn.save(tmp_path / "checkpoint.safetensors", params, adam=adam)
    weights = params.values.copy()
    adam.swap_average()
    near(params.values, expected)
    with pytest.raises(attn.StateError, match="swapped in"):
        adam.step()
    with pytest.raises(attn.StateError, match="swapped in"):
        attn.save(tmp_path / "wrong.safetensors", params, adam=adam)
    average = params.values.copy()
    adam.swap_average()
    assert np.array_equal(params.values, weights)

    resumed, adam = made()
    with attn.File.open(tmp_path / "checkpoint.safetensors") as file:
        file.load(resumed)
        file.load_adam(adam)
    for step in range(5, 8):
        resumed.gradients[...] = np.float32([1, -2, 3]) * step
        adam.step()
    adam.swap_average()
    assert np.array_equal(resumed.values, average)


def test_a_tensor_with_a_rate_of_its_own_moves_that_many_times_as_far(context, near):
    params = attn.Params(context, seed=1)
    params.add("slow", (2,), "zero")
    params.add("fast", (2,), "zero")
    params.set_lr_scale("fast", 4.0)
    assert (params.tensors["slow"].lr_scale, params.tensors["fast"].lr_scale) == (1.0, 4.0)
    adam = attn.Adam(params, lr=0.1)
    params.gradients[...] = 1.0
    adam.step()
    near(params.values, [-0.1, -0.1, -0.4, -0.4])
    with pytest.raises(attn.ArgumentError, match="scale is 0"):
        params.set_lr_scale("fast", 0.0)


def test_calibration_error_agrees_with_numpy(context):
    random = np.random.default_rng(5)
    probabilities = random.dirichlet([0.4] * 4, 300).astype(np.float32)
    labels = random.integers(0, 4, 300).astype(np.int32)
    given = attn.calibration_error(context, probabilities, labels, bins=7)
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    bins, expected = np.ceil(confidence.astype(float) * 7).astype(int) - 1, 0
    for m in range(7):
        within = bins == m
        share = within.mean()
        row = [share, confidence[within].mean(), right[within].mean()] if share else [0, 0, 0]
        np.testing.assert_allclose(given.diagram[m], row, atol=1e-6)
        expected += share * abs(row[1] - row[2])
    assert given.error == pytest.approx(expected, abs=1e-6)
    assert attn.calibration_error(context, probabilities, labels).diagram.shape == (15, 3)


def test_edits_of_words(context):
    def spelled(*words):
        lengths = np.array([len(word) for word in words], np.int32)
        return np.array([[ord(letter) for letter in word.ljust(7)] for word in words], np.int32), lengths

    (given, m), (expected, n) = spelled("kitten", "tree", "", "nine"), spelled("sitting", "three", "two", "nine")
    edits = attn.edit_distance(context, given, expected, m, n)
    assert edits.distances.tolist() == [3, 1, 3, 0]
    assert [edits.substituted.tolist(), edits.deleted.tolist(), edits.inserted.tolist()] == [[2, 0, 0, 0], [1, 1, 3, 0], [0] * 4]
    assert attn.edit_distance(context, given, given).distances.tolist() == [0] * 4


def test_scales_have_the_least_loss(context):
    random = np.random.default_rng(6)
    labels = random.integers(0, 3, 500).astype(np.int32)
    logits = random.normal(size=(2, 500, 3)).astype(np.float32)
    logits[:, np.arange(500), labels] += [[1], [0.5]]
    given = attn.fit_scales(context, logits, labels)
    assert given.scales.shape == (2,) and (given.scales > 0).all()

    def loss(scales):
        mixed = np.tensordot(np.float32(scales), logits, 1)
        return attn.cross_entropy(context, np.ascontiguousarray(mixed, np.float32), labels).loss

    assert given.loss == pytest.approx(loss(given.scales), rel=1e-5)
    for other in ([0.9, 1], [1.1, 1], [1, 0.8], [1, 1.2]):
        assert loss(given.scales * np.float32(other)) > given.loss
