"""The classifier: against its parts composed by hand, through a file, over texts, and as it shows itself."""

import html.parser
import io
import os
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree
from pathlib import Path

import attn
import numpy as np
import pytest

PACKAGES = Path(attn.__file__).parents[1]
WORDS = ["good", "bad", "film", "the", "a", "not", "boring", "wonderful"]
LENGTHS = np.array([6, 0, 3], np.int32)
WITHOUT = {"last states": None, "mean": "mean", "max": "max"}  # attention: what pools then
MAKES = [*WITHOUT, "attention", "reader", "padding kept"]


def words(context):
    builder = attn.VocabBuilder(context)
    for count, word in enumerate(reversed(WORDS), 1):
        builder.add_token(word, count)
    return builder.build()


def make(context, kind="attention", labels=("negative", "positive"), scale=3, **more):
    params = attn.Params(context, seed=7)
    parts = dict(
        embedding=attn.Embedding(params, "embedding", 10, 4),
        encoder=attn.GRU(params, "encoder", 4, 5, bidirectional=True),
        vocab=words(context),
        labels=labels,
        max_length=6,
    )
    if kind in WITHOUT:
        parts["pooling"] = WITHOUT[kind]
    else:
        padding = "kept" if kind == "padding kept" else "masked"
        parts["attention"] = attn.Attention(params, "attention", 10, padding=padding)
    if kind == "reader":
        parts["reader"] = attn.AttentionGRU(params, "reader", 10, 7)
    parts["decision"] = attn.Dense(params, "decision", 7 if kind == "reader" else 10, len(labels))
    params.values[:] *= scale  # so that decisions are far from even
    return attn.Classifier(**parts, **more), parts


@pytest.fixture
def ids():
    ids = np.random.default_rng(3).integers(2, 10, (3, 6)).astype(np.int32)
    ids[np.arange(6) >= LENGTHS[:, None]] = 999  # never read
    return ids


def forward_by_hand(parts, tape, ids, lengths):
    """(logits, weights, states) by the layers' own calls."""
    states, last = parts["encoder"].forward_ids(tape, parts["embedding"], ids, lengths)
    weights, given = None, np.ascontiguousarray(last.transpose(1, 0, 2)).reshape(len(ids), -1)
    if parts.get("pooling"):
        given = attn.pooling_forward(parts["embedding"].params.context, tape, states, lengths, pooling=parts["pooling"])
    elif "attention" in parts:
        weights, given = parts["attention"].forward(tape, states, lengths)
    if "reader" in parts:
        _, given = parts["reader"].forward(tape, states, weights, lengths)
    return parts["decision"].forward(tape, given), weights, states


def backward_by_hand(parts, tape, dlogits):
    dgiven, dstates, dlast = parts["decision"].backward(tape, dlogits), None, None
    if parts.get("pooling"):
        dstates = attn.pooling_backward(parts["embedding"].params.context, tape, dgiven)
    elif "attention" not in parts:
        dlast = np.ascontiguousarray(dgiven.reshape(len(dgiven), 2, -1).transpose(1, 0, 2))
    elif "reader" in parts:
        dx, dweights, _ = parts["reader"].backward(tape, dhn=dgiven)
        dstates = parts["attention"].backward(tape, dweights=dweights) + dx
    else:
        dstates = parts["attention"].backward(tape, dcontext=dgiven)
    parts["encoder"].backward(tape, dstates, dhn=dlast)


@pytest.mark.parametrize("kind", MAKES)
def test_it_is_its_parts_composed_by_hand(context, tape, near, ids, kind):
    classifier, parts = make(context, kind, labels=("one", "two", "three"))
    states = None if kind in WITHOUT else np.empty((3, 6, 10), np.float32)
    logits, weights = classifier.forward(None, ids, LENGTHS, states=states)
    expected = forward_by_hand(parts, None, ids, LENGTHS)
    near(logits, expected[0])
    assert states is None or np.array_equal(states, expected[2])
    assert weights is None if expected[1] is None else np.array_equal(weights, expected[1])

    dlogits = np.random.default_rng(4).normal(size=(3, 3)).astype(np.float32)
    params = classifier.params
    params.zero_grad()
    forward_by_hand(parts, tape, ids, LENGTHS)
    backward_by_hand(parts, tape, dlogits)
    expected = params.gradients.copy()
    params.zero_grad()
    classifier.forward(tape, ids, LENGTHS)
    assert classifier.backward(tape, dlogits) is None and tape.depth == 0
    assert expected.any()
    near(params.gradients, expected)


def test_vectors_and_scales_have_gradients(context, tape, near, ids):
    """Of vectors, dx . x sums to what their scales' gradient is."""
    classifier, parts = make(context)
    x = parts["embedding"].forward(None, ids, LENGTHS)
    dlogits = np.ones((3, 2), np.float32) * [1, -1]
    dlogits = dlogits.astype(np.float32)
    near(classifier.forward(tape, x, LENGTHS)[0], classifier.forward(None, ids, LENGTHS)[0])
    dx = classifier.backward(tape, dlogits)
    classifier.forward(tape, ids, LENGTHS, scales=np.ones((3, 6), np.float32))
    near(classifier.backward(tape, dlogits, out=np.empty((3, 6), np.float32)), (dx * x).sum(axis=2))
    classifier.forward(tape, ids, LENGTHS)
    with pytest.raises(ValueError, match="need_dx: .* given ids, and ids have no gradient"):
        classifier.backward(tape, dlogits, need_dx=True)
    with pytest.raises(attn.StateError, match="attn.Dense.backward: the last forward on the tape is another's"):
        parts["decision"].backward(tape, dlogits)


def test_losses_on_weights_and_states_reach_the_gradients(context, tape, near, ids):
    classifier, parts = make(context)
    dlogits, dweights = np.zeros((3, 2), np.float32), np.eye(3, 6, dtype=np.float32)
    dstates = np.ones((3, 6, 10), np.float32)
    states, _ = parts["encoder"].forward_ids(tape, parts["embedding"], ids, LENGTHS)
    parts["attention"].forward(tape, states, LENGTHS)
    parts["encoder"].backward(tape, parts["attention"].backward(tape, dweights=dweights) + dstates)
    expected = classifier.params.gradients.copy()
    classifier.params.zero_grad()
    classifier.forward(tape, ids, LENGTHS)
    classifier.backward(tape, dlogits, dweights=dweights, dstates=dstates)
    near(classifier.params.gradients, expected)


def test_scales_multiply_logits_and_stay_in_the_file(context, ids, near, tmp_path):
    classifier, _ = make(context)
    logits, _ = classifier.forward(None, ids, LENGTHS)
    assert classifier.scales == [1]
    np.testing.assert_array_equal(classifier.channels(ids, LENGTHS), [logits])
    fitted = attn.fit_scales(context, classifier.channels(ids, LENGTHS), np.array([1, 0, 1], np.int32))
    classifier.set_scales(fitted.scales)
    near(classifier.forward(None, ids, LENGTHS)[0], logits * fitted.scales[0])
    classifier.save(tmp_path / "model")
    assert attn.Classifier.open(tmp_path / "model", context).scales == fitted.scales
    with pytest.raises(attn.ArgumentError, match="channels is 2; expected 1"):
        classifier.set_scales(np.ones(2, np.float32))


def ngrams_of(context, params, classes=2):
    random = np.random.default_rng(4)
    builder = attn.NgramsBuilder(context, classes=classes)
    labels = np.arange(60, dtype=np.int32) % classes
    texts = (random.integers(0, 6, (60, 8)) + 2 + labels[:, None] % 3).astype(np.int32)
    builder.add(texts, None, labels)
    return attn.Ngrams(params, "ngrams", builder, init="normal")


def test_ngrams_beside_the_encoder(context, ids, near, tmp_path):
    _, parts = make(context)
    parts["ngrams"] = ngrams_of(context, parts["embedding"].params)
    classifier = attn.Classifier(**parts)
    channels = classifier.channels(ids, LENGTHS)
    assert channels.shape == (2, 3, 2)
    np.testing.assert_array_equal(channels[1], parts["ngrams"].forward(None, ids, LENGTHS))
    classifier.set_scales(np.array([0.5, 2], np.float32))
    near(classifier.forward(None, ids, LENGTHS)[0], 0.5 * channels[0] + 2 * channels[1])
    reading = classifier.read(TEXT, by="ngrams")
    odds = reading.probability / (1 - reading.probability)
    assert reading.encoder + reading.ngrams == pytest.approx(np.log(odds), abs=1e-4)
    whole, of_words = (classifier.attribute(ids, LENGTHS, by=by).attributions for by in ("gradient", "ngrams"))
    parts["ngrams"] = None
    alone = attn.Classifier(**parts)
    decided = classifier.forward(None, ids, LENGTHS)[0].argmax(1).astype(np.int32)
    near(whole, 0.5 * alone.attribute(ids, LENGTHS, by="gradient", targets=decided).attributions + of_words)
    classifier.save(tmp_path / "model")
    again = attn.Classifier.open(tmp_path / "model", context)
    np.testing.assert_array_equal(again.forward(None, ids, LENGTHS)[0], classifier.forward(None, ids, LENGTHS)[0])
    assert len(again.ngrams) == len(classifier.ngrams) and again.ngrams.params is again.params
    with pytest.raises(attn.ArgumentError, match="n-grams, which are of words; expected ids"):
        classifier.forward(None, np.zeros((1, 2, 4), np.float32))


def test_ngrams_alone(context, tape, ids, near, tmp_path):
    params = attn.Params(context)
    classifier = attn.Classifier(ngrams=ngrams_of(context, params, 3), vocab=words(context), labels=["a", "b", "c"])
    assert classifier.params is params and classifier.state_dim == 0
    assert (classifier.embedding, classifier.encoder, classifier.decision) == (None, None, None)
    logits, weights = classifier.forward(tape, ids, LENGTHS)
    assert weights is None
    assert classifier.backward(tape, np.ones((3, 3), np.float32)) is None
    assert params.gradients.any()
    classifier.save(tmp_path / "model")
    again = attn.Classifier.open(tmp_path / "model", context)
    np.testing.assert_array_equal(again.forward(None, ids, LENGTHS)[0], logits)
    reading = again.read("good film", by="ngrams")
    assert reading.encoder == 0 and reading.ngrams != 0
    with pytest.raises(attn.ArgumentError, match="these three, or n-grams alone"):
        attn.Classifier()


def test_packed_decisions_are_the_same(context, near, ids):
    classifier, _ = make(context)
    before, _ = classifier.forward(None, ids, LENGTHS)
    classifier.pack()
    np.testing.assert_array_equal(classifier.forward(None, ids, LENGTHS)[0], before)
    for precision in ("bfloat16", "int8"):
        classifier.pack(precision)
        after, _ = classifier.forward(None, ids, LENGTHS)
        near(after, before, 0.05)  # 8 bits of each weight
        assert not np.array_equal(after, before)


# ---- files


@pytest.mark.parametrize("kind", MAKES)
def test_a_file_alone_decides_to_the_bit_as_before(context, tmp_path, kind):
    classifier, _ = make(context, kind, labels=("one", "two", "three"), context_dropout=0.25)
    by = "nothing" if kind in WITHOUT else "attention"
    text = "The good, wonderful film was not boring."
    before = classifier.read(text, by)
    classifier.save(tmp_path / "model", metadata={"author": "I"})
    again = attn.Classifier.open(tmp_path / "model")
    assert (again.labels, again.classes, again.max_length) == (["one", "two", "three"], 3, 6)
    assert again.padded_time == (6 if kind == "padding kept" else 0)
    assert again.params.values.tobytes() == classifier.params.values.tobytes()
    after = again.read(text, by)
    assert after.probabilities == before.probabilities and str(after) == str(before)
    assert attn.File.open(tmp_path / "model").metadata("author") == "I"
    with pytest.raises(attn.StateError, match="sealed"):
        again.params.add("more", [1])

    params = attn.Params(context)
    from_bytes = attn.Classifier.from_file(attn.File.from_bytes(classifier.save_bytes()), params)
    assert from_bytes.params is params and from_bytes.read(text, by).probabilities == before.probabilities


def test_its_parts_are_handles_that_outlive_it(context, tmp_path, ids):
    make(context, "reader")[0].save(tmp_path / "model")
    classifier = attn.Classifier.open(tmp_path / "model", context)
    expected, _ = classifier.forward(None, ids, LENGTHS)
    parts = {name: getattr(classifier, name) for name in ("embedding", "encoder", "attention", "reader", "decision")}
    vocab, params = classifier.vocab, classifier.params
    assert parts["embedding"].params is params and params.context is context
    classifier.close()
    again = attn.Classifier(**parts, vocab=vocab)
    np.testing.assert_array_equal(again.forward(None, ids, LENGTHS)[0], expected)
    assert again.labels == ["0", "1"] and list(vocab.decode(np.arange(2, 10, dtype=np.int32))) == WORDS
    for part in parts.values():
        part.close()
    np.testing.assert_array_equal(again.forward(None, ids, LENGTHS)[0], expected)


def test_parts_that_are_left_out_are_none(context):
    classifier, _ = make(context, "last states")
    assert classifier.attention is None and classifier.reader is None
    assert repr(classifier) == "<attn.Classifier labels=['negative', 'positive'] attention=False>"


# ---- texts


TEXT = "The good <b>film</b>,<br />déjà vu: not boring \U0001f44d."


def test_a_reading_is_the_decision_of_its_ids(context, near):
    classifier, parts = make(context)
    reading = classifier.read(TEXT)
    tokens = parts["vocab"].tokens(TEXT)
    ids = parts["vocab"].encode(tokens, 6)[None]
    logits, weights = classifier.forward(None, ids)
    expected = attn.cross_entropy(context, logits).probabilities[0]
    near(list(reading.probabilities.values()), expected)
    assert list(reading.probabilities) == classifier.labels == ["negative", "positive"]
    assert reading.decision == expected.argmax() and reading.label == classifier.labels[reading.decision]
    assert reading.probability == reading.probabilities[reading.label]
    assert reading.tokens == list(tokens) and len(reading) == len(tokens) and reading.length == 6
    np.testing.assert_array_equal(reading.begins, tokens.begins)
    np.testing.assert_array_equal(reading.ends, tokens.ends)
    near(reading.numbers, np.pad(weights[0], (0, len(tokens) - 6)))
    heaviest = reading.numbers.argmax()
    assert reading.top(2)[0] == (tokens[int(heaviest)], float(reading.numbers[heaviest]))
    assert len(reading.top(99)) == 6 and reading.top(0) == [] and len(reading.top()) == 5
    assert repr(reading) == f"<attn.Reading {reading.label} {reading.probability:.2f}>"


@pytest.mark.parametrize("by", [by for by in attn.BY if by != "nothing"])
def test_readings_and_batches_are_attributed_alike(context, near, by):
    classifier, parts = make(context)
    if by == "ngrams":
        classifier = attn.Classifier(**parts, ngrams=ngrams_of(context, classifier.params))
    texts = ["good film", "", "the boring, not wonderful film", "a bad film"]
    readings = classifier.read_many(texts, by=by)
    ids, lengths = attn.pad([parts["vocab"].encode(parts["vocab"].tokens(text)) for text in texts])
    result = classifier.attribute(ids, lengths, by=by)
    for text, reading, row, length, gap in zip(texts, readings, result.attributions, lengths, result.gap):
        near(reading.numbers, row[:length], 1e-4)
        near(classifier.read(text, by=by).numbers, reading.numbers, 1e-4)
        assert reading.by == by and reading.gap == pytest.approx(gap, abs=1e-4)
    if by != "attention":
        decided = np.array([reading.decision for reading in readings], np.int32)
        other = classifier.attribute(ids, lengths, by=by, targets=1 - decided).attributions
        near(other, -result.attributions, 1e-3)  # of two classes, the log-odds of one are less those of the other


def test_many_texts_at_once(context):
    classifier, _ = make(context)
    texts = [" ".join(WORDS[i % 8] for i in range(start, start + start % 7)) for start in range(700)] + [b"bytes \xff", "a\0film"]
    readings = classifier.read_many(iter(texts), by="nothing")
    assert len(readings) == 702
    for text, reading in list(zip(texts, readings))[::50] + [(texts[-1], readings[-1])]:
        assert reading.probability == pytest.approx(classifier.read(text, "nothing").probability, abs=1e-6)
    assert readings[0].numbers is None and readings[1].top(3) == []
    assert readings[-1].tokens[-1] == "film"
    assert classifier.read_many([]) == []


def test_readings_need_neither_classifier_nor_text(context):
    classifier, _ = make(context)
    readings = classifier.read_many([TEXT] * 3)
    expected = [str(reading) for reading in readings]
    classifier.close()
    assert [str(reading) for reading in readings] == expected
    tokens = readings[0].tokens
    readings[0].close()
    assert tokens == readings[1].tokens
    with pytest.raises(attn.StateError, match="attn.Reading: the handle was used after close"):
        readings[0].tokens


def test_threads_share_a_classifier_and_a_reading(context):
    classifier, _ = make(context)
    shared, found = classifier.read(TEXT), []

    def use():
        for _ in range(50):
            found.append((classifier.read(TEXT, "gradient").numbers.tobytes(), tuple(shared.tokens), str(shared)))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 200 and len(set(found)) == 1


# ---- how it shows itself


class Shaded(html.parser.HTMLParser):
    """The words of a page that have a shade, and whether all tags are closed."""

    def __init__(self, source):
        super().__init__()
        self.words, self.open, self.tags = [], [], set()
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if tag == "span":
            self.words.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "span":
            self.words[-1] += data


def test_a_reading_shows_itself_in_a_notebook(context):
    reading = make(context)[0].read(TEXT)
    cell = reading._repr_html_()
    spans = [TEXT.encode()[begin:end].decode() for begin, end in zip(reading.begins, reading.ends)]
    assert Shaded(cell).words == [span for span in spans[: reading.length] if span]
    assert {"html", "body", "script", "b"}.isdisjoint(Shaded(cell).tags)
    assert f"{reading.label} {reading.probability:.2f}" in cell
    assert "html" in Shaded(reading.html()).tags and "<script" not in reading.html()
    assert xml.etree.ElementTree.fromstring(reading.svg()).tag.endswith("svg")
    assert "no title" in reading.draw(format="latex", fragment=True, title="no title", names=["n"] * reading.length)
    with pytest.raises(ValueError, match=f"names: expected {reading.length} strings"):
        reading.draw(names=["one"])


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_it_is_printed_in_colours_where_they_can_be_seen(context, monkeypatch):
    reading = make(context)[0].read(TEXT)
    assert "\x1b[" in reading.ansi() and "\x1b" not in reading.ansi(colours=False)
    for stream, said, shown in ((Terminal(), {}, True), (Terminal(), {"NO_COLOR": "1"}, False), (io.StringIO(), {}, False),
                                (Terminal(), {"TERM": "dumb"}, False), (Terminal(), {"TERM": ""}, False),
                                (Terminal(), {"CLICOLOR": "0"}, False), (Terminal(), {"FORCE_COLOR": "0"}, True),
                                (io.StringIO(), {"FORCE_COLOR": "0"}, False), (io.StringIO(), {"FORCE_COLOR": "1"}, True),
                                (io.StringIO(), {"CLICOLOR_FORCE": "1"}, True), (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)):
        monkeypatch.setattr(sys, "stdout", stream)
        for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"TERM": "xterm", **said}.items():
            monkeypatch.setenv(name, value)
        print(reading)
        assert ("\x1b[" in stream.getvalue()) is shown and stream.getvalue().count(reading.label) == 1
    monkeypatch.setattr(sys, "stdout", None)
    assert "\x1b" not in str(reading)


# ---- errors


def test_what_is_wrong_is_named(context, tape, tmp_path, ids):
    classifier, parts = make(context)
    other = attn.Dense(attn.Params(context), "decision", 10, 2)
    for wrong, line in [
        (dict(decision=other), "layers of different params"),
        (dict(reader=attn.AttentionGRU(parts["embedding"].params, "narrow", 9, 10)), "the reader reads vectors of 9"),
        (dict(labels=["one", "one"]), r'labels\[0\] and labels\[1\] are both "one"'),
        (dict(max_length=-1), "max_length is -1"),
        (dict(context_dropout=1.0), "context_dropout is 1"),
    ]:
        with pytest.raises(attn.ArgumentError, match=line):
            attn.Classifier(**{**parts, **wrong})
    with pytest.raises(ValueError, match="labels: expected 2 strings; got 3"):
        attn.Classifier(**{**parts, "labels": ["a", "b", "c"]})
    with pytest.raises(attn.ArgumentError, match="embedding, encoder or decision is None"):
        attn.Classifier(encoder=parts["encoder"], decision=parts["decision"])

    with pytest.raises(attn.ArgumentError, match="pooling is of an encoder's states without attention"):
        attn.Classifier(**{**parts, "pooling": "mean"})
    with pytest.raises(ValueError, match="pooling: expected one of 'mean', 'max'"):
        attn.Classifier(**{**parts, "attention": None, "reader": None, "pooling": "last"})

    without, _ = make(context, "last states")
    with pytest.raises(attn.ArgumentError, match="this classifier has no attention; expected another way"):
        without.read("good")
    with pytest.raises(attn.ArgumentError, match="no attention"):
        attn.Probe(without, ids, LENGTHS)
    with pytest.raises(attn.StateError, match="has no vocabulary"):
        attn.Classifier(**{**parts, "vocab": None}).read("good")
    with pytest.raises(TypeError, match=r"texts\[1\]: expected a str or bytes; got int"):
        classifier.read_many(["good", 3])
    with pytest.raises(TypeError, match="texts: expected an iterable of str or bytes; got str"):
        classifier.read_many("good")
    with pytest.raises(ValueError, match="by: expected one of 'nothing', 'attention', 'gradient', 'integrated', 'occlusion'"):
        classifier.read("good", by="magic")
    with pytest.raises(attn.ArgumentError):
        classifier.attribute(np.full((1, 2), 3, np.int32), by="nothing")
    with pytest.raises(attn.ArgumentError, match="10"):
        classifier.forward(None, np.full((1, 1), 10, np.int32))
    kept, _ = make(context, "padding kept")
    with pytest.raises(attn.ArgumentError, match="time is 5; expected max_length, 6"):
        kept.forward(None, ids[:, :5].copy(), np.minimum(LENGTHS, 5))
    padded, lengths = attn.pad([[2, 3]], kept.padded_time)
    assert padded.tolist() == [[2, 3, 0, 0, 0, 0]] and kept.forward(None, padded, lengths)[0].shape == (1, 2)

    classifier.forward(tape, ids, LENGTHS)
    with pytest.raises(ValueError, match=r"dlogits: expected .* \[3, 2\]"):
        classifier.backward(tape, np.zeros((3, 3), np.float32))
    with pytest.raises(attn.StateError, match="the last forward on the tape is another's"):
        without.backward(tape, np.zeros((3, 2), np.float32))
    attn.save(tmp_path / "parts", classifier.params)
    with pytest.raises(attn.FormatError):
        attn.Classifier.open(tmp_path / "parts")
    with pytest.raises(FileNotFoundError):
        attn.Classifier.open(tmp_path / "nothing")


# ---- faithfulness


def test_a_probe_answers_what_the_measures_ask(context, near, ids):
    classifier, _ = make(context)
    probe = attn.Probe(classifier, ids, LENGTHS)
    logits, weights = classifier.forward(None, ids, LENGTHS)
    probabilities = attn.cross_entropy(context, logits).probabilities
    near(probe.probabilities, probabilities)
    near(probe.weights, weights)
    assert probe.states.shape == (3, 6, 10) and probe.gradient().shape == (3, 6) and (probe.gradient() >= 0).all()

    rows, keep = np.array([0, 0, 2], np.int32), np.ones((3, 6), bool)
    near(probe.leave_out(rows, keep), probabilities[rows])
    near(probe.erase(rows, keep), probabilities[rows])
    near(probe.weighted(rows, probe.weights[rows]), probabilities[rows])
    keep[1, 2] = False
    shorter = np.delete(ids[:1], 2, axis=1)
    near(probe.leave_out(rows, keep)[1], attn.cross_entropy(context, classifier.forward(None, shorter)[0]).probabilities[0])
    erased = weights[0] * keep[1]
    near(probe.erase(rows, keep)[1], probe.weighted(rows[:1], (erased / erased.sum())[None])[0])

    whole = np.ones((3, 6, probe.dim), bool)
    near(probe.dropped(rows, whole), probabilities[rows])
    whole[0] = False
    zeros = classifier.forward(None, np.zeros((1, 6, probe.dim), np.float32), LENGTHS[:1])[0]
    near(probe.dropped(rows, whole)[0], attn.cross_entropy(context, zeros).probabilities[0])
    soft = attn.explain.soft(context, probe.dropped, probe.weights, probe.dim, 2, LENGTHS)
    assert ((soft.comprehensiveness >= 0) & (soft.sufficiency <= 1) & (soft.range >= 0)).all() and soft.range[0] > 0

    for mask in probe.leave_out, probe.erase:
        score = attn.explain.comprehensiveness(context, mask, probe.weights, 2, LENGTHS)
        assert score.aopc.shape == (3,) and score.aopc[0] != 0
    near(attn.explain.occlusion(context, probe.erase, LENGTHS, 6, 2)[0, 2],
         (probabilities[0] - probe.erase(rows, keep)[1])[probabilities[0].argmax()])
    assert attn.experimental.permutation(context, probe.weighted, probe.weights, 2, LENGTHS)[0] > 0


def test_a_probe_refuses_rows_that_it_has_not(context, ids):
    probe = attn.Probe(make(context)[0], ids, LENGTHS)
    before = probe.probabilities
    for row in -1, 3:
        with pytest.raises(ValueError, match=f"rows: expected 0 to 2; got {row} to {row}"):
            probe.leave_out(np.array([row], np.int32), np.ones((1, 6), bool))
    with pytest.raises(TypeError, match="keep: expected a C-contiguous bool array"):
        probe.erase(np.zeros(1, np.int32), np.ones((1, 6), np.uint8))
    assert probe.leave_out(np.zeros(0, np.int32), np.ones((0, 6), bool)).shape == (0, 2)
    ids[:] = 2**30  # its own are a copy
    np.testing.assert_allclose(probe.leave_out(np.arange(3, dtype=np.int32), np.ones((3, 6), bool)), before, atol=1e-6)


# ---- learning, and the lesson


def test_it_learns_which_word_decides(context, tmp_path):
    """Texts of noise with one word that tells the class: a few steps, and that word gave most. Attention may look at the
    states behind it, which know it too."""
    classifier, _ = make(context, labels=("bad one", "good one"), scale=1)
    random, vocab = np.random.default_rng(1), classifier.vocab
    noise = np.array([vocab.id(word) for word in ("film", "the", "a")], np.int32)
    tell = np.array([vocab.id("bad"), vocab.id("good")], np.int32)
    tape, adam = attn.Tape(context), attn.Adam(classifier.params, lr=0.02)
    for _ in range(60):
        ids, labels = random.choice(noise, (16, 6)), random.integers(0, 2, 16).astype(np.int32)
        ids[np.arange(16), random.integers(0, 6, 16)] = tell[labels]
        tape.begin(adam.steps)
        classifier.params.zero_grad()
        loss = attn.cross_entropy(context, classifier.forward(tape, ids)[0], labels)
        classifier.backward(tape, loss.dlogits)
        adam.step()
    assert loss.loss < 0.05
    for by in "integrated", "occlusion":
        reading = classifier.read("the film a good the", by)
        assert reading.label == "good one" and reading.top(1)[0][0] == "good"

    classifier.save(tmp_path / "model")
    lesson = PACKAGES / "examples" / "classify.py"
    assert len(lesson.read_text().splitlines()) <= 12 and lesson.read_text() in (PACKAGES / "README.md").read_text()
    given = dict(input="The film: a GOOD one.\n", env={**os.environ, "PYTHONPATH": str(PACKAGES)})
    done = subprocess.run([sys.executable, lesson, tmp_path / "model"], capture_output=True, text=True, check=True, **given)
    shown, attention, integrated = done.stdout.splitlines()
    assert shown == f"good one {classifier.read('the film: a good one.').probability:.2f}  The film: a GOOD one."
    number = r"-?\d\.\d{3}"
    assert re.fullmatch(rf"attention: \S+ {number}(, \S+ {number}){{4}}", attention)
    assert re.fullmatch(rf"integrated: good {number}(, \S+ {number}){{4}}", integrated)
