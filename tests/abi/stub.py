"""A library that declares what these headers do, and does nothing: stub.py HEADER... prints it in C.

What abidw says of it is the interface alone, without a type that is private; and a break is planted in it by another header."""

import pathlib
import sys

import declared

print("/* written by tests/abi/stub.py */")
for path in sys.argv[1:]:
    print(f'#include "attn/{pathlib.Path(path).name}"')
for call in declared.calls(sys.argv[1:]):
    unused = "".join(f"(void){name};" for name in call.names)
    print(f"{call.text} {{ {unused} {'' if call.result == 'void' else 'return 0;'} }}")
