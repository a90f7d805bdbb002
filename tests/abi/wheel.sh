#!/bin/sh
# Build the Python package's wheel, install it in a fresh virtual environment, and compute with it away from the tree; then
# see which library wins where there are several. wheel.sh SOURCE PYTHON LIBRARY
# Skipped (77) where that Python has no pip, venv or NumPy.
set -eu
source=$1 python=$2 built=$3
"$python" -c 'import ensurepip, numpy, pip, venv' 2>/dev/null || exit 77
unset ATTN_LIBRARY LD_LIBRARY_PATH PYTHONPATH
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# Unoptimised: what is asked is whether it is whole, not whether it is fast.
"$python" -m pip wheel --quiet --no-build-isolation --no-deps --config-settings setup-args=-Doptimization=0 \
    --wheel-dir "$root" "$source/bindings/python"
wheel=$(echo "$root"/*)
case $wheel in
"$root"/attn-[0-9]*-py3-none-[a-z]*.whl) ;;
*)
    echo "pip wheel made $wheel; expected one file attn-VERSION-py3-none-PLATFORM.whl" >&2
    exit 1
    ;;
esac

"$python" -m venv --system-site-packages "$root/fresh"
"$root/fresh/bin/python" -m pip install --quiet --no-index --no-deps "$wheel"
mkdir "$root/elsewhere" "$root/installed"
soname=libattn.so.$(sed -n 's/^#define ATTN_API_MAJOR //p' "$source/include/attn/version.h")
cp "$built" "$root/installed/$soname"
cd "$root/elsewhere"

cat >user.py <<'END'
import sys

import attn
import numpy as np
from attn import _library


def attend(items: int) -> float:
    context = attn.Context(threads=1)
    attention = attn.Attention(attn.Params(context), "attention", 8)
    weights, _ = attention.forward(None, np.ones((1, items, 8), np.float32))
    return float(weights[0, 0])


assert attn.__file__.startswith(sys.prefix), attn.__file__
assert attend(4) == 0.25
assert attn.Classifier.open().read("Wonderful: I loved every minute of it.").label == "positive"
print(_library.library._name)
END

# says EXPECTED: the library that user.py runs on.
says() {
    came=$("$root/fresh/bin/python" user.py)
    # shellcheck disable=SC2254 # EXPECTED is a pattern
    case $came in
    $1) ;;
    *)
        echo "the package runs on $came; expected $1" >&2
        exit 1
        ;;
    esac
}

"$python" -c "import ctypes; ctypes.CDLL('$soname')" 2>/dev/null || says "$root/fresh/lib/python*/site-packages/attn/libattn.so"
LD_LIBRARY_PATH=$root/installed
export LD_LIBRARY_PATH
says "$soname"
ATTN_LIBRARY=$built
export ATTN_LIBRARY
says "$built"

# A user's type checker sees the package's types.
if command -v mypy >/dev/null; then
    mypy --strict --python-executable "$root/fresh/bin/python" --cache-dir "$root/mypy" user.py
    sed 's/attn.Params(context)/context/' user.py >wrong.py
    if mypy --strict --python-executable "$root/fresh/bin/python" --cache-dir "$root/mypy" wrong.py >/dev/null; then
        echo "mypy takes a context for params" >&2
        exit 1
    fi
fi
