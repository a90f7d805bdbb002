"""Explanation beside the same in plain float64 NumPy, straight from the equations of explain.h and experimental.h."""

import attn
import numpy as np
import pytest
from attn import experimental, explain

BATCH, TIME, DIM, CLASSES = 6, 9, 4, 3
LENGTHS = np.array([9, 5, 1, 0, 7, 2], np.int32)
FRACTIONS = [0.01, 0.05, 0.1, 0.2, 0.5]


class Model:
    """Tokens x, each with a vote for the classes; attention mixes the votes: p = softmax(sum_t a_t (V x_t + x_t . x_t u))."""

    def __init__(self, seed=3):
        draw = np.random.default_rng(seed)
        self.x = draw.normal(size=(BATCH, TIME, DIM)).astype(np.float32)
        self.V, self.u = draw.normal(size=(CLASSES, DIM)), draw.normal(size=CLASSES)
        self.weights = np.zeros((BATCH, TIME), np.float32)
        for b, n in enumerate(LENGTHS):
            self.weights[b, :n] = draw.dirichlet(np.ones(n)) if n else 0
        self.asked = []

    def probabilities(self, x, weights):
        x = x.astype(np.float64)
        votes = x @ self.V.T + (x**2).sum(-1)[..., None] * self.u
        logits = (weights[..., None] * votes).sum(-2)
        powers = np.exp(logits - logits.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)

    def masked(self, rows, keep):
        return self.probabilities(self.x[rows], self.weights[rows] * keep).astype(np.float32)

    def weighted(self, rows, weights):
        self.asked.append((rows, weights))
        return self.probabilities(self.x[rows], weights).astype(np.float32)

    def dropped(self, rows, keep):
        return self.probabilities(self.x[rows] * keep, self.weights[rows]).astype(np.float32)

    def gradient(self, rows, x, lengths):
        """Of the probability of class 1."""
        np.testing.assert_array_equal(lengths, LENGTHS[rows])
        weights = self.weights[rows].astype(np.float64)
        p = self.probabilities(x, weights)
        dlogits = p[:, 1:2] * ((np.arange(CLASSES) == 1) - p)
        dvotes = weights[..., None] * dlogits[:, None]
        dx = dvotes @ self.V + 2 * x * (dvotes @ self.u)[..., None]
        return p[:, 1].astype(np.float32), dx.astype(np.float32)

    def of(self, row, keep):
        """The probabilities of one row."""
        return self.probabilities(self.x[row], self.weights[row] * keep)


@pytest.fixture
def model():
    return Model()


# ---- the references


def first(ranking, k):
    """Which tokens are the first k, by falling rank, of equal ones the earlier."""
    chosen = np.zeros(len(ranking), bool)
    chosen[np.argsort(-ranking, kind="stable")[:k]] = True
    return chosen


def padded(kept):
    return np.pad(kept, (0, TIME - len(kept)))


def reference_occlusion(model, row, target):
    n = LENGTHS[row]
    whole = model.of(row, padded(np.ones(n)))
    target = whole.argmax() if target is None else target
    return [whole[target] - model.of(row, padded(np.arange(n) != t))[target] for t in range(n)]


def reference_erasure(model, row, ranking, fractions, alone):
    n = LENGTHS[row]
    whole = model.of(row, padded(np.ones(n)))
    target = whole.argmax()
    losses = []
    for fraction in fractions:
        chosen = first(ranking[:n], int(np.ceil(round(fraction * n, 5))))
        losses.append(whole[target] - model.of(row, padded(chosen if alone else ~chosen))[target])
    return losses


def reference_flip(model, row, ranking):
    n = LENGTHS[row]
    decision = model.of(row, padded(np.ones(n))).argmax()
    for k in range(1, n):
        if model.of(row, padded(~first(ranking[:n], k))).argmax() != decision:
            return k / n
    return 1.0


def reference_tau(a, b):
    """Kendall's tau-b by pairs."""
    p, q = np.triu_indices(len(a), 1)
    a, b = np.sign(a[p] - a[q]), np.sign(b[p] - b[q])
    return (a * b).sum() / np.sqrt(np.abs(a).sum() * np.abs(b).sum())


def stream(name):
    value = 0xCBF29CE484222325
    for c in name.encode():
        value = ((value ^ c) * 0x100000001B3) % 2**64
    return value


def philox(seed, stream, position):
    """Philox4x32-10 (Salmon et al. 2011)."""
    word = 2**32 - 1
    k0, k1 = seed & word, seed >> 32
    c = [position & word, position >> 32, stream & word, stream >> 32]
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k0, p1 & word, (p0 >> 32) ^ c[3] ^ k1, p0 & word]
        k0, k1 = (k0 + 0x9E3779B9) & word, (k1 + 0xBB67AE85) & word
    return c


# ---- attributions


@pytest.mark.parametrize("form", explain.GRADIENTS)
def test_gradient_times_input(context, random, near, form):
    x, dx = random(BATCH, TIME, DIM), random(BATCH, TIME, DIM)
    product = (x.astype(np.float64) * dx).sum(-1)
    expected = {"signed": product, "absolute": abs(product), "norm": np.linalg.norm(dx.astype(np.float64), axis=-1)}[form]
    near(explain.gradient_input(context, x, dx, form=form), expected)
    near(explain.gradient_input(context, x, dx, LENGTHS, form=form), expected * (np.arange(TIME) < LENGTHS[:, None]))


@pytest.mark.parametrize("rule", explain.QUADRATURES)
@pytest.mark.parametrize("copies", [0, 5])
def test_integrated_gradients(context, model, near, rule, copies):
    steps = 7 if rule == "gauss_legendre" else 5  # with which secants begin, evenly spaced, before they halve intervals
    inside = np.arange(TIME) < LENGTHS[:, None]
    rows, x = np.arange(BATCH), model.x * inside[..., None]

    def ask(s):
        f, dx = model.gradient(rows, s * x, LENGTHS)
        return f.astype(np.float64), (x * dx.astype(np.float64)).sum(-1)

    if rule == "gauss_legendre":
        points, weights = np.polynomial.legendre.leggauss(steps)
        expected = sum(w / 2 * ask((s + 1) / 2)[1] for s, w in zip(points, weights))
    else:
        asked, expected = [ask(s) for s in np.linspace(0, 1, steps)], np.zeros((BATCH, TIME))
        for (f, share), (f_next, share_next) in zip(asked, asked[1:]):
            both, change = share + share_next, f_next - f
            total = both.sum(-1)
            scaled = (change * total > 0) & (abs(total) >= 0.05 * abs(both).sum(-1))
            scale = np.where(scaled, change / np.where(scaled, total, 1), 0.5 / (steps - 1))
            expected += scale[:, None] * both
    ends = [ask(s)[0] for s in (0, 1)]
    found = explain.integrated(context, model.gradient, model.x, LENGTHS, steps=steps, rule=rule, copies=copies)
    near(found.attributions, expected)
    near(found.change, ends[1] - ends[0])
    near(found.gap, ends[1] - ends[0] - expected.sum(1), 1e-4)  # a small difference of large numbers
    many = explain.integrated(context, model.gradient, model.x, LENGTHS, rule=rule)
    assert (abs(many.gap) <= 0.01 * abs(many.change)).all()


@pytest.mark.parametrize("targets", [None, np.array([0, 1, 2, 0, 1, 2], np.int32)])
def test_occlusion(context, model, near, targets):
    found = explain.occlusion(context, model.masked, LENGTHS, TIME, CLASSES, targets=targets, copies=8)
    expected = np.zeros((BATCH, TIME))
    for row, n in enumerate(LENGTHS):
        expected[row, :n] = reference_occlusion(model, row, None if targets is None else targets[row])
    near(found, expected)


def test_random_attributions(context):
    found = explain.random(context, LENGTHS, TIME, seed=2**40 + 1)
    for row, n in enumerate(LENGTHS):
        draws = [(philox(2**40 + 1, stream("attn_explain_random") + row, t)[0] >> 8) / 2**24 for t in range(n)]
        np.testing.assert_array_equal(found[row], np.float32(draws + [0] * (TIME - n)))


# ---- measures


@pytest.mark.parametrize("measure", [explain.comprehensiveness, explain.sufficiency])
@pytest.mark.parametrize("fractions", [None, np.array([0, 0.3, 1], np.float32)])
def test_comprehensiveness_and_sufficiency(context, model, near, measure, fractions):
    found = measure(context, model.masked, model.weights, CLASSES, LENGTHS, fractions=fractions)
    chosen = FRACTIONS if fractions is None else fractions
    expected = np.zeros((BATCH, len(chosen)))
    for row in np.flatnonzero(LENGTHS):
        expected[row] = reference_erasure(model, row, model.weights[row], chosen, measure is explain.sufficiency)
    near(found.scores, expected)
    near(found.aopc, expected.mean(1))


def test_soft_erasure(context, model, near):
    samples, a = 3, model.x[..., 0].copy()
    found = explain.soft(context, model.dropped, a, DIM, CLASSES, LENGTHS, samples=samples, seed=7, copies=5)
    for row, n in enumerate(LENGTHS):
        if n == 0:
            assert found.comprehensiveness[row] == found.sufficiency[row] == found.range[row] == 0
            continue
        own = a[row, :n].astype(np.float64)
        share = (own - own.min()) / (own.max() - own.min()) if n > 1 else np.full(1, 0.5)
        keep = np.zeros((2 * samples + 2, TIME, DIM))
        keep[0, :n] = 1
        for s in range(samples):
            words = [w for i in range(-(-n * DIM // 4)) for w in philox(7, stream("attn_explain_soft") + row, s << 32 | i)]
            drawn = np.array(words[: n * DIM]).reshape(n, DIM) < share[:, None] * 2**32
            keep[2 * s + 2, :n], keep[2 * s + 3, :n] = ~drawn, drawn
        p = model.probabilities(model.x[row] * keep, np.repeat(model.weights[row][None], len(keep), 0))
        lost = np.maximum(0, (p[0] - p)[:, p[0].argmax()])
        parts = np.minimum(1, lost[2:] / lost[1]) if lost[1] else np.zeros(2 * samples)
        near(found.range[row], lost[1])
        near(found.comprehensiveness[row], parts[::2].mean())
        near(found.sufficiency[row], 1 - parts[1::2].mean() if lost[1] else 0)
    assert (found.range > 0).sum() > 1


def test_the_fraction_to_flip(context, near):
    for seed in range(20):
        model = Model(seed)
        ranking = explain.occlusion(context, model.masked, LENGTHS, TIME, CLASSES)
        found = explain.flip(context, model.masked, ranking, CLASSES, LENGTHS, copies=6)
        near(found, [reference_flip(model, row, ranking[row]) if n else 0 for row, n in enumerate(LENGTHS)])


def test_correlation(context, near):
    draw = np.random.default_rng(8)
    lengths = np.array([200, 150, 3, 40], np.int32)
    for levels in (3, 30, 10**6):
        a = draw.integers(0, levels, (4, 200)).astype(np.float32)
        b = np.float32(a / levels + draw.integers(0, levels, (4, 200)) / levels)
        b[:, :2] = a[:, :2] = [0, 1]  # constant in no row
        found = explain.correlation(context, a, b, lengths)
        near(found.tau, [reference_tau(a[i, :n], b[i, :n]) for i, n in enumerate(lengths)])
        near(found.pearson, [np.corrcoef(a[i, :n], b[i, :n])[0, 1] for i, n in enumerate(lengths)])


def test_divergence(context, random, near):
    a, b = random(BATCH, TIME), random(BATCH, TIME)
    b[1] = 0  # spread evenly
    expected = np.zeros(BATCH)
    for row, n in enumerate(LENGTHS):
        p, q = abs(a[row, :n].astype(np.float64)), abs(b[row, :n].astype(np.float64))
        q = q if q.any() else np.ones(n)
        p, q = p / p.sum(), q / q.sum()
        expected[row] = ((p * np.log(2 * p / (p + q))).sum() + (q * np.log(2 * q / (p + q))).sum()) / 2
    near(explain.divergence(context, a, b, LENGTHS), expected)


def runs(tokens):
    """The spans of a row, (begin, end)."""
    edges = np.flatnonzero(np.diff(np.pad(tokens.astype(int), 1)))
    return list(zip(edges[::2], edges[1::2]))


def f1(p, r):
    return 2 * p * r / (p + r) if p and r else 0


def test_matches_of_what_people_marked(context, near):
    """As ERASER's scorer has it: sets of tokens, and of spans by the best intersection over union of each."""
    draw = np.random.default_rng(5)
    lengths = np.array([60, 41, 3, 0, 20], np.int32)
    a = draw.normal(size=(5, 60)).astype(np.float32)
    marked = np.repeat(draw.random((5, 20)) < 0.3, 3, axis=1)
    marked[4] = False
    for fraction in 0.1, 0.3, 0.5:
        chosen = explain.choose(context, a, fraction, lengths)
        for row, n in enumerate(lengths):
            np.testing.assert_array_equal(chosen[row], padded_to(first(a[row, :n], int(np.ceil(round(fraction * n, 5)))), 60))
        chosen |= np.roll(chosen, 1, axis=1) & (draw.random(chosen.shape) < 0.7)  # spans of more than a token
        tokens, spans = explain.token_match(context, chosen, marked, lengths), explain.span_match(context, chosen, marked, lengths)
        for row, n in enumerate(lengths):
            own, people = chosen[row, :n], marked[row, :n]
            right = (own & people).sum()
            p, r = right / max(own.sum(), 1), right / max(people.sum(), 1)
            near([tokens.precision[row], tokens.recall[row], tokens.f1[row]], [p, r, f1(p, r)])
            best = [max((len(set(range(*s)) & set(range(*t))) / len(set(range(*s)) | set(range(*t))) for t in runs(people)), default=0)
                    for s in runs(own)]
            right = sum(iou >= 0.5 for iou in best)
            p, r = right / max(len(best), 1), right / max(len(runs(people)), 1)
            near([spans.precision[row], spans.recall[row], spans.f1[row]], [p, r, f1(p, r)])


def padded_to(tokens, time):
    return np.pad(tokens, (0, time - len(tokens)))


def test_precision_and_recall(context, near):
    draw = np.random.default_rng(6)
    lengths = np.array([60, 41, 1, 0, 20], np.int32)
    marked = draw.random((5, 60)) < 0.3
    marked[2, 0], marked[4] = True, False
    for levels in 4, 10**6:
        a = draw.integers(0, levels, (5, 60)).astype(np.float32)
        found = explain.precision_recall(context, a, marked, lengths)
        for row, n in enumerate(lengths):
            own, people = a[row, :n], marked[row, :n]
            points = [(0, 1)]  # recall, precision of those at least as large as each number, from the largest down
            for least in sorted(set(own), reverse=True) if people.any() else ():
                chosen = own >= least
                points.append(((chosen & people).sum() / people.sum(), (chosen & people).sum() / chosen.sum()))
            r, p = np.array(points).T
            near(found.average_precision[row], (np.diff(r) * p[1:]).sum())
            near(found.area[row], (np.diff(r) * (p[1:] + p[:-1]) / 2).sum())


def test_permutation(context, model, near):
    permutations = 12
    found = experimental.permutation(
        context, model.weighted, model.weights, CLASSES, LENGTHS, permutations=permutations, seed=5, copies=10
    )
    rows = np.concatenate([rows for rows, _ in model.asked])
    asked = np.concatenate([weights for _, weights in model.asked])
    for row, n in enumerate(LENGTHS):
        if n == 0:
            assert found[row] == 0 and row not in rows
            continue
        own = asked[rows == row]
        assert len(own) == permutations + 1
        for copy in range(permutations + 1):
            expected = model.weights[row].copy()
            for t in range(n - 1, 0, -1) if copy else ():
                j = philox(5, stream("attn_explain_permutation") + row, copy << 32 | t)[0] * (t + 1) >> 32
                expected[[t, j]] = expected[[j, t]]
            np.testing.assert_array_equal(own[copy], expected)
        p = model.probabilities(model.x[[row]], own)
        near(found[row], np.median(abs(p[1:] - p[0]).sum(1) / 2))


def test_conicity(context, random, near):
    states = random(BATCH, TIME, DIM) + 0.3
    expected = np.zeros(BATCH)
    for row in np.flatnonzero(LENGTHS):
        own = states[row, : LENGTHS[row]].astype(np.float64)
        mean = own.mean(0)
        expected[row] = (own @ mean / np.linalg.norm(own, axis=1) / np.linalg.norm(mean)).mean()
    near(experimental.conicity(context, states, LENGTHS), expected)


def test_bootstrap(context, random, near):
    values, resamples = random(11), 40
    means = []
    for i in range(resamples):
        words = [w for k in range(3) for w in philox(9, stream("attn_explain_bootstrap") + i, k)]
        means.append(values.astype(np.float64)[[w * 11 >> 32 for w in words[:11]]].mean())
    found = explain.bootstrap(context, values, confidence=0.9, resamples=resamples, seed=9)
    near(found, [values.astype(np.float64).mean(), *np.quantile(means, [0.05, 0.95])])


def test_a_network_of_the_library(context, params, tape):
    """Attention x gradient, integrated gradients and occlusion of an attention layer with a decision."""
    ids, table = np.array([[2, 3, 4, 5], [5, 4, 0, 0]], np.int32), attn.Embedding(params, "e", 6, 5)
    attend, decide = attn.Attention(params, "a", 5), attn.Dense(params, "d", 5, 2)
    lengths = np.array([4, 2], np.int32)
    x = table.forward(None, ids, lengths)
    smooth = attn.Tape(context, mode="gradient")

    def gradient(rows, x, lengths):
        smooth.begin(0)
        weights, summary = attend.forward(smooth, x, lengths)
        logits = decide.forward(smooth, summary)
        dlogits = np.zeros_like(logits)
        dlogits[:, 1] = 1
        return logits[:, 1].copy(), attend.backward(smooth, dcontext=decide.backward(smooth, dlogits))

    def masked(rows, keep):
        vectors = table.forward(None, np.where(keep, ids[rows], attn.UNK_ID).astype(np.int32), lengths[rows])
        return decide.forward(None, attend.forward(None, vectors, lengths[rows])[1])

    found = explain.integrated(context, gradient, x, lengths)
    assert (abs(found.gap) <= 0.01 * abs(found.change)).all()
    whole = decide.forward(None, attend.forward(None, x, lengths)[1])
    occluded = explain.occlusion(context, masked, lengths, 4, 2, targets=np.array([1, 1], np.int32))
    without = ids.copy()
    without[:, 0] = attn.UNK_ID
    others = decide.forward(None, attend.forward(None, table.forward(None, without, lengths), lengths)[1])
    np.testing.assert_allclose(occluded[:, 0], whole[:, 1] - others[:, 1], atol=1e-6)


# ---- failures


def test_what_the_callback_raises_comes_back(context, model):
    def broken(*_arguments):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        explain.occlusion(context, broken, LENGTHS, TIME, CLASSES)
    with pytest.raises(KeyError, match="mine"):
        experimental.permutation(context, broken, model.weights, CLASSES, LENGTHS)
    with pytest.raises(KeyError, match="mine"):
        explain.integrated(context, broken, model.x, LENGTHS)
    with pytest.raises(ValueError, match=r"outputs: expected a C-contiguous float32 array \[29, 3\]; got float32 \[1, 1\]"):
        explain.occlusion(context, lambda rows, keep: np.zeros((1, 1), np.float32), LENGTHS, TIME, CLASSES)


def test_wrong_arguments(context, model):
    with pytest.raises(attn.ArgumentError, match="attn.explain.occlusion: the callback gave nan as output 0 of a copy of row 0"):
        explain.occlusion(context, lambda rows, keep: np.full((len(rows), 3), np.nan, np.float32), LENGTHS, TIME, CLASSES)
    with pytest.raises(ValueError, match="form: expected one of 'signed', 'absolute', 'norm'"):
        explain.gradient_input(context, model.x, model.x, form="square")
    with pytest.raises(ValueError, match=r"x: expected a C-contiguous float32 array \[6, 9, 4\]"):
        explain.gradient_input(context, model.x[:5].copy(), model.x)
    with pytest.raises(attn.ArgumentError, match="steps is 0"):
        explain.integrated(context, model.gradient, model.x, LENGTHS, steps=0)
    with pytest.raises(ValueError, match=r"lengths: expected a C-contiguous int32 array \[6\]"):
        experimental.conicity(context, model.x, LENGTHS[:5].copy())
    with pytest.raises(attn.ArgumentError, match="confidence is 2"):
        explain.bootstrap(context, np.zeros(3, np.float32), confidence=2)
    with pytest.raises(attn.ArgumentError, match=r"fractions\[0\] is 2"):
        explain.sufficiency(context, model.masked, model.weights, CLASSES, LENGTHS, fractions=np.array([2], np.float32))
