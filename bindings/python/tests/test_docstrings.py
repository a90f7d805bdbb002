"""Docstrings say all: who installed the package by pip has no headers.

Everything public has one. That of a call, a class standing for its constructor, has a line for each parameter, ``name: ...`` or,
where it may be left out, ``name (default): ...``; says by "Returns" what is returned; and names each error that calls with wrong
arguments raise (test_words.py), but TypeError, of which help(attn) speaks once for all. That of a class has a line for each
attribute.
"""

import ast
import inspect
import re
from pathlib import Path

import attn
import calls
import pytest
from attn._handle import Handle

MODULES = [attn, attn.explain, attn.experimental]
PUBLIC = calls.public()
OF_C = re.compile(r"\battn_\w+|\bATTN_(?!LIBRARY|ISA)\w+|\b[a-z_]+\.h\b")


def described(doc):
    """{name: the default that stands behind it} of the lines that begin with names; several names share a line by commas."""
    found = {}
    for names, default in re.findall(r"^ *((?:\w+, )*\w+)(?: \((.*?)\))?: ", doc, re.MULTILINE):
        for name in names.split(", "):
            found.setdefault(name, default)  # an attribute may be called as the parameter is
    return found


def members():
    """(name, what it is) of all that is public, constants aside."""
    for module in MODULES:
        prefix = "" if module is attn else module.__name__.partition(".")[2] + "."
        for name, thing in vars(module).items():
            home = getattr(thing, "__module__", None) or ""
            if name.startswith("_") or not home.startswith("attn.") or (module is not attn and home != module.__name__):
                continue
            if inspect.isclass(thing) or inspect.isfunction(thing):
                yield prefix + name, thing
            if inspect.isclass(thing):
                for member, held in inspect.getmembers(thing):
                    own = isinstance(held, property) or inspect.isroutine(held)
                    if own and not member.startswith("_") and (issubclass(thing, Handle) or member in vars(thing)):
                        yield f"{prefix}{name}.{member}", held


@pytest.mark.parametrize("module", MODULES)
def test_modules_say_what_they_are_for(module):
    assert len(module.__doc__) > 200 and not OF_C.search(module.__doc__)


@pytest.mark.parametrize("name, thing", [pytest.param(*pair, id=pair[0]) for pair in members()])
def test_everything_public_has_a_docstring(name, thing):
    doc = inspect.getdoc(thing)
    assert doc and len(doc) > 10, name
    assert not OF_C.search(doc), f"{name} speaks of C: {doc}"


def test_every_constant_has_a_docstring_behind_it():
    for module in MODULES:
        constants = {name for name, thing in vars(module).items() if name.isupper() and isinstance(thing, (int, dict))}
        assert constants, module
        said = set()
        for path in Path(attn.__file__).parent.glob("[!_]*.py"):
            body = ast.parse(path.read_text(encoding="utf-8")).body
            for node, behind in zip(body, body[1:]):
                if isinstance(behind, ast.Expr) and isinstance(behind.value, ast.Constant):
                    said.update(target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name))
        assert constants <= said, f"{module.__name__}: {constants - said}"


@pytest.mark.parametrize("name", PUBLIC)
def test_every_parameter_is_described_with_its_default(name):
    lines = described(calls.doc_of(name))
    for parameter in inspect.signature(PUBLIC[name]).parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        default = "" if parameter.default is parameter.empty else str(parameter.default) or "''"
        assert parameter.name in lines, f"{name}: no line says what {parameter.name} is"
        assert lines[parameter.name] == default, f"{name}: {parameter.name} is said to be {lines[parameter.name]!r}"


@pytest.mark.parametrize("name", [name for name, function in PUBLIC.items() if not name[0].isupper() or "." in name])
def test_what_is_returned_is_said(name):
    returned = inspect.signature(PUBLIC[name]).return_annotation
    assert returned in (None, "None") or "Returns " in calls.doc_of(name), f"{name}: nothing says what it returns"


def test_every_attribute_and_field_is_described(context, tmp_path):
    made = calls.handles(context, tmp_path)
    for handle in vars(made).values():
        if isinstance(handle, Handle):
            for attribute in vars(handle):
                own = attribute.startswith("_") or isinstance(getattr(type(handle), attribute, None), property)
                assert own or attribute in described(calls.doc_of(type(handle).__name__)), f"{type(handle).__name__}.{attribute}"
    tensor = made.params.tensors["gru.bias_ih_l0"]
    assert {name for name in vars(tensor) if not name.startswith("_")} <= described(calls.doc_of("Tensor")).keys()
    for name, thing in members():
        for field in getattr(thing, "_fields", ()):
            assert field in described(inspect.getdoc(thing)), f"{name}.{field}"
