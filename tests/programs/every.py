#!/usr/bin/env python3
"""What holds of every program alike, of its terminal, the folder of its runs and the names of its files: every.py PROGRAM"""
import fcntl
import json
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import wave

import kills
from program import PROGRAM, Screen, in_terminal, labels, read, read_lines, rewritten, run, settings, so_far, terminal_environment

NAME = os.path.basename(PROGRAM)
SENTIMENT, TRANSLATE, BABI, GLIMPSE, LISTEN, READ = (NAME == f"attn-{name}" for name in ("sentiment", "translate", "babi", "glimpse", "listen",
                                                                                         "read"))
TINY = {"attn-sentiment": ["--hidden", 4, "--emb", 4, "--epochs", 1],
        "attn-translate": ["--encoder", 4, "--decoder", 4, "--emb", 4, "--epochs", 1],
        "attn-babi": ["--hidden", 4, "--epochs", 1], "attn-glimpse": ["--hidden", 4, "--epochs", 1],
        "attn-listen": ["--encoder", 4, "--memory", 4, "--decoder", 4, "--strings", 32, "--epochs", 1],
        "attn-read": ["--hidden", 4, "--emb", 4, "--pieces", 4, "--epochs", 1]}[NAME]
LEFT = ["checkpoint.safetensors", "metrics.csv", "model.safetensors"] + {
    "attn-sentiment": ["attention_history.jsonl", "report.html", "vocab.txt"], "attn-translate": ["valid.tsv"]}.get(NAME, [])
TEXT = "A wonderful film, and 素晴らしい演技でした: I loved every minute of its extraordinary, extravagant, unforgettable story."


def write(path, content):
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def write_data(folder):
    """What the program trains on, by its --data; the path."""
    if SENTIMENT:
        return write(f"{folder}/data.tsv", "".join(f"{i % 2}\t{('awful', 'great')[i % 2]} film , number {i} .\n" for i in range(40)))
    if TRANSLATE:
        return write(f"{folder}/data.tsv", "".join(f"Number {i} is here.\tLe numéro {i} est là.\n" for i in range(40)))
    if BABI:
        return write(f"{folder}/qa1_train.txt", "1 Mary went to the office.\n2 Where is Mary?\toffice\t1\n3 John moved to the garden.\n"
                                                "4 Where is John?\tgarden\t3\n" * 20)
    if LISTEN:
        return write_recordings(f"{folder}/recordings")
    if READ:
        write(f"{folder}/page.txt", TEXT)
        return write(f"{folder}/data.jsonl", "".join(json.dumps({"title": f"{i}", "paragraphs": [
            {"context": f"Film {i} was made by Ann.", "qas": [{"question": "Who made it?", "answers": ["Ann"]}]}]}) + "\n" for i in range(20)))
    run("draw", "--out", f"{folder}/scenes", "--count", 20)
    return f"{folder}/scenes"


def write_recordings(folder):
    """Digits as buzzes, the higher the larger."""
    os.mkdir(folder)
    for digit in range(10):
        for number in (5, 10):
            with wave.open(f"{folder}/{digit}_buzz_{number}.wav", "wb") as file:
                file.setparams((1, 2, 8000, 0, "NONE", ""))
                file.writeframes(b"".join(struct.pack("<h", 9000 * (1 if i % (40 - 3 * digit) < 9 else -1)) for i in range(1600)))
    return folder


def files_of(folder):
    """Every file under it and what it holds; of a link, that it is one."""
    return {os.path.relpath(os.path.join(at, name), folder): read(os.path.join(at, name))
            for at, _, names in os.walk(folder) for name in names}


def explain(model, data):
    """The command that shows what a decision rested on."""
    return ["explain", "--model", model, *(["--data", data] if BABI else [f"{data}/000000.png"] if GLIMPSE else [f"{data}/7_buzz_5.wav"] if LISTEN else
                                           ["--text", f"{os.path.dirname(data)}/page.txt", "What was wonderful?"] if READ else [TEXT])]


class Every(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix=f"{NAME}-")
        cls.data, cls.base = write_data(cls.folder), f"{cls.folder}/base"
        cls.train(cls.base)
        cls.model = f"{cls.base}/model.safetensors"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def train(cls, out, *arguments, data=None, **options):
        return run("train", "--data", data or cls.data, "--out", out, *TINY, *arguments, **options)

    def copy(self, name):
        """A finished run of its own, beside a user's files."""
        out = f"{self.folder}/{name}"
        shutil.copytree(self.base, out)
        os.mkdir(f"{out}/notes")
        write(f"{out}/notes/valid.txt", "keep")
        write(f"{out}/model.txt", "keep")
        return out

    def explain(self):
        """The command that shows what a decision rested on, in the terminal."""
        return explain(self.model, self.data)

    def refused(self, out, *arguments, says=(), **options):
        """One line that says it, exit status 2, and all files as they were."""
        before = files_of(out)
        done = self.train(out, *arguments, status=2, **options)
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, rf"\A{NAME}: [^\n]+\n\Z")
        for part in says:
            self.assertIn(part, done.err)
        self.assertEqual(files_of(out), before)
        return done.err

    # ---- help, and pages ----

    def test_help_is_no_wider_than_130_columns(self):
        commands = re.findall(r"^  ([a-z]+) ", run("--help").out.split("Commands:\n")[1], re.M)
        self.assertIn("explain", commands)
        for arguments in ([], *([command] for command in commands)):
            for line in run(*arguments, "--help").out.splitlines():
                self.assertLessEqual(len(line), 130, line)

    def test_an_explanation_is_a_page_too(self):
        """That is whole, tells its encoding and its title, and needs nothing beside it."""
        page = run(*self.explain(), "--format", "html").out
        self.assertRegex(page, r"(?s)\A<!DOCTYPE html>\n.*<meta charset=\"utf-8\">.*<title>.*</title>.*</html>\n\Z")
        self.assertNotRegex(page, r"<script|src=|href=\"(?!#|data:)|url\(")
        if not SENTIMENT:  # which writes to standard output alone
            run(*self.explain(), "--format", "html", "--out", f"{self.folder}/page.html")
            self.assertEqual(read(f"{self.folder}/page.html").decode(), page)

    # ---- the terminal ----

    def test_an_explanation_is_as_wide_as_the_terminal(self):
        for columns in (200, 80, 40, 20, 10, 65535):
            for colours in ({}, {"NO_COLOR": "1"}):
                with self.subTest(columns, **colours):
                    shown = in_terminal(*self.explain(), columns=columns, **colours)
                    self.assertEqual(Screen(columns).send(shown).wraps, 0)
                    self.assertEqual("\x1b[" in shown, not colours)

    def test_colours_are_where_they_are_wanted(self):
        for environment, terminal, elsewhere in (
                ({}, True, False), ({"TERM": "dumb"}, False, False), ({"TERM": ""}, False, False),
                ({"NO_COLOR": "1"}, False, False), ({"NO_COLOR": "0"}, False, False), ({"NO_COLOR": ""}, True, False),
                ({"FORCE_COLOR": "1"}, True, True), ({"FORCE_COLOR": "2"}, True, True), ({"FORCE_COLOR": "3"}, True, True),
                ({"FORCE_COLOR": "true"}, True, True), ({"FORCE_COLOR": "0"}, True, False), ({"FORCE_COLOR": ""}, True, False),
                ({"FORCE_COLOR": "false"}, True, False), ({"FORCE_COLOR": "0", "TERM": "dumb"}, False, False),
                ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
                ({"CLICOLOR_FORCE": "1"}, True, True), ({"CLICOLOR_FORCE": "0"}, True, False), ({"CLICOLOR": "0"}, False, False),
                ({"CLICOLOR": "1"}, True, False), ({"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True, True),
                ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False, False)):
            with self.subTest(**environment):
                self.assertEqual("\x1b" in in_terminal(*self.explain(), **environment), terminal)
                self.assertEqual("\x1b" in run(*self.explain(), env=terminal_environment(**environment)).out, elsewhere)

    def test_training_takes_one_line_of_any_terminal(self):
        for columns in (80, 40, 20, 10):
            with self.subTest(columns):
                shown = in_terminal("train", "--data", self.data, "--out", f"{self.folder}/bar{columns}", *TINY, columns=columns,
                                    output=subprocess.DEVNULL)
                screen = Screen(columns).send(shown)
                self.assertIn("\r", shown)
                self.assertEqual((screen.wraps, screen.text()), (0, [""]), "and it is taken away")

    def test_training_sends_no_escapes_to_a_terminal_that_knows_none(self):
        for term in ("dumb", ""):
            out = f"{self.folder}/term{term}"
            shown = in_terminal("train", "--data", self.data, "--out", out, *TINY, TERM=term, FORCE_COLOR="0")
            self.assertNotIn("\x1b", shown)
            self.assertNotIn("\r", shown.replace("\r\n", ""))
            self.assertIn("epoch", shown)

    # ---- the folder of a run ----

    def test_a_run_is_not_replaced_without_a_word(self):
        out = self.copy("kept")
        self.refused(out, says=["--resume", "--overwrite", "--out", out])
        for name in LEFT:
            alone = f"{self.folder}/alone-{name}"
            os.mkdir(alone)
            shutil.copy(f"{self.base}/{name}", alone)
            self.refused(alone, says=[name, "--out"])

    @unittest.skipUnless(SENTIMENT or TRANSLATE, "the others print a line at most before a run begins")
    def test_a_run_that_came_while_data_were_read_is_not_replaced(self):
        out, first = f"{self.folder}/came", self.train(f"{self.folder}/before").out.splitlines(keepends=True)[0].encode()
        output, taken = os.pipe()  # in which what is printed first, of the data, finds room, and what comes next waits
        size = fcntl.fcntl(taken, fcntl.F_SETPIPE_SZ, 4096)
        os.write(taken, bytes(size - len(first)))
        process = subprocess.Popen([PROGRAM, "train", "--data", self.data, "--out", out, *map(str, TINY)], stdout=taken, stderr=subprocess.PIPE)
        os.close(taken)
        try:
            while process.poll() is None and struct.unpack("i", fcntl.ioctl(output, termios.FIONREAD, bytes(4)))[0] < size:
                time.sleep(0.001)
            self.assertFalse(os.path.exists(out))
            self.copy("came")
            before = files_of(out)
            with open(output, "rb") as pipe:
                self.assertTrue(pipe.read().lstrip(b"\0").startswith(first))
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
        self.assertEqual(process.returncode, 2)
        self.assertRegex(err.decode(), rf"\A{NAME}: --out {out}: a run is there already [^\n]+\n\Z")
        self.assertEqual(files_of(out), before)

    def test_overwrite_replaces_the_run_and_nothing_else(self):
        out = self.copy("replaced")
        self.train(out, "--overwrite", "--seed", 2)
        self.train(f"{self.folder}/fresh", "--seed", 2)
        self.assertEqual(sorted(os.listdir(out)), sorted([*LEFT, "model.txt", "notes"]))
        self.assertEqual(read(f"{out}/model.txt"), b"keep")
        self.assertEqual(read(f"{out}/notes/valid.txt"), b"keep")
        self.assertEqual(read(f"{out}/model.safetensors"), read(f"{self.folder}/fresh/model.safetensors"))
        self.assertNotEqual(read(f"{out}/model.safetensors"), read(self.model))
        for name in set(LEFT) - {"metrics.csv", "report.html"}:  # those tell times
            self.assertEqual(read(f"{out}/{name}"), read(f"{self.folder}/fresh/{name}"), name)
        self.train(f"{self.folder}/new", "--overwrite")  # where there is nothing, it is no error

    def test_a_run_that_fails_before_it_begins_replaces_nothing(self):
        out = self.copy("failed")
        self.refused(out, "--overwrite", data=f"{self.folder}/missing", says=["missing"])
        self.refused(out, "--overwrite", data=write(f"{self.folder}/empty.txt", ""))

    def test_nothing_of_the_old_run_is_left_when_the_new_one_is_killed(self):
        out = self.copy("killed")
        old = files_of(self.base)
        held = [open(f"{out}/{name}", "rb") for name in old]  # so that no new file gets an old one's number
        inodes = {name: os.fstat(file.fileno()).st_ino for name, file in zip(old, held)}
        process = subprocess.Popen([PROGRAM, "train", "--data", self.data, "--out", out, *map(str, TINY[:-1]), "10000", "--overwrite",
                                    "--quiet", "--seed", "3"])
        try:
            while process.poll() is None and so_far(f"{out}/metrics.csv") in (b"", old["metrics.csv"]):
                time.sleep(0.001)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.assertEqual([name for name in files_of(out) if name in old and os.stat(f"{out}/{name}").st_ino == inodes[name]], [])
        self.assertEqual(read(f"{out}/model.txt"), b"keep")
        for file in held:
            file.close()
        if os.path.exists(f"{out}/metrics.csv"):
            self.refused(out, says=["--overwrite"])
            self.train(out, "--overwrite")

    def test_links_stay_and_what_they_name_is_replaced(self):
        out, elsewhere = self.copy("linked"), f"{self.folder}/elsewhere.safetensors"
        os.rename(f"{out}/model.safetensors", elsewhere)
        os.symlink(elsewhere, f"{out}/model.safetensors")
        self.refused(out, says=["--overwrite"])
        self.train(out, "--overwrite", "--seed", 2)
        self.assertTrue(os.path.islink(f"{out}/model.safetensors"))
        self.assertNotEqual(read(elsewhere), read(self.model))

    def test_overwrite_replaces_no_files_of_others(self):
        foreign = rewritten(self.model, config='{"program": "attn-other"}')
        for content in (b"hello", foreign, rewritten(self.model, config=None)):
            out = self.copy(f"others{len(content)}")
            write(f"{out}/model.safetensors", content)
            self.refused(out, "--overwrite", says=["model.safetensors", "no model that", "--out"])
            self.refused(out, says=["model.safetensors"])
        for name, content in (("metrics.csv", "step,loss\n1,2\n"), ("metrics.csv", "epoch,loss\n1,2\n"), (LEFT[-1], "mine\n")):
            out = f"{self.folder}/mine-{len(content)}"
            os.mkdir(out)
            write(f"{out}/{name}", content)
            self.refused(out, "--overwrite", says=[name, "--out"])

    @unittest.skipIf(GLIMPSE or LISTEN, "its data is a folder")
    def test_what_is_read_is_not_overwritten(self):
        for name in ("metrics.csv", LEFT[-1]):
            out = self.copy(f"read-{name}")
            if name.endswith(".safetensors"):
                continue
            shutil.copy(self.data, f"{out}/{name}")
            os.symlink(f"{out}/{name}", f"{self.folder}/link-{name}")
            for data in (f"{out}/{name}", f"{self.folder}/link-{name}"):
                self.refused(out, "--overwrite", data=data, says=["to be read", data])

    def test_resume_needs_a_run(self):
        for name in ("nowhere", "empty"):
            out = f"{self.folder}/{name}"
            if name == "empty":
                os.mkdir(out)
            done = run("train", "--out", out, "--resume", status=2)
            self.assertRegex(done.err, rf"\A{NAME}: --resume: no run [^\n]+leave --resume out[^\n]+\n\Z")
            self.assertIn(out, done.err)
        out = self.copy("both")
        self.refused(out, "--resume", "--overwrite", says=["one of the two"])
        run("train", "--out", out, "--resume", "--epochs", 2)
        self.assertEqual(read(f"{out}/metrics.csv").count(b"\n"), 3)

    def test_two_trainings_do_not_write_to_one_folder(self):
        out = f"{self.folder}/shared"
        process = subprocess.Popen([PROGRAM, "train", "--data", self.data, "--out", out, *map(str, TINY[:-1]), "9999", "--quiet"])
        try:
            while process.poll() is None and not (os.path.exists(f"{out}/checkpoint.safetensors") and so_far(f"{out}/metrics.csv").count(b"\n") > 1):
                time.sleep(0.001)
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            self.refused(out, "--overwrite", says=["another training writes there", out])
            before = files_of(out)
            done = run("train", "--data", self.data, "--out", out, "--resume", "--epochs", 10000, status=2)
            self.assertRegex(done.err, rf"\A{NAME}: --out {out}: another training writes there; [^\n]+\n\Z")
            self.assertEqual(files_of(out), before)
        finally:
            process.kill()
            process.wait()
        run("train", "--data", self.data, "--out", out, "--resume", "--epochs", before["metrics.csv"].count(b"\n") + 1)

    def test_products_that_round_are_gone_on_with_to_the_same_bits(self):
        rounds, whole, part = ["--train-precision", "bfloat16"], f"{self.folder}/rounded", f"{self.folder}/rounded-part"
        self.train(whole, "--epochs", 2, "--threads", 1, *rounds)
        self.train(part, *rounds)
        self.assertNotEqual(read(f"{part}/model.safetensors"), read(self.model))
        run("train", "--out", part, "--resume", "--epochs", 2, "--threads", 2)
        kills.must_be_alike(whole, part)
        again = ["train", "--out", part, "--resume", "--epochs", 3, "--train-precision", "float32"]
        self.assertIn("--train-precision cannot ", run(*again, status=2).err)

    # ---- kills and full disks; tests/kill.sh has hundreds ----

    def test_a_killed_training_stands_and_goes_on_to_the_same_bits(self):
        """Killed while it writes its first file, its second one and so on, each time since it was begun or gone on with."""
        command, whole, out = ["train", "--data", self.data, *TINY[:-1], 3], f"{self.folder}/unkilled", f"{self.folder}/often-killed"
        run(*command, "--out", whole, "--quiet")
        epoch = killed = 0
        for count in range(1, 9):
            process = kills.start(kills.begin(command, out))
            kills.wait_for_files(process, out, count)
            process.kill()
            error = process.communicate()[1].decode()
            self.assertIn(process.returncode, (0, -signal.SIGKILL), error)
            killed += process.returncode != 0
            epoch = kills.must_stand(out, explain(f"{out}/model.safetensors", self.data), epoch)
        self.assertGreater(killed, 0)
        run(*kills.begin(command, out))
        kills.must_be_alike(whole, out)

    def test_where_nothing_can_be_written_the_run_stands(self):
        whole = f"{self.folder}/unlimited"
        self.train(whole, "--epochs", 3)
        for limit in (64, os.path.getsize(self.model) - 1):  # of no file; of all that are smaller than the model
            out = self.copy(f"limited{limit}")
            before = files_of(out)
            done = run("train", "--out", out, "--resume", "--epochs", 3, status=1,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)))
            self.assertRegex(done.err, rf"\A{NAME}: [^\n]*{out}/[^\n]*: File too large\n\Z")
            for name in (before if limit == 64 else ["model.safetensors", "checkpoint.safetensors"]):
                self.assertEqual(read(f"{out}/{name}"), before[name], name)
            self.assertEqual(kills.temporary(out), [])
            kills.must_stand(out, explain(f"{out}/model.safetensors", self.data))
            run("train", "--out", out, "--resume", "--epochs", 3)
            for name in set(LEFT) - {"metrics.csv", "report.html"}:
                self.assertEqual(read(f"{out}/{name}"), read(f"{whole}/{name}"), name)

    # ---- paths of any bytes ----

    def test_paths_may_be_any_bytes(self):
        r"""\xe9 and \xff by themselves are no UTF-8; the rest looks like what could stand for them."""
        folder = f"{self.folder}/caf\udce9 \udcff\udcc3\\xe9\\\\"
        os.mkdir(folder)
        data, out, model = write_data(folder), f"{folder}/run\udcfe", f"{folder}/run\udcfe/model.safetensors"
        self.train(out, data=data)
        self.assertEqual(sorted(os.listdir(out)), sorted(LEFT))
        self.assertEqual(read(model), read(self.model), "the path is no part of a model")
        self.assertEqual(run(*explain(model, data)).out, run(*self.explain()).out)
        run("eval", "--model", model, "--data", data)
        if not SENTIMENT:
            run(*explain(model, data), "--format", "svg", "--out", f"{folder}/\udcff.svg")
            self.assertIn(b"<svg", read(f"{folder}/\udcff.svg"))
        if GLIMPSE:
            self.assertEqual(run("caption", "--model", model, f"{data}/000000.png").out.split("\t")[0], f"{data}/000000.png")
            os.rename(f"{data}/000000.png", f"{data}/\udcff.png")
            table = read(f"{data}/captions.tsv")
            write(f"{data}/captions.tsv", table.replace(b"000000.png", b"\xff.png"))
            self.train(f"{folder}/named", data=data)
        self.refused(out, data=data, says=["--overwrite", out])
        missing = run("eval", "--model", model, "--data", f"{folder}/\udcff", status=2).err
        self.assertRegex(missing, rf"\A{NAME}: [^\n]*\udcff(/captions\.tsv)?: No such file or directory\n\Z")
        self.train(out, "--overwrite", data=data)

    @unittest.skipUnless(TRANSLATE, "the others keep no data beside a model")
    def test_eval_says_how_pairs_are_named_that_moved(self):
        os.mkdir(f"{self.folder}/alone")
        shutil.copy(self.model, f"{self.folder}/alone")
        error = run("eval", "--model", f"{self.folder}/alone/model.safetensors", status=2).err
        self.assertRegex(error, r"\Aattn-translate: [^\n]*valid\.tsv: No such file or directory[^\n]*--data\n\Z")


def decoded(text):
    """The name that stands in JSON as this text."""
    escapes = re.compile(rb"\\(\\|x([89a-f][0-9a-f]))")
    return escapes.sub(lambda found: bytes([int(found[2], 16)]) if found[2] else b"\\", text.encode())


@unittest.skipUnless(SENTIMENT, "the others keep no path")
class Names(unittest.TestCase):
    """What attn-sentiment keeps of where its data lies, in folders and columns of any name."""

    NAMES = ["caf\udce9", "\udcff\udcfe", "plain", "größe", "\udcc3", "a\\xe9", "a\\\\b", "\udce9\\", "\udced\udca0\udc80", "\udcf0\udc9f\udc98"]

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="attn-names-")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def train(self, data, out, *options, **others):
        return run("train", *(["--data", data] if data else []), "--out", out, *options, *([] if "--resume" in options else TINY), **others)

    def kept(self, out):
        return settings(f"{out}/checkpoint.safetensors")["run"]

    def page(self, path):
        data = re.search(r'(?s)<script type="application/json" id="data">(.*?)</script>', read(path).decode())
        return json.loads(data[1])

    def test_a_run_goes_on_and_is_reported_wherever_its_data_lies(self):
        for name in self.NAMES:
            with self.subTest(name):
                folder = f"{self.folder}/{name}"
                os.mkdir(folder)
                data, out = write_data(folder), f"{folder}/run"
                self.train(data, out)
                path = self.kept(out)["data"]
                self.assertEqual(decoded(path), os.fsencode(os.path.realpath(data)))
                run("report", out, "--out", f"{folder}/page.html")
                page = self.page(f"{folder}/page.html")
                self.assertIsNone(page["run"]["missing"])
                self.assertEqual(page["run"]["run"]["data"], path)
                self.assertNotIn("\ufffd", path)
                self.train(None, out, "--resume", "--epochs", 2)
                self.assertEqual(self.kept(out)["data"], path)

    def test_folders_files_and_columns_have_any_names(self):
        data, out = f"{self.folder}/classes", f"{self.folder}/run"
        for label in ("\udcff", "\udcfe", "caf\udce9", "x"):
            os.makedirs(f"{data}/{label}")
            for i in range(10):
                write(f"{data}/{label}/{i}\udcff.txt", f"film {label} {i}".encode("utf-8", "replace"))
        done = self.train(data, out)
        self.assertIn(r"\xfe", done.out)
        self.assertEqual(sorted(labels(f"{out}/model.safetensors")), sorted([r"\xff", r"\xfe", r"caf\xe9", "x"]))
        for line in read_lines(f"{out}/attention_history.jsonl"):
            self.assertTrue(os.path.exists(os.fsencode(data) + b"/" + decoded(line["id"])), line["id"])
        shown = json.loads(run("explain", "--model", f"{out}/model.safetensors", "--data", data, "--limit", 1, "--format", "json").out)
        self.assertTrue(os.path.exists(os.fsencode(data) + b"/" + decoded(shown["name"])))
        run("eval", "--model", f"{out}/model.safetensors", "--data", data)
        self.train(None, out, "--resume", "--epochs", 2)
        run("report", out)
        self.assertIsNone(self.page(f"{out}/report.html")["run"]["missing"])

        table, out = f"{self.folder}/table.tsv", f"{self.folder}/columns"
        write(table, b"label\xe9\ttext\xff\ttext\xfe\n" + b"".join(b"%d\tgood %d\tbad\n" % (i % 2, i) for i in range(40)))
        columns = ["--label-column", "label\udce9", "--text-column", "text\udcff"]
        self.train(table, out, *columns)
        self.train(table, out, "--resume", "--epochs", 2, *columns)
        error = self.train(table, out, "--resume", "--text-column", "text\udcfe", status=2).err
        self.assertIn("--text-column cannot change", error)
        run("report", out)

    def test_vectors_have_any_name(self):
        data, vectors, out = write_data(self.folder), f"{self.folder}/\udcff.txt", f"{self.folder}/run"
        write(vectors, "great 1 2 3 4\nawful 4 3 2 1\n")
        self.train(data, out, "--glove", vectors)
        self.assertEqual(decoded(self.kept(out)["glove"]), os.fsencode(vectors))
        self.train(None, out, "--resume", "--epochs", 2, "--glove", vectors)
        self.assertIn("cannot change", self.train(None, out, "--resume", "--glove", f"{self.folder}/\udcfe.txt", status=2).err)

    def test_data_that_moved_is_named_to_report_and_train(self):
        for name in ("moved", "moved\udcff"):
            with self.subTest(name):
                folder = f"{self.folder}/{name}"
                os.mkdir(folder)
                data, new, out = write_data(folder), f"{folder}/elsewhere\udcfe.tsv", f"{folder}/run"
                self.train(data, out)
                old = self.kept(out)["data"]
                before = self.page(f"{out}/report.html")
                os.rename(data, new)
                done = run("report", out, "--out", f"{folder}/missing.html")
                self.assertRegex(done.err, r"\Aattn-sentiment: [^\n]*no longer at [^\n]*No such file[^\n]*--data[^\n]*\n\Z")
                missing = self.page(f"{folder}/missing.html")["run"]["missing"]
                for part in (old, "--data", "no longer at"):
                    self.assertIn(part, missing)
                self.assertEqual(run("report", out, "--data", new).err, "")
                after = self.page(f"{out}/report.html")
                self.assertEqual(after["groups"], before["groups"])
                self.assertEqual(decoded(after["run"]["run"]["data"]), os.fsencode(new))

                error = self.train(None, out, "--resume", "--epochs", 2, status=2).err
                self.assertRegex(error, r"\Aattn-sentiment: --resume: [^\n]*no longer at [^\n]*No such file[^\n]*--data\n\Z")
                self.assertIn(data, error)
                self.train(new, out, "--resume", "--epochs", 2)
                self.assertEqual(decoded(self.kept(out)["data"]), os.fsencode(os.path.realpath(new)))
                run("report", out)
                self.assertIsNone(self.page(f"{out}/report.html")["run"]["missing"])

    def test_other_reviews_are_refused(self):
        data, out, other = write_data(self.folder), f"{self.folder}/run", f"{self.folder}/other.tsv"
        self.train(data, out)
        write(other, read(data).replace(b"number 3", b"number 4"))
        page = read(f"{out}/report.html")
        error = run("report", out, "--data", other, status=2).err
        self.assertRegex(error, rf"\Aattn-sentiment: --data {re.escape(other)}: [^\n]*not those[^\n]*\n\Z")
        self.assertIn("No such file", run("report", out, "--data", f"{self.folder}/nowhere", status=2).err)
        self.assertEqual(read(f"{out}/report.html"), page)
        os.replace(other, data)
        self.assertRegex(run("report", out).err, r"\A[^\n]*not those that were trained on[^\n]*--data[^\n]*\n\Z")
        self.assertRegex(self.train(None, out, "--resume", "--epochs", 2, status=2).err, r"\A[^\n]*not those[^\n]*--data\n\Z")

    def test_a_report_leaves_out_what_training_left_out(self):
        data, out, left_out = write_data(self.folder), f"{self.folder}/run", f"{self.folder}/left\udcff.tsv"
        write(left_out, b"".join(read(data).splitlines(True)[:10]))
        self.train(data, out, "--leave-out", left_out)
        self.assertIsNone(self.page(f"{out}/report.html")["run"]["missing"])
        self.train(None, out, "--resume", "--epochs", 2)
        shutil.copy(left_out, f"{out}/vocab.txt")
        self.assertIn("to be read", self.train(data, out, "--overwrite", "--leave-out", f"{out}/vocab.txt", status=2).err)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
