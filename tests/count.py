"""How many test cases the given runs of `meson test` held: "PASSED FAILED SKIPPED". count.py LOG.json...

Each test that failed is named on standard error, with the end of what it printed: what was printed when it failed is far above.

A program of libcheck, pytest or unittest counts its cases; any other test is one case, and so is a program that ended
before it could count, or that failed although all its cases had passed (a leak, say)."""

import json
import re
import sys

LINES = 25  # of what a failed test printed


def cases(output):
    """(passed, failed, skipped) as the program itself says, or None."""
    found = re.findall(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", output, flags=re.M)
    if found:
        checks, failures, errors = map(int, found[-1])
        return checks - failures - errors, failures + errors, 0
    summary = re.findall(r"^=*\s*((?:\d+ \w+,? ?)+) in [\d.]+s", output, flags=re.M)
    if summary:
        count = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", summary[-1])}
        failed = sum(count.get(word, 0) for word in ("failed", "error", "errors"))
        return count.get("passed", 0), failed, count.get("skipped", 0) + count.get("xfailed", 0)
    found = re.findall(r"^Ran (\d+) tests? in", output, flags=re.M)
    if found:
        count = {word: int(number) for word, number in re.findall(r"(failures|errors|skipped)=(\d+)", output)}
        failed, skipped = count.get("failures", 0) + count.get("errors", 0), count.get("skipped", 0)
        return max(0, int(found[-1]) - failed - skipped), failed, skipped
    return None


def count(test):
    result = test["result"]
    if result == "SKIP":
        return 0, 0, 1
    passed, failed, skipped = cases(test.get("stdout", "") + "\n" + test.get("stderr", "")) or (int(result == "OK"), 0, 0)
    if result != "OK" and failed == 0:
        failed = 1
    return passed, failed, skipped


total = [0, 0, 0]
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            counts = count(test)
            total = [a + b for a, b in zip(total, counts)]
            if counts[1] > 0:
                printed = (test.get("stdout", "") + "\n" + test.get("stderr", "")).strip().splitlines()
                print(f"\n==== failed: {test['name']} ({path})", *printed[-LINES:], sep="\n", file=sys.stderr)
print(*total)
