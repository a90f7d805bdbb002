"""Batches for the models of peer_models.py, of the sizes with which the programs learn, or with --answering measure. What is in them
is random, which no time depends on; how long they are is as in the programs' bundled samples, or in data that is named.

The last of a batch has a row for each item. Where a model answers step by step it is the steps of each, ends included.
"""
import collections
import json
import os
import random
import re
import wave

import torch
from torch.nn import functional

from peer_models import (BANDS, BREADTH, BUCKETS, HEIGHT, LETTERS, MARKS, SAYINGS, Listener, Looker, Reader, Translator, mask_of)

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples")
NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

# ---- attn-read -----------------------------------------------------------------------------------------------

Side = collections.namedtuple("Side", "ids spellings marks mask")


def split(text):
    return re.findall(r"\w+|[^\w\s]", text)


def pieces_of(word):
    """Its 3 to 5 characters, hashed."""
    word = f"<{word}>"
    return [hash(word[i:i + size]) % BUCKETS for size in (3, 4, 5) for i in range(len(word) - size + 1)] or [0]


def side_of(texts, words, spellings):
    """Texts side by side, padded; a word that `spellings` does not have yet is added."""
    lengths = torch.tensor([len(text) for text in texts])
    ids, spelt = (torch.zeros(len(texts), int(lengths.max()), dtype=torch.long) for _ in range(2))
    for row, text in enumerate(texts):
        ids[row, :len(text)] = torch.tensor([words.setdefault(word.lower(), len(words)) for word in text])
        spelt[row, :len(text)] = torch.tensor([spellings.setdefault(word, len(spellings)) for word in text])
    return Side(ids, spelt, torch.rand(*ids.shape, MARKS), mask_of(lengths))


def read_questions(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    whole = text.lstrip().startswith('{"version"') or text.lstrip().startswith('{"data"')
    articles = json.loads(text)["data"] if whole else map(json.loads, text.splitlines())
    for article in articles:
        for paragraph in article["paragraphs"]:
            passage = split(paragraph["context"])
            for asked in paragraph["qas"]:
                yield passage, split(asked["question"]) or ["?"]


def make_reading(options):
    """Batches of 32 questions, of passages about as long as each other."""
    questions = list(read_questions(options.data or os.path.join(EXAMPLES, "read/sample.jsonl")))
    questions = [random.choice(questions) for _ in range(options.items + 64)]
    questions.sort(key=lambda question: len(question[0]))
    words, batches = {}, []
    for at in range(0, len(questions), 32):
        spellings, part = {}, questions[at:at + 32]
        passage, question = (side_of([pair[i] for pair in part], words, spellings) for i in range(2))
        bags = [pieces_of(word) for word in spellings]
        offsets = torch.tensor([0] + [len(bag) for bag in bags[:-1]]).cumsum(0)
        answers = torch.tensor([random.randrange(len(pair[0])) for pair in part])
        batches.append((passage, question, torch.tensor(sum(bags, [])), offsets, answers))
    random.shuffle(batches)
    return Reader(len(words), options.frozen), batches


# ---- attn-listen ---------------------------------------------------------------------------------------------

def counts_of(draw, rows, options):
    """How many digits the rows of a batch have: each its own, but in training all as many."""
    return [draw() for _ in range(rows)] if options.answering else [draw()] * rows


def seconds_of_digits(folder):
    """How long each recording of each digit lasts."""
    found = [[] for _ in NAMES]
    if folder is None:
        with open(os.path.join(EXAMPLES, "listen/sample.tsv"), encoding="ascii") as file:
            for line in file:
                digit, _, _, samples = line.split("\t")
                found[int(digit)].append(int(samples) / 8000)
        return found
    for name in os.listdir(folder):
        with wave.open(os.path.join(folder, name)) as file:
            found[int(name[0])].append(file.getnframes() / file.getframerate())
    return found


def make_listening(options):
    """Batches of strings of 1 to 7 digits; in training 8, of as many digits."""
    seconds, batches, rows = seconds_of_digits(options.data), [], 32 if options.answering else 8
    for _ in range(options.items // rows + 2):
        strings = [[random.randrange(10) for _ in range(count)] for count in counts_of(lambda: random.randint(1, 7), rows, options)]
        frames = torch.tensor([round(100 * (sum(random.choice(seconds[digit]) for digit in string) + random.uniform(0.1, 0.8) +
                                            sum(random.uniform(0.02, 0.5) for _ in string[1:]))) for string in strings])
        steps = torch.tensor([len(" ".join(NAMES[digit] for digit in string)) + 1 for string in strings])
        labels = torch.randint(0, LETTERS, (rows, int(steps.max()))).masked_fill(~mask_of(steps), -1)
        batches.append((torch.randn(rows, int(frames.max()), BANDS), frames, labels.clamp(min=0), labels, steps))
    return Listener(), batches


# ---- attn-glimpse --task digits ------------------------------------------------------------------------------

def make_canvases(options):
    """Batches of canvases of 1 to 5 digits, the larger of two numbers; in training 16, of as many digits."""
    batches, rows = [], 64 if options.answering else 16
    for _ in range(options.items // rows + 2):
        steps = 1 + torch.tensor(counts_of(lambda: max(random.randint(1, 5), random.randint(1, 5)), rows, options))
        said = torch.randint(0, SAYINGS, (2, rows, int(steps.max())))
        batches.append((torch.rand(rows, 1, HEIGHT, BREADTH), said[0], said[1], steps))
    return Looker(), batches


# ---- attn-translate ------------------------------------------------------------------------------------------

def vocabulary(texts):
    """Ids of what stands there twice; 0 is padding, 1 the others."""
    counts = collections.Counter(word for text in texts for word in text)
    return {word: number for number, word in enumerate((word for word in counts if counts[word] > 1), 2)}


def padded(texts, words):
    ids = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.long)
    for row, text in enumerate(texts):
        ids[row, :len(text)] = torch.tensor([words.get(word, 1) for word in text])
    return ids


def make_translating(options):
    """Batches of sentences about as long as each other; in training 16, as of the bundled sample."""
    with open(options.data or os.path.join(EXAMPLES, "translate/sample.tsv"), encoding="utf-8") as file:
        pairs = [tuple(split(text.lower()) for text in line.rstrip("\n").split("\t")[:2]) for line in file]
    words = [vocabulary([pair[side] for pair in pairs]) for side in range(2)]
    batches, rows = [], 64 if options.answering else 16
    drawn = sorted((random.choice(pairs) for _ in range(options.items + 2 * rows)), key=lambda pair: len(pair[0]))
    for at in range(0, len(drawn), rows):
        sources, targets = zip(*drawn[at:at + rows])
        lengths, steps = (torch.tensor([len(text) + more for text in texts]) for texts, more in ((sources, 0), (targets, 1)))
        target = padded(targets, words[1])
        before, labels = functional.pad(target, (1, 0)), functional.pad(target, (0, 1))
        batches.append((padded(sources, words[0]), lengths, before, labels, steps))
    random.shuffle(batches)
    return Translator(*(len(known) + 2 for known in words)), batches
