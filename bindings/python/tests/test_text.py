"""Tokens, the vocabulary and word vectors."""

import collections.abc
import struct

import attn
import numpy as np
import pytest


@pytest.fixture
def vocab(context):
    builder = attn.VocabBuilder(context)
    builder.add(attn.Tokens(context, "the film the film the end"))
    builder.add_token("rare")
    return builder.build()


def test_tokens_come_with_their_bytes(context):
    text = "Très bon, I didn't<br />mind"
    tokens = attn.Tokens(context, text)
    assert list(tokens) == ["tres", "bon", ",", "i", "did", "n't", "mind"]
    spans = [text.encode()[begin:end].decode() for begin, end in zip(tokens.begins, tokens.ends)]
    assert spans == ["Très", "bon", ",", "I", "did", "n't", "mind"]
    assert tokens.begins.dtype == np.int64 and tokens.invalid == 0
    assert tokens[-1] == "mind" and len(tokens) == 7
    with pytest.raises(IndexError):
        tokens[7]


def test_tokens_take_any_text(context):
    tokens = attn.Tokens(context)
    assert list(tokens) == [] and tokens.begins.shape == (0,)
    for text in (b"one \xff two", "one \udcff two"):  # the same byte, escaped
        tokens.set_text(text)
        assert list(tokens) == ["one", "two"] and tokens.invalid == 1 and tokens.begins[1] == 6
    tokens.set_text("one\0two")
    assert list(tokens) == ["one", "two"]
    tokens.set_text("lone \ud800 surrogate")
    assert tokens.invalid >= 1
    with pytest.raises(TypeError, match="text: expected a str or bytes; got int"):
        tokens.set_text(5)


def test_a_vocabulary_counts_and_numbers_tokens(context, vocab):
    assert len(vocab) == 6
    assert vocab.decode(np.arange(6, dtype=np.int32)) == ["<pad>", "<unk>", "the", "film", "end", "rare"]
    assert vocab.id("film") == 3 and vocab.token(3) == "film" and vocab.frequency(3) == 2
    assert "rare" in vocab and "missing" not in vocab and vocab.id("missing") == attn.UNK_ID
    ids = vocab.encode(attn.Tokens(context, "The unseen film"))
    np.testing.assert_array_equal(ids, [2, attn.UNK_ID, 3])
    assert ids.dtype == np.int32
    assert len(vocab.encode(attn.Tokens(context, "the the the"), max_ids=2)) == 2
    with pytest.raises(TypeError, match="ids: .* got int64"):
        vocab.decode(np.array([1]))
    with pytest.raises(ValueError, match="token: holds a NUL"):
        vocab.id("the\0rest")


def test_tokens_are_a_sequence(context):
    tokens = attn.Tokens(context, "one film and one end")
    assert isinstance(tokens, collections.abc.Sequence)
    assert tokens[-1] == "end" and tokens[-5] == tokens[0] == "one" and tokens[1:3] == ["film", "and"]
    assert tokens[::-1] == list(reversed(tokens)) == ["end", "one", "and", "film", "one"] and tokens[7:] == []
    assert "film" in tokens and "One" not in tokens and 3 not in tokens
    assert tokens.index("and") == 2 and tokens.count("one") == 2
    for index in (5, -6):
        with pytest.raises(IndexError, match=f"index: expected one of 5 tokens; got {index}"):
            tokens[index]
    with pytest.raises(TypeError, match="index: expected an integer; got str"):
        tokens["film"]
    tokens.close()
    for use in (len, list, lambda closed: closed[0], lambda closed: "film" in closed):
        with pytest.raises(attn.StateError, match="attn.Tokens: the handle was used after close"):
            use(tokens)


def test_a_vocabulary_is_a_mapping(context, vocab, tmp_path):
    ids = {"<pad>": 0, "<unk>": 1, "the": 2, "film": 3, "end": 4, "rare": 5}
    assert isinstance(vocab, collections.abc.Mapping)
    assert dict(vocab) == ids
    assert list(vocab) == list(vocab.keys()) == list(ids) and list(vocab.values()) == list(range(6))
    assert list(vocab.items()) == list(ids.items())
    assert vocab["film"] == 3 and vocab.get("film") == 3 and vocab.get("missing") is None
    assert vocab.get("missing", attn.UNK_ID) == vocab.id("missing") == 1
    for missing in ("missing", "the\0rest", "\ud800"):
        with pytest.raises(KeyError) as caught:
            vocab[missing]
        assert caught.value.args == (missing,) and missing not in vocab and vocab.get(missing) is None
    assert 3 not in vocab and "<unk>" in vocab
    (tmp_path / "vocab.txt").write_bytes(b"caf\xe9\t2\nfilm\t1\n")
    latin = attn.Vocab.load(context, tmp_path / "vocab.txt")
    assert dict(latin) == {"<pad>": 0, "<unk>": 1, "caf\udce9": 2, "film": 3}
    with pytest.raises(TypeError, match="token: expected a str; got int"):
        vocab[3]


def test_lists_of_str_are_encoded_as_they_are(context, vocab):
    for words in (["film", "The", "rare"], ("film", "The", "rare"), iter(["film", "The", "rare"])):
        ids = vocab.encode(words)
        np.testing.assert_array_equal(ids, [3, attn.UNK_ID, 5])
        assert ids.dtype == np.int32
    np.testing.assert_array_equal(vocab.encode(["film", "the"], max_ids=1), [3])
    assert vocab.encode([]).shape == vocab.encode(["film"], max_ids=-2).shape == (0,) and vocab.encode([]).dtype == np.int32
    np.testing.assert_array_equal(vocab.encode(list(vocab)), range(6))
    with pytest.raises(TypeError, match="tokens: expected an iterable of str; got str"):
        vocab.encode("film")
    with pytest.raises(TypeError, match=r"tokens\[1\]: expected a str; got int"):
        vocab.encode(["film", 3])


def test_words_are_split_into_pieces_and_joined_again(context, tmp_path):
    builder = attn.VocabBuilder(context)
    for word, count in (("low", 5), ("lower", 2), ("newest", 6), ("widest", 3)):
        builder.add_token(word, count)
    pieces = attn.Pieces.learn(builder.build(), joins=3)
    assert list(pieces) == [("e@@", "s@@"), ("es@@", "t"), ("l@@", "o@@")] and pieces[-1] == pieces[2] and len(pieces) == 3
    assert pieces[1:] == [pieces[1], pieces[2]] and ("l@@", "o@@") in pieces
    assert pieces.split("lowest") == ["lo@@", "w@@", "est"] and pieces.split("") == []
    words = ["lowest", "été", "a@@", "@@", "@", "😀", "est"]
    assert attn.Pieces.join(piece for word in words for piece in pieces.split(word)) == words
    assert attn.Pieces.join(["lo@@"]) == ["lo"]
    for word in (b"low\xff", b"\xc3\xa4\xc3", b"\xed\xa0\x80est"):  # of no UTF-8: as a str its bytes are escaped
        escaped = word.decode("utf-8", "surrogateescape")
        assert pieces.split(escaped) == pieces.split(word) and attn.Pieces.join(pieces.split(word)) == [escaped]
    for wrong, came in ((1, "int"), (b"w", "bytes"), (None, "NoneType")):
        with pytest.raises(TypeError, match=rf"^pieces\[1\]: expected a str; got {came}$"):
            attn.Pieces.join(["lo@@", wrong])
    attn.save(tmp_path / "model", attn.Params(context), pieces=pieces)
    assert list(attn.File.open(tmp_path / "model").pieces()) == list(pieces)
    with pytest.raises(IndexError):
        pieces[3]
    with pytest.raises(attn.ArgumentError, match="joins is -1"):
        attn.Pieces.learn(builder.build(), joins=-1)


def test_a_vocabulary_can_be_limited(context):
    builder = attn.VocabBuilder(context)
    for token, count in (("a", 5), ("b", 3), ("c", 1)):
        builder.add_token(token, count)
    assert len(builder.build(max_size=3)) == 3
    assert "c" not in builder.build(min_count=2)


def test_a_builder_can_be_limited(context):
    builder = attn.VocabBuilder(context, max_tokens=4)
    for i in range(60):
        builder.add_token("the")
        builder.add_token(f"word{i}")
    vocab = builder.build()
    assert len(vocab) <= 2 + 5 and vocab.frequency(vocab.id("the")) == 60
    assert 0 < builder.missed <= 120 // 3
    with pytest.raises(attn.ArgumentError, match="max_tokens is 1"):
        attn.VocabBuilder(context, max_tokens=1)


def test_a_vocabulary_is_saved_and_loaded(context, vocab, tmp_path):
    vocab.save(tmp_path / "vocab.txt")
    loaded = attn.Vocab.load(context, tmp_path / "vocab.txt")
    ids = np.arange(len(vocab), dtype=np.int32)
    assert loaded.decode(ids) == vocab.decode(ids)
    assert [loaded.frequency(id) for id in ids] == [vocab.frequency(id) for id in ids]


def test_other_languages_keep_what_tells_words_apart(context):
    assert list(attn.Tokens(context, "Été I'll", keep_case=True, keep_accents=True)) == ["Été", "I", "'ll"]
    tokens = attn.Tokens(context, "Été I'll", keep_contractions=True)
    assert list(tokens) == ["ete", "i'll"]
    assert tokens.options == (False, False, True)


def test_a_vocabulary_knows_how_its_tokens_were_made(context, tmp_path):
    tokens = attn.Tokens(context, "Maß und Mass", keep_case=True, keep_accents=True)
    builder = attn.VocabBuilder(context)
    builder.add(tokens)
    vocab = builder.build(special=["<s>", "</s>"])
    assert vocab.special_count == 2 and vocab.id("</s>") == 3 and vocab.frequency(3) == 0
    assert vocab.token_options == tokens.options == (True, True, False)
    np.testing.assert_array_equal(vocab.encode(vocab.tokens("Maß Mass mass")), [vocab.id("Maß"), vocab.id("Mass"), 1])
    with pytest.raises(attn.ArgumentError, match="made with keep_case 0; expected 1"):
        vocab.encode(attn.Tokens(context, "Mass"))
    with pytest.raises(attn.ArgumentError, match="made with keep_case 0; expected 1"):
        builder.add(attn.Tokens(context, "Mass"))
    vocab.save(tmp_path / "vocab.txt")
    loaded = attn.Vocab.load(context, tmp_path / "vocab.txt")
    assert loaded.token_options is None and loaded.special_count == 2 and len(loaded) == len(vocab)
    loaded = attn.Vocab.load(context, tmp_path / "vocab.txt", max_size=5, tokens=tokens)
    assert loaded.token_options == tokens.options and len(loaded) == 5


def test_a_batch_is_padded():
    ids, lengths = attn.pad([[3, 4, 5], [], [6]])
    np.testing.assert_array_equal(ids, [[3, 4, 5], [0, 0, 0], [6, 0, 0]])
    np.testing.assert_array_equal(lengths, [3, 0, 1])
    assert ids.dtype == lengths.dtype == np.int32
    assert attn.pad([])[0].shape == (0, 0)
    ids, lengths = attn.pad([np.array([3, 4]), np.array([5], np.int32), (6,), range(2)])
    np.testing.assert_array_equal(ids, [[3, 4], [5, 0], [6, 0], [0, 1]])


def test_what_is_no_id_is_not_cut_into_one():
    for wrong in (2**40, -(2**31) - 1):
        with pytest.raises(ValueError, match=rf"^sequences\[1\]: expected -2147483648 to 2147483647; got {wrong}$"):
            attn.pad([[3], [4, wrong]])
    for wrong in ([1.7], np.array([1.7]), np.array([[1], [2]], np.int32), ["5"]):
        with pytest.raises(TypeError, match=r"^sequences\[1\]: expected an integer; got "):
            attn.pad([[3], wrong])
    with pytest.raises(TypeError, match=r"^sequences\[0\]: expected an iterable of ids; got int"):
        attn.pad([1])


def test_vectors_are_read_for_the_words_of_a_vocabulary(context, params, vocab, tmp_path):
    (tmp_path / "glove.txt").write_text("film 1 2 3\nother 4 5 6\nthe -1 0.5 1e-2\n")
    report = attn.probe_vectors(context, tmp_path / "glove.txt")
    assert (report.format, report.dim) == ("glove", 3)
    table = np.full((6, 3), 9, np.float32)
    found, report = attn.read_vectors(context, vocab, tmp_path / "glove.txt", table)
    assert report == (3, 2, "glove", 3)
    np.testing.assert_array_equal(found, [False, False, True, True, False, False])
    np.testing.assert_allclose(table[2:5], [[-1, 0.5, 0.01], [1, 2, 3], [9, 9, 9]], rtol=1e-6)
    embedding = attn.Embedding(params, "embedding", 6, 3)
    assert embedding.load(vocab, tmp_path / "glove.txt").found == 2
    np.testing.assert_array_equal(params.tensors["embedding.weight"].values[3], [1, 2, 3])


def test_word2vec_binary_is_recognised(context, vocab, tmp_path):
    (tmp_path / "vectors.bin").write_bytes(b"1 2\nfilm " + struct.pack("<2f", 1.5, -2.5) + b"\n")
    table = np.zeros((6, 2), np.float32)
    _, report = attn.read_vectors(context, vocab, tmp_path / "vectors.bin", table)
    assert report == (1, 1, "word2vec_binary", 2)
    np.testing.assert_array_equal(table[3], [1.5, -2.5])


def test_vectors_of_another_width_are_refused(context, vocab, tmp_path):
    (tmp_path / "glove.txt").write_text("film 1 2 3\n")
    with pytest.raises(attn.AttnError, match="attn.read_vectors: "):
        attn.read_vectors(context, vocab, tmp_path / "glove.txt", np.zeros((6, 4), np.float32))
    with pytest.raises(ValueError, match=r"table: expected .* \[6, dim\]"):
        attn.read_vectors(context, vocab, tmp_path / "glove.txt", np.zeros((5, 3), np.float32))
