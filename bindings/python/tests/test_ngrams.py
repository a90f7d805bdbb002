"""N-grams against a dictionary of them, in float64, with ids beyond the lengths that no call may look at."""

from math import log

import attn
import numpy as np
import pytest

LENGTHS = np.array([7, 0, 9, 4, 9, 1, 8, 6], np.int32)


def make_texts(random_seed, classes):
    draw = np.random.default_rng(random_seed)
    ids = draw.integers(0, 7, (len(LENGTHS), 9)).astype(np.int32)
    for row, length in zip(ids, LENGTHS):
        row[length:] = -5
    return ids, draw.integers(0, classes, len(LENGTHS)).astype(np.int32)


def grams_of(ids, length, longest, least=2):
    """{n-gram: the places where it stands}"""
    found = {}
    for n in range(1, longest + 1):
        for t in range(length - n + 1):
            gram = tuple(int(id) for id in ids[t : t + n])
            if min(gram) >= least:
                found.setdefault(gram, []).append(t)
    return found


def counted(ids, labels, classes, longest, least=2):
    """{n-gram: texts that hold it, by class}"""
    counts = {}
    for row, length, label in zip(ids, LENGTHS, labels):
        for gram in grams_of(row, length, longest, least):
            counts.setdefault(gram, [0] * classes)[label] += 1
    return counts


def ratios_of(counts, labels, classes, smoothing):
    texts = [int((labels == c).sum()) for c in range(classes)]
    return {
        gram: [
            log((n[c] + smoothing) / (texts[c] + 2 * smoothing))
            - log((sum(n) - n[c] + smoothing) / (sum(texts) - texts[c] + 2 * smoothing))
            for c in range(classes)
        ]
        for gram, n in counts.items()
    }


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("longest", [1, 3])
@pytest.mark.parametrize("keep_unknown", [False, True])
def test_ngrams_are_what_a_dictionary_makes_of_them(context, params, tape, near, classes, longest, keep_unknown):
    ids, labels = make_texts(longest, classes)
    least = 1 if keep_unknown else 2
    counts = counted(ids, labels, classes, longest, least)
    ratios = ratios_of(counts, labels, classes, 0.5)
    builder = attn.NgramsBuilder(context, classes=classes, longest=longest, keep_unknown=keep_unknown)
    builder.add(ids, LENGTHS, labels)
    assert len(builder) == len(counts)
    ngrams = attn.Ngrams(params, "n", builder, min_count=1, smoothing=0.5, scale=0.25, offset=0.0)
    assert (len(ngrams), ngrams.classes, ngrams.longest) == (len(counts), classes, longest)
    assert [ngrams[i] for i in range(len(ngrams))] == sorted(counts, key=lambda gram: (len(gram), gram))
    assert all(ngrams.find(ngrams[i]) == i for i in range(len(ngrams)))
    assert ngrams[-1] == ngrams[len(ngrams) - 1]
    kept = params.tensors["n.ratios"]
    assert not kept.trainable
    expected = np.array([ratios[ngrams[i]] for i in range(len(ngrams))])
    near(kept.values, expected[:, 1:] if classes == 2 else expected)

    weights = params.tensors["n.weights"].values
    weights[:] = np.random.default_rng(3).normal(size=weights.shape)
    bias = params.tensors["n.bias"].values

    def part(gram):
        return 0.25 * float(weights[ngrams.find(gram), 0]) * np.array(ratios[gram])

    held = [grams_of(row, length, longest, least) for row, length in zip(ids, LENGTHS)]
    logits = ngrams.forward(tape, ids, LENGTHS)
    near(logits, [bias + sum(map(part, grams), np.zeros(classes)) for grams in held])

    dlogits = np.random.default_rng(4).normal(size=logits.shape).astype(np.float32)
    params.zero_grad()
    ngrams.backward(tape, dlogits)
    slopes = np.zeros(weights.shape)
    for grams, slope in zip(held, dlogits):
        for gram in grams:
            slopes[ngrams.find(gram), 0] += 0.25 * slope.astype(np.float64) @ np.array(ratios[gram])
    near(params.tensors["n.weights"].gradients, slopes)
    near(params.tensors["n.bias"].gradients, dlogits.sum(0, dtype=np.float64))

    targets = (labels + 1) % np.int32(classes)
    for given in (None, targets):
        shares, base = ngrams.attribute(ids, LENGTHS, targets=given)
        for b, target in enumerate(logits.argmax(1) if given is None else given):
            against = np.full(classes, -1 / (classes - 1))
            against[target] = 1
            words = np.zeros(ids.shape[1])
            for gram, places in held[b].items():
                for t in places:
                    words[t : t + len(gram)] += against @ part(gram) / len(places) / len(gram)
            near(shares[b], words)
            near(base[b] + words.sum(), against @ logits[b])


def test_the_most_telling_are_kept_and_rare_ones_left_out(context, params):
    ids = np.array([[2, 3], [2, 3], [2, 4], [2, 5]], np.int32)
    builder = attn.NgramsBuilder(context, longest=1)
    builder.add(ids, None, np.array([1, 1, 0, 0], np.int32))
    both = attn.Ngrams(params, "both", builder)
    assert [both[0], both[1]] == [(2,), (3,)] and len(both) == 2
    assert (both.find([9]), both.find([])) == (-1, -1)
    assert list(attn.Ngrams(params, "one", builder, max_ngrams=1)[0]) == [3]
    with pytest.raises(IndexError):
        both[2]
    with pytest.raises(attn.ArgumentError, match="none of 4 n-grams"):
        attn.Ngrams(params, "none", builder, min_count=5)


def test_a_file_gives_the_layer_back(context, params, tmp_path):
    ids, labels = make_texts(1, 2)
    builder = attn.NgramsBuilder(context)
    builder.add(ids, LENGTHS, labels)
    ngrams = attn.Ngrams(params, "n", builder, bias=False)
    attn.save(tmp_path / "model", params, dtype="bfloat16")
    file = attn.File.open(tmp_path / "model")
    assert file.layers == {"n": "ngrams"}
    assert file.shapes["n.ngrams"] == (len(ngrams), 3)
    again = file.ngrams("n", attn.Params(context))
    assert [again[i] for i in range(len(again))] == [ngrams[i] for i in range(len(ngrams))]
    with pytest.raises(attn.UnsupportedError):
        file.read("n.ngrams")
    file.close()
    near = np.abs(again.forward(None, ids, LENGTHS) - ngrams.forward(None, ids, LENGTHS))
    assert near.max() < 0.01


def test_ngrams_learn_what_decides(context):
    """Texts are of class 1 where 3 stands right behind 2: no word alone says so."""
    draw = np.random.default_rng(0)
    ids = draw.integers(2, 6, (400, 12)).astype(np.int32)
    labels = ((ids[:, :-1] == 2) & (ids[:, 1:] == 3)).any(1).astype(np.int32)
    params = attn.Params(context)
    builder = attn.NgramsBuilder(context, longest=2)
    builder.add(ids, None, labels)
    ngrams = attn.Ngrams(params, "n", builder)
    tape, adam = attn.Tape(context), attn.Adam(params, lr=0.1)
    for step in range(60):
        params.zero_grad()
        tape.begin(step)
        logits = ngrams.forward(tape, ids)
        ngrams.backward(tape, attn.cross_entropy(context, logits, labels).dlogits)
        adam.step()
    assert (ngrams.forward(None, ids).argmax(1) == labels).mean() > 0.99
    telling = np.abs(params.tensors["n.weights"].values * params.tensors["n.ratios"].values)
    assert ngrams[int(telling.argmax())] == (2, 3)
