"""What grows with what: how time and memory go with each size, the others kept. compare.py prints it after its table.

A cost that is linear in a size stays the same down its column; where it does not, the line above a table says why.
"""
import itertools
import os
import re
import tempfile

from bench_programs import LIBATTN, as_words, say, start

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE = os.path.join(HERE, "../../examples/sentiment/sample.tsv")
TEXT = {"emb": 100, "hidden": 128, "batch": 64, "time": 256}  # as attn-sentiment has them, one direction


class Sizes:
    def __init__(self, programs, cores, data, quick):
        self.programs = programs
        self.cores = cores
        self.data = data  # a folder of reviews, or None
        self.quick = quick

    def step(self, what, **options):
        tokens = options["batch"] * options["time"]
        rounds = 2 if self.quick else 3 if tokens > 20000 else 11
        return self.programs.run(LIBATTN, what, threads=self.cores, rounds=rounds, **options)

    def tokens(self):
        """Rows, and their tokens."""
        sizes = [(32, time) for time in (50, 100, 300, 1000, 2000)] + [(8, 5000), (8, 20000)]
        sizes += [(batch, 300) for batch in (1, 4, 16, 64, 256, 1024)]
        rows = []
        for batch, time in sizes[:1] + sizes[-1:] if self.quick else sizes:
            results = [self.step(what, emb=200, hidden=200, batch=batch, time=time) for what in ("train", "infer")]
            rows.append([f"{batch:,}", f"{time:,}", f"{results[0]['distinct'] / results[0]['tokens']:.2f}",
                         *(f"{1e6 * result['median_s'] / result['tokens']:.2f}" for result in results)])
        return ("Rows and their tokens; embedding and hidden 200, the embedding frozen. The fewer of the ids differ, the less there is to "
                "project; few rows leave little to share of what reading the weights costs at each step.",
                ["rows", "tokens a row", "distinct ids a token", "training, us a token", "deciding, us a token"], rows)

    def hidden(self):
        """H, whose recurrent product does 2 x 3 H^2 sums of products a token, thrice in training."""
        rows = []
        for hidden in (64, 1024) if self.quick else (64, 128, 256, 512, 1024):
            size = {**TEXT, "hidden": hidden, "train-embedding": True}
            done, most = self.step("train", **size), self.step("peak", **size)
            token = done["median_s"] / done["tokens"]
            projected = done["distinct"] / done["tokens"] * TEXT["emb"]  # a distinct id is projected once
            work = 3 * 6 * hidden * (hidden + projected) + 3 * 2 * hidden * hidden  # the GRU, and attention's W h
            rows.append([f"{hidden:,}", f"{1e6 * token:.2f}", f"{work / token / 1e9:.0f}", f"{most['peak_mb']:.0f}"])
        return (f"Hidden numbers; {TEXT['batch']} rows of {TEXT['time']} tokens, embedding {TEXT['emb']}, trained. Time goes with the square of H, memory "
                "with H; the rate is of the products alone, so that what is not products weighs on the small ones.",
                ["hidden", "training, us a token", "GFLOP/s", "MB at most"], rows)

    def vocabulary(self):
        rows = []
        for vocab in (10_000, 2_000_000) if self.quick else (10_000, 100_000, 1_000_000, 2_000_000):
            size = {**TEXT, "vocab": vocab, "train-embedding": True}
            done, most = self.step("train", **size), self.step("peak", **size)
            rows.append([f"{vocab:,}", f"{done['distinct']:,}", f"{1e6 * done['median_s'] / done['tokens']:.2f}", f"{most['peak_mb']:.0f}"])
        return ("Words; the rest as before, hidden 128. A step touches the rows of its own words alone, in the gradient and in Adam's moments "
                "too, so that time does not go with the vocabulary. Memory does, by 4 bytes for each of a word's numbers and up to 12 more for its "
                "gradient and moments, which take none as long as no word of the same page of memory was met.",
                ["words", "that differ in a step", "training, us a token", "MB at most"], rows)

    def lines(self, count):
        """So many reviews, label<TAB>text, over and over the ones that there are."""
        if self.data:
            names = [(label, os.path.join(self.data, folder, name)) for label, folder in enumerate(("neg", "pos"))
                     for name in sorted(os.listdir(os.path.join(self.data, folder)))]
            names = names[:: max(1, len(names) // count)]  # of both classes
            texts = [f"{label}\t{' '.join(read(path).split())}\n" for label, path in names]
        else:
            texts = read(SAMPLE).splitlines(keepends=True)
        return itertools.islice(itertools.cycle(texts), count)

    def reviews(self):
        program = os.path.join(self.programs.build, "examples/sentiment/attn-sentiment")
        rows = []
        with tempfile.TemporaryDirectory() as folder:
            path, run = (os.path.join(folder, name) for name in ("reviews.tsv", "run"))
            for count in (400, 1_000) if self.quick else (1_000, 5_000, 25_000, 100_000):
                with open(path, "w", encoding="utf-8") as file:
                    file.writelines(self.lines(count))
                options = {"data": path, "out": run, "overwrite": True, "epochs": 1, "batch": 64, "max-length": 300, "threads": self.cores}
                say(f"attn-sentiment: train on {count:,} reviews")
                said = start([program, "train", *as_words(options)], {})
                seconds, memory = re.search(r"cost: ([\d.]+) s .*, (\d+) MB", said).groups()
                rows.append([f"{count:,}", f"{1e3 * float(seconds) / count:.2f}", memory])
        return ("Reviews, cut at 300 tokens, by `attn-sentiment train`, a tenth of them held out and measured on.",
                ["reviews", "an epoch, ms of the processors a review", "MB at most"], rows)

    def tables(self):
        return [self.tokens(), self.hidden(), self.vocabulary(), self.reviews()]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()
