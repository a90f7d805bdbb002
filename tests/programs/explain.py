#!/usr/bin/env python3
"""attn-sentiment explain, in every format and by every attribution, of ordinary and of hostile texts: explain.py PROGRAM SAMPLE"""
import csv
import html.parser
import io
import json
import math
import os
import re
import shutil
import tempfile
import unittest
import xml.etree.ElementTree

from program import run
from sentiment import SMALL, make_reviews

FORMATS = ["ansi", "html", "svg", "json", "csv", "latex"]
METHODS = ["attention", "gradient", "integrated", "occlusion"]
SVG = "{http://www.w3.org/2000/svg}"

HOSTILE = [
    "<script>alert(\"1\")</script> & 'quotes' </div></article></svg></title><!-- ]]> a dull film",
    "=cmd|' /C calc'!A0, \"great\", \\input{secret} $x^2$ 100% #1 {a_b} ~ \\end{document} `x` -- ?`",
    "a \x00\x01\x1b[31m wonderful \x7f\x85 film \ufffe\uffff",
    "\u202eevil \u05e9\u05dc\u05d5\u05dd\u202c \u2066 \u200f great film",
    "It's WONDERFUL,<br />Größe \u00bd \U0001F600 e\u0301 \u2026 superb.",
    "one\ttab\rreturn\r\nline\n\n  twice  \nend\n",
    "x" * 3000 + " " + "y" * 500,
    "   \n ",
    "great",
]


def clean(text):
    """A text without the characters that may not stand in a page; they are U+FFFD."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", "\ufffd", text)


def drawn(text):
    """What a picture shows of it: its line breaks, HTML's too, are breaks."""
    return re.sub("\r\n?|<br ?/?>", "\n", clean(text))


class Page(html.parser.HTMLParser):
    """The texts of an explained page, and its words: (letters, tip)."""
    def __init__(self, source):
        super().__init__()
        self.texts, self.words, self.tags, self.open = [], [], [], []
        self.feed(source)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag in ("meta", "br", "link"):
            return
        self.open.append((tag, attributes.get("class") or ""))
        if tag == "div" and attributes.get("class", "").startswith("attn-text"):
            self.texts.append("")
        elif tag == "span" and attributes.get("class", "").startswith("attn-word"):
            assert attributes["tabindex"] == "0"
            self.words.append(["", attributes["data-tip"]])

    def handle_endtag(self, tag):
        assert self.open and self.open[-1][0] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        if any(tag == "div" and kind.startswith("attn-text") for tag, kind in self.open):
            self.texts[-1] += data
        if self.open and self.open[-1][1].startswith("attn-word"):
            self.words[-1][0] += data


def svg_text(source):
    root = xml.etree.ElementTree.fromstring(source)
    return "".join(piece.text or "" for piece in root.iter(SVG + "tspan")), root


class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="attn-explain-")
        cls.data = os.path.join(cls.folder, "data.tsv")
        with open(cls.data, "w", encoding="utf-8") as file:
            file.writelines(f"{label}\t{text}\n" for label, text in make_reviews(200))
        cls.model = cls.train("base", "--epochs", 6)
        # A folder of reviews, so that texts may hold line breaks.
        for i, text in enumerate(HOSTILE):
            for kind in ("pos", "neg"):
                os.makedirs(os.path.join(cls.folder, "hostile", kind), exist_ok=True)
                with open(os.path.join(cls.folder, "hostile", kind, f"{i}_5.txt"), "w", encoding="utf-8", newline="") as file:
                    file.write(text)
        cls.hostile = os.path.join(cls.folder, "hostile")
        cls.texts = HOSTILE + HOSTILE  # pos, then neg

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def train(cls, name, *options):
        out = os.path.join(cls.folder, name)
        run("train", "--data", cls.data, "--out", out, "--quiet", "--lr", 0.03, *SMALL, *options)
        return os.path.join(out, "model.safetensors")

    def explain(self, *arguments, model=None, **options):
        return run("explain", "--model", model or self.model, *arguments, **options).stdout.decode("utf-8")

    def explain_json(self, *arguments, **options):
        return [json.loads(line) for line in self.explain("--format", "json", *arguments, **options).splitlines()]

    # ---- formats ----

    def test_html_holds_the_original_and_nothing_that_runs(self):
        for by in METHODS:
            with self.subTest(by):
                page = Page(self.explain("--format", "html", "--by", by, "--data", self.hostile))
                self.assertEqual(page.texts, [drawn(text) for text in self.texts])
                self.assertEqual(set(page.tags), {"html", "head", "meta", "title", "style", "body", "h1", "figure", "figcaption",
                                                  "span", "div", "p"})
                for letters, tip in page.words:
                    self.assertRegex(tip, r"(?s)\A.+ \u00b7 [+-]?\d+\.\d+ \u00b7 rank \d+\Z")
                    self.assertTrue(letters)
                self.assertIn(("WONDERFUL", "wonderful"), [(letters, tip.split(" ")[0]) for letters, tip in page.words])

    def test_svg_holds_the_original_and_a_title_for_each_word(self):
        for by in METHODS:
            with self.subTest(by):
                text, root = svg_text(self.explain("--format", "svg", "--by", by, "--data", self.hostile))
                self.assertEqual(text, "".join(drawn(text) for text in self.texts))
                height = float(root.get("height"))
                for rect in root.iter(SVG + "rect"):
                    self.assertLessEqual(float(rect.get("y", 0)) + float(rect.get("height")), height)
                    self.assertTrue(0 <= float(rect.get("fill-opacity", 1)) <= 1)
                titles = [title.text for title in root.iter(SVG + "title")]
                self.assertTrue(any(re.fullmatch(r"wonderful: [+-]?\d+\.\d+, rank \d+", title) for title in titles))

    def test_csv_gives_the_bytes_of_the_original(self):
        for by in METHODS:
            with self.subTest(by):
                source = self.explain("--format", "csv", "--by", by, "--data", self.hostile)
                self.assertEqual(source.replace("\r\n", "").count('"') % 2, 0)
                rows = list(csv.DictReader(io.StringIO(source, newline="")))
                for row in rows:
                    text = self.texts[int(row["text"]) - 1].encode()
                    self.assertEqual(row["original"], clean(text[int(row["begin"]):int(row["end"])].decode()))
                    self.assertEqual(row["by"], by)
                    self.assertIn(row["decision"], ("positive", "negative"))
                first = [row for row in rows if row["text"] == "1"]
                self.assertEqual(sorted(int(row["rank"]) for row in first), list(range(1, len(first) + 1)))
                sizes = [abs(float(row["weight"])) for row in sorted(first, key=lambda row: int(row["rank"]))]
                self.assertEqual(sizes, sorted(sizes, reverse=True))

    def test_json_is_a_line_a_text(self):
        for by in METHODS:
            with self.subTest(by):
                lines = self.explain_json("--by", by, "--data", self.hostile)
                self.assertEqual([line["name"] for line in lines], [f"{kind}/{i}_5.txt" for kind in ("pos", "neg")
                                                                    for i in range(len(HOSTILE))])
                for line, text in zip(lines, self.texts):
                    self.assertEqual(line["by"], by)
                    for token in line["tokens"]:
                        self.assertTrue(0 <= token["begin"] <= token["end"] <= len(text.encode()))
                        self.assertTrue(math.isfinite(token["weight"]))

    def test_latex_escapes_what_is_special(self):
        source = self.explain("--format", "latex", HOSTILE[1])
        body = source.split("\\noindent{}")[1].split("\\par\n\\noindent{\\small")[0]
        self.assertNotIn("\\input{", source)
        self.assertEqual(source.count("\\end{document}"), 1)
        plain = re.sub(r"\\attnword\{attn(?:blue|orange)\}\{\d+\}", "", body)
        names = {"textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textless": "<", "textgreater": ">",
                 "textbar": "|", "textquotedbl": '"', "textasciigrave": "`", "textquotesingle": "'"}
        plain = re.sub(r"\\(" + "|".join(names) + r")\{\}", lambda m: "\\" + {"\\": "backslash"}.get(names[m[1]], names[m[1]]), plain)
        self.assertNotRegex(plain, r"(?<!\\)[$&#%_^~]")
        depth = 0
        for brace in re.findall(r"(?<!\\)[{}]", plain):
            depth += 1 if brace == "{" else -1
            self.assertGreaterEqual(depth, 0)
        self.assertEqual(depth, 0)
        # Undone, it is the text.
        plain = re.sub(r"(?<!\\)[{}]", "", plain).replace("\\backslash", "\\\\")
        self.assertEqual(re.sub(r"\\(.)", r"\1", plain), HOSTILE[1])

    def test_ansi_has_two_hues_where_colours_are_forced_and_none_otherwise(self):
        text = "awful but wonderful , boring but superb film"
        shown = self.explain("--by", "integrated", text, env={**os.environ, "FORCE_COLOR": "1"})
        colours = {int(colour) for colour in re.findall(r"48;5;(\d+)m", shown)}
        self.assertTrue(colours & {230, 223, 222, 215, 208})
        self.assertTrue(colours & {195, 153, 117, 75, 39})
        for environment in ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, {}):
            shown = self.explain("--by", "integrated", "--data", self.hostile, env={**os.environ, **environment})
            self.assertNotIn("\x1b", shown)
            self.assertNotIn("\u202e", shown)
            self.assertNotIn("\x00", shown)

    def test_a_text_of_100000_words_in_every_format(self):
        text = ("wonderful film " * 50000).encode() + b"\n"
        for by in METHODS:
            for form in FORMATS:
                with self.subTest(by=by, format=form):
                    shown = self.explain("--format", form, "--by", by, "--threads", 2, input=text if form == "ansi" or by == "attention"
                                         else text[:30000])
                    self.assertGreater(len(shown), 1000)

    def test_lines_that_are_malformed(self):
        lines = b"great \xff\xfe film\n\nawful \xc0\x80\xed\xa0\x80\n"
        for form in FORMATS:
            for by in METHODS:
                with self.subTest(by=by, format=form):
                    shown = self.explain("--format", form, "--by", by, input=lines)
                    if form == "html":
                        self.assertEqual(Page(shown).texts, ["great \ufffd\ufffd film", "", "awful " + 5 * "\ufffd"])
                    elif form == "svg":
                        self.assertEqual(svg_text(shown)[0], "great \ufffd\ufffd filmawful " + 5 * "\ufffd")

    def test_limit_and_order(self):
        lines = self.explain_json("--data", self.data, "--limit", 10)
        self.assertEqual([line["label"] for line in lines].count("positive"), 5)
        self.assertEqual(len(lines), 10)
        self.assertEqual(len(Page(self.explain("--format", "html", "--data", self.data)).texts), 200)

    # ---- attributions ----

    def log_odds(self, text, label, model=None):
        line = json.loads(run("predict", "--model", model or self.model, "--json", text).out)
        p = line["probability"] if line["label"] == label else 1 - line["probability"]
        return math.log(p / (1 - p))

    def test_occlusion_is_what_leaving_the_word_out_takes(self):
        words = "the film was awful but the music great".split()
        line, = self.explain_json("--by", "occlusion", " ".join(words))
        whole = self.log_odds(" ".join(words), line["decision"])
        for i, token in enumerate(line["tokens"]):
            without = self.log_odds(" ".join(words[:i] + words[i + 1:]), line["decision"])
            self.assertAlmostEqual(token["weight"], whole - without, delta=0.02)  # of probabilities printed to six places

    def test_integrated_gradients_are_complete(self):
        for line in self.explain_json("--by", "integrated", "--data", self.data, "--limit", 20):
            change = sum(token["weight"] for token in line["tokens"]) + line["completeness_gap"]
            self.assertLess(abs(line["completeness_gap"]), 0.01 * max(1, abs(change)))

    def test_texts_together_are_explained_as_alone(self):
        texts = ["great", "a superb film , a great actor and a dull scene", "", "we saw this awful film", "bland " * 40]
        path = os.path.join(self.folder, "texts.tsv")
        with open(path, "w") as file:
            file.writelines(f"{i % 2}\t{text}\n" for i, text in enumerate(texts))
        # The loss that training adds for diversity is no part of the decision.
        for model in self.model, self.train("diverse", "--epochs", 2, "--faithful", "diversity"):
            for by in METHODS:
                together = self.explain_json("--by", by, "--data", path, model=model)
                self.assertEqual(len(together), len(texts))
                for text, line in zip(texts, together):
                    alone, = self.explain_json("--by", by, text, model=model) if text else [{"tokens": []}]
                    for one, other in zip(line["tokens"], alone["tokens"], strict=True):
                        self.assertAlmostEqual(one["weight"], other["weight"], places=4, msg=by)  # printed to six

    def test_attributions_find_the_words_that_matter(self):
        text = "it was superb , a story with music"
        for by in METHODS[1:]:
            line, = self.explain_json("--by", by, text)
            best = max(line["tokens"], key=lambda token: token["weight"])
            self.assertEqual((line["decision"], best["token"]), ("positive", "superb"), by)

    def test_every_kind_of_network(self):
        for name, options in {"attngru": ["--encoder", "attngru"], "article": ["--preset", "article", "--max-length", 30],
                              "stacked": ["--layers", 2], "plain": ["--pooling", "last"]}.items():
            model = self.train(name, "--epochs", 2, *options)
            for by in METHODS[name == "plain":]:
                with self.subTest(name, by=by):
                    line, = self.explain_json("--by", by, "a superb film", model=model)
                    self.assertEqual(len(line["tokens"]), 3)
                    self.assertTrue(any(token["weight"] for token in line["tokens"]))
                    if by == "integrated":
                        total = sum(token["weight"] for token in line["tokens"]) + line["completeness_gap"]
                        self.assertLess(abs(line["completeness_gap"]), 0.01 * max(0.1, abs(total)))
                    if by == "attention":
                        total = sum(token["weight"] for token in line["tokens"]) + line.get("padding_weight", 0)
                        self.assertAlmostEqual(total, 1, places=4)

    # ---- bad input ----

    def bad(self, *arguments, says):
        done = run("explain", "--model", self.model, *arguments, status=2)
        self.assertRegex(done.err, r"\Aattn-sentiment: [^\n]+\n\Z")
        self.assertIn(says, done.err)
        self.assertEqual(done.out, "")

    def test_bad_options(self):
        self.bad("--format", "pdf", "great", says="ansi|html|svg|json|csv|latex")
        self.bad("--by", "magic", "great", says="attention|gradient|integrated|occlusion")
        self.bad("--data", self.data, "great", says="one of the two")
        self.bad("--limit", 3, "great", says="--data")
        self.bad("--data", os.path.join(self.folder, "missing"), says="No such file")


if __name__ == "__main__":
    unittest.main(argv=["explain.py"])
