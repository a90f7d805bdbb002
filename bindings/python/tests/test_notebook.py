"""The notebook runs, and the outputs that it has in the tree are those that its cells give."""

import re
from pathlib import Path

import notebook
import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def shown(cell):
    """[(kind, text)] of what stands below a cell."""
    for output in cell["outputs"]:
        data = output.get("data") or {output["name"]: output["text"]}
        yield from ((kind, "".join(lines)) for kind, lines in data.items())


def assert_alike(given, expected, tolerance):
    """The same words, and numbers that are the same but for what other instruction sets round otherwise."""
    assert NUMBER.split(given) == NUMBER.split(expected)
    for number, right in zip(NUMBER.findall(given), NUMBER.findall(expected)):
        assert float(number) == pytest.approx(float(right), rel=0.01, abs=tolerance), given


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.name)
def test_the_outputs_of_a_notebook_are_up_to_date(path):
    stored = notebook.json.loads(path.read_text(encoding="utf-8"))
    assert stored["nbformat"] == 4 and len({cell["id"] for cell in stored["cells"]}) == len(stored["cells"])
    kinds = []
    for cell, run in zip(stored["cells"], notebook.run(path)["cells"]):
        if cell["cell_type"] == "code":
            # Training goes its own way from the first bit that is rounded otherwise.
            tolerance = 0.1 if "trained" in cell["metadata"].get("tags", []) else 0.02
            assert cell["execution_count"] == run["execution_count"], "run it by tests/notebook.py"
            assert len(list(shown(cell))) == len(list(shown(run))), "run it by tests/notebook.py"
            for (kind, expected), (came, given) in zip(shown(cell), shown(run)):
                assert kind == came
                assert_alike(given, expected, tolerance)
                kinds.append(kind)
    assert {"image/svg+xml", "text/html", "stdout"} <= set(kinds)
