"""A GRU that libattn saves is one that torch.nn.GRU loads: the same names, order of gates and outputs. Pooling gives what PyTorch's
mean and max give, and their gradients.

    ATTN_LIBRARY=.../libattn.so python3 check_torch.py      exits with 77 where there is no torch or NumPy
"""
import ctypes
import json
import os
import sys
import tempfile

try:
    import numpy
    import torch
except ImportError as error:
    print("skipped: " + str(error))
    sys.exit(77)

lib = ctypes.CDLL(os.environ["ATTN_LIBRARY"])
lib.attn_last_error.restype = ctypes.c_char_p


class GruOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t)] + [
        (name, ctypes.c_int32) for name in ("layers", "bidirectional", "reset", "layer_norm", "init")
    ] + [("dropout", ctypes.c_float)]


class Sequence(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("batch", ctypes.c_int64), ("time", ctypes.c_int64)] + [
        (name, ctypes.c_void_p) for name in ("lengths", "x", "embedding", "ids", "scales", "openings")
    ]


def ok(status):
    assert status == 0, lib.attn_last_error().decode()


def floats(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def encode(path, x, hidden, layers, directions):
    """Make a GRU in libattn, save it, and return its outputs y and hn for x."""
    context, params, gru = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
    options = GruOptions(ctypes.sizeof(GruOptions), layers, directions - 1, 0, 0, 0, 0.0)
    batch, time, width = x.shape
    y = numpy.empty((batch, time, hidden * directions), numpy.float32)
    hn = numpy.empty((layers * directions, batch, hidden), numpy.float32)
    ok(lib.attn_context_create(None, ctypes.byref(context)))
    ok(lib.attn_params_create(context, None, ctypes.byref(params)))
    ok(lib.attn_gru_create(params, b"gru", ctypes.c_int64(width), ctypes.c_int64(hidden),
                           ctypes.byref(options), ctypes.byref(gru)))
    lib.attn_params_values.restype = ctypes.POINTER(ctypes.c_float)
    lib.attn_params_size.restype = ctypes.c_int64
    values = numpy.ctypeslib.as_array(lib.attn_params_values(params), (lib.attn_params_size(params),))
    values += numpy.random.default_rng(1).uniform(-0.3, 0.3, values.shape).astype(numpy.float32)  # biases too
    given = Sequence(ctypes.sizeof(Sequence), batch, time, None, floats(x))
    ok(lib.attn_gru_forward(gru, None, ctypes.byref(given), None, floats(y), floats(hn)))
    ok(lib.attn_params_save(params, path.encode(), None))
    lib.attn_gru_destroy(ctypes.byref(gru))
    lib.attn_params_destroy(ctypes.byref(params))
    lib.attn_context_destroy(ctypes.byref(context))
    return y, hn


def read(path):
    """The tensors of a safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = numpy.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


for layers, directions in ((1, 1), (2, 1), (1, 2), (3, 2)):
    x = numpy.random.default_rng(2).standard_normal((5, 9, 6)).astype(numpy.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "gru.safetensors")
        y, hn = encode(path, x, 7, layers, directions)
        gru = torch.nn.GRU(6, 7, layers, batch_first=True, bidirectional=directions == 2)
        # strict, so that each side must have every name of the other
        gru.load_state_dict({name.split(".", 1)[1]: tensor for name, tensor in read(path).items()})
    with torch.no_grad():
        torch_y, torch_hn = gru(torch.from_numpy(x))
    # both compute in float32, states are within -1 to 1: 1e-5 is some hundred roundings
    numpy.testing.assert_allclose(y, torch_y.numpy(), rtol=0, atol=1e-5)
    numpy.testing.assert_allclose(hn, torch_hn.numpy(), rtol=0, atol=1e-5)
    print("%d layers, %d directions: as torch.nn.GRU" % (layers, directions))


def pool(pooling, x, lengths, dy):
    """y and dx of libattn's pooling."""
    batch, time, dim = x.shape
    sizes = [ctypes.c_int64(size) for size in x.shape]
    context, tape = ctypes.c_void_p(), ctypes.c_void_p()
    y, dx = numpy.empty((batch, dim), numpy.float32), numpy.empty_like(x)
    ok(lib.attn_context_create(None, ctypes.byref(context)))
    ok(lib.attn_tape_create(context, None, ctypes.byref(tape)))
    ok(lib.attn_pooling_forward(context, tape, *sizes, floats(x), floats(lengths), pooling, floats(y)))
    ok(lib.attn_pooling_backward(context, tape, *sizes, floats(dy), floats(dx)))
    lib.attn_tape_destroy(ctypes.byref(tape))
    lib.attn_context_destroy(ctypes.byref(context))
    return y, dx


random = numpy.random.default_rng(3)
lengths = numpy.array([9, 1, 4, 7], numpy.int32)
dy = random.standard_normal((4, 6)).astype(numpy.float32)
for pooling, name in ((1, "mean"), (2, "max")):
    x = random.standard_normal((4, 9, 6)).astype(numpy.float32)
    for b, length in enumerate(lengths):
        x[b, length:] = numpy.nan
    y, dx = pool(pooling, x, lengths, dy)
    whole = torch.from_numpy(x.copy()).requires_grad_()
    rows = [whole[b, :length] for b, length in enumerate(lengths)]
    expected = torch.stack([row.mean(0) if name == "mean" else row.max(0).values for row in rows])
    expected.backward(torch.from_numpy(dy))
    numpy.testing.assert_allclose(y, expected.detach().numpy(), rtol=0, atol=1e-6)  # roundings of nine sums
    numpy.testing.assert_allclose(dx, whole.grad.numpy(), rtol=0, atol=1e-6)
    print("pooling by %s: as PyTorch" % name)
