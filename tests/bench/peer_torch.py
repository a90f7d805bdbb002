"""PyTorch peer: the model of bench_network.h, timed as bench_model times libattn's.

    /usr/bin/python3 peer_torch.py WHAT [OPTION VALUE]...      (Debian: python3-torch)

    train, train-decoder, infer, one, peak   as bench_model's; one line of JSON
    export                    writes the model to the file of --file as ONNX, and what it answers on a small batch to
                              FILE.json, for peer_onnx.mjs

    --threads 2   --emb 200   --hidden 200   --batch 256   --time 300   --batches 1   --rounds 0
    --items 30                      of train-decoder's memory
    --lengths FILE   --ids FILE     as bench_model dumps them; else full rows, random ids
"""
import argparse
import json
import resource
import statistics
import time

import torch
from torch import nn

VOCAB = 30000
ROUNDS = {"train": 3, "train-decoder": 15, "infer": 3, "one": 31, "peak": 2}


class Model(nn.Module):
    def __init__(self, emb, hidden):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, emb)
        self.embedding.weight.requires_grad_(False)
        self.encoder = nn.GRU(emb, hidden, batch_first=True)
        self.weight = nn.Linear(hidden, hidden)
        self.score = nn.Linear(hidden, 1)
        self.decision = nn.Linear(hidden, 2)

    def forward(self, ids, mask):
        states, _ = self.encoder(self.embedding(ids))
        scores = torch.tanh(self.score(torch.tanh(self.weight(states)))).squeeze(2)
        weights = torch.softmax(scores.masked_fill(~mask, -1e9), 1)
        return self.decision((states * weights.unsqueeze(2)).sum(1))


class Decoder(nn.Module):
    """Target vectors to states, and each of them asks the memory: additive attention (Bahdanau)."""

    def __init__(self, emb, hidden):
        super().__init__()
        self.cell = nn.GRU(emb, hidden, batch_first=True)
        self.weight = nn.Linear(hidden, hidden)
        self.query_weight = nn.Linear(hidden, hidden, bias=False)
        self.score = nn.Linear(hidden, 1, bias=False)

    def forward(self, vectors, memory):
        states, _ = self.cell(vectors)
        together = self.weight(memory).unsqueeze(1) + self.query_weight(states).unsqueeze(2)
        weights = torch.softmax(self.score(torch.tanh(together)).squeeze(3), 2)
        return torch.bmm(weights, memory)


def train_decoder(options):
    """What times one step: forward and backward, with the gradients of the vectors and the memory, without optimiser."""
    model = Decoder(options.emb, options.hidden)
    vectors = torch.rand(options.batch, options.time, options.emb, requires_grad=True)
    memory = torch.rand(options.batch, options.items, options.hidden, requires_grad=True)
    gradient = torch.rand(options.batch, options.time, options.hidden)

    def run():
        for tensor in (vectors, memory, *model.parameters()):
            tensor.grad = None
        model(vectors, memory).backward(gradient)

    return run


def make_batches(options):
    """(ids, mask, labels) a batch; a batch is as long as its longest row."""
    lengths = [options.time] * (options.batch * options.batches)
    if options.lengths:
        lengths = [int(line) for line in open(options.lengths, encoding="ascii")]
    ids = torch.randint(1, VOCAB, (sum(lengths),))
    if options.ids:
        ids = torch.tensor([int(line) for line in open(options.ids, encoding="ascii")])
    rows = ids.split(lengths)
    batches = []
    for start in range(0, len(rows) - options.batch + 1, options.batch):
        part = rows[start : start + options.batch]
        padded = nn.utils.rnn.pad_sequence(part, batch_first=True)
        mask = torch.arange(padded.shape[1])[None, :] < torch.tensor([len(row) for row in part])[:, None]
        batches.append((padded, mask, torch.randint(0, 2, (len(part),))))
    return batches


def train(model, optimiser, batches):
    for ids, mask, labels in batches:
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(ids, mask), labels).backward()
        optimiser.step()


def infer(model, batches):
    with torch.no_grad():
        for ids, mask, _ in batches:
            torch.softmax(model(ids, mask), 1)


def first_row(batches):
    """The first row of the last batch, without its padding."""
    ids, mask, labels = batches[-1]
    length = int(mask[0].sum())
    return [(ids[:1, :length], mask[:1, :length], labels[:1])]


def measure(run, rounds):
    run()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return times


def answer(model, lengths):
    """(ids, mask, logits) of random rows."""
    ids = torch.randint(1, VOCAB, (len(lengths), max(lengths)))
    mask = torch.arange(max(lengths))[None, :] < torch.tensor(lengths)[:, None]
    with torch.no_grad():
        return ids, mask, model(ids, mask)


def export(model, path):
    """Traced on one row and checked on several of other lengths, so that both axes are seen to be free."""
    axes = {"ids": {0: "batch", 1: "time"}, "mask": {0: "batch", 1: "time"}, "logits": {0: "batch"}}
    torch.onnx.export(model, answer(model, [5])[:2], path, input_names=["ids", "mask"], output_names=["logits"],
                      dynamic_axes=axes, opset_version=14)
    lengths = [9, 300, 2]
    ids, _, logits = answer(model, lengths)
    with open(path + ".json", "w", encoding="ascii") as file:
        json.dump({"ids": ids.tolist(), "lengths": lengths, "logits": logits.tolist()}, file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=[*ROUNDS, "export"])
    for name, value in {"threads": 2, "emb": 200, "hidden": 200, "batch": 256, "time": 300, "batches": 1,
                        "rounds": 0, "items": 30}.items():
        parser.add_argument("--" + name, type=int, default=value)
    for name in ("lengths", "ids", "file"):
        parser.add_argument("--" + name)
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    model = Model(options.emb, options.hidden)
    if options.what == "export":
        export(model.eval(), options.file)
        return

    batches = make_batches(options)
    rounds = options.rounds or ROUNDS[options.what]
    if options.what in ("train", "peak"):
        optimiser = torch.optim.Adam([tensor for tensor in model.parameters() if tensor.requires_grad], 1e-3)
        times = measure(lambda: train(model, optimiser, batches), rounds)
    elif options.what == "train-decoder":
        times = measure(train_decoder(options), rounds)
    else:
        model.eval()
        if options.what == "one":
            batches = first_row(batches)
        times = measure(lambda: infer(model, batches), rounds)
    median = statistics.median(times)
    result = {"what": options.what, "peer": "PyTorch " + torch.__version__, "threads": torch.get_num_threads(),
              "emb": options.emb, "hidden": options.hidden, "batch": options.batch, "time": options.time,
              "batches": len(batches), "tokens": sum(int(mask.sum()) for _, mask, _ in batches),
              "median_s": median, "items_per_s": sum(len(labels) for _, _, labels in batches) / median, "times": times}
    if options.what == "peak":
        result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))


main()
