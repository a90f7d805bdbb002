"""The layers again, in plain float64 NumPy, one row and one step at a time, straight from the equations in the
headers. Each forward returns its results and a function that is its backward; gradients of tensors are added to a
dict by name."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def layer_norm(a, gain, shift):
    """(gain * normalised a + shift, da -> gradients of a, gain and shift)"""
    deviation = np.sqrt(a.var() + 1e-5)
    unit = (a - a.mean()) / deviation

    def backward(dy):
        dunit = dy * gain
        return (dunit - dunit.mean() - unit * (dunit * unit).mean()) / deviation, dy * unit, dy

    return gain * unit + shift, backward


def gru_cell(x, h, weights, name, before, norm, gradients):
    """One step: (h', dh' -> dx, dh)."""
    H = len(h)
    W, U = weights["weight_ih_" + name], weights["weight_hh_" + name]
    b, c = weights["bias_ih_" + name], weights["bias_hh_" + name]
    gates = [slice(g * H, (g + 1) * H) for g in range(3)]
    R, Z, N = gates
    input_part = W @ x + b

    def activate(part, a, function):
        if not norm:
            return function(a), lambda da: da
        gain, shift = weights["norm_gain_" + name], weights["norm_shift_" + name]
        normalised, back = layer_norm(a, gain[part], shift[part])

        def backward(dy):
            da, dgain, dshift = back(dy)
            gradients["norm_gain_" + name][part] += dgain
            gradients["norm_shift_" + name][part] += dshift
            return da

        return function(normalised), backward

    r, r_back = activate(R, input_part[R] + U[R] @ h + c[R], sigmoid)
    z, z_back = activate(Z, input_part[Z] + U[Z] @ h + c[Z], sigmoid)
    recurrent = U[N] @ (r * h) + c[N] if before else U[N] @ h + c[N]
    n, n_back = activate(N, input_part[N] + (recurrent if before else r * recurrent), np.tanh)

    def backward(dh_next):
        dh = dh_next * z
        da_n = n_back(dh_next * (1 - z) * (1 - n * n))
        da_z = z_back(dh_next * (h - n) * z * (1 - z))
        if before:
            drecurrent, operand = da_n, r * h
            doperand = U[N].T @ drecurrent
            dr, dh = doperand * h, dh + doperand * r
        else:
            drecurrent, operand = da_n * r, h
            dr, dh = da_n * recurrent, dh + U[N].T @ drecurrent
        da_r = r_back(dr * r * (1 - r))
        dh = dh + U[R].T @ da_r + U[Z].T @ da_z
        da = np.concatenate([da_r, da_z, da_n])
        gradients["weight_ih_" + name] += np.outer(da, x)
        gradients["bias_ih_" + name] += da
        gradients["bias_hh_" + name] += np.concatenate([da_r, da_z, drecurrent])
        for part, d, factor in ((R, da_r, h), (Z, da_z, h), (N, drecurrent, operand)):
            gradients["weight_hh_" + name][part] += np.outer(d, factor)
        return W.T @ da, dh

    return z * h + (1 - z) * n, backward


def gru_row(x, h0, weights, directions, before, norm, gradients):
    """One row of all layers: x [length, E], h0 [states, H] -> (y, hn, (dy, dhn) -> dx, dh0)."""
    layers = len(h0) // directions
    H = h0.shape[1]
    hn = h0.copy()
    steps = {}
    for layer in range(layers):
        y = np.zeros((len(x), directions * H))
        for direction in range(directions):
            state = layer * directions + direction
            name = f"l{layer}" + ("_reverse" if direction else "")
            order = range(len(x))[::-1] if direction else range(len(x))
            for t in order:
                h = hn[state].copy()
                hn[state], steps[state, t] = gru_cell(x[t], h, weights, name, before, norm, gradients)
                y[t, direction * H : (direction + 1) * H] = hn[state]
        x = y

    def backward(dy, dhn):
        dh = dhn.copy()
        for layer in reversed(range(layers)):
            dx = 0
            for direction in range(directions):
                state = layer * directions + direction
                order = range(len(dy)) if direction else range(len(dy))[::-1]
                part = {}
                for t in order:
                    dh[state] += dy[t, direction * H : (direction + 1) * H]
                    part[t], dh[state] = steps[state, t](dh[state])
                dx = dx + np.array([part[t] for t in range(len(dy))])
            dy = dx
        return dy, dh

    return x, hn, backward


def gru(x, lengths, h0, weights, directions, before, norm):
    """A batch: (y, hn, (dy, dhn) -> dx, dh0, gradients)."""
    gradients = {name: np.zeros_like(value) for name, value in weights.items()}
    batch, time, _ = x.shape
    y = np.zeros((batch, time, directions * h0.shape[2]))
    hn = np.zeros_like(h0)
    rows = []
    for b, length in enumerate(lengths):
        y[b, :length], hn[:, b], back = gru_row(
            x[b, :length], h0[:, b], weights, directions, before, norm, gradients
        )
        rows.append(back)

    def backward(dy, dhn):
        dx, dh0 = np.zeros_like(x), np.zeros_like(h0)
        for b, length in enumerate(lengths):
            row_dx, dh0[:, b] = rows[b](dy[b, :length], dhn[:, b])
            if length:
                dx[b, :length] = row_dx
        return dx, dh0, gradients

    return y, hn, backward


def attention(memory, lengths, weights, kept, outer_tanh):
    """(weights, context, (dweights, dcontext) -> dmemory, gradients)."""
    W, b, v, c = (weights[name] for name in ("weight", "bias", "score_weight", "score_bias"))
    gradients = {name: np.zeros_like(value) for name, value in weights.items()}
    batch, items, _ = memory.shape
    a = np.zeros((batch, items))
    context = np.zeros((batch, memory.shape[2]))
    rows = []
    for row, length in enumerate(lengths):
        h = memory[row].copy()
        h[length:] = 0
        used = items if kept else length
        h = h[:used]
        u = np.tanh(h @ W.T + b)
        e = u @ v + c
        e = np.tanh(e) if outer_tanh else e
        p = np.exp(e - e.max(initial=-np.inf))
        p = p / p.sum() if used else p
        a[row, :used], context[row] = p, p @ h
        rows.append((h, u, e, p))

    def backward(dweights, dcontext):
        dmemory = np.zeros_like(memory)
        for row, (h, u, e, p) in enumerate(rows):
            da = dweights[row, : len(h)] + h @ dcontext[row]
            de = p * (da - p @ da)
            de = de * (1 - e * e) if outer_tanh else de
            dpre = np.outer(de, v) * (1 - u * u)
            gradients["weight"] += dpre.T @ h
            gradients["bias"] += dpre.sum(axis=0)
            gradients["score_weight"] += u.T @ de
            gradients["score_bias"] += de.sum()
            dh = dpre @ W + np.outer(p, dcontext[row])
            dmemory[row, : lengths[row]] = dh[: lengths[row]]
        return dmemory, gradients

    return a, context, backward


def weighting(kind, e):
    """(a, da -> de) of one query; tau by bisection."""
    if kind == "softmax":
        a = np.exp(e - e.max())
        a = share = a / a.sum()
    else:
        z, power = (e, 1) if kind == "sparsemax" else (e / 2, 2)
        low, high = z.max() - 1, z.max()
        for _ in range(200):
            tau = (low + high) / 2
            low, high = (tau, high) if (np.maximum(z - tau, 0) ** power).sum() > 1 else (low, tau)
        over = np.maximum(z - tau, 0)
        a, share = over**power, (over > 0) * over ** (power - 1)
    return a, lambda da: share * (da - share @ da / share.sum())


def attention_queries(memory, lengths, query, query_lengths, weights, score, kind, temperature, outer_tanh):
    """(weights, context, (dweights, dcontext) -> dmemory, dquery, gradients)."""
    gradients = {name: np.zeros_like(value) for name, value in weights.items()}
    W, U, b, v = (weights.get(name) for name in ("weight", "query_weight", "bias", "score_weight"))
    scale = temperature * (memory.shape[2] ** 0.5 if score == "scaled_dot" else 1)

    def ask(s, h):
        """(e, de -> ds, dh) of one query"""
        if score == "additive":
            u = np.tanh(h @ W.T + U @ s + b)

            def backward(de):
                dp = np.outer(de, v) * (1 - u * u)
                gradients["score_weight"] += de @ u
                gradients["weight"] += dp.T @ h
                gradients["query_weight"] += np.outer(dp.sum(0), s)
                gradients["bias"] += dp.sum(0)
                return U.T @ dp.sum(0), dp @ W

            return u @ v, backward
        if score == "concat":
            e = h @ W + U @ s + b
            e = np.tanh(e) if outer_tanh else e

            def backward(de):
                de = de * (1 - e * e) if outer_tanh else de
                gradients["weight"] += de @ h
                gradients["query_weight"] += de.sum() * s
                gradients["bias"] += de.sum()
                return de.sum() * U, np.outer(de, W)

            return e, backward
        p = s @ W if score == "bilinear" else s

        def backward(de):
            dp = de @ h
            if score == "bilinear":
                gradients["weight"] += np.outer(s, dp)
            return W @ dp if score == "bilinear" else dp, np.outer(de, p)

        return h @ p, backward

    a = np.zeros((*query.shape[:2], memory.shape[1]))
    context = np.zeros((*query.shape[:2], memory.shape[2]))
    steps = []
    for row, (length, count) in enumerate(zip(lengths, query_lengths)):
        h = memory[row, :length]
        for i in range(count if length else 0):
            e, back = ask(query[row, i], h)
            p, weighting_back = weighting(kind, e / scale)
            a[row, i, :length], context[row, i] = p, p @ h
            steps.append((row, i, h, p, weighting_back, back))

    def backward(dweights, dcontext):
        dmemory, dquery = np.zeros_like(memory), np.zeros_like(query)
        for row, i, h, p, weighting_back, back in steps:
            de = weighting_back(dweights[row, i, : len(h)] + h @ dcontext[row, i]) / scale
            dquery[row, i], dh = back(de)
            dmemory[row, : len(h)] += dh + np.outer(p, dcontext[row, i])
        return dmemory, dquery, gradients

    return a, context, backward


ACTIVATIONS = {
    "none": (lambda a: a, lambda y: np.ones_like(y)),
    "tanh": (np.tanh, lambda y: 1 - y * y),
    "sigmoid": (sigmoid, lambda y: y * (1 - y)),
    "relu": (lambda a: np.maximum(a, 0), lambda y: (y > 0).astype(float)),
}


def dense(x, weight, bias, activation):
    """(y, dy -> dx, dweight, dbias)."""
    function, slope = ACTIVATIONS[activation]
    y = function(x @ weight.T + bias)

    def backward(dy):
        da = dy * slope(y)
        return da @ weight, da.T @ x, da.sum(axis=0)

    return y, backward


def adam(w, gradients, lr, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.0, clip_norm=0.0, lr_decay=1.0,
         lr_floor=0.0, lr_decay_steps=1):
    """The weights after each of the gradients."""
    m, v = np.zeros_like(w), np.zeros_like(w)
    for step, g in enumerate(gradients):
        rate = max(lr_floor, lr * lr_decay ** (step / lr_decay_steps))
        norm = np.sqrt((g * g).sum())
        if clip_norm:
            g = g * min(1, clip_norm / norm)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        unbiased_m, unbiased_v = m / (1 - beta1 ** (step + 1)), v / (1 - beta2 ** (step + 1))
        w = w - rate * weight_decay * w - rate * unbiased_m / (np.sqrt(unbiased_v) + epsilon)
        yield w
