#!/usr/bin/env python3
"""attn-sentiment as several processes that mpirun starts, and the other programs: ranks.py PROGRAM MPIRUN OTHER..."""
import array
import os
import resource
import signal
import subprocess
import sys
import unittest

from program import PROGRAM, InFolder, header, read, run, wait_for_line
from teacher import labelled, make_texts

MPIRUN, *OTHERS = sys.argv[2:]
# Without dropout: parts of a batch are padded as they need, and where a step stands in the whole batch is not known to them.
SMALL_OTHERS = {
    "attn-translate": [["--task", "dates", "--dates", 90, "--emb", 8, "--encoder", 8, "--decoder", 8, "--batch", 31]],
    "attn-babi": [["--hidden", 8, "--dropout", 0, "--batch", 80]],
    "attn-read": [["--hidden", 8, "--dropout", 0, "--batch", 7, "--limit", 30]],
    "attn-glimpse": [["--scenes", 20, "--batch", 9], ["--task", "digits", "--scenes", 10, "--batch", 3, "--dropout", 0]],
    "attn-listen": [["--strings", 10, "--batch", 3, "--dropout", 0]],
}
SMALL = ["--hidden", 8, "--emb", 8, "--lr", 0.03, "--batch", 9, "--threads", 1]
ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1"}


def start(ranks, *arguments, program=PROGRAM, before=(), **options):
    return subprocess.Popen([MPIRUN, "-n", str(ranks), *before, program, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, env={**os.environ, **ROOT, **options})


def ended(process, status=0):
    """Wait for its end, which must be with this status; what it printed, without what mpirun adds."""
    process.out, process.err = process.communicate(timeout=300)
    if status is not None:
        assert process.returncode == status, f"exit {process.returncode}, expected {status}: {process.err}{process.out}"
    process.said = [line for line in process.err.splitlines() if line.startswith("attn-sentiment: ")]
    return process


def run_ranks(ranks, *arguments, status=0, **options):
    return ended(start(ranks, *arguments, **options), status)


def numbers(path):
    """All tensors of a model or a checkpoint, by name."""
    data = read(path)
    begin = 8 + int.from_bytes(data[:8], "little")
    return {name: array.array("f", data[begin + place["data_offsets"][0]:begin + place["data_offsets"][1]])
            for name, place in header(path).items() if name != "__metadata__" and place["dtype"] == "F32"}


def metrics(folder):
    """Without the seconds, the last column."""
    lines = read(os.path.join(folder, "metrics.csv")).decode().splitlines()
    return lines[0], [[float(cell) for cell in line.split(",")[:-1]] for line in lines[1:]]


class Ranks(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.write("data.tsv", labelled(make_texts(40, 1)))
        cls.alone = cls.at("alone")
        run("train", "--data", cls.data, "--out", cls.alone, *SMALL, "--epochs", 2, "--quiet")

    def train(self, ranks, name, *options, status=0, **more):
        return run_ranks(ranks, "train", "--data", self.data, "--out", self.at(name), *SMALL, *options, status=status, **more)

    def assert_near(self, folder, other, tolerance=1e-4, noise=0.0):
        """To rounding; but for a share of the weights, since Adam makes a whole step of what rounding leaves of a gradient that is 0."""
        self.assertEqual(metrics(folder)[0], metrics(other)[0])
        self.assertEqual(len(metrics(folder)[1]), len(metrics(other)[1]))
        for line, expected in zip(metrics(folder)[1], metrics(other)[1]):
            for cell, right in zip(line, expected):
                self.assertAlmostEqual(cell, right, delta=tolerance)
        for file in "model.safetensors", "checkpoint.safetensors":
            ours, theirs = (numbers(os.path.join(place, file)) for place in (folder, other))
            self.assertEqual(ours.keys(), theirs.keys())
            apart = {name: sum(map(lambda a, b: abs(a - b) > tolerance, ours[name], theirs[name])) for name in ours
                     if not name.endswith("attention.score_bias")}  # softmax's gradient of it is 0
            self.assertLessEqual(sum(apart.values()), noise * sum(map(len, ours.values())), [name for name in apart if apart[name]])

    # Of 36 reviews there are 4 batches of 9; of 38 the last one has fewer rows than there are ranks.
    def test_ranks_agree_with_one_process_and_print_what_it_prints(self):
        told = self.train(3, "three", "--epochs", 2)
        self.assert_near(self.at("three"), self.alone)
        self.assertEqual([line[:9] for line in told.out.splitlines() if line.startswith("epoch")], ["epoch  1/", "epoch  2/"])
        self.assertEqual(told.out.count("vocabulary:"), 1)
        self.assertEqual(told.err, "")
        self.assertTrue(os.path.exists(self.at("three", "report.html")))

    def test_a_last_batch_of_fewer_rows_than_ranks(self):
        for ranks, name in (1, "few1"), (3, "few3"):
            self.train(ranks, name, "--epochs", 1, "--valid", 0.05, "--quiet")
        self.assert_near(self.at("few3"), self.at("few1"))

    def test_the_same_ranks_give_the_same_bits(self):
        for name in "first", "second":
            self.train(2, name, "--epochs", 1, "--quiet")
        for file in "model.safetensors", "attention_history.jsonl":
            self.assertEqual(read(self.at("first", file)), read(self.at("second", file)), file)
        self.assertEqual(numbers(self.at("first", "checkpoint.safetensors")), numbers(self.at("second", "checkpoint.safetensors")))

    def test_a_language_model_and_what_starts_from_one(self):
        small = ["--hidden", 8, "--emb", 8, "--candidates", 20, "--batch", 8, "--data", self.data, "--quiet"]
        run("pretrain", "--out", self.at("language1"), "--epochs", 1, *small)
        run_ranks(3, "pretrain", "--out", self.at("language3"), "--epochs", 1, *small)
        self.assert_near(self.at("language3"), self.at("language1"))
        for ranks in 1, 2:
            self.train(ranks, f"gru{ranks}", "--epochs", 1, "--language-epochs", 1, "--quiet")
        self.assert_near(self.at("gru2"), self.at("gru1"))

    def test_prepared_reviews_give_the_bits_of_the_reviews(self):
        """Pieces are of 8,192 reviews: all ranks read of both."""
        data, prepared = self.write("pieces.tsv", labelled(make_texts(8500, 3))), self.at("pieces.reviews")
        run("prepare", "--data", data, "--out", prepared)
        options = [*SMALL, "--batch", 512, "--epochs", 1, "--valid", 0.05, "--quiet"]
        run("train", "--data", data, "--out", self.at("pieces1"), *options)
        for name, path in ("read2", data), ("mapped2", prepared):
            run_ranks(2, "train", "--data", path, "--out", self.at(name), *options)
        self.assertEqual(metrics(self.at("mapped2")), metrics(self.at("read2")))
        for file in "model.safetensors", "checkpoint.safetensors":
            self.assertEqual(numbers(self.at("mapped2", file)), numbers(self.at("read2", file)), file)
        self.assertEqual(read(self.at("mapped2", "attention_history.jsonl")), read(self.at("read2", "attention_history.jsonl")))
        self.assert_near(self.at("mapped2"), self.at("pieces1"), noise=0.01)

    def test_other_programs_agree_with_one_process(self):
        for program in OTHERS:
            name = os.path.basename(program)
            for task, options in enumerate(SMALL_OTHERS[name]):
                folders = [self.at(f"{name}{task}-{ranks}") for ranks in (1, 2)]
                for ranks, folder in enumerate(folders, 1):
                    done = run_ranks(ranks, "train", "--out", folder, "--epochs", 1, "--threads", 1, "--quiet", *options, program=program)
                    self.assertEqual(done.out + done.err, "")
                self.assert_near(*folders, noise=0.01)

    def test_ctrl_c_stops_all_and_other_ranks_go_on(self):
        process = start(2, "train", "--data", self.data, "--out", self.at("stopped"), *SMALL, "--epochs", 4000)
        before = [process.stdout.readline() for _ in range(8)]
        self.assertTrue(any(line.startswith("epoch") for line in before), before)
        process.send_signal(signal.SIGINT)
        ended(process, status=None)
        self.assertIn(process.returncode, (0, 130))  # after Ctrl-C MPICH's mpirun does not always hand on what the processes end with
        self.assertEqual(process.out.count("stopped in epoch"), 1, process.out)
        self.assertEqual(process.said, [])
        epochs = len(metrics(self.at("stopped"))[1]) + 1
        run_ranks(3, "train", "--out", self.at("stopped"), "--resume", "--epochs", epochs, "--threads", 1, "--quiet")
        self.train(1, "whole", "--epochs", epochs, "--quiet")
        self.assert_near(self.at("stopped"), self.at("whole"), tolerance=0.05)

    def test_a_rank_that_is_killed_ends_the_job_and_the_checkpoint_stands(self):
        process = start(2, "train", "--data", self.data, "--out", self.at("killed"), *SMALL, "--epochs", 4000)
        wait_for_line(process, "epoch  2/")
        os.kill(self.rank_of(1, self.at("killed")), signal.SIGKILL)
        ended(process, status=None)
        self.assertNotEqual(process.returncode, 0)
        epochs = len(metrics(self.at("killed"))[1])
        self.assertGreaterEqual(epochs, 2)
        run("train", "--out", self.at("killed"), "--resume", "--epochs", epochs + 1, "--quiet")
        self.assertEqual(len(metrics(self.at("killed"))[1]), epochs + 1)

    def test_what_rank_0_cannot_write_ends_all(self):
        process = start(2, "train", "--data", self.data, "--out", self.at("full"), *SMALL, "--epochs", 4000)
        wait_for_line(process, "epoch  1/")
        resource.prlimit(self.rank_of(0, self.at("full")), resource.RLIMIT_FSIZE, (10, 10))
        ended(process, status=1)
        self.assertEqual(len(process.said), 1, process.err)
        self.assertIn(self.at("full"), process.said[0])

    def rank_of(self, rank, folder):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                line, variables = read(f"/proc/{pid}/cmdline").split(b"\0"), read(f"/proc/{pid}/environ").split(b"\0")
            except OSError:
                continue
            wanted = {f"PMI_RANK={rank}".encode(), f"OMPI_COMM_WORLD_RANK={rank}".encode()}
            if folder.encode() in line and line[0] == PROGRAM.encode() and wanted & set(variables):
                return int(pid)
        self.fail(f"no process is rank {rank} in {folder}")

    # ---- errors: one line, one status ----

    def bad(self, process, *says, status=2):
        ended(process, status)
        self.assertEqual(process.out, "")
        self.assertEqual(len(process.said), 1, process.err)
        for words in says:
            self.assertIn(words, process.said[0])

    def test_what_all_find_wrong_is_one_line(self):
        self.bad(start(3, "train", "--outt", "x"), "unknown option --outt")
        self.bad(start(3, "train", "--data", self.data, "--out", self.alone), "a run is there already")
        self.bad(start(3, "train", "--data", self.at("nowhere"), "--out", self.at("none")), "No such file")
        self.bad(start(2, "eval", "--data", self.data), "eval is done by one process, and mpirun started 2")
        self.bad(start(2, "train", "--data", self.data, "--out", self.at("none"), "--lr", 1e9, *SMALL), "--lr")
        self.assertFalse(os.path.exists(self.at("none")))
        self.assertTrue(run_ranks(2, "--version").out.startswith("attn-sentiment "))
        self.assertEqual(run_ranks(2, "train", "--help").out.count("usage:"), 1)

    def test_what_one_rank_finds_wrong_is_its_line(self):
        there = self.at("there")
        os.mkdir(there)
        self.write("there/data.tsv", labelled(make_texts(20, 5)))
        in_folder = ["sh", "-c", 'if [ "${PMI_RANK:-$OMPI_COMM_WORLD_RANK}" = 1 ]; then cd "$0"; fi; exec "$@"']
        options = "train", "--data", "data.tsv", "--out", self.at("one"), "--quiet"
        here = os.getcwd()
        os.chdir(self.folder)
        try:
            self.bad(start(3, *options, before=[*in_folder, "/"]), "process 2 of 3: data.tsv: No such file")
            self.bad(start(2, *options, before=[*in_folder, there]), "process 2 of 2: its reviews are not those of process 1", status=1)
        finally:
            os.chdir(here)
        self.assertFalse(os.path.exists(self.at("one")))

    def test_another_mpi_s_mpirun_is_told(self):
        done = run("train", "--out", self.at("other"), status=2,
                   env={**os.environ, "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0", **ROOT})
        self.assertEqual(done.err.count("\n"), 1, done.err)
        self.assertIn("mpirun started 2 processes, but ", done.err)
        quiet = run("train", "--out", self.at("other"), status=2,
                    env={**os.environ, "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1", **ROOT})
        self.assertEqual(quiet.err, "")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
