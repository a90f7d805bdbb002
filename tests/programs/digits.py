#!/usr/bin/env python3
"""attn-glimpse --task digits from end to end, on the bundled digits and on drawn ones: digits.py PROGRAM"""
import json
import os
import random
import re
import struct
import sys
import unittest
import xml.etree.ElementTree as xml
import zlib

from program import header, InFolder, must_not_print, must_write_anywhere, read, rewritten, run, settings, with_option, without_speed

TINY = ["--task", "digits", "--scenes", 64, "--batch", 8, "--epochs", 2, "--hidden", 12, "--lr", 0.01]
# What a digital watch shows: above, left above, right above, middle, left below, right below, below.
SEGMENTS = ["1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011"]
PLACES = [(8, 3, 12, 3), (7, 5, 3, 8), (18, 5, 3, 8), (8, 12, 12, 3), (7, 15, 3, 8), (18, 15, 3, 8), (8, 22, 12, 3)]


def glyph(digit, rng):
    """28 x 28 bytes, ink 255: segments, shifted a little."""
    lines, right, down = [bytearray(28) for _ in range(28)], rng.randint(-2, 2), rng.randint(-2, 2)
    for on, (left, top, width, height) in zip(SEGMENTS[digit], PLACES):
        for y in range(top, top + height if on == "1" else top):
            for x in range(left, left + width):
                lines[y + down][x + right] = 255
    return b"".join(lines)


def idx(values, *sizes):
    return struct.pack(f">{1 + len(sizes)}I", 0x800 + len(sizes), *sizes) + values


def png(width, height, grey, kind=0):
    """A PNG of grey(x, y), 0 to 255; as grey (kind 0) or as colour (2)."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    lines = b"".join(b"\0" + b"".join(bytes([grey(x, y)]) * (3 if kind else 1) for x in range(width)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


class Digits(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.write_digits("data/train", range(160))
        cls.trained = cls.train("base")
        cls.model = cls.at("base", "model.safetensors")
        cls.row = b"".join(glyph(digit, random.Random(digit)) for digit in (3, 1, 4))

    @classmethod
    def write_digits(cls, name, numbers):
        """MNIST's two files, digit n being n % 10; their folder."""
        numbers = list(numbers)
        cls.write(f"{name}-images-idx3-ubyte", idx(b"".join(glyph(n % 10, random.Random(n)) for n in numbers), len(numbers), 28, 28))
        cls.write(f"{name}-labels-idx1-ubyte", idx(bytes(n % 10 for n in numbers), len(numbers)))
        return os.path.dirname(cls.at(name))

    @classmethod
    def train(cls, name, *options):
        return run("train", "--data", cls.data, "--out", cls.at(name), *TINY, *options)

    @classmethod
    def score(cls, *options):
        return json.loads(run("eval", "--model", cls.model, "--scenes", 20, "--json", *options).out)

    @classmethod
    def picture(cls, name, scale=1, ground=255, ink=0, kind=0, room=5):
        """A PNG of the digits 3 1 4 of that scale, with room around."""
        def grey(x, y):
            x, y = x // scale - room, y // scale - room
            inside = 0 <= x < 84 and 0 <= y < 28
            return ink if inside and cls.row[x // 28 * 784 + y * 28 + x % 28] else ground
        return cls.write(f"{name}.png", png((84 + 2 * room) * scale, (28 + 2 * room) * scale, grey, kind))

    def bad(self, *arguments, says):
        done = run(*arguments, status=2)
        self.assertRegex(done.err, r"\Aattn-glimpse: [^\n]+\n\Z")
        self.assertIn(says, done.err)
        self.assertEqual(done.out, "")

    # ---- training ----

    def test_training_writes_model_checkpoint_and_metrics(self):
        self.assert_run_written(self.trained.out, r"exact [01]\.\d{4}  pointing [01]\.\d{4}")
        self.assertEqual(settings(self.model)["task"], "digits")

    def test_digits_are_learned_where_they_lie(self):
        out = self.at("learned")
        data = self.write_digits("few/train", [10 * k + (3, 1, 4)[k % 3] for k in range(160)])  # three kinds, to be quick
        run("train", "--task", "digits", "--data", data, "--out", out, "--scenes", 600, "--epochs", 5, "--batch", 4, "--hidden", 24, "--lr", 0.006,
            "--quiet")
        score = json.loads(run("eval", "--model", f"{out}/model.safetensors", "--data", data, "--scenes", 200, "--json").out)
        self.assertGreater(score["exact"], 0.5)
        self.assertGreater(score["pointing"], 0.5)
        for name, options in {"grey": {}, "colour": {"kind": 2, "scale": 3}, "light": {"ground": 20, "ink": 200, "scale": 5, "room": 20}}.items():
            with self.subTest(name):
                self.assertEqual(run("read", "--model", f"{out}/model.safetensors", self.picture(name, **options)).out, "314\n")

    def test_same_seed_same_bytes(self):
        self.assert_same_seed_same_bytes()

    def test_the_bundled_digits_are_there(self):
        done = run("train", "--out", self.at("sample"), *TINY, "--epochs", 1)
        self.assertIn("epoch  1/1", done.out)
        score = json.loads(run("eval", "--model", self.at("sample", "model.safetensors"), "--scenes", 10, "--json").out)
        self.assertEqual(score["digits"], 50, "an eighth of 400 was held out")

    def test_ctrl_c_saves_and_resume_gives_the_bytes_of_an_uninterrupted_run(self):
        self.stop_and_resume("--data", self.data, *TINY, "--scenes", 200, "--epochs", 3, waits=(0.05, 0.2, 0.3, 0.5),
                             resume=("train", "--task", "digits"))

    def test_resume_can_add_epochs_and_refuses_other_changes(self):
        self.train("more", "--quiet")
        more = ["train", "--out", self.at("more"), "--resume"]  # whose checkpoint tells the task
        self.bad(*more, "--task", "scenes", says="was trained with --task digits")
        self.bad(*more, "--lr", 0.5, says="--lr")
        self.bad(*more, "--overwrite", says="one of the two")
        self.bad(*more, "--data", self.write_digits("other/train", range(1, 161)), says="not those")
        self.bad("train", "--task", "digits", "--out", self.at("nowhere"), "--resume", says="no run")
        run(*more, "--epochs", 3, "--quiet")
        self.train("three", "--quiet", "--epochs", 3)
        self.assertEqual(read(self.at("more", "model.safetensors")), read(self.at("three", "model.safetensors")))
        checkpoint = self.at("more", "checkpoint.safetensors")
        self.write("more/checkpoint.safetensors", rewritten(checkpoint, config=json.dumps({**settings(checkpoint), "config": {}})))
        self.bad(*more, says="settings")

    # ---- using a model ----

    def test_eval(self):
        score = self.score("--data", self.data)
        self.assertEqual(list(score), ["exact", "pointing", "loss", "scenes", "seconds", "digits"])
        self.assertEqual((score["scenes"], score["digits"]), (20, 20))
        again = self.score("--data", self.data, "--threads", 1, "--task", "digits")
        self.assertEqual({**again, "seconds": 0}, {**score, "seconds": 0})
        timed = without_speed(self.score("--data", self.data, "--speed"), 1, 9)
        self.assertEqual({**timed, "seconds": 0}, {**score, "seconds": 0})
        said = run("eval", "--model", self.model, "--data", self.data, "--scenes", 10, "--beam", 3, "--speed").out
        self.assertRegex(said, r"on 10 canvases .*, \d+\.\d canvases a second of the processors\n\Z")

    def test_digits_that_were_trained_on_are_not_measured_on(self):
        self.write_digits("held/test", [n for n in range(160) if n % 8 == 7])
        held = self.score("--data", self.at("held", "test-images-idx3-ubyte"))
        self.assertEqual({**held, "seconds": 0}, {**self.score("--data", self.data), "seconds": 0})

    def test_the_model_says_its_task(self):
        run("train", "--out", self.at("scenes"), "--scenes", 32, "--epochs", 1, "--hidden", 4, "--quiet")
        scenes = self.at("scenes", "model.safetensors")
        self.bad("eval", "--task", "scenes", "--model", self.model, says="--task digits")
        self.bad("explain", "--task", "digits", "--model", scenes, says="--task scenes")
        self.bad("read", "--model", scenes, self.picture("any"), says=scenes)
        self.bad("caption", "--model", self.model, self.picture("any"), says=self.model)
        self.bad("train", "--task", "letters", "--out", self.at("none"), says="scenes|digits")

    def test_read(self):
        images = [self.picture("small"), self.picture("large", scale=9), self.picture("form", room=300)]
        lines = run("read", "--model", self.model, *images).out.splitlines()
        self.assertEqual([line.split("\t")[0] for line in lines], images)
        for line in lines:
            self.assertRegex(line.split("\t")[1], r"\A\d{0,9}\Z")
        self.assertRegex(run("read", "--model", self.model, "--beam", 4, images[0]).out, r"\A\d*\n\Z")
        self.assertEqual(run("read", "--model", self.model, self.write("blank.png", png(50, 20, lambda x, y: 250))).out, "\n")
        dot = self.write("dot.png", png(1, 1, lambda x, y: 0))
        self.assertEqual(run("read", "--model", self.model, dot).out, "\n")

    def test_a_picture_that_cannot_be_read_stops_no_other(self):
        one, other, text = self.picture("one"), self.picture("other", scale=5), self.write("text.png", "hello\n" * 99)
        whole = run("read", "--model", self.model, one, other).out
        done = run("read", "--model", self.model, self.at("missing.png"), one, text, other, status=2)
        self.assertEqual(done.out, whole)
        self.assertRegex(done.err, rf"\Aattn-glimpse: [^\n]*missing.png: [^\n]+\nattn-glimpse: {text}: not a PNG picture [^\n]+\n\Z")

    def test_explain(self):
        done = run("explain", "--model", self.model, "--data", self.data, "--seed", 3)
        self.assertRegex(done.out, r"right: \d( \d)*\n\Z")
        said = done.out.splitlines()[-2].split(" ")
        grid = [line for line in done.out.splitlines() if re.fullmatch(r" [.0-9]( [.0-9])+", line)]
        self.assertEqual(sum(len(line.split()) for line in grid), len(said) * 9 * 28)
        page = run("explain", "--model", self.model, "--format", "svg", self.picture("shown")).out
        root, space = xml.fromstring(page), "{http://www.w3.org/2000/svg}"
        panels = root.findall(f"{space}g")
        self.assertEqual(len(panels), 1 + len(root.find(f"{space}title").text.split(" ")), "the picture, then a panel a digit and the end")
        self.assertIn(page, run("explain", "--model", self.model, "--format", "html", self.picture("shown")).out)
        colours = run("explain", "--model", self.model, self.picture("shown"), env={**os.environ, "FORCE_COLOR": "1"}).out
        self.assertIn("\u2580", colours)

    # ---- bad input ----

    def test_no_pictures(self):
        for name, content in {"empty": b"", "text": b"hello\n" * 30, "cut": read(self.picture("whole"))[:60]}.items():
            path = self.write(f"bad/{name}.png", content)
            self.bad("read", "--model", self.model, path, says=f"{path}: not a PNG picture that can be read: " + ("it is empty" if name == "empty" else ""))
            self.bad("explain", "--model", self.model, path, says=path)
        self.bad("read", "--model", self.model, self.at("missing.png"), says="missing.png")
        self.bad("read", "--model", self.model, says="IMAGE")
        self.assertEqual(run("read", "--model", self.model, self.write("blank.png", png(60, 40, lambda x, y: 255))).out, "\n")
        self.bad("explain", "--model", self.model, self.at("blank.png"), says="blank.png: nothing is written there")
        for option, value in (("--data", self.data), ("--seed", 3)):
            self.bad("explain", "--model", self.model, option, value, self.picture("whole"), says=f"{option} chooses the canvas that is drawn without IMAGE")

    def test_bad_data(self):
        images, labels = (read(self.at("data", f"train-{name}")) for name in ("images-idx3-ubyte", "labels-idx1-ubyte"))
        for number, (image, label, says) in enumerate([
                (b"", labels, "not an IDX file"), (images[:-1], labels, "expected 125440"), (labels, labels, "not an IDX file"),
                (images, images, "not an IDX file"), (images, idx(bytes(3), 3), "3 labels"), (images, labels[:-1] + b"\x0a", "0 to 9"),
                (idx(bytes(160 * 784), 160, 28, 28), labels, "empty"), (idx(b"\xff" * 3, 1, 3, 1), idx(b"\0", 1), "expected 28x28"),
                (idx(images[16:16 + 784], 1, 28, 28), idx(b"\0", 1), "at least 8"), (idx(b"", 0, 28, 28), idx(b"", 0), "at least 8")]):
            self.write(f"wrong{number}/a-images-idx3-ubyte", image)
            self.write(f"wrong{number}/a-labels-idx1-ubyte", label)
            with self.subTest(says):
                self.bad("train", *TINY, "--data", self.at(f"wrong{number}"), "--out", self.at("none"), says=says)
        self.write("packed/train-images-idx3-ubyte.gz", b"")
        self.write("two/a-images-idx3-ubyte", images)
        self.write("two/b-images-idx3-ubyte", images)
        for data, says in (("packed", "gunzip"), ("two", "2 files"), ("nowhere", "nowhere: No such file or directory; expected a folder"), ("data/train-labels-idx1-ubyte", "expected a folder")):
            self.bad("train", *TINY, "--data", self.at(data), "--out", self.at("none"), says=says)
        self.assertFalse(os.path.exists(self.at("none")))

    def test_bad_models(self):
        for name, content in {"wild": with_option(self.model, "asker", hidden_dim=17), "cut": read(self.model)[:500],
                              "foreign": rewritten(self.model, config='{"program": "attn-babi"}')}.items():
            path = self.write(f"{name}.safetensors", content)
            with self.subTest(name):
                self.bad("read", "--model", path, self.picture("any"), says=path)
                self.bad("eval", "--model", path, says=path)
        scenes = self.at("captions")
        run("train", "--out", scenes, "--scenes", 20, "--epochs", 1, "--hidden", 8, "--quiet")
        self.bad("read", "--model", f"{scenes}/model.safetensors", self.picture("any"), says="a model of scenes; expected one of --task digits")
        self.bad("caption", "--model", self.model, self.picture("any"), says="a model of digits; expected one of scenes")
        self.assertEqual(sorted(json.loads(header(self.model)["__metadata__"]["config"])), ["best", "fingerprint", "program", "task"])

    def test_help(self):
        self.assertIn("--warmup", run("train", "--task", "digits", "--help").out)
        self.assertNotIn("--warmup", run("train", "--help").out)
        self.assertIn("--resume goes on", run("train", "--task", "digits", "--help").out)
        self.assertIn("--resume goes on", run("train", "--help").out)
        self.assertIn("Example:", run("read", "--help").out)

    def test_a_full_output_is_an_error(self):
        must_not_print(["read", "--model", self.model, self.picture("full")], ["eval", "--model", self.model, "--data", self.data, "--scenes", 5])
        must_write_anywhere("explain", "--model", self.model, "--format", "svg", self.picture("full"), "--out")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
