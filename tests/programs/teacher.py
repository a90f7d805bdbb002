#!/usr/bin/env python3
"""attn-sentiment trained on more texts than --data has, without labels by what a teacher says of them, and its presets: teacher.py PROGRAM"""
import array
import json
import os
import random
import sys
import unittest

from program import header, InFolder, layers, page_data, read, run, settings, stopped

SMALL = ["--hidden", "8", "--emb", "8", "--lr", "0.03", "--quiet"]
GOOD = "great wonderful loved superb moving brilliant charming gripping".split()
BAD = "awful boring hated dull terrible stupid tedious bland".split()
PLAIN = "the a film story of and it was in this with actor scene music plot we saw , . !".split()


def make_texts(count, seed):
    """A text of odd number is good."""
    rng, texts = random.Random(seed), []
    for i in range(count):
        words = [rng.choice(PLAIN) for _ in range(rng.randrange(6, 20))]
        for _ in range(3):
            words[rng.randrange(len(words))] = rng.choice(GOOD if i % 2 else BAD)
        texts.append(" ".join(words))
    return texts


def labelled(texts):
    return "".join(f"{i % 2}\t{text}\n" for i, text in enumerate(texts))


def tensor(file, name):
    data, place = read(file), header(file)[name]
    start = 8 + int.from_bytes(data[:8], "little")
    begin, end = place["data_offsets"]
    return array.array("f", data[start + begin:start + end])


class Teacher(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.write("data.tsv", labelled(make_texts(60, 1)))
        cls.texts = make_texts(400, 2)
        cls.unlabelled = cls.write("unlabelled.tsv", "".join(f"{i}\ttt1\t{text}\n" for i, text in enumerate(cls.texts)))
        run("train", "--data", cls.write("much.tsv", labelled(make_texts(600, 3))), "--out", cls.at("teacher"), "--epochs", 4, *SMALL)
        cls.teacher = cls.at("teacher", "model.safetensors")
        cls.asked = ["--unlabelled", cls.unlabelled, "--teacher", cls.teacher]
        cls.student = cls.at("student", "model.safetensors")
        run("train", "--data", cls.data, "--out", cls.at("student"), *cls.asked, "--epochs", 3, *SMALL)

    def bad(self, *arguments, says):
        done = run(*arguments, status=2)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        self.assertIn(says, done.err)

    def train(self, name, *options, data=None, **more):
        return run("train", "--data", data or self.data, "--out", self.at(name), *options, **more)

    def test_what_is_learned_is_what_the_teacher_says(self):
        targets = tensor(self.at("student", "targets.safetensors"), "targets")
        said = [json.loads(line) for line in run("predict", "--model", self.teacher, "--json", input="\n".join(self.texts).encode()).out.splitlines()]
        self.assertEqual(len(said) * 2, len(targets))
        for i, line in enumerate(said):
            positive = line["probability"] if line["label"] == "positive" else 1 - line["probability"]
            self.assertAlmostEqual(targets[2 * i + 1], positive, places=4)
            self.assertAlmostEqual(targets[2 * i] + targets[2 * i + 1], 1, places=5)

    def test_of_several_teachers_the_mean_is_learned(self):
        other = self.at("other", "model.safetensors")
        self.train("other", "--epochs", 1, "--seed", 2, *SMALL[:-1], "--quiet")
        done = self.train("two", *self.asked, "--teacher", other, "--epochs", 1, *SMALL[:-1])
        self.assertEqual(done.out.count("teacher: asked about 400 texts"), 1)
        self.assertIn("--teacher model.safetensors --teacher model.safetensors", settings(self.at("two", "model.safetensors"))["command"])
        self.train("by-other", "--unlabelled", self.unlabelled, "--teacher", other, "--epochs", 1, *SMALL)
        both, *alone = [tensor(self.at(name, "targets.safetensors"), "targets") for name in ("two", "student", "by-other")]
        self.assertGreater(max(abs(a - b) for a, b in zip(*alone)), 0.01)
        for mean, a, b in zip(both, *alone, strict=True):
            self.assertAlmostEqual(mean, (a + b) / 2, places=6)
        self.bad("train", "--out", self.at("two"), "--resume", "--teacher", other, says="--teacher cannot change")
        run("train", "--out", self.at("two"), "--resume", "--epochs", 2, "--teacher", self.teacher, "--teacher", other, "--quiet")

    def test_a_student_with_few_labels_learns_what_those_do_not_tell(self):
        kept = self.write("kept.tsv", labelled(make_texts(300, 4)))
        self.train("alone", "--epochs", 3, *SMALL)
        accuracy = {name: json.loads(run("eval", "--model", self.at(name, "model.safetensors"), "--data", kept, "--json").out)["accuracy"]
                    for name in ("alone", "student")}
        self.assertGreater(accuracy["student"], 0.9)
        self.assertGreater(accuracy["student"], accuracy["alone"])

    def test_what_is_held_out_is_labelled(self):
        done = self.train("told", *self.asked, "--epochs", 1, *SMALL[:-1])
        self.assertIn("split: 54 to train on, 6 held out", done.out)
        self.assertIn("unlabelled: 400 texts (a text a line)", done.out)
        self.assertEqual(done.err, "")
        texts = self.write("both.tsv", "".join(f"{text}\n" for text in [*make_texts(60, 1), *self.texts]))
        both = self.train("unseen", "--unlabelled", texts, *self.asked[2:], "--epochs", 1, *SMALL[:-1])
        self.assertEqual(both.err, f"attn-sentiment: 6 of 6 held-out reviews stand in --unlabelled {texts} too, where what is said of them is "
                                   "learned; what is measured on them tells nothing of others\n")
        self.assertIn("teacher: asked about 400 texts", done.out)
        self.assertIn("--unlabelled unlabelled.tsv --teacher model.safetensors", settings(self.at("told", "model.safetensors"))["command"])
        run("report", self.at("told"))
        self.assertEqual(page_data(self.at("told", "report.html"))["run"]["run"]["unlabelled_count"], 400)

    def test_more_labelled_texts_are_learned_and_never_held_out(self):
        kept, also = self.write("kept2.tsv", labelled(make_texts(300, 4))), self.write("also.tsv", labelled(self.texts))
        options = ["--also", also, "--epochs", 3, *SMALL]
        done = self.train("more", *options[:-1])
        self.assertIn("split: 54 to train on, 6 held out", done.out)
        self.assertIn("also: 400 texts, all of them to train on (", done.out)
        self.assertEqual(done.err, "")
        both = self.train("both", "--also", self.data, "--epochs", 1, *SMALL[:-1])
        self.assertEqual(both.err, f"attn-sentiment: 6 of 6 held-out reviews stand in --also {self.data} too, where they are learned; what is "
                                   "measured on them tells nothing of others\n")
        self.assertIn("--also also.tsv", settings(self.at("more", "model.safetensors"))["command"])
        done = run("eval", "--model", self.at("more", "model.safetensors"), "--data", kept, "--json")
        self.assertGreater(json.loads(done.out)["accuracy"], 0.9)
        run("report", self.at("more"))
        self.assertEqual(page_data(self.at("more", "report.html"))["run"]["run"]["also_count"], 400)
        done = stopped("train", "--data", self.data, "--out", self.at("stopped"), *options, file=self.at("stopped", "checkpoint.safetensors"))
        self.assertIn(done.returncode, (0, 130))
        run("train", "--out", self.at("stopped"), "--resume", "--quiet")
        self.assertEqual(read(self.at("stopped", "model.safetensors")), read(self.at("more", "model.safetensors")))
        self.bad("train", "--out", self.at("stopped"), "--resume", "--also", kept, says="--also cannot change")
        left = self.train("left", "--leave-out", self.write("left.tsv", labelled(self.texts[:100])), *options[:-1])
        self.assertIn("also: 300 texts, all of them to train on (", left.out)
        self.write("also.tsv", labelled(self.texts[::-1]))
        self.bad("train", "--out", self.at("stopped"), "--resume", "--epochs", 4, says=f"the texts in {also} are not those")
        for texts, says in (("sport\ta\nart\tb\n", "sport"), ("", "also.tsv")):
            self.write("also.tsv", texts)
            self.bad("train", "--data", self.data, "--out", self.at("none"), "--also", also, says=says)

    def test_n_grams_are_those_of_labelled_reviews(self):
        shapes = []
        for name, options in (("with", self.asked), ("without", [])):
            self.train(name, "--ngrams", "--epochs", 1, *options, *SMALL)
            shapes.append(header(self.at(name, "model.safetensors"))["ngrams.weights"]["shape"])
        self.assertEqual(*shapes)

    def test_a_run_goes_on_to_the_same_bits_without_its_teacher(self):
        teacher = self.write("lent.safetensors", read(self.teacher))
        options = ["--unlabelled", self.unlabelled, "--teacher", teacher, "--epochs", 3, *SMALL]
        self.train("whole", *options)
        done = stopped("train", "--data", self.data, "--out", self.at("parts"), *options, file=self.at("parts", "checkpoint.safetensors"))
        self.assertIn(done.returncode, (0, 130))
        os.remove(teacher)
        other = self.write("other.tsv", "".join(f"{text}\n" for text in make_texts(400, 5)))
        self.bad("train", "--out", self.at("parts"), "--resume", "--unlabelled", other, says="--unlabelled cannot change")
        run("train", "--out", self.at("parts"), "--resume", "--quiet")
        for name in ("model.safetensors", "targets.safetensors"):
            self.assertEqual(read(self.at("parts", name)), read(self.at("whole", name)))
        self.write("unlabelled2.tsv", read(self.unlabelled))
        os.rename(self.unlabelled, self.unlabelled + "x")
        try:
            self.write("unlabelled.tsv", "".join(f"{text}\n" for text in self.texts[1:]))
            self.bad("train", "--out", self.at("parts"), "--resume", "--epochs", 4, says="are not those that")
        finally:
            os.rename(self.unlabelled + "x", self.unlabelled)

    def test_what_does_not_fit_is_said_in_one_line(self):
        out = ["train", "--data", self.data, "--out", self.at("none")]
        self.bad(*out, "--unlabelled", self.unlabelled, says="give --teacher too")
        self.bad(*out, "--teacher", self.teacher, says="give --unlabelled too")
        self.bad(*out, *self.asked, "--encoder", "none", says="is of the encoder")
        self.bad(*out, "--unlabelled", self.at("missing"), "--teacher", self.teacher, says="No such file")
        self.bad(*out, "--unlabelled", self.unlabelled, "--teacher", self.data, says="safetensors")
        self.bad(*out, *self.asked, "--teacher", self.at("missing"), says="missing")
        others = self.write("others.tsv", "".join(f"{('sport', 'world', 'art')[i % 3]}\t{text}\n" for i, text in enumerate(self.texts[:60])))
        self.bad("train", "--data", others, "--out", self.at("none"), *self.asked, "--quiet",
                 says="it knows negative and positive, and the reviews are art, sport and world; expected the same classes")
        self.assertFalse(os.path.exists(self.at("none")))

    def test_classes_of_other_names_may_stand_in_another_order(self):
        names = self.write("names.tsv", "".join(f"{('world', 'art')[i % 2]}\t{text}\n" for i, text in enumerate(make_texts(100, 6))))
        self.train("names", "--epochs", 2, *SMALL, data=names)
        self.train("named", "--unlabelled", self.unlabelled, "--teacher", self.at("names", "model.safetensors"), "--epochs", 1, *SMALL, data=names)

    def test_presets_begin_with_a_language_model(self):
        for preset, has_ngrams in (("gru", False), ("best", True)):
            done = self.train(preset, "--preset", preset, "--hidden", 8, "--emb", 8)
            self.assertIn("language, epoch 8/8  training loss a word", done.out)
            self.assertEqual("n-grams: " in done.out, has_ngrams)
            self.assertTrue(layers(self.at(preset, "model.safetensors"))["encoder"]["layer_norm"])
        for faithful in ("orthogonal", "diversity"):
            self.train(faithful, "--preset", "gru", "--hidden", 8, "--emb", 8, "--faithful", faithful, "--epochs", 1)
            self.assertFalse(layers(self.at(faithful, "model.safetensors"))["encoder"]["layer_norm"])
        language = self.at("language")
        run("pretrain", "--data", self.data, "--out", language, "--hidden", 8, "--emb", 8, "--epochs", 1, "--quiet")
        started = self.train("started", "--preset", "gru", "--start", f"{language}/model.safetensors")
        self.assertNotIn("language, epoch", started.out)
        self.bad("train", "--data", self.data, "--out", self.at("none"), "--preset", "gru", "--layers", 2, says="--preset gru and best: the second of 2 layers")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
