"""Train embedding -> GRU -> attention -> dense on movie reviews, and see which words decided.

    python3 train_sample.py [SAMPLE.tsv]        a line a review: label<TAB>text
"""

import sys
from pathlib import Path

import attn
import numpy as np

SAMPLE = Path(__file__).resolve().parents[3] / "examples" / "sentiment" / "sample.tsv"


class Sentiment:
    """Reviews [batch, time] to logits [batch, 2]."""

    def __init__(self, context, words, seed):
        self.params = attn.Params(context, seed)
        self.embedding = attn.Embedding(self.params, "embedding", words, 32)
        self.encoder = attn.GRU(self.params, "encoder", 32, 32, bidirectional=True, input_dropout=0.5)
        self.attention = attn.Attention(self.params, "attention", self.encoder.output_dim)
        self.decision = attn.Dense(self.params, "decision", self.encoder.output_dim, 2)

    def forward(self, tape, ids, lengths):
        states, _ = self.encoder.forward_ids(tape, self.embedding, ids, lengths)
        weights, summary = self.attention.forward(tape, states, lengths)
        return self.decision.forward(tape, summary), weights

    def backward(self, tape, dlogits):
        dstates = self.attention.backward(tape, dcontext=self.decision.backward(tape, dlogits))
        self.encoder.backward(tape, dstates)  # and the embedding's


def read(context, path):
    """Labels, and each review's tokens."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    labels, texts = zip(*(line.split("\t", 1) for line in lines))
    return np.array(labels, np.int32), [attn.Tokens(context, text) for text in texts]


def train(context, model, ids, labels, epochs, batch=20, seed=1):
    """Adam over shuffled batches; yields the mean loss of each epoch."""
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


def accuracy(model, ids, labels):
    logits, _ = model.forward(None, *attn.pad(ids))
    return np.mean(logits.argmax(axis=1) == labels)


def main(path=SAMPLE):
    context = attn.Context()
    labels, reviews = read(context, path)
    order = np.random.default_rng(1).permutation(len(labels))
    held_out, training = order[: len(order) // 5], order[len(order) // 5 :]
    builder = attn.VocabBuilder(context)
    for row in training:
        builder.add(reviews[row])
    vocab = builder.build(min_count=2)
    ids = [vocab.encode(tokens) for tokens in reviews]
    model = Sentiment(context, len(vocab), seed=1)
    for epoch, loss in enumerate(train(context, model, [ids[row] for row in training], labels[training], epochs=8)):
        right = accuracy(model, [ids[row] for row in held_out], labels[held_out])
        print(f"epoch {epoch + 1}: loss {loss:.3f}, accuracy on held-out reviews {right:.3f}")
    review = held_out[0]
    logits, weights = model.forward(None, *attn.pad([ids[review]]))
    heaviest = weights[0].argsort()[::-1][:3]
    words = ", ".join(f"{reviews[review][int(i)]} {weights[0, i]:.2f}" for i in heaviest)
    print(f"a {'positive' if logits[0, 1] > logits[0, 0] else 'negative'} review with the most weight on: {words}")


if __name__ == "__main__":
    main(*sys.argv[1:])
