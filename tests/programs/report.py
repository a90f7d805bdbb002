#!/usr/bin/env python3
"""attn-sentiment report: the page's data by the standard library, and the page itself in headless Chromium, which is skipped where
there is none. report.py PROGRAM SAMPLE"""
import csv
import io
import json
import os
import re
import resource
import shutil
import struct
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

from browser import Browser, find_chromium
from program import page_data, read, run
from sentiment import SMALL, make_reviews

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</script><script>window.hacked=1</script><!--<script> <img src='http://127.0.0.1:9/x' onerror='window.hacked=1'> " \
          "\"quoted\" \u202eevil\u202c \u05e9\u05dc\u05d5\u05dd \x00\x1b[31m &amp; {{x}} "
SHOWN = HOSTILE.replace("\x00", "\ufffd").replace("\x1b", "\ufffd")


class Runs(unittest.TestCase):
    """Small runs; every review begins with what would do harm in a page."""
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="attn-report-")
        cls.data = cls.write("data.tsv", [(label, HOSTILE + text) for label, text in make_reviews(200)])
        cls.run_folder = cls.train("base", "--epochs", 5)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def write(cls, name, reviews):
        path = os.path.join(cls.folder, name)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{label}\t{text}\n" for label, text in reviews)
        return path

    @classmethod
    def train(cls, name, *options, data=None):
        out = os.path.join(cls.folder, name)
        run("train", "--data", data or cls.data, "--out", out, "--quiet", "--lr", 0.03, "--valid", 0.2, *SMALL, *options)
        return out

    def report(self, folder, *options):
        path = os.path.join(self.folder, "page.html")
        run("report", folder, "--out", path, *options)
        return path


class Data(Runs):
    def test_train_leaves_the_page_that_report_draws(self):
        written = read(os.path.join(self.run_folder, "report.html"))
        self.assertEqual(read(self.report(self.run_folder)), written)
        self.assertLess(len(written), 3e6)
        page = written.decode("utf-8")
        self.assertNotRegex(re.sub(r"(?s)<script type=.application/json.*?</script>", "", page),
                            r"""(src|href)\s*=\s*["']|url\(|@import|fetch\(|XMLHttpRequest""")

    def test_the_data_is_that_of_the_run(self):
        data = page_data(os.path.join(self.run_folder, "report.html"))
        with open(os.path.join(self.run_folder, "metrics.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        for name, column in data["metrics"].items():
            for row, value in zip(rows, column, strict=True):
                self.assertAlmostEqual(float(row[name]), value, places=5)
        history = [json.loads(line) for line in read(os.path.join(self.run_folder, "attention_history.jsonl")).splitlines()]
        film = data["film"]
        self.assertEqual(film["epochs"], list(range(6)))
        self.assertEqual(len(film["reviews"]), 5)
        for line in history:
            review = film["reviews"][line["review"]]
            self.assertEqual(review["name"], line["id"])
            self.assertEqual(len(review["pieces"]), 2 * len(line["tokens"]) + 1)
            for a, b in zip(review["weights"][line["epoch"]], line["weights"], strict=True):
                self.assertAlmostEqual(a, b, delta=1e-3 * b + 1e-9)
        self.assertEqual(data["run"]["config"]["hidden"], 8)
        self.assertEqual(data["run"]["held_out"], 40)
        self.assertIsNone(data["run"]["missing"])

    def test_the_reviews_are_the_surest_and_the_least_certain(self):
        data = page_data(os.path.join(self.run_folder, "report.html"))
        with open(self.data, encoding="utf-8", newline="\n") as file:
            lines = [line.rstrip("\n").split("\t", 1) for line in file]
        groups = {group["title"]: group["reviews"] for group in data["groups"]}
        self.assertEqual(list(groups), ["Most surely right", "Most surely wrong", "Least certain"])
        for review in groups["Most surely right"]:
            self.assertEqual(review["label"], review["decision"])
        for review in groups["Most surely wrong"]:
            self.assertNotEqual(review["label"], review["decision"])
        sure = [review["probability"] for review in groups["Most surely right"]]
        self.assertEqual(sure, sorted(sure, reverse=True))
        doubtful = [review["probability"] for review in groups["Least certain"]]
        self.assertEqual(doubtful, sorted(doubtful))
        for review in sum(groups.values(), []):
            label, text = lines[int(review["name"].split()[1]) - 1]
            self.assertEqual(int(label), review["label"])
            self.assertEqual("".join(review["pieces"]), text.replace(HOSTILE, SHOWN))
            count = len(review["pieces"]) // 2
            for method in ("attention", "gradient", "occlusion"):
                self.assertEqual(len(review[method]), count)
            self.assertAlmostEqual(sum(review["attention"]), 1, places=2)
            for tau in (review["tau_gradient"], review["tau_occlusion"]):
                self.assertTrue(-1 <= tau <= 1)

    def test_attributions_are_those_of_explain(self):
        review = page_data(os.path.join(self.run_folder, "report.html"))["groups"][0]["reviews"][0]
        text = HOSTILE + "".join(review["pieces"])[len(SHOWN):]
        for by in ("attention", "gradient", "occlusion"):
            shown = json.loads(run("explain", "--model", os.path.join(self.run_folder, "model.safetensors"), "--by", by, "--format", "json",
                                   input=text.encode()).out)
            largest = max(map(abs, review[by]))
            for token, value in zip(shown["tokens"], review[by], strict=True):
                self.assertAlmostEqual(token["weight"], value, delta=2e-3 * largest)

    def test_words_lean_as_they_should(self):
        words = {word["word"]: word for word in page_data(os.path.join(self.run_folder, "report.html"))["words"]}
        self.assertGreater(words["wonderful"]["probability"], words["awful"]["probability"])
        for word in words.values():
            self.assertTrue(0 <= word["leaning"] <= 1 and word["count"] >= 2 and 0 <= word["share"] <= 1 and word["lift"] >= 0)

    def test_without_the_reviews_the_rest_is_drawn(self):
        data = self.write("moved.tsv", make_reviews(100))
        folder = self.train("moved", "--epochs", 2, data=data)
        os.rename(data, data + ".gone")
        found = page_data(self.report(folder))
        self.assertIn("no longer at", found["run"]["missing"])
        self.assertEqual((found["groups"], found["words"]), ([], []))
        line = json.loads(read(os.path.join(folder, "attention_history.jsonl")).splitlines()[0])
        self.assertEqual(found["film"]["reviews"][0]["pieces"][1::2], line["tokens"])
        self.write("moved.tsv", make_reviews(100, seed=6))
        self.assertIn("not those that were trained on", page_data(self.report(folder))["run"]["missing"])

    def test_a_held_out_review_of_100000_words(self):
        reviews = [(label, text + " film" * 100000) for label, text in make_reviews(20)]
        folder = self.train("long", "--epochs", 1, data=self.write("long.tsv", reviews))
        path = self.report(folder)
        self.assertLess(os.path.getsize(path), 3e6)
        review = page_data(path)["groups"][2]["reviews"][0]
        self.assertEqual(review["left"] + len(review["pieces"]) // 2, 100020)

    def test_training_tells_that_no_page_could_be_written(self):
        folder = os.path.join(self.folder, "barred")
        os.makedirs(os.path.join(folder, "report.html"))  # no file can take this place
        options = ["train", "--data", self.data, "--out", folder, "--epochs", 1, *SMALL]
        done = run(*options, status=1)
        self.assertIn("best: epoch 1", done.out)
        self.assertNotIn("report:", done.out)
        self.assertEqual(done.err, f"attn-sentiment: {folder}/model.safetensors is trained, but its report is missing (attn-sentiment "
                                   f"report {folder} writes it): cannot write {folder}/report.html: Is a directory\n")
        run("predict", "--model", f"{folder}/model.safetensors", "a text")
        os.rmdir(os.path.join(folder, "report.html"))
        run("report", folder)
        page = read(os.path.join(folder, "report.html"))
        # Too large for the disk, with what was there and a path so long that a line cannot hold it.
        deep = os.path.join(self.folder, *["d" * 200] * 16)
        os.makedirs(os.path.dirname(deep))
        shutil.copytree(folder, deep)
        limit = (len(page) - 1, len(page) - 1)
        done = run("train", "--out", deep, "--resume", "--quiet", status=1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
        self.assertRegex(done.err, r"\Aattn-sentiment: /[^\n]{900,1023}: File too large\n\Z")
        self.assertEqual(read(os.path.join(deep, "report.html")), page)

    def test_a_run_that_went_astray_has_no_numbers(self):
        folder = os.path.join(self.folder, "astray")
        shutil.copytree(self.run_folder, folder)
        with open(os.path.join(folder, "metrics.csv"), "a") as file:
            file.write("6,0.01,nan,0.5,inf,0.5,1.0\n")
        data = page_data(self.report(folder))
        self.assertEqual((data["metrics"]["train_loss"][5], data["metrics"]["valid_loss"][5]), (None, None))
        self.assertEqual(len(data["metrics"]["epoch"]), 6)

    def test_of_thousands_of_epochs_some_are_shown(self):
        folder = os.path.join(self.folder, "epochs")
        shutil.copytree(self.run_folder, folder)
        path = os.path.join(folder, "attention_history.jsonl")
        last = [line for line in read(path).decode().splitlines() if line.startswith('{"epoch":5,')]
        with open(path, "a", encoding="utf-8") as file:
            for epoch in range(6, 3000):
                file.writelines(line.replace('{"epoch":5,', f'{{"epoch":{epoch},') + "\n" for line in last)
        page = self.report(folder)
        epochs = page_data(page)["film"]["epochs"]
        self.assertLess(os.path.getsize(page), 3e6)
        self.assertEqual((epochs[0], epochs[-1]), (0, 2999))
        self.assertTrue(100 < len(epochs) < 2000)

    def test_bad_runs(self):
        os.makedirs(os.path.join(self.folder, "nothing"), exist_ok=True)
        for arguments, says in [([], "needs RUN"), ([os.path.join(self.folder, "nowhere")], "nowhere"), ([self.data], "not a folder"),
                                ([os.path.join(self.folder, "nothing")], "model.safetensors")]:
            done = run("report", *arguments, status=2)
            self.assertRegex(done.err, r"\Aattn-sentiment: [^\n]+\n\Z")
            self.assertIn(says, done.err)


@unittest.skipUnless(find_chromium(), "no chromium here: the page is not looked at in a browser")
class InTheBrowser(Runs):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = os.path.join(cls.run_folder, "report.html")
        cls.browser = Browser()
        cls.downloads = os.path.join(cls.folder, "downloads")
        os.makedirs(cls.downloads)
        cls.browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=cls.downloads)

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()
        super().tearDownClass()

    def open(self, path=None, **options):
        page = self.browser.open("file://" + (path or self.path), **options)
        self.addCleanup(self.check_quiet, page)
        return page

    def check_quiet(self, page):
        """The console is empty, nothing was asked of the network, and no review ran."""
        self.assertEqual(page.complaints(), [])
        self.assertEqual([url for url in page.requests() if not url.startswith(("file://", "blob:", "data:"))], [])
        self.assertEqual(len([url for url in page.requests() if url.startswith("file://")]), 1)
        self.assertIsNone(page.run("window.hacked ?? null"))

    def shades(self, page, card):
        return page.run(f"[...document.querySelectorAll('{card} .word')].map(w => Number(getComputedStyle(w).getPropertyValue('--shade')))")

    def saved(self, page, selector, name):
        page.run(f"document.querySelector({json.dumps(selector)}).click()")
        path, deadline = os.path.join(self.downloads, name), time.monotonic() + 30
        while not os.path.exists(path) or not os.path.getsize(path):
            self.assertLess(time.monotonic(), deadline, f"{name} was not saved")
            time.sleep(0.02)
        time.sleep(0.1)
        content = read(path)
        os.remove(path)
        return content

    def test_it_opens_complete(self):
        page = self.open()
        timing = page.run("(() => { const t = performance.getEntriesByType('navigation')[0]; return t.domComplete - t.startTime; })()")
        print(f"the page was complete after {timing:.0f} ms", file=sys.stderr)  # not asserted: machines are shared
        self.assertGreater(timing, 0)

    def test_the_text_is_the_original(self):
        page, data = self.open(), page_data(self.path)
        shown = page.run("[...document.querySelectorAll('#groups .text')].map(t => t.textContent)")
        self.assertEqual(shown, ["".join(review["pieces"]) for group in data["groups"] for review in group["reviews"]])
        self.assertEqual(page.run("document.querySelectorAll('img, iframe, object, #groups script').length"), 0)

    def test_the_slider_moves_the_shading(self):
        page, film = self.open(), page_data(self.path)["film"]
        largest = max(max(weights) for weights in film["reviews"][0]["weights"])
        seen = []
        for at in (0, 2, 5):
            page.run(f"(() => {{ const s = document.querySelector('#film input'); s.value = {at}; s.dispatchEvent(new Event('input')); }})()")
            shades = self.shades(page, "#film")
            for shade, weight in zip(shades, film["reviews"][0]["weights"][at], strict=True):
                self.assertAlmostEqual(shade, weight / largest, delta=2e-3)
            self.assertIn(f"epoch {at}", page.run("document.querySelector('#film .card p').textContent"))
            seen.append(tuple(shades))
        self.assertEqual(len(set(seen)), 3)
        page.run("document.querySelector('#film input').focus()")
        page.press("ArrowLeft")
        page.wait_for("document.querySelector('#film .card p').textContent.includes('epoch 4')")

    def test_play_goes_through_the_epochs_and_another_review_can_be_chosen(self):
        page = self.open()
        page.run("document.querySelector('#film button').click()")
        self.assertIn("Pause", page.run("document.querySelector('#film button').textContent"))
        self.assertEqual(page.run("document.querySelector('#film input').value"), "0")
        page.wait_for("document.querySelector('#film input').value == '5'")
        page.wait_for("document.querySelector('#film button').textContent.includes('Play')")
        before = page.run("document.querySelector('#film .text').textContent")
        page.run("(() => { const s = document.querySelector('#film select'); s.value = 1; s.dispatchEvent(new Event('change')); })()")
        self.assertNotEqual(page.run("document.querySelector('#film .text').textContent"), before)

    def test_pointing_at_a_word_shows_its_weight(self):
        page = self.open()
        tip = "getComputedStyle(document.querySelector('#groups .word'), '::after').content"
        self.assertEqual(page.run(tip), "none")
        page.point_at("#groups .word")
        page.wait_for(f"{tip} != 'none'")
        self.assertRegex(page.run(tip), r"attr\(data-tip\)|\u00b7 \d\.\d+ \u00b7 rank \d+")
        weight = page_data(self.path)["groups"][0]["reviews"][0]["attention"][0]
        shown = page.run("document.querySelector('#groups .word').dataset.tip").split(" \u00b7 ")
        self.assertAlmostEqual(float(shown[1]), weight, delta=6e-4)

    def test_words_can_be_reached_by_the_keyboard(self):
        page = self.open()
        self.assertEqual(page.run("document.querySelectorAll('#groups article:first-of-type [tabindex=\"0\"]').length"), 1)
        page.run("document.querySelector('#groups .word').focus()")
        page.press("ArrowRight")
        self.assertTrue(page.run("document.activeElement == document.querySelectorAll('#groups .word')[1]"))
        self.assertNotEqual(page.run("getComputedStyle(document.activeElement, '::after').content"), "none")

    def test_the_scale_can_be_logarithmic(self):
        page = self.open()
        linear = self.shades(page, "#groups article")
        page.run("document.querySelector('#scale [value=log]').click()")
        logarithmic = self.shades(page, "#groups article")
        self.assertTrue(all(b >= a - 1e-3 for a, b in zip(linear, logarithmic)))
        self.assertGreater(sum(logarithmic), sum(linear))
        self.assertEqual([a for a in linear if a == 1], [b for b in logarithmic if b == 1])

    def test_figures_are_saved_as_svg_and_png(self):
        page = self.open()
        for section, name, count in [("#curves figure", "loss", 2), ("#film", "attention", 1), ("#groups article", "review-1", 1),
                                     ("#compare .columns", "attention", 1)]:
            with self.subTest(section):
                root = xml.etree.ElementTree.fromstring(self.saved(page, f"{section} .saves button:nth-child(1)", name + ".svg"))
                self.assertEqual(root.tag, SVG + "svg")
                self.assertNotIn("var(", xml.etree.ElementTree.tostring(root, "unicode"))
                png = self.saved(page, f"{section} .saves button:nth-child(2)", name + ".png")
                self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
                width, height = struct.unpack(">II", png[16:24])
                self.assertEqual(width, 2 * float(root.get("width")))
                self.assertGreater(height, 200)
                self.assertGreater(len(png), 5000)

    def test_the_svg_of_a_text_has_all_its_words(self):
        page, review = self.open(), page_data(self.path)["groups"][0]["reviews"][0]
        root = xml.etree.ElementTree.fromstring(self.saved(page, "#groups article .saves button:nth-child(1)", "review-1.svg"))
        drawn = "".join(text.text for text in list(root.iter(SVG + "text"))[1:])
        self.assertEqual(drawn, re.sub(r"[ \t\r\n]", "", "".join(review["pieces"])))

    def test_data_is_saved_as_csv(self):
        page, data = self.open(), page_data(self.path)
        review = data["groups"][0]["reviews"][0]
        rows = list(csv.reader(io.StringIO(self.saved(page, "#groups article .saves button:nth-child(3)", "review-1.csv").decode(), newline="")))
        self.assertEqual(rows[0], ["word", "token", "attention", "gradient", "occlusion"])
        self.assertEqual([row[1] for row in rows[1:]], review["pieces"][1::2])
        self.assertEqual([float(row[4]) for row in rows[1:]], review["occlusion"])
        rows = list(csv.reader(io.StringIO(self.saved(page, "#curves .saves button:nth-child(3)", "loss.csv").decode(), newline="")))
        self.assertEqual(len(rows), 6)
        rows = list(csv.reader(io.StringIO(self.saved(page, "#words .saves button", "words.csv").decode(), newline="")))
        self.assertEqual(len(rows), len(data["words"]) + 1)

    def test_words_are_sorted_by_any_column(self):
        page = self.open()
        for column, key in enumerate(["word", "lift", "share", "count", "leaning", "probability"]):
            page.run(f"document.querySelectorAll('#words th button')[{column}].click()")
            words = sorted(page_data(self.path)["words"], key=lambda word: word[key], reverse=key != "word")
            self.assertEqual(page.run("document.querySelector('#words tbody td').textContent"), words[0]["word"])

    def test_methods_stand_side_by_side(self):
        page = self.open()
        self.assertEqual(page.run("[...document.querySelectorAll('#compare h3')].map(h => h.textContent)"),
                         ["Attention", "Gradient \u00d7 input", "Occlusion"])
        tau = page_data(self.path)["groups"][0]["reviews"][0]["tau_gradient"]
        self.assertIn(f"{abs(tau):.3f}", page.run("document.querySelector('#compare .columns').textContent"))

    def test_a_phone_need_not_scroll_sideways_and_night_is_dark(self):
        page = self.open(width=360, height=740, dark=True)
        self.assertLessEqual(page.run("document.documentElement.scrollWidth"), 360)
        red, green, blue = map(int, re.findall(r"\d+", page.run("getComputedStyle(document.body).backgroundColor"))[:3])
        self.assertLess(red + green + blue, 150)

    def test_what_people_marked_is_a_table_where_it_was_measured(self):
        self.assertTrue(self.open().run("document.querySelector('#people').hidden"))
        folder, movies = os.path.join(self.folder, "people"), os.path.join(self.folder, "movies")
        shutil.copytree(self.run_folder, folder)
        os.makedirs(f"{movies}/docs")
        lines = []
        for i, (label, text) in enumerate(make_reviews(12)):
            with open(f"{movies}/docs/{i}.txt", "w") as file:
                file.write(text)
            lines.append({"annotation_id": f"{i}.txt", "classification": ["NEG", "POS"][label], "evidences":
                          [[{"docid": f"{i}.txt", "start_token": i, "end_token": i + 2, "text": "?"}]]})
        with open(f"{movies}/train.jsonl", "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
        run("plausibility", "--run", folder, "--data", movies)
        run("report", folder)
        page, people = self.open(f"{folder}/report.html", width=360, height=740), page_data(f"{folder}/report.html")["people"]
        self.assertFalse(page.run("document.querySelector('#people').hidden"))
        self.assertIn("Of 12 reviews in which people marked", page.run("document.querySelector('#people').textContent"))
        rows = page.run("[...document.querySelectorAll('#people tbody tr')].map(r => [...r.cells].map(c => c.textContent))")
        self.assertEqual([row[0] for row in rows], ["attention", "gradient x input", "integrated gradients", "occlusion", "at random"])
        for row, figures in zip(rows, people["rows"], strict=True):
            for cell, key in zip(row[1:], ("token_f1", "auprc", "average_precision", "iou_f1"), strict=True):
                for shown, number in zip(re.findall(r"[\d.]+", cell), figures[key], strict=True):
                    self.assertAlmostEqual(float(shown), number, delta=6e-4)
                self.assertRegex(cell, r"\A\d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\]\Z")
        self.assertLessEqual(page.run("document.documentElement.scrollWidth"), 360)
        saved = list(csv.reader(io.StringIO(self.saved(page, "#people .saves button", "people.csv").decode(), newline="")))
        self.assertEqual((len(saved), len(saved[0]), saved[1][0]), (6, 13, "attention"))

    def test_several_classes_have_their_names_and_shade_for_and_against(self):
        page = self.open()
        self.assertEqual(page.run("document.querySelector('.scale-bar').textContent"), "negativepositive")
        self.assertIn("Blue speaks for positive, orange for negative", page.run("document.getElementById('hues').textContent"))
        names = ["<img src=x onerror=window.hacked=1>", "arts", "sport", "world " * 20 + "affairs"]
        data = self.write("classes.tsv", [(names[i % 4], f"{text} {'ABCD'[i % 4] * 3}") for i, (_, text) in enumerate(make_reviews(160))])
        path = os.path.join(self.train("classes", "--epochs", 4, data=data), "report.html")
        page = self.open(path, width=360, height=740)
        self.assertLessEqual(page.run("document.documentElement.scrollWidth"), 360)
        self.assertEqual(page.run("document.querySelector('.scale-bar').textContent"), "againstfor")
        self.assertIn("for the class that was decided on", page.run("document.getElementById('hues').textContent"))
        for shown in page.run("[...document.querySelectorAll('.decision')].map(d => [d.textContent, d.className])"):
            self.assertIn(shown[0].rsplit(" ", 1)[0], names)
            self.assertEqual(shown[1], "decision positive")
        for word in page_data(path)["words"]:
            self.assertIn(word["class"], range(4))
        rows = page.run("[...document.querySelectorAll('#words tbody tr')].map(r => r.cells[4].textContent)")
        self.assertTrue(rows and all(row.split(" % in ", 1)[1] in names for row in rows))

    def test_every_kind_of_run(self):
        for name, options in {"attngru": ["--encoder", "attngru"], "article": ["--preset", "article", "--max-length", 60],
                              "plain": ["--pooling", "last"]}.items():
            with self.subTest(name):
                page = self.open(os.path.join(self.train(name, "--epochs", 1, *options), "report.html"))
                self.assertEqual(page.run("document.querySelectorAll('#groups .text').length > 5"), True)
                self.assertEqual(page.run("document.querySelector('#film').hidden"), name == "plain")
                self.assertEqual(page.run("document.querySelector('#groups').textContent.includes('padding')"), name == "article")
        shutil.copytree(self.run_folder, os.path.join(self.folder, "lost"))
        with open(os.path.join(self.folder, "lost", "metrics.csv"), "a") as file:
            file.write("6,0.01,nan,0.5,nan,0.5,1.0\n")
        page = self.open(self.report(os.path.join(self.folder, "lost")))
        self.assertEqual(page.run("document.querySelector('#curves svg').querySelectorAll('circle').length"), 5)
        gone = self.write("gone.tsv", make_reviews(100))
        folder = self.train("gone", "--epochs", 1, data=gone)
        os.remove(gone)
        page = self.open(self.report(folder))
        self.assertIn("no longer at", page.run("document.getElementById('missing').textContent"))
        self.assertTrue(page.run("document.getElementById('groups').hidden"))


if __name__ == "__main__":
    unittest.main(argv=["report.py"])
