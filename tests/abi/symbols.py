"""What libattn.so exports is what its headers declare and attn.map lists: no more, no less; what
experimental.h declares of version ATTN_EXPERIMENTAL, all else of the version of the release that brought it. What is kept keeps its
version, and the library its soname; and it calls nothing that a library should not.

    symbols.py check SOURCE LIBRARY KEPT
    symbols.py list LIBRARY > KEPT         the soname, and a line for each symbol, NAME@@VERSION, but for the experimental ones

A version that a release had takes no more symbols: what is new comes of a version of its own, such as ATTN_1.1, which
stands in attn.map behind the one before it."""

import pathlib
import re
import subprocess
import sys

import declared

EXPERIMENTAL = "ATTN_EXPERIMENTAL"

# A library does not end the process, print, set the environment, or change another library's threads.
FORBIDDEN = {
    "exit", "_exit", "_Exit", "quick_exit", "abort", "__assert_fail", "raise", "system", "setenv", "putenv", "unsetenv",
    "printf", "__printf_chk", "vprintf", "puts", "putchar", "perror", "stdout", "stderr", "setlocale",
    "openblas_set_num_threads", "omp_set_num_threads", "rand", "srand", "random", "srandom",
}


def lines(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def in_headers(source):
    """(names, those of experimental.h)"""
    paths = sorted((source / "include/attn").glob("*.h"))
    for path in paths:
        for statement in re.findall(r"^[a-z][^;{}#]*\(", declared.text_of(path), flags=re.M):
            if not statement.startswith("typedef"):
                sys.exit(f"{path.name}: declared without ATTN_API: {statement.strip()}")
    calls = list(declared.calls(paths))
    experimental = {call.name for call in calls if call.header == "experimental"}
    return {call.name for call in calls} - experimental, experimental


def in_map(source):
    """{version: names}, in the order of attn.map: each release's, which begins where the one before it ended, and the experimental."""
    text = re.sub(r"/\*.*?\*/", "", (source / "lib/attn.map").read_text(), flags=re.S)
    nodes = re.findall(r"([\w.]+) \{\s*global:([^}]*?)(local:\s*\*;\s*)?\}\s*([\w.]*);", text)
    versions = [node for node, _, _, _ in nodes]
    before = [""] + versions[:-2] + [""]
    expected = [(version, i == 0, before[i]) for i, version in enumerate(versions)]
    assert versions[-1] == EXPERIMENTAL and [(n, bool(local), after) for n, _, local, after in nodes] == expected, versions
    names = {node: re.findall(r"(\w+);", body) for node, body, _, _ in nodes}
    every = sum(names.values(), [])
    assert len(every) == len(set(every)), "attn.map lists a symbol twice"
    return {node: set(those) for node, those in names.items()}


def exported(library):
    """{name: version}"""
    names = {}
    for line in lines("nm", "-D", "--defined-only", library):
        kind, name = line.split()[-2:]
        if kind == "A":
            continue
        plain, _, version = name.partition("@@")
        assert kind == "T", f"{name} is exported, but is no function"
        names[plain] = version
    return names


def soname(library):
    return next(re.search(r"\[(.*)\]", line).group(1) for line in lines("readelf", "-d", library) if "SONAME" in line)


def listing(library):
    promised = {name: version for name, version in exported(library).items() if version != EXPERIMENTAL}
    return [soname(library)] + sorted(f"{name}@@{version}" for name, version in promised.items())


def check(source, library, kept):
    stable, experimental = in_headers(source)
    nodes, found = in_map(source), exported(library)
    mapped = {name: node for node, names in nodes.items() for name in names}
    today, kept = listing(library), pathlib.Path(kept).read_text().split()
    faults = [f"{name} is declared in a header, but not in attn.map" for name in sorted((stable | experimental) - set(mapped))]
    faults += [f"{name} is in attn.map, but declared in no header" for name in sorted(set(mapped) - stable - experimental)]
    faults += [f"{name} is {'' if name in experimental else 'not '}of experimental.h, but {mapped[name]} in attn.map"
               for name in sorted(mapped) if (name in experimental) != (mapped[name] == EXPERIMENTAL)]
    faults += [f"{name} is {mapped.get(name)} in attn.map, and exported as {found.get(name)}"
               for name in sorted(mapped.keys() | found.keys()) if mapped.get(name) != found.get(name)]
    faults += [f"{line} is kept, and gone" for line in kept if line not in today]
    major, minor = (re.search(rf"ATTN_API_{part} (\d+)", (source / "include/attn/version.h").read_text()).group(1)
                    for part in ("MAJOR", "MINOR"))
    if soname(library) != f"libattn.so.{major}":
        faults.append(f"the soname is not libattn.so.{major}: {soname(library)}")
    closed = {line.partition("@@")[2] for line in kept[1:]}  # versions of releases
    faults += [f"{line} is new: it belongs to a version of its own, ATTN_{major}.{minor}"
               for line in today if line not in kept and line.partition("@@")[2] in closed]
    used = {line.split()[-1].partition("@")[0] for line in lines("nm", "-D", "--undefined-only", library)}
    faults += [f"the library uses {name}" for name in sorted(used & FORBIDDEN)]
    if faults:
        sys.exit("\n".join(faults))
    print(", ".join(f"{len(names)} functions of {node}" for node, names in nodes.items()))


if sys.argv[1] == "list":
    print(*listing(sys.argv[2]), sep="\n")
else:
    check(pathlib.Path(sys.argv[2]), *sys.argv[3:])
