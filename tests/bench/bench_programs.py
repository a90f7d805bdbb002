"""Running bench_model and its peers from compare.py: where each is, its environment, and what it answered.

Every program prints one line of JSON. What all are given for a comparison is the same: files of lengths and ids that
bench_model dumped.
"""
import json
import os
import platform
import resource
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PEER_TORCH = ["/usr/bin/python3", os.path.join(HERE, "peer_torch.py")]
PEER_PROGRAMS = ["/usr/bin/python3", os.path.join(HERE, "peer_programs.py")]
PEER_ONNX = ["node", os.path.join(HERE, "peer_onnx.mjs")]
LIBATTN, TORCH, ONNX, DNNL, BLAS = "libattn", "PyTorch", "ONNX Runtime", "oneDNN", "OpenBLAS"
NEWER = {TORCH: "newer PyTorch", DNNL: "newer oneDNN"}  # the same programs with Debian 13's libraries

# Of a program that trains: where it is built, the option that says how much it learns from, two values of it, how many items one of
# that option stands for, and other options. By how much the processor times of the two runs differ is training alone, without what is
# read before and measured after. The pairs of attn-translate are those of its sample, whose epochs are what differs; one source of
# them is held out.
LEARNERS = {
    "read": ("examples/read/attn-read", "--limit", (40, 160), 10, ["--epochs", "10"]),
    "listen": ("examples/listen/attn-listen", "--strings", (80, 480), 1, ["--epochs", "1", "--warmup", "0"]),
    "digits": ("examples/glimpse/attn-glimpse", "--scenes", (320, 1920), 1, ["--task", "digits", "--epochs", "1", "--warmup", "0"]),
    "translate": ("examples/translate/attn-translate", "--epochs", (1, 5), 498, ["--valid", "0.0001", "--patience", "0"]),
}

# Of a program that answers: the options with which it learns beforehand, briefly, but so that its answers have about the lengths
# that they should; and those of its eval.
ANSWERERS = {
    "read": (["--epochs", "3"], ["--part", "all"]),
    "listen": ([], ["--strings", "320"]),
    "digits": (["--task", "digits", "--scenes", "1600", "--epochs", "2"], ["--scenes", "640"]),
    "translate": (["--epochs", "12"], ["--data", os.path.join(HERE, "../../examples/translate/sample.tsv"), "--beam", "1"]),
}
EVALS = 3  # of the bundled samples, which are small; the median counts


class Missing(Exception):
    """A program that cannot be had, or an option that it does not know; the line that it ended with."""


def processor():
    """The model name of /proc/cpuinfo, with the numbers that tell one generation from the next."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        lines = [line.split(":", 1) for line in file if ":" in line]
    about = {key.strip(): value.strip() for key, value in reversed(lines)}
    numbers = ", ".join(f"{key} {about[key]}" for key in ("cpu family", "model") if key in about)
    return f"{about.get('model name', platform.machine())} ({numbers})" if numbers else platform.machine()


def say(line):
    print(line, file=sys.stderr, flush=True)


def as_words(options):
    """{"batch": 1, "generate-lengths": True} to --batch 1 --generate-lengths."""
    return [word for key, value in options.items() for word in ["--" + key, str(value)][: 1 if value is True else 2]]


def start(command, environment):
    """What a program printed."""
    environment = {**os.environ, **{key: str(value) for key, value in environment.items()}}
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
    except OSError as error:
        raise Missing(str(error)) from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"{command[0]} ended with {done.returncode}"]
        raise Missing(next((line for line in lines if "Error" in line), lines[-1]))
    return done.stdout


def processor_seconds(command):
    """What running it took of the processors."""
    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = used()
    start(command, {"OPENBLAS_NUM_THREADS": 1})
    return used() - before


class Programs:
    """`build` holds tests/bench_model, and in peers/ what run.sh built of the others; `newer` Debian 13, or is None."""

    def __init__(self, build, newer):
        self.build = build
        self.newer = newer
        self.peers = os.path.join(build, "peers")
        self.files = os.path.join(self.peers, "data")
        self.versions = {}  # of the programs that ran
        self.missing = {}  # of the others: why
        self.onnx_models = {}
        self.answerers = {}  # models of programs, trained once
        os.makedirs(self.files, exist_ok=True)

    def command(self, name, what, options):
        """The words that run `what`, and what they want in the environment."""
        for older, newer in NEWER.items():
            if name == newer:
                command, environment = self.command(older, what, options)
                command = [path.replace("peer_dnnl", "newer_dnnl") for path in command]
                return ["sh", os.path.join(HERE, "newer.sh"), self.newer, *command], environment
        words = [what, *as_words(options)]
        blas = {"OPENBLAS_NUM_THREADS": options["threads"]}
        if name == LIBATTN:
            return [os.path.join(self.build, "tests/bench_model"), *words], {}
        if name == TORCH and what in LEARNERS:
            return [*PEER_PROGRAMS, *words], {**blas, "OMP_WAIT_POLICY": "passive"}
        if name == TORCH:
            # Its OpenMP threads would else spin while those of OpenBLAS work, and two threads take longer than one.
            return [*PEER_TORCH, *words], {**blas, "OMP_WAIT_POLICY": "passive"}
        if name == ONNX:
            return [*PEER_ONNX, *words, "--modules", self.peers, "--file", self.onnx_model(options)], {}
        if name == DNNL:
            known = ("emb", "hidden", "batch", "time", "rounds")
            words = [what, *as_words({key: options[key] for key in known})]
            return [os.path.join(self.peers, "peer_dnnl"), *words], {"OMP_NUM_THREADS": options["threads"]}
        return [os.path.join(self.peers, "peer_blas"), what], blas

    def onnx_model(self, options):
        """The file of PyTorch's model of these sizes, exported and checked once."""
        sizes = options["emb"], options["hidden"]
        if sizes not in self.onnx_models:
            path = os.path.join(self.files, "model_%d_%d.onnx" % sizes)
            start([*PEER_TORCH, "export", "--emb", str(sizes[0]), "--hidden", str(sizes[1]), "--file", path], {})
            check = json.loads(start([*PEER_ONNX, "check", "--modules", self.peers, "--file", path], {}))
            say(f"ONNX Runtime's logits differ from PyTorch's by at most {check['difference']:.1e}")
            self.onnx_models[sizes] = path
        return self.onnx_models[sizes]

    def run(self, name, what, **options):
        """The JSON that `name` printed; Missing where it cannot be had, at once when it could not be had before."""
        if name in self.missing:
            raise Missing(self.missing[name])
        say(f"{name}: {what} " + " ".join(f"{key} {options[key]}" for key in options if key not in ("lengths", "ids")))
        try:
            if name == LIBATTN and what in LEARNERS:
                return self.answer(what) if options.get("answering") else self.learn(what)
            command, environment = self.command(name, what, options)
            result = json.loads(start(command, environment))
        except Missing as error:
            if name != LIBATTN:
                self.missing[name] = str(error)
            raise
        self.versions[name] = result.get("peer", result.get("isa"))
        return result

    def train(self, what, options):
        """Run a program's training, one thread; its run's folder, and the seconds of the processor that it took."""
        out = os.path.join(self.files, what)
        command = [os.path.join(self.build, LEARNERS[what][0]), "train", "--out", out, "--overwrite", "--quiet", "--threads", "1", *options]
        return out, processor_seconds(command)

    def learn(self, what):
        """How many items a second of the processor a program trains on, with one thread and its bundled sample."""
        _, option, sizes, items, others = LEARNERS[what]
        seconds = [self.train(what, [option, str(size), *others])[1] for size in sizes]
        return {"items_per_s": (sizes[1] - sizes[0]) * items / (seconds[1] - seconds[0])}

    def answerer(self, what):
        """The model that a program answers by."""
        if what not in self.answerers:
            out, _ = self.train(what, ANSWERERS[what][0])
            self.answerers[what] = out + "-answers.safetensors"
            os.replace(os.path.join(out, "model.safetensors"), self.answerers[what])
        return self.answerers[what]

    def answer(self, what):
        """How many items a second of the processor a program answers, and in how many steps each, as its eval says."""
        command = [os.path.join(self.build, LEARNERS[what][0]), "eval", "--model", self.answerer(what), "--json", "--speed", "--threads", "1",
                   *ANSWERERS[what][1]]
        said = [json.loads(start(command, {"OPENBLAS_NUM_THREADS": 1})) for _ in range(EVALS)]
        return {"items_per_s": statistics.median(each["per_second"] for each in said), "steps": said[0].get("steps")}

    def dump(self, name, **options):
        """Have bench_model make data. Returns what it says of them, and the options that give them to any program."""
        base = os.path.join(self.files, name)
        files = {"lengths": base + ".lengths", "ids": base + ".ids"}
        into = {"dump-" + key: path for key, path in files.items()}
        about = self.run(LIBATTN, "data", threads=1, **options, **into)
        return about, {"batch": about["batch"], "time": about["time"], **files}
