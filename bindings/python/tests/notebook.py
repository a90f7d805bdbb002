"""Run a notebook's cells without Jupyter, as test_notebook.py does: python3 notebook.py NOTEBOOK writes their outputs anew."""

import ast
import contextlib
import importlib.util
import io
import json
import os
import sys
import types
from pathlib import Path

RICH = {"image/svg+xml": "_repr_svg_", "text/html": "_repr_html_"}


class SVG:
    """What stands for IPython.display's where there is no IPython."""

    def __init__(self, data):
        self.data = data

    def _repr_svg_(self):
        return self.data

    def __repr__(self):
        return "<IPython.core.display.SVG object>"


def _display():
    """Sees to it that IPython.display can be imported."""
    if importlib.util.find_spec("IPython") is None:
        sys.modules["IPython"] = types.ModuleType("IPython")
        sys.modules["IPython.display"] = types.ModuleType("IPython.display")
        sys.modules["IPython.display"].SVG = SVG


def _lines(text):
    return text.splitlines(keepends=True)


def _outputs(source, names, count):
    """What a cell shows: what it prints, and the value of the expression that it ends with."""
    tree = ast.parse(source)
    last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
    outputs, printed, value = [], io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"cell {count}", "exec"), names)
        if last:
            value = eval(compile(last, f"cell {count}", "eval"), names)
    if printed.getvalue():
        outputs.append({"name": "stdout", "output_type": "stream", "text": _lines(printed.getvalue())})
    if value is not None:
        data = {kind: _lines(getattr(value, method)()) for kind, method in RICH.items() if hasattr(value, method)}
        data["text/plain"] = _lines(repr(value))
        outputs.append({"data": data, "execution_count": count, "metadata": {}, "output_type": "execute_result"})
    return outputs


def run(path):
    """The notebook with the outputs that its cells have now, run in its own folder."""
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    names = {"__name__": "__main__"}
    _display()
    before, found = os.getcwd(), list(sys.path)
    os.chdir(Path(path).parent)
    sys.path.insert(0, "")
    try:
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for count, cell in enumerate(code, 1):
            cell["execution_count"], cell["outputs"] = count, _outputs("".join(cell["source"]), names, count)
    finally:
        os.chdir(before)
        sys.path[:] = found
    return notebook


def write(path, notebook):
    Path(path).write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1], run(sys.argv[1]))
