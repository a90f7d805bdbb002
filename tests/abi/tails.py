"""A source in C that compiles where no public struct ends in padding: tails.py HEADER...

What a later version appends to a struct lies behind the struct_size of older programs, and so counts as 0. In padding it would
not: that has whatever bytes their compiler left there."""

import pathlib
import sys

import declared

for path in sys.argv[1:]:
    print(f'#include "attn/{pathlib.Path(path).name}"')
for struct in declared.structs(sys.argv[1:]):
    last = struct.members[-1][1]
    end = f"offsetof({struct.name}, {last}) + sizeof((({struct.name} *)0)->{last})"
    print(f'_Static_assert({end} == sizeof({struct.name}), "{struct.name}");')
