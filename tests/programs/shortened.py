#!/usr/bin/env python3
"""A text that another process makes shorter while a program has it mapped ends in one line: shortened.py PROGRAM"""
import os
import signal
import subprocess
import sys
import unittest

from program import InFolder, PROGRAM

SAID = "shortened: {}: it became shorter while it was read{}; try again\n"
GONE = ", or its disk failed"


class Shortened(InFolder):
    def read(self, name, size, *done):
        """What is said of a file of 100,000 bytes that has so many when it is read."""
        path = self.write(name, "a" * 100000)
        ended = subprocess.run([PROGRAM, path, str(size), *done], capture_output=True, timeout=60)
        self.assertEqual(ended.stdout, b"read: 9700000\n" if ended.returncode == 0 else b"")
        return ended.returncode, ended.stderr.decode().replace(self.folder, "FOLDER")

    def test_whole_pages_that_are_gone(self):
        for size in (0, 1, 50000):
            self.assertEqual(self.read("text", size), (2, SAID.format("FOLDER/text", GONE)))

    def test_less_than_a_page(self):
        self.assertEqual(self.read("text", 99999), (2, SAID.format("FOLDER/text", "")))

    def test_a_file_that_stays_or_grows_is_read(self):
        for size in (100000, 200000):
            self.assertEqual(self.read("text", size), (0, ""))

    def test_what_was_done_is_told(self):
        self.assertEqual(self.read("text", 0, "a model is trained"), (1, SAID.replace("{}", "a model is trained: FOLDER/text", 1).format(GONE)))

    def test_a_name_is_one_line_and_no_escape(self):
        status, said = self.read("a\x1b[31m\nb", 0)
        self.assertEqual((status, said), (2, SAID.format("FOLDER/a?[31m\\012b", GONE)))
        self.assertEqual(self.read("n" * 255, 0), (2, SAID.format("FOLDER/" + "n" * 255, GONE)))

    def test_the_signal_of_another_cause_has_its_old_effect(self):
        ended = subprocess.run([PROGRAM], capture_output=True, timeout=60)
        self.assertEqual((ended.returncode, ended.stderr), (-signal.SIGBUS, b""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
