"""The layout of every public struct that begins with its size, as a table in C: structs.py HEADER...

tests/unit/test_structs.c includes it, and fails for a struct that it does not know how to use."""

import sys

import declared

print("/* written by tests/abi/structs.py */\nstatic const layout layouts[] = {")
for struct in declared.structs(sys.argv[1:]):
    members = [name for _, name in struct.members]
    if members[0] != "struct_size":
        sys.exit(f"{struct.header}.h: struct_size is not the first member of {struct.name}")
    offsets = ", ".join(f"offsetof({struct.name}, {member})" for member in members)
    end = f"offsetof({struct.name}, {members[-1]}) + sizeof((({struct.name} *)0)->{members[-1]})"
    print(f'    {{"{struct.name}", sizeof({struct.name}), {end}, &(const {struct.name}){struct.name.upper()}_INIT, {len(members)}, {{{offsets}}}}},')
print("};")
