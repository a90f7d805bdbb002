"""One call of every public function and method that takes arguments, which does as it should: test_types.py replaces its
arguments one by one. A new call needs a line in ``calls``."""

import inspect
import typing
from types import SimpleNamespace

import attn
import numpy as np
from attn._handle import Handle

FOLLOWED = [attn, attn.explain, attn.experimental]


def floats(*shape):
    return np.zeros(shape, np.float32)


def integers(*shape):
    return np.zeros(shape, np.int32)


def public():
    """{"GRU.forward": function} of everything public that takes arguments; a class stands for its constructor."""
    found = {}
    for module in FOLLOWED:
        prefix = "" if module is attn else f"{module.__name__.split('.')[-1]}."
        for name, thing in vars(module).items():
            home = getattr(thing, "__module__", "")
            if name.startswith("_") or not home.startswith("attn.") or (module is not attn and home != module.__name__):
                continue
            if inspect.isfunction(thing):
                found[prefix + name] = thing
            elif inspect.isclass(thing) and issubclass(thing, Handle):
                for method, function in inspect.getmembers(thing, callable):
                    if not (getattr(function, "__module__", None) or "").startswith("attn."):
                        continue  # of collections.abc, which a sequence and a mapping have
                    if method == "__init__":
                        found[prefix + name] = function
                    elif not method.startswith("_"):
                        found[f"{prefix}{name}.{method}"] = function
    return {name: function for name, function in found.items() if parameters(function)}


def doc_of(name):
    """The docstring of a public call, or of the class that a constructor stands for."""
    thing = attn
    for part in name.split("."):
        thing = getattr(thing, part)
    return inspect.getdoc(thing) or ""


def parameters(function):
    """{name: annotation} of what a caller gives; nothing of what only the package itself calls, which takes whatever comes."""
    hints = typing.get_type_hints(function)
    given = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in given):
        return {}
    return {parameter.name: hints[parameter.name] for parameter in given if parameter.name not in ("self", "cls")}


class Weight(SimpleNamespace):
    """What stands for one of torch's tensors, where there may be no torch."""

    dtype = "torch.float32"

    def detach(self):
        return self

    cpu = detach

    def __array__(self, dtype=None):
        return floats(*self.shape)


StandIn = type("GRU", (SimpleNamespace,), dict(
    __module__="torch.nn.modules.rnn", input_size=3, hidden_size=4, num_layers=1, bidirectional=False, bias=True, dropout=0.0,
    weight_ih_l0=Weight(shape=(12, 3)), weight_hh_l0=Weight(shape=(12, 4)), bias_ih_l0=Weight(shape=(12,)),
    bias_hh_l0=Weight(shape=(12,)),
))


def handles(context, folder):
    """One handle of each class, and a folder with a file of each kind."""
    params = attn.Params(context, seed=7)
    made = SimpleNamespace(context=context, params=params, tape=attn.Tape(context))
    made.embedding = attn.Embedding(params, "embedding", 4, 3)  # <pad> <unk> a film
    made.gru = attn.GRU(params, "gru", 3, 4)
    made.packed = attn.PackedGRU(made.gru, embedding=made.embedding)
    made.soft = attn.Attention(params, "soft", 4)
    made.reader = attn.AttentionGRU(params, "reader", 4, 4)
    made.decision = attn.Dense(params, "decision", 4, 2)
    made.attention = attn.Attention(params, "attention", 3)
    made.asking = attn.Attention(params, "asking", 3, score="dot")
    made.additive = attn.Attention(params, "additive", 3, score="additive")
    made.memory = attn.AttentionMemory(made.asking, floats(2, 5, 3))
    made.staying = floats(2, 5, 2)
    made.attngru = attn.AttentionGRU(params, "attngru", 3, 4)
    made.dense = attn.Dense(params, "dense", 3, 2)
    made.counted = attn.NgramsBuilder(context)
    made.counted.add(np.array([[2, 3], [2, 3]], np.int32), None, np.array([0, 1], np.int32))
    made.ngrams = attn.Ngrams(params, "ngrams", made.counted)
    made.candidates = attn.Candidates(context, np.array([0, 1, 2, 3]))
    made.adam = attn.Adam(params)
    made.tokens = attn.Tokens(context, "a film")
    made.builder = attn.VocabBuilder(context)
    made.builder.add(made.tokens)
    made.vocab = made.builder.build()
    made.pieces = attn.Pieces.learn(made.vocab, min_count=1)
    made.classifier = attn.Classifier(embedding=made.embedding, encoder=made.gru, attention=made.soft, decision=made.decision,
                                      vocab=made.vocab)
    made.reading = made.classifier.read("a film")
    made.probe = attn.Probe(made.classifier, integers(2, 5))
    made.classifier.save(folder / "classifier")
    made.vocab.save(folder / "vocab.txt")
    (folder / "vectors.txt").write_text("film 1 2 3\n")
    attn.save(folder / "model", params, vocab=made.vocab, adam=made.adam, pieces=made.pieces)
    made.file = attn.File.open(folder / "model")
    made.folder = folder
    return made


def backward(made, layer, forward, **gradients):
    """The arguments of a backward, whose forward is done."""
    made.tape.begin(0)
    forward(made.tape)
    return dict(tape=made.tape, **gradients)


def calls(m):
    """{name: (what it is called on, its arguments)}; functions that a test may call again and again."""
    masked = dict(context=m.context, masked=lambda rows, keep: floats(len(rows), 2))
    ranked = dict(masked, attributions=floats(2, 5), classes=2, lengths=None, copies=0)
    marks = np.ones((2, 5), bool)
    matched = dict(context=m.context, chosen=marks, marked=marks, lengths=None)
    added = dict(vocabs={"second": m.vocab}, config="{}", adam=m.adam, metadata={"author": "I"}, dtype="float32", pieces=m.pieces)
    saved = dict(params=m.params, vocab=m.vocab, **added)
    ids, x = integers(2, 5), floats(2, 5, 3)
    drawn = dict(format="html", width=0, colours=True, fragment=False, logarithmic=False, swap_hues=False, largest=0.0,
                 title=None, note=None)
    return {
        "Context": lambda: (None, dict(threads=1, isa="best", precision="float32")),
        "Params": lambda: (None, dict(context=m.context, seed=0)),
        "Params.add": lambda: (attn.Params(m.context), dict(name="own", shape=[2], init="one", frozen=False, init_scale=2.0, lr_scale=3.0)),
        "Params.set_lr_scale": lambda: (m.params, dict(name="gru.weight_ih_l0", scale=1.0)),
        "Params.use_rows": lambda: (m.params, dict(name="embedding.weight", rows=[1])),
        "Tape": lambda: (None, dict(context=m.context, mode="train", seed=0)),
        "Tape.begin": lambda: (m.tape, dict(step=0)),
        "Tape.begin_part": lambda: (m.tape, dict(step=0, first=2, rows=2)),
        "Tokens": lambda: (None, dict(context=m.context, text="a film", keep_case=False, keep_accents=False, keep_contractions=False)),
        "Tokens.set_text": lambda: (m.tokens, dict(text="a film")),
        "VocabBuilder": lambda: (None, dict(context=m.context, max_tokens=2)),
        "VocabBuilder.add": lambda: (m.builder, dict(tokens=m.tokens)),
        "VocabBuilder.add_token": lambda: (m.builder, dict(token="film", count=1)),
        "VocabBuilder.build": lambda: (m.builder, dict(max_size=0, min_count=0, special=["<s>"], tokens=m.tokens)),
        "Vocab.load": lambda: (
            None,
            dict(context=m.context, path=m.folder / "vocab.txt", max_size=0, min_count=0, special=["<s>"], tokens=m.tokens),
        ),
        "Vocab.save": lambda: (m.vocab, dict(path=m.folder / "vocab.txt")),
        "Vocab.id": lambda: (m.vocab, dict(token="film")),
        "Vocab.token": lambda: (m.vocab, dict(id=1)),
        "Vocab.frequency": lambda: (m.vocab, dict(id=1)),
        "Vocab.tokens": lambda: (m.vocab, dict(text="a film")),
        "Vocab.encode": lambda: (m.vocab, dict(tokens=m.tokens, max_ids=None)),
        "Vocab.decode": lambda: (m.vocab, dict(ids=integers(2))),
        "Pieces.learn": lambda: (None, dict(vocab=m.vocab, joins=0, min_count=0)),
        "Pieces.split": lambda: (m.pieces, dict(word="films")),
        "Pieces.join": lambda: (None, dict(pieces=["fi@@", "lm"])),
        "pad": lambda: (None, dict(sequences=[[1, 2], [1]], time=3)),
        "probe_vectors": lambda: (None, dict(context=m.context, path=m.folder / "vectors.txt", format="glove")),
        "read_vectors": lambda: (
            None,
            dict(context=m.context, vocab=m.vocab, path=m.folder / "vectors.txt", table=floats(len(m.vocab), 3), format="glove"),
        ),
        "Embedding": lambda: (None, dict(params=attn.Params(m.context), name="e", rows=4, dim=3, frozen=False, init="default")),
        "Embedding.load": lambda: (m.embedding, dict(vocab=m.vocab, path=m.folder / "vectors.txt")),
        "Embedding.forward": lambda: (m.embedding, dict(tape=None, ids=ids, lengths=None, out=None)),
        "Embedding.backward": lambda: (
            m.embedding, backward(m, m.embedding, lambda tape: m.embedding.forward(tape, ids), dy=x)
        ),
        "dropout_forward": lambda: (None, dict(context=m.context, tape=None, x=x, probability=0.5, out=None)),
        "dropout_backward": lambda: (
            None,
            dict(context=m.context) | backward(m, None, lambda tape: attn.dropout_forward(m.context, tape, x, 0.5), dy=x, out=None),
        ),
        "pooling_forward": lambda: (None, dict(context=m.context, tape=None, x=x, lengths=None, pooling="mean", out=None)),
        "pooling_backward": lambda: (
            None,
            dict(context=m.context) | backward(m, None, lambda tape: attn.pooling_forward(m.context, tape, x), dy=x[:, 0].copy(), out=None),
        ),
        "pyramid_forward": lambda: (None, dict(context=m.context, tape=None, x=x, lengths=None, join=2, out=None)),
        "pyramid_backward": lambda: (
            None,
            dict(context=m.context) | backward(m, None, lambda tape: attn.pyramid_forward(m.context, tape, x), dy=floats(2, 3, 6), out=None),
        ),
        "GRU": lambda: (
            None,
            dict(params=attn.Params(m.context), name="g", input_dim=3, hidden_dim=4, layers=1, bidirectional=False,
                 reset="after", layer_norm=False, init="default", dropout=0.0, input_dropout=0.0, experimental=0),
        ),
        "GRU.forward": lambda: (m.gru, dict(tape=None, x=x, lengths=None, h0=None, out=None)),
        "GRU.forward_ids": lambda: (
            m.gru, dict(tape=None, embedding=m.embedding, ids=ids, lengths=None, h0=None, scales=floats(2, 5), out=None)
        ),
        "GRU.backward": lambda: (
            m.gru,
            backward(m, m.gru, lambda tape: m.gru.forward(tape, x), dy=None, dhn=None, need_dx=None, need_dh0=True, out=None),
        ),
        "GRU.from_torch": lambda: (None, dict(params=attn.Params(m.context), name="g", module=StandIn())),
        "PackedGRU": lambda: (None, dict(gru=m.gru, precision="float32", embedding=m.embedding)),
        "PackedGRU.forward": lambda: (m.packed, dict(x=x, lengths=None, h0=None, out=None)),
        "PackedGRU.forward_ids": lambda: (m.packed, dict(ids=ids, lengths=None, h0=None, scales=floats(2, 5), out=None)),
        "PackedGRU.step": lambda: (m.packed, dict(x=floats(2, 3), h=floats(1, 2, 4))),
        "PackedGRU.step_ids": lambda: (m.packed, dict(ids=integers(2), h=floats(1, 2, 4))),
        "PackedGRU.direction": lambda: (m.packed, dict(direction=0)),
        "Attention": lambda: (
            None,
            dict(params=attn.Params(m.context), name="a", memory_dim=3, score="feedforward", padding="masked", attention_dim=0,
                 outer_tanh=True, init="default", query_dim=0, weighting="softmax", temperature=0.0),
        ),
        "Attention.forward": lambda: (
            m.asking, dict(tape=None, memory=x, lengths=None, query=floats(2, 1, 3), query_lengths=None, out=None)
        ),
        "Attention.backward": lambda: (
            m.attention,
            backward(m, m.attention, lambda tape: m.attention.forward(tape, x), dweights=None, dcontext=None,
                     need_dmemory=True, need_dquery=True, out=None),
        ),
        "Attention.keys_forward": lambda: (m.additive, dict(tape=None, memory=floats(2, 5, 2), lengths=None, out=None)),
        "Attention.keys_backward": lambda: (
            m.additive,
            backward(m, m.additive, lambda tape: m.additive.keys_forward(tape, m.staying), dkeys=x, dmemory=None),
        ),
        "Attention.step_forward": lambda: (
            m.additive, dict(tape=None, memory=m.staying, keys=x, query=floats(2, 3), lengths=None, moving=floats(2, 5, 1), asks=None,
                             out=None)
        ),
        "Attention.step_backward": lambda: (
            m.additive,
            backward(m, m.additive,
                     lambda tape: m.additive.step_forward(tape, m.staying, x, floats(2, 3), moving=floats(2, 5, 1)),
                     dweights=None, dcontext=None, dkeys=None, dmemory=None, need_dmoving=True, need_dquery=True),
        ),
        "Attention.keys": lambda: (m.soft, dict(memory=floats(5, 4), keys=None, first=0, width=None)),
        "Attention.scores": lambda: (m.soft, dict(memory=floats(5, 4), keys=None)),
        "Attention.slopes": lambda: (m.soft, dict(memory=floats(5, 4))),
        "Attention.weigh": lambda: (m.soft, dict(scores=floats(2, 5), lengths=None, out=None)),
        "AttentionMemory": lambda: (None, dict(attention=m.asking, memory=x, lengths=None)),
        "AttentionMemory.attend": lambda: (m.memory, dict(query=floats(2, 3), rows=None, out=None)),
        "AttentionGRU": lambda: (
            None,
            dict(params=attn.Params(m.context), name="a", input_dim=3, hidden_dim=4, form="replace", vector_openings=False,
                 reset="after", layer_norm=False, init="default", dropout=0.0),
        ),
        "AttentionGRU.forward": lambda: (
            m.attngru, dict(tape=None, x=x, openings=floats(2, 5), lengths=None, h0=None, out=None)
        ),
        "AttentionGRU.forward_ids": lambda: (
            m.attngru,
            dict(tape=None, embedding=m.embedding, ids=ids, openings=floats(2, 5), lengths=None, h0=None,
                 scales=floats(2, 5), out=None),
        ),
        "AttentionGRU.backward": lambda: (
            m.attngru,
            backward(m, m.attngru, lambda tape: m.attngru.forward(tape, x, floats(2, 5)), dy=None, dhn=None, need_dx=None,
                     need_dopenings=True, need_dh0=True, out=None),
        ),
        "Dense": lambda: (
            None,
            dict(params=attn.Params(m.context), name="d", input_dim=3, output_dim=2, activation="none", bias=True, init="default"),
        ),
        "Dense.forward": lambda: (m.dense, dict(tape=None, x=floats(2, 3), out=None)),
        "Dense.backward": lambda: (
            m.dense,
            backward(m, m.dense, lambda tape: m.dense.forward(tape, floats(2, 3)), dy=floats(2, 2), need_dx=True, out=None),
        ),
        "NgramsBuilder": lambda: (None, dict(context=m.context, classes=2, max_ngrams=0, longest=3, keep_unknown=False)),
        "NgramsBuilder.add": lambda: (m.counted, dict(ids=ids, lengths=None, labels=integers(2))),
        "Ngrams": lambda: (
            None,
            dict(params=attn.Params(m.context), name="n", builder=m.counted, min_count=2, max_ngrams=0, smoothing=1.0, scale=0.1,
                 offset=0.4, init="default", bias=True),
        ),
        "Ngrams.forward": lambda: (m.ngrams, dict(tape=None, ids=ids, lengths=None, out=None)),
        "Ngrams.backward": lambda: (
            m.ngrams, backward(m, m.ngrams, lambda tape: m.ngrams.forward(tape, ids), dlogits=floats(2, 2))
        ),
        "Ngrams.attribute": lambda: (m.ngrams, dict(ids=ids, lengths=None, targets=None)),
        "Ngrams.find": lambda: (m.ngrams, dict(ids=[2, 3])),
        "search": lambda: (
            None,
            dict(context=m.context, step=lambda rows, parents, tokens: floats(len(rows), 4), batch=1, classes=4, max_length=2,
                 begin_id=0, end_id=1, method="greedy", beam=4, top_k=0, temperature=1.0, length_penalty=0.0, seed=0),
        ),
        "draw_text": lambda: (
            None,
            dict(text="a film", begins=np.array([0, 2]), ends=np.array([1, 6]), numbers=floats(2), names=["a", "film"],
                 **drawn),
        ),
        "draw_matrix": lambda: (
            None, dict(weights=floats(1, 2), row_names=["row"], column_names=["one", "two"], **drawn)
        ),
        "cross_entropy": lambda: (
            None,
            dict(context=m.context, logits=floats(2, 3), labels=integers(2), class_weights=floats(3), label_smoothing=0.1,
                 scale=1.0, ignore_label=2, targets=np.full((2, 3), 1 / 3, np.float32)),
        ),
        "Candidates": lambda: (None, dict(context=m.context, frequencies=np.array([0, 1, 2]), count=2000, seed=0, power=0.75)),
        "Candidates.draw": lambda: (m.candidates, dict(step=0)),
        "sampled_cross_entropy": lambda: (
            None,
            dict(table=m.embedding, candidates=m.candidates, step=0, states=floats(2, 3), targets=integers(2),
                 bias=attn.Embedding(attn.Params(m.context), "bias", 4, 1), scale=1.0, gradients=True),
        ),
        "gather_steps": lambda: (
            None, dict(context=m.context, x=floats(2, 3, 4), lengths=None, skip_first=0, skip_last=0, column=0, width=0)
        ),
        "gather_ids": lambda: (None, dict(context=m.context, ids=integers(2, 3), lengths=None, skip_first=0, skip_last=0)),
        "scatter_steps": lambda: (
            None,
            dict(context=m.context, rows=floats(4, 4), x=floats(2, 3, 4), lengths=None, skip_first=0, skip_last=1, column=0, width=0),
        ),
        "calibration_error": lambda: (
            None, dict(context=m.context, probabilities=np.full((2, 3), 1 / 3, np.float32), labels=integers(2), bins=15)
        ),
        "edit_distance": lambda: (
            None, dict(context=m.context, given=integers(2, 3), expected=integers(2, 4), given_lengths=None, expected_lengths=None)
        ),
        "fit_scales": lambda: (None, dict(context=m.context, logits=floats(2, 3, 4), labels=integers(3))),
        "experimental.conicity_loss": lambda: (None, dict(context=m.context, states=x, lengths=None, weight=1.0, dstates=None)),
        "Adam": lambda: (
            None,
            dict(params=m.params, lr=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.0, clip_norm=0.0,
                 lr_decay=1.0, lr_floor=0.0, lr_decay_steps=1, average=0.0),
        ),
        "Adam.set_lr": lambda: (m.adam, dict(lr=0.1)),
        "save": lambda: (None, dict(path=m.folder / "model", **saved)),
        "save_bytes": lambda: (None, saved),
        "replace_file": lambda: (None, dict(path=m.folder / "other", data=b"bytes")),
        "File.open": lambda: (None, dict(path=m.folder / "model")),
        "File.from_bytes": lambda: (None, dict(data=attn.save_bytes(m.params))),
        "File.metadata": lambda: (m.file, dict(key="format")),
        "File.read": lambda: (m.file, dict(name="embedding.weight")),
        "File.vocab": lambda: (m.file, dict(name="vocab")),
        "File.embedding": lambda: (m.file, dict(name="embedding", params=attn.Params(m.context))),
        "File.gru": lambda: (m.file, dict(name="gru", params=attn.Params(m.context))),
        "File.attention_gru": lambda: (m.file, dict(name="attngru", params=attn.Params(m.context))),
        "File.attention": lambda: (m.file, dict(name="asking", params=attn.Params(m.context))),
        "File.dense": lambda: (m.file, dict(name="dense", params=attn.Params(m.context))),
        "File.ngrams": lambda: (m.file, dict(name="ngrams", params=attn.Params(m.context))),
        "File.load": lambda: (m.file, dict(params=m.params, source="", target="")),
        "File.load_adam": lambda: (m.file, dict(adam=m.adam)),
        "Classifier": lambda: (
            None,
            dict(embedding=m.embedding, encoder=m.gru, decision=m.decision, attention=m.soft, pooling=None, reader=m.reader, ngrams=m.ngrams,
                 vocab=m.vocab,
                 labels=["no", "yes"], max_length=0, context_dropout=0.0),
        ),
        "Classifier.open": lambda: (None, dict(path=m.folder / "classifier", context=m.context)),
        "Classifier.from_file": lambda: (
            None, dict(file=attn.File.open(m.folder / "classifier"), params=attn.Params(m.context))
        ),
        "Classifier.save": lambda: (m.classifier, dict(path=m.folder / "classifier", **added)),
        "Classifier.save_bytes": lambda: (m.classifier, added),
        "Classifier.pack": lambda: (m.classifier, dict(precision="float32")),
        "Classifier.set_scales": lambda: (m.classifier, dict(scales=np.ones(1, np.float32))),
        "Classifier.channels": lambda: (m.classifier, dict(ids=ids, lengths=None)),
        "Classifier.forward": lambda: (
            m.classifier, dict(tape=None, ids=ids, lengths=None, scales=floats(2, 5), states=floats(2, 5, 4), out=None)
        ),
        "Classifier.backward": lambda: (
            m.classifier,
            backward(m, m.classifier, lambda tape: m.classifier.forward(tape, x), dlogits=floats(2, 2), dweights=None,
                     dstates=None, need_dx=None, out=None),
        ),
        "Classifier.attribute": lambda: (m.classifier, dict(ids=ids, lengths=None, by="attention", targets=None)),
        "Classifier.read": lambda: (m.classifier, dict(text="a film", by="attention")),
        "Classifier.read_many": lambda: (m.classifier, dict(texts=["a film"], by="attention")),
        "Reading.top": lambda: (m.reading, dict(count=1)),
        "Reading.draw": lambda: (m.reading, dict(names=["a", "film"], **drawn)),
        "Reading.ansi": lambda: (m.reading, dict(colours=True, width=0)),
        "Probe": lambda: (None, dict(classifier=m.classifier, ids=ids, lengths=None)),
        "Probe.leave_out": lambda: (m.probe, dict(rows=integers(3), keep=np.ones((3, 5), bool))),
        "Probe.erase": lambda: (m.probe, dict(rows=integers(3), keep=np.ones((3, 5), bool))),
        "Probe.dropped": lambda: (m.probe, dict(rows=integers(3), keep=np.ones((3, 5, m.probe.dim), bool))),
        "Probe.weighted": lambda: (m.probe, dict(rows=integers(3), weights=floats(3, 5))),
        "explain.gradient_input": lambda: (None, dict(context=m.context, x=x, dx=x, lengths=None, form="signed")),
        "explain.integrated": lambda: (
            None,
            dict(context=m.context, gradient=lambda rows, x, lengths: (floats(len(rows)), floats(*x.shape)), x=x, lengths=None,
                 steps=2, rule="secant", copies=0),
        ),
        "explain.occlusion": lambda: (None, dict(masked, lengths=integers(2), time=5, classes=2, targets=None, copies=0)),
        "explain.random": lambda: (None, dict(context=m.context, lengths=integers(2), time=5, seed=0)),
        "explain.comprehensiveness": lambda: (None, dict(ranked, fractions=None, targets=None)),
        "explain.sufficiency": lambda: (None, dict(ranked, fractions=None, targets=None)),
        "explain.soft": lambda: (
            None,
            dict(context=m.context, dropped=lambda rows, keep: floats(len(rows), 2), attributions=floats(2, 5), dim=3, classes=2,
                 lengths=None, samples=2, seed=0, targets=None, copies=0),
        ),
        "explain.flip": lambda: (None, dict(ranked, resolution=0)),
        "explain.correlation": lambda: (None, dict(context=m.context, a=floats(2, 5), b=floats(2, 5), lengths=None)),
        "explain.divergence": lambda: (None, dict(context=m.context, a=floats(2, 5), b=floats(2, 5), lengths=None)),
        "explain.choose": lambda: (None, dict(context=m.context, attributions=floats(2, 5), fraction=0.5, lengths=None)),
        "explain.token_match": lambda: (None, matched),
        "explain.span_match": lambda: (None, dict(matched, overlap=0.5)),
        "explain.precision_recall": lambda: (
            None, dict(context=m.context, attributions=floats(2, 5), marked=np.ones((2, 5), bool), lengths=None)
        ),
        "experimental.permutation": lambda: (
            None,
            dict(context=m.context, weighted=lambda rows, weights: floats(len(rows), 2), weights=floats(2, 5), classes=2,
                 lengths=None, permutations=2, seed=0, copies=0),
        ),
        "experimental.conicity": lambda: (None, dict(context=m.context, states=x, lengths=None)),
        "explain.bootstrap": lambda: (
            None, dict(context=m.context, values=floats(3), confidence=0.95, resamples=10, seed=0)
        ),
    }
