"""What a step of attn-sentiment's training costs on N machines, by the model of mpi.md: ranks_model.py [NAME=VALUE ...]"""
import math
import sys

parameters = {
    "review": 3.3e-3,    # seconds of one thread a review, forward and backward
    "threads": 2,        # of a machine
    "rows": 64,          # reviews a machine and step
    "dense": 0.97e6,     # bytes of the gradients of what is no embedding
    "row": 400,          # bytes of an embedding's row
    "used": 2967,        # rows that 64 reviews use
    "growth": 0.5,       # of the rows used, with the reviews: Heaps' law
    "vocabulary": 12784,
    "copy": 1.0e9,       # bytes a second that are packed, added and unpacked
}


def step(machines, bits, latency, p):
    """Seconds of arithmetic, of bytes and of latency."""
    union = min(p["vocabulary"], p["used"] * machines ** p["growth"])
    gradient, names = p["dense"] + union * p["row"], 8 * p["used"] * machines
    moved = (2 * (machines - 1) / machines * gradient + names * (machines > 1)) * 8 / bits
    rounds = 4 * math.ceil(math.log2(machines)) if machines > 1 else 0  # agree 1, the rows' names 1, there and back 2
    return p["rows"] * p["review"] / p["threads"] + (machines > 1) * gradient / p["copy"], moved, rounds * latency


for argument in sys.argv[1:]:
    name, value = argument.split("=")
    if name not in parameters:
        sys.exit(f"ranks_model.py: no parameter is called {name}; expected one of {', '.join(parameters)}")
    parameters[name] = float(value)
print("| network | machines | arithmetic | bytes | latency | step, ms | times one machine |\n|---|---|---|---|---|---|---|")
for bits, latency in (1e9, 1e-4), (1e9, 1e-3), (1e10, 1e-4), (1e10, 1e-3):
    for machines in 2, 8, 64, 512:
        alone, parts = sum(step(1, bits, latency, parameters)), step(machines, bits, latency, parameters)
        print(f"| {bits / 1e9:.0f} Gbit/s, {latency * 1e3:g} ms | {machines} | " + " | ".join(f"{part * 1e3:.1f}" for part in parts)
              + f" | {sum(parts) * 1e3:.0f} | {machines * alone / sum(parts):.1f} |")
