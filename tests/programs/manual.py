#!/usr/bin/env python3
"""A program's manual page and its completion in bash say what its --help says: manual.py PROGRAM MANUAL"""
import functools
import os
import re
import shutil
import subprocess
import sys
import unittest

from program import PROGRAM, run

NAME = os.path.basename(PROGRAM)
MANUAL = sys.argv[2]


@functools.cache
def written(what):
    return subprocess.run([sys.executable, MANUAL, what, PROGRAM], check=True, capture_output=True, encoding="utf-8").stdout


def listed(text, head):
    return text.split(f"\n{head}:\n")[1].split("\n\n")[0].rstrip("\n")


def commands():
    return re.findall(r"^  (\S+)", listed(run("--help").out, "Commands"), re.MULTILINE)


def words(text):
    """The words of a text, wherever its lines are broken."""
    return " ".join(text.split())


class Manual(unittest.TestCase):
    @unittest.skipUnless(shutil.which("groff"), "there is no groff")
    def test_the_page_has_every_word_of_the_help(self):
        done = subprocess.run(["groff", "-man", "-ww", "-K", "utf-8", "-T", "utf8", "-P", "-cbou", "-r", "LL=400n", "-r", "HY=0"],
                              input=written("man"), capture_output=True, encoding="utf-8", check=True)
        self.assertEqual(done.stderr, "")
        page = words(done.stdout)
        self.assertIn(f"{NAME} - ", page)
        for name in commands():
            text = run(name, "--help").out
            with self.subTest(name):
                for line in (*text.split("\nOptions:\n")[0].removeprefix("usage: ").splitlines(), *listed(text, "Example").splitlines()):
                    self.assertIn(words(line), page)
                for option in re.split(r"^  (?=--)", listed(text, "Options"), flags=re.MULTILINE):
                    self.assertIn(words(option), page)

    def test_the_page_is_the_same_each_time(self):
        page = written("man")
        self.assertEqual(page, written("man"))
        self.assertNotIn(os.path.dirname(PROGRAM), page)


@unittest.skipUnless(shutil.which("bash"), "there is no bash")
class Completion(unittest.TestCase):
    def complete(self, *lines):
        """What bash would offer for each line's last word; "files" where it would offer those."""
        script = written("bash") + f"""
compopt() {{ printf 'files '; }}
function=$(complete -p {NAME} | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
while read -r line; do
    eval "COMP_WORDS=({NAME} $line)"
    COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
    $function
    echo "${{COMPREPLY[*]}}"
done
"""
        asked = "".join(" ".join(f"'{word}'" for word in line) + "\n" for line in lines)
        done = subprocess.run(["bash", "-c", script], input=asked, check=True, capture_output=True, encoding="utf-8")
        self.assertEqual(done.stderr, "")
        offered = [line.split() for line in done.stdout.splitlines()]
        self.assertEqual(len(offered), len(lines))
        return offered

    def test_commands_options_and_values_are_offered(self):
        expected = [([""], [*commands(), "--help", "--version"]), (["ev"], ["eval"]), (["train", "--thr"], ["--threads"]), (["train", ""], ["files"])]
        for name in commands():
            options = re.findall(r"^  --(\S+) ?(\S*)", listed(run(name, "--help").out, "Options"), re.MULTILINE)
            for option, argument in options:
                expected.append(([name, f"--{option}"], [f"--{other}" for other, _ in options if other.startswith(option)]))
                offers = argument.split("|") if "|" in argument else ["files"] * (argument in ("PATH", "FILE", "FOLDER", "RUN"))
                expected += [([name, f"--{option}", *value], offers) for value in ([""], ["=", ""], ["="]) if argument]
        for (line, offers), offered in zip(expected, self.complete(*(line for line, _ in expected)), strict=True):
            with self.subTest(line):
                if line[-1].startswith("--"):  # of another task there may be more
                    self.assertLessEqual(set(offers), set(offered))
                else:
                    self.assertEqual(offered, offers)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
