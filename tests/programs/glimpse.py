#!/usr/bin/env python3
"""attn-glimpse from end to end, on scenes that it draws itself: glimpse.py PROGRAM"""
import itertools
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import unittest
import xml.etree.ElementTree as xml
import zlib

from program import header, InFolder, must_not_print, must_write_anywhere, PROGRAM, read, rewritten, run, settings, with_option, without_speed

TINY = ["--scenes", "320", "--epochs", "2", "--hidden", "16", "--lr", "0.01"]
COLOURS = "red orange yellow green blue purple".split()
SHAPES = "circle cross diamond square triangle".split()
RELATIONS = ["above", "below", "left of", "right of"]
THING = r"a (large|small) (%s) (%s)" % ("|".join(COLOURS), "|".join(SHAPES))
WORD = "a large small . above below left right of".split() + COLOURS + SHAPES


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, depth=8, kind=2, line=None, palette=b""):
    """A PNG whose every line of pixels is `line`, unfiltered. Kinds: 0 grey, 2 colour, 3 palette, 6 colour and alpha."""
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    line = line if line is not None else bytes([200, 190, 180]) * width
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + (chunk(b"PLTE", palette) if palette else b"") +
            chunk(b"IDAT", zlib.compress((b"\0" + line) * height)) + chunk(b"IEND", b""))


def pixels_of(path):
    """The pixels of an 8-bit colour PNG, a list of lines of (red, green, blue)."""
    data, at, packed = read(path), 8, b""
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if name == b"IHDR":
            width, height, depth, kind = struct.unpack(">IIBB", body[:10])
        packed += body if name == b"IDAT" else b""
        at += size + 12
    assert (depth, kind) == (8, 2)
    raw, stride, before, lines = zlib.decompress(packed), 3 * width, bytearray(3 * width), []
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left, up, corner = (line[i - 3] if i > 2 else 0), before[i], (before[i - 3] if i > 2 else 0)
            nearest = min((abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner))[2]
            line[i] = (line[i] + [0, left, up, (left + up) // 2, nearest][kind]) & 255
        lines.append([tuple(line[i:i + 3]) for i in range(0, stride, 3)])
        before = line
    return lines


def table_of(folder):
    lines = read(os.path.join(folder, "captions.tsv")).decode().splitlines()
    assert lines[0] == "file\tcaption\tplaces"
    return [line.split("\t") for line in lines[1:]]


def objects_of(caption, places):
    """[(size, colour, shape, column, row)], and the relations between them."""
    objects = [match.groups() for match in re.finditer(THING, caption)]
    cells = []
    for place, (_, _, shape) in zip(places.split(" "), objects):
        noun, left, top, width, height = re.fullmatch(r"(\w+)=(\d+),(\d+),(\d+),(\d+)", place).groups()
        assert noun == shape and (width, height) == ("16", "16")
        cells.append((int(left) // 16, int(top) // 16))
    return [thing + cell for thing, cell in zip(objects, cells)], re.findall("|".join(RELATIONS), caption)


def hue_is(colour, pixel):
    """Whether the pixel's channels stand to each other as those of the colour do."""
    red, green, blue = pixel
    return {"red": red > 2 * green and red > 2 * blue, "orange": red > 1.4 * green and green > 1.5 * blue,
            "yellow": red < 1.4 * green and green > 1.5 * blue, "green": green > 1.5 * red and green > 1.5 * blue,
            "blue": blue > 1.5 * red and blue > 1.5 * green, "purple": red > 1.5 * green and blue > 1.5 * green}[colour]


class Glimpse(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trained = run("train", "--out", cls.at("base"), *TINY)
        cls.model = cls.at("base", "model.safetensors")
        cls.scenes = cls.at("scenes")
        run("draw", "--out", cls.scenes, "--count", 60, "--seed", 3)
        cls.image = os.path.join(cls.scenes, "000000.png")

    def bad(self, *arguments, says):
        done = run(*arguments, status=2)
        self.assertRegex(done.err, r"\Aattn-glimpse: [^\n]+\n\Z")
        self.assertIn(says, done.err)
        self.assertEqual(done.out, "")

    # ---- going on ----

    def test_ctrl_c_saves_and_resume_gives_the_bytes_of_an_uninterrupted_run(self):
        self.stop_and_resume("--scenes", 160, "--epochs", 3, "--hidden", 16, name="drawn", waits=(0, 0.1, 0.3))
        self.stop_and_resume("--data", self.scenes, "--epochs", 3, "--hidden", 16, "--batch", 4, name="folder", waits=(0, 0.05, 0.1))

    def test_resume_can_add_epochs_and_refuses_other_changes(self):
        tiny = ["--data", self.scenes, "--hidden", 8, "--quiet"]
        more = ["train", "--out", self.at("more"), "--resume"]
        run("train", "--out", self.at("more"), *tiny, "--epochs", 1)
        for option, value in (("--lr", 0.5), ("--scenes", 20), ("--temperature", 1), ("--weighting", "softmax")):
            self.bad(*more, option, value, says=f"{option} cannot be given with --resume")
        self.bad(*more, "--overwrite", says="one of the two")
        self.bad(*more, "--task", "digits", says="was trained with --task scenes")
        self.bad("train", "--out", self.at("nowhere"), "--resume", says="no run")
        run("draw", "--out", self.at("others"), "--count", 60, "--seed", 4)
        self.bad(*more, "--data", self.at("others"), says="the pictures in")
        checkpoint = read(self.at("more", "checkpoint.safetensors"))
        kept = {**settings(self.at("more", "checkpoint.safetensors")), "config": {}}
        self.write("more/checkpoint.safetensors", rewritten(self.at("more", "checkpoint.safetensors"), config=json.dumps(kept)))
        self.bad(*more, says="its setting batch is missing")
        self.write("more/checkpoint.safetensors", checkpoint)
        run(*more, "--epochs", 2, "--quiet")
        run("train", "--out", self.at("two"), *tiny, "--epochs", 2)
        self.compare_runs(self.at("more"), self.at("two"))

    # ---- scenes ----

    def test_a_scene_is_what_its_caption_says(self):
        rows = table_of(self.scenes)
        self.assertEqual(len(rows), 60)
        self.assertEqual({len(places.split(" ")) for _, _, places in rows}, {1, 2, 3})
        for file, caption, places in rows:
            self.assertRegex(caption, rf"\A{THING}( ({'|'.join(RELATIONS)}) {THING})* \.\Z")
            objects, relations = objects_of(caption, places)
            ranks = [COLOURS.index(colour) for _, colour, _, _, _ in objects]
            self.assertEqual(ranks, sorted(set(ranks)), "in the rainbow's order, each colour once")
            for (*_, column, row), (*_, other_column, other_row), relation in zip(objects, objects[1:], relations):
                right, down = column - other_column, row - other_row
                self.assertNotEqual(abs(right), abs(down))
                self.assertEqual(relation, ("below" if down > 0 else "above") if abs(down) > abs(right) else
                                 ("right of" if right > 0 else "left of"))
            pixels = pixels_of(os.path.join(self.scenes, file))
            self.assertEqual((len(pixels), len(pixels[0])), (64, 64))
            for _, colour, _, column, row in objects:
                self.assertTrue(hue_is(colour, pixels[row * 16 + 8][column * 16 + 8]), (file, colour))

    def test_scenes_are_a_function_of_the_seed(self):
        for name, seed in (("again", 3), ("other", 4)):
            run("draw", "--out", self.at(name), "--count", 5, "--seed", seed)
        same = [read(self.at("again", f"00000{i}.png")) == read(self.at("scenes", f"00000{i}.png")) for i in range(5)]
        other = [read(self.at("other", f"00000{i}.png")) == read(self.at("scenes", f"00000{i}.png")) for i in range(5)]
        self.assertEqual((same, other), ([True] * 5, [False] * 5))

    def test_scenes_are_not_replaced_without_a_word(self):
        out, mine = self.at("redrawn"), self.at("mine")
        run("draw", "--out", out, "--count", 8)
        self.write("redrawn/000020.png", b"keep")
        self.write("redrawn/mine.png", b"keep")
        before = {name: read(os.path.join(out, name)) for name in os.listdir(out)}
        self.bad("draw", "--out", out, "--count", 3, "--seed", 2, says="--overwrite")
        self.assertEqual({name: read(os.path.join(out, name)) for name in os.listdir(out)}, before)
        run("draw", "--out", out, "--count", 3, "--seed", 2, "--overwrite")
        self.assertEqual(sorted(os.listdir(out)), [*(f"00000{i}.png" for i in range(3)), "000020.png", "captions.tsv", "mine.png"])
        self.write("mine/captions.tsv", "file\tcaption\tplaces\nparis.png\ta tower .\t\n")
        self.bad("draw", "--out", mine, "--overwrite", says="no table that attn-glimpse draw wrote")
        self.assertEqual(os.listdir(mine), ["captions.tsv"])

    def test_some_triples_are_held_out(self):
        def held_out(folder):
            shown = []
            for _, caption, places in table_of(folder):
                objects, relations = objects_of(caption, places)
                shown.append(any((COLOURS.index(colour) + SHAPES.index(shape) + 2 * RELATIONS.index(relation)) % 12 == 3
                                 for (_, colour, shape, _, _), relation in zip(objects, relations)))
            return shown
        run("draw", "--out", self.at("unseen"), "--count", 20, "--unseen")
        self.assertFalse(any(held_out(self.scenes)))
        self.assertTrue(all(held_out(self.at("unseen"))))

    # ---- training ----

    def test_training_writes_model_and_metrics(self):
        self.assertRegex(self.trained.out, r"epoch  2/2 .* exact [01]\.\d{4}  pointing [01]\.\d{4}")
        lines = read(self.at("base", "metrics.csv")).decode().splitlines()
        self.assertEqual(lines[0], "epoch,train_loss,valid_loss,seconds")
        self.assertLess(float(lines[2].split(",")[2]), float(lines[1].split(",")[2]))

    def test_same_seed_same_bytes(self):
        for name, options in {"same": ["--threads", 1], "seed": ["--seed", 2]}.items():
            run("train", "--out", self.at(name), "--quiet", *TINY, *options)
        self.assertEqual(read(self.model), read(self.at("same", "model.safetensors")))
        self.assertNotEqual(read(self.model), read(self.at("seed", "model.safetensors")))

    def test_training_on_a_folder(self):
        done = run("train", "--data", self.scenes, "--out", self.at("folder"), "--epochs", 12, "--hidden", 16, "--lr", 0.01)
        losses = [float(line.split(",")[2]) for line in read(self.at("folder", "metrics.csv")).decode().splitlines()[1:]]
        self.assertLess(min(losses), 0.6 * losses[0], "grammar, at least, is learned")
        self.assertIn("pictures/s", done.out)
        score = json.loads(run("eval", "--model", self.at("folder", "model.safetensors"), "--data", self.scenes, "--json").out)
        self.assertEqual(list(score), ["exact", "pointing", "loss", "scenes", "seconds"])
        self.assertEqual(score["scenes"], 60)
        told = run("caption", "--model", self.at("folder", "model.safetensors"), self.image).out
        self.assertRegex(told, r"\A[^\t\n]+\ta (large|small) ")
        # A byte order mark and CRLF change nothing.
        shutil.copytree(self.scenes, self.at("marked"))
        table = read(self.at("marked", "captions.tsv"))
        self.write("marked/captions.tsv", b"\xef\xbb\xbf" + table.replace(b"\n", b"\r\n"))
        again = json.loads(run("eval", "--model", self.at("folder", "model.safetensors"), "--data", self.at("marked"), "--json").out)
        self.assertEqual({**again, "seconds": 0}, {**score, "seconds": 0})

    def test_the_file_alone_gives_the_model_that_was_trained_to_the_bit(self):
        # Every picture is the same one, so those held out are known: 2 of 20.
        heading, line = read(os.path.join(self.scenes, "captions.tsv")).decode().splitlines()[:2]
        for name, count in (("twenty", 20), ("two", 2)):
            self.write(f"{name}/000000.png", read(self.image))
            self.write(f"{name}/captions.tsv", "\n".join([heading] + [line] * count))
        for weighting, temperature, hidden in itertools.product(("softmax", "sparsemax", "entmax"), (0.7, 2), (5, 16)):
            with self.subTest(weighting=weighting, temperature=temperature, hidden=hidden):
                run("train", "--data", self.at("twenty"), "--out", self.at("rebuilt"), "--overwrite", "--weighting", weighting, "--temperature",
                    temperature, "--hidden", hidden, "--epochs", 2, "--quiet")
                model = self.at("rebuilt", "model.safetensors")
                self.assertEqual(sorted(settings(model)), ["best", "program"])
                score = json.loads(run("eval", "--model", model, "--data", self.at("two"), "--json").out)
                self.assertEqual(score["loss"], settings(model)["best"]["loss"])

    def test_quiet_says_nothing(self):
        done = run("train", "--out", self.at("quiet"), "--quiet", *TINY)
        self.assertEqual((done.out, done.err), ("", ""))

    # ---- using a model ----

    def test_eval(self):
        score = json.loads(run("eval", "--model", self.model, "--scenes", 50, "--json").out)
        self.assertEqual(list(score), ["exact", "pointing", "loss", "scenes", "seconds", "unseen_exact", "unseen_pointing"])
        self.assertEqual(score["scenes"], 50)
        for name in ("exact", "pointing", "unseen_exact", "unseen_pointing"):
            self.assertTrue(0 <= score[name] <= 1)
        again = json.loads(run("eval", "--model", self.model, "--scenes", 50, "--json", "--threads", 1).out)
        self.assertEqual({**score, "seconds": 0}, {**again, "seconds": 0})
        again = json.loads(run("eval", "--model", self.model, "--scenes", 50, "--json", "--speed").out)
        unseen = {name: again.pop(name) for name in ("unseen_exact", "unseen_pointing")}
        self.assertEqual({**score, "seconds": 0}, {**without_speed(again, 1, 100), "seconds": 0, **unseen})
        said = run("eval", "--model", self.model, "--scenes", 50, "--beam", 3, "--speed").out
        self.assertRegex(said, r"\Aexact .* on 50 scenes in .* s, \d+\.\d captions a second of the processors\nexact .* out of training\n\Z")

    def test_caption(self):
        images = [self.image, self.at("scenes", "000001.png"), self.write("large.png", png(150, 90))]
        lines = run("caption", "--model", self.model, *images).out.splitlines()
        self.assertEqual([line.split("\t")[0] for line in lines], images)
        for line in lines:
            words = line.split("\t")[1].split(" ")
            self.assertTrue(1 <= len(words) <= 32 and set(words) <= set(WORD), words)
        run("caption", "--model", self.model, "--beam", 4, self.image)

    def test_a_picture_that_cannot_be_read_stops_no_other(self):
        other, missing, text = self.at("scenes", "000001.png"), self.at("mis\nsing.png"), self.write("text.png", "hello\n" * 99)
        whole = run("caption", "--model", self.model, self.image, other).out
        done = run("caption", "--model", self.model, missing, self.image, text, self.folder, "", other, status=2)
        self.assertEqual(done.out, whole)
        said = ("mis.sing.png: No such file", f"{text}: not a PNG picture", "not a regular file", "a name is empty")
        self.assertEqual(len(done.err.splitlines()), len(said), done.err)
        for line, part in zip(done.err.splitlines(), said):
            self.assertRegex(line, f"^attn-glimpse: .*{part}")

    def test_every_kind_of_png_is_read(self):
        for name, content in {"grey": png(9, 7, 8, 0, bytes(9)), "bits": png(16, 16, 1, 0, bytes(2)), "deep": png(5, 5, 16, 2, bytes(30)),
                              "palette": png(8, 8, 8, 3, bytes(8), b"\xff\0\0"), "alpha": png(8, 8, 8, 6, bytes(32)),
                              "one": png(1, 1)}.items():
            with self.subTest(name):
                run("caption", "--model", self.model, self.write(f"{name}.png", content))

    def test_explain_without_colours_gives_digits(self):
        done = run("explain", "--model", self.model, self.image)
        self.assertNotIn("\x1b", done.out)
        *lines, caption = done.out.splitlines()
        grid = [line for line in lines if re.fullmatch(r"( [.0-9]| {2})+", line)]
        panels = sum(len(line.split()) for line in grid) / 64
        self.assertEqual(panels, len(caption.split(" ")))
        self.assertIn("9", "".join(grid), "a word's largest weight")
        self.assertIn("right: a ", run("explain", "--model", self.model, "--seed", 5).out)

    def test_explain_with_colours_gives_blocks(self):
        for colours, code in (("truecolor", "\x1b[38;2;"), ("", "\x1b[38;5;")):
            done = run("explain", "--model", self.model, self.image, env={**os.environ, "FORCE_COLOR": "1", "COLORTERM": colours})
            self.assertIn(code, done.out)
            self.assertIn("\u2580", done.out)
        plain = run("explain", "--model", self.model, self.image, env={**os.environ, "FORCE_COLOR": "1", "NO_COLOR": "1"})
        self.assertNotIn("\x1b", plain.out)

    def test_explain_as_svg(self):
        page = run("explain", "--model", self.model, "--format", "svg", self.image).out
        run("explain", "--model", self.model, "--format", "svg", "--out", self.at("page.svg"), self.image)
        self.assertEqual(page.encode(), read(self.at("page.svg")))
        root, space = xml.fromstring(page), "{http://www.w3.org/2000/svg}"
        caption = root.find(f"{space}title").text.split(" ")
        panels = root.findall(f"{space}g")
        self.assertEqual(len(panels), 1 + len(caption), "the picture, then a panel a word")
        self.assertEqual([panel.find(f"{space}text").text for panel in panels[1:]], caption)
        for panel in panels[1:]:
            lit = 64 - sum(int(veil.get("width")) for veil in panel.iter(f"{space}rect"))
            self.assertGreaterEqual(lit, 1, "the largest weight has no veil")
        image = root.find(f"{space}defs/{space}image").get("href")
        self.assertTrue(image.startswith("data:image/png;base64,"))

    # ---- bad input ----

    def test_malformed_pictures(self):
        whole = read(self.image)
        rng = random.Random(1)
        cases = {"empty": b"", "text": b"hello\n" * 30, "truncated": whole[:len(whole) // 2], "head": whole[:20],
                 "huge": png(60000, 60000, line=b""), "short": png(64, 64, line=b"\1\2"), "crc": whole[:60] + b"\0\0\0\0" + whole[64:],
                 "nothing": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 0, 8, 2, 0, 0, 0))}
        for name, content in cases.items():
            path = self.write(f"bad/{name}.png", content)
            with self.subTest(name):
                self.bad("caption", "--model", self.model, path, says=path)
                self.bad("explain", "--model", self.model, path, says="not a PNG picture")
        self.bad("caption", "--model", self.model, "", says="a name is empty")
        for i in range(30):  # whatever is damaged: a caption or a line, never a crash
            content = bytearray(whole)
            for _ in range(3):
                content[rng.randrange(len(content))] = rng.randrange(256)
            done = subprocess.run([PROGRAM, "caption", "--model", self.model, self.write("bad/any.png", bytes(content))],
                                  capture_output=True)
            self.assertIn(done.returncode, (0, 2), done.stderr)
        self.bad("caption", "--model", self.model, self.at("missing.png"), says="missing.png")
        self.bad("caption", "--model", self.model, self.folder, says="not a regular file")

    def test_bad_folders(self):
        heading, line = "file\tcaption\tplaces\n", "a.png\ta large red circle .\tcircle=0,0,16,16\n"
        self.write("table/a.png", read(self.image))
        self.write("table/large.png", png(65, 64))
        for table, says in {"": "no pictures", "a.png\ta circle .\n": "line 1", heading: "no pictures", heading + "a.png\n": "line 2",
                            heading + line + "a.png\ta circle\t\n": "line 3", heading + "a.png\ta  circle .\t\n": "blank",
                            heading + "a.png\t. . .\t\n": "\".\"", heading + "a.png\t" + "a " * 40 + ".\t\n": "32 words",
                            heading + "a.png\t" + "a" * 300 + " .\t\n": "255 bytes", heading + "a.png\ta circle .\tsquare=0,0,1,1\n": "nouns",
                            heading + "a.png\ta circle .\tcircle=0,0\n": "NOUN=LEFT", heading + "a.png\ta circle .\tcircle\n": "NOUN=LEFT",
                            heading + "a.png\ta circle .\tcircle=0,-1,1,1\n": "within", heading + "a.png\ta circle .\tcircle=60,0,5,1\n": "within",
                            heading + "a.png\ta circle .\tcircle=9223372036854775807,0,9,1\n": "within",
                            heading + "../table/a.png\ta circle .\t\n": "line 2: its file's name holds ..",
                            heading + "b.png\ta circle .\t\n": "b.png", heading + "large.png\ta circle .\t\n": "64x64",
                            heading.encode() + b"a.png\ta c\xffrcle .\t\n": "line 2: its caption is not UTF-8",
                            heading + line + "a\0b": "NUL", heading + line * 9: "at least 10"}.items():
            self.write("table/captions.tsv", table)
            with self.subTest(table[:60]):
                self.bad("train", "--data", self.at("table"), "--out", self.at("none"), says=says)
        self.assertFalse(os.path.exists(self.at("none")))
        self.bad("train", "--data", self.at("nowhere"), "--out", self.at("none"), says="nowhere")
        self.bad("eval", "--model", self.model, "--data", self.at("nowhere"), says="nowhere")

    def test_bad_options(self):
        for options, says in [(["--epochs", 0], "--epochs 0"), (["--lr", "nan"], "--lr"), (["--weighting", "max"], "softmax|sparsemax|entmax"),
                              (["--hiden", 3], "--hidden"), (["more"], "more")]:
            self.bad("train", "--out", self.at("none"), *options, says=says)
        self.bad("train", says="--out")
        self.bad("train", "--data", self.scenes, "--scenes", 100, "--out", self.at("none"), says="--scenes")
        self.bad("train", "--out", self.model, "--quiet", says="--out")
        self.bad("eval", "--json", says="--model")
        self.bad("caption", "--model", self.model, says="IMAGE")
        self.bad("explain", "--model", self.model, self.image, self.image, says=self.image)
        self.bad("draw", "--out", self.at("none"), "--count", 0, says="--count 0")
        self.bad("darw", says="draw")
        self.bad(says="command")

    def test_bad_models(self):
        whole = read(self.model)
        for name, content in {"truncated": whole[:len(whole) // 2], "empty": b"", "text": b"hello\n" * 50,
                              "wild": with_option(self.model, "asker", hidden_dim=17),
                              "unlike": rewritten(self.model, vocab=header(self.model)["__metadata__"]["vocab"] + "more\t1\n"),
                              "foreign": rewritten(self.model, config='{"program": "attn-babi"}')}.items():
            path = self.write(f"{name}.safetensors", content)
            with self.subTest(name):
                self.bad("caption", "--model", path, self.image, says=path)
        self.bad("explain", "--model", self.at("missing"), says="missing")

    def test_help(self):
        for arguments in ([], *([name] for name in ("train", "eval", "caption", "explain", "draw"))):
            done = run(*arguments, "--help")
            self.assertIn("usage: attn-glimpse", done.out)
            self.assertIn("Example:", done.out)

    def test_a_full_output_is_an_error(self):
        model = ["--model", self.model]
        must_not_print(["--help"], ["--version"], ["train", "--help"], ["caption", *model, self.image], ["eval", *model, "--data", self.scenes],
                       ["eval", *model, "--data", self.scenes, "--json"],
                       *(["explain", *model, "--format", form, self.image] for form in ("ansi", "html", "svg")),
                       ["draw", "--out", self.at("drawn"), "--count", 1, "--overwrite"], ["train", "--out", self.at("unheard"), "--overwrite", *TINY])
        self.assertIn("model.safetensors", os.listdir(self.at("unheard")))

    def test_a_file_goes_where_its_name_says(self):
        for form in ("svg", "ansi"):
            must_write_anywhere("explain", "--model", self.model, "--format", form, self.image, "--out")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
