"""The model file: round trips, and other libraries' eyes on it."""

import json
import struct

import attn
import numpy as np
import pytest


def read_safetensors(path):
    """(tensors by name, metadata): 8 bytes length, JSON, data."""
    content = path.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    metadata = header.pop("__metadata__")
    data = content[8 + size :]
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32"
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
    return tensors, metadata


def make(context, seed):
    params = attn.Params(context, seed)
    gru = attn.GRU(params, "encoder", 3, 4, layers=2, bidirectional=True)
    return params, gru


def test_a_model_is_saved_and_loaded(context, random, tmp_path):
    params, gru = make(context, seed=1)
    builder = attn.VocabBuilder(context)
    builder.add_token("film", 3)
    path = tmp_path / "model.safetensors"
    attn.save(path, params, vocab=builder.build(), config='{"hidden": 4}')

    file = attn.File.open(path)
    assert file.config == '{"hidden": 4}'
    assert file.vocab().id("film") == 2
    assert file.shapes["encoder.weight_hh_l1_reverse"] == (12, 4)
    others, other = make(context, seed=2)
    x = random(2, 5, 3)
    assert not np.array_equal(other.forward(None, x)[0], gru.forward(None, x)[0])
    file.load(others)
    np.testing.assert_array_equal(other.forward(None, x)[0], gru.forward(None, x)[0])


def test_the_file_is_safetensors(context, tmp_path):
    params, _ = make(context, seed=1)
    path = tmp_path / "model.safetensors"
    attn.save(path, params, config="ü")
    tensors, metadata = read_safetensors(path)
    assert metadata["format"] == "libattn" and metadata["config"] == "ü"
    assert tensors.keys() == params.tensors.keys()
    for name, tensor in params.tensors.items():
        np.testing.assert_array_equal(tensors[name], tensor.values)


def test_layers_are_made_by_their_file(context, random, tmp_path):
    params = attn.Params(context, seed=1)
    dense = attn.Dense(params, "decision", 3, 2, activation="tanh")
    file = attn.File.from_bytes(attn.save_bytes(params))
    assert file.layers == {"decision": "dense"}
    again = file.dense("decision", attn.Params(context, seed=2))
    file.close()
    x = random(4, 3)
    np.testing.assert_array_equal(again.forward(None, x), dense.forward(None, x))
    assert repr(again) == repr(dense)


def test_a_model_is_made_by_its_file_alone(context, random):
    params = attn.Params(context, seed=1)
    words = attn.Embedding(params, "words", 10, 3)
    encoder = attn.GRU(params, "encoder", 3, 4, bidirectional=True, layer_norm=True)
    attention = attn.Attention(params, "attention", 8, score="additive", query_dim=5, weighting="entmax15")
    reader = attn.AttentionGRU(params, "reader", 8, 6, form="code", vector_openings=True)
    decision = attn.Dense(params, "decision", 6, 2)
    file = attn.File.from_bytes(attn.save_bytes(params))
    others = attn.Params(context, seed=2)
    again = (file.embedding("words", others), file.gru("encoder", others), file.attention("attention", others),
             file.attention_gru("reader", others), file.dense("decision", others))
    np.testing.assert_array_equal(others.values, params.values)
    assert [repr(layer) for layer in again] == [repr(layer) for layer in (words, encoder, attention, reader, decision)]
    assert file.layers == {"words": "embedding", "encoder": "gru", "attention": "attention", "reader": "attngru",
                           "decision": "dense"}

    ids, query, weights = np.arange(6, dtype=np.int32).reshape(2, 3), random(2, 1, 5), random(2, 3, 6)

    def run(words, encoder, attention, reader, decision):
        states, _ = encoder.forward(None, words.forward(None, ids))
        shares, summary = attention.forward(None, states, query=query)
        _, last = reader.forward(None, states, weights)
        return states, shares, summary, decision.forward(None, last)

    for ours, theirs in zip(run(*again), run(words, encoder, attention, reader, decision)):
        np.testing.assert_array_equal(ours, theirs)


def test_a_layer_with_another_option_is_not_loaded(context):
    params, other = attn.Params(context), attn.Params(context)
    attn.Dense(params, "decision", 3, 2, activation="tanh")
    attn.Dense(other, "decision", 3, 2)
    with pytest.raises(attn.FormatError, match='layer "decision" has activation 1; these params have 0'):
        attn.File.from_bytes(attn.save_bytes(params)).load(other)


def test_bytes_are_the_file_and_everything_in_it_comes_back(context, tmp_path):
    params, _ = make(context, seed=1)
    builder = attn.VocabBuilder(context)
    builder.add_token("film", 3)
    vocab = builder.build()
    given = dict(vocab=vocab, vocabs={"second": vocab}, config="ü", metadata={"author": "I", "": "none"})
    attn.save(tmp_path / "model", params, **given)
    data = attn.save_bytes(params, **given)
    assert (tmp_path / "model").read_bytes() == data
    file = attn.File.from_bytes(data)
    assert file.config == "ü" and file.metadata("author") == "I" and file.metadata("") == "none"
    assert file.metadata("missing") is None
    assert len(file.vocab()) == len(file.vocab("second")) == 3
    with pytest.raises(attn.FormatError, match='"third"'):
        file.vocab("third")
    with pytest.raises(TypeError, match="vocabs: expected an attn.Vocab; got str"):
        attn.save_bytes(params, vocabs={"second": "film"})
    with pytest.raises(attn.ArgumentError, match="vocab.x"):
        attn.save_bytes(params, metadata={"vocab.x": ""})


def test_bfloat16_is_half_the_size(context):
    params = attn.Params(context, seed=1)
    values = params.add("w", (1000,), "normal").values
    file = attn.File.from_bytes(attn.save_bytes(params, dtype="bfloat16"))
    read = file.read("w")
    rounded = (values.view(np.uint32) + 0x7FFF + (values.view(np.uint32) >> 16 & 1)) & 0xFFFF0000
    np.testing.assert_array_equal(read.view(np.uint32), rounded.astype(np.uint32))
    with pytest.raises(attn.FormatError, match='no tensor "v"'):
        file.read("v")


def test_int8_is_a_quarter_of_a_matrix(context):
    params = attn.Params(context, seed=1)
    params.add("m", (1000, 20), "normal")
    params.add("v", (20,), "normal")
    values = params.tensors["m"].values
    bytes_of = attn.save_bytes(params, dtype="int8")
    assert len(bytes_of) < 0.35 * len(attn.save_bytes(params))
    file = attn.File.from_bytes(bytes_of)
    scales = file.read("m.scales")[:, None]
    np.testing.assert_allclose(scales[:, 0], np.abs(values).max(1) / 127, rtol=1e-6)
    np.testing.assert_array_equal(file.read("m"), np.rint(values / scales).astype(np.float32) * scales)
    np.testing.assert_array_equal(file.read("v"), params.tensors["v"].values)


def test_a_state_dict_is_loaded_under_a_prefix(context):
    bare, params = attn.Params(context, seed=1), attn.Params(context, seed=2)
    weight = bare.add("weight", (2, 3), "normal").values.copy()
    bare.add("bias", (2,), "normal")
    dense = attn.Dense(params, "decision", 3, 2)
    attn.File.from_bytes(attn.save_bytes(bare)).load(params, target="decision.")
    np.testing.assert_array_equal(params.tensors["decision.weight"].values, weight)
    assert dense.forward(None, np.zeros((1, 3), np.float32)).shape == (1, 2)


def test_what_the_file_lacks_is_said(context, tmp_path):
    path = tmp_path / "model.safetensors"
    params, _ = make(context, seed=1)
    attn.save(path, params)
    file = attn.File.open(path)
    assert file.config is None
    with pytest.raises(attn.FormatError, match="attn.File.vocab: "):
        file.vocab()
    with pytest.raises(attn.FormatError, match="attn.File.load_adam: "):
        file.load_adam(attn.Adam(params))
    wider = attn.Params(context)
    attn.GRU(wider, "encoder", 3, 5)
    with pytest.raises(attn.FormatError, match="attn.File.load: .*encoder.weight_ih_l0"):
        file.load(wider)


def test_training_goes_on_from_a_checkpoint(context, random, tmp_path):
    def start(seed):
        params = attn.Params(context, seed)
        params.add("w", (5,), "normal")
        return params, attn.Adam(params, lr=0.1)

    def advance(params, adam, gradients):
        for gradient in gradients:
            params.gradients[:] = gradient
            adam.step()
        return params.values.copy()

    gradients = [random(5) for _ in range(4)]
    expected = advance(*start(1), gradients)
    params, adam = start(1)
    advance(params, adam, gradients[:2])
    attn.save(tmp_path / "checkpoint", params, adam=adam)
    others, other = start(2)
    with attn.File.open(tmp_path / "checkpoint") as file:
        file.load(others)
        file.load_adam(other)
    assert other.steps == 2
    np.testing.assert_array_equal(advance(others, other, gradients[2:]), expected)


def test_a_failed_save_leaves_what_was_there(context, tmp_path):
    params, _ = make(context, seed=1)
    with pytest.raises(attn.IoError, match="attn.save: "):
        attn.save(tmp_path / "no" / "folder", params)
    with pytest.raises(ValueError, match="path: holds a NUL"):
        attn.save("a\0b", params)


def test_a_file_is_replaced_whole(tmp_path):
    path, link = tmp_path / "page", tmp_path / "link"
    link.symlink_to(path)
    for data in b"a\0b", b"", b"x" * 100000:
        attn.replace_file(link, data)
        assert path.read_bytes() == data
    assert link.is_symlink()
    with pytest.raises(attn.IoError, match="attn.replace_file: cannot write .*: No such file or directory"):
        attn.replace_file(tmp_path / "no" / "folder", b"")
    assert sorted(tmp_path.iterdir()) == [link, path]


def test_a_gru_saved_here_gives_the_same_outputs_in_torch(context, random, near, tmp_path):
    torch = pytest.importorskip("torch")
    params, gru = make(context, seed=1)
    params.values[:] = 0.5 * random(params.size)
    attn.save(tmp_path / "model.safetensors", params)
    tensors, _ = read_safetensors(tmp_path / "model.safetensors")
    other = torch.nn.GRU(3, 4, num_layers=2, bidirectional=True, batch_first=True)
    other.load_state_dict({name[len("encoder.") :]: torch.tensor(value) for name, value in tensors.items()})

    x, h0, lengths = random(3, 6, 3), random(4, 3, 4), np.array([6, 2, 5], np.int32)
    y, hn = gru.forward(None, x, lengths, h0)
    with torch.no_grad():
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            torch.tensor(x), torch.tensor(lengths), batch_first=True, enforce_sorted=False
        )
        output, expected_hn = other(packed, torch.tensor(h0))
        expected, _ = torch.nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
    near(y, expected.numpy())
    near(hn, expected_hn.numpy())
