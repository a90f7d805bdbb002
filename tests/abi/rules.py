"""The rules of design that the sources can break: who may include whom, and the top level. rules.py SOURCE

    stage     may use, besides itself
    kernel    the constants of attn/context.h
    core      kernel
    text      core, kernel
    layer     text and what is left of it; a layer only layers that stand before it in the flow of data
    decode    layer and what is left of it
    train     decode and what is left of it
    file      train and what is left of it
    explain   core, kernel, and public headers: it sees arrays and callbacks, never a layer's inside
    draw      the same, and text/utf8.h: what it draws is text
    classify  core/error.h, core/undo.h, and public headers: what it cannot do with them, no user can
"""

import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
STAGES = ["kernel", "core", "text", "layer", "decode", "train", "file", "explain", "draw", "classify"]
PUBLIC = {  # each header's stage
    "version": "core", "status": "core", "context": "core", "params": "core", "tape": "core",
    "tokenizer": "text", "vocab": "text", "pieces": "text", "vectors": "text",
    "embedding": "layer", "sequence": "layer", "dropout": "layer", "pooling": "layer", "pyramid": "layer", "gru": "layer", "gru_packed": "layer", "attention": "layer", "attngru": "layer", "dense": "layer", "ngrams": "layer",
    "search": "decode", "loss": "train", "sampled": "train", "adam": "train", "file": "file", "explain": "explain", "draw": "draw", "classifier": "classify", "attn": "classify",
}
EXPERIMENTAL = ["layer", "train", "explain"]  # the stages whose calls and constants experimental.h declares
LAYERS = ["sequence", "product", "partial", "rooms", "weight_gradient", "distinct", "embedding", "dropout", "pooling", "pyramid", "gru", "attention", "dense", "ngrams"]
LIBRARIES = {"cblas.h": "kernel", "utf8proc.h": "text"}  # the one stage that may use each
TOP = {"meson.build", "meson_options.txt", "include", "lib", "examples", "tests", "bindings", "README.md", "COPYING"}

faults = []


def includes(path):
    return re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', path.read_text(), flags=re.M)


def fault(path, text):
    faults.append(f"{path.relative_to(source)}: {text}")


def layer_of(name):
    """gru/forward.c and attention/score.h: of lib/layer; the name begins with the layer."""
    return next((layer for layer in sorted(LAYERS, key=len, reverse=True) if name.startswith(layer)), None)


def check_own(path, stage, target):
    folder, _, name = target.partition("/")
    if folder not in STAGES:
        return fault(path, f'includes "{target}", which is no stage: write "STAGE/NAME.h"')
    if stage == "kernel" and folder != "kernel":
        return fault(path, f'includes "{target}", but the kernels use nothing')
    if STAGES.index(folder) > STAGES.index(stage):
        return fault(path, f'includes "{target}" of a later stage')
    if stage in ("explain", "draw") and folder not in (stage, "core", "kernel") and (stage, target) != ("draw", "text/utf8.h"):
        return fault(path, f'includes "{target}", but {stage} sees arrays and callbacks alone')
    if stage == "classify" and folder != "classify" and target not in ("core/error.h", "core/undo.h"):
        return fault(path, f'includes "{target}", but classify uses the public headers alone')
    if stage == folder == "layer":
        here, there = layer_of(path.relative_to(source / "lib/layer").as_posix()), layer_of(name)
        if here and there and LAYERS.index(there) > LAYERS.index(here):
            fault(path, f'includes "{target}" of a later layer')


def check_public(path, stage, name):
    if name == "experimental":
        if stage not in EXPERIMENTAL:
            fault(path, f'includes "attn/experimental.h", which is for {EXPERIMENTAL} alone')
    elif name not in PUBLIC:
        fault(path, f'includes "attn/{name}.h", whose stage rules.py does not know')
    elif stage == "kernel" and name != "context":
        fault(path, f'includes "attn/{name}.h", but the kernels use the constants of attn/context.h alone')
    elif stage != "kernel" and STAGES.index(PUBLIC[name]) > STAGES.index(stage):
        fault(path, f'includes "attn/{name}.h" of a later stage')


def check_library():
    for stage in STAGES:
        for path in sorted((source / "lib" / stage).glob("**/*.[ch]")):
            for quote, target in includes(path):
                if quote == "<":
                    if LIBRARIES.get(target, stage) != stage:
                        fault(path, f"includes <{target}>, which is {LIBRARIES[target]}'s alone")
                elif target.startswith("attn/"):
                    check_public(path, stage, target[5:-2])
                else:
                    check_own(path, stage, target)
            if "getenv" in path.read_text() and path.name != "context.c":
                fault(path, "reads the environment")
    for path in sorted((source / "lib").glob("*")):
        if path.name not in STAGES + ["meson.build", "attn.map", "attnConfig.cmake.in", "attnConfigVersion.cmake.in"]:
            fault(path, "is no stage of the library")


def check_entries():
    """A call that can fail begins by ATTNI_ENTER, by itself or in the function that does its work, so that its context's hook
    is told. These have no handle whose context it could be."""
    without = {"attn_set_error", "attn_context_create"}
    for path in sorted((source / "lib").glob("*/**/*.c")):
        functions = re.findall(r"^(?:static )?attn_status (\w+)\([^{;]*\)\n\{\n(.*?)^\}", path.read_text(), flags=re.M | re.S)
        entering = {name for name, body in functions if re.search(r"\bATTNI_ENTER(_AS)?\(", body)}
        for name, body in functions:
            if name.startswith("attn_") and name not in without | entering:
                if not entering & set(re.findall(r"\b(\w+)\(", body)):
                    fault(path, f"{name} does not begin by ATTNI_ENTER")


def check_headers():
    """Public headers include public headers that stand above them in attn.h; attn.h, meson.build and README list them all. But for
    experimental.h, which may include any of them and is included by none."""
    folder = source / "include/attn"
    order = [target[:-2] for _, target in includes(folder / "attn.h")]
    names = sorted(path.stem for path in folder.glob("*.h"))
    if sorted(order + ["attn", "experimental"]) != names:
        faults.append(f"attn.h includes {sorted(order)}; include/attn holds {names}")
    installed = re.findall(r"'include/attn/(\w+)\.h'", (source / "meson.build").read_text())
    if sorted(set(installed)) != names:
        faults.append(f"meson.build installs {sorted(set(installed))}; include/attn holds {names}")
    told = re.findall(r"\]\(include/attn/(\w+)\.h\)", (source / "README.md").read_text())
    if sorted(set(told) | {"attn"}) != names:
        faults.append(f"README.md tells of {sorted(set(told))}; include/attn holds {names}")
    for path in sorted(folder.glob("*.h")):
        above = order[:order.index(path.stem)] if path.stem in order else order
        for quote, target in includes(path):
            if quote == "<" and target not in ("stddef.h", "stdint.h"):
                fault(path, f"includes <{target}>")
            if quote == '"' and target[:-2] not in above:
                fault(path, f'includes "{target}", which does not stand above it in attn.h')
    for path in sorted(folder.glob("*.h")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.match(r"ATTN_API (?!ATTN_CHECKED)attn_status \w+\(", line) and "attn_set_error" not in line:
                fault(path, f"line {number}: a call that returns a status is ATTN_CHECKED")
            if re.match(r"/\*(?!\*| ----)", line):
                fault(path, f"line {number}: a comment of a public header begins with /**, a section's with /* ----")
            if len(line) > 130:
                fault(path, f"line {number} has {len(line)} columns")
    stages = [STAGES.index(PUBLIC[name]) for name in order if name in PUBLIC]
    if stages != sorted(stages):
        faults.append("attn.h is not in the order of the stages")


def check_users():
    """Programs, and tests of the public API, include no internal header."""
    for folder in ["examples", "tests/unit", "tests/golden", "tests/grad", "tests/programs", "tests/abi"]:
        for path in sorted((source / folder).glob("**/*.[ch]*")):
            for quote, target in includes(path):
                if quote == '"' and target.partition("/")[0] in STAGES and not (path.parent / target).exists():
                    fault(path, f'includes the internal header "{target}"')


def check_top():
    found = {path.name for path in source.iterdir() if not path.name.startswith((".", "build"))}
    if found != TOP:
        faults.append(f"the top level lacks {sorted(TOP - found)} and has {sorted(found - TOP)} too many")


check_library()
check_entries()
check_headers()
check_users()
check_top()
if faults:
    sys.exit("\n".join(faults))
