"""torch.nn.GRU to attn.GRU and back: the same outputs, of ragged rows whose padding is NaN."""

import os
import subprocess
import sys

import attn
import numpy as np
import pytest
from cases import padded

LENGTHS = np.array([6, 1, 3, 5], np.int32)  # torch packs no empty row


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def outputs(torch, module, x, h0):
    """(y, hn) of a torch.nn.GRU, of which padding is no part."""
    x = torch.tensor(x if module.batch_first else x.swapaxes(0, 1).copy())
    with torch.no_grad():
        rows = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(LENGTHS), module.batch_first, enforce_sorted=False)
        y, hn = module(rows, torch.tensor(h0))
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True)
    return y.numpy(), hn.numpy()


@pytest.mark.parametrize("options", [
    dict(), dict(num_layers=3), dict(bidirectional=True), dict(num_layers=2, bidirectional=True, batch_first=True), dict(bias=False),
], ids=str)
def test_a_module_of_torch_gives_the_same_here_and_back_again(torch, context, random, near, options):
    torch.manual_seed(1)
    module = torch.nn.GRU(3, 4, **options)
    for weight in module.parameters():
        torch.nn.init.normal_(weight)  # so that no two of the biases are alike
    params = attn.Params(context)
    attn.Dense(params, "other", 2, 2)
    gru = attn.GRU.from_torch(params, "encoder" if options else "", module)
    x, h0 = padded(random(4, 6, 3), LENGTHS), random(gru.states, 4, 4)
    expected, expected_hn = outputs(torch, module, x, h0)
    y, hn = gru.forward(None, x, LENGTHS, h0)
    near(y, expected)
    near(hn, expected_hn)

    before = torch.random.get_rng_state()
    again = gru.to_torch()
    assert torch.equal(torch.random.get_rng_state(), before)
    assert type(again) is torch.nn.GRU and again.batch_first and again.training
    for name, weight in module.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), name
    assert all(weight.requires_grad for weight in again.parameters())
    y, hn = outputs(torch, again, x, h0)
    near(y, expected)
    near(hn, expected_hn)


def test_what_was_trained_here_goes_to_torch_as_it_is_then(torch, params, random, near):
    gru = attn.GRU(params, "encoder", 3, 4, dropout=0.5)
    params.values[:] = random(params.size)
    module = gru.to_torch()
    params.values[:] = 0
    gru.close()
    x, h0 = random(4, 6, 3), random(1, 4, 4)
    assert np.abs(outputs(torch, module, x, h0)[0]).max() > 0.1


def test_biases_that_torch_has_not_stay_0(torch, params, tape, random):
    gru = attn.GRU.from_torch(params, "encoder", torch.nn.GRU(3, 4, bias=False))
    assert not params.tensors["encoder.bias_hh_l0"].trainable and params.tensors["encoder.weight_hh_l0"].trainable
    gru.forward(tape, random(2, 5, 3))
    params.zero_grad()
    gru.backward(tape, random(2, 5, 4))
    attn.Adam(params, lr=0.1).step()
    assert not params.tensors["encoder.bias_ih_l0"].values.any() and not params.tensors["encoder.bias_hh_l0"].values.any()


def test_a_module_that_attn_cannot_be_is_one_clear_error(torch, params):
    for module in (torch.nn.LSTM(3, 4), torch.nn.GRUCell(3, 4), torch.nn.Linear(3, 4)):
        with pytest.raises(TypeError, match=f"module: expected a torch.nn.GRU; got {type(module).__name__}"):
            attn.GRU.from_torch(params, "encoder", module)
    with pytest.raises(attn.UnsupportedError, match=r"attn.GRU.from_torch: weight_ih_l0 is torch.float64; .* module.float\(\)"):
        attn.GRU.from_torch(params, "encoder", torch.nn.GRU(3, 4).double())
    dropping = torch.nn.GRU(3, 4, 2, dropout=0.5)
    with pytest.raises(attn.UnsupportedError, match="drops with probability 0.5 .* set module.dropout = 0"):
        attn.GRU.from_torch(params, "encoder", dropping)
    odd = torch.nn.GRU(3, 4, 2, bidirectional=True)
    odd.weight_hh_l1 = torch.nn.Parameter(torch.zeros(12, 5))
    with pytest.raises(ValueError, match=r"module: weight_hh_l1 is \[12, 5\]; expected \[12, 4\], as "):
        attn.GRU.from_torch(params, "encoder", odd)
    assert params.size == 0
    dropping.dropout = 0
    attn.GRU.from_torch(params, "encoder", dropping)
    with pytest.raises(attn.ArgumentError, match='attn.GRU.from_torch: .*"encoder'):
        attn.GRU.from_torch(params, "encoder", dropping)


@pytest.mark.parametrize("options, what", [
    (dict(reset="before"), "reset 'before'"), (dict(layer_norm=True), "layer_norm"),
    (dict(experimental=attn.experimental.GRU_ORTHOGONAL), "experimental flags"),
])
def test_a_gru_that_torch_cannot_be_is_one_clear_error(params, options, what):
    with pytest.raises(attn.UnsupportedError, match=f"attn.GRU.to_torch: torch.nn.GRU has no {what}"):
        attn.GRU(params, "encoder", 3, 4, **options).to_torch()


def test_nothing_imports_torch_by_itself():
    code = "import sys, attn; attn.GRU(attn.Params(attn.Context()), 'gru', 3, 4); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": ":".join(sys.path)}).returncode == 0
