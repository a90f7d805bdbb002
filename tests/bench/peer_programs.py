"""PyTorch peer of the programs attn-read, attn-listen and attn-glimpse --task digits: their models at their default widths.

    /usr/bin/python3 peer_programs.py read|listen|digits [--data PATH] [--items N] [--threads 1] [--frozen]

trains on so many questions, strings or canvases, after two steps that are not timed, and prints a line of JSON, whose
"items_per_s" counts seconds of the processor. Batches have the
sizes of the programs', made beforehand; what is in them is random, which no time depends on. What is cheaper in PyTorch is done
its way: rows are padded and not packed, the memory's part of an additive score is projected once for all steps, windows are
convolutions, weights are softmax where the digits' reader has 1.5-entmax, and the costs on attention are left out.

    read     --data   articles as the program reads them, for the lengths of passages and questions (the bundled sample)
             --frozen   words' vectors are given, as by attn-read --vectors
    listen   --data   a folder of DIGIT_SPEAKER_NUMBER.wav, for the lengths of digits (the bundled sample)
"""
import argparse
import collections
import json
import os
import random
import re
import time
import wave

import torch
from torch import nn
from torch.nn import functional

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples")


def gru(width, hidden, both=True):
    return nn.GRU(width, hidden, batch_first=True, bidirectional=both)


def attend(scores, mask):
    """Softmax over the last axis, of what the mask has."""
    return torch.softmax(scores.masked_fill(~mask, -1e9), -1)


def mask_of(lengths):
    return torch.arange(int(lengths.max()))[None, :] < lengths[:, None]


# ---- attn-read: examples/read/network.h ----------------------------------------------------------------------

EMB, SPELT, MARKS, WIDTH, BUCKETS = 100, 32, 4, 160, 20000


class Reader(nn.Module):
    def __init__(self, words, frozen):
        super().__init__()
        self.vectors = nn.Embedding(words, EMB)
        self.vectors.weight.requires_grad_(not frozen)
        self.pieces = nn.EmbeddingBag(BUCKETS, SPELT, mode="mean")
        self.encoder = gru(EMB + SPELT + MARKS, WIDTH // 2)
        self.modeller = gru(WIDTH, WIDTH // 2)
        self.summary, self.score = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)
        self.back = nn.Linear(WIDTH, WIDTH, bias=False)
        self.flow = nn.Linear(WIDTH, 2 * WIDTH, bias=False)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH)
        self.begin = nn.Linear(WIDTH, WIDTH, bias=False)
        self.end = nn.Linear(2 * WIDTH, WIDTH, bias=False)
        self.dropout = nn.Dropout(0.2)

    def encode(self, ids, spelt, marks):
        return self.encoder(self.dropout(torch.cat([self.vectors(ids), spelt, marks], 2)))[0]

    def forward(self, passage, question, pieces, offsets):
        spelt = self.pieces(pieces, offsets)
        h = self.encode(passage.ids, spelt[passage.spellings], passage.marks)
        u = self.encode(question.ids, spelt[question.spellings], question.marks)
        q = attend(torch.tanh(self.score(torch.tanh(self.summary(u)))).squeeze(2), question.mask)
        q = torch.bmm(q.unsqueeze(1), u)
        v = torch.bmm(attend(torch.bmm(self.back(u), h.transpose(1, 2)), passage.mask.unsqueeze(1)), h)
        both = torch.cat([u, v], 2)
        met = torch.bmm(attend(torch.bmm(self.flow(h), both.transpose(1, 2)), question.mask.unsqueeze(1)), both)
        asked, seen = met.split(WIDTH, 2)
        joined = torch.relu(self.narrow(torch.cat([h, asked, h * asked, h * seen], 2)))
        m = self.modeller(self.dropout(joined))[0]
        begin = torch.bmm(self.begin(q), m.transpose(1, 2)).squeeze(1)
        where = torch.bmm(attend(begin, passage.mask).unsqueeze(1), m)
        end = torch.bmm(self.end(torch.cat([q, where], 2)), m.transpose(1, 2)).squeeze(1)
        return [scores.masked_fill(~passage.mask, -1e9) for scores in (begin, end)]

    def loss(self, passage, question, pieces, offsets, answers):
        return sum(functional.cross_entropy(scores, answers) for scores in self(passage, question, pieces, offsets))


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


# ---- attn-listen: examples/listen/network.h ------------------------------------------------------------------

BANDS, HEARD, STATE, LETTERS = 40, 64, 96, 18
NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
RATES = [0.0, 0.5, 0.8, 0.93, 1.0]


class Listener(nn.Module):
    def __init__(self):
        super().__init__()
        self.lower, self.upper = gru(2 * BANDS, HEARD), gru(4 * HEARD, HEARD)
        self.narrow = nn.Linear(2 * HEARD, HEARD)
        self.letters = nn.Embedding(LETTERS, 16)
        self.speller = gru(16, STATE, both=False)
        self.weight, self.place = nn.Linear(HEARD, HEARD), nn.Linear(len(RATES) + 1, HEARD, bias=False)
        self.ask, self.score = nn.Linear(STATE, HEARD, bias=False), nn.Linear(HEARD, 1, bias=False)
        self.combine = nn.Linear(STATE + HEARD + len(RATES) + 1, STATE)
        self.decision = nn.Linear(STATE, LETTERS)
        self.dropout = nn.Dropout(0.15)

    def hear(self, features):
        """Time is halved before each GRU."""
        x = features
        for layer in (self.lower, self.upper):
            x = functional.pad(x, (0, 0, 0, x.shape[1] % 2)).reshape(x.shape[0], -1, 2 * x.shape[2])
            x = self.dropout(layer(x)[0])
        return torch.tanh(self.narrow(x))

    def loss(self, features, lengths, before, labels):
        memory = self.hear(features)
        items = memory.shape[1]
        mask = mask_of((lengths + 3) // 4)[:, :items]
        queries, _ = self.speller(self.letters(before))
        asked, keys = self.ask(queries), self.weight(memory)
        apart = torch.arange(items)[None, :] - torch.arange(items)[:, None]
        decay = torch.stack([torch.where(apart < 0, 0.0, rate ** apart.clamp(min=0).float()) for rate in RATES], 2)
        covered, place, contexts = torch.zeros(memory.shape[:2]), torch.ones(*memory.shape[:2], len(RATES) + 1), []
        for step in range(before.shape[1]):
            together = torch.tanh(keys + self.place(place) + asked[:, step:step + 1])
            weights = attend(self.score(together).squeeze(2), mask)
            contexts.append(torch.bmm(weights.unsqueeze(1), torch.cat([memory, place], 2)))
            own = weights.detach()
            covered = covered + own
            place = torch.cat([torch.einsum("bi,ijk->bjk", own, decay), covered.unsqueeze(2)], 2)
        joined = torch.tanh(self.combine(torch.cat([queries, torch.cat(contexts, 1)], 2)))
        logits = self.decision(self.dropout(joined))
        return functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-1, label_smoothing=0.05)


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
    """Batches of 8 strings, all of a batch of as many digits, 1 to 7."""
    seconds, batches = seconds_of_digits(options.data), []
    for _ in range(options.items // 8 + 2):
        count = random.randint(1, 7)
        strings = [[random.randrange(10) for _ in range(count)] for _ in range(8)]
        frames = torch.tensor([round(100 * (sum(random.choice(seconds[digit]) for digit in string) + random.uniform(0.1, 0.8) +
                                            sum(random.uniform(0.02, 0.5) for _ in string[1:]))) for string in strings])
        steps = [len(" ".join(NAMES[digit] for digit in string)) + 1 for string in strings]
        labels = torch.randint(0, LETTERS, (8, max(steps))).masked_fill(~mask_of(torch.tensor(steps)), -1)
        batches.append((torch.randn(8, int(frames.max()), BANDS), frames, labels.clamp(min=0), labels))
    return Listener(), batches


# ---- attn-glimpse --task digits: examples/glimpse/digits/reader.h --------------------------------------------

HEIGHT, BREADTH, SIGHT, SAYINGS = 36, 112, 96, 11
DOWN, ACROSS = HEIGHT // 4, BREADTH // 4


class Looker(nn.Module):
    def __init__(self):
        super().__init__()
        self.strokes, self.parts = nn.Conv2d(1, 16, 6, 2, 2), nn.Conv2d(16, 48, 6, 2, 2)
        self.shapes = nn.Conv2d(48, SIGHT, 3, 1, 1)
        self.said, self.asker = nn.Embedding(SAYINGS, SAYINGS), gru(SAYINGS, SIGHT, both=False)
        self.weight, self.place = nn.Linear(SIGHT, 48), nn.Linear(6, 48, bias=False)
        self.ask, self.score = nn.Linear(SIGHT, 48, bias=False), nn.Linear(48, 1, bias=False)
        self.chooser, self.decision = nn.Linear(SIGHT, SIGHT), nn.Linear(SIGHT, SAYINGS)
        self.dropout = nn.Dropout(0.1)

    def place_of(self, mean, covered):
        """The numbers beside each region: trace.h."""
        d = (torch.arange(ACROSS).float()[None, :] - mean[:, None]).repeat(1, DOWN)
        return torch.stack([d.clamp(min=0) / 4, (-d).clamp(min=0) / 4, 2 * torch.exp(-d * d / 4.5),
                            2 * torch.exp(-(d - 4)**2 / 8), torch.where(d < 0, 0.0, 4 * 0.8**d), 2 * covered], 2)

    def loss(self, canvases, before, labels):
        seen = torch.relu(self.parts(torch.relu(self.strokes(canvases))))
        memory = torch.tanh(self.shapes(seen)).flatten(2).transpose(1, 2)
        queries, _ = self.asker(self.said(before))
        asked, keys, sights = self.ask(queries), self.weight(memory), []
        covered, mean = torch.zeros(memory.shape[:2]), torch.full((len(memory),), -1.0)
        columns = torch.arange(ACROSS).float().repeat(DOWN)
        for step in range(before.shape[1]):
            together = torch.tanh(keys + self.place(self.place_of(mean, covered)) + asked[:, step:step + 1])
            weights = torch.softmax(self.score(together).squeeze(2), 1)
            sights.append(torch.bmm(weights.unsqueeze(1), memory))
            own = weights.detach()
            covered, mean = covered + own, own @ columns
        logits = self.decision(self.dropout(torch.relu(self.chooser(torch.cat(sights, 1)))))
        return functional.cross_entropy(logits.flatten(0, 1), labels.flatten())


def make_canvases(options):
    """Batches of 16 canvases, all of a batch of as many digits, the larger of two numbers from 1 to 5."""
    batches = []
    for _ in range(options.items // 16 + 2):
        steps = 1 + max(random.randint(1, 5), random.randint(1, 5))
        said = torch.randint(0, SAYINGS, (2, 16, steps))
        batches.append((torch.rand(16, 1, HEIGHT, BREADTH), said[0], said[1]))
    return Looker(), batches


# ---- training ------------------------------------------------------------------------------------------------

PEERS = {"read": make_reading, "listen": make_listening, "digits": make_canvases}


def train(model, batches):
    """Seconds of processor time of all but the first two batches."""
    learned = [tensor for tensor in model.parameters() if tensor.requires_grad]
    optimiser = torch.optim.Adam(learned, 2e-3)
    for number, batch in enumerate(batches):
        if number == 2:
            began = time.process_time()
        optimiser.zero_grad()
        model.loss(*batch).backward()
        nn.utils.clip_grad_norm_(learned, 5)
        optimiser.step()
    return time.process_time() - began


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=PEERS)
    parser.add_argument("--data")
    parser.add_argument("--items", type=int, default=640)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--frozen", action="store_true")
    options = parser.parse_args()
    torch.manual_seed(1)
    random.seed(1)
    torch.set_num_threads(options.threads)
    model, batches = PEERS[options.what](options)
    items = sum(len(batch[-1]) for batch in batches[2:])
    seconds = train(model, batches)
    print(json.dumps({"what": options.what, "peer": "PyTorch " + torch.__version__, "threads": torch.get_num_threads(),
                      "items": items, "items_per_s": items / seconds}))


main()
