#!/usr/bin/env python3
"""attn-sentiment beside people: the words that they marked, and the texts that they rewrote, on data made here: people.py PROGRAM"""
import json
import math
import os
import random
import shutil
import sys
import unittest

from program import in_terminal, InFolder, page_data, read, run

SMALL = ["--hidden", "8", "--emb", "8", "--batch", "16", "--lr", "0.03", "--quiet", "--epochs", "6"]
GOOD = "great wonderful loved superb moving brilliant charming gripping".split()
BAD = "awful boring hated dull terrible stupid tedious bland".split()
PLAIN = "the a film story of and it was in this with actor scene music plot we saw , . !".split()
METHODS = ["attention", "gradient", "integrated", "occlusion"]


def make_words(rng, good, count):
    """Words, three of which say which side it is; and their places."""
    words, places = [rng.choice(PLAIN) for _ in range(count)], sorted(rng.sample(range(count), 3))
    for place in places:
        words[place] = rng.choice(GOOD if good else BAD)
    return words, places


def f1(p, r):
    return 2 * p * r / (p + r) if p and r else 0


def runs(tokens):
    spans, begin = [], None
    for t, token in enumerate([*tokens, False]):
        if token and begin is None:
            begin = t
        elif not token and begin is not None:
            spans, begin = [*spans, set(range(begin, t))], None
    return spans


class People(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rng = random.Random(4)
        lines = [f"{i % 2}\t{' '.join(make_words(rng, i % 2, rng.randrange(6, 25))[0])}\n" for i in range(200)]
        cls.data = cls.write("data.tsv", "".join(lines))
        cls.model, cls.short = cls.train("model"), cls.train("short", "--max-length", 12)
        cls.reviews = [cls.review(rng, i) for i in range(30)]
        cls.eraser = cls.annotate("movies", cls.reviews, "train.jsonl")

    @classmethod
    def train(cls, name, *options):
        run("train", "--data", cls.data, "--out", cls.at(name), *SMALL, *options)
        return cls.at(name, "model.safetensors")

    @staticmethod
    def review(rng, i):
        """A document over several lines, some of whose words are several tokens, and what people marked of it."""
        words, places = make_words(rng, i % 2, rng.randrange(8, 40))
        for place in rng.sample(range(len(words)), 2):
            words[place] += rng.choice(["-made", "'s", "!!", "..."]) if place not in places else ""
        text, ends = "", []
        for word in words:
            text += rng.choice(["\n", " ", " ", "  ", " \t"]) + word if text else word
            ends.append(len(text))
        marked = [False] * len(words)
        for place in places[: 1 + i % 3]:
            marked[place] = True
            marked[min(place + i % 2, len(words) - 1)] = True
        return dict(name=f"doc{i:02}.txt", text=text + "\n", ends=ends, marked=marked, label="NEG POS".split()[i % 2])

    @classmethod
    def line(cls, review, **changes):
        spans = [[{"docid": review["name"], "start_token": min(span), "end_token": max(span) + 1, "text": "?"}]
                 for span in runs(review["marked"])]
        return {"annotation_id": review["name"], "classification": review["label"], "evidences": spans, "query": "?", **changes}

    @classmethod
    def annotate(cls, folder, reviews, *parts):
        for review in reviews:
            cls.write(os.path.join(folder, "docs", review["name"]), review["text"])
        for i, part in enumerate(parts):
            cls.write(os.path.join(folder, part), "".join(json.dumps(cls.line(r)) + "\n" for r in reviews[i::len(parts)]))
        return cls.at(folder)

    def plausibility(self, *options, model=None, data=None):
        return json.loads(run("plausibility", "--model", model or self.model, "--data", data or self.eraser, "--json", *options).out)

    def bad(self, *arguments, says):
        done = run(*arguments, status=2)
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"\Aattn-sentiment: [^\n]+\n\Z")
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, done.err)

    # ---- marked words ----

    def explained(self, model, by, read):
        """What each word of each review gets from explain's tokens, (numbers, right)."""
        path = self.write("texts.jsonl", "".join(json.dumps({"text": r["text"], "label": r["label"].lower()}) + "\n" for r in self.reviews))
        lines = run("explain", "--model", model, "--by", by, "--format", "json", "--data", path).out.splitlines()
        for review, line in zip(self.reviews, map(json.loads, lines), strict=True):
            numbers = [None] * len(review["ends"])
            for token in line["tokens"][:read]:
                word = next(w for w, end in enumerate(review["ends"]) if token["end"] <= end)
                numbers[word] = (numbers[word] or 0) + token["weight"]
            least = min(0, *(number for number in numbers if number is not None))
            yield [least if number is None else number for number in numbers], line["decision"] == line["label"]

    def check_scores(self, model, read):
        """Every figure, from explain's numbers by the definitions."""
        figures = self.plausibility(model=model)
        self.assertEqual(list(figures), ["reviews", "share", "accuracy", "accuracy_interval", *METHODS, "random"])
        self.assertEqual(figures["reviews"], 30)
        share = sum(sum(r["marked"]) / len(r["marked"]) for r in self.reviews) / 30
        self.assertAlmostEqual(figures["share"], share, places=5)
        for by in METHODS:
            scores = []
            for review, (numbers, right) in zip(self.reviews, self.explained(model, by, read), strict=True):
                marked, words = review["marked"], len(numbers)
                first = sorted(range(words), key=lambda w: -numbers[w])[: math.ceil(share * words - 1e-4)]
                chosen = [w in first for w in range(words)]
                both, people = sum(c and m for c, m in zip(chosen, marked)), sum(marked)
                spans, theirs = runs(chosen), runs(marked)
                match = sum(any(len(s & t) >= 0.5 * len(s | t) for t in theirs) for s in spans)
                area = average = recall = 0
                precision = 1
                for least in sorted(set(numbers), reverse=True):
                    large = [m for number, m in zip(numbers, marked) if number >= least]
                    r, p = sum(large) / people, sum(large) / len(large)
                    area, average = area + (r - recall) * (p + precision) / 2, average + (r - recall) * p
                    recall, precision = r, p
                scores.append((right, f1(both / len(first), both / people), area, average, match / len(spans), match / len(theirs)))
            right, token_f1, area, average, p, r = (sum(column) / 30 for column in zip(*scores))
            self.assertAlmostEqual(figures["accuracy"], right, places=5)
            for key, expected in {"token_f1": token_f1, "auprc": area, "average_precision": average, "iou_f1": f1(p, r)}.items():
                self.assertAlmostEqual(figures[by][key], expected, places=3, msg=f"{by} {key}")  # explain prints six digits
                low, high = figures[by][f"{key}_interval"]
                self.assertTrue(0 <= low <= figures[by][key] <= high <= 1)
                self.assertGreaterEqual(figures[by][key], figures["random"][key] if model == self.model else 0, f"{by} {key}")

    def test_the_scores_are_those_of_the_shaded_words(self):
        self.check_scores(self.model, None)

    def test_words_that_were_not_read_come_last(self):
        self.check_scores(self.short, 12)

    def test_the_table(self):
        done = run("plausibility", "--model", self.model, "--data", self.eraser)
        lines = done.out.splitlines()
        self.assertEqual(done.err, "")
        self.assertRegex(lines[0], r"\A30 reviews, accuracy \d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\]\Z")
        self.assertIn("as many as people marked of one in the mean", lines[1])
        self.assertEqual(lines[3].split("  ")[0], "words shaded by")
        names = ["attention", "gradient x input", "integrated gradients", "occlusion", "at random"]
        for name, line in zip(names, lines[4:], strict=True):
            self.assertRegex(line, rf"\A{name}( +\d\.\d{{3}} \[\d\.\d{{3}}, \d\.\d{{3}}\]){{4}}\Z")
        self.assertIn("occlusion", in_terminal("plausibility", "--model", self.model, "--data", self.eraser))  # its progress

    def test_parts_files_limits_and_ways(self):
        parted = self.annotate("parted", self.reviews, "train.jsonl", "val.jsonl", "test.jsonl")
        self.assertEqual(self.plausibility(data=parted)["reviews"], 30)
        one = self.plausibility(data=os.path.join(parted, "val.jsonl"))
        self.assertEqual(one["reviews"], 10)
        few = self.plausibility("--limit", 8, "--by", "gradient")
        self.assertEqual((few["reviews"], list(few)[4:]), (8, ["gradient"]))
        self.assertEqual(few, self.plausibility("--limit", 8, "--by", "gradient", "--threads", 1))
        self.assertNotEqual(few, self.plausibility("--limit", 8, "--by", "gradient", "--seed", 2))
        all_words = self.plausibility("--share", 1, "--by", "random")
        self.assertEqual(all_words["share"], 1)
        share = [sum(r["marked"]) / len(r["marked"]) for r in self.reviews]
        self.assertAlmostEqual(all_words["random"]["token_f1"], sum(2 * s / (1 + s) for s in share) / 30, places=5)

    def test_reviews_without_marks_are_left_out(self):
        bare = self.annotate("bare", self.reviews, "val.jsonl")
        with open(os.path.join(bare, "val.jsonl"), "a") as file:
            file.write(json.dumps({"annotation_id": "doc00.txt", "classification": "NEG", "evidences": []}) + "\n\n")
        done = run("plausibility", "--model", self.model, "--data", bare, "--json", "--by", "random")
        self.assertEqual(json.loads(done.out)["reviews"], 30)
        self.assertIn("left out, as nothing is marked in them: 1 of 31 reviews", done.err)

    def test_a_model_without_attention_has_the_other_ways(self):
        last = self.train("last", "--pooling", "last")
        self.assertEqual(list(self.plausibility(model=last))[4:], [*METHODS[1:], "random"])
        self.bad("plausibility", "--model", last, "--data", self.eraser, "--by", "attention", says="has no attention; give another --by")

    def test_ngrams_are_a_way_of_their_own(self):
        both = self.train("both", "--ngrams")
        self.assertEqual(list(self.plausibility(model=both))[4:], [*METHODS, "ngrams", "random"])
        run("train", "--data", self.data, "--out", self.at("alone"), "--encoder", "none", "--quiet")
        alone = self.plausibility(model=self.at("alone", "model.safetensors"))
        self.assertEqual(list(alone)[4:], [*METHODS[1:], "ngrams", "random"])
        self.assertGreater(alone["ngrams"]["token_f1"], alone["random"]["token_f1"])
        self.bad("plausibility", "--model", self.model, "--data", self.eraser, "--by", "ngrams", says="has no n-grams; give another --by")

    def test_a_run_keeps_what_was_measured_and_its_report_shows_it(self):
        folder, data = self.at("kept"), ["--data", self.eraser]
        shutil.copytree(self.at("model"), folder)
        self.assertIsNone(page_data(f"{folder}/report.html")["people"])
        done = run("plausibility", "--run", folder, *data)
        alone = run("plausibility", "--model", self.model, *data).out
        self.assertEqual(done.out, alone + f"\n{folder}/plausibility.json has these figures; attn-sentiment report {folder} shows them\n")
        kept, figures = json.loads(read(f"{folder}/plausibility.json")), self.plausibility()
        self.assertRegex(kept.pop("model"), r"\A[0-9a-f]{16}\Z")
        self.assertEqual(kept, figures)
        self.assertEqual(run("report", folder).err, "")
        people = page_data(f"{folder}/report.html")["people"]
        self.assertEqual(people["reviews"], 30)
        self.assertEqual([row["by"] for row in people["rows"]], ["attention", "gradient x input", "integrated gradients", "occlusion", "at random"])
        for row, by in zip(people["rows"], [*METHODS, "random"]):
            for key in ("token_f1", "auprc", "average_precision", "iou_f1"):
                for shown, number in zip(row[key], (figures[by][key], *figures[by][f"{key}_interval"]), strict=True):
                    self.assertAlmostEqual(shown, number, delta=5e-5)

        one = json.loads(run("plausibility", "--run", folder, *data, "--json", "--by", "gradient").out)  # in the place of the others
        self.assertEqual(one, json.loads(read(f"{folder}/plausibility.json")))
        run("report", folder)
        self.assertEqual([row["by"] for row in page_data(f"{folder}/report.html")["people"]["rows"]], ["gradient x input"])

        shutil.copy(self.short, f"{folder}/model.safetensors")
        self.assertRegex(run("report", folder).err, r"\Aattn-sentiment: \S+/plausibility\.json is of another model than the run's, and not shown; [^\n]+\n\Z")
        self.assertIsNone(page_data(f"{folder}/report.html")["people"])
        for wrong in ("", "{}", "[]", read(f"{folder}/plausibility.json").decode().replace("auprc_interval", "auprc")):
            self.write("kept/plausibility.json", wrong)
            self.bad("report", folder, says="kept/plausibility.json: not what attn-sentiment plausibility --run wrote; remove it, or measure anew")
        os.remove(f"{folder}/plausibility.json")
        os.mkfifo(f"{folder}/plausibility.json")
        self.assertIn("plausibility.json: not a regular file", run("report", folder, status=2, timeout=30).err, "nothing is waited for")
        os.remove(f"{folder}/plausibility.json")
        self.write("kept/plausibility.json", "{}")
        run("train", "--data", self.data, "--out", folder, "--overwrite", *SMALL)
        self.assertFalse(os.path.exists(f"{folder}/plausibility.json"))
        self.bad("plausibility", "--run", folder, "--model", self.model, *data, says="give one of --run and --model")
        self.bad("plausibility", "--run", self.at("nowhere"), *data, says="nowhere/model.safetensors")

    def test_faults_of_annotations_are_one_line(self):
        review = self.reviews[0]
        words = len(review["ends"])
        good = self.line(review)

        def evidence(**changes):
            return dict(good, evidences=[[{**good["evidences"][0][0], **changes}]])

        missing = {key: value for key, value in good.items() if key != "classification"}
        for name, (line, says) in {
            "json": ('{"annotation_id": ', ["train.jsonl, line 2", "not JSON"]),
            "object": ("[]", ["line 2", "no annotation of ERASER's"]),
            "class": (json.dumps(missing), ["line 2", '"classification"']),
            "label": (json.dumps(dict(good, classification="MAYBE")), ["line 2", '"MAYBE"']),
            "document": (json.dumps(dict(good, annotation_id="none.txt", evidences=[])), ["line 2", "docs/none.txt", "No such file"]),
            "other": (json.dumps(evidence(docid="none.txt")), ["line 2", "docs/none.txt"]),
            "outside": (json.dumps(evidence(docid="../train.jsonl")), ["line 2: its document is ../train.jsonl; expected a name without .."]),
            "outside below": (json.dumps(dict(good, annotation_id="a/..", evidences=[])), ["its document is a/..;"]),
            "inside": (json.dumps(evidence(docid="a..b/..c/d..")), ["docs/a..b/..c/d..", "No such file"]),
            "two": (json.dumps(dict(good, evidences=good["evidences"] + evidence(docid="doc01.txt")["evidences"])), ["doc00.txt and in doc01.txt"]),
            "far": (json.dumps(evidence(start_token=1, end_token=words + 1)), [f"the words 1 to {words + 1} of docs/doc00.txt, which has {words}"]),
            "before": (json.dumps(evidence(start_token=-1)), ["the words -1 to"]),
            "none": (json.dumps(evidence(start_token=3, end_token=3)), ["the words 3 to 3", "start_token < end_token"]),
            "words": (json.dumps(evidence(start_token="3")), ["no whole numbers"]),
            "list": (json.dumps(dict(good, evidences=[{}])), ["no list of lists"]),
        }.items():
            with self.subTest(name):
                folder = self.annotate(f"bad-{name}", self.reviews[:2])
                self.write(f"bad-{name}/train.jsonl", json.dumps(good) + "\n" + line + "\n")
                self.bad("plausibility", "--model", self.model, "--data", folder, says=says)
        self.bad("plausibility", "--model", self.model, "--data", self.at("nowhere"), says="No such file")
        os.makedirs(self.at("empty"))
        self.bad("plausibility", "--model", self.model, "--data", self.at("empty"), says="train.jsonl, val.jsonl or test.jsonl")
        self.write("unmarked/val.jsonl", json.dumps(dict(good, evidences=[])) + "\n")
        self.write("unmarked/docs/doc00.txt", review["text"])
        self.bad("plausibility", "--model", self.model, "--data", self.at("unmarked"), says="nothing is marked in its 1 reviews")
        self.bad("plausibility", "--model", self.model, "--data", self.eraser, "--by", "grams", says="attention|gradient|integrated|occlusion|ngrams|random")

    # ---- pairs ----

    def write_pairs(self, name, rows):
        return self.write(name, "Sentiment\tText\tbatch_id\n" + "".join("\t".join(row) + "\n" for row in rows))

    def test_pairs_are_joined_and_counted(self):
        rng, rows, texts = random.Random(9), [], {}
        for i in range(40):
            words, places = make_words(rng, i % 2, 12)
            other = [rng.choice(BAD if i % 2 else GOOD) if w in places[: 1 + i % 3] else word for w, word in enumerate(words)]
            sides = ["Negative", "Positive"]
            texts[i] = [(sides[i % 2], " ".join(words)), (sides[1 - i % 2], " ".join(other))]
        for k in range(2):  # originals stand before rewrites, and not beside them
            rows += [(*texts[i][k], str(i)) for i in rng.sample(range(40), 40)]
        right = {}
        for text in [text for pair in texts.values() for text in pair]:
            answer = json.loads(run("predict", "--model", self.model, "--json", text[1]).out)["label"]
            right[text] = answer == text[0].lower()
        expected = [[right[text] for text in pair] for pair in texts.values()]
        path = self.write_pairs("pairs.tsv", rows)
        figures = json.loads(run("pairs", "--model", self.model, "--data", path, "--json").out)
        self.assertEqual(figures["pairs"], 40)
        self.assertAlmostEqual(figures["originals"], sum(first for first, _ in expected) / 40, places=5)
        self.assertAlmostEqual(figures["rewrites"], sum(second for _, second in expected) / 40, places=5)
        self.assertAlmostEqual(figures["both"], sum(first and second for first, second in expected) / 40, places=5)
        self.assertGreater(figures["originals"], figures["both"])
        for key in ("originals", "rewrites", "both"):
            low, high = figures[f"{key}_interval"]
            self.assertTrue(0 <= low <= figures[key] <= high <= 1)
        done = run("pairs", "--model", self.model, "--data", path)
        self.assertEqual(done.err, "")
        self.assertRegex(done.out, r"\A40 pairs: accuracy \[95 % interval\] on\n\n(.* \d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\]\n){3}\Z")
        named = self.write("named.jsonl", "".join(json.dumps({"text": text, "label": label, "twin": key}) + "\n" for label, text, key in rows))
        same = json.loads(run("pairs", "--model", self.model, "--data", named, "--pair-column", "twin", "--json").out)
        self.assertEqual(same, figures)

    def test_faults_of_pairs_are_one_line(self):
        row = ("Positive", "a great film", "7")
        for name, (rows, says) in {"one": ([row], ["line 2", '1 texts of pair "7"']), "three": ([row] * 3, ["line 4", '3 texts of pair "7"']),
                                   "label": ([("Maybe", "a film", "7"), row], ['"Maybe"']), "name": ([("Positive", "a film", ""), row], ["line 2"])}.items():
            with self.subTest(name):
                self.bad("pairs", "--model", self.model, "--data", self.write_pairs(f"{name}.tsv", rows), says=says)
        bare = self.write("bare.tsv", "Sentiment\tText\nPositive\ta great film\n")
        self.bad("pairs", "--model", self.model, "--data", bare, says="no column is called batch_id")
        self.bad("pairs", "--model", self.model, "--data", self.data, says="--text-column")
        self.bad("pairs", "--model", self.model, "--data", self.at("nowhere"), says="No such file")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
