"""libattn beside what a user would run instead: run.sh calls this, and it prints a report in Markdown.

    python3 tests/bench/compare.py --build build-bench [--data aclImdb/train] [--newer FOLDER] [--rounds N] [--quick] [--programs]

Machines are shared and their speed drifts, so the programs of a row run in turn, A B C A B C ..., and a ratio is the median
of the rounds' ratios. Figures in the other columns are medians too. What a ratio is of, each row says; "to reach" is
the project's aim. A peer that cannot be had is named, and its rows are left out. Progress goes to stderr.
"""
import argparse
import datetime
import os
import random
import statistics

from bench_programs import BLAS, DNNL, LEARNERS, LIBATTN, NEWER, ONNX, TORCH, Missing, Programs, processor
from sizes import Sizes

EMB = HIDDEN = 200
REAL_EMB = 100
BATCH, TIME = 256, 300
BATCHES = 6  # of real reviews, from short to long
TEXTS, WORDS = 400, (10, 40)  # a call of a server: so many short texts, of so many words
DECODER = {"emb": 256, "hidden": 256, "batch": 64, "time": 30, "items": 30}


class Report:
    def __init__(self, programs, rounds, quick):
        self.programs = programs
        self.rounds = rounds
        self.quick = quick
        self.rows = []
        self.notes = []

    def in_turn(self, entries, rounds=None):
        """Run (key, name, what, options) in turn; the rounds' results by key, without those that cannot be had."""
        rounds = rounds or self.rounds
        results = {key: [] for key, *_ in entries}
        for _ in range(rounds):
            for key, name, what, options in entries:
                try:
                    results[key].append(self.programs.run(name, what, **options))
                except Missing as error:
                    if name == LIBATTN:
                        raise
                    self.note(f"{key} is left out: {error}")
        return {key: done for key, done in results.items() if len(done) == rounds}

    def newer(self, peer, what, options):
        """The entry of a peer's newer release, where there is one to run."""
        return [(NEWER[peer], NEWER[peer], what, options)] if self.programs.newer else []

    def note(self, line):
        if line not in self.notes:
            self.notes.append(line)

    def row(self, what, results, ours, theirs, show, ratio, aim):
        """A line of the table from two keys of `results`; `theirs` None: no peer. `ratio` takes two results."""
        if ours not in results or (theirs and theirs not in results):
            return
        mine = statistics.median(show[0](result) for result in results[ours])
        cells = [what, show[1](mine), "", "", aim]
        if theirs:
            peer = statistics.median(show[0](result) for result in results[theirs])
            cells[2] = f"{theirs} {show[1](peer)}"
            cells[3] = f"{statistics.median(map(ratio, results[ours], results[theirs])):.2f}"
        self.rows.append(cells)

    def print(self, cores):
        programs = self.programs
        versions = ", ".join(version for name, version in programs.versions.items() if name != LIBATTN)
        print(f"libattn, kernels {programs.versions[LIBATTN]}, on {cores} core{'s' * (cores > 1)} of {processor()}, "
              f"{datetime.date.today()}. Peers: {versions or 'none'}.")
        print("One round, to see that it works: the figures are rough." if self.quick else
              f"Medians of {self.rounds} rounds, in which the programs of a row ran in turn.")
        if TORCH in programs.versions:
            print("PyTorch runs with OMP_WAIT_POLICY=passive, as its threads else wait by spinning against OpenBLAS's.")
        print_table(["what", "libattn", "peer", "ratio", "to reach"], self.rows)
        for line in self.notes:
            print(f"- {line}")


def print_table(head, rows):
    print("\n| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


# ---- how results are shown and compared ----------------------------------------------------------------------

RATE = (lambda result: result["items_per_s"], lambda value: f"{value:.0f} reviews/s")
TEXT_RATE = (RATE[0], lambda value: f"{value:.0f} texts/s")
SENTENCES = (RATE[0], lambda value: f"{value:.0f} sentences/s")
LATENCY = (lambda result: 1e3 * result["median_s"], lambda value: f"{value:.2f} ms")
TOKEN = (lambda result: 1e6 * result["median_s"], lambda value: f"{value:.2f} us")
MEMORY = (lambda result: result["peak_mb"], lambda value: f"{value:.0f} MB")
GFLOPS = (lambda result: result["gflops"], lambda value: f"{value:.0f} GFLOP/s")


ITEMS = {"read": "questions", "listen": "strings", "digits": "canvases", "translate": "sentences"}


def faster(ours, theirs):
    return ours["items_per_s"] / theirs["items_per_s"]


def busier(ours, theirs):
    return ours["gflops"] / theirs["gflops"]


def count_threads(count):
    return "one thread" if count == 1 else f"{count} threads"


def arithmetic(result):
    """The GFLOP/s of training steps: a token's 18 H^2 in the recurrent product (forward, through time, weight gradient) and
    6 H^2 in attention, and a distinct id's 12 E H in the input projection and its weight gradient."""
    emb, hidden = result["emb"], result["hidden"]
    flop = result["tokens"] * 24 * hidden**2 + result["distinct"] * 12 * emb * hidden
    return {**result, "gflops": 1e-9 * flop / result["median_s"]}


def gru_arithmetic(gates):
    """Likewise of a GRU alone over vectors: a token's 6 (E H + H^2) for each gate, in two products forward, and for the
    gradients of what goes into them and of their weights."""
    def add(result):
        emb, hidden = result["emb"], result["hidden"]
        flop = result["tokens"] * gates * 6 * (emb * hidden + hidden**2)
        return {**result, "gflops": 1e-9 * flop / result["median_s"]}
    return add


def decoder_arithmetic(result):
    """Likewise of a decoder with a query a step, forward and back: a step's 18 (E H + H^2) in the GRU, a step's and an item's
    6 H^2 in their projections, and for each pair of the two 6 H in v . u and 6 H in the context. Each pair's H tanh are not
    counted; libattn computes them again on the way back."""
    emb, hidden, time, items = (result[key] for key in ("emb", "hidden", "time", "items"))
    flop = time * 18 * (emb * hidden + hidden**2) + (time + items) * 6 * hidden**2 + time * items * 12 * hidden
    return {**result, "gflops": 1e-9 * result["batch"] * flop / result["median_s"]}


# ---- the rows ------------------------------------------------------------------------------------------------


def padded_training(report, cores, data):
    options = {"threads": cores, "emb": EMB, "hidden": HIDDEN, "rounds": 1 if report.quick else 3, **data}
    alone = "libattn's GRU"
    square, step = "sgemm 2048x2048x2048", "sgemm 256x600x200"
    results = report.in_turn([
        (LIBATTN, LIBATTN, "train", options),
        (TORCH, TORCH, "train", options),
        *report.newer(TORCH, "train", options),
        (DNNL, DNNL, "train", options),
        *report.newer(DNNL, "train", options),
        (alone, LIBATTN, "train-gru", options),
        (square, BLAS, "square", {"threads": cores}),
        (step, BLAS, "step", {"threads": cores}),
    ])
    what = (f"training step, whole model, embedding {EMB} frozen, hidden {HIDDEN}, {TIME} tokens, batch {BATCH}, padded, "
            f"{count_threads(cores)}")
    for torch in (TORCH, NEWER[TORCH]):
        report.row(what, results, LIBATTN, torch, RATE, faster, "4.5 x")
    for dnnl in (DNNL, NEWER[DNNL]):
        report.row("the same, by ids, against a GRU's forward and backward alone, of vectors and with their gradient", results,
                   LIBATTN, dnnl, RATE, faster, "1.75 x")
    report.row("libattn's GRU alone, of vectors and with their gradient", results, alone, DNNL, RATE, faster, "")
    results[LIBATTN] = [arithmetic(result) for result in results[LIBATTN]]
    report.row("arithmetic rate of that step, over sgemm's", results, LIBATTN, square, GFLOPS, busier, "0.80")
    report.row("the same, over sgemm's at one recurrent step's shape", results, LIBATTN, step, GFLOPS, busier, "")


def attention_gru(report, cores):
    """The forms "code" and "replace" beside the plain GRU: all alone, of vectors and with all gradients."""
    options = {"threads": cores, "emb": EMB, "hidden": HIDDEN, "batch": BATCH, "time": TIME,
               "rounds": 1 if report.quick else 3}
    code, replace, plain = "form code", "form replace", "libattn's plain GRU"
    results = report.in_turn([
        (code, LIBATTN, "train-attngru", {**options, "form": "code"}),
        (DNNL, DNNL, "augru", options),
        *report.newer(DNNL, "augru", options),
        (plain, LIBATTN, "train-gru", options),
        (replace, LIBATTN, "train-attngru", {**options, "form": "replace"}),
    ])
    what = "attention GRU alone, "
    for dnnl in (DNNL, NEWER[DNNL]):
        report.row(what + "AUGRU as oneDNN has it (code), of vectors and with all gradients", results, code, dnnl, RATE, faster, "")
    report.row("the same, over the plain GRU, which has its arithmetic", results, code, plain, RATE, faster, "1")
    report.row(what + "no update gate (replace), over the plain GRU", results, replace, plain, RATE, faster, "1.5")
    for key, gates in ((plain, 3), (replace, 2)):
        results[key] = list(map(gru_arithmetic(gates), results[key]))
    report.row("arithmetic rate of that, two gates for three, over the plain GRU's", results, replace, plain, GFLOPS, busier,
               "1")


def decoder(report, cores):
    options = {"threads": cores, **DECODER, "rounds": 5 if report.quick else 15}
    square = "sgemm 2048x2048x2048"
    results = report.in_turn([
        (LIBATTN, LIBATTN, "train-decoder", options),
        (TORCH, TORCH, "train-decoder", options),
        *report.newer(TORCH, "train-decoder", options),
        (square, BLAS, "square", {"threads": cores}),
    ])
    what = ("decoder with a query a step, GRU and additive attention, all {hidden} wide, batch {batch}, {time} steps over "
            "{items} items, forward and backward").format(**DECODER)
    for torch in (TORCH, NEWER[TORCH]):
        report.row(what, results, LIBATTN, torch, SENTENCES, faster, "")
    results[LIBATTN] = list(map(decoder_arithmetic, results[LIBATTN]))
    report.row("arithmetic rate of that, its tanh not counted, over sgemm's", results, LIBATTN, square, GFLOPS, busier, "")


def real_training(report, cores, folder):
    source = {"data": folder} if folder else {"generate-lengths": True}
    about, data = report.programs.dump("real", batch=BATCH, time=TIME, batches=BATCHES, **source)
    options = {"threads": cores, "emb": REAL_EMB, "hidden": HIDDEN, "rounds": 1 if report.quick else 2, **data}
    results = report.in_turn([(LIBATTN, LIBATTN, "train", options), (TORCH, TORCH, "train", options),
                              *report.newer(TORCH, "train", options)])
    mean = about["tokens"] / (BATCH * BATCHES)
    what = (f"training on {'real reviews' if folder else 'generated lengths'}, bucketed, mean length {mean:.0f}, "
            f"embedding {REAL_EMB} frozen, hidden {HIDDEN}")
    for torch in (TORCH, NEWER[TORCH]):
        report.row(what, results, LIBATTN, torch, RATE, faster, "4.2 x")


def programs(report):
    """The programs' training and answering, one thread, by seconds of the processor: what waits for others does not count."""
    for what, (program, *_) in LEARNERS.items():
        name, unit = os.path.basename(program) + " --task digits" * (what == "digits"), ITEMS[what]
        rate = (RATE[0], lambda value, unit=unit: f"{value:.0f} {unit}/s")
        rounds = min(report.rounds, 3)
        try:
            results = report.in_turn([(LIBATTN, LIBATTN, what, {}), (TORCH, TORCH, what, {"threads": 1})], rounds)
            report.row(f"training of {name} on its bundled sample, one thread, a second of the processor", results, LIBATTN, TORCH, rate,
                       faster, "")
            options = {"threads": 1, "answering": True}
            steps = report.programs.answer(what)["steps"]
            told, taken = ({"steps": steps}, f", greedily, {steps:.1f} steps each") if steps else ({}, "")
            results = report.in_turn([(LIBATTN, LIBATTN, what, options), (TORCH, TORCH, what, {**options, **told})], rounds)
            report.row(f"the same, answering{taken}", results, LIBATTN, TORCH, rate, faster, "")
        except Missing as error:
            report.note(f"{name} is left out: {error}")


def inference(report, cores, data):
    options = {"threads": cores, "emb": EMB, "hidden": HIDDEN, "rounds": 1 if report.quick else 3, **data}
    narrow = "libattn in int8"
    entries = [(name, name, "infer", options) for name in (LIBATTN, ONNX, TORCH)]
    results = report.in_turn([*entries, *report.newer(TORCH, "infer", options),
                              (narrow, LIBATTN, "infer", {**options, "precision": "int8"})])
    what = f"inference, batch {BATCH}, padded, {count_threads(cores)}, libattn's words projected beforehand"
    report.row(what, results, LIBATTN, ONNX, RATE, faster, "2.5 x")
    for torch in (TORCH, NEWER[TORCH]):
        report.row(what, results, LIBATTN, torch, RATE, faster, "5 x")
    report.row("the same, libattn's GRU in int8, the peer in float32", results, narrow, ONNX, RATE, faster, "4 x")


def short_texts(report, cores):
    """As they come, of unequal lengths: none is sorted beforehand."""
    given = os.path.join(report.programs.files, "short.given")
    source = random.Random(1)
    with open(given, "w", encoding="ascii") as file:
        file.writelines(f"{source.randint(*WORDS)}\n" for _ in range(TEXTS))
    _, data = report.programs.dump("short", batch=TEXTS, time=WORDS[1], lengths=given)
    options = {"threads": cores, "emb": EMB, "hidden": HIDDEN, "rounds": 3 if report.quick else 31, **data}
    narrow = "libattn in int8"
    results = report.in_turn([(LIBATTN, LIBATTN, "infer", options), (ONNX, ONNX, "infer", options),
                              (narrow, LIBATTN, "infer", {**options, "precision": "int8"})])
    what = "{} texts of {} to {} words a call, {}, ".format(TEXTS, *WORDS, count_threads(cores))
    report.row(what + "float32", results, LIBATTN, ONNX, TEXT_RATE, faster, "3 x")
    report.row(what + "libattn's GRU in int8, the peer in float32", results, narrow, ONNX, TEXT_RATE, faster, "")


def one_review(report):
    _, data = report.programs.dump("one", batch=1, time=TIME)
    options = {"threads": 1, "emb": EMB, "hidden": HIDDEN, "rounds": 11 if report.quick else 51, **data}
    narrow = {precision: f"libattn in {precision}" for precision in ("bfloat16", "int8")}
    entries = [(name, name, "one", options) for name in (LIBATTN, ONNX, TORCH)]
    results = report.in_turn([*entries, *((key, LIBATTN, "one", {**options, "precision": precision})
                                          for precision, key in narrow.items())])
    what = f"one review of {TIME} tokens, one thread, float32"
    report.row(what, results, LIBATTN, ONNX, LATENCY, faster, "1.7 x")
    report.row(what, results, LIBATTN, TORCH, LATENCY, faster, "8 x")
    report.row("the same, libattn's weights in bfloat16", results, narrow["bfloat16"], ONNX, LATENCY, faster, "2.7 x")
    report.row("the same, libattn's GRU in int8", results, narrow["int8"], ONNX, LATENCY, faster, "4 x")


def streaming(report):
    options = {"threads": 1, "emb": EMB, "hidden": HIDDEN, "batch": 1, "time": TIME}
    results = report.in_turn([(precision, LIBATTN, "step", {**options, "precision": precision})
                              for precision in ("float32", "bfloat16", "int8")])
    what = f"one token, streaming, hidden {HIDDEN}, one thread, "
    report.row(what + "float32", results, "float32", None, TOKEN, None, "8 us")
    report.row(what + "weights in bfloat16", results, "bfloat16", None, TOKEN, None, "5 us")
    report.row(what + "int8", results, "int8", None, TOKEN, None, "3 us")


def rounded_products(report, cores, data):
    options = {"threads": cores, "emb": EMB, "hidden": HIDDEN, "rounds": 1 if report.quick else 3, **data}
    results = report.in_turn([(precision, LIBATTN, "train", {**options, "train-precision": precision})
                              for precision in ("bfloat16", "float32")])
    report.row("that training step, products of factors rounded to bfloat16 (fast by AVX512_BF16), over float32", results, "bfloat16", "float32", RATE, faster, "1.4 x")


def second_thread(report, data):
    options = {"emb": EMB, "hidden": HIDDEN, "rounds": 1 if report.quick else 3, **data}
    results = report.in_turn([("2 threads", LIBATTN, "train", {**options, "threads": 2}),
                              ("1 thread", LIBATTN, "train", {**options, "threads": 1})])
    report.row("that training step, 2 threads over 1", results, "2 threads", "1 thread", RATE, faster, "1.85 x")


def peak(report, cores, data):
    options = {"threads": cores, "emb": EMB, "hidden": HIDDEN, "rounds": 2, **data}
    entries = [(name, name, "peak", options) for name in (LIBATTN, TORCH)]
    results = report.in_turn(entries, rounds=1)  # memory does not drift
    share = lambda ours, theirs: ours["peak_mb"] / theirs["peak_mb"]
    report.row("peak resident set of that training, over PyTorch's", results, LIBATTN, TORCH, MEMORY, share, "0.50")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--data")
    parser.add_argument("--newer")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--programs", action="store_true")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}; expected 1 or more")
    cores = min(2, len(os.sched_getaffinity(0)))
    report = Report(Programs(os.path.abspath(options.build), options.newer), 1 if options.quick else options.rounds,
                    options.quick)
    _, padded = report.programs.dump("padded", batch=BATCH, time=TIME)
    if options.programs:
        programs(report)
        report.print(cores)
        return
    padded_training(report, cores, padded)
    real_training(report, cores, options.data)
    attention_gru(report, cores)
    decoder(report, cores)
    programs(report)
    inference(report, cores, padded)
    short_texts(report, cores)
    one_review(report)
    streaming(report)
    rounded_products(report, cores, padded)
    if cores > 1:
        second_thread(report, padded)
    else:
        report.note("2 threads over 1 is left out: this process may use one core")
    peak(report, cores, padded)
    costs = Sizes(report.programs, cores, options.data, options.quick).tables()
    report.print(cores)
    print(f"What grows with what, {count_threads(cores)}. A cost that is linear in a size stays the same down its column.")
    for about, head, rows in costs:
        print(f"\n{about}")
        print_table(head, rows)


main()
