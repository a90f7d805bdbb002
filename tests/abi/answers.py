"""Whether a program says what it once said: answers.py EXPECTED BOUND PROGRAM ARGUMENT...

Its words must be the same, but not how they are spaced and coloured, and its numbers within BOUND. It is given REVIEW as its standard input.
With EXPECTED "-" what it says is printed."""

import re
import subprocess
import sys
from pathlib import Path

REVIEW = "I loved this wonderful film, but the plot was awful and boring."


def parts(text):
    """Its numbers, and the words between them. A point alone stands for less than is shown."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"(?<!\S)\.(?!\S)", "0", text)
    pieces = re.split(r"(?<![\w.])(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.]\w)", text)
    return [float(number) for number in pieces[1::2]], [" ".join(words.split()) for words in pieces[::2]]


def differs(said, expected, bound):
    """Where, or None."""
    (numbers, words), (their_numbers, their_words) = parts(said), parts(expected)
    if len(words) != len(their_words):
        return f"{len(words)} words; expected {len(their_words)}"
    found = (f'"{ours}"; expected "{theirs}"' for ours, theirs in zip(words, their_words) if ours != theirs)
    far = (f"{ours}; expected {theirs}" for ours, theirs in zip(numbers, their_numbers) if not abs(ours - theirs) <= bound)
    return next(found, None) or next(far, None)


if __name__ == "__main__":
    expected, bound, *command = sys.argv[1:]
    done = subprocess.run(command, input=REVIEW + "\n", capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
    if expected == "-":
        print(done.stdout, end="")
    elif found := differs(done.stdout, Path(expected).read_text(), float(bound)):
        sys.exit(f"{' '.join(command)} says {found}, by {expected}")
