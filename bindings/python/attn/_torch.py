"""torch.nn.GRU to attn.GRU and back: their gates, and the names of their tensors, are the same.

torch is imported where a module is to be made, and nowhere else: who has one to give has imported it.
"""

from __future__ import annotations

import ctypes
import importlib
from typing import Any, NamedTuple

import numpy as np

from . import arrays
from ._calls import caller
from ._errors import UnsupportedError
from ._handle import Native
from ._library import library
from ._signatures import PARAMS
from ._structs import GRUInfo, TensorView
from .arrays import Floats


class Described(NamedTuple):
    """A torch.nn.GRU: what GRU's constructor takes, and the tensors by name, None for a bias that it has not."""

    sizes: tuple[int, int]
    options: dict[str, Any]
    tensors: dict[str, Floats | None]


def described(module: Any) -> Described:
    """What the module is; UnsupportedError where attn.GRU cannot be that, ValueError where its tensors are not what it says."""
    if not any(kind.__name__ == "GRU" and kind.__module__.startswith("torch.nn.") for kind in type(module).__mro__):
        raise TypeError(f"module: expected a torch.nn.GRU; got {arrays.what(module)}")
    if module.dropout and module.num_layers > 1:
        raise UnsupportedError(
            f"{caller()}: the module drops with probability {module.dropout} between its layers, and attn.GRU behind the last "
            "one too; set module.dropout = 0"
        )
    tensors: dict[str, Floats | None] = {}
    hidden, sides = module.hidden_size, ("", "_reverse") if module.bidirectional else ("",)
    for layer in range(module.num_layers):
        columns = {"weight_ih": hidden * len(sides) if layer else module.input_size, "weight_hh": hidden}
        for side in sides:
            for kind, width in columns.items():
                name = f"{kind}_l{layer}{side}"
                tensors[name] = _numbers(module, name, (3 * hidden, width))
            for kind in ("bias_ih", "bias_hh"):
                name = f"{kind}_l{layer}{side}"
                tensors[name] = _numbers(module, name, (3 * hidden,)) if module.bias else None
    options = dict(layers=module.num_layers, bidirectional=bool(module.bidirectional))
    return Described((module.input_size, module.hidden_size), options, tensors)


def _numbers(module: Any, name: str, shape: tuple[int, ...]) -> Floats:
    tensor = getattr(module, name).detach().cpu()
    if str(tensor.dtype) != "torch.float32":
        raise UnsupportedError(f"{caller()}: {name} is {tensor.dtype}; expected torch.float32, as after module.float()")
    if tuple(tensor.shape) != shape:
        raise ValueError(
            f"module: {name} is {list(tensor.shape)}; expected {list(shape)}, as the module's input_size, hidden_size and "
            "bidirectional have it"
        )
    return np.asarray(tensor, np.float32)


def full_name(layer: str, tensor: str) -> str:
    """What a layer's tensor is called among the params; a layer may have no name."""
    return f"{layer}.{tensor}" if layer else tensor


def made(info: GRUInfo, owner: Native) -> Any:
    """A torch.nn.GRU of the layer's weights; UnsupportedError where that cannot be what the layer is."""
    for has, what in ((info.reset, "reset 'before'"), (info.layer_norm, "layer_norm"), (info.experimental, "experimental flags")):
        if has:
            raise UnsupportedError(f"{caller()}: torch.nn.GRU has no {what}; only a GRU without that can become one")
    torch = importlib.import_module("torch")
    module = torch.nn.GRU(
        info.input_dim, info.hidden_dim, info.layers, bidirectional=bool(info.bidirectional), batch_first=True, device="meta"
    ).to_empty(device="cpu")  # so that no first values are drawn from the program's own random numbers
    params, view = PARAMS.borrowed(info.params, owner), TensorView()
    tensors = {}
    for tensor in module.state_dict():
        name = arrays.text("name", full_name(arrays.decoded(info.name), tensor))
        library.attn_params_find(params, name, ctypes.byref(view))
        values = np.array((ctypes.c_float * view.size).from_address(view.values), np.float32)
        tensors[tensor] = torch.from_numpy(values.reshape(view.shape[: view.rank]))
    module.load_state_dict(tensors)
    return module
