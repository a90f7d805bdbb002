"""draw: pictures of what a decision rested on: a text whose words are shaded by numbers, and a matrix of weights.

    tokens.set_text(text)
    page = attn.draw_text(text, tokens.begins, tokens.ends, numbers, title="positive 0.93")
    cell = IPython.display.HTML(attn.draw_text(..., fragment=True))
    picture = attn.draw_matrix(weights, row_names, column_names, format="svg")

Both return the picture as a str.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any, Sequence

from . import arrays
from ._library import library, written
from ._structs import DrawOptions
from .arrays import address
from .context import Context

DRAW_FORMATS = {"ansi": 0, "html": 1, "svg": 2, "latex": 3}
"""What a picture is: "ansi" for a terminal, "html" a page, "svg" a picture, "latex" a document."""


def draw_text(
    text: str | bytes,
    begins: arrays.Longs,
    ends: arrays.Longs,
    numbers: arrays.Floats,
    *,
    format: str = "html",
    width: int = 0,
    colours: bool = True,
    fragment: bool = False,
    logarithmic: bool = False,
    swap_hues: bool = False,
    largest: float = 0.0,
    title: str | None = None,
    note: str | None = None,
    names: Sequence[str] | None = None,
) -> str:
    """A text with spans of it shaded by numbers.

    text: a str, or bytes of UTF-8.
    begins: int64 [count], where each span begins, in bytes of the text's UTF-8, as Tokens has them.
    ends: int64 [count], where each ends, one past its last byte.
    numbers: float32 [count]: what each is shaded by.
    format (html): one of ``DRAW_FORMATS``: "ansi" for a terminal, "html" a page, "svg" a picture, "latex" a document.
    width (0): columns of a terminal (ansi), 0: lines are not broken; pixels (svg), 100 to 100000, 0: 860.
    colours (True): False: for a terminal without them.
    fragment (False): True: without the document around it (html, latex).
    logarithmic (False): True: shades tell the numbers' logarithm; what is below a thousandth of the largest has none.
    swap_hues (False): True: orange above 0 and blue below; False: blue above 0, and orange below.
    largest (0.0): what is shaded in full; 0: the number furthest from 0.
    title (None): a line above; None: none.
    note (None): a line below; None: none.
    names (None): what each number is called where words tell theirs, as many str; None: its word.

    Returns the picture, a str. Raises ValueError: spans that do not rise or lie outside of the text, numbers that are not
    finite, a word that is no format, a number out of range; OutOfMemoryError.
    """
    data = arrays.utf8("text", text)
    begins = arrays.longs("begins", begins, ["count"])
    count = len(begins)
    ends, numbers = arrays.longs("ends", ends, [count]), arrays.floats("numbers", numbers, [count])
    options = draw_options(format, width, colours, fragment, logarithmic, swap_hues, largest, title, note)
    options.names = ctypes.cast(strings("names", names, count), ctypes.c_void_p)
    spans = address(begins), address(ends), address(numbers)
    return _drawn(library.attn_draw_text, data, len(data), count, *spans, options)


def draw_matrix(
    weights: arrays.Floats,
    row_names: Sequence[str] | None = None,
    column_names: Sequence[str] | None = None,
    *,
    format: str = "html",
    width: int = 0,
    colours: bool = True,
    fragment: bool = False,
    logarithmic: bool = False,
    swap_hues: bool = False,
    largest: float = 0.0,
    title: str | None = None,
    note: str | None = None,
) -> str:
    """A matrix of weights, a cell each: an alignment, say.

    weights: float32 [rows, columns].
    row_names (None): as many str; None: none.
    column_names (None): as many str; None: none.
    format (html): one of ``DRAW_FORMATS``: "ansi" for a terminal, "html" a page, "svg" a picture, "latex" a document.
    width (0): columns of a terminal (ansi), 0: lines are not broken; pixels (svg), 100 to 100000, 0: 860.
    colours (True): False: for a terminal without them.
    fragment (False): True: without the document around it (html, latex).
    logarithmic (False): True: shades tell the numbers' logarithm; what is below a thousandth of the largest has none.
    swap_hues (False): True: orange above 0 and blue below; False: blue above 0, and orange below.
    largest (0.0): what is shaded in full; 0 means 1.
    title (None): a line above; None: none.
    note (None): a line below; None: none.

    Returns the picture, a str. Raises ValueError: numbers that are not finite, as many names as there are not, a word that is
    no format, a number out of range; OutOfMemoryError.
    """
    rows, columns = arrays.floats("weights", weights, ["rows", "columns"]).shape
    options = draw_options(format, width, colours, fragment, logarithmic, swap_hues, largest, title, note)
    names = strings("row_names", row_names, rows), strings("column_names", column_names, columns)
    return _drawn(library.attn_draw_matrix, rows, columns, address(weights), *names, options)


def draw_options(
    format: str,
    width: int,
    colours: bool,
    fragment: bool,
    logarithmic: bool,
    swap_hues: bool,
    largest: float,
    title: str | None,
    note: str | None,
) -> DrawOptions:
    """The library's options."""
    return DrawOptions(
        format=arrays.choice("format", format, DRAW_FORMATS),
        width=arrays.int32("width", width),
        no_colours=not arrays.flag("colours", colours),
        fragment=arrays.flag("fragment", fragment),
        logarithmic=arrays.flag("logarithmic", logarithmic),
        swap_hues=arrays.flag("swap_hues", swap_hues),
        largest=arrays.number("largest", largest),
        title=None if title is None else arrays.text("title", title),
        note=None if note is None else arrays.text("note", note),
    )


def strings(name: str, given: Sequence[str] | None, count: int) -> Any:
    """So many strings as the library takes them; None as NULL."""
    if given is None:
        return None
    encoded = [arrays.text(f"{name}[{i}]", string) for i, string in enumerate(arrays.items(name, given, "str"))]
    if len(encoded) != count:
        raise ValueError(f"{name}: expected {count} strings; got {len(encoded)}")
    return (ctypes.c_char_p * count)(*encoded)


@functools.lru_cache(maxsize=None)
def _context() -> Context:
    return Context(threads=1)


def _drawn(function: Any, *arguments: Any) -> str:
    """What the function writes; the last argument is the options."""
    given = (Context._of("context", _context()), *arguments[:-1], ctypes.byref(arguments[-1]))
    return written(lambda write: function(*given, write, None)).decode("utf-8")
