#!/usr/bin/env python3
"""attn-sentiment from end to end, on small reviews made here: sentiment.py PROGRAM SAMPLE"""
import csv
import json
import math
import os
import random
import resource
import select
import shutil
import struct
import subprocess
import sys
import unittest

from program import header, in_terminal, InFolder, must_not_print, must_write_anywhere, numbers, PROGRAM, read, read_lines, run, stopped, with_option

SAMPLE = sys.argv[2]
SMALL = ["--hidden", "8", "--emb", "8", "--batch", "16"]
RUN = ["attention_history.jsonl", "checkpoint.safetensors", "metrics.csv", "model.safetensors", "report.html", "vocab.txt"]
GOOD = "great wonderful loved superb moving brilliant charming gripping".split()
BAD = "awful boring hated dull terrible stupid tedious bland".split()
PLAIN = "the a film story of and it was in this with actor scene music plot we saw , . !".split()


def make_review(rng, label, words=20):
    text = [rng.choice(PLAIN) for _ in range(words)]
    for _ in range(3):
        text[rng.randrange(words)] = rng.choice(GOOD if label else BAD)
    return " ".join(text)


def make_reviews(count, words=20, seed=5):
    rng = random.Random(seed)
    return [(i % 2, make_review(rng, i % 2, words)) for i in range(count)]


class Sentiment(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.write_lines("data.tsv", make_reviews(200))
        cls.run_folder = cls.at("base")
        cls.trained = run("train", "--data", cls.data, "--out", cls.run_folder, "--epochs", 8, "--lr", 0.03, *SMALL)
        cls.model = os.path.join(cls.run_folder, "model.safetensors")

    @classmethod
    def write_lines(cls, name, reviews):
        return cls.write(name, "".join(f"{label}\t{text}\n" for label, text in reviews))

    def write_films(self, root, films=10, each=4, ratings=(2, 8)):
        """aclImdb's layout: film f has `each` positive and `each` negative reviews, rated from `ratings` for each in turn."""
        rng = random.Random(9)
        for label, name in enumerate(["neg", "pos"]):
            for i in range(films * each):
                self.write(f"{root}/train/{name}/{i}_{ratings[label::2][i % (len(ratings) // 2)]}.txt", make_review(rng, label))
            # Two addresses of one film differ in what follows the title.
            urls = (f"http://www.imdb.com/title/tt{i // each:07}/{'usercomments' if i % 2 else 'reviews'}\n"
                    for i in range(films * each))
            self.write(f"{root}/train/urls_{name}.txt", "".join(urls))
        return self.at(root)

    def bad(self, *arguments, says="", out=None, **options):
        """Exit status 2, one line on standard error, nothing on standard output, nothing written."""
        done = run(*arguments, status=2, **options)
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"\Aattn-sentiment: [^\n]+\n\Z")
        self.assertIn(says, done.err)
        if out:
            self.assertFalse(os.path.exists(out))

    def bad_training(self, *arguments, says=""):
        out = self.at("nothing")
        self.bad("train", "--out", out, "--quiet", *arguments, says=says, out=out)

    # ---- training ----

    def test_a_run_leaves_what_it_promises(self):
        self.assertEqual(sorted(os.listdir(self.run_folder)), RUN)
        with open(os.path.join(self.run_folder, "metrics.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(list(rows[0]), ["epoch", "learning_rate", "train_loss", "train_accuracy", "valid_loss",
                                         "valid_accuracy", "seconds"])
        self.assertEqual([int(row["epoch"]) for row in rows], list(range(1, 9)))
        self.assertGreater(float(rows[-1]["valid_accuracy"]), 0.9)
        self.assertLess(float(rows[-1]["train_loss"]), float(rows[0]["train_loss"]))
        best = json.loads(header(self.model)["__metadata__"]["config"])["best"]
        self.assertAlmostEqual(best["valid_accuracy"], max(float(row["valid_accuracy"]) for row in rows), places=5)
        self.assertEqual(read(os.path.join(self.run_folder, "vocab.txt")).decode(), header(self.model)["__metadata__"]["vocab"])

    def test_history_has_the_same_five_reviews_after_every_epoch(self):
        lines = read_lines(os.path.join(self.run_folder, "attention_history.jsonl"))
        self.assertEqual([(line["epoch"], line["review"]) for line in lines], [(e, k) for e in range(9) for k in range(5)])
        for line in lines:
            self.assertEqual(line["tokens"], lines[line["review"]]["tokens"])
            self.assertEqual(line["id"], lines[line["review"]]["id"])
            self.assertEqual(len(line["tokens"]), len(line["weights"]))
            self.assertAlmostEqual(sum(line["weights"]), 1, places=4)
            self.assertIn(line["label"], (0, 1))
            self.assertTrue(0 <= line["probability"] <= 1)

    def test_the_same_seed_gives_the_same_bytes_at_1_and_2_threads(self):
        models = []
        for threads in (1, 2):
            out = self.at(f"threads{threads}")
            run("train", "--data", self.data, "--out", out, "--epochs", 2, "--threads", threads, "--quiet", *SMALL)
            models.append((read(f"{out}/model.safetensors"), read(f"{out}/checkpoint.safetensors")))
        self.assertEqual(models[0], models[1])
        run("train", "--data", self.data, "--out", self.at("seed2"), "--epochs", 2, "--seed", 2, "--quiet", *SMALL)
        self.assertNotEqual(models[0][0], read(self.at("seed2", "model.safetensors")))

    def test_ctrl_c_saves_and_resume_gives_the_bytes_of_an_uninterrupted_run(self):
        data = self.write_lines("long.tsv", make_reviews(600, words=80))
        options = ["train", "--data", data, "--epochs", 4, "--hidden", 32, "--emb", 16, "--batch", 16]
        whole, parts = self.at("whole"), self.at("parts")
        run(*options, "--out", whole, "--quiet")
        first = stopped(*options, "--out", parts, file=f"{parts}/checkpoint.safetensors")  # in the first epoch
        self.assertEqual(first.returncode, 130, first.out)
        self.assertTrue(os.path.exists(f"{parts}/model.safetensors"))
        second = stopped("train", "--out", parts, "--resume", line="epoch")  # in the second
        self.assertEqual(second.returncode, 130, second.out)
        run(*options, "--out", parts, "--resume", "--quiet")  # the same options once more are welcome
        self.compare_runs(whole, parts, "attention_history.jsonl", "vocab.txt")

    def test_resume_can_add_epochs_and_refuses_other_changes(self):
        out, other = self.at("more"), self.at("atonce")
        run("train", "--data", self.data, "--out", out, "--epochs", 1, "--quiet", *SMALL)
        before = read(f"{out}/checkpoint.safetensors")
        self.bad("train", "--out", out, "--resume", "--hidden", 9, says="--hidden")
        self.bad("train", "--out", out, "--resume", "--lr", 0.5, says="--lr")
        changed = self.write_lines("changed.tsv", make_reviews(200, seed=6))
        self.bad("train", "--data", changed, "--out", out, "--resume", "--quiet", says="not those")
        self.assertEqual(read(f"{out}/checkpoint.safetensors"), before)
        run("train", "--out", out, "--resume", "--epochs", 3, "--quiet")
        run("train", "--data", self.data, "--out", other, "--epochs", 3, "--quiet", *SMALL)
        self.assertEqual(len(read(f"{out}/metrics.csv").splitlines()), 4)
        self.assertEqual(read(f"{out}/attention_history.jsonl"), read(f"{other}/attention_history.jsonl"))

    def test_a_full_disk_keeps_the_checkpoint(self):
        out = self.at("full")
        run("train", "--data", self.data, "--out", out, "--epochs", 1, "--quiet", *SMALL)
        before = read(f"{out}/checkpoint.safetensors")

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, len(before) // 2))
        done = run("train", "--out", out, "--resume", "--epochs", 2, "--quiet", status=1, preexec_fn=limit)
        self.assertRegex(done.err, r"\Aattn-sentiment: [^\n]+\n\Z")
        self.assertEqual(read(f"{out}/checkpoint.safetensors"), before)
        self.assertEqual(len(os.listdir(out)), 6, "nothing half-written stays behind")
        run("train", "--out", out, "--resume", "--epochs", 2, "--quiet")

    def test_without_data_it_trains_on_the_bundled_sample(self):
        done = run("train", "--out", self.at("bundled"), "--epochs", 1, *SMALL)
        self.assertIn("400 reviews", done.out)

    def test_an_attention_gru_reads_what_attention_weighs(self):
        folder = self.at("reader")
        run("train", "--data", self.data, "--out", folder, "--encoder", "attngru", "--epochs", 2, "--quiet", *SMALL)
        tensors = header(f"{folder}/model.safetensors")
        self.assertEqual(tensors["reader.weight_hh"]["shape"], [2 * 16, 16])  # no update gate; both directions' states
        shown = json.loads(run("explain", "--model", f"{folder}/model.safetensors", "--format", "json", "great film").out)
        self.assertAlmostEqual(sum(token["weight"] for token in shown["tokens"]), 1, places=4)
        run("train", "--out", folder, "--resume", "--epochs", 3, "--quiet")
        self.bad("train", "--out", folder, "--resume", "--encoder", "gru", says="--encoder cannot change")
        self.bad_training("--data", self.data, "--encoder", "attngru", "--pooling", "last", says="--pooling last")

    def test_every_model_that_can_be_trained_is_rebuilt_from_its_file_alone(self):
        """Once trained in two epochs, once in one and a second that goes on from the file: the same bytes. And the file decides and
        attends as training did."""
        rng = random.Random(11)
        data = [self.write(f"tiny{classes}.tsv", "".join(f"{i % classes}\t{make_review(rng, i % 2, 4 + i % 5)}\n" for i in range(24)))
                for classes in (2, 3)]
        shapes = [["--preset", preset, "--layers", layers, "--directions", directions]
                  for preset in ("default", "article") for layers in (1, 2) for directions in (1, 2)]
        kinds = [["--encoder", encoder, "--weighting", weighting, "--faithful", faithful] for encoder in ("gru", "attngru")
                 for weighting in ("softmax", "sparsemax", "entmax") for faithful in ("none", "diversity", "orthogonal")]
        for i, options in enumerate([*kind, *shape] for kind in [*(["--pooling", pooling] for pooling in ("mean", "max", "last")), *kinds] for shape in shapes):
            with self.subTest(options):
                whole, parts = self.at("rebuilt-whole"), self.at("rebuilt-parts")
                every = ["train", "--data", data[i % 2], "--quiet", "--hidden", 3, "--emb", 4, "--max-length", 7, "--batch", 8,
                         "--lr", 0.03, "--valid", 0.2, *(["--freeze-embedding"] if i % 3 == 0 else []), *options]
                run(*every, "--out", whole, "--epochs", 2)
                run(*every, "--out", parts, "--epochs", 1)
                run("train", "--out", parts, "--resume", "--epochs", 2, "--quiet")
                for name in ("checkpoint.safetensors", "attention_history.jsonl"):
                    self.assertEqual(read(f"{parts}/{name}"), read(f"{whole}/{name}"), name)
                self.assertEqual(numbers(f"{parts}/model.safetensors"), numbers(f"{whole}/model.safetensors"))
                best = json.loads(header(f"{whole}/model.safetensors")["__metadata__"]["config"])["best"]["epoch"]
                lines = [line for line in read_lines(f"{whole}/attention_history.jsonl") if line["epoch"] == best]
                by = "gradient" if "--pooling" in options else "attention"
                shown = run("explain", "--model", f"{whole}/model.safetensors", "--by", by, "--format", "json",
                            input="".join(" ".join(line["tokens"]) + "\n" for line in lines).encode())
                for line, reading in zip(lines, map(json.loads, shown.out.splitlines()), strict=True):
                    self.assertEqual(reading["decision"], ["0", "1", "2"][line["decision"]] if i % 2 else ["negative", "positive"][line["decision"]])
                    self.assertEqual(reading["probability"], line["probability"])
                    if line["weights"]:
                        self.assertEqual([token["weight"] for token in reading["tokens"]], line["weights"])
                    self.assertEqual(reading.get("padding_weight", 0), line.get("padding_weight", 0))
                shutil.rmtree(whole)
                shutil.rmtree(parts)

    def test_films_are_held_out_whole(self):
        root = self.write_films("films")
        done = run("train", "--data", root, "--out", self.at("film"), "--valid", 0.2, "--epochs", 1, *SMALL)
        self.assertIn("80 reviews, 40 positive and 40 negative, films in all: 10", done.out)
        self.assertIn("64 to train on, 16 held out, films: 2 (by film", done.out)
        texts = [f"{label}\t{read(f'{root}/train/{label}/{name}').decode()}\n" for label in ("pos", "neg")
                 for name in os.listdir(f"{root}/train/{label}") if int(name.split("_")[0]) < 24]
        kept = self.write("films.tsv", "".join(texts))
        for seed in range(1, 4):  # six films have no review any more, and are not held out
            done = run("train", "--data", root, "--leave-out", kept, "--out", self.at("kept"), "--overwrite", "--valid", 0.25, "--epochs", 1, "--seed", seed, *SMALL)
            self.assertIn("32 reviews, 16 positive and 16 negative, films in all: 4", done.out)
            self.assertIn("24 to train on, 8 held out, films: 1 (by film", done.out)
        lines = read_lines(self.at("film", "attention_history.jsonl"))
        films = {int(line["id"].split("/")[1].split("_")[0]) // 4 for line in lines}
        self.assertLessEqual(len(films), 2)
        done = run("train", "--data", root, "--out", self.at("randomly"), "--valid-by", "random", "--epochs", 1, *SMALL)
        self.assertIn("72 to train on, 8 held out (at random", done.out)
        self.bad_training("--data", self.data, "--valid-by", "film", says="urls_pos.txt")
        run("eval", "--model", self.model, "--data", os.path.join(root, "train"))
        self.bad("eval", "--model", self.model, "--data", root, says="test")

    def test_word_vectors_decide_the_width(self):
        vectors = self.write("vectors.txt", "".join(f"{word} " + " ".join(f"{0.1 * i - j:.3f}" for i in range(6)) + "\n"
                                                    for j, word in enumerate(GOOD + BAD + ["unused"])))
        out = self.at("vectors")
        done = run("train", "--data", self.data, "--out", out, "--glove", vectors, "--epochs", 1, "--hidden", 8)
        self.assertIn("vectors: 16 of ", done.out)
        self.assertEqual(header(f"{out}/model.safetensors")["embedding.weight"]["shape"][1], 6)
        self.bad_training("--data", self.data, "--glove", vectors, "--emb", 50, says="50")
        broken = self.write("broken.txt", "great 1 2 3\nawful 1 2\n")
        self.bad_training("--data", self.data, "--glove", broken)

    def test_every_kind_of_network_trains(self):
        for name, options in {"stacked": ["--layers", 2, "--directions", 1], "frozen": ["--freeze-embedding"],
                              "article": ["--preset", "article", "--max-length", 30],
                              "limited": ["--limit", 40]}.items():
            with self.subTest(name):
                out = self.at(name)
                run("train", "--data", self.data, "--out", out, "--epochs", 1, "--quiet", *options, *SMALL)
                run("predict", "--model", f"{out}/model.safetensors", "great film")
        line = read_lines(self.at("article", "attention_history.jsonl"))[0]
        self.assertAlmostEqual(sum(line["weights"]) + line["padding_weight"], 1, places=4)
        self.assertGreater(line["padding_weight"], 0)

    def test_without_attention_there_is_none_to_explain(self):
        for pooling in ("last", "mean", "max"):
            with self.subTest(pooling):
                out, model = self.at(pooling), ["--model", self.at(pooling, "model.safetensors")]
                done = run("train", "--data", self.data, "--out", out, "--pooling", pooling, "--epochs", 10, "--lr", 0.03, *SMALL)
                self.assertRegex(done.out, r"\ncost: \d+\.\d\d s of processor time an epoch, \d+ MB of memory at most\n")
                score = json.loads(run("eval", *model, "--data", self.data, "--json").out)
                self.assertGreater(score["accuracy"], 0.9)
                self.bad("explain", *model, "a text", says=f"--pooling {pooling}, so it has no attention")
                self.bad("eval", *model, "--data", self.data, "--sharpness", says=f"--pooling {pooling}, so it has no attention; leave --sharpness out")
                shown = json.loads(run("explain", *model, "--by", "occlusion", "--format", "json", "the superb film").out)
                most = max(shown["tokens"], key=lambda token: token["weight"])
                self.assertEqual((shown["decision"], most["token"]), ("positive", "superb"))
                self.assertEqual("classifier.pooling" in header(model[1])["__metadata__"], pooling != "last")
                run("train", "--out", out, "--resume", "--epochs", 11, "--quiet")
                self.bad("train", "--out", out, "--resume", "--pooling", "attention", says="--pooling cannot change")
                self.bad_training("--data", self.data, "--weighting", "entmax", "--pooling", pooling, says=f"--pooling {pooling}")

    def test_layer_normalisation(self):
        out = self.at("normal")
        run("train", "--data", self.data, "--out", out, "--layer-norm", "--epochs", 8, "--lr", 0.03, "--quiet", *SMALL)
        self.assertIn("encoder.norm_gain", " ".join(header(f"{out}/model.safetensors")))
        self.assertGreater(json.loads(run("eval", "--model", f"{out}/model.safetensors", "--data", self.data, "--json").out)["accuracy"], 0.9)

    def test_only_extreme_reviews_can_be_read(self):
        root, out = self.write_films("rated", ratings=(1, 10, 2, 7, 3, 9, 4, 8)), self.at("extreme")
        done = run("train", "--data", root, "--only-extreme", "--out", out, "--valid", 0.2, "--epochs", 1, *SMALL)
        self.assertIn("40 reviews, 20 positive and 20 negative, films in all: 10 (a folder a class, rated 1, 2, 9 or 10 alone)", done.out)
        held_out = {line["id"] for line in read_lines(f"{out}/attention_history.jsonl")}
        self.assertTrue(all(name.rsplit("_", 1)[1] in ("1.txt", "2.txt", "9.txt", "10.txt") for name in held_out), held_out)
        run("train", "--out", out, "--resume", "--epochs", 2, "--quiet")  # the same reviews
        self.assertEqual(run("report", out).err, "")
        score = json.loads(run("eval", "--model", f"{out}/model.safetensors", "--data", f"{root}/train", "--only-extreme", "--json").out)
        self.assertEqual(score["reviews"], 40)
        self.bad_training("--data", self.data, "--only-extreme", says="data.tsv is no folder; expected one of files ID_RATING.txt")
        self.bad_training("--data", self.write_films("middling", ratings=(3, 8)), "--only-extreme", says="no review in it is rated 1, 2, 9 or 10")
        for name in ("7.txt", "7_0.txt", "7_11.txt", "7_9.text", "7_9_1.txt", "a_9.txt", "_9.txt", "7_+9.txt"):
            with self.subTest(name):
                self.write(f"rated/train/pos/{name}", "a film")
                self.bad_training("--data", f"{root}/train", "--only-extreme", says=f"the name of {root}/train/pos/{name} does not tell its rating")
                os.remove(f"{root}/train/pos/{name}")

    def test_the_bundled_sample_is_learned(self):
        done = run("train", "--data", SAMPLE, "--out", self.at("sample"), "--limit", 200, "--epochs", 2)
        self.assertIn("200 reviews, 100 positive and 100 negative", done.out)

    def test_quiet_says_nothing(self):
        done = run("train", "--data", self.data, "--out", self.at("quiet"), "--epochs", 1, "--quiet", *SMALL)
        self.assertEqual((done.out, done.err), ("", ""))
        self.assertEqual(self.trained.err, "")

    # ---- using a model ----

    def test_eval(self):
        score = json.loads(run("eval", "--model", self.model, "--data", self.data, "--json").out)
        self.assertEqual(list(score), ["accuracy", "loss", "calibration_error", "reviews", "seconds"])
        self.assertEqual(score["reviews"], 200)
        self.assertGreater(score["accuracy"], 0.9)
        self.assertIn("200 reviews", run("eval", "--model", self.model, "--data", self.data).out)

    def test_eval_says_how_sharp_attention_is(self):
        path = self.write("few.tsv", "".join(f"{label}\t{text}\n" for label, text in make_reviews(7, words=13)) + "1\tgreat\n")
        effective, heaviest = [], []
        for line in read(path).decode().splitlines():
            tokens = json.loads(run("explain", "--model", self.model, "--format", "json", line.split("\t")[1]).out)["tokens"]
            weights = sorted((token["weight"] for token in tokens), reverse=True)
            effective.append(math.exp(-sum(w * math.log(w) for w in weights if w)) / len(weights))
            heaviest.append(sum(weights[:math.ceil(len(weights) / 10)]))
        score = json.loads(run("eval", "--model", self.model, "--data", path, "--json", "--sharpness").out)
        self.assertAlmostEqual(score["effective_words"], sum(effective) / 8, places=4)
        self.assertAlmostEqual(score["heaviest_tenth"], sum(heaviest) / 8, places=4)
        self.assertRegex(run("eval", "--model", self.model, "--data", path, "--sharpness").out,
                         rf"attention: as spread as evenly over {score['effective_words']:.4f} of a review's words; the heaviest tenth has "
                         rf"{score['heaviest_tenth']:.4f}\n")

    def test_the_model_is_calibrated_and_the_checkpoint_is_not(self):
        self.assertGreater(float(header(self.model)["__metadata__"]["classifier.scale.decision"]), 0)
        self.assertNotIn("classifier.scale.decision", header(os.path.join(self.run_folder, "checkpoint.safetensors"))["__metadata__"])

    def test_the_calibration_error_is_that_of_the_predictions(self):
        path = self.write("half.tsv", "".join(f"{i % 2}\t{(GOOD if i % 3 else BAD)[i % 8]} film\n" for i in range(60)))
        texts = [line.split("\t") for line in read(path).decode().splitlines()]
        bins = {}
        for label, text in texts:
            line = json.loads(run("predict", "--model", self.model, "--json", text).out)
            right = (line["label"] == "positive") == (label == "1")
            bins.setdefault(math.ceil(line["probability"] * 15), []).append(right - line["probability"])
        error = sum(abs(sum(lacks)) for lacks in bins.values()) / len(texts)
        score = json.loads(run("eval", "--model", self.model, "--data", path, "--json").out)
        self.assertAlmostEqual(score["calibration_error"], error, places=4)
        self.assertGreater(error, 0.1)  # a third of these labels are wrong, and the model is sure
        self.assertIn(f"calibration error {score['calibration_error']:.4f} on 60 reviews", run("eval", "--model", self.model, "--data", path).out)

    def test_predict(self):
        done = run("predict", "--model", self.model, "wonderful film , we loved the superb scene")
        self.assertRegex(done.out, r"\Apositive (0\.[5-9]\d|1\.00)  wonderful film , we loved the superb scene\n\Z")
        lines = "great , loved it\nawful and boring\n\n" + "dull " * 50
        predicted = [json.loads(line) for line in run("predict", "--model", self.model, "--json", input=lines.encode()).out.splitlines()]
        self.assertEqual([line["label"] for line in predicted[:2]], ["positive", "negative"])
        self.assertEqual([line["tokens"] for line in predicted], [4, 3, 0, 50])
        for line in predicted:
            self.assertTrue(0.5 <= line["probability"] <= 1)

    def test_each_line_of_input_gets_one_line_whatever_breaks_are_in_it(self):
        lines = "great<br /><br />film\u2028loved\u2029it\rall\nawful film\r\n\n<br>".encode()
        told = run("predict", "--model", self.model, input=lines).out
        self.assertEqual([line.split("  ", 1)[1] for line in told.split("\n")[:-1]], ["great film loved it all", "awful film", "", ""])
        self.assertIn("great\r\n\r\nfilm", in_terminal("predict", "--model", self.model, "great<br><br>film", NO_COLOR="1"))

    def test_standard_input_may_have_a_byte_order_mark_and_is_no_utf16(self):
        text = "great film\nawful plot\n"
        plain = run("predict", "--model", self.model, input=text.encode()).out
        self.assertEqual(run("predict", "--model", self.model, input=text.encode("utf-8-sig")).out, plain)
        self.assertEqual(run("predict", "--model", self.model, input=b"\xef\xbb\xbf").out, "")
        for name in "utf-16-le", "utf-16-be":
            done = run("predict", "--model", self.model, input=("\ufeff" + text).encode(name), status=2)
            self.assertEqual((done.out, done.err), ("", "attn-sentiment: standard input: this is UTF-16; expected UTF-8\n"))

    def test_explain_gives_the_bytes_of_the_original(self):
        text = "Größe! It's WONDERFUL,<br />really \U0001F600 superb."
        done = json.loads(run("explain", "--model", self.model, "--format", "json", text).out)
        self.assertEqual(list(done), ["decision", "probability", "by", "tokens"])
        self.assertAlmostEqual(sum(token["weight"] for token in done["tokens"]), 1, places=4)
        spans = [text.encode()[token["begin"]:token["end"]].decode() for token in done["tokens"]]
        self.assertEqual(spans[:2], ["Größe", "!"])
        self.assertIn("WONDERFUL", spans)
        self.assertIn("wonderful", [token["token"] for token in done["tokens"]])
        several = run("explain", "--model", self.model, "--format", "json", input=b"great\nawful \xff\xfe\n")
        self.assertEqual(len([json.loads(line) for line in several.out.splitlines()]), 2)
        self.assertIn("malformed UTF-8 sequences in 1 reviews were replaced", several.err)

    def test_explain_names_what_is_there(self):
        self.assertIn('\n  attention: no words\n', run("explain", "--model", self.model, "").out)
        self.assertRegex(run("explain", "--model", self.model, ",").out, r'\n  attention: "," 1\.000\n')

    def test_explain_shades_in_a_terminal_only(self):
        text = "a wonderful film\x1b[31m"
        shown = in_terminal("explain", "--model", self.model, text)
        self.assertIn("\x1b[38;5;16;48;5;", shown)
        self.assertNotIn("\x1b[31m", shown)
        self.assertNotIn("\x1b", in_terminal("explain", "--model", self.model, text, NO_COLOR="1"))
        piped = run("explain", "--model", self.model, "--format", "ansi", text).out
        self.assertNotIn("\x1b", piped)
        self.assertIn("a wonderful film", piped)
        self.assertIn("attention: ", piped)
        forced = run("explain", "--model", self.model, text, env={**os.environ, "FORCE_COLOR": "1"}).out
        self.assertIn("\x1b[38;5;16;48;5;", forced)

    def test_training_shows_its_progress_in_a_terminal(self):
        shown = in_terminal("train", "--data", self.data, "--out", self.at("bar"), "--epochs", 1, *SMALL)
        self.assertIn("epoch 1/1 [", shown)
        self.assertIn("reviews/s", shown)

    def test_sample_shows_a_review_as_ids(self):
        done = run("sample", "--data", self.data)
        lines = dict(line.split(": ", 1) for line in done.out.splitlines())
        self.assertEqual(len(lines["ids"].split()), int(lines["length"]))
        self.assertEqual(len(lines["tokens"].split()), int(lines["length"]))
        self.assertIn(lines["label"], ("0 (negative)", "1 (positive)"))
        self.assertNotEqual(done.out, run("sample", "--data", self.data, "--seed", 2).out)

    def test_malformed_text_is_counted_once(self):
        reviews = b"".join(b"%d\t%s \xff\xc0 film\n" % (i % 2, (GOOD if i % 2 else BAD)[i % 8].encode()) for i in range(40))
        done = run("train", "--data", self.write("malformed.tsv", reviews), "--out", self.at("malformed"), "--epochs", 1, *SMALL)
        self.assertRegex(done.err, r"\Aattn-sentiment: \d+ malformed UTF-8 sequences in 40 reviews were replaced\n\Z")

    # ---- bad input ----

    def test_bad_data(self):
        os.makedirs(self.at("empty"), exist_ok=True)
        os.makedirs(self.at("hollow", "pos"), exist_ok=True)
        os.makedirs(self.at("hollow", "neg"), exist_ok=True)
        self.write("onlypos/pos/0_9.txt", "great")
        os.makedirs(self.at("flat"), exist_ok=True)
        self.write("flat/0_9.txt", "great")
        for path, says in {
                self.at("missing"): "No such file",
                self.at("empty"): "pos/",
                self.at("hollow"): "no reviews in it; expected one a file",
                self.at("flat"): "pos/",
                self.at("onlypos"): "at least two classes",
                self.write("empty.tsv", ""): "no reviews in it; expected rows of a label and a text",
                self.write("one.tsv", "1\tgreat\n1\tgood\n"): "at least two classes",
                self.write("notab.tsv", "1 great\n"): "line 1",
                self.write("label.tsv", "1\tgreat\n\tbad\n"): "line 2",
                self.write("two.tsv", "1\tgreat\n0\tbad\n"): "split"}.items():
            with self.subTest(path):
                self.bad_training("--data", path, says=says)

    def test_bad_options(self):
        for options, says in [(["--hiden", 3], "--hidden"), (["--epochs", 0], "--epochs 0"), (["--epochs", "x"], "whole number"),
                              (["--lr", -1], "--lr -1"), (["--lr", "nan"], "--lr"), (["--valid", 1.5], "--valid"),
                              (["--hidden", 99999999999999999999], "--hidden"), (["--preset", "better"], "default|gru|best|article"),
                              (["--quiet=1"], "no value"), (["--seed"], "needs a value"), (["more"], "more")]:
            with self.subTest(options):
                self.bad_training("--data", self.data, *options, says=says)
        self.bad("train", says="--out")
        self.bad("train", "--data", self.data, says="--out")
        self.bad("trian", says="train")
        self.bad(says="command")
        self.bad("predict", "--model", self.model, "two", "texts", says="quotes")
        self.bad("train", "--out", self.at("nothing"), "--resume", says="checkpoint", out=self.at("nothing"))

    def test_bad_places_to_write(self):
        self.bad("train", "--data", self.data, "--out", self.data, "--quiet", says="not a folder")
        self.bad("train", "--data", self.data, "--out", os.path.join(self.data, "in"), "--quiet", says="--out")
        self.bad("train", "--data", self.data, "--out", "/proc/nowhere", "--quiet", says="--out")

    def test_whoever_writes_a_line_gets_its_answer(self):
        """One line in, its answer out, the next line in; then many at once; the last one without a line feed."""
        for arguments in (["predict"], ["predict", "--json"], ["explain", "--by", "gradient"], ["explain", "--format", "json"]):
            with self.subTest(arguments):
                process = subprocess.Popen([PROGRAM, arguments[0], "--model", self.model, *arguments[1:]],
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
                for text in (b"great superb film\n", b"\n", b"awful boring plot\r\n", b"x" * 200000 + b" great\n"):
                    process.stdin.write(text)
                    self.assertTrue(select.select([process.stdout], [], [], 60)[0], "no answer")
                    answer = b""
                    while select.select([process.stdout], [], [], 0.3)[0]:
                        answer += process.stdout.read(65536)
                    if "--json" in arguments or "json" in arguments:
                        self.assertEqual(len([json.loads(line) for line in answer.splitlines()]), 1)
                process.stdin.write(b"a good film\n" * 100 + b"the last")
                process.stdin.close()
                rest = process.stdout.read()
                process.stdout.close()
                self.assertEqual(process.wait(), 0)
                if "json" in arguments or "--json" in arguments:
                    self.assertEqual(len(rest.splitlines()), 101)
                self.assertTrue(rest.endswith(b"\n"))

    def test_bad_models(self):
        whole = read(self.model)
        foreign = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
        for name, content in {"truncated": whole[:len(whole) // 2], "short": whole[:5], "empty": b"", "text": b"hello\n" * 50,
                              "foreign": struct.pack("<Q", len(foreign)) + foreign + bytes(4),
                              "wild": with_option(self.model, "encoder", hidden_dim=4000000)}.items():
            path = self.write(f"{name}.safetensors", content)
            with self.subTest(name):
                self.bad("predict", "--model", path, "a text", says=path)
                self.bad("eval", "--model", path, "--data", self.data, says=path)
        self.bad("explain", "--model", self.at("missing"), "a text", says="missing")
        shutil.copytree(self.run_folder, self.at("torn"))
        with open(self.at("torn", "checkpoint.safetensors"), "r+b") as file:
            file.truncate(2000)
        self.bad("train", "--out", self.at("torn"), "--resume", says="checkpoint")

    def test_help(self):
        for arguments in ([], *([name] for name in ("train", "eval", "predict", "explain", "report", "sample"))):
            done = run(*arguments, "--help")
            self.assertIn("usage: attn-sentiment", done.out)
            self.assertIn("Example:", done.out)

    def test_a_full_output_is_an_error(self):
        model, data = ["--model", self.model], ["--data", self.data]
        must_not_print(["--help"], ["--version"], ["train", "--help"], ["sample", *data], ["eval", *model, *data],
                       ["eval", *model, *data, "--json"], ["predict", *model, "text"], ["predict", *model, "--json", "text"],
                       *(["explain", *model, "--format", form, "text"] for form in ("ansi", "html", "svg", "json", "csv", "latex")),
                       ["explain", *model, *data, "--format", "json"], ["report", self.run_folder],
                       ["faithfulness", *model, *data, "--limit", 9], ["faithfulness", *model, *data, "--limit", 9, "--json"],
                       ["train", *data, "--out", self.at("unheard"), "--overwrite", "--epochs", 1, *SMALL])
        self.assertEqual(sorted(os.listdir(self.at("unheard"))), RUN)

    # ---- files ----

    def test_a_page_goes_where_its_name_says(self):
        must_write_anywhere("report", self.run_folder, "--out")

    def test_a_line_about_a_long_path_keeps_its_reason(self):
        for path, reason in (("/proc/" + "no/" * 1000, "No such file or directory"), ("n" * 256, "File name too long"), ("n" * 9000, "File name too long")):
            for arguments in (["train", "--out", path, "--data", self.data], ["train", "--out", self.at("none"), "--data", path],
                              ["train", "--out", self.at("none"), "--data", self.data, "--glove", path], ["train", "--resume", "--out", path],
                              ["eval", "--data", self.data, "--model", path], ["eval", "--model", self.model, "--data", path],
                              ["explain", "--model", path, "text"], ["report", path]):
                error = run(*arguments, "--quiet", status=2).err if arguments[0] == "train" else run(*arguments, status=2).err
                self.assertRegex(error, rf"\Aattn-sentiment: [^\n]{{200,1023}}\n\Z")
                self.assertIn(reason, error)

    def test_what_stands_in_the_run_keeps_what_it_is(self):
        """Links, to files that are not there yet, and a file of the user's."""
        out = self.at("linked")
        os.makedirs(self.at("elsewhere"))
        os.makedirs(out)
        for name in RUN:
            os.symlink(f"../elsewhere/{name}", f"{out}/{name}")
        self.write("linked/.probe", "mine")
        run("train", "--data", self.data, "--out", out, "--epochs", 1, "--quiet", *SMALL)
        self.assertEqual(sorted(os.listdir(out)), sorted([".probe", *RUN]))
        self.assertTrue(all(os.path.islink(f"{out}/{name}") for name in RUN))
        self.assertEqual(sorted(os.listdir(self.at("elsewhere"))), RUN)
        self.assertEqual(read(f"{out}/.probe"), b"mine")
        run("predict", "--model", f"{out}/model.safetensors", "great film")

    def test_a_run_that_ends_while_it_begins_is_still_a_run(self):
        """Its metrics.csv is there before anything else, so that --overwrite knows the folder as its own."""
        out = self.at("begins")
        options = ["train", "--data", self.data, "--epochs", 1, "--out", out, "--quiet", *SMALL]
        os.makedirs(f"{out}/metrics.csv")
        run(*options, status=1)
        self.assertEqual(os.listdir(out), ["metrics.csv"])
        os.rmdir(f"{out}/metrics.csv")
        os.makedirs(f"{out}/vocab.txt")
        run(*options, status=1)
        self.assertEqual(sorted(os.listdir(out)), ["metrics.csv", "vocab.txt"])
        os.rmdir(f"{out}/vocab.txt")
        run(*options, "--overwrite")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
