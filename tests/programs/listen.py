#!/usr/bin/env python3
"""attn-listen from end to end, on tones that stand for digits and on the bundled recordings: listen.py PROGRAM"""
import json
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import unittest
import wave
import xml.etree.ElementTree as xml

from program import header, InFolder, must_not_print, must_write_anywhere, PROGRAM, read, rewritten, run, settings, with_option, without_speed

TINY = ["--strings", "48", "--batch", "8", "--epochs", "2", "--encoder", "6", "--memory", "6", "--decoder", "8", "--lr", "0.01"]
DIGITS = "zero one two three four five six seven eight nine".split()
LOW, HIGH = [697, 770, 852, 941], [1209, 1336, 1477]


def tones(digit, number, rate=8000):
    """A digit as a telephone's keys would sound, samples from -1 to 1."""
    seconds = 0.15 + 0.1 * random.Random(100 * digit + number).random()
    return [0.3 * math.sin(2 * math.pi * LOW[digit % 4] * i / rate) + 0.3 * math.sin(2 * math.pi * HIGH[digit % 3] * i / rate)
            for i in range(int(seconds * rate))]


def wav(path, samples, rate=8000, channels=1, width=2):
    """Write a WAV file of 8, 16 or 24 bits whose channels are alike."""
    with wave.open(path, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        scale, offset = 2 ** (8 * width - 1) - 1, 128 if width == 1 else 0
        frames = b"".join((int(scale * x) + offset).to_bytes(width, "little", signed=width > 1) * channels for x in samples)
        file.writeframes(frames)
    return path


def recordings(folder, numbers=(5, 6, 10, 11)):
    os.makedirs(folder)
    for digit in range(10):
        for number in numbers:
            wav(f"{folder}/{digit}_tone_{number}.wav", tones(digit, number))
    return folder


def floats(samples, rate=8000, channels=1):
    """A WAV file of 32-bit floating point numbers."""
    data = b"".join(struct.pack("<f", x) * channels for x in samples)
    head = struct.pack("<HHIIHH", 3, channels, rate, 4 * channels * rate, 4 * channels, 32)
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(data)) + data


def png_size(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", data[16:24])


class Listen(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = recordings(cls.at("tones"))
        cls.trained = cls.train("base")
        cls.model = cls.at("base", "model.safetensors")
        cls.wav = f"{cls.data}/7_tone_5.wav"

    @classmethod
    def train(cls, name, *options, **others):
        return run("train", "--data", cls.data, "--out", cls.at(name), *TINY, *options, **others)

    def bad(self, *arguments, says):
        done = run(*arguments, status=2)
        self.assertRegex(done.err, r"\Aattn-listen: [^\n]+\n\Z")
        self.assertIn(says, done.err)
        self.assertEqual(done.out, "")

    def score(self, *arguments, model=None):
        return json.loads(run("eval", "--model", model or self.model, "--strings", 20, "--json", *arguments).out)

    # ---- training ----

    def test_training_writes_model_checkpoint_and_metrics(self):
        self.assert_run_written(self.trained.out, r"wer \d\.\d{4}  cer \d\.\d{4}  alignment [01]\.\d{4}")

    def test_same_seed_same_bytes(self):
        self.assert_same_seed_same_bytes()

    def test_the_sample_is_learned_from(self):
        done = run("train", "--out", self.at("sample"), "--strings", 128, "--epochs", 3, "--encoder", 24, "--memory", 24, "--decoder", 32,
                   "--lr", 0.01, "--warmup", 1)
        losses = [float(line.split(",")[2]) for line in read(self.at("sample", "metrics.csv")).decode().splitlines()[1:]]
        self.assertLess(losses[-1], 0.8 * losses[0], done.out)

    def test_the_file_alone_gives_the_model_that_was_trained_to_the_bit(self):
        whole = self.score()
        shutil.copy(self.model, self.at("alone.safetensors"))
        self.assertEqual(self.score(model=self.at("alone.safetensors")), whole)
        said = settings(self.model)
        self.assertEqual(sorted(said), ["best", "features", "join", "program"])
        self.assertEqual((said["features"]["rate"], said["features"]["bands"], said["features"]["normalisation"]), (8000, 40, "recording"))
        self.assertEqual(header(self.model)["__metadata__"]["vocab"].split("\n")[2:4], ["<s>\t0", "\u2423\t0"])

    def test_quiet_says_nothing(self):
        done = self.train("quiet", "--quiet")
        self.assertEqual((done.out, done.err), ("", ""))

    # ---- going on ----

    def test_ctrl_c_saves_and_resume_gives_the_bytes_of_an_uninterrupted_run(self):
        self.stop_and_resume("--data", self.data, *TINY, "--strings", 200, "--epochs", 3, waits=(0.05, 0.3, 0.6, 1.0))

    def test_resume_can_add_epochs_and_refuses_other_changes(self):
        self.train("more", "--quiet")
        out = self.at("more")
        self.bad("train", "--out", out, "--resume", "--lr", 0.5, says="--lr")
        self.bad("train", "--out", out, "--resume", "--overwrite", says="one of the two")
        other = self.at("other")
        shutil.copytree(self.data, other)
        wav(f"{other}/3_tone_10.wav", tones(4, 10))
        self.bad("train", "--out", out, "--resume", "--data", other, says="not those")
        self.bad("train", "--out", self.at("nowhere"), "--resume", says="no run")
        run("train", "--out", out, "--resume", "--epochs", 3, "--quiet")
        self.train("three", "--quiet", "--epochs", 3)
        self.assertEqual(read(f"{out}/model.safetensors"), read(self.at("three", "model.safetensors")))
        self.assertEqual(read(f"{out}/metrics.csv").count(b"\n"), 4)
        damaged = rewritten(f"{out}/checkpoint.safetensors", config=json.dumps({**settings(f"{out}/checkpoint.safetensors"), "progress": {}}))
        self.write("more/checkpoint.safetensors", damaged)
        self.bad("train", "--out", out, "--resume", says="progress")

    # ---- using a model ----

    def test_eval(self):
        score = self.score("--data", self.data)
        self.assertEqual(list(score), ["wer", "cer", "alignment", "loss", "strings"])
        self.assertEqual(score["strings"], 20)
        self.assertTrue(0 <= score["alignment"] <= 1 and score["wer"] >= 0 and score["cer"] >= 0)
        self.assertEqual(self.score("--data", self.data, "--threads", 1), score)
        self.assertNotEqual(self.score("--data", self.data, "--seed", 2), score)
        self.assertEqual(without_speed(self.score("--data", self.data, "--speed"), 1, 1000), score)
        said = run("eval", "--model", self.model, "--strings", 10, "--beam", 3).out
        self.assertRegex(said, r"\Aword error \d\.\d{4}, letter error .* on 10 strings\n\Z")
        said = run("eval", "--model", self.model, "--strings", 10, "--speed").out
        self.assertRegex(said, r" on 10 strings, \d+\.\d strings a second of the processors\n\Z")

    def test_recordings_to_train_on_are_not_measured_on(self):
        shutil.copytree(self.data, self.at("held"))
        for digit in range(10):
            os.remove(self.at("held", f"{digit}_tone_10.wav"))
            os.remove(self.at("held", f"{digit}_tone_11.wav"))
        self.assertEqual(self.score("--data", self.at("held")), self.score("--data", self.data))
        self.bad("train", "--data", self.at("held"), "--out", self.at("none"), says="numbered from 10")
        os.remove(self.at("held", "3_tone_5.wav"))
        os.remove(self.at("held", "3_tone_6.wav"))
        self.bad("eval", "--model", self.model, "--data", self.at("held"), says="numbered below 10")

    def test_sounds_of_any_form_say_the_same(self):
        sound = [x for digit in (1, 7, 4) for x in tones(digit, 5) + [0.0] * 2400]
        said = run("transcribe", "--model", self.model, wav(self.at("plain.wav"), sound)).out
        self.assertRegex(said, r"\A[a-z ]*\n\Z")
        for name, options in {"stereo": {"channels": 2}, "many": {"channels": 5}, "deep": {"width": 3}}.items():
            self.assertEqual(run("transcribe", "--model", self.model, wav(self.at(f"{name}.wav"), sound, **options)).out, said, name)
        for name, content in {"float": floats(sound), "loud": floats([5 * x for x in sound])}.items():
            self.assertEqual(run("transcribe", "--model", self.model, self.write(f"{name}.wav", content)).out, said, name)
        for rate in (11025, 16000, 44100, 48000):
            louder = [x for digit in (1, 7, 4) for x in tones(digit, 5, rate) + [0.0] * (rate * 3 // 10)]
            given = run("transcribe", "--model", self.model, wav(self.at(f"{rate}.wav"), louder, rate)).out
            self.assertRegex(given, r"\A[a-z ]*\n\Z")

    def test_what_a_sound_takes_is_as_its_seconds_whatever_its_rate(self):
        """Ten seconds of silence at the highest rate that is read, which are 80 MB of numbers, take no more than at the lowest."""
        peaks = []
        for rate in (8000, 2048000):
            path, size = self.at(f"silent{rate}.wav"), 2 * 10 * rate
            head = struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16)
            with open(path, "wb") as file:
                file.write(b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + head + b"data" + struct.pack("<I", size))
                file.truncate(44 + size)
            process = subprocess.Popen([PROGRAM, "transcribe", "--model", self.model, path], stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(process.returncode, 0)
            peaks.append(usage.ru_maxrss)  # KB
        self.assertLess(peaks[1] - peaks[0], 40000, peaks)

    def test_short_silent_and_odd_sounds_are_answered(self):
        for name, samples in {"nothing": [], "one": [0.5], "silence": [0.0] * 9000, "click": [0.0] * 500 + [1.0] + [0.0] * 500}.items():
            with self.subTest(name):
                self.assertRegex(run("transcribe", "--model", self.model, wav(self.at(f"{name}.wav"), samples)).out, r"\A[a-z ]*\n\Z")
                run("explain", "--model", self.model, "--format", "png", "--out", self.at("any.png"), self.at(f"{name}.wav"))
        wild = floats([math.nan, math.inf, -math.inf, 1e30, -1e30] * 300 + tones(3, 5))
        self.assertRegex(run("transcribe", "--model", self.model, self.write("wild.wav", wild)).out, r"\A[a-z ]*\n\Z")

    def test_several_files_are_named_and_a_bad_one_stops_no_other(self):
        other, missing, text = f"{self.data}/3_tone_5.wav", self.at("mis\nsing.wav"), self.write("text.wav", "hello\n" * 99)
        done = run("transcribe", "--model", self.model, self.wav, missing, text, self.folder, other, status=2)
        self.assertEqual([line.split("\t")[0] for line in done.out.splitlines()], [self.wav, other])
        self.assertEqual(len(done.err.splitlines()), 3)
        for line, part in zip(done.err.splitlines(), ("mis?sing.wav", text, "not a regular file")):
            self.assertIn(part, line)
        alone = run("transcribe", "--model", self.model, self.wav).out
        self.assertEqual(done.out.splitlines()[0], f"{self.wav}\t{alone[:-1]}")

    def test_names_on_standard_input_are_answered_one_by_one(self):
        alone = run("transcribe", "--model", self.model, self.wav).out
        with subprocess.Popen([PROGRAM, "transcribe", "--model", self.model], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, bufsize=1) as process:
            for _ in range(3):
                process.stdin.write(self.wav + "\n")
                process.stdin.flush()
                self.assertEqual(process.stdout.readline(), alone, "before another name is given")
            process.stdin.write(self.at("missing.wav") + "\n" + self.wav)
            process.stdin.close()
            self.assertEqual(process.stdout.read(), alone, "after one that is missing, and without a line's end")
        self.assertEqual(process.returncode, 2)

    def test_explain(self):
        shown = run("explain", "--model", self.model, "--seed", 4, "--data", self.data).out
        self.assertNotIn("\x1b", shown)
        said = run("transcribe", "--model", self.model, "--beam", 1, self.wav).out[:-1]
        lines = run("explain", "--model", self.model, self.wav).out.splitlines()
        if said:
            self.assertEqual(lines[0], said)
            rows = [line[0].replace("\u2423", " ") for line in lines[1:] if re.match(r"[a-z\u2423] ", line)]
            self.assertEqual("".join(rows)[:len(said)], said)

    def test_explain_draws_svg_and_png(self):
        page = run("explain", "--model", self.model, "--format", "svg", "--seed", 4).out
        root, space = xml.fromstring(page), "{http://www.w3.org/2000/svg}"
        text = root.find(f"{space}title").text or ""
        drawn = [element.text for element in root.iter(f"{space}text")]
        letters = list(text.replace(" ", ""))
        words = [word for word in drawn if word in DIGITS]
        self.assertTrue(1 <= len(words) <= 7, "where the digits lie")
        self.assertEqual([name for name in drawn if len(name) == 1], letters, "a name for each row but blanks")
        self.assertIn("0.5s", drawn)
        self.assertTrue(root.find(f".//{space}image").get("href").startswith("data:image/png;base64,"))
        run("explain", "--model", self.model, "--format", "png", "--seed", 4, "--out", self.at("page.png"))
        self.assertEqual(png_size(read(self.at("page.png"))), (int(root.get("width")), int(root.get("height"))))
        self.assertIn(page, run("explain", "--model", self.model, "--format", "html", "--seed", 4).out)
        alone = run("explain", "--model", self.model, "--format", "svg", self.wav).out
        self.assertFalse([word for word in DIGITS if f">{word}<" in alone], "of a file nothing is known")
        # A file has 0.2 s of silence put before and behind it, and begins at 0.0s all the same.
        frames = 1 + (len(tones(7, 5)) + 2 * 1600 - 200) // 80
        root = xml.fromstring(alone)
        self.assertEqual(int(root.get("width")), 34 + 6 * frames + 24)
        self.assertEqual([int(element.get("x")) for element in root.iter(f"{space}text") if element.text == "0.0s"], [34 + 6 * 1500 // 80])

    def test_output_that_cannot_be_written(self):
        must_not_print(["transcribe", "--model", self.model, self.wav], ["eval", "--model", self.model, "--strings", 3],
                       ["explain", "--model", self.model, self.wav], ["--help"])
        must_write_anywhere("explain", "--model", self.model, "--format", "png", self.wav, "--out")

    # ---- bad input ----

    def test_malformed_sounds(self):
        self.assertRegex(run("transcribe", "--model", self.model, input=b"\n", status=2).err, r"\A[^\n]+: a name is empty; expected [^\n]+\n\Z")
        whole, rng = read(self.wav), random.Random(1)
        for name, content in {"empty": b"", "text": b"hello\n" * 30, "head": whole[:20]}.items():
            path = self.write(f"bad/{name}.wav", content)
            with self.subTest(name):
                self.bad("explain", "--model", self.model, path, says=path)
        run("transcribe", "--model", self.model, self.write("bad/truncated.wav", whole[:len(whole) // 2]))
        for _ in range(30):  # whatever is damaged: a text or a line, never a crash
            content = bytearray(whole)
            for _ in range(3):
                content[rng.randrange(60)] = rng.randrange(256)
            done = subprocess.run([PROGRAM, "transcribe", "--model", self.model, self.write("bad/any.wav", bytes(content))],
                                  capture_output=True, timeout=60)
            self.assertIn(done.returncode, (0, 2), done.stderr)
        self.bad("explain", "--model", self.model, self.folder, says="not a regular file")

    def test_bad_folders(self):
        os.mkdir(self.at("bare"))
        self.bad("train", "--data", self.at("bare"), "--out", self.at("none"), says="7_jackson_32.wav")
        for name in ("x_tone_5.wav", "10_tone_5.wav", "1__5.wav", "1_tone_.wav", "1_tone_5.mp3", "1_tone_x.wav", "readme.txt"):
            self.write(f"bare/{name}", "nothing")
        self.bad("train", "--data", self.at("bare"), "--out", self.at("none"), says="7_jackson_32.wav")
        self.write("bare/1_tone_5.wav", "nothing")
        self.bad("train", "--data", self.at("bare"), "--out", self.at("none"), says="1_tone_5.wav")
        self.bad("eval", "--model", self.model, "--data", self.at("nowhere"), says="nowhere")
        self.assertFalse(os.path.exists(self.at("none")))

    def test_bad_options(self):
        for options, says in [(["--epochs", 0], "--epochs 0"), (["--lr", "nan"], "--lr"), (["--encodr", 3], "--encoder"), (["more"], "more"),
                              (["--batch", 1000], "--batch 1000")]:
            self.bad("train", "--out", self.at("none"), *options, says=says)
        self.bad("train", says="--out")
        self.bad("eval", "--json", says="--model")
        self.bad("explain", "--model", self.model, self.wav, self.wav, says=f"unexpected argument {self.wav}; expected one, in quotes where it has blanks")
        for option, value in (("--data", self.data), ("--seed", 3)):
            self.bad("explain", "--model", self.model, option, value, self.wav, says=f"{option} chooses the string that is chained without FILE")
        self.bad("explain", "--model", self.model, "--format", "gif", says="ansi|html|svg|png")
        self.bad("transcrib", says="transcribe")
        self.bad(says="command")

    def test_help_has_examples(self):
        self.assertIn("Example", run("--help").out)
        for command in ("train", "eval", "transcribe", "explain"):
            self.assertIn(f"attn-listen {command} ", run(command, "--help").out.split("Example:")[1])

    def test_bad_models(self):
        whole, said = read(self.model), settings(self.model)
        features = said["features"]
        wild = [{**said, "features": value} for value in ({}, {**features, "bands": 41}, {**features, "rate": 0}, {**features, "highest": 1e9},
                                                          {**features, "normalisation": "none"}, {**features, "step": 10 ** 12})]
        wild += [{**said, "join": value} for value in ([], [0, 2, 1], [2, 2], [2, 1, 1], "2")]
        cases = {"truncated": whole[:len(whole) // 2], "empty": b"", "text": b"hello\n" * 50,
                 "wild": with_option(self.model, "speller", hidden_dim=17),
                 "unlike": rewritten(self.model, vocab=header(self.model)["__metadata__"]["vocab"] + "more\t1\n"),
                 "foreign": rewritten(self.model, config='{"program": "attn-babi"}'),
                 **{f"said{i}": rewritten(self.model, config=json.dumps(config)) for i, config in enumerate(wild)}}
        for name, content in cases.items():
            path = self.write(f"{name}.safetensors", content)
            with self.subTest(name):
                self.bad("transcribe", "--model", path, self.wav, says=path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
