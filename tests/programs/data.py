#!/usr/bin/env python3
"""attn-sentiment reading labelled texts in every format, of two classes and of four, and every fault of a file: data.py PROGRAM"""
import csv
import io
import json
import math
import os
import random
import re
import sys
import tempfile
import unittest
import xml.etree.ElementTree

import program
from program import but_for_its_command, header, InFolder, read, read_lines, run

SMALL = ["--hidden", "8", "--emb", "8", "--batch", "16", "--lr", "0.03", "--quiet"]
PLAIN = "the a of and it was in this with we on new for from by , . !".split()
TOPICS = {"business": "market shares profit bank merger".split(), "science": "planet cell genome telescope fossil".split(),
          "sport": "match goal coach striker team".split(), "world": "minister treaty border election summit".split()}
NAMES = list(TOPICS)
with tempfile.NamedTemporaryFile(suffix=".csv") as empty:
    HAS_CSV = "libcsv" not in run("sample", "--data", empty.name, status=2).err


def make_texts(count=160, seed=3, topics=TOPICS):
    """(label, text) of each topic in turn."""
    rng, texts = random.Random(seed), []
    for i in range(count):
        label = list(topics)[i % len(topics)]
        words = [rng.choice(PLAIN) for _ in range(14)]
        for place in rng.sample(range(14), 5):
            words[place] = rng.choice(topics[label])
        texts.append((label, " ".join(words)))
    return texts


TEXTS = make_texts()


def write_csv(rows, delimiter=",", terminator="\r\n", **options):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=terminator, **options).writerows(rows)
    return out.getvalue()


class Data(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tsv = cls.write("topics.tsv", cls.tsv_of(TEXTS))
        cls.model = cls.train("topics", cls.tsv, "--epochs", 14)

    @classmethod
    def train(cls, name, data, *options):
        run("train", "--data", data, "--out", cls.at(name), *SMALL, *options)
        return cls.at(name, "model.safetensors")

    @staticmethod
    def tsv_of(texts):
        return "".join(f"{label}\t{text}\n" for label, text in texts)

    def found(self, path, *options):
        """What `sample` says that it found."""
        return run("sample", "--data", path, *options).out.splitlines()[0].removeprefix("data: ")

    def texts(self, path, *options, model=None):
        """(name, label, tokens) of what was read, in order."""
        done = run("explain", "--model", model or self.model, "--format", "json", "--data", path, *options)
        lines = [json.loads(line) for line in done.out.splitlines()]
        return [(line["name"], line["label"], " ".join(token["token"] for token in line["tokens"])) for line in lines]

    def check_topics(self, path, *options):
        """The file holds TEXTS."""
        self.assertEqual([row[1:] for row in self.texts(path, *options)], TEXTS)

    def bad(self, path, *options, says, command=("sample",)):
        done = run(*command, "--data", path, *options, status=2)
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"\Aattn-sentiment: [^\n]+\n\Z")
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, done.err)

    # ---- formats ----

    def test_lines_of_label_and_text(self):
        self.assertEqual(self.found(self.tsv), "160 reviews, 40 business, 40 science, 40 sport and 40 world (lines of label<TAB>text)")
        self.check_topics(self.tsv)
        content = read(self.tsv)
        for name, same in {"mark.tsv": b"\xef\xbb\xbf" + content, "crlf.tsv": content.replace(b"\n", b"\r\n"),
                           "cr.tsv": content.replace(b"\n", b"\r"), "cr-no-end.tsv": content[:-1].replace(b"\n", b"\r"),
                           "gaps.tsv": content.replace(b"\n", b"\n\n"), "no-end.tsv": content[:-1], "no-ending": content}.items():
            with self.subTest(name):
                self.check_topics(self.write(name, same))
        # A tab and quotes in the text belong to it.
        path = self.write("quotes.tsv", 'sport\t"goal" said\tthe coach\nworld\t"treaty\n')
        self.assertEqual(self.texts(path), [("line 1", "sport", '" goal " said the coach'), ("line 2", "world", '" treaty')])

    @unittest.skipUnless(HAS_CSV, "built without libcsv")
    def test_csv_as_people_have_it(self):
        rows = [["id", "Text", "Label"], *([i, text, label] for i, (label, text) in enumerate(TEXTS))]
        plain, quoted = write_csv(rows), write_csv(rows, quoting=csv.QUOTE_ALL)
        for name, content in {"plain.csv": plain, "all-quoted.csv": quoted, "lf.csv": plain.replace("\r\n", "\n"), "cr.csv": plain.replace("\r\n", "\r"),
                              "mark.csv": "\ufeff" + plain, "quoted-mark.csv": "\ufeff" + quoted, "semicolon.csv": write_csv(rows, ";"),
                              "tabs.csv": write_csv(rows, "\t"), "no-end.csv": plain[:-2], "gaps.csv": plain.replace("\r\n", "\r\n\r\n"),
                              "no-ending-but-commas": plain, "UPPER.CSV": plain}.items():
            with self.subTest(name):
                self.check_topics(self.write(name, content))
        self.assertEqual([row[0] for row in self.texts(self.at("cr.csv"))], [f"line {n}" for n in range(2, 162)])
        self.assertEqual(self.found(self.at("plain.csv")), "160 reviews, 40 business, 40 science, 40 sport and 40 world "
                         '(CSV, texts in column "Text", labels in column "Label")')

    @unittest.skipUnless(HAS_CSV, "built without libcsv")
    def test_cells_of_csv_hold_commas_quotes_and_line_breaks(self):
        texts = ['a goal, "a match"', "treaty\nborder\r\n\r\nsummit", '""', "", " profit ", 'said "', "\u00e9l\u00e8ve \U0001F600"]
        path = self.write("cells.csv", write_csv([["review", "sentiment"], *([text, "sport"] for text in texts)]))
        read_back = self.texts(path)
        self.assertEqual([row[2] for row in read_back], ['a goal , " a match "', "treaty border summit", '" "', "", "profit", 'said "',
                                                         "eleve \U0001F600"])
        self.assertEqual([row[0] for row in read_back], [f"line {n}" for n in (2, 3, 7, 8, 9, 10, 11)])
        path = self.write("loose.csv", 'review,sentiment\na 5" tyre,sport\n"a" , sport\n')
        self.assertEqual([row[1:] for row in self.texts(path)], [("sport", 'a 5 " tyre'), ("sport", "a")])

    @unittest.skipUnless(HAS_CSV, "built without libcsv")
    def test_the_film_reviews_in_one_csv(self):
        sides = {"positive": ["great", "superb"], "negative": ["awful", "dull"]}
        rows = [[text, label] for label, text in make_texts(80, topics=sides)]
        path = self.write("films.csv", write_csv([["review", "sentiment"], *rows]))
        self.assertEqual(self.found(path), '80 reviews, 40 positive and 40 negative (CSV, texts in column "review", labels in column "sentiment")')
        model = self.train("films", path, "--epochs", 4)
        self.assertEqual(program.labels(model), ["negative", "positive"])
        self.assertGreater(json.loads(run("eval", "--model", model, "--data", path, "--json").out)["accuracy"], 0.9)

    @unittest.skipUnless(HAS_CSV, "built without libcsv")
    def test_columns_by_name_and_by_number(self):
        rows = [[label, i, text] for i, (label, text) in enumerate(TEXTS)]
        named = self.write("named.csv", write_csv([["Topic", "id", "Story"], *rows]))
        bare = self.write("bare.csv", write_csv(rows))
        self.check_topics(named, "--text-column", "story", "--label-column", "Topic")
        self.check_topics(named, "--text-column", 3, "--label-column", "Topic")
        self.check_topics(named, "--text-column", 3, "--label-column", 1)  # the header's label is no other row's
        self.check_topics(bare, "--text-column", 3, "--label-column", 1)
        self.assertIn("(CSV, texts in column 3, labels in column 1)", self.found(bare, "--text-column", 3, "--label-column", 1))
        columns = ["--text-column", "Story", "--label-column", "Topic"]
        model = self.train("named", named, "--epochs", 2, *columns)
        self.assertEqual(json.loads(run("eval", "--model", model, "--data", named, "--json", *columns).out)["reviews"], 160)
        self.assertEqual(json.loads(run("faithfulness", "--model", model, "--data", named, "--json", "--limit", 8, *columns).out)["reviews"], 8)
        # A run remembers them.
        run("train", "--out", self.at("named"), "--resume", "--epochs", 3, "--quiet")
        self.bad(named, "--text-column", "id", command=("train", "--out", self.at("named"), "--resume"), says="--text-column cannot change")
        self.assertIn('"groups":[{', re.sub(r"\s", "", read(self.at("named", "report.html")).decode()))

    def test_a_table_of_tabs_under_a_header(self):
        rows = [["Sentiment", "Text", "batch"], *([label, text, i] for i, (label, text) in enumerate(TEXTS))]
        self.check_topics(self.write("table.tsv", write_csv(rows, "\t")))
        self.assertIn('(tab-separated, texts in column "Text", labels in column "Sentiment")', self.found(self.at("table.tsv")))
        path = self.write("quoted.tsv", 'sentence\tlabel\n"a ""goal"", said"\tsport\n"a goal" said "he"\tsport\n')
        self.assertEqual([row[2] for row in self.texts(path)], ['a " goal " , said', '" a goal " said " he "'])
        path = self.write("numbers.tsv", "7\tsport\ta goal\n8\tsport\ta match\n")
        self.assertEqual([row[2] for row in self.texts(path, "--text-column", 3, "--label-column", 2)], ["a goal", "a match"])

    def test_json_lines(self):
        for text_name, label_name in [("text", "label"), ("content", "category"), ("sentence", "class")]:
            lines = "".join(json.dumps({"id": 1, text_name: text, label_name: label}) + "\r\n" for label, text in TEXTS)
            for name in (f"{text_name}.jsonl", f"{text_name}.ndjson", f"{text_name}-without-ending"):
                self.check_topics(self.write(name, "\ufeff" + lines))
            self.assertIn(f'(JSON lines, texts in "{text_name}", labels in "{label_name}")', self.found(self.at(name)))
        path = self.write("own.jsonl", '{"body": "a \\u00e9 \\n goal", "star": 5}\n\n{"body": "dull", "star": 1}\n{"body": "so", "star": 10}\n')
        self.assertEqual(self.found(path, "--text-column", "body", "--label-column", "star"),
                         '3 reviews, 1 "1", 1 "5" and 1 "10" (JSON lines, texts in "body", labels in "star")')

    def test_a_folder_a_class(self):
        for i, (label, text) in enumerate(TEXTS):
            self.write(f"news/{label}/{i:03}.txt", ("\ufeff" if i % 2 else "") + text)
        self.assertEqual(self.found(self.at("news")), "160 reviews, 40 business, 40 science, 40 sport and 40 world (a folder a class)")
        self.assertEqual({row[1:] for row in self.texts(self.at("news"))}, set(TEXTS))
        # The Large Movie Review data set's layout: unsup/ is no class.
        for name in ("pos/0_9.txt", "pos/1_8.txt", "neg/0_1.txt", "unsup/0_0.txt"):
            self.write(f"films/train/{name}", "a film")
        self.write("films/train/urls_pos.txt", "http://www.imdb.com/title/tt0000001/\n" * 2)
        self.write("films/train/urls_neg.txt", "http://www.imdb.com/title/tt0000002/\n")
        done = run("sample", "--data", self.at("films"))
        self.assertIn("data: 3 reviews, 2 positive and 1 negative, films in all: 2 (a folder a class)\n", done.out)
        self.assertIn("not read as reviews: unsup/", done.err)
        self.assertIn("3 reviews", self.found(self.at("films", "train")))

    def test_what_is_no_review_in_a_folder_is_left_out_and_said(self):
        for kind in ("pos", "neg"):
            self.write(f"litter/{kind}/1.txt", "a film")
        for name in ("Thumbs.db", "desktop.ini", "1.txt~", ".DS_Store", "#1.txt#"):
            self.write(f"litter/pos/{name}", b"\x00\x01")
        os.mkfifo(self.at("litter", "neg", "pipe"))
        os.makedirs(self.at("litter", "neg", "more"))
        done = run("sample", "--data", self.at("litter"))
        self.assertIn("data: 2 reviews, 1 positive and 1 negative", done.out)
        for name in ("pos/Thumbs.db", "pos/desktop.ini", "pos/1.txt~", "pos/#1.txt#", "neg/pipe"):
            self.assertTrue(name in done.err or done.err.rstrip().endswith("..."), name)
        one_line = r"\Aattn-sentiment: [^\n]+: not read as reviews: [^\n]+, \.\.\.\n\Z"
        self.assertRegex(done.err, one_line)
        os.symlink(self.at("litter"), self.at("lit\nter"))
        self.assertRegex(run("sample", "--data", self.at("lit\nter")).err, one_line)
        for command in (["train", "--out", self.at("litter-run"), *SMALL], ["eval", "--model", self.model]):
            done = run(*command, "--data", self.at("litter"), status=2)
            self.assertNotIn("Thumbs", done.out)
        os.mkfifo(self.at("pipe.tsv"))
        self.bad(self.at("pipe.tsv"), says="not a regular file")

    # ---- labels ----

    def labels(self, *labels):
        """The classes of a model that is trained on texts labelled so."""
        path = self.write("labels.tsv", "".join(f"{label}\ta {label}\n" for label in labels for _ in range(8)))
        model = self.train("labels", path, "--epochs", 1, "--overwrite")
        return program.labels(model)

    def test_labels_are_in_one_order(self):
        self.assertEqual(self.labels("b", "a"), ["a", "b"])
        self.assertEqual(self.labels("10", "9", "1"), ["1", "9", "10"])
        self.assertEqual(self.labels("ten", "9", "Ten", "1.5"), ["1.5", "9", "Ten", "ten"])
        self.assertEqual(self.labels("pos", "neu", "neg"), ["neg", "neu", "pos"])
        for sides in (("0", "1"), ("1", "0"), ("pos", "neg"), ("Negative", "Positive"), ("1", "neg"), ("POSITIVE", "0", "neg")):
            self.assertEqual(self.labels(*sides), ["negative", "positive"], sides)
        self.assertEqual(self.labels(" spam ", "ham", "spam"), ["ham", "spam"])

    def test_of_many_classes_the_numbers_are_summed_up(self):
        many = "".join(f"class {i}\ta text\n" for i in range(30))
        self.assertEqual(self.found(self.write("many.tsv", many)), "30 reviews, 30 classes of 1 each (lines of label<TAB>text)")
        self.write("many.tsv", many + "class 7\tone more\n" * 1200)
        self.assertIn("1,230 reviews, 30 classes of 1 to 1,201 (", self.found(self.at("many.tsv")))

    def test_labels_are_shown_as_text_whatever_they_hold(self):
        names = ["<b>&\"it\"</b>", "\\input{x}\x1b[31m", "=cmd, \"x\"", "\u00e9 \u4e2d"]
        path = self.write("hostile.tsv", "".join(f"{names[NAMES.index(label)]}\t{text}\n" for label, text in TEXTS))
        model = self.train("hostile", path, "--epochs", 2)
        clean = [name.replace("\x1b", "\ufffd") for name in names]
        self.assertEqual(sorted(program.labels(model)), sorted(clean))
        for text in ("market shares", "planet cell", "a goal", "treaty"):
            predicted = json.loads(run("predict", "--model", model, "--json", text).out)
            self.assertIn(predicted["label"], clean)
            self.assertTrue(run("predict", "--model", model, text).out.startswith(predicted["label"]))
        explain = ["explain", "--model", model, "--by", "gradient", "--data", path, "--limit", 8, "--format"]
        xml.etree.ElementTree.fromstring(run(*explain, "svg").out)
        self.assertNotIn("<b>", run(*explain, "html").out)
        self.assertNotIn("\\input{x}", run(*explain, "latex").out)
        for row in csv.DictReader(io.StringIO(run(*explain, "csv").out, newline="")):
            self.assertIn(row["label"], clean)
            self.assertIn(row["decision"], clean)
        self.assertNotIn("\x1b", run(*explain, "ansi", env={**os.environ, "NO_COLOR": "1"}).out)
        self.assertIn(clean[0], run("eval", "--model", model, "--data", path).out)
        page = read(self.at("hostile", "report.html")).decode()
        self.assertNotIn("<b>&", page)

    def test_a_model_knows_its_labels(self):
        self.bad(self.write("other.tsv", "sport\ta goal\nweather\train\n"), command=("eval", "--model", self.model),
                 says=["line 2", '"weather"', "business, science, sport and world"])
        for command in (["eval", "--json"], ["faithfulness", "--json"], ["explain", "--format", "json"]):
            self.bad(self.at("other.tsv"), command=(*command, "--model", self.model), says="weather")

    def test_data_of_one_class_is_measured_and_explained(self):
        one = self.write("one.tsv", "".join(f"{label}\t{text}\n" for label, text in TEXTS if label == "sport"))
        self.assertEqual(json.loads(run("eval", "--model", self.model, "--data", one, "--json").out)["reviews"], 40)
        self.assertEqual(json.loads(run("faithfulness", "--model", self.model, "--data", one, "--json", "--limit", 5).out)["reviews"], 5)
        self.assertEqual(len(self.texts(one, "--limit", 7)), 7)
        self.bad(one, command=("train", "--out", self.at("nothing"), "--quiet"), says="labelled sport; expected at least two classes")
        sides = self.write("sides.tsv", "pos\tgreat\n1\tgood\n")
        self.assertIn("2 reviews, 2 positive and 0 negative", self.found(sides))

    # ---- several classes ----

    def test_four_classes_are_learned(self):
        score = json.loads(run("eval", "--model", self.model, "--data", self.tsv, "--json").out)
        self.assertEqual(list(score), ["accuracy", "loss", "calibration_error", "reviews", "seconds", "classes"])
        self.assertGreater(score["accuracy"], 0.9)
        self.assertEqual(list(score["classes"]), NAMES)
        right = 0
        for k, name in enumerate(NAMES):
            fate = score["classes"][name]
            self.assertEqual(fate["reviews"], 40)
            self.assertEqual(sum(fate["decided"]), 40)
            self.assertAlmostEqual(fate["recall"], fate["decided"][k] / 40, places=5)
            all_decided = sum(other["decided"][k] for other in score["classes"].values())
            self.assertAlmostEqual(fate["precision"], fate["decided"][k] / all_decided if all_decided else 0, places=5)
            right += fate["decided"][k]
        self.assertAlmostEqual(score["accuracy"], right / 160, places=5)
        shown = run("eval", "--model", self.model, "--data", self.tsv).out
        self.assertIn("data: 160 reviews, 40 business", shown)
        self.assertEqual(re.findall(r"(?m)^ +40  \d\.\d{4}     \d\.\d{4}  (\w+)", shown), NAMES)
        self.assertEqual(header(self.model)["decision.weight"]["shape"][0], 4)
        tensors = self.at("topics", "attention_history.jsonl")
        for line in read_lines(tensors):
            self.assertIn(line["decision"], range(4))
            self.assertTrue(0.25 <= line["probability"] <= 1)

    def test_a_decision_is_a_label_with_its_probability(self):
        for name, words in TOPICS.items():
            line = json.loads(run("predict", "--model", self.model, "--json", f"the {words[0]} and the {words[1]}").out)
            self.assertEqual(line["label"], name)
            self.assertTrue(0.25 < line["probability"] <= 1)

    def log_odds(self, text, label):
        """ln p / (1 - p) of a label, which may be another than the one decided on."""
        path = self.write("one-text.tsv", f"{label}\t{text}\n")
        loss = json.loads(run("eval", "--model", self.model, "--data", path, "--json").out)["loss"]
        return -loss - math.log(-math.expm1(-loss))

    def test_attributions_are_of_the_decision_against_the_rest(self):
        words = "the coach of the bank was in a match".split()
        for by in ("gradient", "integrated", "occlusion"):
            line = json.loads(run("explain", "--model", self.model, "--by", by, "--format", "json", " ".join(words)).out)
            whole = self.log_odds(" ".join(words), line["decision"])
            self.assertAlmostEqual(line["probability"], 1 / (1 + math.exp(-whole)), places=4)
            if by == "occlusion":
                for i, token in enumerate(line["tokens"]):
                    without = self.log_odds(" ".join(words[:i] + words[i + 1:]), line["decision"])
                    self.assertAlmostEqual(token["weight"], whole - without, delta=0.01)
            if by == "integrated":
                self.assertLess(abs(line["completeness_gap"]), 0.01 * max(1, abs(sum(token["weight"] for token in line["tokens"]))))

    def test_explanations_shade_for_and_against(self):
        for by in ("attention", "occlusion"):
            shown = run("explain", "--model", self.model, "--by", by, "--format", "html", "a goal and a match for the bank").out
            self.assertRegex(shown, r'<figcaption class="attn-blue">sport [01]\.\d\d</figcaption>')
            self.assertEqual("blue for sport, orange (underlined) for another class" in shown, by == "occlusion")
        for form in ("ansi", "svg", "latex", "csv", "json"):
            self.assertIn("sport", run("explain", "--model", self.model, "--by", "integrated", "--format", form, "a goal and a match").out)

    def test_faithfulness_of_four_classes(self):
        figures = json.loads(run("faithfulness", "--model", self.model, "--data", self.tsv, "--json", "--limit", 16).out)
        self.assertEqual(figures["reviews"], 16)
        self.assertGreater(figures["comprehensiveness"], 0)
        self.assertTrue(all(math.isfinite(value) for value in figures.values()))

    def test_the_split_has_the_same_part_of_every_class(self):
        uneven = [("rare", "a b")] * 10 + [("common", "c d")] * 90 + [("single", "e")]
        path = self.write("uneven.tsv", "".join(f"{label}\t{text} {i}\n" for i, (label, text) in enumerate(uneven)))
        done = run("train", "--data", path, "--out", self.at("uneven"), "--valid", 0.2, *SMALL[:-1], "--epochs", 1)
        self.assertIn("81 to train on, 20 held out", done.out)
        run("train", "--data", path, "--out", self.at("limited"), "--limit", 20, "--valid", 0.2, *SMALL, "--epochs", 1)
        self.assertEqual(len(self.texts(path, "--limit", 9, model=self.at("uneven", "model.safetensors"))), 9)
        labels = [row[1] for row in self.texts(path, "--limit", 9, model=self.at("uneven", "model.safetensors"))]
        self.assertEqual([labels.count(name) for name in ("common", "rare", "single")], [4, 4, 1])

    def test_every_kind_of_network_decides_between_four(self):
        for name, options in {"reader": ["--encoder", "attngru"], "diverse": ["--faithful", "diversity"], "last": ["--pooling", "last"],
                              "article": ["--preset", "article", "--max-length", 30]}.items():
            with self.subTest(name):
                model = self.train(name, self.tsv, "--epochs", 2, *options)
                for by in ("gradient", "integrated", "occlusion"):
                    line = json.loads(run("explain", "--model", model, "--by", by, "--format", "json", "a goal").out)
                    self.assertIn(line["decision"], NAMES)
                run("report", self.at(name))
                if name != "last":
                    run("faithfulness", "--model", model, "--data", self.tsv, "--json", "--limit", 8)

    def test_the_report_names_the_classes(self):
        page = read(self.at("topics", "report.html")).decode()
        data = json.loads(page.split('<script type="application/json" id="data">')[1].split("</script>")[0])
        self.assertEqual(data["run"]["labels"], NAMES)
        for review in sum((group["reviews"] for group in data["groups"]), []):
            self.assertIn(review["label"], range(4))
            self.assertTrue(0.25 <= review["probability"] <= 1)
        for review in data["film"]["reviews"]:
            self.assertEqual(len(review["decision"]), len(data["film"]["epochs"]))
        words = {word["word"]: word for word in data["words"]}
        for name, topic in TOPICS.items():
            listed = [words[word] for word in topic if word in words]
            self.assertTrue(all(0.25 <= word["leaning"] <= 1 for word in listed))
            self.assertTrue(any(NAMES[word["class"]] == name for word in listed), name)

    def test_the_same_seed_gives_the_same_bytes_from_every_format(self):
        lines = self.write("same.jsonl", "".join(json.dumps({"text": text, "label": label}) + "\n" for label, text in TEXTS))
        same = self.train("same", lines, "--epochs", 14, "--threads", 2)
        self.assertEqual(but_for_its_command(same), but_for_its_command(self.model))

    def test_products_that_round_learn_the_same_and_a_run_that_is_gone_on_with_rounds_too(self):
        rounds = ["--train-precision", "bfloat16"]
        whole, part = (os.path.dirname(self.train(name, self.tsv, "--epochs", epochs, "--threads", threads, *rounds))
                       for name, epochs, threads in (("rounded", 14, 1), ("rounded-part", 13, 2)))
        self.bad(self.tsv, "--train-precision", "float32", command=("train", "--out", part, "--resume"), says="--train-precision cannot change")
        run("train", "--out", part, "--resume", "--epochs", 14, "--quiet")
        self.compare_runs(whole, part)
        exact = os.path.dirname(self.model)
        self.assertNotEqual(read(os.path.join(whole, "model.safetensors")), read(os.path.join(exact, "model.safetensors")))
        losses = [float(read(os.path.join(folder, "metrics.csv")).decode().splitlines()[-1].split(",")[2]) for folder in (whole, exact)]
        self.assertAlmostEqual(*losses, delta=0.02)
        self.bad(self.tsv, "--train-precision", "int8", command=("train", "--out", self.at("none")), says="float32|bfloat16")

    # ---- texts that are left out of training ----

    def test_texts_that_a_measure_needs_are_left_out(self):
        short = "goal\tcoach"  # too short to say without its marks that it is the same
        data = self.write("whole.tsv", self.tsv_of(TEXTS) + f"sport\t{short}\n")
        shouted = [(label, "<br />".join(text.upper().replace(" ,", ",").split(" ", 3)) + "!") for label, text in TEXTS[:20]]
        others = self.write("others.tsv", "Sentiment\tText\tpair\n" + "".join(f"{label}\t{text}\t7\n" for label, text in shouted)
                            + "sport\tgoal coach\t8\nsport\tThis text is in no training data.\t9\n")
        rest = self.write("rest.tsv", self.tsv_of(TEXTS[20:]) + f"sport\t{short}\n")
        out = self.at("without")
        said = run("train", "--data", data, "--leave-out", others, "--out", out, *SMALL[:-1], "--epochs", 2).out
        self.assertIn(f"left out: 20 reviews whose text stands in {others}\n", said)
        self.assertIn("data: 141 reviews", said)
        alone = self.train("alone", rest, "--epochs", 2)
        self.assertEqual(but_for_its_command(self.at("without", "model.safetensors")), but_for_its_command(alone))  # as if they were never there
        run("train", "--out", out, "--resume", "--epochs", 3, "--quiet")
        self.bad(data, "--leave-out", rest, command=("train", "--out", out, "--resume"), says="--leave-out cannot change")
        self.bad(self.tsv, "--leave-out", self.tsv, command=("train", "--out", self.at("none")), says="every review stands in --leave-out")
        self.bad(self.tsv, "--leave-out", self.at("missing"), command=("train", "--out", self.at("none")), says="No such file")

    # ---- faults ----

    @unittest.skipUnless(HAS_CSV, "built without libcsv")
    def test_bad_csv(self):
        for content, options, says in [
                ("a,b\n1,2\n", [], ["line 1", '"a", "b"', "text, review", "--text-column"]),
                ("text,b\n1,2\n", [], ["line 1", "label, sentiment", "--label-column"]),
                ("text,label\na goal,sport\na, b,sport\n", [], ["line 3", "3 cells", "expected 2"]),
                ("text,label\na goal\n", [], ["line 2", "1 cells", "expected 2"]),
                ("text,label\nx,\n", [], ["line 2", "no label"]),
                ('text,label\na,sport\n"a goal,sport\nb,world\n', [], ["line 3", "none closes"]),
                ("text,label\na,b\n", ["--text-column", "body"], ["body", '"text", "label"']),
                ("text,label\na,b\n", ["--text-column", 7], ["7", "2 columns"]),
                ("text,label\na,b\n", ["--text-column", "label"], ["both"]),
                ("text,label\n", [], ["no reviews"]),
                ("", [], ["no reviews"]),
                ("text,label\n" + "".join(f"a,{i}\n" for i in range(1001)), [], ["1001 different labels", "--label-column"]),
                ("text,label\nsport," + "a goal " * 50 + "\n", [], ["line 2", "--label-column"])]:
            with self.subTest(content[:40]):
                self.bad(self.write("bad.csv", content), *options, says=says)

    def test_bad_json_lines(self):
        good = '{"text": "a", "label": "b"}\n'
        for content, says in [(good + '{"text": "a", \n', ["line 2", "not JSON"]), (good + "[1, 2]\n", ["line 2", "no object"]),
                              (good + '{"label": "b"}\n', ["line 2", '"text"', "--text-column"]),
                              (good + '{"text": "a"}\n', ["line 2", '"label"', "--label-column"]),
                              (good + '{"text": 3, "label": "b"}\n', ["line 2", '"text"']),
                              (good + '{"text": "a", "label": null}\n', ["line 2", '"label"']),
                              (good + '{"text": "a", "label": ""}\n', ["line 2", "no label"]),
                              (good + '{"text": "a", "label": ["b"]}\n', ["line 2", '"label"']),
                              ('{\n"text": "a",\n"label": "b"\n}\n', ["line 1", "an object a line"])]:
            with self.subTest(content):
                self.bad(self.write("bad.jsonl", content), says=says)
        self.bad(self.write("bad.jsonl", good), "--text-column", "body", says='"body"')

    def test_bad_tables_and_files(self):
        for name, content, says in [
                ("cells.tsv", "text\tlabel\tid\na\tsport\t1\nb\tworld\n", ["line 3", "2 cells", "expected 3"]),
                ("notab.tsv", "sport\ta\nb\n", ["line 2", "label<TAB>text"]),
                ("nolabel.tsv", "sport\ta\n \tb\n", ["line 2", "no label"]),
                ("prose.txt", "It was a film.\nNot a good one.\n", ["line 1", "label<TAB>text"]),
                ("packed.csv", b"\x1f\x8b\x08\x00rest", "gzip"), ("book.csv", b"PK\x03\x04rest", "workbook"),
                ("wide.csv", "text,label\n".encode("utf-16"), "UTF-16"), ("table.parquet", b"PAR1rest", "Parquet"),
                ("many.tsv", "".join(f"{i}\ta\n" for i in range(1001)), ["1001 different labels"])]:
            with self.subTest(name):
                self.bad(self.write(f"faults/{name}", content), says=says)
        swapped = self.write("faults/swapped.tsv", "".join(f"film {i}\t{'good' if i % 2 else 'bad'}\n" for i in range(40)))
        self.bad(swapped, "--out", self.at("swapped"), command=["train"], says=["a label of its own", "each other's place"])
        os.makedirs(self.at("folders", "empty"))
        self.bad(self.at("folders", "empty"), says="one a class")
        self.bad(self.at("folders"), says="no reviews")
        self.bad(self.at("missing.csv"), says="No such file")
        self.bad(self.tsv, "--text-column", "9", "--label-column", "1", says="2 columns")

    def test_bad_models(self):
        none = {f"classifier.label.{k}": None for k in range(len(NAMES))}
        for name, names in {"none": [], "one": ["sport"], "numbers": [1, 2, 3, 4], "alike": [NAMES[0]] * 4}.items():
            named = {f"classifier.label.{k}": label for k, label in enumerate(names)}
            path = self.write(f"{name}.safetensors", program.rewritten(self.model, **{**none, **named}))
            done = run("predict", "--model", path, "a goal", status=2)
            self.assertIn(path, done.err)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
