#!/usr/bin/env python3
"""The progress bar of the programs in terminals of all kinds: progress.py PROGRESS"""
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
import unittest

from program import PROGRAM, Screen, terminal_environment

NOTE = "1050 reviews/s  loss 0.5312"


class Bar:
    """The bar in a terminal; `sent` is all that came there."""

    def __init__(self, columns, **environment):
        self.master, slave = pty.openpty()
        self.resize(columns)
        self.process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=slave,
                                        env=terminal_environment(**environment))
        os.close(slave)
        self.sent = ""

    def resize(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def read(self):
        got = b""
        while select.select([self.master], [], [], 0.002)[0]:
            try:
                part = os.read(self.master, 65536)
            except OSError:
                break
            got += part
            if not part:
                break
        self.sent += got.decode()
        return got.decode()

    def show(self, label="epoch 1/8", done=35, total=35, note=NOTE):
        """Draw it, which is always done at the end, and return what came."""
        self.process.stdin.write(f"{label}\t{done}\t{total}\t{note}\n".encode())
        self.process.stdin.flush()
        assert self.process.stdout.readline() == b"drawn\n"
        return self.read()

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait() == 0
        rest = self.read()
        os.close(self.master)
        return rest


class Progress(unittest.TestCase):
    def drawn(self, columns, *arguments, **options):
        bar = Bar(columns)
        bar.show(*arguments, **options)
        screen = Screen(columns).send(bar.sent)
        self.assertEqual(screen.wraps, 0)
        self.assertEqual(len(screen.lines), 1)
        self.assertLess(screen.at, max(columns, 2), "the last column stays free")
        bar.end()
        return screen.text()[0]

    def test_it_is_as_wide_as_the_terminal(self):
        for columns, expected in ((200, f"epoch 1/8 [{'#' * 30}] 100%  {NOTE}"), (80, f"epoch 1/8 [{'#' * 30}] 100%  {NOTE}"),
                                  (60, f"epoch 1/8 [{'#' * 13}] 100%  1050 reviews/s  loss 0.5312"),
                                  (40, "epoch 1/8 [######] 100%  1050 reviews/s"), (30, "epoch 1/8 [############] 100%"),
                                  (20, "epoch 1/8 100%"), (10, "epoc 100%"), (5, "100%"), (4, "100"), (1, "")):
            with self.subTest(columns):
                self.assertEqual(self.drawn(columns), expected)

    def test_it_tells_how_much_is_done(self):
        self.assertEqual(self.drawn(80, "reading", 0, 0, ""), f"reading [{'#' * 30}] 100%")
        self.assertEqual(self.drawn(80, "reading", 10, 0, "10 lines"), "reading ...  10 lines")
        bar = Bar(60)
        shown = bar.show("reading", 10, 40, "")
        self.assertIn(f"reading [{'#' * 7}{'.' * 23}]  25%", shown)
        bar.end()

    def test_the_width_is_asked_again(self):
        """However the terminal changes, the next bar is as wide as it is then; a bar replaces the one before it."""
        bar = Bar(80)
        for columns in (80, 40, 20, 10, 120, 40):
            bar.resize(columns)
            screen = Screen(columns)
            screen.send(bar.show())
            self.assertEqual((screen.wraps, len(screen.lines)), (0, 1))
            self.assertEqual("loss" in screen.text()[0], columns >= 80)
        self.assertEqual(Screen(40).send(bar.show() + bar.end()).text(), [""], "it is taken away")

    def test_a_hundred_redraws_take_one_line(self):
        for columns in (40, 20, 10):
            bar = Bar(columns)
            for done in range(1, 101):
                bar.show(done=100, total=100, note=f"{done} sentences/s  loss {1 / done:.4f}  a long note that says nothing")
            screen = Screen(columns).send(bar.sent)
            self.assertEqual((screen.wraps, len(screen.lines)), (0, 1))
            bar.end()

    def test_wide_characters_count_as_two_columns(self):
        self.assertEqual(self.drawn(20, "学習の進み具合を見る", note=""), "学習の進み具合 100%")
        self.assertEqual(self.drawn(19, "学習の進み具合を見る", note=""), "学習の進み具 100%")
        self.assertEqual(self.drawn(40, "学習の進み具合", note="一秒に千文  損失 0.5  三"), "学習の進み具合 [#####] 100%  一秒に千文")
        self.assertEqual(self.drawn(21, "e\u0301poque 1/8"), "e\u0301poque 1/8 100%", "an accent has no column")

    def test_what_cannot_be_shown_is_a_question_mark(self):
        self.assertEqual(self.drawn(80, "\x1b[31mred\x07", note=""), f"?[31mred? [{'#' * 30}] 100%")

    def test_a_terminal_that_knows_no_escapes_gets_a_line_now_and_then(self):
        for term in ("dumb", ""):
            bar = Bar(40, TERM=term)
            for _ in range(20):
                bar.show()
            self.assertEqual(bar.sent + bar.end(), "epoch 1/8 [######] 100%  1050 reviews/s\r\n")

    def test_it_is_drawn_ten_times_a_second_at_most(self):
        bar = Bar(80)
        began = time.monotonic()
        for done in range(20):
            bar.show(done=done, total=100)
        self.assertLessEqual(bar.sent.count("\r"), 10 * (time.monotonic() - began) + 1)
        bar.end()

    def test_no_terminal_gets_nothing(self):
        done = subprocess.run([PROGRAM], input=f"epoch\t1\t1\t{NOTE}\n".encode() * 3, capture_output=True,
                              env=terminal_environment(FORCE_COLOR="1"))
        self.assertEqual((done.returncode, done.stderr), (0, b""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
