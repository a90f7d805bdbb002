#!/usr/bin/env python3
"""attn-read from end to end, on made-up passages and on the bundled ones: read.py PROGRAM SAMPLE"""
import collections
import json
import math
import os
import random
import re
import resource
import shutil
import string
import subprocess
import sys
import unittest
import xml.etree.ElementTree as xml

from program import header, InFolder, must_not_print, must_write_anywhere, PROGRAM, read, read_lines, rewritten, run, settings, with_option, without_speed

SAMPLE = sys.argv[2]
TINY = ["--hidden", 6, "--emb", 8, "--pieces", 4, "--batch", 8, "--epochs", 2, "--lr", 0.01]
PEOPLE = "Ada Bob Cleo Dan Eva Finn Gus Hana".split()
PLACES = "kitchen garden office attic cellar barn".split()


def asked(question, *answers):
    return {"question": question, "answers": list(answers)}


def article(title, *passages):
    return {"title": title, "paragraphs": [{"context": context, "qas": questions} for context, questions in passages]}


def lines(articles):
    return "".join(json.dumps(each) + "\n" for each in articles)


def made_up(count=12, seed=0):
    """People in places; who is where is asked."""
    rng, articles = random.Random(seed), []
    for i in range(count):
        people, places = rng.sample(PEOPLE, 3), rng.sample(PLACES, 3)
        context = " ".join(f"{person} is in the {place}." for person, place in zip(people, places))
        articles.append(article(f"Story {i}", (context, [asked(f"Where is {person}?", place) for person, place in zip(people, places)] +
                                               [asked(f"Who is in the {places[0]}?", people[0])])))
    return articles


def normal(text):
    """As SQuAD's evaluate-v1.1.py has it."""
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def f1(given, expected):
    given, expected = normal(given).split(), normal(expected).split()
    shared = sum((collections.Counter(given) & collections.Counter(expected)).values())
    return 2 * shared / (len(given) + len(expected)) if shared else 0


class Read(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.write("data.jsonl", lines(made_up()))
        cls.trained = cls.train("base")
        cls.model = cls.at("base", "model.safetensors")

    @classmethod
    def train(cls, name, *options, data=None, **others):
        return run("train", "--data", data or cls.data, "--out", cls.at(name), *TINY, *options, **others)

    def bad(self, *arguments, says):
        done = run(*arguments, status=2)
        self.assertRegex(done.err, r"\Aattn-read: [^\n]+\n\Z")
        self.assertIn(says, done.err)
        self.assertEqual(done.out, "")

    def score(self, *arguments, model=None, data=None):
        return json.loads(run("eval", "--model", model or self.model, "--data", data or self.data, "--json", *arguments).out)

    # ---- training ----

    def test_training_writes_model_checkpoint_and_metrics(self):
        self.assert_run_written(self.trained.out, r"exact [01]\.\d{4}  f1 [01]\.\d{4}")

    def test_same_seed_same_bytes(self):
        self.assert_same_seed_same_bytes()

    def test_both_readers_learn(self):
        for reader in ("bidaf", "attentive"):
            run("train", "--data", self.write("many.jsonl", lines(made_up(60))), "--out", self.at(reader), "--hidden", 16, "--emb", 16,
                "--pieces", 8, "--epochs", 14, "--batch", 8, "--lr", 0.01, "--lr-decay", 1, "--dropout", 0, "--reader", reader, "--quiet")
            score = self.score(model=self.at(reader, "model.safetensors"), data=self.write("others.jsonl", lines(made_up(20, seed=1))))
            self.assertGreater(score["exact"], 0.8, reader)

    def test_the_sample_is_learned_from(self):
        out = self.at("sample")
        run("train", "--out", out, "--epochs", 8, "--hidden", 24, "--emb", 32, "--quiet", "--lr", 0.005)
        score = json.loads(run("eval", "--model", f"{out}/model.safetensors", "--json").out)
        held_out = sum(len(passage["qas"]) for each in read_lines(SAMPLE) for passage in each["paragraphs"]) / 10
        self.assertAlmostEqual(score["questions"], held_out, delta=1)
        self.assertGreater(score["f1"], 0.3)
        self.assertGreater(json.loads(run("eval", "--model", f"{out}/model.safetensors", "--part", "all", "--json").out)["questions"], 190)

    def test_the_file_alone_gives_the_model_that_was_trained(self):
        shutil.copy(self.model, self.at("alone.safetensors"))
        self.assertEqual(self.score(model=self.at("alone.safetensors")), self.score())
        self.assertEqual(sorted(settings(self.model)), ["best", "program"])

    def test_quiet_says_nothing(self):
        done = self.train("quiet", "--quiet")
        self.assertEqual((done.out, done.err), ("", ""))

    def test_articles_held_out_are_not_learned_from(self):
        articles = made_up(20)
        other = json.loads(lines(articles).replace("garden", "orchard").replace("\n", ",")[:-1].join("[]"))
        path = self.write("held.jsonl", lines(articles))
        self.train("held", data=path)
        count = self.score("--part", "held-out", data=path)["questions"]
        self.assertEqual(count, 8, "two of twenty articles")
        details = self.at("details.jsonl")
        run("eval", "--model", self.model, "--data", path, "--part", "held-out", "--details", details)
        first = [line["question"] for line in read_lines(details)]
        held = [i for i, each in enumerate(articles) if [q["question"] for q in each["paragraphs"][0]["qas"]] in (first[:4], first[4:])]
        changed = [other[i] if i in held else each for i, each in enumerate(articles)]
        self.train("changed", data=self.write("changed.jsonl", lines(changed)))
        self.assertEqual(header(self.at("held", "model.safetensors"))["__metadata__"]["vocab"],
                         header(self.at("changed", "model.safetensors"))["__metadata__"]["vocab"])
        losses = [read(self.at(name, "metrics.csv")).decode().splitlines()[1].split(",")[1] for name in ("held", "changed")]
        self.assertEqual(*losses)

    def test_an_answer_at_several_places_is_learned_as_all_of_them(self):
        """A network that knows nothing yet gives each of T words 1 / T; places of an answer are summed over."""
        for context, answer, places in (("one two three four five six seven eight", "three", 1), ("one two one four one six seven eight", "one", 3),
                                        ("threes three four one two six seven three", "three", 2), ("threes four five six one two nine ten", "three", 1)):
            data = self.write("places.jsonl", lines([article(f"Same {i}", (context, [asked("Which?", answer)])) for i in range(2)]))
            run("train", "--data", data, "--out", self.at("places"), *TINY, "--epochs", 1, "--lr", 1e-9, "--quiet", "--overwrite")
            loss = self.score(model=self.at("places", "model.safetensors"), data=data)["loss"]
            self.assertAlmostEqual(loss, 2 * math.log(8) - math.log(places), delta=0.35)

    def test_passages_that_repeat_themselves_are_read_at_once(self):
        """Read in less than a second; had each place of an answer been held against all others, it were minutes."""
        many, long = "x " * 400000, "y" * 400000
        repeated = [article(f"Repeated {i}", (text, [asked("Which?", answer)]))
                    for i, (text, answer) in enumerate(((many, "x"), (many, many[:400000]), (long, long[:200000])))]
        data = self.write("repeated.jsonl", lines(made_up(1) + repeated))
        seconds = 20  # of the processor's
        done = run("explain", "--model", self.model, "--data", data, "--question", 1,
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds)))
        self.assertIn("expected: ", done.out)

    def test_questions_without_a_place_are_counted_and_left_out(self):
        articles = made_up()
        for each in articles:
            each["paragraphs"][0]["qas"].append(asked("What is missing?", "elephants"))
        done = self.train("without", data=self.write("without.jsonl", lines(articles)))
        self.assertRegex(done.err, r"attn-read: of 50 questions 10 have no answer that stands in their passage")
        self.assertEqual(self.score(data=self.at("without.jsonl"))["questions"], 60)

    def test_limit(self):
        self.assertIn(" 1 questions", re.sub(r"of (\d+) questions", r" \1 questions", run("eval", "--model", self.model, "--data", self.data,
                                                                                         "--limit", 1).out))
        self.train("limited", "--limit", 10, "--valid-limit", 3, "--quiet")
        self.assertNotEqual(read(self.at("limited", "model.safetensors")), read(self.model))

    # ---- vectors ----

    def test_vectors_are_frozen_unless_they_are_trained(self):
        words = {word.lower(): [random.Random(word).gauss(0, 1) for _ in range(5)] for word in PEOPLE + PLACES}
        path = self.write("vectors.txt", "".join(f"{word} {' '.join(f'{x:.6f}' for x in row)}\n" for word, row in words.items()))
        options = TINY[:2] + TINY[4:]  # without --emb
        for name, more in {"frozen": [], "moved": ["--train-words"]}.items():
            run("train", "--data", self.data, "--out", self.at(name), *options, "--vectors", path, "--quiet", *more)
            model = self.at(name, "model.safetensors")
            vocab = [line.split("\t")[0] for line in header(model)["__metadata__"]["vocab"].splitlines()][2:]
            self.assertTrue(vocab and set(vocab) <= set(words), "words without a vector are told by their pieces alone")
            table = tensor(model, "vectors.weight", 5)
            far = max(abs(x - y) for word, row in zip(vocab, table[2:]) for x, y in zip(words[word], row))
            self.assertEqual(far > 1e-5, name == "moved")
        self.bad("train", "--data", self.data, "--out", self.at("none"), "--train-words", says="--vectors")
        self.bad("train", "--data", self.data, "--out", self.at("none"), "--vectors", path, "--emb", 9, says="--emb")
        self.bad("train", "--data", self.data, "--out", self.at("none"), "--vectors", self.data, says=self.data)

    # ---- going on ----

    def test_ctrl_c_saves_and_resume_gives_the_bytes_of_an_uninterrupted_run(self):
        data = self.write("long.jsonl", lines(made_up(100)))
        self.stop_and_resume("--data", data, *TINY, "--epochs", 4, waits=(0.0, 0.1, 0.2))

    def test_resume_can_add_epochs_and_refuses_other_changes(self):
        self.train("more", "--quiet")
        out = self.at("more")
        self.bad("train", "--out", out, "--resume", "--lr", 0.5, says="--lr")
        self.bad("train", "--out", out, "--resume", "--overwrite", says="one of the two")
        self.bad("train", "--out", out, "--resume", "--data", self.write("other.jsonl", lines(made_up(11))), says="not those")
        self.bad("train", "--out", self.at("nowhere"), "--resume", says="no run")
        run("train", "--out", out, "--resume", "--epochs", 3, "--quiet")
        self.train("three", "--quiet", "--epochs", 3)
        self.assertEqual(read(f"{out}/model.safetensors"), read(self.at("three", "model.safetensors")))
        damaged = rewritten(f"{out}/checkpoint.safetensors", config=json.dumps({**settings(f"{out}/checkpoint.safetensors"), "progress": {}}))
        self.write("more/checkpoint.safetensors", damaged)
        self.bad("train", "--out", out, "--resume", says="progress")

    # ---- measuring ----

    def test_eval(self):
        score = self.score()
        self.assertEqual(list(score), ["exact", "f1", "questions", "loss"])
        self.assertEqual(score["questions"], 48)
        self.assertTrue(0 <= score["exact"] <= score["f1"] <= 1)
        self.assertEqual(self.score("--threads", 1), score)
        self.assertRegex(run("eval", "--model", self.model, "--data", self.data).out, r"\Aexact \d\.\d{4}, F1 \d\.\d{4} of 48 questions, loss .*\n\Z")
        self.assertEqual(without_speed(self.score("--speed")), score)
        said = run("eval", "--model", self.model, "--data", self.data, "--speed").out
        self.assertRegex(said, r", loss \d+\.\d{4}, \d+\.\d questions a second of the processors\n\Z")

    def test_figures_are_those_of_squads_own_script(self):
        rng = random.Random(3)
        words = ["the", "The", "a", "An", "Köln", "ÄPFEL", "x-ray", "U.S.", "it's", "$5,000", "dog", "Dog", "a.m.", "the\u00a0dog", "b–a", "a–b", "!!",
                 "--", "naïve", "_the_", "3.5", "ΣΑΣ1", "o'clock", "\u2028", "中文", "²", "“the”", "a/b", "\u0301the", "the", "an"]
        articles = []
        for i in range(60):
            text = [rng.choice(words) for _ in range(rng.randrange(1, 9))]
            answers = [" ".join(rng.sample(text, rng.randrange(1, len(text) + 1))) for _ in range(rng.randrange(1, 4))] + [rng.choice(words)]
            articles.append(article(f"Odd {i}", (" ".join(text), [asked("What?", *answers), asked("", "nothing"), asked("What else?", " ".join(text))])))
        path, details = self.write("odd.jsonl", lines(articles)), self.at("odd.out")
        score = json.loads(run("eval", "--model", self.model, "--data", path, "--details", details, "--json").out)
        questions = [question for each in articles for question in each["paragraphs"][0]["qas"]]
        given = [json.loads(line) for line in read(details).decode().split("\n")[:-1]]  # U+2028 ends no line here
        self.assertEqual([line["question"] for line in given], [question["question"] for question in questions])
        for line, question in zip(given, questions):
            expected = question["answers"]
            self.assertEqual(line["exact"], float(any(normal(line["answer"]) == normal(text) for text in expected)), (line, expected))
            self.assertAlmostEqual(line["f1"], max(f1(line["answer"], text) for text in expected), places=6, msg=str((line, expected)))
        self.assertGreater(sum(line["exact"] for line in given), 3)
        self.assertAlmostEqual(score["f1"], sum(line["f1"] for line in given) / len(given), places=5)
        self.assertAlmostEqual(score["exact"], sum(line["exact"] for line in given) / len(given), places=5)

    def test_answers_are_spans_of_the_text_and_no_longer_than_is_asked_for(self):
        for longest in (1, 3, 15):
            details = self.at("spans.jsonl")
            run("eval", "--model", self.model, "--data", self.data, "--details", details, "--longest", longest)
            contexts = [passage["context"] for each in made_up() for passage in each["paragraphs"] for _ in passage["qas"]]
            for line, context in zip(read_lines(details), contexts):
                self.assertIn(line["answer"], context)
                self.assertLessEqual(len(re.findall(r"\w+|[^\w\s]", line["answer"])), longest)

    # ---- answering ----

    def page(self):
        return self.write("page.txt", "Ada is in the kitchen. Bob is in the garden!\n\nCleo, who is 3.5 years old, is in the attic")

    def answer(self, *arguments, **options):
        return run("answer", "--model", self.model, "--text", self.page(), *arguments, **options).out

    def test_answer(self):
        line = json.loads(self.answer("--json", "Where is Bob?"))
        self.assertEqual(list(line), ["question", "answer", "probability", "good", "begin", "end"])
        self.assertEqual(line["question"], "Where is Bob?")
        self.assertEqual(read(self.page())[line["begin"]:line["end"]].decode(), line["answer"])
        shown = self.answer("--least", 0, "Where is Bob?")
        self.assertTrue(shown.startswith(f"{line['answer']}  {line['probability']:.2f}  "), shown)
        self.assertIn(line["answer"], shown.split("  ", 2)[2])
        self.assertNotIn("\x1b", shown)
        self.assertEqual(self.answer("--least", 0, "--threads", 1, "Where is Bob?"), shown)

    def test_the_answer_stands_in_its_sentence(self):
        sentences = ["Ada is in the kitchen.", "Bob is in the garden!", "Cleo, who is 3.5 years old, is in the attic"]
        seen = set()
        for question in [f"{word} {name}?" for word in ("Where is", "Who was", "In the", "How old is") for name in PEOPLE + PLACES]:
            line = json.loads(self.answer("--json", "--longest", 1, question))
            shown = self.answer("--least", 0, "--longest", 1, question).strip().split("  ", 2)[2]
            self.assertIn(shown, sentences)
            text = read(self.page()).decode()
            self.assertTrue(text.index(shown) <= line["begin"] < line["end"] <= text.index(shown) + len(shown))
            seen.add(shown)
        self.assertGreater(len(seen), 1)

    def test_an_answer_is_one_line_whatever_breaks_are_in_its_sentence(self):
        page = self.write("breaks.txt", "Ada is\u2028in\rthe<br />kitchen with\rBob")
        for question in ("Where is Ada?", "Where is Bob?"):
            self.assertTrue(run("answer", "--model", self.model, "--text", page, question).out.endswith("  Ada is in the kitchen with Bob\n"))

    def test_no_span_is_good_below_the_least(self):
        p = json.loads(self.answer("--json", "Where is Bob?"))["probability"]
        for least, good in ((max(0, p - 1e-4), True), (min(1, p + 1e-4), False)):
            self.assertEqual(json.loads(self.answer("--json", "--least", least, "Where is Bob?"))["good"], good)
            self.assertEqual(self.answer("--least", least, "Where is Bob?").startswith("no good span: "), not good)
        empty = self.write("empty.txt", "")
        self.assertEqual(json.loads(run("answer", "--model", self.model, "--text", empty, "--json", "--least", 0, "Who?").out),
                         {"question": "Who?", "answer": "", "probability": 0.0, "good": False, "begin": 0, "end": 0})
        self.assertIn("no good span", run("answer", "--model", self.model, "--text", empty, "Who?").out)

    def test_questions_on_standard_input_are_answered_one_by_one(self):
        alone = self.answer("--json", "Where is Bob?")
        with subprocess.Popen([PROGRAM, "answer", "--model", self.model, "--text", self.page(), "--json"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, bufsize=1) as process:
            for _ in range(3):
                process.stdin.write("Where is Bob?\n")
                process.stdin.flush()
                self.assertEqual(process.stdout.readline(), alone, "before another question is asked")
            process.stdin.write("\nWhere is Bob?")
            process.stdin.close()
            self.assertEqual(process.stdout.read().splitlines()[1], alone[:-1], "after one of no words, and without a line's end")
        self.assertEqual(process.returncode, 0)

    def test_texts_that_cannot_be_read(self):
        for path, says in ((self.at("nowhere"), "nowhere"), (self.folder, "not a regular file"),
                           (self.write("huge.txt", "word " * 10001), "at most 10000"),
                           (self.write("wide.txt", "Ada is here.".encode("utf-16")), "UTF-16"), (self.write("packed.txt", b"\x1f\x8b\x08"), "gzip")):
            self.bad("answer", "--model", self.model, "--text", path, "Who?", says=says)
            self.bad("explain", "--model", self.model, "--text", path, "Who?", says=says)
        self.bad("answer", "--model", self.model, "--text", self.page(), "who " * 501, says="at most 500")
        done = run("answer", "--model", self.model, "--text", self.write("latin.txt", "Zoé était là.".encode("latin-1")), "Who?")
        self.assertEqual(done.err, "attn-read: 3 malformed UTF-8 sequences in 1 text were replaced\n")
        said = "attn-read: 1 malformed UTF-8 sequences in 1 question"
        for asked in ({"input": b"Who?\nWho \xff?\n"}, {}):
            done = run("answer", "--model", self.model, "--text", self.page(), *([] if asked else ["Who \udcff?"]), **asked)
            self.assertEqual(done.err, f"{said}s were replaced\n")
        self.assertEqual(run("explain", "--model", self.model, "--text", self.page(), "Who \udcff?").err, f"{said} were replaced\n")
        latin = self.write("latin.jsonl", read(self.data).replace(b"{", b"{\xf6", 1))
        self.bad("eval", "--model", self.model, "--data", latin, says="latin.jsonl, line 1: not JSON")
        for content in (b"\xff\x00\xfe", b"\n\n", "Ann \u0301 \U0001f600".encode()):
            path = self.write("odd.txt", content)
            self.assertTrue(run("answer", "--model", self.model, "--text", path, "Who \udcff?").out)
            run("explain", "--model", self.model, "--text", path, "--format", "html", "")

    # ---- explaining ----

    def test_explain(self):
        shown = run("explain", "--model", self.model, "--data", self.data, "--question", 2).out
        question = made_up()[0]["paragraphs"][0]["qas"][1]
        self.assertTrue(shown.startswith(question["question"] + "\n"))
        self.assertIn(f"expected: {question['answers'][0]}", shown)
        shown = run("explain", "--model", self.model, "--text", self.page(), "Where is Bob?").out
        self.assertNotIn("expected", shown)
        self.assertEqual([line.split()[0] for line in shown.splitlines()[-4:]], ["Where", "is", "Bob", "?"])

    def test_explain_draws_every_word_of_the_matrix(self):
        for matrix in ("sentence", "text"):
            page = run("explain", "--model", self.model, "--text", self.page(), "--matrix", matrix, "--format", "svg", "Where is Bob?").out
            drawn = [element.text for element in xml.fromstring(page).iter("{http://www.w3.org/2000/svg}text")]
            self.assertTrue({"Where", "Bob", "?"} <= set(drawn), drawn)
            if matrix == "text":
                self.assertTrue({"Ada", "kitchen", "3.5", "attic"} <= set(drawn), drawn)
        html = run("explain", "--model", self.model, "--text", self.page(), "--format", "html", "Where is Bob?").out
        self.assertIn("<table", html)
        self.assertIn("attic", html)

    def test_the_weights_of_a_word_of_the_text_are_1_in_all(self):
        shown = run("explain", "--model", self.model, "--text", self.page(), "--longest", 1, "Where is Bob?").out.splitlines()[-4:]
        rows = [[0 if cell == "." else int(cell) for cell in re.split(r"\s+", line.strip())[1:]] for line in shown]
        for column in zip(*rows):
            self.assertAlmostEqual(sum(column), 100, delta=3)

    def test_an_attentive_reader_has_no_matrix(self):
        self.train("alone", "--reader", "attentive", "--quiet")
        model = self.at("alone", "model.safetensors")
        shown = run("explain", "--model", model, "--text", self.page(), "Where is Bob?").out
        self.assertNotRegex(shown, r"\n *Bob +\d")
        self.assertIn("Where is Bob?", shown)

    # ---- data ----

    def test_the_file_as_squad_has_it(self):
        whole = {"version": "1.1", "data": [{**each, "paragraphs": [{**passage, "qas": [
            {"id": str(k), "question": question["question"], "answers": [{"text": text, "answer_start": 3} for text in question["answers"]]}
            for k, question in enumerate(passage["qas"])]} for passage in each["paragraphs"]]} for each in made_up()]}
        self.assertEqual(self.score(data=self.write("whole.json", json.dumps(whole))), self.score())
        self.assertEqual(self.score(data=self.write("crlf.jsonl", "\ufeff" + lines(made_up()).replace("\n", "\r\n\r\n"))), self.score())

    def test_bad_data(self):
        good = made_up(1)[0]
        cases = {"": "no question", "\n\n": "no question", "hello\n": "line 1: not JSON", "[]\n": "paragraphs", "3\n": "not JSON",
                 lines([good]) + "{}\n": "line 2", '{"data": 3}\n': "data", '{"data": [[]]}\n': "paragraphs",
                 lines([{"title": 3, "paragraphs": []}]): "title", lines([article("x")]): "no question",
                 lines([{"title": "x", "paragraphs": [{"qas": []}]}]): "context", lines([{"title": "x", "paragraphs": [{"context": "x"}]}]): "qas",
                 lines([article("x", ("y", [{"answers": ["y"]}]))]): "question", lines([article("x", ("y", [{"question": "z"}]))]): "answers",
                 lines([article("x", ("y", [asked("z")]))]): "answer", lines([article("x", ("y", [asked("z", 3)]))]): "text",
                 lines([good])[:-40]: "line 1"}
        for content, says in cases.items():
            path = self.write("bad.jsonl", content)
            with self.subTest(content[:60]):
                self.bad("eval", "--model", self.model, "--data", path, says=path)
                self.bad("train", "--data", path, "--out", self.at("none"), says=says)
        self.bad("train", "--data", self.write("one.jsonl", lines([good])), "--out", self.at("none"), says="two articles")
        self.bad("train", "--data", self.write("two.jsonl", lines([article(f"{i}", ("x", [asked("y", "z")])) for i in range(2)])), "--out",
                 self.at("none"), says="no question to learn from")
        self.bad("eval", "--model", self.model, "--data", self.at("nowhere"), says="nowhere")
        self.assertFalse(os.path.exists(self.at("none")))

    def test_odd_texts_are_answered(self):
        odd = ["", " ", "\n", "?", "½ ¼", "x" * 5000, "word " * 3000, "\ud83d\ude00 e\u0301", "<br />"]
        path = self.write("odd2.jsonl", lines([article(f"{i}", (text, [asked(question, "x") for question in odd])) for i, text in enumerate(odd)]))
        self.assertEqual(self.score(data=path)["questions"], len(odd) ** 2)

    # ---- bad input ----

    def test_bad_options(self):
        for options, says in [(["--epochs", 0], "--epochs 0"), (["--lr", "nan"], "--lr"), (["--hiden", 3], "--hidden"), (["more"], "more"),
                              (["--batch", 1000], "--batch 1000"), (["--limit", 0], "--limit 0"), (["--reader", "rnet"], "bidaf|attentive")]:
            self.bad("train", "--out", self.at("none"), *options, says=says)
        self.bad("train", says="--out")
        self.bad("eval", "--json", says="--model")
        self.bad("eval", "--model", self.model, "--data", self.data, "--limit", 0, says="--limit 0: expected a whole number from 1")
        self.bad("answer", "--model", self.model, "Who?", says="--text")
        self.bad("explain", "--model", self.model, "Who?", says="--text")
        self.bad("explain", "--model", self.model, "--text", self.page(), says="question")
        for option, value in (("--data", self.data), ("--question", 3)):
            self.bad("explain", "--model", self.model, "--text", self.page(), option, value, "Who?", says=f"{option} chooses what is asked")
        self.bad("explain", "--model", self.model, "--data", self.data, "--question", 49, says="there are 48 questions")
        self.bad("explain", "--model", self.model, "--format", "png", says="ansi|html|svg")
        self.bad("evil", says="eval")
        self.bad(says="command")

    def test_help_has_examples(self):
        self.assertIn("Example", run("--help").out)
        for command in ("train", "eval", "answer", "explain"):
            self.assertIn(f"attn-read {command} ", run(command, "--help").out.split("Example:")[1])

    def test_output_that_cannot_be_written(self):
        must_not_print(["eval", "--model", self.model, "--data", self.data], ["answer", "--model", self.model, "--text", self.page(), "Who?"],
                       ["explain", "--model", self.model], ["--help"])
        must_write_anywhere("explain", "--model", self.model, "--data", self.data, "--format", "svg", "--out")

    def test_bad_models(self):
        whole = read(self.model)
        cases = {"truncated": whole[:len(whole) // 2], "empty": b"", "text": b"hello\n" * 50,
                 "wild": with_option(self.model, "encoder", hidden_dim=17),
                 "unlike": rewritten(self.model, vocab=header(self.model)["__metadata__"]["vocab"] + "more\t1\n"),
                 "foreign": rewritten(self.model, config='{"program": "attn-babi"}')}
        for name, content in cases.items():
            path = self.write(f"{name}.safetensors", content)
            with self.subTest(name):
                self.bad("eval", "--model", path, "--data", self.data, says=path)


def tensor(path, name, width):
    """A safetensors file's matrix."""
    data, head = read(path), header(path)
    begin, end = head[name]["data_offsets"]
    numbers = memoryview(data)[8 + int.from_bytes(data[:8], "little"):][begin:end].cast("f")
    return [list(numbers[i:i + width]) for i in range(0, len(numbers), width)]


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
