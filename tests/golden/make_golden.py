"""Make the golden files again: inputs, weights, outputs and gradients as PyTorch computes them.

    /usr/bin/python3 tests/golden/make_golden.py [FOLDER]      (Debian: python3-torch)

Numbers are drawn, rounded to float32, then everything is computed in float64 and stored as float32, so what
differs from libattn is libattn's rounding. Each case is one file in the format of attn/file.h; the weights
have the names of the library's tensors, their gradients "gradient.NAME", and the sizes stand in the config.
Padding is 0 in the files; the tests put NaN there.
"""
import json
import os
import struct
import sys

import torch

torch.set_default_dtype(torch.float64)
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "data")


def draw(*shape, scale=1.0):
    """Normal numbers that float32 holds exactly."""
    return (torch.randn(*shape) * scale).float().double()


def save(name, config, tensors):
    header = {"__metadata__": {"format": "libattn", "version": "2", "config": json.dumps(config)}}
    data = b""
    for key, tensor in tensors.items():
        piece = struct.pack("<%df" % tensor.numel(), *tensor.detach().contiguous().view(-1).tolist())
        offsets = [len(data), len(data) + len(piece)]
        header[key] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
        data += piece
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(FOLDER, name + ".safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def gradients(weights):
    return {"gradient." + name: weight.grad for name, weight in weights.items()}


def inside(batch, time, lengths):
    """1 within the lengths, 0 beyond, [batch, time, 1]."""
    return (torch.arange(time)[None, :] < torch.tensor(lengths)[:, None]).double()[:, :, None]


# ---- GRU: the equations of attn/gru.h ----------------------------------------------------------------------


def gru_weights(input_dim, hidden, layers, directions, norm):
    weights = {}
    for layer in range(layers):
        for direction in range(directions):
            suffix = "_l%d%s" % (layer, "_reverse" if direction else "")
            width = input_dim if layer == 0 else hidden * directions
            weights["weight_ih" + suffix] = draw(3 * hidden, width, scale=width**-0.5)
            weights["weight_hh" + suffix] = draw(3 * hidden, hidden, scale=hidden**-0.5)
            weights["bias_ih" + suffix] = draw(3 * hidden, scale=0.3)
            weights["bias_hh" + suffix] = draw(3 * hidden, scale=0.3)
            if norm:
                weights["norm_gain" + suffix] = (1.0 + draw(3 * hidden, scale=0.2)).float().double()
                weights["norm_shift" + suffix] = draw(3 * hidden, scale=0.3)
    return {name: weight.requires_grad_() for name, weight in weights.items()}


def gru_step(w, suffix, x, h, reset, norm):
    """One row, one step: x [E], h [H] -> h' [H]."""
    W, U = w["weight_ih" + suffix].chunk(3), w["weight_hh" + suffix].chunk(3)
    b, c = w["bias_ih" + suffix].chunk(3), w["bias_hh" + suffix].chunk(3)

    def normalized(a, gate):
        if not norm:
            return a
        gain, shift = w["norm_gain" + suffix].chunk(3)[gate], w["norm_shift" + suffix].chunk(3)[gate]
        return gain * (a - a.mean()) / torch.sqrt(a.var(unbiased=False) + 1e-5) + shift

    r = torch.sigmoid(normalized(W[0] @ x + b[0] + U[0] @ h + c[0], 0))
    z = torch.sigmoid(normalized(W[1] @ x + b[1] + U[1] @ h + c[1], 1))
    inner = r * (U[2] @ h + c[2]) if reset == "after" else U[2] @ (r * h) + c[2]
    n = torch.tanh(normalized(W[2] @ x + b[2] + inner, 2))
    return z * h + (1 - z) * n


def gru_by_equations(w, x, lengths, h0, layers, directions, reset, norm, orthogonal):
    batch, time, _ = x.shape
    hidden = h0.shape[2]
    hn = []
    for layer in range(layers):
        outputs = []
        for direction in range(directions):
            suffix = "_l%d%s" % (layer, "_reverse" if direction else "")
            rows, last = [], []
            for b in range(batch):
                h, states = h0[layer * directions + direction, b], [torch.zeros(hidden)] * time
                for t in reversed(range(lengths[b])) if direction else range(lengths[b]):
                    h = gru_step(w, suffix, x[b, t], h, reset, norm)
                    if orthogonal:
                        before = sum(states)
                        h = h - (before @ h) / (before @ before + 1e-6) * before
                    states[t] = h
                rows.append(torch.stack(states))
                last.append(h)
            outputs.append(torch.stack(rows))
            hn.append(torch.stack(last))
        x = torch.cat(outputs, 2)
    return x, torch.stack(hn)


def gru_by_torch(w, x, lengths, h0, layers, directions):
    """torch.nn.GRU over packed rows. It refuses empty ones, so those are left out: zeros, and hn = h0."""
    gru = torch.nn.GRU(x.shape[2], h0.shape[2], layers, batch_first=True, bidirectional=directions == 2)
    filled = [b for b, length in enumerate(lengths) if length > 0]
    packed = torch.nn.utils.rnn.pack_padded_sequence(x[filled], [lengths[b] for b in filled],
                                                     batch_first=True, enforce_sorted=False)
    for name in w:
        delattr(gru, name)
        setattr(gru, name, w[name])
    gru._flat_weights = [w[name] for name in gru._flat_weights_names]
    packed_y, filled_hn = gru(packed, h0[:, filled])
    filled_y, _ = torch.nn.utils.rnn.pad_packed_sequence(packed_y, batch_first=True, total_length=x.shape[1])
    y = torch.zeros(x.shape[0], x.shape[1], filled_y.shape[2]).index_copy(0, torch.tensor(filled), filled_y)
    hn = h0.index_copy(1, torch.tensor(filled), filled_hn)
    return y, hn


def gru_case(name, input_dim, hidden, layers=1, directions=1, reset="after", norm=False, time=6,
             lengths=(6, 1, 0, 3), with_h0=True, orthogonal=False):
    batch = len(lengths)
    w = gru_weights(input_dim, hidden, layers, directions, norm)
    mask = inside(batch, time, lengths)
    x = (draw(batch, time, input_dim) * mask).requires_grad_()
    h0 = (draw(layers * directions, batch, hidden, scale=0.5) * with_h0).requires_grad_()
    y, hn = gru_by_equations(w, x, lengths, h0, layers, directions, reset, norm, orthogonal)
    if reset == "after" and not norm and not orthogonal:
        torch_y, torch_hn = gru_by_torch(w, x, lengths, h0, layers, directions)
        assert torch.allclose(y, torch_y, atol=1e-12) and torch.allclose(hn, torch_hn, atol=1e-12)
        y, hn = torch_y, torch_hn
    dy, dhn = draw(batch, time, hidden * directions) * mask, draw(layers * directions, batch, hidden)
    ((y * dy).sum() + (hn * dhn).sum()).backward()
    tensors = {"x": x, "y": y, "hn": hn, "dy": dy, "dhn": dhn, "dx": x.grad}
    if with_h0:
        tensors.update({"h0": h0, "dh0": h0.grad})
    named = {"gru." + key: weight for key, weight in w.items()}
    config = {"batch": batch, "time": time, "input_dim": input_dim, "hidden_dim": hidden, "layers": layers,
              "bidirectional": directions - 1, "reset_before": int(reset == "before"),
              "layer_norm": int(norm), "lengths": list(lengths)}
    if orthogonal:
        config["orthogonal"] = 1
    save("gru_" + name, config, {**tensors, **named, **gradients(named)})


def gru_cases():
    gru_case("after_uni1", 3, 5)
    gru_case("after_uni2", 5, 7, layers=2)
    gru_case("after_bi1", 4, 5, directions=2)
    gru_case("after_bi2", 5, 7, layers=2, directions=2, lengths=(6, 1, 0, 3, 5))
    gru_case("after_full_without_h0", 13, 13, time=9, lengths=(9, 9, 9), with_h0=False)
    for reset in ("after", "before"):
        for norm in (False, True) if reset == "before" else (True,):
            case = reset + ("_norm" if norm else "")
            gru_case(case + "_uni1", 3, 5, reset=reset, norm=norm)
            gru_case(case + "_bi2", 5, 7, layers=2, directions=2, reset=reset, norm=norm)
    many = (17, 1, 9, 0, 16, 12, 17, 3, 5, 8, 2, 11, 17, 4, 1)
    gru_case("after_large", 13, 40, time=17, lengths=many)
    gru_case("before_norm_large", 13, 40, reset="before", norm=True, time=17, lengths=many)


def orthogonal_cases():
    """Each has random numbers of its own, so that one that is added changes no other."""
    many = (17, 1, 9, 0, 16, 12, 17, 3, 5, 8, 2, 11, 17, 4, 1)
    cases = {"uni1": dict(input_dim=3, hidden=5), "bi2": dict(input_dim=5, hidden=7, layers=2, directions=2, lengths=(6, 1, 0, 3, 5)),
             "before_norm_bi1": dict(input_dim=4, hidden=5, directions=2, reset="before", norm=True),
             "large": dict(input_dim=13, hidden=40, time=17, lengths=many)}
    for seed, (name, options) in enumerate(cases.items()):
        torch.manual_seed(201 + seed)
        gru_case("orthogonal_" + name, orthogonal=True, **options)


# ---- attention, dense, embedding, loss ---------------------------------------------------------------------


def attention_case(name, memory_dim, attention_dim, kept, outer_tanh, items=6, lengths=(6, 1, 0, 3)):
    batch = len(lengths)
    w = {"weight": draw(attention_dim, memory_dim, scale=memory_dim**-0.5),
         "bias": draw(attention_dim, scale=0.3), "score_weight": draw(attention_dim), "score_bias": draw(1)}
    w = {"attention." + key: weight.requires_grad_() for key, weight in w.items()}
    mask = inside(batch, items, lengths)
    memory = (draw(batch, items, memory_dim) * mask).requires_grad_()
    hidden = torch.tanh(memory @ w["attention.weight"].T + w["attention.bias"])
    scores = hidden @ w["attention.score_weight"] + w["attention.score_bias"]
    if outer_tanh:
        scores = torch.tanh(scores)
    rows = []
    for b, length in enumerate(lengths):
        attended = items if kept else length
        rows.append(torch.cat([torch.softmax(scores[b, :attended], 0), torch.zeros(items - attended)]))
    weights = torch.stack(rows)
    context = (weights[:, :, None] * memory * mask).sum(1)
    dweights, dcontext = draw(batch, items) * (1 if kept else mask[:, :, 0]), draw(batch, memory_dim)
    ((weights * dweights).sum() + (context * dcontext).sum()).backward()
    config = {"batch": batch, "items": items, "memory_dim": memory_dim, "attention_dim": attention_dim,
              "padding_kept": int(kept), "outer_tanh": int(outer_tanh), "lengths": list(lengths)}
    save("attention_" + name, config,
         {"memory": memory, "weights": weights, "context": context, "dweights": dweights,
          "dcontext": dcontext, "dmemory": memory.grad * mask, **w, **gradients(w)})


def attention_cases():
    attention_case("masked_tanh", 5, 7, kept=False, outer_tanh=True)
    attention_case("masked_plain", 7, 5, kept=False, outer_tanh=False)
    attention_case("kept_tanh", 7, 13, kept=True, outer_tanh=True)
    attention_case("kept_plain", 13, 5, kept=True, outer_tanh=False)
    attention_case("large", 40, 13, kept=False, outer_tanh=True, items=17,
                   lengths=(17, 1, 9, 0, 16, 12, 17, 3, 5, 8, 2, 11, 17, 4, 1))


# ---- attention with queries, and the other weightings: the equations of attn/attention.h --------------------


def sparsemax(z):
    """By sorting: the support is the largest k with 1 + k z_(k) > z_(1) + ... + z_(k)."""
    ordered = torch.sort(z, descending=True).values
    sums, count = ordered.cumsum(0), torch.arange(1, len(z) + 1)
    k = int((1 + count * ordered > sums).sum())
    return torch.clamp(z - (sums[k - 1] - 1) / k, min=0)


def entmax15(z):
    """By sorting: the support is the largest k whose tau, from the k largest alone, lies below the kth."""
    half = z / 2
    ordered = torch.sort(half, descending=True).values
    taus = []
    for k in range(1, len(z) + 1):
        mean, spread = ordered[:k].mean(), ((ordered[:k] - ordered[:k].mean()) ** 2).sum()
        if spread >= 1 or mean - torch.sqrt((1 - spread) / k) >= ordered[k - 1]:
            break
        taus.append(mean - torch.sqrt((1 - spread) / k))
    return torch.clamp(half - taus[-1], min=0) ** 2


SCORES = ["feedforward", "additive", "concat", "dot", "scaled_dot", "bilinear"]
WEIGHTINGS = {"softmax": (0, lambda z: torch.softmax(z, 0)), "sparsemax": (1, sparsemax), "entmax15": (2, entmax15)}


def query_weights(score, D, Q, A):
    w = {
        "feedforward": {"weight": draw(A, D, scale=D**-0.5), "bias": draw(A, scale=0.3),
                        "score_weight": draw(A), "score_bias": draw(1)},
        "additive": {"weight": draw(A, D, scale=D**-0.5), "query_weight": draw(A, Q, scale=Q**-0.5),
                     "bias": draw(A, scale=0.3), "score_weight": draw(A)},
        "concat": {"query_weight": draw(Q, scale=Q**-0.5), "weight": draw(D, scale=D**-0.5), "bias": draw(1)},
        "dot": {}, "scaled_dot": {},
        "bilinear": {"weight": draw(Q, D, scale=(Q * D) ** -0.5)},
    }[score]
    return {"attention." + key: weight.requires_grad_() for key, weight in w.items()}


def query_scores(score, w, s, h, outer_tanh):
    """e [J] of one query s [Q], which FEEDFORWARD does not look at, and the items h [J, D]."""
    w = {key.split(".")[1]: weight for key, weight in w.items()}
    outer = torch.tanh if outer_tanh else lambda e: e
    if score == "feedforward":
        return outer(torch.tanh(h @ w["weight"].T + w["bias"]) @ w["score_weight"] + w["score_bias"])
    if score == "additive":
        return torch.tanh(h @ w["weight"].T + w["query_weight"] @ s + w["bias"]) @ w["score_weight"]
    if score == "concat":
        return outer(h @ w["weight"] + w["query_weight"] @ s + w["bias"])
    if score == "bilinear":
        return h @ (s @ w["weight"])
    return h @ s / (len(s) ** 0.5 if score == "scaled_dot" else 1)


def query_case(name, score, weighting="softmax", temperature=1.0, outer_tanh=True, kept=False, memory_dim=5, query_dim=4,
               attention_dim=7, items=6, lengths=(6, 1, 0, 3, 6), queries=4, query_lengths=(4, 2, 3, 0, 1)):
    batch, asks = len(lengths), score != "feedforward"
    if score in ("dot", "scaled_dot"):
        query_dim = memory_dim
    if not asks:
        queries, query_lengths = 1, (1,) * batch
    w = query_weights(score, memory_dim, query_dim, attention_dim)
    mask, query_mask = inside(batch, items, lengths), inside(batch, queries, query_lengths)
    memory = (draw(batch, items, memory_dim) * mask).requires_grad_()
    query = (draw(batch, queries, query_dim, scale=memory_dim**-0.25) * query_mask).requires_grad_()
    number, function = WEIGHTINGS[weighting]
    weights, context = [], []
    for b in range(batch):
        attended = items if kept else lengths[b]
        for i in range(queries):
            a = torch.zeros(items)
            if i < query_lengths[b] and attended > 0:
                e = query_scores(score, w, query[b, i], memory[b, :attended], outer_tanh)
                a = torch.cat([function(e / temperature), torch.zeros(items - attended)])
            weights.append(a)
            context.append(a @ (memory[b] * mask[b]))
    weights = torch.stack(weights).view(batch, queries, items)
    context = torch.stack(context).view(batch, queries, memory_dim)
    wanted = (torch.ones_like(mask) if kept else mask).view(batch, 1, items)
    dweights = draw(batch, queries, items) * query_mask * wanted
    dcontext = draw(batch, queries, memory_dim) * query_mask
    ((weights * dweights).sum() + (context * dcontext).sum()).backward()
    config = {"batch": batch, "items": items, "memory_dim": memory_dim, "attention_dim": attention_dim,
              "padding_kept": int(kept), "outer_tanh": int(outer_tanh), "lengths": list(lengths),
              "score": SCORES.index(score), "weighting": number, "temperature": temperature}
    tensors = {"memory": memory, "weights": weights, "context": context, "dweights": dweights,
               "dcontext": dcontext, "dmemory": memory.grad * mask, **w, **gradients(w)}
    if asks:
        config.update({"queries": queries, "query_dim": query_dim, "query_lengths": list(query_lengths)})
        tensors.update({"query": query, "dquery": query.grad * query_mask})
    save("attention_" + name, config, tensors)


def query_cases():
    """Each has random numbers of its own, so that one that is added changes no other."""
    ways = {"softmax": ("softmax", 1.0), "tempered": ("softmax", 0.4), "sparsemax": ("sparsemax", 0.7),
            "entmax15": ("entmax15", 1.0)}
    seed = 1
    for score in SCORES:
        for way, (weighting, temperature) in ways.items():
            if score == "feedforward" and way == "softmax":
                continue  # attention_case
            torch.manual_seed(seed)
            query_case(score + "_" + way, score, weighting, temperature, outer_tanh=way in ("tempered", "entmax15"),
                       kept=score == "feedforward" and way != "sparsemax")
            seed += 1
    # more queries than are taken one by one, and more than a window of items, of queries or of both
    torch.manual_seed(101)
    query_case("bilinear_large", "bilinear", memory_dim=203, query_dim=37, items=131, lengths=(131, 57), queries=23,
               query_lengths=(23, 9))
    torch.manual_seed(102)
    query_case("additive_large", "additive", "entmax15", memory_dim=33, query_dim=19, attention_dim=21, items=150,
               lengths=(40, 150, 0), queries=19, query_lengths=(19, 12, 10))
    torch.manual_seed(103)
    query_case("scaled_dot_many", "scaled_dot", "sparsemax", 0.5, memory_dim=5, items=20, lengths=(20, 13), queries=131,
               query_lengths=(131, 131))


def dense_cases():
    functions = {"none": lambda a: a, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu}
    for activation, (name, function) in enumerate(functions.items()):
        rows, input_dim, output_dim = 13, 7, 5
        w = {"dense.weight": draw(output_dim, input_dim), "dense.bias": draw(output_dim)}
        for weight in w.values():
            weight.requires_grad_()
        x, dy = draw(rows, input_dim).requires_grad_(), draw(rows, output_dim)
        y = function(x @ w["dense.weight"].T + w["dense.bias"])
        (y * dy).sum().backward()
        config = {"rows": rows, "input_dim": input_dim, "output_dim": output_dim, "activation": activation}
        save("dense_" + name, config, {"x": x, "y": y, "dy": dy, "dx": x.grad, **w, **gradients(w)})


def embedding_case():
    rows, dim, time, lengths = 11, 5, 6, [6, 0, 4]
    ids = torch.tensor([[3, 7, 3, 10, 3, 0], [1, 1, 1, 1, 1, 1], [7, 2, 10, 7, 5, 5]])
    table, mask = draw(rows, dim).requires_grad_(), inside(3, time, lengths)
    y = torch.nn.functional.embedding(ids, table) * mask
    dy = draw(3, time, dim) * mask
    (y * dy).sum().backward()
    config = {"batch": 3, "time": time, "rows": rows, "dim": dim, "lengths": lengths,
              "ids": ids.view(-1).tolist()}
    w = {"embedding.weight": table}
    save("embedding", config, {"y": y, "dy": dy, **w, **gradients(w)})


def loss_case():
    logits = draw(13, 5, scale=3.0)
    logits[2] = torch.tensor([90.0, -90.0, 0.0, 89.0, 1.0])  # exp would overflow a float
    logits[3] = torch.tensor([-500.0, -501.0, -502.0, -500.0, -499.0])  # and here give 0 / 0
    logits.requires_grad_()
    labels = [0, 1, 3, 2, 4, 4, 0, 2, 2, 1, 3, 0, 4]
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(labels))
    loss.backward()
    save("loss", {"rows": 13, "classes": 5, "labels": labels},
         {"logits": logits, "loss": loss.view(1), "probabilities": torch.softmax(logits, 1),
          "dlogits": logits.grad})


def loss_options_case(name, weighted=False, smoothing=0.0, ignore=None, scale=1.0):
    rows, classes = 13, 5
    logits = draw(rows, classes, scale=3.0)
    labels = torch.randint(classes, (rows,))
    weights = draw(classes).abs() if weighted else None
    if ignore is not None:
        labels[[1, 4, 12]] = ignore
        logits[labels == ignore] = 0.0
    logits.requires_grad_()
    given = {"weight": weights, "label_smoothing": smoothing, "ignore_index": -100 if ignore is None else ignore}
    loss = scale * torch.nn.functional.cross_entropy(logits, labels, **given)
    losses = scale * torch.nn.functional.cross_entropy(logits, labels, **given, reduction="none")
    loss.backward()
    config = {"rows": rows, "classes": classes, "labels": labels.tolist(), "label_smoothing": smoothing, "scale": scale,
              "ignore": int(ignore is not None), "ignore_label": ignore or 0}
    tensors = {"logits": logits, "loss": loss.view(1), "losses": losses, "dlogits": logits.grad,
               "probabilities": torch.softmax(logits, 1) * (labels != given["ignore_index"])[:, None]}
    save("loss_" + name, config, {**tensors, **({"class_weights": weights} if weighted else {})})


def loss_targets_case(name, weighted=False, smoothing=0.0, scale=1.0):
    logits = draw(13, 5, scale=2.0).requires_grad_()
    targets = torch.softmax(draw(13, 5, scale=2.0), 1).float().double()
    targets[3] = torch.tensor([0.0, 0.25, 0.0, 0.75, 0.0])
    given = {"weight": torch.rand(5).float().double() + 0.1} if weighted else {}
    losses = scale * torch.nn.functional.cross_entropy(logits, targets, **given, label_smoothing=smoothing, reduction="none")
    loss = scale * torch.nn.functional.cross_entropy(logits, targets, **given, label_smoothing=smoothing)
    loss.backward()
    config = {"rows": 13, "classes": 5, "labels": [], "label_smoothing": smoothing, "scale": scale, "ignore": 0, "ignore_label": 0}
    tensors = {"logits": logits, "targets": targets, "loss": loss.view(1), "losses": losses, "dlogits": logits.grad,
               "probabilities": torch.softmax(logits, 1)}
    save("loss_" + name, config, {**tensors, **({"class_weights": given["weight"]} if weighted else {})})


def loss_targets_cases():
    torch.manual_seed(20150309)
    loss_targets_case("targets")
    loss_targets_case("targets_everything", weighted=True, smoothing=0.2, scale=0.5)


def loss_options_cases():
    torch.manual_seed(20151202)
    loss_options_case("weighted", weighted=True)
    loss_options_case("smoothed", smoothing=0.1)
    loss_options_case("ignored", ignore=3)
    loss_options_case("scaled", scale=0.25)
    loss_options_case("everything", weighted=True, smoothing=0.3, ignore=-100, scale=2.5)


# ---- Adam: five steps, compared by what they change, which is sharper than by the values -------------------

STEPS = 5


def clipped(gradients_of_step, clip_norm):
    norm = torch.sqrt(sum((g**2).sum() for g in gradients_of_step))
    factor = min(1.0, clip_norm / norm.item()) if clip_norm else 1.0
    return [g * factor for g in gradients_of_step], norm


def adam_case(name, options):
    w = {"w": draw(5, 3, scale=0.25), "b": draw(7, scale=0.25)}
    tensors = {key: value.clone() for key, value in w.items()}
    parameters = [value.requires_grad_() for value in w.values()]
    if options["weight_decay"]:
        optimiser = torch.optim.AdamW(parameters, weight_decay=options["weight_decay"])
    else:
        optimiser = torch.optim.Adam(parameters)
    rates, norms = [], []
    for step in range(STEPS):
        decayed = options["lr"] * options["decay_rate"] ** (step / options["decay_steps"])
        rates.append(max(options["floor"], decayed))
        optimiser.param_groups[0]["lr"] = rates[-1]
        raw = [draw(*parameter.shape, scale=0.5 if step % 2 else 2.0) for parameter in parameters]
        used, norm = clipped(raw, options["clip_norm"])
        norms.append(norm)
        for parameter, gradient in zip(parameters, used):
            parameter.grad = gradient
        optimiser.step()
        for key, parameter, gradient in zip(w, parameters, raw):
            tensors["gradient.%d.%s" % (step, key)] = gradient
            tensors["change.%d.%s" % (step, key)] = parameter.detach() - tensors[key]
    save("adam_" + name, options, {**tensors, "rates": torch.tensor(rates), "norms": torch.stack(norms)})


def sparse_adam_case():
    rows, dim = 9, 5
    ids = [[3, 4, 3, 1], [3, 3, 8, 0], [1, 4, 4, 4], [7, 7, 7, 7], [3, 8, 1, 5]]
    table = draw(rows, dim, scale=0.25)
    tensors = {"embedding.weight": table.clone()}
    parameter = torch.nn.Parameter(table)
    # SparseAdam adds epsilon before the bias correction, Adam after it; here it is too small to matter
    optimiser = torch.optim.SparseAdam([parameter], lr=0.1, eps=1e-12)
    for step in range(STEPS):
        dy = draw(len(ids[step]), dim)
        optimiser.zero_grad()
        y = torch.nn.functional.embedding(torch.tensor(ids[step]), parameter, sparse=True)
        (y * dy).sum().backward()
        optimiser.step()
        tensors["dy.%d" % step] = dy
        tensors["change.%d" % step] = parameter.detach() - tensors["embedding.weight"]
    save("adam_sparse", {"rows": rows, "dim": dim, "lr": 0.1, "epsilon": 1e-12, "ids": ids}, tensors)


def sampled_case(name, rows, words, dim, bias, scale=1.0):
    """The whole softmax over a table of words, which attn_sampled_cross_entropy is where all are candidates; word 0 cannot be."""
    table, states = draw(words, dim, scale=0.5).requires_grad_(), draw(rows, dim).requires_grad_()
    shift = draw(words, 1, scale=0.5).requires_grad_()
    targets = (torch.arange(rows) * 7 % (words - 1) + 1).tolist()
    targets[: rows // 2] = [3] * (rows // 2)  # one word many times
    logits = states @ table.T + (shift.view(-1) if bias else 0)
    logits = torch.cat([torch.full((rows, 1), float("-inf")), logits[:, 1:]], 1)
    losses = -scale * torch.log_softmax(logits, 1)[torch.arange(rows), targets]
    losses.mean().backward()
    w = {"table.weight": table, **({"bias.weight": shift} if bias else {})}
    save("sampled_" + name, {"rows": rows, "words": words, "dim": dim, "scale": scale, "targets": targets},
         {"states": states, "loss": losses.mean().view(1), "losses": losses, "dstates": states.grad, **w, **gradients(w)})


def sampled_cases():
    torch.manual_seed(20141205)
    sampled_case("biased", rows=17, words=29, dim=5, bias=True)
    sampled_case("plain", rows=17, words=29, dim=5, bias=False)
    sampled_case("scaled", rows=3, words=11, dim=7, bias=True, scale=0.25)
    sampled_case("large", rows=37, words=130, dim=19, bias=True)


def adam_cases():
    adam_case("plain", {"lr": 0.1, "weight_decay": 0.0, "clip_norm": 0.0, "decay_rate": 1.0,
                        "decay_steps": 1, "floor": 0.0})
    adam_case("decayed", {"lr": 0.3, "weight_decay": 0.1, "clip_norm": 4.0, "decay_rate": 0.5,
                          "decay_steps": 2, "floor": 0.1})
    sparse_adam_case()


# ---- attention GRU: the equations of attn/attngru.h --------------------------------------------------------


def attngru_step(w, form, reset, norm, x, h, a):
    """One row, one step: x [E], h [H], a [1] or [H] -> h' [H]."""
    gates = 2 if form == "replace" else 3
    W, U = w["weight_ih"].chunk(gates), w["weight_hh"].chunk(gates)
    b, c = w["bias_ih"].chunk(gates), w["bias_hh"].chunk(gates)

    def normalized(value, gate):
        if not norm:
            return value
        gain, shift = w["norm_gain"].chunk(gates)[gate], w["norm_shift"].chunk(gates)[gate]
        return gain * (value - value.mean()) / torch.sqrt(value.var(unbiased=False) + 1e-5) + shift

    def gate(k):
        return torch.sigmoid(normalized(W[k] @ x + b[k] + U[k] @ h + c[k], k))

    r = gate(0)
    inner = r * (U[-1] @ h + c[-1]) if reset == "after" else U[-1] @ (r * h) + c[-1]
    n = torch.tanh(normalized(W[-1] @ x + b[-1] + inner, gates - 1))
    if form == "replace":
        return a * n + (1 - a) * h
    if form == "paper":
        u = a * gate(1)
        return (1 - u) * h + u * n
    u = (1 - a) * gate(1)
    return u * h + (1 - u) * n


def attngru_case(form, reset, norm, vector, input_dim=3, hidden=5, time=6, lengths=(6, 1, 0, 3), large=False):
    batch, gates = len(lengths), 2 if form == "replace" else 3
    w = {"weight_ih": draw(gates * hidden, input_dim, scale=input_dim**-0.5),
         "weight_hh": draw(gates * hidden, hidden, scale=hidden**-0.5),
         "bias_ih": draw(gates * hidden, scale=0.3), "bias_hh": draw(gates * hidden, scale=0.3)}
    if norm:
        w["norm_gain"] = (1.0 + draw(gates * hidden, scale=0.2)).float().double()
        w["norm_shift"] = draw(gates * hidden, scale=0.3)
    for weight in w.values():
        weight.requires_grad_()
    mask = inside(batch, time, lengths)
    x = (draw(batch, time, input_dim) * mask).requires_grad_()
    width = hidden if vector else 1
    a = (torch.sigmoid(draw(batch, time, width, scale=2.0)).float().double() * mask).requires_grad_()
    h0 = draw(batch, hidden, scale=0.5).requires_grad_()
    rows, last = [], []
    for b in range(batch):
        h, states = h0[b], [torch.zeros(hidden)] * time
        for t in range(lengths[b]):
            h = states[t] = attngru_step(w, form, reset, norm, x[b, t], h, a[b, t])
        rows.append(torch.stack(states))
        last.append(h)
    y, hn = torch.stack(rows), torch.stack(last)
    dy, dhn = draw(batch, time, hidden) * mask, draw(batch, hidden)
    ((y * dy).sum() + (hn * dhn).sum()).backward()
    named = {"attngru." + key: weight for key, weight in w.items()}
    config = {"batch": batch, "time": time, "input_dim": input_dim, "hidden_dim": hidden,
              "form": ["replace", "paper", "code"].index(form), "vector_weights": int(vector),
              "reset_before": int(reset == "before"), "layer_norm": int(norm), "lengths": list(lengths)}
    name = "_".join(["attngru", form, reset] + ["norm"] * norm + ["vector"] * vector + ["large"] * large)
    save(name, config, {"x": x, "weights": a, "h0": h0, "y": y, "hn": hn, "dy": dy, "dhn": dhn, "dx": x.grad,
                        "dweights": a.grad, "dh0": h0.grad, **named, **gradients(named)})


def attngru_cases():
    torch.manual_seed(20160304)
    for form in ("replace", "paper", "code"):
        for reset, norm in (("after", False), ("after", True), ("before", False), ("before", True)):
            attngru_case(form, reset, norm, vector=False)
            attngru_case(form, reset, norm, vector=True)
    many = (17, 1, 9, 0, 16, 12, 17, 3, 5, 8, 2, 11, 17, 4, 1)
    attngru_case("replace", "after", False, vector=False, input_dim=13, hidden=40, time=17, lengths=many, large=True)
    attngru_case("code", "after", False, vector=True, input_dim=13, hidden=40, time=17, lengths=many, large=True)


if __name__ == "__main__":
    torch.manual_seed(20170101)
    os.makedirs(FOLDER, exist_ok=True)
    gru_cases()
    attention_cases()
    dense_cases()
    embedding_case()
    loss_case()
    adam_cases()
    attngru_cases()
    query_cases()
    orthogonal_cases()
    loss_options_cases()
    sampled_cases()
    loss_targets_cases()
