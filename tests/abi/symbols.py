"""What libattn.so exports is what its headers declare and attn.map lists: no more, no less; what
experimental.h declares of version ATTN_EXPERIMENTAL, all else of version ATTN_0; and it calls nothing that a library should not. symbols.py SOURCE LIBRARY"""

import pathlib
import re
import subprocess
import sys

STABLE, EXPERIMENTAL = NODES = ("ATTN_0", "ATTN_EXPERIMENTAL")
source, library = pathlib.Path(sys.argv[1]), sys.argv[2]

# A library does not end the process, print, set the environment, or change another library's threads.
FORBIDDEN = {
    "exit", "_exit", "_Exit", "quick_exit", "abort", "__assert_fail", "raise", "system", "setenv", "putenv", "unsetenv",
    "printf", "__printf_chk", "vprintf", "puts", "putchar", "perror", "stdout", "stderr", "setlocale",
    "openblas_set_num_threads", "omp_set_num_threads", "rand", "srand", "random", "srandom",
}


def lines(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def declared():
    """{node: names}: of experimental.h, and of the other headers."""
    names = {node: set() for node in NODES}
    for path in sorted((source / "include/attn").glob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        node = EXPERIMENTAL if path.stem == "experimental" else STABLE
        names[node] |= set(re.findall(r"^ATTN_API\b[^;(]*?\b(\w+)\s*\(", text, flags=re.M))
        for statement in re.findall(r"^[a-z][^;{}#]*\(", text, flags=re.M):
            if not statement.startswith("typedef"):
                sys.exit(f"{path.name}: declared without ATTN_API: {statement.strip()}")
    return names


def listed():
    text = re.sub(r"/\*.*?\*/", "", (source / "lib/attn.map").read_text(), flags=re.S)
    nodes = re.findall(r"(\w+) \{\s*global:([^}]*?)(local:\s*\*;\s*)?\};", text)
    assert [(node, bool(local)) for node, _, local in nodes] == [(STABLE, True), (EXPERIMENTAL, False)], nodes
    names = {node: re.findall(r"(\w+);", body) for node, body, _ in nodes}
    every = sum(names.values(), [])
    assert len(every) == len(set(every)), "attn.map lists a symbol twice"
    return {node: set(those) for node, those in names.items()}


def exported():
    names = {node: set() for node in NODES}
    for line in lines("nm", "-D", "--defined-only", library):
        kind, name = line.split()[-2:]
        if kind == "A":
            continue
        plain, _, version = name.partition("@@")
        assert kind == "T", f"{name} is exported, but is no function"
        assert version in names, f"{name} has none of the versions {NODES}"
        names[version].add(plain)
    return names


def main():
    in_headers, in_map, in_library = declared(), listed(), exported()
    faults = []
    for node in NODES:
        for what, these, those in [
            ("declared in a header, but not in attn.map", in_headers, in_map),
            ("in attn.map, but declared in no header", in_map, in_headers),
            ("declared, but not exported", in_headers, in_library),
            ("exported, but not declared", in_library, in_headers),
        ]:
            faults += [f"{name} is {what} as {node}" for name in sorted(these[node] - those[node])]
    used = {line.split()[-1].partition("@")[0] for line in lines("nm", "-D", "--undefined-only", library)}
    faults += [f"the library uses {name}" for name in sorted(used & FORBIDDEN)]
    major = re.search(r"ATTN_API_MAJOR (\d+)", (source / "include/attn/version.h").read_text()).group(1)
    soname = [line for line in lines("readelf", "-d", library) if "SONAME" in line]
    if not any(f"[libattn.so.{major}]" in line for line in soname):
        faults.append(f"the soname is not libattn.so.{major}: {soname}")
    if faults:
        sys.exit("\n".join(faults))
    print(", ".join(f"{len(in_library[node])} functions of {node}" for node in NODES))


main()
