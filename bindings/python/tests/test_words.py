"""Errors speak of Python: of the call that the program made, and of its arguments, never of the C library's names.

The library's lines are found in its sources, and by calls that fail in as many ways as arguments can be wrong.
"""

import re
from pathlib import Path

import attn
import calls
import numpy as np
import pytest
from attn import _calls
from attn._handle import Handle

ROOT = Path(__file__).resolve().parents[3]
INTERNAL = re.compile(r"\battn_\w+|\bATTN_(?!ISA\b)\w+|->|struct_size|\bNULL\b")


def lines():
    """{what stands in one of the library's error lines: where} of the sources."""
    found = {}
    for path in sorted((ROOT / "lib").glob("**/*.[ch]")):
        source = re.sub(r"/\*.*?\*/|^\s*#.*?(?<!\\)$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
        for call in re.findall(r"\b(?:attni_fail|ATTNI_REQUIRE|attn_set_error)\((.*?)\);", source, re.DOTALL):
            line = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', call))
            found[re.sub(r"^(?:attn_\w+|%s): ", "", line)] = path.name
    return found


def test_every_line_of_the_library_can_be_said_in_python():
    assert len(lines()) > 200
    for line, name in lines().items():
        if "struct_size" in line:
            continue  # which this package always sets
        said = _calls._in_python(attn.ArgumentError.status, "attn_call: " + line.replace("%s", "word"))
        said = re.sub(r"\bATTN_\w+_\.\.\.", "", said)  # of arguments that Python has checked before
        assert not INTERNAL.search(said.partition(": ")[2]), f"{name}: {line}"


@pytest.mark.parametrize("said, expected", [
    ("lr is nan; expected 0 (for 1e-3) or more, or ATTN_ZERO", "0 or more"),
    ("beta1 is 2; expected 0 (for 0.9) to less than 1, or ATTN_ZERO", "0 to less than 1"),
    ("scale is -2; expected more than 0, 0 for 1, or ATTN_ZERO", "more than 0, or 0"),
])
def test_a_zero_of_python_stands_for_no_default(said, expected):
    line = _calls._in_python(attn.ArgumentError.status, f"attn_call: {said}")
    assert line.partition("; expected ")[2] == expected


def wrong(value):
    """What an argument may be that is of its type, and yet not right."""
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int):
        return [-1, 0, 2**62]
    if isinstance(value, float):
        return [-1.0, 0.0, 2.0, float("nan"), float("inf")]
    if isinstance(value, str):
        return ["", "none such", "a b", "gru"]
    if isinstance(value, Path):
        return [value.with_name("nowhere") / "at all", value.parent, value.with_name("foreign")]
    if isinstance(value, bytes):
        return [b"", b"none such"]
    if isinstance(value, np.ndarray) and value.size:
        fill = {"i": [-5, 99], "f": [np.nan, np.inf, 3e38]}.get(value.dtype.kind, [])
        return [np.full_like(value, number) for number in fill] + [value[:0].copy(), np.concatenate([value, value])]
    if isinstance(value, list):
        return [[], value + value]
    if callable(value) and not isinstance(value, Handle):
        return [lambda *given: spoiled(value(*given))]
    return []


def spoiled(outputs):
    return (outputs[0] * np.nan, outputs[1]) if isinstance(outputs, tuple) else outputs * np.nan


def failures(name, line):
    """The errors of the call with each of its arguments wrong in turn."""
    for argument, good in line()[1].items():
        for value in wrong(good):
            target, arguments = line()
            call = attn
            for part in name.split("."):
                call = getattr(call, part)
            if target is not None:
                call = getattr(target, name.rpartition(".")[2])
            try:
                call(**dict(arguments, **{argument: value}))
            except Exception as error:
                yield error


def is_named(error, doc):
    """Whether a docstring says that this is raised, by its class or by one of those that users know it as."""
    kinds = {kind.__name__ for kind in type(error).__mro__ if kind.__name__.endswith("Error")} - {"AttnError", "RuntimeError"}
    return isinstance(error, TypeError) or any(re.search(rf"\b{kind}\b", doc) for kind in kinds)


def test_errors_speak_of_the_call_and_its_arguments(context, tmp_path):
    (tmp_path / "foreign").write_bytes(b"not a model" * 9)
    seen = set()
    for name in calls.calls(calls.handles(context, tmp_path)):
        line = calls.calls(calls.handles(context, tmp_path))[name]
        for error in failures(name, line):
            said = str(error)
            assert not INTERNAL.search(said.replace(str(tmp_path), "")), f"{name}: {said}"
            assert is_named(error, calls.doc_of(name)), f"{name} does not say in its docstring that it raises {error!r}"
            if isinstance(error, attn.AttnError):
                assert said.startswith(f"attn.{name}: "), f"{name}: {said}"
                seen.add(re.sub(r"\d+", "", said))
    assert len(seen) > 80, sorted(seen)


def test_the_call_is_the_outermost_of_the_package(context, params, tmp_path):
    class Mine(attn.GRU):
        def encode(self):
            return self.forward(None, np.zeros((1, 2, 3), np.float32), np.array([5], np.int32))

    with pytest.raises(attn.ArgumentError, match=r"^attn\.GRU\.forward: lengths\[0\] is 5"):
        Mine(params, "gru", 3, 4).encode()
    with pytest.raises(attn.IoError, match=r"^attn\.Classifier\.open: cannot open .*attn_params_save: No such"):
        attn.Classifier.open(tmp_path / "attn_params_save")  # a file's name is as it is
    with pytest.raises(attn.ArgumentError, match="^attn.explain.occlusion: a batch"):
        attn.explain.occlusion(context, lambda rows, keep: None, np.array([1], np.int32), -1, 2)
