#!/usr/bin/env python3
"""attn-sentiment's faithfulness, and training for it, on small reviews made here: faithful.py PROGRAM"""
import json
import math
import os
import random
import sys
import unittest

from program import InFolder, layers, read, run, settings

SMALL = ["--hidden", "8", "--emb", "8", "--batch", "16", "--lr", "0.03", "--quiet"]
KEYS = ["tau_gradient", "pearson_gradient", "pearson_integrated", "divergence_integrated", "tau_occlusion", "comprehensiveness",
        "sufficiency", "soft_comprehensiveness", "soft_comprehensiveness_random", "soft_sufficiency", "soft_sufficiency_random",
        "flip_fraction", "flip_fraction_random", "permutation_change", "conicity", "reviews"]
GOOD = "great wonderful loved superb moving brilliant charming gripping".split()
BAD = "awful boring hated dull terrible stupid tedious bland".split()
PLAIN = "the a film story of and it was in this with actor scene music plot we saw , . !".split()


def make_lines(count, seed):
    rng, lines = random.Random(seed), []
    for i in range(count):
        words = [rng.choice(PLAIN) for _ in range(rng.randrange(6, 25))]
        for _ in range(3):
            words[rng.randrange(len(words))] = rng.choice(GOOD if i % 2 else BAD)
        lines.append(f"{i % 2}\t{' '.join(words)}\n")
    return "".join(lines)


class Faithful(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.write("data.tsv", make_lines(200, 1))
        cls.held_out = cls.write("held.tsv", make_lines(40, 2))
        cls.models = {}
        for faithful in ("none", "diversity", "orthogonal"):
            cls.models[faithful] = cls.train(faithful, "--faithful", faithful, "--epochs", 6)

    @classmethod
    def train(cls, name, *options):
        run("train", "--data", cls.data, "--out", cls.at(name), *SMALL, *options)
        return os.path.join(cls.at(name), "model.safetensors")

    def measure(self, model, *options):
        return json.loads(run("faithfulness", "--model", model, "--data", self.held_out, "--json", *options).out)

    def bad(self, *arguments, says):
        done = run(*arguments, status=2)
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"\Aattn-sentiment: [^\n]+\n\Z")
        self.assertIn(says, done.err)

    # ---- measuring ----

    def test_the_figures_lie_where_they_can(self):
        for name, model in self.models.items():
            with self.subTest(name):
                figures = self.measure(model)
                self.assertEqual(list(figures), KEYS)
                self.assertEqual(figures["reviews"], 40)
                for key in KEYS[:3] + ["tau_occlusion"]:
                    self.assertTrue(-1 <= figures[key] <= 1, key)
                self.assertTrue(0 <= figures["divergence_integrated"] <= math.log(2))
                for key in KEYS[7:11]:
                    self.assertTrue(0 <= figures[key] <= 1, key)
                for key in ("flip_fraction", "flip_fraction_random"):
                    self.assertTrue(0 < figures[key] <= 1, key)
                self.assertTrue(0 <= figures["permutation_change"] <= 1)
                self.assertTrue(-1 <= figures["conicity"] <= 1)
                # Three words of a review decide it, and the model has learned that.
                self.assertGreater(figures["comprehensiveness"], 0)
                self.assertGreater(figures["tau_gradient"], 0)
                self.assertGreater(figures["pearson_integrated"], 0)
                self.assertGreater(figures["soft_comprehensiveness"], figures["soft_comprehensiveness_random"])
                self.assertGreater(figures["soft_sufficiency"], figures["soft_sufficiency_random"])
                self.assertLess(figures["flip_fraction"], figures["flip_fraction_random"])

    def test_the_number_of_threads_changes_nothing_and_the_seed_does(self):
        one, two = (self.measure(self.models["none"], "--threads", threads) for threads in (1, 2))
        self.assertEqual(one, two)
        other = self.measure(self.models["none"], "--seed", 2)
        self.assertNotEqual(one["flip_fraction_random"], other["flip_fraction_random"])
        self.assertEqual(one["flip_fraction"], other["flip_fraction"])

    def test_the_table_has_every_measure_with_its_interval(self):
        done = run("faithfulness", "--model", self.models["none"], "--data", self.held_out, "--limit", 10)
        lines = done.out.splitlines()
        self.assertEqual(lines[0], "10 reviews: mean [95 % interval] of")
        self.assertEqual(lines[2].split("  ")[0], "words ranked")
        self.assertEqual(len(lines), 15)
        for line in lines[3:]:
            self.assertRegex(line, r"\A[a-zKP][a-zA-Z' ]+  +-?\d\.\d{3} \[-?\d\.\d{3}, -?\d\.\d{3}\].* -?\d\.\d{3}\Z")
        self.assertEqual(done.err, "")

    def test_gradients_and_occlusion_are_those_of_the_model(self):
        """One review of one word, then of two, against probabilities that predict prints."""
        word = self.write("word.tsv", "1\tgreat\n0\t\n0\tawful\n")
        figures = json.loads(run("faithfulness", "--model", self.models["none"], "--data", word, "--json").out)
        self.assertEqual(figures["reviews"], 2)  # the empty one has no words to rank
        self.assertEqual(figures["tau_gradient"], 0)  # nor has one word an order
        self.assertEqual(figures["flip_fraction"], 1)
        self.assertEqual(figures["sufficiency"], 0)
        self.assertAlmostEqual(figures["conicity"], 1, places=5)
        self.assertEqual(figures["permutation_change"], 0)
        def p(text):
            return json.loads(run("predict", "--model", self.models["none"], "--json", text).out)
        empty, expected = p(""), []
        for text in ("great", "awful"):  # without its word a review is the empty one
            whole = p(text)
            without = empty["probability"] if empty["label"] == whole["label"] else 1 - empty["probability"]
            expected.append(whole["probability"] - without)
        self.assertAlmostEqual(figures["comprehensiveness"], sum(expected) / 2, places=4)

    def test_without_any_attention_left_no_decision_turns(self):
        """Sparse weights: of these reviews one word has them all."""
        model = self.train("sparse", "--weighting", "sparsemax", "--epochs", 6)
        pairs = [f"{plain} {word}" for plain in PLAIN for word in BAD + GOOD]
        lines = run("explain", "--model", model, "--format", "json", input="\n".join(pairs).encode()).out.splitlines()
        alone = {json.loads(line)["decision"]: text for text, line in zip(pairs, lines, strict=True)
                 if [token["weight"] for token in json.loads(line)["tokens"]] == [0, 1]}
        texts = alone["negative"], alone["positive"]
        path = self.write("sparse.tsv", "".join(f"{label}\t{text}\n" for label, text in enumerate(texts)))
        figures = json.loads(run("faithfulness", "--model", model, "--data", path, "--json").out)
        self.assertEqual(figures["flip_fraction"], 1)

    def test_an_attention_gru_is_measured_too(self):
        figures = self.measure(self.train("reader", "--encoder", "attngru", "--epochs", 6), "--limit", 12)
        self.assertEqual(list(figures), KEYS)
        self.assertTrue(0 < figures["flip_fraction"] <= 1)
        self.assertTrue(all(math.isfinite(value) for value in figures.values()))

    def test_a_model_that_keeps_padding_is_measured_too(self):
        article = self.train("article", "--preset", "article", "--max-length", 40, "--epochs", 2)
        self.assertEqual(list(self.measure(article, "--limit", 12)), KEYS)

    def test_bad_input(self):
        plain = self.train("last", "--pooling", "last", "--epochs", 1)
        self.bad("faithfulness", "--model", plain, "--data", self.held_out, says="--pooling last")
        self.bad("faithfulness", "--model", self.models["none"], says="--data")
        self.bad("faithfulness", "--model", self.at("missing"), "--data", self.held_out, says="missing")
        self.bad("faithfulness", "--model", self.models["none"], "--data", self.at("missing"), says="No such file")
        self.bad("faithfulness", "--model", self.models["none"], "--data", self.held_out, "--limit", 0, says="--limit")

    # ---- training ----

    def test_diversity_drives_the_states_apart_and_orthogonal_ones_are(self):
        conicity = {name: self.measure(model)["conicity"] for name, model in self.models.items()}
        self.assertLess(conicity["diversity"], conicity["none"])
        self.assertLess(conicity["orthogonal"], conicity["none"])
        stronger = self.train("stronger", "--faithful", "diversity", "--diversity-weight", 20, "--epochs", 6)
        self.assertLess(self.measure(stronger)["conicity"], conicity["diversity"])

    def test_where_the_mean_is_undecided_less_attention_must_go(self):
        flips = {weight: self.measure(self.train(f"undecided{weight}", "--faithful", "diversity", "--weighting", "softmax",
                                                 "--undecided-weight", weight, "--epochs", 6))["flip_fraction"] for weight in (0, 5)}
        self.assertLess(flips[5], flips[0])

    def test_the_model_file_says_how_it_was_trained(self):
        for name, expected in {"none": (0, 0, 0, 0), "diversity": (0, 2, 1, 2), "orthogonal": (1, 0, 0, 0)}.items():
            model = self.models[name]
            config = settings(model)["config"]
            self.assertEqual((layers(model)["encoder"]["experimental"], config["diversity_weight"], config["undecided_weight"],
                              layers(model)["attention"]["weighting"]), expected)

    def test_a_weighting_that_is_given_is_taken(self):
        text = " ".join(PLAIN[:17] * 5) + " dull"
        for weighting, number in {"softmax": 0, "sparsemax": 1, "entmax": 2}.items():
            model = self.train(weighting, "--faithful", "diversity", "--weighting", weighting, "--epochs", 6)
            self.assertEqual(layers(model)["attention"]["weighting"], number)
            explained = json.loads(run("explain", "--model", model, "--format", "json", text).out)
            weights = [token["weight"] for token in explained["tokens"]]
            self.assertAlmostEqual(sum(weights), 1, places=4)
            self.assertEqual(any(weight == 0 for weight in weights), weighting != "softmax")

    def test_the_same_seed_gives_the_same_bytes_and_resume_goes_on(self):
        for faithful in ("diversity", "orthogonal"):
            with self.subTest(faithful):
                whole = self.train(f"{faithful}2", "--faithful", faithful, "--epochs", 3, "--threads", 1)
                self.train(f"{faithful}3", "--faithful", faithful, "--epochs", 2, "--threads", 2)
                part = self.at(f"{faithful}3")
                self.bad("train", "--out", part, "--resume", "--faithful", "none", says="--faithful cannot change")
                self.bad("train", "--out", part, "--resume", "--weighting", "sparsemax", says="--weighting cannot change")
                weight = ["--diversity-weight", 2, "--undecided-weight", 1] if faithful == "diversity" else []
                self.bad("train", "--out", part, "--resume", "--undecided-weight", 3, says="--undecided-weight cannot change")
                self.bad("train", "--out", part, "--resume", "--diversity-weight", 3, says="--diversity-weight cannot change")
                run("train", "--out", part, "--resume", "--epochs", 3, "--quiet", *weight)
                whole = os.path.join(os.path.dirname(whole), "checkpoint.safetensors")
                self.assertEqual(read(whole), read(os.path.join(part, "checkpoint.safetensors")))

    def test_options_that_mean_nothing_together_are_refused(self):
        out = ["train", "--data", self.data, "--out", self.at("nothing"), "--quiet"]
        self.bad(*out, "--faithful", "orthogonal", "--pooling", "last", says="--pooling last")
        self.bad(*out, "--diversity-weight", 0.1, says="--faithful is none")
        self.bad(*out, "--undecided-weight", 0.1, says="--faithful is none")
        self.bad(*out, "--faithful", "diversity", "--encoder", "attngru", "--undecided-weight", 1, says="--encoder attngru has none")
        self.bad(*out, "--faithful", "diverse", says="none|diversity|orthogonal")
        self.bad(*out, "--weighting", "entmax15", says="softmax|sparsemax|entmax")
        self.bad(*out, "--weighting", "entmax", "--pooling", "last", says="--pooling last")
        self.assertFalse(os.path.exists(self.at("nothing")))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
