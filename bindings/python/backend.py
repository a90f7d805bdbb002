"""How pip builds the package (PEP 517 and 660): meson builds the library at the repository's root, and the wheel holds
it beside the Python files.

Why not meson-python: it wants pyproject.toml beside the root's meson.build, and not in a folder of it; and it marks a
wheel that holds a library of its own as one for this CPython alone, or as one for every machine. Ours asks nothing of
Python's ABI: py3-none-PLATFORM.

What meson takes may be given: pip wheel --config-settings setup-args=-Doptimization=2 ./bindings/python
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Iterable, Mapping

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIBRARY = "libattn.so"  # as _library.py looks for it
MODEL = ROOT / "examples" / "sentiment" / "reviews.safetensors"  # as classifier.py looks for it

Settings = Mapping[str, Any]
Files = Mapping[str, bytes]


class UnsupportedOperation(Exception):
    """What PEP 517 has a backend raise that cannot make a source distribution."""


def get_requires_for_build_wheel(config_settings: Settings | None = None) -> list[str]:
    """meson and ninja are asked for where the machine has none."""
    return [needed for needed, program in (("meson>=1.0", "meson"), ("ninja", "ninja")) if shutil.which(program) is None]


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Settings | None = None) -> str:
    files = _metadata()
    for name, content in files.items():
        path = Path(metadata_directory, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return next(iter(files)).split("/")[0]


def build_wheel(
    wheel_directory: str, config_settings: Settings | None = None, metadata_directory: str | None = None
) -> str:
    sources = sorted(path for path in (HERE / "attn").iterdir() if path.suffix in (".py", ".typed"))
    package = {f"attn/{path.name}": path.read_bytes() for path in sources}
    setup = (config_settings or {}).get("setup-args", [])
    package[f"attn/{MODEL.name}"] = MODEL.read_bytes()
    package[f"attn/{LIBRARY}"] = _built_library([setup] if isinstance(setup, str) else setup)
    return _write(Path(wheel_directory), package)


def build_sdist(sdist_directory: str, config_settings: Settings | None = None) -> str:
    raise UnsupportedOperation("attn is built from libattn's repository: pip wheel ./bindings/python")


get_requires_for_build_editable = get_requires_for_build_wheel
prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_editable(
    wheel_directory: str, config_settings: Settings | None = None, metadata_directory: str | None = None
) -> str:
    """The package where it lies, which finds the library that the repository's build/ holds."""
    return _write(Path(wheel_directory), {"attn.pth": f"{HERE}\n".encode()})


def _built_library(setup: Iterable[str]) -> bytes:
    """The library alone, without programs and tests, from a build folder that is gone afterwards."""
    if not (ROOT / "meson.build").is_file():
        raise UnsupportedOperation(f"{HERE} is no longer bindings/python of libattn's repository, where its sources are")
    with tempfile.TemporaryDirectory(prefix="attn-wheel-") as build:
        options = ["-Dtests=disabled", "-Dprograms=false", "-Ddebug=false", "--prefix=/usr", "--libdir=lib", *setup]
        _meson("setup", build, str(ROOT), *options)
        _meson("install", "-C", build, "--destdir", "installed")  # which takes this machine's paths out of it
        return Path(build, "installed", "usr", "lib", LIBRARY).read_bytes()


def _meson(*arguments: str) -> None:
    """Run meson. pip shuts Python packages out by PYTHONPATH, which must not reach a meson of the machine's own."""
    ours = importlib.util.find_spec("mesonbuild") is not None
    environment = {name: value for name, value in os.environ.items() if ours or name != "PYTHONPATH"}
    subprocess.run(["meson", *arguments], check=True, env=environment)


def _project() -> dict[str, Any]:
    """pyproject.toml's [project], and the version: it is the library's, which version.h has."""
    project: dict[str, Any] = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    header = (ROOT / "include" / "attn" / "version.h").read_text(encoding="utf-8")
    numbers = re.findall(r"^#define ATTN_API_(?:MAJOR|MINOR|PATCH) (\d+)", header, re.MULTILINE)
    return {**project, "version": ".".join(numbers)}


def _tag() -> str:
    return "py3-none-" + re.sub(r"\W", "_", sysconfig.get_platform())


def _metadata() -> Files:
    """The files of the wheel's .dist-info that say what it is."""
    project = _project()
    folder = f"{project['name']}-{project['version']}.dist-info"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        f"License: {project['license']['text']}",
        f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {needed}" for needed in project["dependencies"]),
        "Description-Content-Type: text/markdown",
        "",
        (HERE / project["readme"]).read_text(encoding="utf-8"),
    ]
    wheel = ["Wheel-Version: 1.0", "Generator: libattn", "Root-Is-Purelib: false", f"Tag: {_tag()}", ""]
    return {
        f"{folder}/METADATA": "\n".join(metadata).encode(),
        f"{folder}/WHEEL": "\n".join(wheel).encode(),
        f"{folder}/COPYING": (ROOT / "COPYING").read_bytes(),
    }


def _write(wheel_directory: Path, package: Files) -> str:
    """The wheel of these files and the metadata; its name. The same files give the same bytes."""
    metadata = _metadata()
    folder = next(iter(metadata)).split("/")[0]
    files = {**package, **metadata}
    record = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    files[f"{folder}/RECORD"] = "\n".join([*record, f"{folder}/RECORD,,", ""]).encode()
    name = f"{folder.removesuffix('.dist-info')}-{_tag()}.whl"
    with zipfile.ZipFile(wheel_directory / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)  # of 1980: no clock in it
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    return name


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
