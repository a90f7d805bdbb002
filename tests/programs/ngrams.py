#!/usr/bin/env python3
"""attn-sentiment with n-grams, alone and beside the encoder, on small reviews made here: ngrams.py PROGRAM"""
import csv
import io
import json
import math
import os
import random
import re
import shutil
import sys
import unittest

from program import header, InFolder, layers, read, read_lines, run

SMALL = ["--hidden", "8", "--emb", "8", "--batch", "16", "--lr", "0.03", "--quiet"]
GOOD = "great wonderful loved superb moving brilliant charming gripping".split()
BAD = "awful boring hated dull terrible stupid tedious bland".split()
PLAIN = "the a film story of and it was in this with actor scene music plot we saw , . !".split()
TEXT = "the film was great , the music dull and the story superb ."


def make_lines(count, seed):
    """What is said of a word turns with `not` before it, which runs of two words can tell."""
    rng, lines = random.Random(seed), []
    for i in range(count):
        words = [rng.choice(PLAIN) for _ in range(rng.randrange(6, 25))]
        for _ in range(3):
            turned = rng.random() < 0.3
            words[rng.randrange(len(words))] = ("not " if turned else "") + rng.choice(GOOD if (i % 2) ^ turned else BAD)
        lines.append(f"{i % 2}\t{' '.join(words)}\n")
    return "".join(lines)


class Ngrams(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.write("data.tsv", make_lines(300, 1))
        cls.held_out = cls.write("held.tsv", make_lines(100, 2))
        cls.alone = cls.train("alone", "--encoder", "none", "--quiet")
        cls.both = cls.train("both", "--preset", "best", "--epochs", 3, *SMALL)

    @classmethod
    def train(cls, name, *options):
        run("train", "--data", cls.data, "--out", cls.at(name), *options)
        return cls.at(name, "model.safetensors")

    def explained(self, model, *options):
        return json.loads(run("explain", "--model", model, "--format", "json", *options, TEXT).out)

    def bad(self, *arguments, says):
        done = run(*arguments, status=2)
        self.assertIn(says, done.err)

    # ---- what is trained ----

    def test_a_file_alone_says_which_channels_there_are(self):
        self.assertEqual(list(layers(self.alone)), ["ngrams"])
        self.assertEqual(sorted(layers(self.both)), ["attention", "decision", "embedding", "encoder", "ngrams"])
        for model, scales in ((self.alone, ["ngrams"]), (self.both, ["decision", "ngrams"])):
            metadata = header(model)["__metadata__"]
            for scale in scales:
                self.assertGreater(float(metadata[f"classifier.scale.{scale}"]), 0)
        moved = self.at("moved.safetensors")
        shutil.copy(self.both, moved)
        self.assertEqual(run("predict", "--model", moved, TEXT).out, run("predict", "--model", self.both, TEXT).out)

    def test_both_learn_and_are_calibrated(self):
        for model, least in ((self.alone, 0.85), (self.both, 0.85)):
            score = json.loads(run("eval", "--model", model, "--data", self.held_out, "--json").out)
            self.assertGreater(score["accuracy"], least)
            self.assertLess(score["calibration_error"], 0.15)
            for precision in ("float32", "bfloat16", "int8"):
                run("eval", "--model", model, "--data", self.held_out, "--precision", precision)

    def test_a_model_of_int8_decides_alike_and_stays_one(self):
        wide = ["--preset", "best", "--hidden", 16, "--emb", 16, "--epochs", 2, "--batch", 16, "--quiet"]
        whole, narrow = self.train("whole", *wide), self.train("narrow", *wide, "--precision", "int8")
        self.assertEqual({name for name, tensor in header(narrow).items() if tensor.get("dtype") == "I8"},
                         {name.removesuffix(".scales") for name in header(narrow) if name.endswith(".scales")})
        self.assertEqual(header(narrow)["embedding.weight"]["dtype"], "I8")
        losses = [json.loads(run("eval", "--model", model, "--data", self.held_out, "--json", "--precision", "int8").out)["loss"]
                  for model in (whole, narrow)]
        self.assertAlmostEqual(*losses, delta=0.01)
        self.bad("train", "--out", self.at("narrow"), "--resume", "--precision", "float32", says="--precision cannot change")
        run("train", "--out", self.at("narrow"), "--resume", "--epochs", 3, "--quiet")
        self.assertEqual(header(narrow)["embedding.weight"]["dtype"], "I8")

    def test_little_data_is_seen_often_enough(self):
        done = run("train", "--data", self.data, "--out", self.at("little"), "--encoder", "none")
        self.assertIn("little data: 16 reviews a batch, 15 epochs, learning rate 0.02", done.out)
        self.assertIn("parameters: ", done.out)
        done = run("train", "--data", self.data, "--out", self.at("few"), "--ngrams", "--max-ngrams", 100, *SMALL[:-1])
        self.assertRegex(done.out, r"n-grams: 100 of 1 to 3 words, trained in 15 epochs")

    def test_the_encoder_trains_as_without_ngrams(self):
        """Beside n-grams it is trained by itself: the values are those of a run without, to the bit."""
        alike = self.train("gru", "--preset", "gru", "--epochs", 3, *SMALL)
        for name, tensor in header(alike).items():
            if name == "__metadata__":
                continue
            values = []
            for run_folder in ("gru", "both"):
                path = self.at(run_folder, "checkpoint.safetensors")
                data, found = read(path), header(path)[name]["data_offsets"]
                begin = 8 + int.from_bytes(data[:8], "little")
                values.append(data[begin + found[0]:begin + found[1]])
            self.assertEqual(values[0], values[1], name)
            self.assertEqual(len(values[0]), tensor["data_offsets"][1] - tensor["data_offsets"][0])

    def test_the_same_seed_gives_the_same_bytes_and_resume_goes_on(self):
        for name, options in (("none", ["--encoder", "none", "--quiet"]), ("best", ["--preset", "best", *SMALL])):
            with self.subTest(name):
                whole, part = self.at(f"{name}-whole"), self.at(f"{name}-part")
                self.train(f"{name}-whole", *options, "--epochs", 3, "--threads", 1)
                self.train(f"{name}-part", *options, "--epochs", 2, "--threads", 2)
                self.bad("train", "--out", part, "--resume", "--encoder", "attngru", says="--encoder cannot change")
                self.bad("train", "--out", part, "--resume", "--max-ngrams", 7, says="--max-ngrams cannot change")
                run("train", "--out", part, "--resume", "--epochs", 3, "--quiet")
                for file in ("checkpoint.safetensors", "attention_history.jsonl"):
                    self.assertEqual(read(os.path.join(whole, file)), read(os.path.join(part, file)), file)

    def test_ngrams_stand_beside_every_encoder(self):
        for name, options in {"reader": ["--encoder", "attngru"], "last": ["--pooling", "last"], "diverse": ["--faithful", "diversity"]}.items():
            with self.subTest(name):
                model = self.train(name, "--ngrams", "--epochs", 1, *SMALL, *options)
                line = json.loads(run("predict", "--model", model, "--json", TEXT).out)
                odds = math.log(line["probability"] / (1 - line["probability"]))
                self.assertAlmostEqual(line["encoder"] + line["ngrams"], odds, places=3)
        faithful = json.loads(run("faithfulness", "--model", self.both, "--data", self.held_out, "--limit", 10, "--json").out)
        self.assertEqual(faithful["reviews"], 10)
        self.bad("faithfulness", "--model", self.alone, "--data", self.held_out, says="--encoder none")

    def test_options_that_mean_nothing_together_are_refused(self):
        out = ["train", "--data", self.data, "--out", self.at("nothing"), "--quiet", "--encoder", "none"]
        for options in (["--preset", "article"], ["--pooling", "last"], ["--hidden", 9], ["--faithful", "diversity"], ["--glove", self.data], ["--weighting", "entmax"]):
            self.bad(*out, *options, says=f"{options[0]} is of the encoder, which --encoder none leaves out")
        self.assertFalse(os.path.exists(self.at("nothing")))

    # ---- what is shown ----

    def test_both_shares_are_told_of_each_word(self):
        for by in ("attention", "gradient", "integrated", "occlusion"):
            with self.subTest(by):
                shown = self.explained(self.both, "--by", by)
                shares = [token["ngrams"] for token in shown["tokens"]]
                self.assertTrue(all("weight" in token for token in shown["tokens"]))
                by_ngrams = self.explained(self.both, "--by", "ngrams")
                self.assertEqual(shares, [token["weight"] for token in by_ngrams["tokens"]])
                self.assertNotIn("ngrams", by_ngrams["tokens"][0])
                odds = math.log(shown["probability"] / (1 - shown["probability"]))
                self.assertAlmostEqual(shown["encoder"] + shown["ngrams"], odds, places=3)
        whole = self.explained(self.both, "--by", "integrated")
        self.assertIn("completeness_gap", whole)

    def test_of_ngrams_alone_they_are_what_is_shown(self):
        shown = self.explained(self.alone)
        self.assertEqual(shown["by"], "ngrams")
        self.assertNotIn("encoder", shown)
        gradient = self.explained(self.alone, "--by", "gradient")
        for one, other in zip(shown["tokens"], gradient["tokens"]):
            self.assertAlmostEqual(one["weight"], other["weight"], places=4)
        self.bad("explain", "--model", self.alone, "--by", "attention", TEXT, says="--encoder none")
        plain = self.train("plain", "--epochs", 1, *SMALL)
        self.bad("explain", "--model", plain, "--by", "ngrams", TEXT, says="has no n-grams")
        self.assertNotIn("ngrams", self.explained(plain))

    def test_every_format_shows_both(self):
        self.assertRegex(run("explain", "--model", self.both, TEXT).out,
                         r"attention: .*\n  ngrams: .*; the encoder gave [+-]\d+\.\d\d to the decision, n-grams [+-]\d+\.\d\d")
        for mark in ("html", "svg", "latex"):
            drawn = run("explain", "--model", self.both, "--format", mark, TEXT).out
            self.assertGreaterEqual(len(re.findall(r"grams [+-]", drawn)), 2, mark)  # above the n-grams' text, and below the other
        rows = list(csv.DictReader(io.StringIO(run("explain", "--model", self.both, "--format", "csv", TEXT).out)))
        shown = self.explained(self.both)
        for row, token in zip(rows, shown["tokens"]):
            self.assertAlmostEqual(float(row["ngrams"]), token["ngrams"], places=4)
        self.assertNotIn(",ngrams", run("explain", "--model", self.alone, "--format", "csv", TEXT).out.splitlines()[0])

    def test_the_report_has_both(self):
        for name, methods in (("both", {"attention", "ngrams", "gradient", "occlusion"}), ("alone", {"ngrams", "gradient", "occlusion"})):
            page = read(self.at(name, "report.html")).decode()
            data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1))
            review = data["groups"][0]["reviews"][0]
            self.assertLessEqual(methods, set(review))
            self.assertEqual("attention" in review, "attention" in methods)
            self.assertEqual(review["channels"]["encoder"] != 0, name == "both")
            self.assertNotEqual(review["channels"]["n-grams"], 0)
            self.assertEqual(data["run"]["run"]["encoder"], "gru" if name == "both" else "none")
            self.assertTrue(data["run"]["config"]["ngrams"])
        self.assertTrue(all(line["weights"] == [] for line in read_lines(self.at("alone", "attention_history.jsonl"))))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
