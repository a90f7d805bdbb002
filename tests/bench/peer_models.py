"""The models of attn-read, attn-listen, attn-glimpse --task digits and attn-translate in PyTorch, at their default widths.

Each has `loss`, of a batch in training, and `answer`, in inference, which peer_programs.py times. Who answers step by step keeps the
state from one step to the next and takes the likeliest at each. When a row ends `steps` [rows] says, and not what is said, which
of random weights means nothing; rows that have ended leave once they are half of what is left.
What is cheaper in PyTorch is done its way: rows are padded and not packed, the memory's part of an additive score is projected once
for all steps, windows are convolutions, weights are softmax where the digits' reader has 1.5-entmax, and the costs on attention are
left out.
"""
import torch
from torch import nn
from torch.nn import functional


def gru(width, hidden, both=True):
    return nn.GRU(width, hidden, batch_first=True, bidirectional=both)


def attend(scores, mask):
    """Softmax over the last axis, of what the mask has."""
    return torch.softmax(scores.masked_fill(~mask, -1e9), -1)


def mask_of(lengths):
    return torch.arange(int(lengths.max()))[None, :] < lengths[:, None]


def say(steps, step, *rows):
    """What is said, [rows] a step, greedily: step(last, *rows) gives logits and the rows' numbers as they are now; 0 is said before."""
    said, last = [], torch.zeros(len(steps), dtype=torch.long)
    for number in range(int(steps.max())):
        live = steps > number
        if 2 * int(live.sum()) <= len(steps):
            steps, last, *rows = (each[live] for each in (steps, last, *rows))
        logits, *rows = step(last, *rows)
        last = logits.argmax(1)
        said.append(last)
    return said


# ---- attn-read: examples/read/network.h ----------------------------------------------------------------------

EMB, SPELT, MARKS, WIDTH, BUCKETS, LONGEST = 100, 32, 4, 160, 20000, 15


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

    def answer(self, passage, question, pieces, offsets, _):
        """The likeliest span of each passage, of at most LONGEST words: begin * time + end."""
        begin, end = (torch.softmax(scores, 1) for scores in self(passage, question, pieces, offsets))
        spans = torch.bmm(begin.unsqueeze(2), end.unsqueeze(1)).triu().tril(LONGEST - 1)
        return spans.flatten(1).argmax(1)


# ---- attn-listen: examples/listen/network.h ------------------------------------------------------------------

BANDS, HEARD, STATE, LETTERS = 40, 64, 96, 18
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

    def hear(self, features, lengths):
        """The memory, its part of the scores, and its mask. Time is halved before each GRU."""
        x = features
        for layer in (self.lower, self.upper):
            x = functional.pad(x, (0, 0, 0, x.shape[1] % 2)).reshape(x.shape[0], -1, 2 * x.shape[2])
            x = self.dropout(layer(x)[0])
        memory = torch.tanh(self.narrow(x))
        return memory, self.weight(memory), mask_of((lengths + 3) // 4)[:, :memory.shape[1]]

    def attend(self, asked, memory, keys, mask, place, covered, decay):
        """The context [rows, 1], and where was listened to by now."""
        weights = attend(self.score(torch.tanh(keys + self.place(place) + asked)).squeeze(2), mask)
        context = torch.bmm(weights.unsqueeze(1), torch.cat([memory, place], 2))
        own = weights.detach()
        covered = covered + own
        return context, torch.cat([torch.einsum("bi,ijk->bjk", own, decay), covered.unsqueeze(2)], 2), covered

    @staticmethod
    def nowhere(memory):
        """What attend wants at first: place, covered; and how weights become a place."""
        items = memory.shape[1]
        apart = torch.arange(items)[None, :] - torch.arange(items)[:, None]
        decay = torch.stack([torch.where(apart < 0, 0.0, rate ** apart.clamp(min=0).float()) for rate in RATES], 2)
        return torch.ones(*memory.shape[:2], len(RATES) + 1), torch.zeros(memory.shape[:2]), decay

    def loss(self, features, lengths, before, labels, _):
        memory, keys, mask = self.hear(features, lengths)
        queries, _ = self.speller(self.letters(before))
        asked, contexts = self.ask(queries), []
        place, covered, decay = self.nowhere(memory)
        for step in range(before.shape[1]):
            context, place, covered = self.attend(asked[:, step:step + 1], memory, keys, mask, place, covered, decay)
            contexts.append(context)
        joined = torch.tanh(self.combine(torch.cat([queries, torch.cat(contexts, 1)], 2)))
        logits = self.decision(self.dropout(joined))
        return functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-1, label_smoothing=0.05)

    def answer(self, features, lengths, _, __, steps):
        memory, keys, mask = self.hear(features, lengths)
        place, covered, decay = self.nowhere(memory)

        def step(last, state, memory, keys, mask, place, covered):
            query, state = self.speller(self.letters(last).unsqueeze(1), state.unsqueeze(0))
            context, place, covered = self.attend(self.ask(query), memory, keys, mask, place, covered, decay)
            joined = torch.tanh(self.combine(torch.cat([query, context], 2).squeeze(1)))
            return self.decision(joined), state.squeeze(0), memory, keys, mask, place, covered
        return say(steps, step, torch.zeros(len(memory), STATE), memory, keys, mask, place, covered)


# ---- attn-glimpse --task digits: examples/glimpse/digits/reader.h --------------------------------------------

HEIGHT, BREADTH, SIGHT, SAYINGS = 36, 112, 96, 11
DOWN, ACROSS = HEIGHT // 4, BREADTH // 4
COLUMNS = torch.arange(ACROSS).float().repeat(DOWN)


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

    def see(self, canvases):
        """The memory and its part of the scores."""
        seen = torch.relu(self.parts(torch.relu(self.strokes(canvases))))
        memory = torch.tanh(self.shapes(seen)).flatten(2).transpose(1, 2)
        return memory, self.weight(memory)

    def place_of(self, mean, covered):
        """The numbers beside each region: trace.h."""
        d = (torch.arange(ACROSS).float()[None, :] - mean[:, None]).repeat(1, DOWN)
        return torch.stack([d.clamp(min=0) / 4, (-d).clamp(min=0) / 4, 2 * torch.exp(-d * d / 4.5),
                            2 * torch.exp(-(d - 4)**2 / 8), torch.where(d < 0, 0.0, 4 * 0.8**d), 2 * covered], 2)

    def attend(self, asked, memory, keys, mean, covered):
        """The context [rows, 1], and where was looked by now."""
        together = torch.tanh(keys + self.place(self.place_of(mean, covered)) + asked)
        weights = torch.softmax(self.score(together).squeeze(2), 1)
        own = weights.detach()
        return torch.bmm(weights.unsqueeze(1), memory), own @ COLUMNS, covered + own

    def decide(self, sights):
        return self.decision(self.dropout(torch.relu(self.chooser(sights))))

    @staticmethod
    def nowhere(memory):
        """What attend wants at first: the mean column and what was covered."""
        return torch.full((len(memory),), -1.0), torch.zeros(memory.shape[:2])

    def loss(self, canvases, before, labels, _):
        memory, keys = self.see(canvases)
        queries, _ = self.asker(self.said(before))
        asked, sights = self.ask(queries), []
        mean, covered = self.nowhere(memory)
        for step in range(before.shape[1]):
            sight, mean, covered = self.attend(asked[:, step:step + 1], memory, keys, mean, covered)
            sights.append(sight)
        logits = self.decide(torch.cat(sights, 1))
        return functional.cross_entropy(logits.flatten(0, 1), labels.flatten())

    def answer(self, canvases, _, __, steps):
        memory, keys = self.see(canvases)

        def step(last, state, memory, keys, mean, covered):
            query, state = self.asker(self.said(last).unsqueeze(1), state.unsqueeze(0))
            sight, mean, covered = self.attend(self.ask(query), memory, keys, mean, covered)
            return self.decide(sight.squeeze(1)), state.squeeze(0), memory, keys, mean, covered
        return say(steps, step, torch.zeros(len(memory), SIGHT), memory, keys, *self.nowhere(memory))


# ---- attn-translate: examples/translate/network.h ------------------------------------------------------------

TOKEN, SOURCE, TARGET = 128, 192, 320


class Translator(nn.Module):
    def __init__(self, sources, targets):
        super().__init__()
        self.sources, self.targets = nn.Embedding(sources, TOKEN), nn.Embedding(targets, TOKEN)
        self.encoder, self.decoder = gru(TOKEN, SOURCE), gru(TOKEN, TARGET, both=False)
        self.bridge = nn.Linear(2 * SOURCE, TARGET)
        self.weight, self.ask = nn.Linear(2 * SOURCE, TARGET), nn.Linear(TARGET, TARGET, bias=False)
        self.score = nn.Linear(TARGET, 1, bias=False)
        self.combine, self.decision = nn.Linear(TARGET + 2 * SOURCE, TARGET), nn.Linear(TARGET, targets)
        self.of_tokens, self.of_states, self.of_output = nn.Dropout(0.4), nn.Dropout(0.3), nn.Dropout(0.5)

    def encode(self, source):
        """The memory, its part of the scores, and the decoder's first state."""
        states, last = self.encoder(self.of_tokens(self.sources(source)))
        memory = self.of_states(states)
        return memory, self.weight(memory), torch.tanh(self.bridge(last.transpose(0, 1).flatten(1)))

    def attend(self, queries, memory, keys, mask):
        """Contexts [rows, queries]."""
        together = torch.tanh(keys.unsqueeze(1) + self.ask(queries).unsqueeze(2))
        return torch.bmm(attend(self.score(together).squeeze(3), mask.unsqueeze(1)), memory)

    def loss(self, source, lengths, before, labels, steps):
        """Padding is left out before the last layers, which are the widest."""
        memory, keys, first = self.encode(source)
        queries, _ = self.decoder(self.of_tokens(self.targets(before)), first.unsqueeze(0))
        joined = torch.cat([queries, self.attend(queries, memory, keys, mask_of(lengths))], 2)
        said = mask_of(steps)
        logits = self.decision(self.of_output(torch.tanh(self.combine(joined[said]))))
        return functional.cross_entropy(logits, labels[said])

    def answer(self, source, lengths, _, __, steps):
        memory, keys, first = self.encode(source)

        def step(last, state, memory, keys, mask):
            query, state = self.decoder(self.targets(last).unsqueeze(1), state.unsqueeze(0))
            joined = torch.cat([query, self.attend(query, memory, keys, mask)], 2).squeeze(1)
            return self.decision(torch.tanh(self.combine(joined))), state.squeeze(0), memory, keys, mask
        return say(steps, step, first, memory, keys, mask_of(lengths))
