"""Every public call refuses every wrong type: generated over all signatures, from one call of each (calls.py)."""

import copy
import inspect
import pickle
import re
import threading
import typing

import attn
import numpy as np
import pytest
from attn._handle import Handle
from calls import calls, doc_of, handles, parameters, public

PUBLIC = public()
HANDLES = sorted(
    (kind for kind in vars(attn).values() if isinstance(kind, type) and issubclass(kind, Handle)),
    key=lambda kind: kind.__name__,
)


def handle_of(annotation):
    """(the class of an argument that is a handle, whether None will do too)."""
    alternatives = typing.get_args(annotation) or (annotation,)
    kinds = [kind for kind in alternatives if isinstance(kind, type) and issubclass(kind, Handle)]
    return (kinds[0] if kinds else None), type(None) in alternatives


ARGUMENTS = [(name, argument, annotation) for name, function in PUBLIC.items()
             for argument, annotation in parameters(function).items()]
TAKING_HANDLES = [(name, argument, *handle_of(annotation)) for name, argument, annotation in ARGUMENTS
                  if handle_of(annotation)[0]]
TAKING_OTHERS = [(name, argument) for name, argument, annotation in ARGUMENTS if not handle_of(annotation)[0]]


@pytest.fixture
def made(context, tmp_path):
    return handles(context, tmp_path)


def call(name, on, given):
    function = PUBLIC[name]
    if function.__name__ == "__init__":
        return getattr(attn, name)(**given)
    return function(**given) if on is None else function(on, **given)


def test_every_public_call_is_tried(made):
    known = calls(made)
    assert sorted(known) == sorted(PUBLIC), "a call that is new or gone: adapt calls.py"
    for name, make in known.items():
        on, given = make()
        assert sorted(given) == sorted(parameters(PUBLIC[name])), f"{name}: an argument that is new or gone: adapt calls.py"
        call(name, on, given)


@pytest.mark.parametrize("name, argument, kind, optional", TAKING_HANDLES)
def test_a_wrong_handle_is_a_type_error_that_says_what_was_expected_and_what_came(made, name, argument, kind, optional):
    others = {type(handle): handle for handle in vars(made).values() if isinstance(handle, Handle)}
    assert others.keys() == set(HANDLES)
    wrong = [(handle, f"attn.{other.__name__}") for other, handle in others.items() if other is not kind]
    wrong += [(1, "int"), (2**48, "int"), (1.5, "float"), ("gru", "str"), (b"gru", "bytes"), ([], "list"),
              (kind, type(kind).__name__), (object(), "object"), (np.zeros(3, np.float32), r"float32 \[3\]"),
              (made.gru._native, "attn_gru")]
    wrong += [] if optional else [(None, "NoneType")]
    for value, came in wrong:
        on, given = calls(made)[name]()
        with pytest.raises(TypeError, match=f"^{argument}: expected an attn.{kind.__name__}; got {came}$"):
            call(name, on, {**given, argument: value})


@pytest.mark.parametrize("name, argument, kind, optional", TAKING_HANDLES)
def test_a_closed_handle_is_a_state_error(made, name, argument, kind, optional):
    on, given = calls(made)[name]()
    if given[argument] is None:
        given[argument] = made.tape
    given[argument].close()
    with pytest.raises(attn.StateError, match=f"^attn.{kind.__name__}: the handle was used after close"):
        call(name, on, given)


@pytest.mark.parametrize("name, argument", TAKING_OTHERS)
def test_any_other_wrong_type_is_a_type_error_that_names_the_argument(made, name, argument):
    for value in (object(), made.context, made.params, 1 + 2j, {}, [object()], [[object()]]):
        on, given = calls(made)[name]()
        if value == {} and isinstance(given[argument], dict):
            continue
        with pytest.raises(TypeError, match=rf"^{re.escape(argument)}\b.*: expected "):
            call(name, on, {**given, argument: value})


def test_a_str_that_utf8_has_not_is_taken_or_a_line_that_names_the_argument(made):
    for name, argument in [(name, argument) for name, argument, kind in ARGUMENTS if "str" in str(kind)]:
        for value in ("\ud800", ["\ud800"], {"\ud800": "x"}, {"x": "\ud800"}):
            on, given = calls(made)[name]()
            try:
                call(name, on, {**given, argument: value})
            except attn.AttnError:
                pass  # the library's own line
            except (TypeError, ValueError) as error:
                assert not isinstance(error, UnicodeError) and re.match(rf"{argument}\b.*: ", str(error)), (name, error)


def test_a_number_beyond_all_floats_is_a_value_error_that_names_the_argument(made):
    for name, argument in [(name, argument) for name, argument, kind in ARGUMENTS if kind is float]:
        on, given = calls(made)[name]()
        with pytest.raises(ValueError, match=rf"^{argument}: expected a number of at most 2e\+308; got a larger one"):
            call(name, on, {**given, argument: 10**400})


# ---- handles are what they are ----


def test_0_is_no_other_default(made):
    """In the library's options 0 stands for the default; in Python it is refused, or its docstring says what it is."""
    tried = 0
    for name, argument in [(name, argument) for name, argument, kind in ARGUMENTS if kind in (int, float)]:
        default = inspect.signature(PUBLIC[name]).parameters[argument].default
        if default is inspect.Parameter.empty or default == 0:
            continue
        on, given = calls(made)[name]()
        (said,) = re.findall(rf"(?m)^(?:\w.*\), )?{argument} \(.*?: (.*(?:\n {{4,}}.*)*)", doc_of(name))
        tried += 1
        try:
            call(name, on, {**given, argument: 0})
        except ValueError as error:
            assert re.search(rf"\b{argument}(: expected .*; got 0| is 0; expected )", str(error)), (name, argument, error)
        else:
            assert re.search(r"\b0 or (more|less)|\b0 <=|\b0 means|\bof 0\b", said), (name, argument, said)
    assert tried > 20


def test_a_handle_is_neither_copied_nor_pickled(made):
    for handle in vars(made).values():
        if isinstance(handle, Handle):
            for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
                with pytest.raises(TypeError, match=rf"^attn.{type(handle).__name__}: a handle can be neither copied"):
                    duplicate(handle)


def test_a_handle_that_others_make_says_who(tmp_path):
    makers = {attn.File: "File.open", attn.Vocab: "Vocab.load", attn.Pieces: "Pieces.learn", attn.Reading: "Classifier.read"}
    for kind, maker in makers.items():
        for given in ((), (tmp_path / "model",), (attn.Context(), "model")):
            with pytest.raises(TypeError, match=f"^attn.{kind.__name__}: it cannot be made by itself; call .*{maker}"):
                kind(*given)


def test_a_handle_that_was_never_made_is_a_state_error(context):
    with pytest.raises(attn.StateError, match="attn.Tape"):
        attn.Tape.__new__(attn.Tape).begin(0)


def test_a_tape_that_another_thread_uses_is_a_state_error(context, params, random):
    gru = attn.GRU(params, "gru", 64, 64)
    tape = attn.Tape(context)
    x = random(16, 400, 64)
    expected, _ = gru.forward(None, x)
    refused, results = [], []

    def use():
        for _ in range(20):
            try:
                results.append(gru.forward(tape, x)[0])
            except attn.StateError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused and results
    assert set(refused) == {"attn.GRU.forward: another thread is using the attn.Tape; give each thread one of its own"}
    assert all(np.array_equal(result, expected) for result in results)
