"""What public headers declare, for the scripts of this folder: calls, structs that begin with their size, handles, types and constants."""

import pathlib
import re
import sys
from collections import namedtuple

NOT_CONSTANTS = {"ATTN_API", "ATTN_CHECKED", "ATTN_BEGIN_DECLS", "ATTN_END_DECLS", "ATTN_API_MAJOR", "ATTN_API_MINOR", "ATTN_API_PATCH"}

# `names` of the parameters beside `parameters`, "const float *x"; of a struct (declaration, name) of each member.
Call = namedtuple("Call", "header name result parameters names text")
Struct = namedtuple("Struct", "header name members")


def text_of(path):
    """A header without its comments."""
    return re.sub(r"/\*.*?\*/", "", pathlib.Path(path).read_text(), flags=re.S)


def calls(paths):
    for path in map(pathlib.Path, paths):
        for declaration in re.findall(r"^ATTN_API\b([^;]*);", text_of(path), flags=re.M):
            text = " ".join(declaration.replace("ATTN_CHECKED", "").split())
            result, name, rest = re.fullmatch(r"(.*?)\b(\w+)\((.*)\)", text).groups()
            parameters = [] if rest == "void" else rest.split(", ")
            names = [re.search(r"(\w+)$", parameter).group(1) for parameter in parameters]
            yield Call(path.stem, name, result.strip(), parameters, names, text)


def structs(paths):
    for path in map(pathlib.Path, paths):
        for body, name in re.findall(r"^typedef struct \w+ \{([^}]*)\} (\w+);", text_of(path), flags=re.M):
            members = []
            for declaration in filter(None, (" ".join(line.split()) for line in body.split(";"))):
                function = re.search(r"\(\*(\w+)\)\(", declaration)
                if function:
                    members.append((declaration, function.group(1)))
                    continue
                kind = re.match(r"(?:const )?\w+", declaration).group()
                for part in declaration.removeprefix(kind).split(","):
                    stars, member, array = re.fullmatch(r"\s*((?:\*|const )*)(\w+)((?:\[\w+\])*)", part).groups()
                    members.append((f"{kind} {stars}{member}{array}", member))
            yield Struct(path.stem, name, members)


def types(paths):
    """The other typedefs: opaque handles, numbers and callbacks, each as its text."""
    for path in map(pathlib.Path, paths):
        for statement in re.findall(r"^typedef ([^;{]*);", text_of(path), flags=re.M):
            yield " ".join(statement.split())


def constants(paths):
    """Names of the macros that stand for one number or string; those of the version, and what declarations are made of are none."""
    for path in map(pathlib.Path, paths):
        for name, value in re.findall(r"^#define (ATTN_\w+) +(\S.*)$", text_of(path), flags=re.M):
            if name in NOT_CONSTANTS or name.endswith("_INIT"):
                continue
            if not re.fullmatch(r'\(?-?[0-9.]+f?\)?|".*"', value.strip()):
                sys.exit(f"{path.name}: {name} is no number and no string: {value.strip()}")
            yield name
