#!/usr/bin/env python3
"""examples/sentiment/study.sh and bundle.sh on the bundled sample, in the Large Movie Review data set's form: study.py PROGRAM STUDY BUNDLE SAMPLE"""
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import unittest

from program import InFolder, PROGRAM, read, settings

STUDY, BUNDLE, SAMPLE = sys.argv[2:]
ROWS = ["last", "mean", "max", "attention", "attngru", "ngrams", "both", "random", "norm", "extreme", "gru", "best"]
WITHOUT = {"last", "mean", "max", "ngrams"}  # attention


def cells(table):
    """Its rows, without the head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


class Study(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        texts = {"neg": [], "pos": []}
        words = set()
        for line in read(SAMPLE).decode().splitlines()[:160]:
            label, text = line.split("\t", 1)
            texts["pos" if label in ("1", "pos", "positive") else "neg"].append(text)
            words.update(re.findall("[a-z]+", text.lower()))
        for name, ratings in (("neg", (1, 2, 3, 4)), ("pos", (10, 9, 8, 7))):
            for i, text in enumerate(texts[name]):
                cls.write(f"data/train/{name}/{i}_{ratings[i % 4]}.txt", text)
            cls.write(f"data/train/urls_{name}.txt", "".join(f"http://www.imdb.com/title/tt{1000 + i // 3:07}/usercomments\n"
                                                             for i in range(len(texts[name]))))
        cls.glove = cls.write("vectors.txt", "".join(f"{word} {len(word) / 10} {ord(word[0]) % 7 / 7} 0.3 -0.2\n" for word in sorted(words)))
        cls.data = cls.at("data")
        cls.out = cls.at("two")
        cls.done = cls.study("--out", cls.out, "--seeds", 2)

    @classmethod
    def arguments(cls, *options, more=("--max-length", 30, "--batch", 32)):
        return ["sh", STUDY, "--data", cls.data, "--glove", cls.glove, "--program", PROGRAM, "--epochs", "1", "--threads", "1",
                *map(str, options), "--", *map(str, more)]

    @classmethod
    def study(cls, *options, status=0, **more):
        done = subprocess.run(cls.arguments(*options, **more), capture_output=True, text=True, timeout=300)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    def result(self, row, seed):
        return self.at(f"two/{row}.{seed}.result")

    def test_the_table_has_the_mean_and_spread_of_every_row(self):
        self.assertEqual(read(self.at("two/study.md")).decode(), self.done.stdout)
        self.assertEqual(self.done.stderr.count("\n"), 2 * len(ROWS), self.done.stderr)
        rows = cells(self.done.stdout)
        self.assertEqual(len(rows), len(ROWS))
        for name, row in zip(ROWS, rows):
            with self.subTest(name):
                self.assertEqual(len(row), 9)
                self.assertEqual(row[-1], "2")
                runs = [json.loads(read(self.at(f"two/{name}.{seed}.json"))) for seed in (1, 2)]
                extremes = [json.loads(read(self.at(f"two/{name}.{seed}.extreme.json"))) for seed in (1, 2)]
                for cell, scores in ((row[1], runs), (row[2], extremes)):
                    numbers = [score["accuracy"] for score in scores]
                    self.assertEqual(cell, f"{statistics.mean(numbers):.4f} ± {statistics.stdev(numbers):.4f}")
                self.assertTrue(all(extreme["reviews"] < whole["reviews"] for extreme, whole in zip(extremes, runs)))
                self.assertEqual((row[3], row[4]) == ("-", "-"), name in WITHOUT)
                if name not in WITHOUT:
                    self.assertEqual(row[3].split()[0], f"{statistics.mean(run['effective_words'] for run in runs):.3f}")
                self.assertRegex(row[5] + row[6], r"\A(\d+\.\d ± \d+\.\d){2}\Z")
                self.assertGreater(int(row[7].split()[0]), 1)

    def test_rows_are_what_they_are_called(self):
        said = {row: read(self.at(f"two/{row}.1/model.safetensors"))[:20000].decode("utf-8", "replace") for row in ROWS}
        for row, words in {"mean": "classifier.pooling\":\"mean", "max": "classifier.pooling\":\"max", "attngru": "classifier.reader",
                           "extreme": "--only-extreme", "gru": "--preset gru", "best": "--preset best"}.items():
            self.assertEqual([name for name in ROWS if words in said[name]], [row], words)
        for words, rows in {"classifier.ngrams": ["ngrams", "both", "best"], "norm_gain": ["norm", "gru", "best"]}.items():
            self.assertEqual([name for name in ROWS if words in said[name]], rows, words)
        self.assertEqual([row for row in ROWS if "--glove" not in said[row]], ["ngrams", "random"])

    def test_no_film_is_trained_on_and_measured(self):
        held_out = []
        for seed in (1, 2):
            films = {}
            for part in ("train", "test"):
                films[part] = {int(name.split("_")[0]) // 3 for label in ("pos", "neg")
                               for name in os.listdir(self.at(f"two/fold.{seed}/{part}/{label}"))}
            self.assertFalse(films["train"] & films["test"])
            self.assertEqual({(1000 + film) % 5 for film in films["test"]}, {seed - 1})
            self.assertEqual(len(films["train"] | films["test"]), max(max(films["train"]), max(films["test"])) + 1)
            held_out.append(films["test"])
        self.assertFalse(held_out[0] & held_out[1])

    def test_rows_may_be_chosen(self):
        out = self.at("chosen")
        done = self.study("--out", out, "--seeds", 1, "--rows", "ngrams")
        self.assertEqual(done.stderr, "study.sh: n-grams alone, seed 1\n")
        self.assertEqual([row[0] for row in cells(done.stdout)], ["n-grams alone"])
        done = self.study("--out", out, "--seeds", 1, "--rows", "last")
        self.assertEqual([row[0] for row in cells(done.stdout)], ["no attention: the last states", "n-grams alone"])

    def test_what_is_done_is_not_done_again(self):
        before = {row: (read(self.result(row, 1)), os.stat(self.result(row, 1)).st_mtime_ns) for row in ROWS}
        done = self.study("--out", self.out, "--seeds", 2)
        self.assertEqual((done.stdout, done.stderr), (self.done.stdout, ""))
        os.remove(self.result("max", 2))
        done = self.study("--out", self.out, "--seeds", 2)
        self.assertEqual(done.stderr, "study.sh: no attention: the largest numbers of the states, seed 2\n")
        self.assertEqual([row[:5] for row in cells(done.stdout)], [row[:5] for row in cells(self.done.stdout)])  # the same bits
        self.assertEqual({row: (read(self.result(row, 1)), os.stat(self.result(row, 1)).st_mtime_ns) for row in ROWS}, before)

    def test_one_that_was_killed_goes_on(self):
        """Killed when a row was trained and not yet measured, by what it called."""
        out, killed = self.at("killed"), self.at("was-killed")
        killer = self.write("killer", f"""#!/bin/sh
"{PROGRAM}" "$@" || exit
case "$*" in "train "*"/attention.1 "*) [ -f {killed} ] || {{ : >{killed}; kill -KILL $PPID; }} ;; esac
""")
        os.chmod(killer, 0o755)
        self.study("--out", out, "--seeds", 1, "--program", killer, status=-signal.SIGKILL)
        self.assertTrue(os.path.exists(f"{out}/max.1.result") and os.path.exists(f"{out}/attention.1/model.safetensors"))
        self.assertFalse(os.path.exists(f"{out}/attention.1.result"))
        done = self.study("--out", out, "--seeds", 1, "--program", killer)
        self.assertEqual([line.split(",")[0] for line in done.stderr.splitlines()][0], "study.sh: attention")
        self.assertEqual(done.stderr.count("\n"), len(ROWS) - 3)
        for row, name in zip(cells(done.stdout), ROWS, strict=True):
            accuracy = json.loads(read(self.at(f"two/{name}.1.json")))["accuracy"]
            self.assertEqual((row[1], row[-1]), (f"{accuracy:.4f}", "1"))

    def test_what_it_cannot_do_is_a_line(self):
        for options, says in ((["--out", self.out, "--epochs", 2], "holds a study with other settings"), (["--seeds", 0], "--seeds and --epochs are numbers from 1 on; got 0"),
                              (["--seeds", "many"], "got many"), (["--data", SAMPLE], "no pos/ and urls_pos.txt"), (["--glove", "nowhere"], "cannot be read"),
                              (["--program", "nowhere"], "ninja"), (["--rows", "gru red"], "--rows: red is no row; expected some of last mean"), (["--colour", "red"], "--colour is no option"), (["--out"], "--out needs a value")):
            with self.subTest(options):
                out = [] if "--out" in options else ["--out", self.at("nothing")]
                done = self.study(*out, *options, status=2) if options != ["--out"] else subprocess.run(["sh", STUDY, "--out"], capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertRegex(done.stderr, r"\Astudy\.sh: [^\n]+\n\Z")
                self.assertIn(says, done.stderr)
        done = self.study("--out", self.at("refused"), status=2, more=["--no-such-option"])
        self.assertIn("--no-such-option", done.stderr)
        self.assertFalse(os.path.exists(self.at("refused/last.1.result")))

    # ---- the bundled model ----

    def test_the_bundled_model_is_made_and_measured_on_films_kept(self):
        films, lines = self.write("films.txt", "0001001 0001004\n0001007\n"), {}
        for label in ("neg", "pos"):
            for name in os.listdir(self.at(f"data/train/{label}")):
                lines[label, int(name.split("_")[0])] = read(self.at(f"data/train/{label}/{name}")).decode()
        kept = [text for (_, number), text in sorted(lines.items()) if number // 3 in (1, 4, 7)]
        others = [text for (_, number), text in sorted(lines.items()) if number // 3 not in (1, 4, 7)]
        pairs = [(kept[0], "Turned one."), ("Turned two, and not a bit the worse.", kept[1].upper()), (others[0], "Turned three."), (others[1], "Four.")]
        head = "Sentiment\tText\tbatch_id\n"
        rows = [f"Negative\t{a}\t{i}\nPositive\t{b}\t{i}\n" for i, (a, b) in enumerate(pairs)]
        arguments = ["sh", BUNDLE, "--data", self.data, "--glove", self.glove, "--program", PROGRAM, "--threads", "1", "--out", self.at("bundle"), "--films", films,
                     "--pairs", self.write("pairs.tsv", head + "".join(rows[:3]) + head + rows[3]),
                     "--unlabelled", self.write("unlabelled.tsv", "".join(f"{text} Truly.\n" for text in others[:40]))]
        done = subprocess.run([*arguments, "--", "--hidden", "4"], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "".join(f"bundle.sh: {name}\n" for name in ("language", "teacher.1", "teacher.2", "teacher.3", "student", "small")))
        self.assertEqual(read(self.at("bundle/kept-pairs.tsv")).decode(), head + rows[0] + rows[1])
        self.assertEqual(read(self.at("bundle/pairs.tsv")).decode(), head + rows[2] + rows[3])
        measured = json.loads(done.stdout.splitlines()[0])
        self.assertEqual(measured["reviews"], len(kept))
        self.assertIn("2 pairs: accuracy", done.stdout)
        self.assertRegex(settings(self.at("bundle/small/model.safetensors"))["command"],
                         r"--data train .*--also pairs\.tsv .*--max-vocab 20000 .*--precision bfloat16")
        again = subprocess.run([*arguments, "--", "--hidden", "4"], capture_output=True, text=True, timeout=300)
        self.assertEqual(again.stderr, "")
        self.assertEqual({**json.loads(again.stdout.splitlines()[0]), "seconds": 0}, {**measured, "seconds": 0})
        for options, says in ((["--films", "nowhere"], "nowhere: it cannot be read"), (["--colour", "red"], "--colour is no option")):
            done = subprocess.run([*arguments, *options], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, r"\Abundle\.sh: [^\n]+\n\Z")
            self.assertIn(says, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
