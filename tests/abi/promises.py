"""Every public call that returns a status, every destroy, and every question that cannot fail, as tables in C: promises.py HEADER...

tests/unit/test_promises.c includes it, gives each a good value for each argument, and fails for a call that it does not know."""

import re
import sys

import declared

INTEGERS = {"int32_t", "int64_t", "uint64_t", "size_t"}
CALLBACKS = {"attn_write_fn": "write", "attn_search_step_fn": "step"}
WITHOUT_HANDLE = {"attn_set_error", "attn_status_name", "attn_last_error", "attn_version", "attn_version_number"}
ANSWERS = {"attn_reading_class": "== -1", "attn_vocab_id": "== ATTN_UNK_ID", "attn_ngrams_find": "== -1", "attn_context_isa_name": "[0] == 0",
           "attn_vocab_token": "[0] == '<'"}  # to NULL


def value(name, parameter, index):
    """The C expression that hands value `index` to a parameter, "const float *x"."""
    kind = parameter.rsplit(maxsplit=1)[0]
    if "*" in parameter:
        return f"v[{index}].pointer"
    if kind in INTEGERS:
        return f"({kind})v[{index}].number"
    if kind == "float":
        return f"(float)v[{index}].number"
    if kind in CALLBACKS:
        return f"v[{index}].{CALLBACKS[kind]}"
    sys.exit(f"{name}: promises.py does not know the type of {parameter}")


calls, destroys, questions = [], [], []
for call in declared.calls(sys.argv[1:]):
    if re.search(r"_(destroy|close)$", call.name):
        destroys.append(call.name)
    elif call.name in WITHOUT_HANDLE:
        continue
    elif call.result == "attn_status":
        calls.append(call)
    else:
        questions.append(call)

print("/* written by tests/abi/promises.py */")
for call in calls:
    name = call.name
    arguments = ", ".join(value(name, parameter, i) for i, parameter in enumerate(call.parameters))
    print(f"static attn_status call_{name}(const value *v)\n{{\n    return {name}({arguments});\n}}")
print("static const declared calls[] = {")
for call in calls:
    names = ", ".join(f'"{name}"' for name in call.names)
    outs = [i for i, parameter in enumerate(call.parameters) if re.fullmatch(r"(?!const )\w+ \*\*out", parameter)]
    print(f'    {{"{call.name}", call_{call.name}, {len(call.names)}, {outs[0] if outs else -1}, {{{names}}}}},')
print("};")
for name in destroys:
    print(f"static void call_{name}(void *handle)\n{{\n    {name}(handle);\n}}")
print("static const struct {\n    const char *name;\n    void (*call)(void *handle);\n} destroys[] = {")
for name in destroys:
    print(f'    {{"{name}", call_{name}}},')
print("};")

for question in questions:
    name, result = question.name, question.result
    call = f"{name}({', '.join('NULL' if '*' in parameter else '0' for parameter in question.parameters)})"
    nothing = ANSWERS.get(name, "== NULL" if "*" in result else "== 0")
    body = f"{call};\n    return 1" if result == "void" else f"return {call} {nothing}"
    print(f"static int ask_{name}(void)\n{{\n    {body};\n}}")
print("static const struct {\n    const char *name;\n    int (*answers)(void);\n} questions[] = {")
for question in questions:
    print(f'    {{"{question.name}", ask_{question.name}}},')
print("};")
