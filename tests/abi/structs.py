"""The layout of every public struct that begins with its size, as a table in C: structs.py HEADER...

tests/unit/test_structs.c includes it, and fails for a struct that it does not know how to use."""

import pathlib
import re
import sys

print("/* written by tests/abi/structs.py */\nstatic const layout layouts[] = {")
for path in map(pathlib.Path, sys.argv[1:]):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    for body, name in re.findall(r"^typedef struct \w+ \{([^}]*)\} (\w+);", text, flags=re.M):
        declarations = [" ".join(line.split()) for line in body.split(";")]
        if "size_t struct_size" not in declarations:
            continue
        members = []
        for declaration in filter(None, declarations):
            function = re.search(r"\(\*(\w+)\)\(", declaration)
            members += [function.group(1)] if function else [
                re.search(r"(\w+)(\[\w+\])?$", part.strip()).group(1) for part in declaration.split(",")]
        if members[0] != "struct_size":
            sys.exit(f"{path.name}: struct_size is not the first member of {name}")
        offsets = ", ".join(f"offsetof({name}, {member})" for member in members)
        end = f"offsetof({name}, {members[-1]}) + sizeof((({name} *)0)->{members[-1]})"
        print(f'    {{"{name}", sizeof({name}), {end}, &(const {name}){name.upper()}_INIT, {len(members)}, {{{offsets}}}}},')
print("};")
