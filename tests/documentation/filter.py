"""A public header as doxygen wants it: filter.py HEADER

The headers are written to be read as they are; doxygen would run their tables and equations together, and sees one declaration behind
a comment where a reader sees the two that it stands above. So here indented lines stay as they are, `names` are code, sections are
groups, a comment above several declarations is that of each, and so is one behind several members."""

import pathlib
import re
import sys

SIZE = " /**< its size, which the ..._INIT macro sets */"
RELEASE = "/** Let go of it and set the pointer to NULL. NULL and a pointer to NULL are fine. */"
ZEROS = "/** A struct of zeros with its size set: the defaults. */\n"


def escaped(text):
    """What doxygen would take for a command or for HTML is text; between quotes it takes nothing for either."""
    out = ""
    for i, part in enumerate(re.split(r'("[^"]*")', text)):
        if i % 2 == 0:
            part = re.sub(r"([\\@#%])", r"\\\1", part).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        out += part.replace("et al. ", "et al.\\ ")  # where no sentence ends
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", out)


def told(body):
    """A comment's lines; those indented by four blanks or more as they are."""
    out, inside = [], False
    for line in body.split("\n"):
        line = re.sub(r"^ \* ?", "", line).rstrip()
        indented = line.startswith("    ") or (inside and line == "")
        if indented and not inside:
            out.append("@verbatim")
        elif inside and not indented:
            out.append("@endverbatim")
        inside = indented
        out.append(line if inside else escaped(line))
    if inside:
        out.append("@endverbatim")
    return "\n".join(out)


def split_members(match):
    indent, kind, names, comment = match.groups()
    return "\n".join(f"{indent}{kind} {name.strip()};{comment}" for name in names.split(","))


def documented(code, comment):
    """Code behind a comment: the declarations that follow the first one without a line between have the same comment, and the members
    that are declared at once."""
    first, *others = code.lstrip("\n").split("\n\n", 1)
    pieces = re.split(r"(?<=[;\d\"\)])\n(?=ATTN_API|#define ATTN_)", first)
    if members := re.match(r"( +(?:const )?\w+ )([\w*]+(?:, [\w*]+)+);", first):
        pieces = [members[1] + name + ";" for name in members[2].split(", ")]
        pieces[-1] += first[members.end():]
    out = pieces[0]
    for piece in pieces[1:]:
        out += f"\n{RELEASE if '_destroy(' in piece or '_close(' in piece else comment}\n{piece}"
    return out + "".join("\n\n" + other for other in others)


def filtered(path):
    text = path.read_text()
    text = re.sub(r"^( +size_t struct_size;)\s*$", r"\1" + SIZE, text, flags=re.M)
    text = re.sub(r"^( +)((?:const )?\w+) ([\w*]+(?:, [\w*]+)+);( */\*\*<.*?\*/)", split_members, text, flags=re.M | re.S)
    out, groups, comment = [], 0, None
    for i, part in enumerate(re.split(r"(/\*.*?\*/)", text, flags=re.S)):
        if i % 2 == 0:
            part = re.sub(r"^(?=#define \w+_INIT\b)", ZEROS, part, flags=re.M)
            out.append(documented(part, comment) if comment else part)
            comment = None
        elif part.startswith("/**<"):
            out.append(f"/**< {escaped(' '.join(part[4:-2].split()))} */")
        elif part.startswith("/**"):
            body = part[3:-2].strip()
            if i == 1:
                title, _, body = body.partition(" - ")
                out.append(f"/** @file {title}\n{told(body)}\n*/\n")
                if path.stem == "attn":
                    headers = re.findall(r'^#include "(\w+\.h)" +/\* (.*?) \*/', text, flags=re.M)
                    listed = "\n".join(f"<tr><td>{name}</td><td>{escaped(what)}</td></tr>" for name, what in headers)
                    out.append(f"/** @mainpage libattn\n{told(body)}\n<table>\n{listed}\n</table>\n*/\n")
                continue
            comment = f"/** {told(body)} */"
            out.append(comment + "\n")
        elif section := re.match(r"/\* ---- (.*?) ---- *\n?(.*)\*/", part, flags=re.S):
            out.append("/** @} */\n" * groups + f"/** @name {escaped(section[1])}\n{told(section[2])}\n@{{ */\n")
            groups = 1
    text = "".join(out)
    end = text.rindex("ATTN_END_DECLS") if "ATTN_END_DECLS" in text else len(text)
    return text[:end] + "/** @} */\n" * groups + text[end:]


print(filtered(pathlib.Path(sys.argv[1])))
