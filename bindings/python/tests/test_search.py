"""Search over a decoder in Python: a Markov chain, and a GRU step by step."""

import attn
import numpy as np
import pytest

A, B, C, END = range(4)
LOGITS = np.log(np.array([[0.3, 0.3, 0.2, 0.2], [0.05, 0.05, 0.85, 0.05], [0.05, 0.1, 0.05, 0.8], [0.5, 0.3, 0.15, 0.05]],
                         np.float32))


def chain(rows, parents, tokens):
    return LOGITS[tokens]


def search(context, step=chain, batch=2, **options):
    return attn.search(context, step, batch, 4, 5, begin_id=END, end_id=END, **options)


def test_a_beam_finds_what_greedy_misses(context):
    greedy, beam = search(context), search(context, method="beam", beam=3)
    assert greedy.tokens.tolist() == [[A] * 5] * 2 and greedy.lengths.tolist() == [5, 5]
    assert beam.tokens.tolist() == [[B, C, END, END, END]] * 2 and beam.lengths.tolist() == [2, 2]
    np.testing.assert_allclose(beam.scores, np.log(0.3 * 0.85 * 0.8), rtol=1e-5)
    assert (beam.scores > greedy.scores).all()


def test_samples_repeat_with_their_seed(context):
    first, again, other = (search(context, batch=50, method="sample", temperature=2, top_k=3, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.tokens, again.tokens)
    assert (first.tokens != other.tokens).any()


def test_the_callback_keeps_the_states_of_a_gru(context, params):
    table, gru = attn.Embedding(params, "e", 4, 3), attn.GRU(params, "g", 3, 5)
    decide = attn.Dense(params, "d", 5, 4)
    packed = attn.PackedGRU(gru, embedding=table)
    states, histories = np.zeros((1, 2, 5), np.float32), [[], []]

    def step(rows, parents, tokens):
        nonlocal states, histories
        states = np.ascontiguousarray(states[:, parents])
        histories = [histories[parent] + [token] for parent, token in zip(parents, tokens)]
        packed.step_ids(tokens, states)
        whole, _ = gru.forward_ids(None, table, np.array(histories, np.int32))
        np.testing.assert_allclose(states[0], whole[:, -1], atol=1e-6)
        return decide.forward(None, states[0])

    found = search(context, step, method="beam", beam=3)
    np.testing.assert_array_equal(found.tokens[0], found.tokens[1])


def test_what_the_callback_raises_comes_back(context):
    def broken(rows, parents, tokens):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        search(context, broken)
    with pytest.raises(ValueError, match=r"logits: expected a C-contiguous float32 array \[2, 4\]; got float32 \[2, 3\]"):
        search(context, lambda rows, parents, tokens: np.zeros((2, 3), np.float32))


def test_wrong_arguments(context):
    with pytest.raises(attn.ArgumentError, match="attn.search: step gave the logit nan for token 0 after place 0 of row 0"):
        search(context, lambda rows, parents, tokens: np.full((2, 4), np.nan, np.float32))
    with pytest.raises(attn.ArgumentError, match="beam is 300; expected 0 to 256"):
        search(context, method="beam", beam=300)
    with pytest.raises(ValueError, match="method: expected one of 'greedy', 'sample', 'beam'"):
        search(context, method="best")
    with pytest.raises(attn.ArgumentError, match="batch is -1"):
        search(context, batch=-1)
