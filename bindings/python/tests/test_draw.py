"""Pictures: what they hold, read back with the standard library's parsers."""

import html.parser
import re
import xml.etree.ElementTree

import attn
import numpy as np
import pytest

SVG = "{http://www.w3.org/2000/svg}"
TEXT = "A <b>great</b> film,<br />déjà vu \U0001f44d\U0001f3fd."
SPANS = [(0, 1), (5, 10), (15, 19), (19, 20), (26, 32), (33, 35), (36, 44), (44, 45)]
BEGINS, ENDS = np.array(SPANS, np.int64).T.copy()
NUMBERS = np.linspace(-1, 1, len(SPANS)).astype(np.float32)


class Words(html.parser.HTMLParser):
    def __init__(self, source):
        super().__init__()
        self.words, self.text, self.inside = [], "", []
        self.feed(source)
        self.close()
        assert self.inside == []

    def handle_starttag(self, tag, attributes):
        if tag != "meta":
            self.inside.append((tag, dict(attributes)))
        if tag == "span":
            self.words.append(["", dict(attributes)["data-tip"]])

    def handle_endtag(self, tag):
        assert self.inside.pop()[0] == tag

    def handle_data(self, data):
        if any(attributes.get("class", "").startswith("attn-text") for _, attributes in self.inside):
            self.text += data
        if self.inside and self.inside[-1][0] == "span":
            self.words[-1][0] += data


def test_a_text_holds_what_was_given_with_its_breaks():
    page = Words(attn.draw_text(TEXT, BEGINS, ENDS, NUMBERS, title="1 < 2", names=list("abcdefgh")))
    assert page.text == TEXT.replace("<br />", "\n")
    assert [letters for letters, _ in page.words] == [TEXT.encode()[b:e].decode() for b, e in SPANS]
    assert page.words[0][1] == "a \u00b7 -1.000 \u00b7 rank 1"
    picture = xml.etree.ElementTree.fromstring(attn.draw_text(TEXT, BEGINS, ENDS, NUMBERS, format="svg"))
    assert "".join(piece.text for piece in picture.iter(SVG + "tspan")) == TEXT.replace("<br />", "\n")


def test_halves_of_characters_are_replaced():
    tokens = attn.Tokens(attn.Context(threads=1), "a \ud83d film")  # bytes as Tokens counts them
    page = Words(attn.draw_text("a \ud83d film", tokens.begins, tokens.ends, np.ones(len(tokens), np.float32)))
    assert page.text.endswith("\ufffd film") and page.words[-1][0] == "film"


def test_every_format_draws_both():
    weights = np.array([[0.25, 0.75], [1, 0]], np.float32)
    for form in attn.DRAW_FORMATS:
        assert "great" in attn.draw_text(TEXT.encode(), BEGINS, ENDS, NUMBERS, format=form)
        assert "row" in attn.draw_matrix(weights, ["row", "&"], ["<", "column"], format=form)
    cells = xml.etree.ElementTree.fromstring(attn.draw_matrix(weights, format="svg")).iter(SVG + "rect")
    assert [float(cell.get("fill-opacity")) for cell in cells if cell.get("fill-opacity")] == [0.25, 0.75, 1, 0]
    assert "\x1b" not in attn.draw_matrix(weights, format="ansi", colours=False)
    assert "<html" not in attn.draw_text(TEXT, BEGINS, ENDS, NUMBERS, fragment=True)
    assert re.match(r"<style>.*</style>\n<figure", attn.draw_matrix(weights, fragment=True), re.DOTALL)


def test_any_bytes_make_well_formed_pictures():
    """Texts of what is awkward, in spans cut anywhere: each parses, and holds each letter once."""
    awkward = ["<", "&", "]]>", '"', "\0", "\r", "\n", "\r\n", "<br />", "<br", "\ufffe", "\u202e", "e\u0301", "\u0301", "\u200d", " ", "\t",
               "\U0001f1e9", "\U0001f1ea", "\U0001f44d", "\U0001f3fd", "\u65e5", "\u2028", "\u0600", "\u1100", "\u1161", "x" * 90, "\x1b[0m"]
    pieces = [piece.encode() for piece in awkward] + [b"\xff", b"\xc0", b"\xe2\x80", b"\xed\xa0\x80"]
    random = np.random.default_rng(3)
    for _ in range(300):
        text = b"".join(pieces[i] for i in random.integers(0, len(pieces), random.integers(0, 40))) + b"Q"
        cuts = np.sort(random.integers(0, len(text) + 1, 2 * random.integers(0, 12)))
        begins, ends = cuts[::2].copy(), cuts[1::2].copy()
        numbers = random.normal(size=len(begins)).astype(np.float32)
        page = Words(attn.draw_text(text, begins, ends, numbers, title="<&\x01\n", note="<br />&\r\n\x02"))
        drawn = attn.draw_text(text, begins, ends, numbers, format="svg", width=150, title="<&\x01\n", note="<br />&\r\n\x02")
        picture = xml.etree.ElementTree.fromstring(drawn)
        assert "".join(piece.text for piece in picture.iter(SVG + "tspan")) == page.text
        assert page.text.count("Q") == 1 and "\0" not in page.text and "\x1b" not in page.text
        terminal = attn.draw_text(text, begins, ends, numbers, format="ansi", colours=False)
        assert not re.search("[\0-\x09\x0b-\x1f\x7f\u202e]", terminal)
        assert attn.draw_text(text, begins, ends, numbers, format="latex").count("\\end{document}") == 1


def test_what_is_wrong_is_named():
    with pytest.raises(TypeError, match=r"begins: expected a C-contiguous int64 array \[count\]"):
        attn.draw_text(TEXT, BEGINS.astype(np.int32), ENDS, NUMBERS)
    with pytest.raises(ValueError, match=r"numbers: expected .* \[8\]"):
        attn.draw_text(TEXT, BEGINS, ENDS, NUMBERS[1:])
    with pytest.raises(attn.ArgumentError, match=r"ends\[7\] is 45; expected begins\[7\], 44, to the text's 44 bytes"):
        attn.draw_text(TEXT.encode()[:-1], BEGINS, ENDS, NUMBERS)
    with pytest.raises(ValueError, match="names: expected 8 strings"):
        attn.draw_text(TEXT, BEGINS, ENDS, NUMBERS, names=["one"])
    with pytest.raises(ValueError, match="format: expected one of 'ansi', 'html', 'svg', 'latex'; got 'pdf'"):
        attn.draw_matrix(np.zeros((1, 1), np.float32), format="pdf")
    with pytest.raises(attn.ArgumentError, match=r"weights\[0, 1\] is nan"):
        attn.draw_matrix(np.array([[0, np.nan]], np.float32))
