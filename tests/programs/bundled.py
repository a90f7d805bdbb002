#!/usr/bin/env python3
"""The trained model that comes with attn-sentiment, which decides where no --model is given: bundled.py PROGRAM MODEL SAMPLE"""
import json
import os
import struct
import sys
import unittest

from program import run

MODEL, SAMPLE = sys.argv[2], sys.argv[3]

# What a person sees at once.
PLAIN = {
    "The plot is thin, but the acting is wonderful and I loved every minute of it.": "positive",
    "What a waste of a good cast: the story is dull, the jokes are stale, and I nearly fell asleep.": "negative",
    "One of the best films of the year; I was moved to tears.": "positive",
    "I fell asleep twice, and would ask for my money back.": "negative",
    "It could have been great, but it is a mess from beginning to end.": "negative",
    "A quiet, beautiful story with superb performances. Highly recommended.": "positive",
    "Save your money.": "negative",
}


class Bundled(unittest.TestCase):
    def test_it_decides_without_an_option(self):
        for text, label in PLAIN.items():
            with self.subTest(text):
                said = json.loads(run("predict", "--json", text).out)
                self.assertEqual(said["label"], label)
                self.assertEqual(said, json.loads(run("predict", "--json", "--model", MODEL, text).out))

    def test_what_decides_are_the_words_that_a_person_would_have_marked(self):
        for text, marked in (("The plot is thin, but the acting is wonderful and I loved every minute of it.", {"wonderful", "loved"}),
                             ("The story is dull, the jokes are stale, and I nearly fell asleep.", {"dull", "stale"})):
            for by in ("attention", "integrated", "ngrams"):
                with self.subTest(by=by, text=text):
                    line = json.loads(run("explain", "--by", by, "--format", "json", text).out)
                    words = sorted(line["tokens"], key=lambda token: -abs(token["weight"]))
                    self.assertTrue(marked & {word["token"] for word in words[:3]}, words)

    def test_reviews_of_the_sample_are_decided(self):
        said = json.loads(run("eval", "--data", SAMPLE, "--json").out)
        self.assertGreater(said["accuracy"], 0.9)  # they stand among those that trained it: a broken file, not a figure, is looked for

    def test_it_is_small_and_tells_how_it_was_made(self):
        self.assertLess(os.path.getsize(MODEL), 6e6)
        with open(MODEL, "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        config = json.loads(header["__metadata__"]["config"])
        self.assertRegex(config["command"], r"^attn-sentiment train --data \w+ .*--epochs \d+$")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
