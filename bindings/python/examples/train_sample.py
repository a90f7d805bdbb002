"""Train embedding -> GRU -> attention -> dense on movie reviews, and see which words decided.

    python3 train_sample.py [SAMPLE.tsv [MODEL]]        a line a review: label<TAB>text; MODEL is written, for classify.py
"""

import sys
from pathlib import Path

import attn
import numpy as np

SAMPLE = Path(__file__).resolve().parents[3] / "examples" / "sentiment" / "sample.tsv"


def read(path):
    """Labels and texts."""
    with open(path, encoding="utf-8", newline="\n") as lines:  # not what else a str splits at: U+2028 stands in texts
        labels, texts = zip(*(line.rstrip("\r\n").split("\t", 1) for line in lines))
    return np.array(labels, np.int32), list(texts)


def create(context, texts, seed=1):
    """A classifier over the words that stand twice or more in the texts."""
    builder, tokens = attn.VocabBuilder(context), attn.Tokens(context)
    for text in texts:
        tokens.set_text(text)
        builder.add(tokens)
    vocab, params = builder.build(min_count=2), attn.Params(context, seed)
    embedding = attn.Embedding(params, "embedding", len(vocab), 32)
    encoder = attn.GRU(params, "encoder", 32, 32, bidirectional=True, input_dropout=0.5)
    attention = attn.Attention(params, "attention", encoder.output_dim)
    decision = attn.Dense(params, "decision", encoder.output_dim, 2)
    return attn.Classifier(
        embedding=embedding,
        encoder=encoder,
        attention=attention,
        decision=decision,
        vocab=vocab,
        labels=["negative", "positive"],
    )


def train(context, model, texts, labels, epochs, batch=20, seed=1):
    """Adam over shuffled batches; yields the mean loss of each epoch."""
    vocab = model.vocab
    ids = [vocab.encode(vocab.tokens(text)) for text in texts]
    tape, adam = attn.Tape(context, seed=seed), attn.Adam(model.params, lr=2e-3, clip_norm=1.0)
    shuffle = np.random.default_rng(seed)
    for _ in range(epochs):
        losses = []
        for rows in np.array_split(shuffle.permutation(len(ids)), -(-len(ids) // batch)):
            tape.begin(adam.steps)
            model.params.zero_grad()
            logits, _ = model.forward(tape, *attn.pad(ids[row] for row in rows))
            error = attn.cross_entropy(context, logits, labels[rows])
            model.backward(tape, error.dlogits)
            adam.step()
            losses.append(error.loss)
        yield np.mean(losses)


def accuracy(model, texts, labels):
    readings = model.read_many(texts, by="nothing")
    return np.mean([reading.decision == label for reading, label in zip(readings, labels)])


def main(path=SAMPLE, saved=None):
    context = attn.Context()
    labels, texts = read(path)
    order = np.random.default_rng(1).permutation(len(labels))
    held_out, training = order[: len(order) // 5], order[len(order) // 5 :]
    model = create(context, [texts[row] for row in training])
    for epoch, loss in enumerate(train(context, model, [texts[row] for row in training], labels[training], epochs=12)):
        right = accuracy(model, [texts[row] for row in held_out], labels[held_out])
        print(f"epoch {epoch + 1}: loss {loss:.3f}, accuracy on held-out reviews {right:.3f}")
    print(model.read(texts[held_out[0]]))
    if saved:
        model.save(saved)


if __name__ == "__main__":
    main(*sys.argv[1:])
