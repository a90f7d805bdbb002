#!/usr/bin/env python3
"""big_reviews.py FOLDER COUNT OUT.csv - so many reviews made of real ones, as CSV with the columns text and label.

FOLDER holds pos/ and neg/. A review is as many sentences as a real one of its label has, each drawn from all sentences of that
label, so that lengths, words and their counts are those of real reviews, and no two reviews are alike. The same arguments
give the same bytes."""
import pathlib
import random
import re
import sys

folder, count, out = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
sentences, lengths = {}, {}
for label in "neg", "pos":
    sentences[label], lengths[label] = [], []
    for path in sorted((folder / label).iterdir()):
        parts = re.split(r"(?<=[.!?]) +", path.read_text(encoding="utf-8").replace('"', '""').strip())
        sentences[label] += parts
        lengths[label].append(len(parts))

draw = random.Random(1)
with open(out, "w", encoding="utf-8", newline="") as file:
    file.write("text,label\n")
    for i in range(count):
        label = "pos" if draw.random() < 0.5 else "neg"
        some = draw.choices(sentences[label], k=draw.choice(lengths[label]))
        file.write(f'"{" ".join(some)}",{"positive" if label == "pos" else "negative"}\n')
