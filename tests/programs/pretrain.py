#!/usr/bin/env python3
"""attn-sentiment's language models, and classifiers that begin with them, on small texts made here: pretrain.py PROGRAM SAMPLE"""
import array
import csv
import io
import json
import math
import os
import random
import re
import sys
import unittest

from program import header, InFolder, layers, read, run, settings, stopped

SAMPLE = sys.argv[2]
SIZES = ["--hidden", "8", "--emb", "6"]
SMALL = [*SIZES, "--candidates", "12", "--epochs", "6", "--lr", "0.05"]
PHRASES = ["the film was great .", "a dull and boring story .", "i loved every minute of it .", "the actors were awful ,"]


def make_texts(count, seed):
    """In phrases, so that a word tells the next one."""
    rng = random.Random(seed)
    return [" ".join(rng.choice(PHRASES) for _ in range(rng.randrange(1, 9))) for _ in range(count)]


def tensor(model, name):
    """A float32 tensor's numbers."""
    data, place = read(model), header(model)[name]
    start = 8 + int.from_bytes(data[:8], "little")
    begin, end = place["data_offsets"]
    return array.array("f", data[start + begin:start + end])


def metrics(folder):
    return list(csv.DictReader(io.StringIO(read(f"{folder}/metrics.csv").decode())))


class Pretrain(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.texts = make_texts(120, 1)
        cls.data = cls.write("data.tsv", "".join(f"{i % 2}\t{text}\n" for i, text in enumerate(cls.texts)))
        cls.lines = cls.write("lines.txt", "".join(f"{text}\n" for text in cls.texts))
        cls.out = cls.at("language")
        cls.pretrain("language", cls.data)
        cls.model = cls.at("language", "model.safetensors")

    @classmethod
    def pretrain(cls, name, *data, options=()):
        given = [part for path in data for part in ("--data", path)]
        return run("pretrain", *given, "--out", cls.at(name), *SMALL, *options)

    def train(self, name, *options, **more):
        return run("train", "--data", self.data, "--out", self.at(name), "--epochs", 1, *options, **more)

    def bad(self, *arguments, says):
        done = run(*arguments, status=2)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        self.assertIn(says, done.err)

    # ---- what is learned ----

    def test_perplexity_falls_far_below_that_of_single_words(self):
        rows = metrics(self.out)
        self.assertEqual([row["epoch"] for row in rows], list("123456"))
        self.assertEqual(list(rows[0]), ["epoch", "learning_rate", "train_loss", "valid_loss", "valid_perplexity", "seconds"])
        perplexities = [float(row["valid_perplexity"]) for row in rows]
        self.assertLess(perplexities[-1], perplexities[0])
        counts = {}
        for word in " ".join(self.texts).split():
            counts[word] = counts.get(word, 0) + 1
        total = sum(counts.values())
        alone = math.exp(-sum(n / total * math.log(n / total) for n in counts.values()))
        self.assertLess(perplexities[-1], alone / 2)
        for row in rows:
            self.assertAlmostEqual(float(row["valid_perplexity"]), math.exp(float(row["valid_loss"])), places=3)
        rates = [float(row["learning_rate"]) for row in rows]
        self.assertEqual(rates, sorted(rates, reverse=True))

    def test_the_bundled_sample_is_learned_in_seconds(self):
        done = run("pretrain", "--out", self.at("sample"), "--epochs", 2, "--hidden", 16, "--emb", 16)
        self.assertIn("split: 360 to train on, 40 held out at random", done.out)
        self.assertRegex(done.out, r"epoch  1/2  training loss a word [0-9.]+ perplexity [0-9.]+  held-out [0-9.]+ perplexity")
        first, last = metrics(self.at("sample"))
        self.assertLess(float(last["valid_loss"]), float(first["valid_loss"]))
        self.assertEqual(settings(self.at("sample", "model.safetensors"))["best"]["epoch"], 2)

    def test_a_file_says_what_it_is_and_what_made_it(self):
        self.assertEqual(sorted(layers(self.model)),
                         ["embedding", "encoder", "language.backward", "language.bias", "language.forward"])
        self.assertIn("great", header(self.model)["__metadata__"]["vocab"])
        said = settings(self.model)
        self.assertEqual(said["command"], "attn-sentiment pretrain --data data.tsv --epochs 6 --candidates 12 --hidden 8 --emb 6 --lr 0.05")
        self.assertEqual(said["language"]["candidates"], 12)
        self.assertAlmostEqual(said["best"]["valid_perplexity"], float(metrics(self.out)[-1]["valid_perplexity"]), places=3)

    def test_one_direction_has_one_language_model(self):
        self.pretrain("one", self.data, options=["--directions", 1, "--layers", 2, "--epochs", 1, "--quiet"])
        self.assertEqual(sorted(layers(self.at("one", "model.safetensors"))),
                         ["embedding", "encoder", "language.bias", "language.forward"])

    def test_the_number_of_threads_changes_no_bit(self):
        for threads in (1, 3):
            self.pretrain(f"threads{threads}", self.data, options=["--threads", threads, "--quiet"])
            self.assertEqual(read(self.at(f"threads{threads}", "model.safetensors")), read(self.model))

    # ---- texts ----

    def test_texts_are_read_in_every_form_and_labels_are_not_looked_at(self):
        table = io.StringIO()
        csv.writer(table).writerows([["id", "text"], *enumerate(self.texts)])
        folder = self.at("folder")
        os.makedirs(folder)
        for i, text in enumerate(self.texts):
            self.write(f"folder/{i}_0.txt", text)
        forms = [self.lines, self.write("unlabelled.tsv", "".join(f"{i}\ttt{i}\t{text}\n" for i, text in enumerate(self.texts))),
                 self.write("table.csv", table.getvalue()), folder,
                 self.write("objects.jsonl", "".join(json.dumps({"text": text}) + "\n" for text in self.texts)),
                 self.write("headed.tsv", "text\tid\n" + "".join(f"{text}\t{i}\n" for i, text in enumerate(self.texts)))]
        for i, form in enumerate(forms):
            done = self.pretrain(f"form{i}", form, options=["--epochs", 1])
            self.assertRegex(done.out, r"\Adata: 120 texts \(")
            self.pretrain(f"same{i}", self.data, options=["--epochs", 1, "--quiet"]) if i == 0 else None
            for name in ("embedding.weight", "encoder.weight_hh_l0"):
                self.assertEqual(tensor(self.at(f"form{i}", "model.safetensors"), name),
                                 tensor(self.at("same0", "model.safetensors"), name), form)

    def test_unlabelled_reviews_beside_labelled_ones_are_read_and_several_files_are_one_after_another(self):
        for part in ("pos", "neg", "unsup"):
            self.write(f"aclImdb/train/{part}/0_5.txt", f"a film of {part} .")
            self.write(f"aclImdb/train/{part}/1_5.txt", f"a story of {part} .")
        done = self.pretrain("several", self.at("aclImdb"), self.lines, options=["--epochs", 1])
        self.assertRegex(done.out, r"data: 6 texts \(a folder a class\)\ndata: 120 texts \(a text a line\)\nsplit: 113 to train on")
        left = self.pretrain("left", self.data, options=["--epochs", 1, "--leave-out", self.write("some.tsv", f"1\t{self.texts[0]}\n")])
        self.assertRegex(left.out, r"left out: [0-9]+ texts that stand in ")
        self.assertIn("split: 9 to train on, 1 held out", self.pretrain("few", self.data, options=["--limit", 10]).out)

    # ---- stopping and going on ----

    def test_a_run_that_was_stopped_goes_on_to_the_same_bits(self):
        long = ["pretrain", "--data", SAMPLE, "--hidden", 16, "--emb", 16, "--epochs", 2, "--dropout-words", 0.1, "--train-precision", "bfloat16"]
        whole, parts = self.at("whole"), self.at("parts")
        run(*long, "--out", whole, "--quiet")
        first = stopped(*long, "--out", parts, file=f"{parts}/checkpoint.safetensors", wait=0.05)  # in the first epoch
        self.assertEqual(first.returncode, 130, first.out)
        self.assertIn(f"go on with: attn-sentiment pretrain --out {parts} --resume", first.out)
        self.assertTrue(os.path.exists(f"{parts}/model.safetensors"))
        self.bad("pretrain", "--out", parts, "--resume", "--epochs", 3, says="--epochs cannot be given with --resume")
        self.bad("pretrain", "--out", parts, "--resume", "--data", self.data, says="the texts are not those that")
        self.bad("train", "--out", parts, "--resume", says=f"go on with attn-sentiment pretrain --out {parts} --resume")
        done = run("pretrain", "--out", parts, "--resume")
        self.assertRegex(done.out, r"resumed after epoch 0, step \d+\n")
        self.compare_runs(whole, parts)
        self.bad("pretrain", "--data", self.data, "--out", parts, says="a run is there already")

    # ---- classifiers ----

    def test_a_classifier_begins_with_the_words_vectors_and_encoder(self):
        self.train("started", "--start", self.model, "--lr", "1e-9", "--quiet")
        self.train("alone", *SIZES, "--lr", "1e-9", "--quiet")
        started, alone = self.at("started", "model.safetensors"), self.at("alone", "model.safetensors")
        self.assertEqual(header(started)["__metadata__"]["vocab"], header(self.model)["__metadata__"]["vocab"])
        for name in ("embedding.weight", "encoder.weight_ih_l0", "encoder.weight_hh_l0_reverse", "encoder.bias_hh_l0"):
            began, has, other = (tensor(model, name) for model in (self.model, started, alone))
            self.assertLess(max(abs(a - b) for a, b in zip(began, has)), 1e-3, name)  # its rate never falls below 1e-5
            self.assertGreater(max(abs(a - b) for a, b in zip(began, other)), 1e-2, name)
        self.assertEqual(layers(started)["encoder"]["hidden_dim"], 8)
        self.assertIn("--start model.safetensors", settings(started)["command"])
        run("predict", "--model", started, "the film was great .")
        run("train", "--out", self.at("started"), "--resume", "--epochs", 2, "--quiet")

    def test_a_classifier_may_begin_with_the_most_frequent_of_the_words(self):
        self.train("frequent", "--start", self.model, "--max-vocab", 9, "--lr", "1e-9", "--quiet")
        few = self.at("frequent", "model.safetensors")
        words, all_words = (header(model)["__metadata__"]["vocab"] for model in (few, self.model))
        self.assertGreater(len(all_words.splitlines()), 9)
        self.assertEqual(words.splitlines(), all_words.splitlines()[:9])
        has, began = tensor(few, "embedding.weight"), tensor(self.model, "embedding.weight")
        self.assertEqual(len(has), 9 * 6)
        self.assertLess(max(abs(a - b) for a, b in zip(has, began)), 1e-3)  # its rate never falls below 1e-5
        run("train", "--out", self.at("frequent"), "--resume", "--epochs", 2, "--quiet")

    def test_a_language_model_of_the_training_reviews_comes_first_where_it_is_asked_for(self):
        done = self.train("lessons", *SIZES, "--language-epochs", 2)
        losses = [float(loss) for loss in re.findall(r"language, epoch \d/2  training loss a word ([0-9.]+) perplexity", done.out)]
        self.assertEqual(len(losses), 2)
        self.assertLess(losses[1], losses[0])
        self.assertIn("--language-epochs 2", settings(self.at("lessons", "model.safetensors"))["command"])
        again = run("train", "--out", self.at("lessons"), "--resume", "--epochs", 2)
        self.assertNotIn("language", again.out)
        self.bad("train", "--out", self.at("lessons"), "--resume", "--language-epochs", 3, says="--language-epochs cannot change")
        frozen = self.train("frozen", *SIZES, "--language-epochs", 1, "--freeze-embedding", "--quiet")
        self.assertEqual(frozen.err, "")

    def test_a_run_that_is_stopped_in_its_language_epochs_leaves_nothing(self):
        out = self.at("early")
        done = stopped("train", "--data", self.data, "--out", out, *SIZES, "--language-epochs", 10000, line="language, epoch 1/")
        self.assertRegex(done.out, r"stopped in language epoch \d+; nothing is kept of these, but attn-sentiment pretrain can")
        self.assertEqual(done.returncode, 130)
        self.assertFalse(os.path.exists(out))

    def test_orthogonal_states_and_n_grams_go_with_a_start(self):
        self.train("orthogonal", "--start", self.model, "--faithful", "orthogonal", "--quiet")
        self.train("both", "--start", self.model, "--ngrams", "--quiet")

    # ---- what is not understood ----

    def test_what_does_not_fit_is_said_in_one_line(self):
        self.train("classifier", *SIZES, "--quiet")
        classifier, out = self.at("classifier", "model.safetensors"), self.at("none")
        start = ["train", "--data", self.data, "--out", out, "--start"]
        self.bad(*start, classifier, says="this is no language model; expected a model that attn-sentiment pretrain wrote")
        self.bad(*start, self.data, says="safetensors")
        self.bad(*start, self.at("missing"), says="No such file")
        for option, value, was in (("hidden", 9, 8), ("emb", 7, 6), ("directions", 1, 2), ("layers", 2, 1)):
            self.bad(*start, self.model, f"--{option}", value,
                     says=f"--{option} {value}: the language model in {self.model} was trained with {was}; leave --{option} out")
        self.bad(*start, self.model, "--layer-norm", says="was trained without")
        self.bad(*start, self.model, "--glove", self.data, says="--glove: --start has vectors of its own")
        self.bad(*start, self.model, "--encoder", "none", says="--start is of the encoder")
        self.bad("train", "--data", self.data, "--out", out, "--layers", 2, "--language-epochs", 1, says="has read the words that it would predict")
        self.bad("pretrain", "--data", self.data, "--out", out, "--layers", 2, says="has read the words that it would predict")
        self.bad("pretrain", "--data", self.write("one.txt", "one\n"), "--out", out, says="1 texts: expected two or more")
        self.bad("pretrain", "--data", self.at("missing"), "--out", out, says="No such file")
        self.bad("pretrain", "--out", out, "--resume", says="no run that could go on")
        self.bad("pretrain", "--out", self.at("classifier"), "--resume", says="is no language model's; go on with attn-sentiment train")
        for command in (["predict", "great"], ["eval", "--data", SAMPLE], ["explain", "great"]):
            self.bad(*command, "--model", self.model, says=f"a language model, which decides nothing; train a classifier that begins with it: "
                                                           f"attn-sentiment train --start {self.model}")
        self.assertFalse(os.path.exists(out))

    def test_help_shows_how(self):
        text = run("pretrain", "--help").out
        self.assertIn("--start RUN/model.safetensors", text)
        self.assertIn("--candidates N", text)
        self.assertIn("--start FILE", run("train", "--help").out)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
