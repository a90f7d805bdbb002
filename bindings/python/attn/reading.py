"""A text that a classifier read: the decision, and what each token gave to it."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from typing import Any, Sequence

import numpy as np
from numpy.typing import NDArray

from . import arrays
from ._handle import MadeHandle, Native
from ._library import library, written
from ._signatures import TOKENS
from ._structs import ReadingInfo
from .arrays import Floats, Longs
from .draw import draw_options, strings

BY = {"nothing": 0, "attention": 1, "gradient": 2, "integrated": 3, "occlusion": 4, "ngrams": 5}
"""How what each word gave to a decision is found; ``Classifier.read`` says what each is."""


def _has_colours(terminal: bool) -> bool:
    """Whether what is printed may be coloured, as the programs decide it."""
    said = os.environ.get
    if said("NO_COLOR"):
        return False
    if said("FORCE_COLOR", "") not in ("", "0", "false") or said("CLICOLOR_FORCE", "") not in ("", "0", "false"):
        return True
    return terminal and said("TERM", "") not in ("", "dumb") and said("CLICOLOR") != "0"


class Reading(MadeHandle):
    """A text that a classifier read: the decision, and what each token gave to it. Made by ``Classifier.read``; immutable, and
    needs the classifier no more. It shows itself: shaded in a terminal where it is printed, and in a notebook where it is a
    cell's result. ``len()`` is how many tokens the text has.

    Attributes:
    decision: int, the number of the class decided on.
    label: str, its name.
    probability: float, its probability.
    by: str, the way in which the tokens' numbers were found.
    length: int, how many tokens were read, the text's first ones.
    padding: float, by "attention": the weight that padding took, where attention counts it in.
    gap: float, by "integrated": what completeness lacks, in log-odds.
    encoder, ngrams: float, what each channel gave to the decision, the scaled logit of its class less the mean of the others':
        of two classes the two add up to the log-odds.
    """

    _makers = "Classifier.read or Classifier.read_many"
    _labels: Sequence[str]

    def _look(self) -> None:
        info = ReadingInfo()
        library.attn_reading_get_info(self._native, ctypes.byref(info))
        self.decision = int(library.attn_reading_class(self._native))
        self.label = arrays.decoded(library.attn_reading_label(self._native))
        self.by = next(word for word, number in BY.items() if number == info.by)
        self.probability: float = info.probability
        self.length: int = info.length
        self.padding: float = info.padding
        self.gap: float = info.gap
        self.encoder: float = info.encoder
        self.ngrams: float = info.ngrams

    @property
    def probabilities(self) -> dict[str, float]:
        """The probability of each class, by its label."""
        numbers = library.attn_reading_probabilities(self._native)
        return dict(zip(self._labels, (ctypes.c_float * len(self._labels)).from_address(numbers)))

    @property
    def tokens(self) -> list[str]:
        """All tokens of the text."""
        tokens = self._tokens()
        return [arrays.decoded(library.attn_tokens_get(tokens, index)) for index in range(len(self))]

    @property
    def begins(self) -> Longs:
        """int64 [tokens]: where each token begins in the text, in bytes of its UTF-8, as Tokens has them."""
        return self._copied(library.attn_tokens_begins(self._tokens()), ctypes.c_int64)

    @property
    def ends(self) -> Longs:
        """int64 [tokens]: where each token ends, one past its last byte."""
        return self._copied(library.attn_tokens_ends(self._tokens()), ctypes.c_int64)

    @property
    def numbers(self) -> Floats | None:
        """float32 [tokens]: what each token gave, 0 for those that were not read; a copy. None by "nothing"."""
        return None if self.by == "nothing" else self._copied(library.attn_reading_numbers(self._native), ctypes.c_float)

    def top(self, count: int = 5) -> list[tuple[str, float]]:
        """The tokens that gave most: whose numbers are furthest from 0.

        count (5): how many, at most; of 0 or less none.

        Returns a list of (token, number), the furthest first; none by "nothing". Raises ValueError: a count that is no int64.
        """
        room = min(max(arrays.int64("count", count), 0), len(self))
        indices = (ctypes.c_int64 * room)()
        found = library.attn_reading_top(self._native, room, ctypes.addressof(indices))
        tokens, numbers = self._tokens(), self.numbers
        return [
            (arrays.decoded(library.attn_tokens_get(tokens, index)), float(numbers[index]))
            for index in indices[:found]
            if numbers is not None
        ]

    def __len__(self) -> int:
        return int(library.attn_tokens_count(self._tokens()))

    def _tokens(self) -> Native:
        """The reading's own, which never change, unlike those of attn.Tokens: for any number of threads."""
        native = self._native
        return TOKENS.borrowed(library.attn_reading_tokens(native), native)

    def _copied(self, address: int | None, kind: Any) -> NDArray[Any]:
        return np.array((kind * len(self)).from_address(address) if address else [], kind)

    # ---- pictures

    def draw(
        self,
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
        """The text, shaded by the numbers of the tokens that were read.

        format (html): one of ``DRAW_FORMATS``: "ansi" for a terminal, "html" a page, "svg" a picture, "latex" a document.
        width (0): columns of a terminal (ansi), 0: lines are not broken; pixels (svg), 100 to 100000, 0: 860.
        colours (True): False: for a terminal without them.
        fragment (False): True: without the document around it (html, latex).
        logarithmic (False): True: shades tell the numbers' logarithm; what is below a thousandth of the largest has none.
        swap_hues (False): True: orange above 0 and blue below; False: blue above 0, and orange below.
        largest (0.0): what is shaded in full; 0: the number furthest from 0.
        title (None): a line above; None: the decision.
        note (None): a line below; None: none.
        names (None): what each token that was read is called where words tell their number, as many str; None: its word.

        Returns the picture, a str. Raises ValueError: as many names as there are not, a word that is no format, a number out of
        range; OutOfMemoryError.
        """
        options = draw_options(format, width, colours, fragment, logarithmic, swap_hues, largest, title, note)
        options.names = ctypes.cast(strings("names", names, self.length), ctypes.c_void_p)
        native = self._native
        drawn = written(lambda write: library.attn_reading_draw(native, ctypes.byref(options), write, None))
        return drawn.decode("utf-8")

    def html(self) -> str:
        """A page by itself, a str: ``draw`` with its defaults. Returns what is to be written to a file."""
        return self.draw()

    def svg(self) -> str:
        """A picture. Returns SVG, a str."""
        return self.draw(format="svg")

    def ansi(self, *, colours: bool = True, width: int = 0) -> str:
        """For a terminal.

        colours (True): False: without colours and control characters.
        width (0): its columns; 0 leaves lines as long as they are.

        Returns a str. Raises ValueError: a width out of range; OutOfMemoryError.
        """
        return self.draw(format="ansi", colours=colours, width=width)

    def _repr_html_(self) -> str:
        return self.draw(fragment=True)

    def __str__(self) -> str:
        """As the terminal can show it: as wide as that is, and in colours, unless what is printed goes elsewhere. NO_COLOR forbids
        colours, FORCE_COLOR and CLICOLOR_FORCE (but 0) force them, and a terminal without a TERM, or a dumb one, has none."""
        shown = sys.stdout is not None and sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if shown else 0
        return self.ansi(colours=_has_colours(shown), width=width).rstrip("\n")

    def _describe(self) -> str:
        return f"{self.label} {self.probability:.2f}"
