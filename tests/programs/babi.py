#!/usr/bin/env python3
"""attn-babi from end to end, on the stories that it makes up and on files written here: babi.py PROGRAM"""
import itertools
import json
import os
import shutil
import sys
import unittest
import xml.etree.ElementTree as xml

from program import InFolder, PROGRAM, header, must_not_print, must_write_anywhere, read, rewritten, run, settings, with_option

STORY = """1 Mary went to the office.
2 Where is Mary?\toffice\t1
3 John moved to the garden.
4 Mary moved to the hallway.
5 Where is Mary?\thallway\t4
6 Where is John?\tgarden\t3
"""
SMALL = ["--hidden", "16", "--epochs", "2", "--threads", "1"]


class Babi(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_folder = os.path.join(cls.folder, "run")
        cls.trained = run("train", "--out", cls.run_folder, "--epochs", "10", "--threads", "2")
        cls.model = os.path.join(cls.run_folder, "model.safetensors")
        cls.data = os.path.join(cls.folder, "tasks")
        os.mkdir(cls.data)
        for name in ("qa1_single_train.txt", "qa1_single_test.txt", "qa2_train.txt"):
            with open(os.path.join(cls.data, name), "w") as file:
                file.write(STORY * 12)

    def fails(self, part, *arguments):
        error = run(*arguments, status=2).err
        self.assertTrue(error.startswith("attn-babi: ") and error.count("\n") == 1, error)
        self.assertIn(part, error)

    def test_it_learns_the_stories_that_it_makes_up(self):
        measured = json.loads(run("eval", "--model", self.model, "--json").out)
        self.assertEqual(sorted(measured), ["error", "loss", "questions"])
        self.assertEqual(measured["questions"], 1000)
        self.assertLess(measured["error"], 0.3)  # by chance 5 in 6 are wrong
        with open(os.path.join(self.run_folder, "metrics.csv")) as file:
            lines = file.read().splitlines()
        self.assertEqual(lines[0], "epoch,train_loss,valid_loss,seconds")
        self.assertEqual(len(lines), 11)
        self.assertIn("epoch 10/10", self.trained.out)

    def test_explain_shows_each_pass_over_each_fact(self):
        shown = json.loads(run("explain", "--model", self.model, "--format", "json").out)
        self.assertEqual(len(shown["facts"][0]["weights"]), 3)
        for t in range(3):
            self.assertAlmostEqual(sum(fact["weights"][t] for fact in shown["facts"]), 1, places=4)
        self.assertTrue(any(fact["supports"] for fact in shown["facts"]))
        table = run("explain", "--model", self.model).out
        self.assertIn(shown["question"], table)
        self.assertNotIn("\033", table)
        self.assertIn("\033", run("explain", "--model", self.model, env={**os.environ, "FORCE_COLOR": "1", "NO_COLOR": ""}).out)
        path = os.path.join(self.folder, "shown.svg")
        run("explain", "--model", self.model, "--format", "svg", "--out", path)
        drawn = xml.fromstring(read(path))
        self.assertEqual(drawn.tag, "{http://www.w3.org/2000/svg}svg")
        self.assertIn(shown["facts"][0]["text"], "".join(drawn.itertext()))
        self.assertIn(shown["facts"][0]["text"], run("explain", "--model", self.model, "--format", "html").out)

    def test_a_file_goes_where_its_name_says(self):
        for form in ("html", "svg", "json"):
            must_write_anywhere("explain", "--model", self.model, "--format", form, "--out")

    def test_a_full_output_is_an_error(self):
        explain = ["explain", "--model", self.model, "--format"]
        must_not_print(["--help"], ["--version"], ["eval", "--help"], ["eval", "--model", self.model], ["eval", "--model", self.model, "--json"],
                       [*explain, "ansi"], [*explain, "svg"], [*explain, "json"],
                       ["train", "--data", self.data, "--out", os.path.join(self.folder, "unheard"), "--overwrite", *SMALL])
        self.assertEqual(sorted(os.listdir(os.path.join(self.folder, "unheard"))), ["checkpoint.safetensors", "metrics.csv", "model.safetensors"])

    def test_ctrl_c_saves_and_resume_gives_the_bytes_of_an_uninterrupted_run(self):
        for answer, facts in (("vocabulary", 5), ("pointer", 130)):
            self.stop_and_resume("--answer", answer, "--hidden", 16, "--epochs", 4, "--l2", 0.001, "--dropout", 0.3, "--max-facts", facts,
                                 name=answer, waits=(0, 0.03, 0.1))

    def test_resume_can_add_epochs_and_refuses_other_changes(self):
        out, three = self.at("more"), self.at("three")
        run("train", "--out", out, "--data", self.data, *SMALL)
        for option, value in (("--task", 2), ("--lr", 0.5), ("--answer", "pointer"), ("--max-facts", 3)):
            self.fails(f"{option} cannot be given with --resume", "train", "--out", out, "--resume", option, value)
        self.fails("one of the two", "train", "--out", out, "--resume", "--overwrite")
        self.fails("the stories in", "train", "--out", out, "--resume", "--data", self.write("other/qa1_train.txt", STORY * 13))
        self.fails("no run", "train", "--out", self.at("nowhere"), "--resume")
        checkpoint = read(f"{out}/checkpoint.safetensors")
        for part, changes in (("its setting l2 is missing", {"config": {**settings(f"{out}/checkpoint.safetensors")["config"], "l2": -1}}),
                              ("the checkpoint's progress is missing", {"progress": {}})):
            kept = {**settings(f"{out}/checkpoint.safetensors"), **changes}
            self.write("more/checkpoint.safetensors", rewritten(f"{out}/checkpoint.safetensors", config=json.dumps(kept)))
            self.fails(part, "train", "--out", out, "--resume")
            self.write("more/checkpoint.safetensors", checkpoint)
        run("train", "--out", out, "--resume", "--epochs", 3)
        run("train", "--out", three, "--data", self.data, *SMALL, "--epochs", 3)
        self.compare_runs(out, three)

    def test_a_run_whose_patience_is_over_stays_so(self):
        out, before = self.at("over"), self.at("before")
        run("train", "--out", out, "--data", self.data, "--hidden", 8, "--lr", 0.3, "--epochs", 50, "--patience", 1, "--quiet")
        self.assertLess(read(f"{out}/metrics.csv").count(b"\n"), 51)
        shutil.copytree(out, before)
        run("train", "--out", out, "--resume", "--quiet")
        self.compare_runs(out, before)

    def test_the_same_seed_gives_the_same_model_in_any_number_of_threads(self):
        made = []
        for name, threads in (("a", 1), ("b", 2)):
            out = os.path.join(self.folder, name)
            run("train", "--out", out, "--hidden", 16, "--epochs", 2, "--threads", threads, "--seed", 3)
            made.append(read(os.path.join(out, "model.safetensors")))
        self.assertEqual(made[0], made[1])

    def test_a_folder_gives_the_file_of_the_task(self):
        out = os.path.join(self.folder, "folder")
        run("train", "--data", self.data, "--task", 1, "--out", out, *SMALL)
        model = os.path.join(out, "model.safetensors")
        measured = json.loads(run("eval", "--model", model, "--data", self.data, "--json").out)
        self.assertEqual(measured["questions"], 36)
        self.fails("no file qa9_train.txt", "train", "--data", self.data, "--task", 9, "--out", out, "--overwrite")
        # A byte order mark, CRLF and CR change nothing.
        for ends in ("\r\n", "\r"):
            other = os.path.join(self.folder, f"marked{len(ends)}")
            os.mkdir(other)
            with open(os.path.join(other, "qa1_single_test.txt"), "w", encoding="utf-8-sig", newline=ends) as file:
                file.write(STORY * 12)
            self.assertEqual(json.loads(run("eval", "--model", model, "--data", other, "--json").out), measured)

    def test_it_answers_by_pointing_where_answers_stand_in_the_story(self):
        out = os.path.join(self.folder, "pointer")
        run("train", "--answer", "pointer", "--out", out, *SMALL)
        model = os.path.join(out, "model.safetensors")
        self.assertEqual(json.loads(run("eval", "--model", model, "--json").out)["questions"], 1000)
        self.assertIn("pass 3", run("explain", "--model", model).out)
        path = os.path.join(self.folder, "yes.txt")
        with open(path, "w") as file:
            file.write("1 Mary went to the office.\n2 Is Mary in the office?\tyes\t1\n" * 4)
        self.fails('"Is Mary in the office?", yes, is no word of its story', "train", "--answer", "pointer", "--data",
                   path, "--out", out, "--overwrite")

    def test_the_file_alone_gives_the_model_that_was_trained_to_the_bit(self):
        # Every story is the same one, so those held out are known: 2 of 20.
        paths = [os.path.join(self.folder, name) for name in ("twenty.txt", "two.txt")]
        for path, count in zip(paths, (20, 2)):
            with open(path, "w") as file:
                file.write(STORY * count)
        for answer, passes, dropout in itertools.product(("vocabulary", "pointer"), (1, 3, 16), (0, 0.3)):
            with self.subTest(answer=answer, passes=passes, dropout=dropout):
                out = os.path.join(self.folder, "rebuilt")
                run("train", "--data", paths[0], "--out", out, "--overwrite", "--answer", answer, "--passes", passes, "--dropout", dropout,
                    "--hidden", 7, "--epochs", 2, "--max-facts", 2, "--quiet")
                model = os.path.join(out, "model.safetensors")
                self.assertEqual(sorted(settings(model)), ["best", "most_facts", "ordered", "program", "task"])
                measured = json.loads(run("eval", "--model", model, "--data", paths[1], "--json").out)
                self.assertEqual(measured["loss"], settings(model)["best"]["valid_loss"])

    def test_layers_that_do_not_fit_are_refused(self):
        strings = header(self.model)["__metadata__"]
        path = os.path.join(self.folder, "unlike.safetensors")
        config = settings(self.model)
        for content, part in ((with_option(self.model, "fusion", bidirectional=0), "fit each other"),
                              (with_option(self.model, "fusion", hidden_dim=81), "fusion"),
                              (with_option(self.model, "decision", kind="gru"), "decision"),
                              (rewritten(self.model, layers=None), "no layer"),
                              (rewritten(self.model, vocab=strings["vocab"] + "more\t1\n"), "fit each other"),
                              (rewritten(self.model, config=json.dumps({**config, "task": 0})), "no task"),
                              (rewritten(self.model, config=json.dumps({**config, "program": "attn-glimpse"})), "not one that")):
            with open(path, "wb") as file:
                file.write(content)
            self.fails(part, "eval", "--model", path)

    def test_lists_of_answers_are_sets_unless_something_stands_in_one_twice(self):
        out, path = os.path.join(self.folder, "lists"), os.path.join(self.folder, "lists.txt")
        story = "1 Mary took the milk.\n2 Mary took the apple.\n3 What has Mary?\t%s\t1 2\n"
        for answers, expected in ((("milk,apple", "apple,milk"), "apple,milk"), (("s,e", "e,e"), "s,e")):
            with open(path, "w") as file:
                file.write("".join(story % answer for answer in answers) * 4)
            run("train", "--data", path, "--out", out, "--overwrite", *SMALL)
            shown = run("explain", "--model", os.path.join(out, "model.safetensors"), "--data", path, "--format", "json")
            self.assertEqual(json.loads(shown.out)["expected"], expected)

    def test_what_is_wrong_is_said_in_one_line(self):
        out = os.path.join(self.folder, "wrong")
        for text, part in (("Mary went home.\n", "line 1: no number"), ("2 Mary went home.\n", "the number 1"),
                           ("1 Where is Mary?\toffice\t1\n", "without a fact"), ("1 Mary went home.\n", "no question"),
                           ("1 A b.\n2 Where?\t\t1\n", "answer is empty"),
                           ("1 A b.\n2 Where?\t<UNK>\t1\n", "line 2: the answer is <pad> or <unk>"), ("", "no question"),
                           ("1 A b.\n2 Where?\ta\0b\t1\n", "line 2: it holds a NUL byte"),
                           ("1 A b.\n2 Where?\ta\udcff\t1\n", "line 2: it is not UTF-8"), ("1 A \udcff.\n", "line 1: it is not UTF-8"),
                           *((f"1 A b.\n2 C d.\n1 A b.\n2 Where?\tb\t1\n3 Where?\tb\t{rests}\n4 E f.\n", f'line 5: the answer rests on line "{word}", which')
                             for rests, word in (("0", "0"), ("2", "2"), ("1 3", "3"), ("4", "4"), ("-1", "-1"), ("1 x", "x"), ("1,2", "1,2")))):
            path = os.path.join(self.folder, "bad.txt")
            with open(path, "w", errors="surrogateescape") as file:
                file.write(text)
            self.fails(part, "train", "--data", path, "--out", out)
        self.fails("No such file", "train", "--data", "/nowhere", "--out", out)
        with open(path, "wb") as file:
            file.write("1 Mary went home.\n".encode("utf-16"))
        self.fails("UTF-16", "train", "--data", path, "--out", out)
        for arguments in (["train", "--out", out], ["eval", "--model", self.model], ["explain", "--model", self.model]):
            part = "train" if "train" in arguments else "test"
            self.fails(f"{self.folder}: no file qa1_{part}.txt in this folder; name the file itself", *arguments, "--data", self.folder)
            self.assertIn(f"qaN_{part}.txt", run(arguments[0], "--help").out)
            self.assertEqual("--task" in run(arguments[0], "--help").out, part == "train", "which the others have not")
        self.fails("--out RUN is missing", "train")
        self.fails("did you mean --passes", "train", "--out", out, "--pases", 2)
        self.fails("No such file", "eval", "--model", "/nowhere")
        self.fails("--question 99999", "explain", "--model", self.model, "--question", 99999)
        self.fails("did you mean explain", "explian")
        self.assertFalse(os.path.exists(out))

    def test_help_has_an_example(self):
        self.assertIn("Example:", run("--help").out)
        for command in ("train", "eval", "explain"):
            self.assertIn("Example:", run(command, "--help").out)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
