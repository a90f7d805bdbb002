#!/usr/bin/env python3
"""attn-sentiment prepare: reviews read once into a file that is mapped train to the same bits as the reviews themselves, an interrupted
preparation goes on to the same bytes, and damaged files are refused: prepared.py PROGRAM"""
import fcntl
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import unittest

from program import InFolder, PROGRAM, but_for_its_command, header, in_terminal, read, run, so_far, stopped, wait_for_line

TINY = ["--hidden", "4", "--emb", "4", "--quiet"]
WORDS = [f"{a}{b}" for a in ("bold", "calm", "dull", "fine", "grim", "mild", "nice", "poor") for b in ("est", "ish", "ly", "ness", "er")]


def make(count, seed=1):
    """(label, text) of so many, some of which say it."""
    rng = random.Random(seed)
    return [(label, " ".join([*rng.choices(WORDS, k=rng.randrange(1, 9)), "great" if label == "positive" else "awful", f"n{i % 997}"]))
            for i, label in enumerate(rng.choices(("positive", "negative"), k=count))]


class Prepared(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reviews = make(300)
        cls.tsv = cls.write("reviews.tsv", cls.tsv_of(cls.reviews))
        cls.small = cls.prepare("small", cls.tsv)
        cls.many_tsv = cls.write("many.tsv", cls.tsv_of(make(20000)))
        cls.many = cls.prepare("many", cls.many_tsv)

    @staticmethod
    def tsv_of(reviews):
        return "".join(f"{label}\t{text}\n" for label, text in reviews)

    @classmethod
    def prepare(cls, name, data, *options):
        run("prepare", "--data", data, "--out", cls.at(name), *options)
        return cls.at(name)

    def train(self, name, data, *options):
        run("train", "--data", data, "--out", self.at(name), *TINY, *options)
        return self.at(name)

    def bad(self, *arguments, says):
        done = run(*arguments, *(["--quiet"] if arguments[0] == "train" else []), status=2)
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"\Aattn-sentiment: [^\n]+\n\Z")
        self.assertIn(says, done.err)

    def check_same_training(self, name, data, *options):
        """What is learned of the reviews, and of the same prepared."""
        prepared = self.prepare(f"{name}.reviews", data)
        left, right = (self.train(f"{name}.{way}", path, *options) for way, path in (("read", data), ("mapped", prepared)))
        self.same_runs(left, right)

    def same_runs(self, left, right):
        self.assertEqual(but_for_its_command(f"{left}/model.safetensors"), but_for_its_command(f"{right}/model.safetensors"))
        for file in ("vocab.txt", "attention_history.jsonl"):
            self.assertEqual(read(f"{left}/{file}"), read(f"{right}/{file}"), file)
        rows = [[row.rsplit(b",", 1)[0] for row in read(f"{run}/metrics.csv").splitlines()] for run in (left, right)]
        self.assertEqual(*rows)

    def test_columns_may_have_any_name(self):
        """Of a header of two lines, which is cut in a letter, and one that is not UTF-8; and a name of JSON with a tab."""
        long = "What do you\nthink? " + "é" * 40
        rows = [(f"{says} film {i}", label) for i in range(20) for says, label in (("good", "p"), ("bad", "n"))]
        table = "".join(f'"{text}",{label}\n' for text, label in rows).encode()
        for i, header in enumerate((long.encode(), b"t\xEBxt")):
            name, data = f"names{i}", self.write(f"names{i}.csv", b'"' + header + b'",label\n' + table)
            prepared = self.prepare(name, data, "--text-column", header.decode("utf-8", "surrogateescape"))
            done = run("train", "--data", prepared, "--out", self.at(f"{name}.run"), *TINY[:-1], "--epochs", 1)
            self.assertIn("prepared: CSV, texts in column ", done.out)
        data = self.write("names.jsonl", "".join(json.dumps({"a\ttab": text, "label": label}) + "\n" for text, label in rows))
        prepared = self.prepare("names.json", data, "--text-column", "a\ttab")
        run("train", "--data", prepared, "--out", self.at("names.run"), *TINY, "--epochs", 1)

    # ---- the same as the reviews themselves ----

    def test_reviews_of_every_format_train_to_the_same_bits(self):
        rows = [{"label": label, "text": text} for label, text in self.reviews]
        self.check_same_training("lines", self.tsv, "--epochs", 2)
        self.check_same_training("json", self.write("same.jsonl", "".join(json.dumps(row) + "\n" for row in rows)), "--epochs", 1)
        table = "text\tlabel\n" + "".join(f"\"{row['text']}\"\t{row['label']}\n" for row in rows)
        self.check_same_training("table", self.write("table.tsv", table), "--epochs", 1)
        for i, row in enumerate(rows):
            self.write(f"folder/train/{'pos' if row['label'] == 'positive' else 'neg'}/{i}_7.txt", row["text"])
        films = "".join(f"http://www.imdb.com/title/tt{i % 20:07}/usercomments\n" for i in range(300))
        self.write("folder/train/urls_pos.txt", films)
        self.write("folder/train/urls_neg.txt", films)
        self.check_same_training("films", self.at("folder"), "--epochs", 1)
        self.assertIn("films in all: 20", run("sample", "--data", self.at("films.reviews")).out)

    def test_a_header_is_left_out_where_columns_are_numbers(self):
        columns = ["--text-column", "2", "--label-column", "1"]
        path = self.write("header.tsv", "what\twords\n" + self.tsv_of(self.reviews))
        prepared = self.prepare("header", path, *columns)
        left = self.train("header.read", path, *columns, "--epochs", 1)
        self.same_runs(left, self.train("header.mapped", prepared, "--epochs", 1))
        # What has one label only is no header, and the first of two reviews is none either.
        path = self.write("alone.tsv", "positive\tfine\npositive\tnice\nnegative\tgrim\n")
        self.assertIn("3 reviews", run("sample", "--data", self.prepare("alone", path, *columns)).out)

    def test_pieces_and_windows_of_an_epoch_change_nothing(self):
        """More reviews than a window of the plan holds, in many pieces; and pretraining, on texts that need no labels."""
        path = self.write("windows.tsv", self.tsv_of((label, " ".join(text.split()[-3:])) for label, text in make(330000)))
        self.check_same_training("windows", path, "--epochs", 1, "--batch", 4096, "--valid", 0.02)
        texts = self.prepare("texts", self.many_tsv, "--unlabelled")
        language = [*TINY, "--epochs", 1, "--batch", 512]
        for name, data in {"read": self.many_tsv, "mapped": texts, "labelled": self.many}.items():
            run("pretrain", "--data", data, "--out", self.at(f"language.{name}"), *language)
            self.assertEqual(read(self.at(f"language.{name}", "vocab.txt")), read(self.at("language.read", "vocab.txt")))
            left, right = (json.loads(header(self.at(f"language.{way}", "model.safetensors"))["__metadata__"]["config"])["best"]
                           for way in ("read", name))
            self.assertEqual(left, right)
        self.bad("train", "--data", texts, "--out", self.at("nothing"), says="were prepared without labels")

    def test_ngrams_are_counted_and_trained_of_several_pieces(self):
        alone = ["--data", self.many_tsv, "--out", self.at("alone.read"), "--encoder", "none", "--valid", 0.02, "--quiet"]
        run("train", *alone)
        run("train", *alone, "--data", self.many, "--out", self.at("alone.mapped"))
        self.same_runs(self.at("alone.read"), self.at("alone.mapped"))
        self.assertIn("ngrams.weights", header(self.at("alone.mapped", "model.safetensors")))
        beside = ["--ngrams", "--epochs", 1, "--batch", 512, "--valid", 0.02]
        self.same_runs(*(self.train(f"beside.{way}", data, *beside) for way, data in (("read", self.many_tsv), ("mapped", self.many))))
        best = ["--preset", "best", "--language-epochs", 1, "--epochs", 1]
        self.same_runs(*(self.train(f"best.{way}", data, *best) for way, data in (("read", self.tsv), ("mapped", self.small))))

    def test_the_other_commands_take_it(self):
        model = self.train("model", self.tsv, "--epochs", 1) + "/model.safetensors"
        for command in (["eval", "--json"], ["explain", "--format", "json"]):
            left, right = (run(*command, "--model", model, "--data", path).out for path in (self.tsv, self.small))
            self.assertEqual(re.sub(r'"seconds": [\d.]+', "", left), re.sub(r'"seconds": [\d.]+', "", right))
        run("report", self.at("model"), "--data", self.small, "--out", self.at("page.html"))

    def test_more_texts_stand_behind_it_and_texts_are_left_out(self):
        also = self.write("also.tsv", self.tsv_of(make(50, seed=9)))
        test = self.write("test.tsv", self.tsv_of(self.reviews[:40]))
        options = ["--also", also, "--leave-out", test, "--limit", 200, "--epochs", 1]
        self.same_runs(self.train("behind.read", self.tsv, *options), self.train("behind.mapped", self.small, *options))
        self.bad("train", "--data", self.tsv, "--also", self.small, "--out", self.at("nothing"), says="stand behind no others")

    def test_a_run_is_resumed_to_the_same_bits_by_either_way(self):
        options = ["--epochs", 3, "--valid", 0.02, "--batch", 128]
        whole = self.train("whole", self.many, *options)
        done = stopped("train", "--data", self.many, "--out", self.at("parts"), *TINY, *options, file=self.at("parts", "metrics.csv"))
        self.assertEqual(done.returncode, 130)
        run("train", "--out", self.at("parts"), "--resume", "--data", self.many_tsv, "--quiet")
        self.same_runs(whole, self.at("parts"))
        self.bad("train", "--out", self.at("parts"), "--resume", "--data", self.small, says="are not those")

    # ---- interruption ----

    def test_a_preparation_that_was_cut_anywhere_goes_on_to_the_same_bytes(self):
        """After a crash the file may end anywhere, and its last bytes may be others."""
        whole, begin = read(self.many), read(self.many).index(b"}") + 1
        first = begin + int.from_bytes(whole[begin:begin + 8], "little")
        second = first + int.from_bytes(whole[first:first + 8], "little")
        for size in (0, 5, 30, begin, begin + 20, first - 1, first, first + 100, second, second + 1, len(whole) - 1, len(whole)):
            with self.subTest(size):
                self.write("cut.part", whole[:size])
                done = run("prepare", "--data", self.many_tsv, "--out", self.at("cut"))
                self.assertEqual("gone on behind" in done.out, size >= first)
                self.assertEqual(read(self.at("cut")), whole)
                self.assertFalse(os.path.exists(self.at("cut.part")))
                os.unlink(self.at("cut"))
        self.write("cut.part", whole[:second - 9] + b"123456789" + whole[second:])
        self.assertIn("gone on behind 8,192 reviews", run("prepare", "--data", self.many_tsv, "--out", self.at("cut")).out)
        self.assertEqual(read(self.at("cut")), whole)

    def test_signals_end_it_and_nothing_is_lost(self):
        for number in (signal.SIGINT, signal.SIGKILL):
            out = self.at(f"signal{number}")
            process = subprocess.Popen([PROGRAM, "prepare", "--data", self.many_tsv, "--out", out], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE)
            while process.poll() is None and len(so_far(out + ".part")) <= 1000:
                time.sleep(0.001)
            process.send_signal(number)
            said = process.communicate(timeout=60)[1].decode()
            if number == signal.SIGINT and process.returncode:
                self.assertEqual(process.returncode, 130)
                self.assertRegex(said, r"\Aattn-sentiment: stopped after [\d,]+ reviews; the same command goes on\n\Z")
            if process.returncode:
                run("prepare", "--data", self.many_tsv, "--out", out)
            self.assertEqual(read(out), read(self.many))

    def test_a_terminal_sees_how_far_it_is(self):
        shown = in_terminal("prepare", "--data", self.many_tsv, "--out", self.at("shown"))
        self.assertRegex(shown, r"\rprepare \[#*\.+\] +\d+%  [\d,]+ reviews")
        folder = self.at("folder")
        for name in ("bad", "good"):
            os.makedirs(f"{folder}/{name}")
            self.write(f"folder/{name}/1.txt", "calmly done\n")
        self.assertIn("\rprepare ...  0 reviews", in_terminal("prepare", "--data", folder, "--out", self.at("of-folder")))

    def test_other_reviews_and_other_options_do_not_go_on(self):
        part = read(self.many)[:-100]
        other = self.write("other.tsv", self.tsv_of(make(20000)))
        self.write("mixed.part", part)
        self.bad("prepare", "--data", other, "--out", self.at("mixed"), says="of other reviews, or with other options")
        self.bad("prepare", "--data", self.many_tsv, "--unlabelled", "--out", self.at("mixed"), says="or with other options")
        run("prepare", "--data", other, "--out", self.at("mixed"), "--overwrite")
        for name, content in {"fewer": self.tsv_of(make(5000)), "altered": self.tsv_of([*make(9000)[:8000], *make(12000, seed=2)])}.items():
            path = self.write("source.tsv", self.tsv_of(make(20000)))
            whole = self.prepare(f"{name}.whole", path)
            self.write(f"{name}.part", read(whole)[:-100])
            self.write("source.tsv", content)
            self.bad("prepare", "--data", path, "--out", self.at(name), says="begin anew by --overwrite")
        self.bad("prepare", "--data", self.tsv, "--out", self.small, says="it is there already")
        self.bad("prepare", "--data", self.tsv, "--out", self.tsv, "--overwrite", says="this is --data")
        for mine in ("a letter to my aunt, which is no preparation", "a word"):
            self.write("mine.part", mine)
            self.bad("prepare", "--data", self.tsv, "--out", self.at("mine"), says="this is no preparation of reviews")
            self.assertEqual(read(self.at("mine.part")), mine.encode())

    def test_two_preparations_do_not_write_to_one_file(self):
        out, half = self.at("shared"), read(self.many)[:400000]
        with open(self.write("shared.part", half), "rb") as first:
            fcntl.flock(first, fcntl.LOCK_EX)
            for options in ([], ["--overwrite"]):
                self.bad("prepare", "--data", self.many_tsv, "--out", out, *options, says=f"--out {out}: another preparation writes there")
            self.assertEqual(read(f"{out}.part"), half)
        run("prepare", "--data", self.many_tsv, "--out", out)
        self.assertEqual(read(out), read(self.many))

    def test_a_file_that_becomes_shorter_ends_in_a_line_and_the_run_goes_on(self):
        whole, path = read(self.small), self.write("shorter.reviews", read(self.small))
        process = subprocess.Popen([PROGRAM, "train", "--data", path, "--out", self.at("shorter"), *TINY[:-1], "--epochs", "9999"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_for_line(process, "epoch")
        os.truncate(path, 100)
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 2)
        self.assertEqual(said, f"attn-sentiment: {path}: it became shorter while it was read, or its disk failed; try again\n")
        self.bad("train", "--out", self.at("shorter"), "--resume", says="prepare the reviews again")
        self.write("shorter.reviews", whole)
        epochs = read(self.at("shorter", "metrics.csv")).count(b"\n")
        run("train", "--out", self.at("shorter"), "--resume", "--epochs", epochs, "--quiet")

    # ---- what is refused ----

    def test_what_is_cut_off_is_refused(self):
        whole = read(self.small)
        for size in (20, 200, len(whole) // 2, len(whole) - 1):
            with self.subTest(size):
                self.bad("sample", "--data", self.write("short", whole[:size]), says="prepare the reviews again")

    def test_damaged_bytes_end_in_a_line_or_do_no_harm(self):
        whole, rng = read(self.small), random.Random(4)
        begin = whole.index(b"}") + 1
        places = [*range(begin, begin + 40, 3), *(rng.randrange(begin, len(whole)) for _ in range(60)), *range(len(whole) - 24, len(whole), 5)]
        for place in places:
            with self.subTest(place):
                changed = bytearray(whole)
                changed[place] = (changed[place] + rng.randrange(1, 256)) % 256
                done = subprocess.run([PROGRAM, "train", "--data", self.write("changed", bytes(changed)), "--out", self.at("changed.run"), *TINY,
                                       "--epochs", "1", "--encoder", "gru", "--limit", "8", "--overwrite"], capture_output=True, timeout=60)
                self.assertIn(done.returncode, (0, 2), done.stderr)
                self.assertEqual(done.stderr.count(b"\n"), done.returncode // 2, done.stderr)

    def test_options_that_it_has_no_use_for_are_refused(self):
        out = ["--out", self.at("nothing")]
        self.bad("train", "--data", self.small, *out, "--text-column", "text", says="--text-column: ")
        self.bad("train", "--data", self.small, *out, "--only-extreme", says="--only-extreme: ")
        self.bad("prepare", "--data", self.small, "--out", self.at("twice"), says="prepared already")
        self.assertFalse(os.path.exists(self.at("twice.part")))
        self.bad("prepare", "--data", self.at("nowhere"), "--out", self.at("none"), says="No such file")
        self.assertFalse(os.path.exists(self.at("none.part")))
        self.bad("prepare", "--data", self.tsv, "--out", self.at("no", "folder"), says="cannot be written")
        longest = self.write("long.tsv", "positive\t" + " ".join(f"w{i}" for i in range(70000)) + "\n")
        self.bad("prepare", "--data", longest, "--out", self.at("long"), says="more than 65536 different words")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
