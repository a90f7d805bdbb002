"""PyTorch peer of the programs attn-read, attn-listen, attn-glimpse --task digits and attn-translate: how fast it trains their models,
and answers by them.

    /usr/bin/python3 peer_programs.py read|listen|digits|translate [--answering] [--data PATH] [--items N] [--steps MEAN]
                                      [--threads 1] [--frozen]

trains on so many questions, strings, canvases or sentences, or answers them, after two batches that are not timed, and prints a line
of JSON, whose "items_per_s" counts seconds of the processor. peer_models.py holds the models, peer_batches.py what they read.

    --steps  where answers are said step by step: how many steps one takes in the mean, as the program says that its own did
             (eval --speed). With weights at random where an answer ends means nothing; so the lengths that answers of the data have are
             stretched to that mean, and both sides take as many steps.
    --data   read: articles as the program reads them, for the lengths of passages and questions (the bundled sample)
             listen: a folder of DIGIT_SPEAKER_NUMBER.wav, for the lengths of digits (the bundled sample)
             translate: lines `source<TAB>target` (the bundled sample)
    --frozen read: words' vectors are given, as by attn-read --vectors
"""
import argparse
import json
import random
import time

import torch
from torch import nn

from peer_batches import make_canvases, make_listening, make_reading, make_translating

PEERS = {"read": make_reading, "listen": make_listening, "digits": make_canvases, "translate": make_translating}
UNTIMED = 2


def stretch(batches, mean):
    """The batches, whose last parts now have that mean; what rounding leaves over goes to the next row."""
    steps = torch.cat([batch[-1] for batch in batches]).double()
    ends = (steps * (mean / steps.mean())).cumsum(0).round().long()
    steps = torch.diff(ends, prepend=torch.zeros(1, dtype=torch.long)).clamp(min=1).split([len(batch[-1]) for batch in batches])
    return [(*batch[:-1], part) for batch, part in zip(batches, steps)]


def train(model, batches):
    """Seconds of processor time of all but the first batches."""
    learned = [tensor for tensor in model.parameters() if tensor.requires_grad]
    optimiser = torch.optim.Adam(learned, 2e-3)
    for number, batch in enumerate(batches):
        if number == UNTIMED:
            began = time.process_time()
        optimiser.zero_grad()
        model.loss(*batch).backward()
        nn.utils.clip_grad_norm_(learned, 5)
        optimiser.step()
    return time.process_time() - began


def answer(model, batches):
    """Seconds of processor time of all but the first batches."""
    model.eval()
    with torch.inference_mode():
        for number, batch in enumerate(batches):
            if number == UNTIMED:
                began = time.process_time()
            model.answer(*batch)
    return time.process_time() - began


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=PEERS)
    parser.add_argument("--answering", action="store_true")
    parser.add_argument("--data")
    parser.add_argument("--items", type=int, default=640)
    parser.add_argument("--steps", type=float)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--frozen", action="store_true")
    options = parser.parse_args()
    torch.manual_seed(1)
    random.seed(1)
    torch.set_num_threads(options.threads)
    model, batches = PEERS[options.what](options)
    if options.steps:
        batches = stretch(batches, options.steps)
    items = sum(len(batch[-1]) for batch in batches[UNTIMED:])
    seconds = (answer if options.answering else train)(model, batches)
    print(json.dumps({"what": options.what, "peer": "PyTorch " + torch.__version__, "threads": torch.get_num_threads(),
                      "items": items, "items_per_s": items / seconds}))


main()
