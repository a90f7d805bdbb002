#!/usr/bin/env python3
"""The lessons of examples/, as a reader runs them: lessons.py SENTIMENT LESSON..."""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from program import run

LESSONS = {os.path.basename(path): path for path in sys.argv[2:]}
WORDS = {1: "great wonderful loved superb".split(), 0: "awful boring hated dull".split()}
PLAIN = "the a film story of and it was in this with actor scene music plot we saw".split()


def lesson(name, *arguments, line="", status=0):
    done = subprocess.run([LESSONS[name], *arguments], input=line, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, f"{name}: exit {done.returncode}: {done.stderr}"
    return done


def make_reviews(count):
    rng = random.Random(5)
    for i in range(count):
        text = [rng.choice(PLAIN) for _ in range(12)]
        for place in rng.sample(range(12), 3):
            text[place] = rng.choice(WORDS[i % 2])
        yield f"{i % 2}\t{' '.join(text)}\n"


class Lessons(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="attn-lessons-")
        data = os.path.join(cls.folder, "data.tsv")
        with open(data, "w") as file:
            file.writelines(make_reviews(200))
        run("train", "--data", data, "--out", cls.folder, "--epochs", 10, "--lr", 0.03, "--hidden", 8, "--emb", 8, "--batch", 16)
        cls.model = os.path.join(cls.folder, "model.safetensors")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_those_that_need_nothing_run(self):
        for name in sorted(LESSONS)[:5]:
            self.assertTrue(lesson(name).stdout, name)
        self.assertIn("step 200: loss 0.", lesson("04_train").stdout)

    def test_classify_decides_a_line_and_names_its_five_words_both_ways(self):
        for word, label in (("wonderful", "positive"), ("dull", "negative")):
            out = lesson("06_classify", self.model, line=f"we saw the film, it was {word} ...\nand nothing else\n").stdout
            self.assertEqual(len(re.findall(rf"^.*{label} [01]\.\d\d", out, flags=re.M)), 2, out)  # one picture for each way
            self.assertEqual(len(re.findall(r"\x1b\[[0-9;]+m", out)) > 0, True, out)
            numbers = re.findall(r"^ *(-?\d+\.\d{3})  (\S+)$", out, flags=re.M)
            self.assertEqual(len(numbers), 10, out)
            for way in (numbers[:5], numbers[5:]):
                sizes = [abs(float(number)) for number, _ in way]
                self.assertEqual(sizes, sorted(sizes, reverse=True))
                self.assertIn(word, [token for _, token in way])
            self.assertEqual(numbers[5][1], word)  # it decides, so integrated gradients have it first
            self.assertNotIn("nothing", out)

    def test_classify_of_an_empty_line_or_without_a_model_says_what_is_the_matter(self):
        self.assertEqual(lesson("06_classify", self.model, line="\n").stdout.count("tive "), 2)
        self.assertRegex(lesson("06_classify", "nowhere", status=1).stderr, r"^attn_\w+: .*nowhere.*\n$")

    def test_the_readme_quotes_the_lessons_as_they_are(self):
        root = Path(__file__).resolve().parents[2]
        readme = (root / "README.md").read_text()
        for path, begin in (("examples/06_classify.c", "#include"), ("bindings/python/examples/classify.py", "import sys")):
            code = (root / path).read_text()
            self.assertIn("\n" + code[code.index(begin):] + "```\n", readme, path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
