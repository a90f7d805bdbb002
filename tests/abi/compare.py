"""What was promised is still there: compare.py KEPT TODAY, two texts as the program of interface.py prints them.

Lines may be added. A struct may grow at its end, where its members before stay as they are; a member called reserved may get a name,
of the same type's size. All else is a promise broken."""

import pathlib
import re
import sys


def read(path):
    return pathlib.Path(path).read_text().splitlines()


def sizes(lines):
    return {name: int(size) for kind, name, size in (line.split() for line in lines if line.startswith("struct "))}


def members(lines):
    """{(struct, offset, bytes): declaration}"""
    found = (re.fullmatch(r"member (\w+) (\d+) (\d+) (.*)", line) for line in lines)
    return {(m[1], int(m[2]), int(m[3])): m[4] for m in found if m}


kept, today = map(read, sys.argv[1:])
faults = []
kept_sizes, sizes_today = sizes(kept), sizes(today)
kept_members, members_today = members(kept), members(today)
for line in kept:
    if line.startswith("struct ") and sizes_today.get(line.split()[1], 0) >= kept_sizes[line.split()[1]]:
        continue
    m = re.fullmatch(r"member (\w+) (\d+) (\d+) .*\breserved\w*", line)
    if m and (m[1], int(m[2]), int(m[3])) in members_today:
        continue
    if line not in today:
        faults.append(f"gone or changed: {line}")
for (struct, offset, size), declaration in members_today.items():
    if offset < kept_sizes.get(struct, 0) and (struct, offset, size) not in kept_members:
        faults.append(f"put into {struct}, expected at its end: {declaration}")
if faults:
    print(*faults, sep="\n")
    sys.exit(f"{len(faults)} promises of {sys.argv[1]} are broken")
print(f"{len(kept)} lines are as they were, {len(set(today) - set(kept))} are new")
