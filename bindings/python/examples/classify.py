"""Decide a line of standard input by a trained model, and show what that rested on: python3 classify.py [MODEL] <REVIEW"""

import sys

import attn

classifier = attn.Classifier.open(*sys.argv[1:])
text = sys.stdin.readline()
print(classifier.read(text))
for by in "attention", "integrated":
    print(f"{by}:", ", ".join(f"{word} {number:.3f}" for word, number in classifier.read(text, by).top(5)))
