"""What libattn.so exports is what its headers declare and attn.map lists: no more, no less, all of version ATTN_0; and
it calls nothing that a library should not. symbols.py SOURCE LIBRARY"""

import pathlib
import re
import subprocess
import sys

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
    names = set()
    for path in sorted((source / "include/attn").glob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        names |= set(re.findall(r"^ATTN_API\b[^;(]*?\b(\w+)\s*\(", text, flags=re.M))
        for statement in re.findall(r"^[a-z][^;{}#]*\(", text, flags=re.M):
            if not statement.startswith("typedef"):
                sys.exit(f"{path.name}: declared without ATTN_API: {statement.strip()}")
    return names


def listed():
    text = (source / "lib/attn.map").read_text()
    assert text.startswith("ATTN_0 {"), "attn.map does not begin with its version"
    body = text[text.index("global:") + 7:text.index("local:")]
    names = re.findall(r"(\w+);", body)
    assert len(names) == len(set(names)), "attn.map lists a symbol twice"
    return set(names)


def exported():
    names = set()
    for line in lines("nm", "-D", "--defined-only", library):
        kind, name = line.split()[-2:]
        if kind == "A":
            continue
        plain, _, version = name.partition("@@")
        assert kind == "T", f"{name} is exported, but is no function"
        assert version == "ATTN_0", f"{name} has not the version ATTN_0"
        names.add(plain)
    return names


def main():
    in_headers, in_map, in_library = declared(), listed(), exported()
    faults = []
    for what, these, those in [
        ("declared in a header, but not in attn.map", in_headers, in_map),
        ("in attn.map, but declared in no header", in_map, in_headers),
        ("declared, but not exported", in_headers, in_library),
        ("exported, but not declared", in_library, in_headers),
    ]:
        faults += [f"{name} is {what}" for name in sorted(these - those)]
    used = {line.split()[-1].partition("@")[0] for line in lines("nm", "-D", "--undefined-only", library)}
    faults += [f"the library uses {name}" for name in sorted(used & FORBIDDEN)]
    major = re.search(r"ATTN_API_MAJOR (\d+)", (source / "include/attn/version.h").read_text()).group(1)
    soname = [line for line in lines("readelf", "-d", library) if "SONAME" in line]
    if not any(f"[libattn.so.{major}]" in line for line in soname):
        faults.append(f"the soname is not libattn.so.{major}: {soname}")
    if faults:
        sys.exit("\n".join(faults))
    print(f"{len(in_library)} functions")


main()
