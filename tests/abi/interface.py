"""A program in C that prints the interface of these headers, a line a fact: interface.py HEADER...

    constant ATTN_OK 0
    type int32_t attn_status
    struct attn_dense_options 24
    member attn_dense_options 8 4 int32_t activation          offset, bytes
    call attn_status attn_dense_create(attn_params *params, ...)

compare.py holds the lines of today against those that are kept."""

import json
import pathlib
import sys

import declared

headers = sys.argv[1:]
print("""/* written by tests/abi/interface.py */
#include <stddef.h>
#include <stdio.h>
""")
for path in headers:
    print(f'#include "attn/{pathlib.Path(path).name}"')
print("""
#define CONSTANT(name)                                                                                       \\
    printf(_Generic(name, int : "constant %s %d\\n", float : "constant %s %#g\\n", char * : "constant %s \\"%s\\"\\n"), #name, name)
#define MEMBER(of, member, declaration)                                                                      \\
    printf("member %s %zu %zu %s\\n", #of, offsetof(of, member), sizeof((of *)0)->member, declaration)

int main(void)
{""")
for name in declared.constants(headers):
    print(f"    CONSTANT({name});")
for text in declared.types(headers):
    print(f"    puts({json.dumps('type ' + text)});")
for struct in declared.structs(headers):
    print(f'    printf("struct {struct.name} %zu\\n", sizeof({struct.name}));')
    for declaration, member in struct.members:
        print(f"    MEMBER({struct.name}, {member}, {json.dumps(declaration)});")
for call in declared.calls(headers):
    print(f"    puts({json.dumps('call ' + call.text)});")
print("    return 0;\n}")
