"""attn: encode a sequence, attend to it, decide, and see what the decision rested on.

libattn's GRU, soft attention and training on NumPy arrays, in the order in which data flows:

    text --Tokens, Vocab--> ids --Embedding--> vectors --GRU--> states --Attention--> weights + context --Dense--> class

    context = attn.Context()
    params = attn.Params(context, seed=1)
    gru = attn.GRU(params, "encoder", input_dim=50, hidden_dim=64, bidirectional=True)
    attend = attn.Attention(params, "attention", gru.output_dim)
    states, last = gru.forward(None, x, lengths)             # x float32 [batch, time, 50], lengths int32 [batch]
    weights, summary = attend.forward(None, states, lengths)

With a query the attention of a decoder, step by step: ``Attention(..., score="additive")``, ``AttentionMemory``.

For training give a ``Tape`` in place of None, call the backwards in reverse order, and step an ``Adam``;
examples/train_sample.py does the whole of it. ``GRU.forward_ids`` goes from ids to states in one call, and a
``PackedGRU`` is a trained GRU made ready for inference. ``attn.explain`` shows what the decision of any model rested
on, and measures how far that picture can be trusted; ``draw_text`` and ``draw_matrix`` draw it. ``Classifier`` is all of that in
one handle, or out of one file: ``Classifier.open(path).read(text)`` decides, and shows itself in a notebook. The library computes
without Python's lock, on its own threads.

Rules that hold everywhere, and that no docstring repeats:

- Arrays are float32, ids and lengths int32, and all are C-contiguous: nothing is converted or copied behind your back. A wrong
  type, dtype or layout is a TypeError, which names the argument, what was expected and what came; so is another class's handle.
- A line ``name (default): ...`` of a docstring is an argument that may be left out; words in quotes are all that it may be.
- What the library refuses is an AttnError, and the built-in exception that Python code expects too: ArgumentError and FormatError
  are ValueErrors, IoError is an OSError (FileNotFoundError, ...), OutOfMemoryError a MemoryError, UnsupportedError a
  NotImplementedError. Where a docstring says ValueError, an ArgumentError may come. Ctrl-C ends a call that is under way.
- Everything that has ``close()`` is a handle: released by that, at the end of a ``with`` block, or when Python drops it, in any
  order; used afterwards it is a StateError. Handles can be neither copied nor pickled, and each is
  equal to itself alone.
"""

from . import _library, experimental, explain
from ._errors import (
    ArgumentError,
    AttnError,
    FormatError,
    InterruptError,
    IoError,
    OutOfMemoryError,
    ResourceError,
    StateError,
    UnsupportedError,
)
from .attention import PADDINGS, SCORES, WEIGHTINGS, Attention, AttentionMemory
from .attngru import FORMS, AttentionGRU
from .classifier import Attributed, Classifier
from .context import ISAS, PRECISIONS, Context
from .draw import DRAW_FORMATS, draw_matrix, draw_text
from .file import DTYPES, File, replace_file, save, save_bytes
from .gru import RESETS, GRU, PackedGRU
from .layers import (
    ACTIVATIONS,
    POOLINGS,
    Dense,
    Embedding,
    dropout_backward,
    dropout_forward,
    pooling_backward,
    pooling_forward,
    pyramid_backward,
    pyramid_forward,
)
from .ngrams import Ngrams, NgramsBuilder, Shares
from .params import INITS, Params, Tensor
from .pieces import Pieces
from .probe import Probe
from .reading import BY, Reading
from .sampled import (
    Candidates,
    Drawn,
    SampledLoss,
    gather_ids,
    gather_steps,
    sampled_cross_entropy,
    scatter_steps,
)
from .search import SEARCH_METHODS, Found, search
from .tape import MODES, Tape
from .text import PAD_ID, UNK_ID, TokenOptions, Tokens, Vocab, VocabBuilder, pad
from .train import Adam, Calibration, Edits, Loss, Scales, calibration_error, cross_entropy, edit_distance, fit_scales
from .vectors import VECTOR_FORMATS, Report, probe_vectors, read_vectors

__version__ = _library.library.attn_version().decode()
"""The version of the C library that runs."""

__all__ = [
    "ACTIVATIONS",
    "Adam",
    "ArgumentError",
    "Attention",
    "AttentionGRU",
    "AttentionMemory",
    "AttnError",
    "Attributed",
    "BY",
    "Calibration",
    "calibration_error",
    "Candidates",
    "Classifier",
    "Context",
    "cross_entropy",
    "Dense",
    "DRAW_FORMATS",
    "draw_matrix",
    "draw_text",
    "Drawn",
    "dropout_backward",
    "dropout_forward",
    "DTYPES",
    "edit_distance",
    "Edits",
    "Embedding",
    "experimental",
    "explain",
    "File",
    "fit_scales",
    "FormatError",
    "FORMS",
    "Found",
    "gather_ids",
    "gather_steps",
    "GRU",
    "INITS",
    "InterruptError",
    "IoError",
    "ISAS",
    "Loss",
    "MODES",
    "Ngrams",
    "NgramsBuilder",
    "OutOfMemoryError",
    "PackedGRU",
    "pad",
    "PAD_ID",
    "PADDINGS",
    "Params",
    "pooling_backward",
    "pooling_forward",
    "POOLINGS",
    "PRECISIONS",
    "Pieces",
    "Probe",
    "probe_vectors",
    "pyramid_backward",
    "pyramid_forward",
    "read_vectors",
    "Reading",
    "replace_file",
    "Report",
    "RESETS",
    "ResourceError",
    "sampled_cross_entropy",
    "SampledLoss",
    "save",
    "save_bytes",
    "Scales",
    "scatter_steps",
    "SCORES",
    "search",
    "SEARCH_METHODS",
    "Shares",
    "StateError",
    "Tape",
    "Tensor",
    "TokenOptions",
    "Tokens",
    "UNK_ID",
    "UnsupportedError",
    "VECTOR_FORMATS",
    "Vocab",
    "VocabBuilder",
    "WEIGHTINGS",
]
