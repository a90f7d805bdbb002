"""Pages as C: embed.py OUTPUT NAME=PAGE.html...

Writes OUTPUT, a C file with two strings for each page: NAME_head, all that stands before the page's line <!--content-->, and
NAME_tail, all that stands behind it. The style sheets and scripts that the page refers to, files beside it, stand in it."""

import os
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def fold(path):
    """The page with what it refers to inside."""
    def inside(element):
        def put(match):
            content = read(os.path.join(os.path.dirname(path), match.group(1)))
            assert f"</{element}" not in content, f"{match.group(1)} would end its own <{element}>"
            return f"<{element}>\n{content}</{element}>"
        return put
    page = re.sub(r'<link rel="stylesheet" href="([^"]+)">', inside("style"), read(path))
    return re.sub(r'<script src="([^"]+)"></script>', inside("script"), page)


def string(name, text):
    numbers = [*text.encode(), 0]
    lines = (",".join(map(str, numbers[i:i + 32])) for i in range(0, len(numbers), 32))
    return f"extern const char {name}[];\nconst char {name}[] = {{\n" + ",\n".join(lines) + "};\n"


output, *pages = sys.argv[1:]
with open(output, "w", encoding="ascii") as file:
    for name, path in (page.split("=", 1) for page in pages):
        head, tail = fold(path).split("<!--content-->\n")
        file.write(string(f"{name}_head", head) + string(f"{name}_tail", tail))
