#!/usr/bin/env python3
"""attn-translate from end to end, on its sample and on pairs made here: translate.py PROGRAM SAMPLE"""
import collections
import csv
import itertools
import json
import math
import os
import re
import shutil
import sys
import unittest
import xml.etree.ElementTree

from program import header, InFolder, must_not_print, must_write_anywhere, read, rewritten, run, settings, stopped, with_option, without_speed

SAMPLE = sys.argv[2]
SMALL = ["--encoder", 16, "--decoder", 32, "--emb", 16]
PAIRS = [("I'm here.", "Je suis là."), ("Look at me!", "Regarde-moi !"), ("I was shaken.", "J'ai été remuée."),
         ("Is it Ann?", "Est-ce Ann ?"), ("She said: go.", "Elle a dit : va !"), ("Tom, wait.", "Tom, attends."),
         ("You're right.", "Tu as raison."), ("What's inside?", "Qu'est-ce qu'il y a à l'intérieur ?")]


def read_pairs(path):
    return [tuple(line.split("\t")) for line in read(path).decode().splitlines()]


def target_tokens(text):
    """As the program's page says: an apostrophe ends its token, a hyphen inside a word begins one."""
    text = (text[0].lower() + text[1:]).replace("\u2019", "'")
    return re.findall(r"[^\W_]+'?|-[^\W_]+|[^\w\s]", text)


def bleu(translations, references):
    """BLEU-4 by the paper, with sets of counts in place of the program's comparisons."""
    def count(tokens, n):
        return collections.Counter(tuple(tokens[i:i + n]) for i in range(len(tokens) - n + 1))

    logs = 0
    for n in range(1, 5):
        matches = total = 0
        for translation, several in zip(translations, references):
            most = collections.Counter()
            for reference in several:
                most |= count(reference, n)
            matches += sum((count(translation, n) & most).values())
            total += sum(count(translation, n).values())
        if matches == 0:
            return 0
        logs += math.log(matches / total) / 4
    length = sum(map(len, translations))
    nearest = sum(min((abs(len(reference) - len(translation)), len(reference)) for reference in several)[1]
                  for translation, several in zip(translations, references))
    return math.exp(logs + min(0, 1 - nearest / length))


def links_of(reading, source, target):
    """For each word of the target the source's word that weighed most, by the matrix of `explain`; words are parted by spaces."""
    def words_of(tokens, text):
        letters = [i for i, word in enumerate(text.split()) for _ in word]
        at, words = 0, []
        for token in (token[:-2] if token.endswith("@@") else token for token in tokens):
            words.append(letters[at])
            at += len(token)
        return words

    rows, columns = words_of(reading["target"], target), words_of(reading["source"], source)
    links = []
    for word in range(len(target.split())):
        sums = [sum(weight for row, weights in zip(rows, reading["weights"]) for column, weight in zip(columns, weights)
                    if (row, column) == (word, of)) for of in range(len(source.split()))]
        links.append((sums.index(max(sums)), word))
    return links


class Translate(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sample_run, cls.date_run, cls.pair_run = cls.at("sample"), cls.at("dates"), cls.at("pairs")
        cls.trained = run("train", "--out", cls.sample_run, "--epochs", 8, "--lr", 0.01, *SMALL)
        run("train", "--task", "dates", "--out", cls.date_run, "--dates", 10000, "--epochs", 3, "--quiet")
        # Words before them that say nothing: what is held out can be known from the rest.
        pairs = cls.write("pairs.tsv", "".join(f"{before} {source}\t{target}\n".lstrip() for source, target in PAIRS
                                               for before in ("", "well", "so", "and", "but", "oh", "now", "then", "yes")))
        run("train", "--data", pairs, "--out", cls.pair_run, "--epochs", 60, "--lr", 0.01, "--dropout-embedding", 0,
            "--dropout-output", 0.1, "--quiet", *SMALL)
        cls.model, cls.dates, cls.pairs = (os.path.join(folder, "model.safetensors")
                                           for folder in (cls.sample_run, cls.date_run, cls.pair_run))

    def bad(self, *arguments, says="", out=None, **options):
        """Exit status 2, one line on standard error, nothing on standard output, nothing written."""
        done = run(*arguments, status=2, **options)
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"\Aattn-translate: [^\n]+\n\Z")
        self.assertIn(says, done.err)
        if out:
            self.assertFalse(os.path.exists(out))

    # ---- training ----

    def test_a_run_leaves_what_it_promises(self):
        self.assertEqual(sorted(os.listdir(self.sample_run)), ["checkpoint.safetensors", "metrics.csv", "model.safetensors", "valid.tsv"])
        self.assertEqual(sorted(os.listdir(self.date_run)), ["checkpoint.safetensors", "metrics.csv", "model.safetensors"])
        with open(os.path.join(self.sample_run, "metrics.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 8)
        self.assertLess(float(rows[-1]["train_loss"]), float(rows[0]["train_loss"]))
        config = settings(self.model)
        self.assertEqual(sorted(config), ["best", "max_length", "program", "task"])
        self.assertEqual(config["program"], "attn-translate")
        self.assertAlmostEqual(config["best"]["loss"], min(float(row["valid_loss"]) for row in rows), places=5)
        self.assertIn("pairs/s", self.trained.out)
        self.assertEqual(self.trained.err, "")

    def test_no_source_is_on_both_sides(self):
        whole, held = read_pairs(SAMPLE), read_pairs(os.path.join(self.sample_run, "valid.tsv"))
        sources = {source.lower() for source, _ in held}
        self.assertEqual([pair for pair in whole if pair[0].lower() in sources], held)
        self.assertTrue(0.05 < len(held) / len(whole) < 0.2)

    def test_the_same_seed_gives_the_same_bytes_at_1_and_2_threads(self):
        for name, threads, seed in (("one", 1, 5), ("two", 2, 5), ("other", 2, 6)):
            run("train", "--out", self.at(name), "--epochs", 1, "--seed", seed, "--threads", threads, "--quiet", *SMALL)
        one, two, other = (read(self.at(name, "model.safetensors")) for name in ("one", "two", "other"))
        self.assertEqual(one, two)
        self.assertNotEqual(one, other)

    def test_ctrl_c_keeps_the_best_epoch(self):
        out = self.at("stopped")
        done = stopped("train", "--out", out, "--epochs", 1000, *SMALL, line="epoch")
        self.assertEqual(done.returncode, 130)
        self.assertIn("; the model is ", done.out)
        run("eval", "--model", os.path.join(out, "model.safetensors"), "--data", os.path.join(out, "valid.tsv"))

    def test_the_file_alone_gives_the_model_that_was_trained_to_the_bit(self):
        for task, widths, dropout in itertools.product(("sentences", "dates"), ((5, 7, 11), (16, 8, 8)), (0, 0.4)):
            with self.subTest(task=task, widths=widths, dropout=dropout):
                emb, encoder, decoder = widths
                run("train", "--task", task, "--out", self.at("rebuilt"), "--overwrite", "--emb", emb, "--encoder", encoder,
                    "--decoder", decoder, "--dropout-embedding", dropout, "--dropout-states", dropout, "--dropout-output", dropout, "--epochs", 2,
                    "--dates", 200, "--seed", 9, "--quiet")
                model = self.at("rebuilt", "model.safetensors")
                # Dates held out are a function of the seed; pairs stand beside the model.
                held_out = ["--dates", 1000, "--seed", 9] if task == "dates" else []
                score = json.loads(run("eval", "--model", model, "--beam", 1, "--json", *held_out).out)
                self.assertEqual(score["loss"], settings(model)["best"]["loss"])

    # ---- going on ----

    def test_ctrl_c_saves_and_resume_gives_the_bytes_of_an_uninterrupted_run(self):
        for task in ("sentences", "dates"):
            with self.subTest(task):
                self.stop_and_resume("--task", task, "--overwrite", *SMALL, "--epochs", 12, *(["--dates", 400] if task == "dates" else []),
                                     waits=(0.05, 0.1, 0.2, 0.3))

    def test_resume_can_add_epochs_and_refuses_other_changes(self):
        out, checkpoint = self.at("more"), self.at("more", "checkpoint.safetensors")
        run("train", "--out", out, "--epochs", 2, "--quiet", *SMALL)
        self.bad("train", "--out", out, "--resume", "--lr", 0.5, says="--lr")
        self.bad("train", "--out", out, "--resume", "--task", "dates", says="--task")
        self.bad("train", "--out", out, "--resume", "--overwrite", says="one of the two")
        self.bad("train", "--out", out, "--resume", "--data", self.write("other.tsv", "Go.\tVa !\nWait.\tAttends.\n"), says="not those")
        self.bad("train", "--out", self.at("nowhere"), "--resume", says="no run")
        run("train", "--out", out, "--resume", "--epochs", 3, "--quiet")
        run("train", "--out", self.at("three"), "--epochs", 3, "--quiet", *SMALL)
        self.assertEqual(read(f"{out}/model.safetensors"), read(self.at("three", "model.safetensors")))
        kept = settings(checkpoint)
        for damage, says in (({"progress": {}}, "progress"), ({"config": {**kept["config"], "batch": 0}}, "its setting batch"),
                             ({"data": ["/nowhere", None, None]}, "/nowhere")):
            whole = read(checkpoint)
            self.write("more/checkpoint.safetensors", rewritten(checkpoint, config=json.dumps({**kept, **damage})))
            self.bad("train", "--out", out, "--resume", "--quiet", says=says)
            self.write("more/checkpoint.safetensors", whole)

    # ---- sentences ----

    def test_texts_that_were_learned_come_back_as_they_are_written(self):
        given = run("translate", "--model", self.pairs, input="\n".join(source for source, _ in PAIRS).encode()).out
        self.assertEqual(given.splitlines(), [target for _, target in PAIRS])
        for ends in ("", "\r"):  # lines of old Macintoshes
            lines = "\r".join(source for source, _ in PAIRS) + ends
            self.assertEqual(run("translate", "--model", self.pairs, input=lines.encode()).out, given)

    def test_any_line_gets_a_line(self):
        lines = b"I'm here.\n\nzzz qqq \xf0\x9f\x98\x80\nbroken \xff\xfe\r\n" + b"wait " * 60
        done = run("translate", "--model", self.pairs, input=lines)
        self.assertEqual(len(done.out.splitlines()), 5)
        self.assertEqual(done.err, "attn-translate: 2 malformed UTF-8 sequences in 1 texts were replaced\n")
        self.assertEqual(run("translate", "--model", self.pairs, "").out, "\n")
        self.assertEqual(run("translate", "--model", self.pairs, "--beam", 1, "You're right.").out, "Tu as raison.\n")

    def test_malformed_text_to_learn_from_is_said_with_its_file_and_line(self):
        sources, targets = b"Go.\nW\xffait.\nNo.\nSt\xc3\xfeop.\n", "Va !\nAttends.\nNon.\nArrêtez.\n".encode("latin-1")
        lines = [b"\t".join(pair) for pair in zip(sources.split(b"\n"), targets.split(b"\n"))][:4]
        table = self.write("latin.tsv", b"\n".join(line + b"\tby \xff" for line in lines))
        self.write("latin.en", sources)
        self.write("latin.fr", targets)
        said = "malformed UTF-8 sequences in {} lines were replaced, the first in line {}\n"
        of_table = f"attn-translate: {table}: 4 " + said.format(2, 2)
        options = ["--epochs", 1, *SMALL]
        self.assertEqual(run("train", "--data", table, "--out", self.at("latin"), *options).err, of_table)
        self.assertEqual(run("train", "--data", table, "--out", self.at("latin.quiet"), "--quiet", *options).err, "")
        two = run("train", "--data", self.at("latin"), "--languages", "en-fr", "--out", self.at("latin.two"), *options)
        self.assertEqual(two.err, f"attn-translate: {self.at('latin')}.en: 3 " + said.format(2, 2) +
                         f"attn-translate: {self.at('latin')}.fr: 1 " + said.format(1, 4))
        self.assertEqual(run("eval", "--model", self.at("latin.two", "model.safetensors"), "--data", table).err, of_table)

    def test_bleu_and_exact_are_what_they_say(self):
        data = os.path.join(self.sample_run, "valid.tsv")
        score = json.loads(run("eval", "--model", self.model, "--data", data, "--json").out)
        self.assertEqual(list(score), ["loss", "bleu", "exact", "sources"])
        references = collections.defaultdict(list)
        for source, target in read_pairs(data):
            references[source].append(target_tokens(target))
        lines = run("translate", "--model", self.model, input="\n".join(references).encode()).out.splitlines()
        translations = [target_tokens(line) for line in lines]
        self.assertEqual(score["sources"], len(references))
        self.assertAlmostEqual(score["bleu"], bleu(translations, list(references.values())), places=5)
        exact = sum(given in several for given, several in zip(translations, references.values()))
        self.assertAlmostEqual(score["exact"], exact / len(references), places=5)
        self.assertGreater(score["bleu"], 0)
        self.assertRegex(run("eval", "--model", self.model).out, r"\Aloss .*, BLEU .* on \d+ sources\n\Z")
        self.assertRegex(run("eval", "--model", self.model, "--speed").out, r" on \d+ sources, \d+\.\d sources a second of the processors\n\Z")

    def test_perfect_translations_score_one(self):
        data = self.write("learned.tsv", "".join(f"{source}\t{target}\n" for source, target in PAIRS))
        score = json.loads(run("eval", "--model", self.pairs, "--data", data, "--json").out)
        self.assertEqual((score["bleu"], score["exact"], score["sources"]), (1, 1, len(PAIRS)))
        for name, ends in (("marked.tsv", b"\r\n"), ("macintosh.tsv", b"\r")):
            marked = self.write(name, b"\xef\xbb\xbf" + read(data).replace(b"\n", ends))
            self.assertEqual(json.loads(run("eval", "--model", self.pairs, "--data", marked, "--json").out), score)
        steps = sum(len(target_tokens(target)) + 1 for _, target in PAIRS) / len(PAIRS)
        timed = json.loads(run("eval", "--model", self.pairs, "--data", data, "--json", "--beam", 1, "--speed").out)
        self.assertEqual(without_speed(timed, steps - 0.001, steps + 0.001), score)

    def test_bleu_is_what_is_counted_by_hand(self):
        # qu' est -ce qu' il y a a l' interieur ? against qu' est -ce qu' il y a ici dans le coin ?: of 11 words 8 match, of 10 pairs
        # 6, of 9 triples 5, of 8 fours 4; the reference has 12 words.
        data = self.write("hand.tsv", "What's inside?\tQu'est-ce qu'il y a ici dans le coin ?\n")
        score = json.loads(run("eval", "--model", self.pairs, "--data", data, "--json").out)
        self.assertAlmostEqual(score["bleu"], math.exp(1 - 12 / 11) * (8 / 11 * 6 / 10 * 5 / 9 * 4 / 8) ** (1 / 4), places=5)
        self.assertEqual(score["exact"], 0)

    # ---- tokenised data ----

    def parallel(self, name, pairs):
        self.write(f"{name}.en", "".join(f"{source}\n" for source, _ in pairs))
        self.write(f"{name}.fr", "".join(f"{target}\n" for _, target in pairs))
        return ["--data", self.at(name), "--languages", "en-fr"]

    def test_tokenised_data_keep_their_tokens_and_lie_in_two_files(self):
        pairs = [(f"{before} {noun} &apos;s {after} .", f"{after} {noun}@-@là !") for before in ("a", "the", "El-9") for noun in ("dog", "Été", "x.y")
                 for after in ("red", "big")]
        out = self.at("tokenised")
        valid = self.parallel("held", pairs[:6])
        train = ["train", "--task", "tokenised", *self.parallel("all", pairs), "--valid-data", valid[1], "--out", out, "--lr", 0.01, "--batch", 2, *SMALL]
        done = run(*train, "--epochs", 20, "--dropout-embedding", 0, "--dropout-states", 0, "--dropout-output", 0.1, "--patience", 0, "--min-count", 1)
        self.assertIn("18 pairs", done.out)
        self.assertEqual(read_pairs(os.path.join(out, "valid.tsv")), pairs[:6])
        run("train", "--out", out, "--resume", "--epochs", 60, "--quiet", cwd="/")
        model = ["--model", os.path.join(out, "model.safetensors")]
        self.assertEqual(run("translate", *model, input="\n".join(source for source, _ in pairs).encode()).out.splitlines(),
                         [target for _, target in pairs])
        for data in ([], valid):
            self.assertEqual(json.loads(run("eval", *model, *data, "--json").out)["exact"], 1)
        self.assertEqual(json.loads(run("explain", *model, "--format", "json", "the Été \u00a0 &apos;s big .").out)["source"],
                         ["the", "Été", "&apos;s", "big", "."])
        # A translation of one word is compared with one of three, and so has no fours: BLEU is 0, no error.
        self.assertEqual(json.loads(run("eval", *model, *self.parallel("short", [("a dog &apos;s red .", "un deux trois")]), "--json").out)["bleu"], 0)

    def test_words_are_read_and_written_by_pieces(self):
        out = self.at("pieces")
        stems, ends = [("walk", "march"), ("jump", "saut"), ("talk", "parl"), ("sing", "chant")], [("ed", "ait"), ("ing", "ant"), ("s", "e")]
        pairs = [(f"he {stem}{end} .", f"il {tige}{fin} .") for stem, tige in stems for end, fin in ends]
        model = ["--model", os.path.join(out, "model.safetensors")]
        run("train", "--task", "tokenised", *self.parallel("verbs", pairs), "--valid-data", self.at("verbs"), "--pieces", 40, "--out", out, "--lr", 0.01,
            "--batch", 2, "--epochs", 20, "--lr-decay", 0.95, "--patience", 0, "--dropout-embedding", 0, "--dropout-states", 0, "--dropout-output", 0, "--min-count", 1,
            "--quiet", *SMALL)
        run("train", "--out", out, "--resume", "--epochs", 50, "--quiet")
        score = json.loads(run("eval", *model, "--json").out)
        self.assertEqual(score["exact"], 1)
        reading = json.loads(run("explain", *model, "--format", "json", "he walking .").out)
        self.assertEqual(reading["translation"], "il marchant .")
        for side, text in (("source", "he walking ."), ("target", "il marchant .")):
            self.assertEqual(" ".join(reading[side]).replace("@@ ", ""), text)
        self.assertIn("@@", " ".join(json.loads(run("explain", *model, "--format", "json", "he stalked .").out)["source"]), "a word not seen")
        links = links_of(reading, "he walking .", reading["translation"])
        score = self.align(model[1], [("he walking .", "il marchant .")], " ".join(f"{i + 1}-{j + 1}" for i, j in links) + "\n")
        self.assertEqual(score["aer"], 0)
        self.assertIn("pieces", header(model[1])["__metadata__"])
        self.bad("translate", "--model", self.write("cut.safetensors", rewritten(model[1], pieces="a b\n")), "text", says="pieces")
        self.bad("translate", *model, "--copy", "text", says="--copy")
        self.bad("translate", "--model", self.dates, "--copy", "text", says="--copy")
        self.bad("train", "--task", "dates", "--pieces", 9, "--out", self.at("nothing"), says="--pieces", out=self.at("nothing"))

    def test_words_that_are_unknown_are_copied_from_where_attention_looks(self):
        out = self.at("copied")
        # Names of one pair each are unknown: what is learned is that <unk> is said for such, which one has to look at the name to know.
        names = [name for i in range(12) for name in ("Tom", "Ann", "Bob", f"K{i}", f"L{i}")]
        befores, afters = [("mister", "monsieur"), ("my friend", "mon ami")], [("sleeps", "dort"), ("came too", "est venu aussi"), ("eats now", "mange")]
        pairs = [(f"{before} {name} {after} .", f"{avant} {name} {apres} .") for i, name in enumerate(names)
                 for (before, avant), (after, apres) in [(befores[i % 2], afters[i % 3])]]
        model = ["--model", os.path.join(out, "model.safetensors")]
        run("train", "--task", "tokenised", *self.parallel("names", pairs), "--valid-data", self.at("names"), "--out", out, "--lr", 0.01, "--batch", 4, "--epochs", 40, "--lr-decay", 0.95,
            "--patience", 0, "--dropout-embedding", 0, "--dropout-states", 0, "--dropout-output", 0, "--quiet", *SMALL)
        unseen = [(f"{before} {name} {after} .", f"{avant} {name} {apres} .") for name in ("Zoë", "Qux", "7-B")
                  for before, avant in befores for after, apres in afters]
        data = self.parallel("unseen", unseen)
        plain, copied = (json.loads(run("eval", *model, *data, *copy, "--json").out)["exact"] for copy in ([], ["--copy"]))
        self.assertEqual(plain, 0)
        self.assertGreater(copied, 0.6)
        lines = run("translate", *model, "--copy", input="\n".join(source for source, _ in unseen).encode()).out.splitlines()
        self.assertAlmostEqual(sum(line == target for line, (_, target) in zip(lines, unseen)) / len(unseen), copied, places=5)
        text, target = next(pair for line, pair in zip(lines, unseen) if line == pair[1])
        self.assertNotIn("<unk>", run("translate", *model, text).out)
        reading = json.loads(run("explain", *model, "--copy", "--format", "json", text).out)
        self.assertEqual((reading["target"], reading["translation"]), (target.split(), target))
        self.assertEqual(run("translate", *model, "--copy", "").out, "\n")

    def test_two_files_have_a_line_for_a_line(self):
        train = ["train", "--task", "tokenised", "--out", self.at("nothing"), "--quiet"]
        pairs = [("a b", "c d")] * 3
        data = self.parallel("uneven", pairs)
        self.write("uneven.fr", "c d\n")
        self.bad(*train, *data, says="uneven.fr ends after line 1")
        self.bad(*train, *self.parallel("gap", [*pairs, ("", "e")]), says="gap.en: line 4")
        self.bad(*train, *self.parallel("void", []), says="no texts")
        self.bad(*train, "--data", self.at("gap"), "--languages", "en", says="--languages en")
        self.bad(*train, "--data", self.at("gap"), "--languages", "en-xx", says="gap.xx")
        self.bad(*train, says="--data PATH")
        self.bad("train", "--languages", "en-fr", "--out", self.at("nothing"), says="--data PATH")
        self.bad("train", "--valid-data", SAMPLE, "--out", self.at("nothing"), says="--data PATH", out=self.at("nothing"))

    # ---- dates ----

    def test_dates_are_learned_and_aligned(self):
        score = json.loads(run("eval", "--model", self.dates, "--json", "--dates", 500).out)
        self.assertEqual(list(score), ["exact", "alignment", "loss", "dates"])
        self.assertEqual(score["dates"], 500)
        said = run("eval", "--model", self.dates, "--dates", 20, "--speed").out
        self.assertRegex(said, r" on 20 dates, \d+\.\d dates a second of the processors\n\Z")
        self.assertGreater(score["exact"], 0.95)
        self.assertGreater(score["alignment"], 0.9)
        self.assertEqual(run("translate", "--model", self.dates, "Sunday, 21 November 2004").out, "2004-11-21\n")

    # ---- explain ----

    def test_explain_gives_a_row_of_weights_for_each_word(self):
        lines = run("explain", "--model", self.pairs, "--format", "json", input=b"I'm here.\nLook at me!\n").out.splitlines()
        first, second = map(json.loads, lines)
        self.assertEqual(list(first), ["translation", "source", "target", "weights"])
        self.assertEqual(first["translation"], "Je suis là.")
        self.assertEqual(first["source"], ["I", "'m", "here", "."])
        self.assertEqual(first["target"], ["je", "suis", "là", "."])
        self.assertEqual(second["target"], ["regarde", "-moi", "!"])
        for reading in (first, second):
            self.assertEqual(len(reading["weights"]), len(reading["target"]))
            for row in reading["weights"]:
                self.assertEqual(len(row), len(reading["source"]))
                self.assertAlmostEqual(sum(row), 1, places=4)

    def test_the_picture_holds_the_weights(self):
        path, text = self.at("picture.svg"), "21 Nov 2004"
        self.assertEqual(run("explain", "--model", self.dates, "--format", "svg", "--out", path, text).out, "")
        reading = json.loads(run("explain", "--model", self.dates, "--format", "json", text).out)
        self.assertEqual(reading["source"], list("21␣Nov␣2004"))
        space = "{http://www.w3.org/2000/svg}"
        root = xml.etree.ElementTree.parse(path).getroot()
        cells = [float(cell.get("fill-opacity")) for cell in root.iter(space + "rect") if cell.get("fill-opacity")]
        for cell, weight in zip(cells, sum(reading["weights"], []), strict=True):
            self.assertAlmostEqual(cell, weight, places=3)
        texts = [text.text for text in root.iter(space + "text")]
        self.assertEqual(texts[:len(reading["source"])], reading["source"])
        ugly = run("explain", "--model", self.pairs, "--format", "svg", "<b> & \x01 \"x\"").out
        self.assertIn("&lt;", ugly)
        xml.etree.ElementTree.fromstring(ugly)

    def test_a_page_holds_every_text(self):
        page = run("explain", "--model", self.dates, "--format", "html", input=b"21 Nov 2004\n3 March 1998\n<i>&\n").out
        self.assertEqual(page.count("<table"), 3)
        self.assertIn("2004-11-21", page)
        self.assertNotIn("<i>", page)
        self.assertEqual(page.count("</html>"), 1)

    def test_the_terminal_gets_colours_only_where_they_are_wanted(self):
        plain = run("explain", "--model", self.dates, "21 Nov 2004").out
        self.assertNotIn("\x1b", plain)
        lines = plain.rstrip("\n").split("\n")
        self.assertEqual(lines[0], "2004-11-21")
        self.assertEqual(len(lines), 2 + len("2004-11-21"))
        self.assertEqual(len({len(line) for line in lines[1:]}), 1, "rows of one width")
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        self.assertIn("\x1b[38;5;", run("explain", "--model", self.dates, "21 Nov 2004",
                                        env={**environment, "FORCE_COLOR": "1"}).out)
        self.assertNotIn("\x1b", run("explain", "--model", self.dates, "21 Nov 2004",
                                     env={**environment, "FORCE_COLOR": "1", "NO_COLOR": "1"}).out)

    def test_a_run_of_dates_keeps_no_pairs_of_the_one_before(self):
        out = self.at("mixed")
        shutil.copytree(self.sample_run, out)
        run("train", "--task", "dates", "--dates", 100, "--epochs", 1, "--out", out, "--overwrite", "--quiet", *SMALL)
        self.assertEqual(sorted(os.listdir(out)), ["checkpoint.safetensors", "metrics.csv", "model.safetensors"])

    # ---- align ----

    def align(self, model, pairs, links, *options):
        data = self.write("aligned.txt", "".join(f"{source} ||| {target}\n" for source, target in pairs))
        return json.loads(run("align", "--model", model, "--data", data, "--links", self.write("links.txt", links), "--json", *options).out)

    def test_alignment_error_is_what_is_counted_by_hand(self):
        source, target = "I 'm here .", "Je suis là ."
        # Diagonal links 0-0 1-1 2-2 3-3: of the sure 0-0 2-3 it has 1, of the possible, which hold those, also 1-1: 1 - (1 + 2) / (4 + 2).
        self.assertAlmostEqual(self.align(self.pairs, [(source, target)], "1-1 2p2 3-4\n")["diagonal"], 1 - (1 + 2) / (4 + 2), places=5)
        # Two words of four: the middles 1/4 and 3/4 of the target lie in words 1 and 2 of two, 0 and 2 of three.
        self.assertAlmostEqual(self.align(self.pairs, [("I .", "Je suis là .")], "0-0 0-1 1-2 1-3\n", "--first", 0)["diagonal"], 0)
        self.assertAlmostEqual(self.align(self.pairs, [("I am .", "Je .")], "0-0 2-1\n", "--first", 0)["diagonal"], 0)

    def test_what_is_linked_is_what_weighed_most(self):
        pairs = [("I 'm here .", "Je suis là ."), ("I was shaken.", "J'ai été remuée."), ("Look at me !", "Regarde-moi !")]
        found = []
        for source, target in pairs:
            reading = json.loads(run("explain", "--model", self.pairs, "--format", "json", source).out)
            self.assertEqual(reading["translation"].replace(" ", ""), target.replace(" ", ""))
            found.append(links_of(reading, source, target))
        perfect = "".join(" ".join(f"{i + 1}-{j + 1}" for i, j in links) + "\n" for links in found)
        score = self.align(self.pairs, pairs, perfect)
        self.assertEqual(list(score), ["aer", "precision", "recall", "diagonal", "pairs"])
        self.assertEqual((score["aer"], score["precision"], score["recall"], score["pairs"]), (0, 1, 1, 3))
        # One link is wrong, one only possible, and one is missing, which a word of the target can have besides.
        links = [f"{i + 1}-{j + 1}" for i, j in found[0]]
        (i, j), (k, l) = found[0][:2]
        changed = [f"{(i + 1) % 4 + 1}-{j + 1}", f"{k + 1}p{l + 1}", *links[2:], f"{(found[0][3][0] + 1) % 4 + 1}-4"]
        score = self.align(self.pairs, pairs[:1], " ".join(changed) + "\n")
        self.assertAlmostEqual(score["aer"], 1 - (2 + 3) / (4 + 4), places=5)
        self.assertEqual((score["precision"], score["recall"]), (3 / 4, 2 / 4))

    def test_bad_links(self):
        data, links = self.write("pairs.txt", "a b ||| c d\n"), lambda text: self.write("bad.txt", text)
        for text in ("1-3\n", "0-1\n", "1\n", "1-\n", "x-1\n", "1-1x\n", "1+1\n", "-1-1\n", "1-1\n1-1\n", "1-1\0x\n", ""):
            with self.subTest(text):
                self.bad("align", "--model", self.pairs, "--data", data, "--links", links(text), says="bad.txt")
        self.bad("align", "--model", self.pairs, "--data", self.write("no.txt", "a b\n"), "--links", links("1-1\n"), says="line 1 is no pair")
        self.bad("align", "--model", self.pairs, "--data", self.write("no.txt", ""), "--links", links(""), says="no pairs")
        self.bad("align", "--model", self.dates, "--data", data, "--links", links("1-1\n"), says="dates")
        for odd in (" ||| ", "\u00a0 ||| \u00a0", "a ||| \udc80", " ||| b", "a\u00a0b  c ||| d \u202f e"):
            score = json.loads(run("align", "--model", self.pairs, "--data", self.write("odd.txt", f"{odd}\n".encode("utf-8", "surrogateescape")),
                                   "--links", links("\n"), "--json").out)
            self.assertEqual(score["pairs"], 1)

    # ---- bad input ----

    def test_bad_data(self):
        for path, says in {self.at("missing"): "No such file", self.write("empty.tsv", ""): "no pairs",
                           self.write("notab.tsv", "one\ttwo\nthree four\n"): "line 2",
                           self.write("half.tsv", "one\t\n"): "line 1",
                           self.write("between.tsv", "one\ttwo\nthree\t\tmore\n"): "line 2",
                           self.write("nul.tsv", "one\ttwo\none\0\ttwo\n"): "line 2: it holds a NUL byte",
                           self.write("one.tsv", "Go.\tVa !\nGo.\tAllez !\n"): "at least 2",
                           self.write("long.tsv", "".join(f"{i}\t{'mot ' * 50}\n" for i in range(5))): "at most 40"}.items():
            with self.subTest(path):
                self.bad("train", "--data", path, "--out", self.at("nothing"), "--quiet", says=says, out=self.at("nothing"))

    def test_bad_options(self):
        for options, says in [(["--taks", "dates"], "--task"), (["--task", "times"], "sentences|dates|tokenised"),
                              (["--task", "dates", "--data", SAMPLE], "dates are made up"), (["--epochs", 0], "--epochs 0"),
                              (["--lr", "nan"], "--lr"), (["--dropout-output", 1], "--dropout-output"),
                              (["--smoothing", 1], "--smoothing 1"), (["more"], "more")]:
            with self.subTest(options):
                self.bad("train", "--out", self.at("nothing"), *options, says=says, out=self.at("nothing"))
        self.bad("train", says="--out")
        self.bad("trian", says="train")
        self.bad(says="command")
        shutil.copy(self.model, self.at("alone.safetensors"))
        self.bad("eval", "--model", self.at("alone.safetensors"), says=self.at("valid.tsv"))
        self.bad("eval", "--model", self.dates, "--data", SAMPLE, says="leave --data out")
        self.bad("explain", "--model", self.model, "--format", "svg", says="one text")
        self.bad("explain", "--model", self.model, "--out", self.at("nothing"), "text", says="--format", out=self.at("nothing"))
        self.bad("translate", "--model", self.model, "--beam", 0, "text", says="--beam 0")

    def test_bad_models(self):
        whole, strings, config = read(self.model), header(self.model)["__metadata__"], settings(self.model)
        target = strings["vocab.target"]
        for name, content in {"truncated": whole[:len(whole) // 2], "empty": b"", "text": b"hello\n" * 50,
                              "foreign": rewritten(self.model, config=json.dumps({**config, "program": "attn-sentiment"})),
                              "targetless": rewritten(self.model, **{"vocab.target": None}),
                              "odd": rewritten(self.model, **{"vocab.target": target.replace("<s>", "<e>")}),
                              "longer": rewritten(self.model, **{"vocab.target": target + "mehr\t1\n"}),
                              "endless": rewritten(self.model, config=json.dumps({**config, "max_length": 10001})),
                              "layerless": rewritten(self.model, layers=None),
                              "wild": with_option(self.model, "decoder", hidden_dim=4000000),
                              "unlike": with_option(self.model, "encoder", bidirectional=0)}.items():
            path = self.write(f"{name}.safetensors", content)
            with self.subTest(name):
                self.bad("translate", "--model", path, "a text", says=path)
        self.bad("explain", "--model", self.at("missing"), "a text", says="missing")

    def test_help(self):
        for arguments in ([], *([name] for name in ("train", "eval", "translate", "explain", "align"))):
            done = run(*arguments, "--help")
            self.assertIn("usage: attn-translate", done.out)
            self.assertIn("Example:", done.out)

    def test_a_full_output_is_an_error(self):
        model = ["--model", self.pairs]
        must_not_print(["--help"], ["--version"], ["train", "--help"], ["translate", *model, "text"], ["eval", *model, "--data", SAMPLE],
                       ["eval", *model, "--data", SAMPLE, "--json"],
                       *(["explain", *model, "--format", form, "text"] for form in ("ansi", "html", "svg", "json")),
                       ["train", "--data", SAMPLE, "--out", self.at("unheard"), "--overwrite", "--epochs", 1, *SMALL])
        self.assertIn("model.safetensors", os.listdir(self.at("unheard")))

    def test_a_file_goes_where_its_name_says(self):
        for form in ("html", "svg", "json"):
            must_write_anywhere("explain", "--model", self.pairs, "--format", form, "text", "--out")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
