"""What a user writes, for mypy --strict to check (pyproject.toml names it) and test_typing.py to run: calls of every kind, what
they give as what it is, and ``wrong``, where an ``ignore`` that nothing needs is an error too.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import attn
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


def words(context: attn.Context, texts: Sequence[str]) -> attn.Vocab:
    builder, tokens = attn.VocabBuilder(context), attn.Tokens(context, keep_case=True)
    for text in texts:
        tokens.set_text(text)
        builder.add(tokens)
    first: str = tokens[0]
    some: list[str] = tokens[1:]
    assert (first, some) == ("a", ["film"]) and "film" in tokens and [token.upper() for token in tokens] == ["A", "FILM"]
    return builder.build(min_count=2, special=["<s>"])


def as_mapping(vocab: Mapping[str, int]) -> int | None:
    return vocab.get("film")


def model(context: attn.Context, vocab: attn.Vocab) -> attn.Classifier:
    params = attn.Params(context, seed=1)
    embedding = attn.Embedding(params, "embedding", len(vocab), 16)
    encoder = attn.GRU(params, "encoder", 16, 16, bidirectional=True, input_dropout=0.5)
    attention = attn.Attention(params, "attention", encoder.output_dim, weighting="entmax15")
    decision = attn.Dense(params, "decision", encoder.output_dim, 2)
    return attn.Classifier(
        embedding=embedding, encoder=encoder, attention=attention, decision=decision, vocab=vocab, labels=("no", "yes")
    )


def train(context: attn.Context, classifier: attn.Classifier, ids: Integers, lengths: Integers, labels: Integers) -> float:
    tape, adam = attn.Tape(context), attn.Adam(classifier.params, lr=1e-2)
    tape.begin(adam.steps)
    classifier.params.zero_grad()
    logits, weights = classifier.forward(tape, ids, lengths)
    error = attn.cross_entropy(context, logits, labels, label_smoothing=0.1)
    assert error.dlogits is not None and error.loss is not None and weights is not None
    gradient: Floats | None = classifier.backward(tape, error.dlogits)
    assert gradient is None
    return error.loss + adam.step() + float(weights.sum())


def explain(context: attn.Context, classifier: attn.Classifier, ids: Integers, lengths: Integers) -> Floats:
    def masked(rows: Integers, keep: NDArray[np.bool_]) -> Floats:
        return classifier.forward(None, np.where(keep, ids[rows], attn.UNK_ID).astype(np.int32), lengths[rows])[0]

    asked: attn.explain.Masked = masked
    lost = attn.explain.occlusion(context, asked, lengths, ids.shape[1], classifier.classes)
    erased: attn.explain.Erasure = attn.explain.comprehensiveness(context, masked, lost, classifier.classes, lengths)
    probe = attn.Probe(classifier, ids, lengths)
    attn.experimental.permutation(context, probe.weighted, probe.weights, classifier.classes, lengths)
    return erased.aopc


def main(path: Path) -> None:
    with attn.Context(threads=1) as context:
        texts = ["a film to see", "no film to see", "a film"]
        vocab = words(context, texts)
        classifier = model(context, vocab)
        rows: list[Integers] = [vocab.encode(vocab.tokens(text)) for text in texts] + [vocab.encode(["a", "film"])]
        ids, lengths = attn.pad([row.tolist() for row in rows])
        print(as_mapping(vocab), train(context, classifier, ids, lengths, np.array([1, 0, 1, 0], np.int32)))
        print(explain(context, classifier, ids, lengths))
        classifier.save(path, config="{}", metadata={"author": "I"})
    try:
        reading: attn.Reading = attn.Classifier.open(path).read("a film", by="integrated")
    except attn.IoError as error:
        sys.exit(str(error))
    label: str = reading.label
    best: list[tuple[str, float]] = reading.top(2)
    print(label, best, reading.probabilities["yes"], len(reading.svg()))


def wrong(context: attn.Context, vocab: attn.Vocab, reading: attn.Reading) -> None:
    attn.GRU(context, "gru", 3, 4)  # type: ignore[arg-type]
    attn.GRU(attn.Params(context), "gru", 3, 4, layer=2)  # type: ignore[call-arg]
    attn.Dense(attn.Params(context), "dense", 3, 4, "tanh")  # type: ignore[misc]
    vocab["film"] = 3  # type: ignore[index]
    vocab.encode([3])  # type: ignore[list-item]
    numbers = np.zeros(3, np.float32)
    vocab.decode(numbers)  # type: ignore[arg-type]
    reading.lable  # type: ignore[attr-defined]
    attn.cross_entropy(context, np.zeros((2, 2), np.float32)).loss + 1  # type: ignore[operator]
