"""The package against the C headers: functions, constants, struct layouts, defaults and version."""

import ctypes
import inspect
import re
import shutil
import subprocess
from pathlib import Path

import attn
import pytest
from attn import _library, _signatures, _structs

ROOT = Path(__file__).resolve().parents[3]
HEADERS = ROOT / "include" / "attn"
if not HEADERS.is_dir():
    pytest.skip("the headers are not here", allow_module_level=True)
SOURCE = "\n".join(path.read_text() for path in sorted(HEADERS.glob("*.h")))

STRUCTS = {
    "attn_context_options": (_structs.ContextOptions, "ATTN_CONTEXT_OPTIONS_INIT", attn.Context),
    "attn_params_options": (_structs.ParamsOptions, "ATTN_PARAMS_OPTIONS_INIT", attn.Params),
    "attn_tensor_options": (_structs.TensorOptions, "ATTN_TENSOR_OPTIONS_INIT", None),
    "attn_tensor": (_structs.TensorView, "ATTN_TENSOR_INIT", None),
    "attn_tape_options": (_structs.TapeOptions, "ATTN_TAPE_OPTIONS_INIT", attn.Tape),
    "attn_tape_info": (_structs.TapeInfo, "ATTN_TAPE_INFO_INIT", None),
    "attn_tape_entry": (_structs.TapeEntry, "ATTN_TAPE_ENTRY_INIT", None),
    "attn_tokens_options": (_structs.TokensOptions, "ATTN_TOKENS_OPTIONS_INIT", attn.Tokens),
    "attn_tokens_info": (_structs.TokensInfo, "ATTN_TOKENS_INFO_INIT", None),
    "attn_vocab_builder_options": (_structs.VocabBuilderOptions, "ATTN_VOCAB_BUILDER_OPTIONS_INIT", attn.VocabBuilder),
    "attn_vocab_options": (_structs.VocabOptions, "ATTN_VOCAB_OPTIONS_INIT", None),
    "attn_pieces_options": (_structs.PiecesOptions, "ATTN_PIECES_OPTIONS_INIT", None),
    "attn_vocab_info": (_structs.VocabInfo, "ATTN_VOCAB_INFO_INIT", None),
    "attn_vectors_report": (_structs.VectorsReport, "ATTN_VECTORS_REPORT_INIT", None),
    "attn_embedding_options": (_structs.EmbeddingOptions, "ATTN_EMBEDDING_OPTIONS_INIT", attn.Embedding),
    "attn_sequence": (_structs.Sequence, "ATTN_SEQUENCE_INIT", None),
    "attn_sequence_gradients": (_structs.SequenceGradients, "ATTN_SEQUENCE_GRADIENTS_INIT", None),
    "attn_gru_options": (_structs.GRUOptions, "ATTN_GRU_OPTIONS_INIT", attn.GRU),
    "attn_gru_info": (_structs.GRUInfo, "ATTN_GRU_INFO_INIT", None),
    "attn_gru_packed_info": (_structs.GRUPackedInfo, "ATTN_GRU_PACKED_INFO_INIT", None),
    "attn_attngru_info": (_structs.AttentionGRUInfo, "ATTN_ATTNGRU_INFO_INIT", None),
    "attn_gru_packed_options": (_structs.GRUPackedOptions, "ATTN_GRU_PACKED_OPTIONS_INIT", attn.PackedGRU),
    "attn_attention_options": (_structs.AttentionOptions, "ATTN_ATTENTION_OPTIONS_INIT", attn.Attention),
    "attn_attngru_options": (_structs.AttentionGRUOptions, "ATTN_ATTNGRU_OPTIONS_INIT", attn.AttentionGRU),
    "attn_dense_options": (_structs.DenseOptions, "ATTN_DENSE_OPTIONS_INIT", attn.Dense),
    "attn_attention_memory_options": (
        _structs.AttentionMemoryOptions,
        "ATTN_ATTENTION_MEMORY_OPTIONS_INIT",
        attn.AttentionMemory,
    ),
    "attn_attention_step": (_structs.AttentionStep, "ATTN_ATTENTION_STEP_INIT", None),
    "attn_attention_step_gradients": (
        _structs.AttentionStepGradients,
        "ATTN_ATTENTION_STEP_GRADIENTS_INIT",
        None,
    ),
    "attn_attention_info": (_structs.AttentionInfo, "ATTN_ATTENTION_INFO_INIT", None),
    "attn_embedding_info": (_structs.EmbeddingInfo, "ATTN_EMBEDDING_INFO_INIT", None),
    "attn_dense_info": (_structs.DenseInfo, "ATTN_DENSE_INFO_INIT", None),
    "attn_ngrams_builder_options": (
        _structs.NgramsBuilderOptions,
        "ATTN_NGRAMS_BUILDER_OPTIONS_INIT",
        attn.NgramsBuilder,
    ),
    "attn_ngrams_options": (_structs.NgramsOptions, "ATTN_NGRAMS_OPTIONS_INIT", attn.Ngrams),
    "attn_ngrams_info": (_structs.NgramsInfo, "ATTN_NGRAMS_INFO_INIT", None),
    "attn_search_options": (_structs.SearchOptions, "ATTN_SEARCH_OPTIONS_INIT", None),
    "attn_explain_model": (_structs.ExplainModel, "ATTN_EXPLAIN_MODEL_INIT", None),
    "attn_draw_options": (_structs.DrawOptions, "ATTN_DRAW_OPTIONS_INIT", None),
    "attn_layer_info": (_structs.LayerInfo, "ATTN_LAYER_INFO_INIT", None),
    "attn_save_options": (_structs.SaveOptions, "ATTN_SAVE_OPTIONS_INIT", None),
    "attn_cross_entropy_options": (_structs.CrossEntropyOptions, "ATTN_CROSS_ENTROPY_OPTIONS_INIT", None),
    "attn_steps": (_structs.Steps, "ATTN_STEPS_INIT", None),
    "attn_candidates_options": (_structs.CandidatesOptions, "ATTN_CANDIDATES_OPTIONS_INIT", attn.Candidates),
    "attn_candidates_info": (_structs.CandidatesInfo, "ATTN_CANDIDATES_INFO_INIT", None),
    "attn_sampled_cross_entropy_options": (
        _structs.SampledCrossEntropyOptions, "ATTN_SAMPLED_CROSS_ENTROPY_OPTIONS_INIT", None
    ),
    "attn_adam_options": (_structs.AdamOptions, "ATTN_ADAM_OPTIONS_INIT", attn.Adam),
    "attn_classifier_parts": (_structs.ClassifierParts, "ATTN_CLASSIFIER_PARTS_INIT", None),
    "attn_classifier_info": (_structs.ClassifierInfo, "ATTN_CLASSIFIER_INFO_INIT", None),
    "attn_reading_info": (_structs.ReadingInfo, "ATTN_READING_INFO_INIT", None),
}

WORDS = {
    "ISA": attn.ISAS,
    "INIT": attn.INITS,
    "TAPE": attn.MODES,
    "VECTORS": attn.VECTOR_FORMATS,
    "GRU_RESET": attn.RESETS,
    "PRECISION": attn.PRECISIONS,
    "SCORE": attn.SCORES,
    "PADDING": attn.PADDINGS,
    "WEIGHTING": attn.WEIGHTINGS,
    "ATTNGRU": attn.FORMS,
    "ACTIVATION": attn.ACTIVATIONS,
    "SEARCH": attn.SEARCH_METHODS,
    "GRADIENT": attn.explain.GRADIENTS,
    "QUADRATURE": attn.explain.QUADRATURES,
    "DRAW": attn.DRAW_FORMATS,
    "BY": attn.BY,
    "MASK": attn.probe.MASKS,
}


def test_every_function_of_the_headers_is_declared():
    declared = re.findall(r"^ATTN_API [^;(]*?\b(attn_\w+)\(", SOURCE, re.MULTILINE)
    assert sorted(declared) == sorted(name for name, _, _ in _signatures.SIGNATURES)


def test_every_signature_has_as_many_arguments_as_in_c():
    for name, _, arguments in _signatures.SIGNATURES:
        declared = re.search(rf"^ATTN_API [^;(]*\b{name}\(([^)]*)\);", SOURCE, re.MULTILINE).group(1)
        assert len(arguments) == (0 if declared == "void" else declared.count(",") + 1), name


def test_every_handle_has_its_kind_in_the_signatures():
    kinds = set(re.findall(r"^typedef struct (attn_\w+) \1;", SOURCE, re.MULTILINE))
    assert len(kinds) > 10
    for name, _, arguments in _signatures.SIGNATURES:
        declared = re.search(rf"^ATTN_API [^;(]*\b{name}\(([^)]*)\);", SOURCE, re.MULTILINE).group(1)
        for argument, given in zip(declared.split(","), arguments):
            kind, stars = re.match(r"\s*(?:const )?(\w+) ?(\**)", argument).groups()
            if kind in kinds:
                given = given._type_ if stars == "**" else given
                assert given.__name__ == kind, f"{name}: {argument.strip()}"


@pytest.mark.parametrize("prefix", WORDS)
def test_words_stand_for_the_constants(prefix):
    constants = re.findall(rf"^#define ATTN_{prefix}_([A-Z0-9_]+) (\d+)", SOURCE, re.MULTILINE)
    assert {name.lower(): int(value) for name, value in constants} == WORDS[prefix]


def test_flags_are_those_of_the_headers():
    assert re.findall(r"^#define ATTN_GRU_ORTHOGONAL (\d+)", SOURCE, re.MULTILINE) == [str(attn.experimental.GRU_ORTHOGONAL)]


def test_statuses_are_those_of_the_headers():
    statuses = {int(value) for value in re.findall(r"^#define ATTN_ERR_\w+ (\d+)", SOURCE, re.MULTILINE)}
    kinds = (attn.ArgumentError, attn.OutOfMemoryError, attn.IoError, attn.FormatError, attn.StateError,
             attn.ResourceError, attn.UnsupportedError, attn.InterruptError)
    assert {kind.status for kind in kinds} == statuses


def test_the_version_is_that_of_the_headers():
    version = ".".join(re.findall(r"^#define ATTN_API_(?:MAJOR|MINOR|PATCH) (\d+)", SOURCE, re.MULTILINE))
    assert attn.__version__ == version
    assert version.startswith("{}.{}.".format(*_library.API_VERSION))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """{struct: (size, {member: (offset, default)})} as the C compiler sees them."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    lines = []
    for name, (layout, initial, _) in STRUCTS.items():
        lines.append(f'{name} {name}_ = {initial}; printf("{name} size %zu 0\\n", sizeof({name}));')
        for member, kind in layout._fields_:
            value = "0.0"
            if kind in (ctypes.c_int32, ctypes.c_int64, ctypes.c_float, ctypes.c_uint64):
                value = f"(double){name}_.{member}"
            elif kind is ctypes.c_void_p:
                value = f"(double)({name}_.{member} != NULL)"
            lines.append(f'printf("{name} {member} %zu %.9g\\n", offsetof({name}, {member}), {value});')
    folder = tmp_path_factory.mktemp("layout")
    (folder / "layout.c").write_text(
        "#include <stddef.h>\n#include <stdio.h>\n#include <attn/attn.h>\nint main(void)\n{\n"
        + "\n".join(lines) + "\nreturn 0;\n}\n"
    )
    subprocess.run([compiler, "-I", HEADERS.parent, folder / "layout.c", "-o", folder / "layout"], check=True)
    result = {}
    for line in subprocess.run([folder / "layout"], check=True, capture_output=True, text=True).stdout.splitlines():
        name, member, number, default = line.split()
        if member == "size" and name not in result:
            result[name] = (int(number), {})
        else:
            result[name][1][member] = (int(number), float(default))
    return result


@pytest.mark.parametrize("name", STRUCTS)
def test_structs_are_laid_out_as_in_c(compiled, name):
    layout = STRUCTS[name][0]
    size, members = compiled[name]
    assert ctypes.sizeof(layout) == size
    assert {member: getattr(layout, member).offset for member, _ in layout._fields_} == {
        member: offset for member, (offset, _) in members.items()
    }


@pytest.mark.parametrize("name", [name for name, (_, _, handle) in STRUCTS.items() if handle])
def test_keyword_defaults_are_those_of_c(compiled, name):
    words = {"isa": attn.ISAS, "mode": attn.MODES, "init": attn.INITS, "reset": attn.RESETS,
             "precision": attn.PRECISIONS, "form": attn.FORMS, "score": attn.SCORES, "padding": attn.PADDINGS,
             "weighting": attn.WEIGHTINGS,
             "activation": attn.ACTIVATIONS}
    meant = {"layers": 1, "lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "lr_decay": 1, "lr_decay_steps": 1,
             "classes": 2, "longest": 3, "min_count": 2, "smoothing": 1, "scale": 0.1, "offset": 0.4, "count": 2000, "power": 0.75}  # by 0
    parameters = inspect.signature(STRUCTS[name][2]).parameters
    for member, (_, default) in compiled[name][1].items():
        if member in ("struct_size", "reserved", "allocate", "release", "user", "failed", "interrupted", "interval"):
            continue
        if member == "no_bias":
            assert parameters["bias"].default is (default == 0)
            continue
        given = parameters[member].default
        given = words[member][given] if member in words else given
        given = 0 if given is None else given  # a pointer: None is NULL
        if default == 0:
            default = meant.get(member, 0)
        assert float(ctypes.c_float(given).value) == pytest.approx(default, rel=1e-7), member
