#!/bin/sh
# What abidiff says of a library beside 1.0: abidiff.sh SOURCE CC LIBRARY [HEADERS]
#
# The baseline is made of the headers of 1.0 and of its symbols, by the stub that they declare, so that it holds no type that is private,
# and is read by the abidiff of the day. HEADERS are those of LIBRARY. A struct may grow at its end.
# Skipped (77) where abidiff is missing, or LIBRARY tells nothing of its types.
set -eu
source=$1 cc=$2 library=$3 headers=${4:-$1/include}
command -v abidiff >/dev/null || { echo "abidiff is missing (Debian's abigail-tools)"; exit 77; }
readelf -S "$library" | grep -q '\.debug_info' || { echo "$library has no debug information"; exit 77; }
kept=$source/tests/abi/1.0
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

python3 "$source/tests/abi/stub.py" "$kept"/include/attn/*.h >"$root/stub.c"
sed 1d "$kept/symbols.txt" | awk -F@@ '
    { names[$2] = names[$2] $1 ";" }
    END { for (node in names) print node " { global: " names[node] " local: *; };" }' >"$root/map"
"$cc" -g -shared -fPIC -I"$kept/include" "$root/stub.c" -o "$root/libattn.so" \
    -Wl,-soname,"$(head -n 1 "$kept/symbols.txt")" -Wl,--version-script="$root/map"
# Each by its name: of a pattern that handles match too, abidiff 2.2 dies.
cat >"$root/suppressions" <<END
[suppress_type]
    type_kind = struct
    name_regexp = ^($(sed -n 's/^struct \([a-z_]*\) .*/\1/p' "$kept/interface.txt" | paste -s -d '|'))\$
    has_data_member_inserted_at = end
END
abidiff --headers-dir1 "$kept/include" --headers-dir2 "$headers" --drop-private-types --no-added-syms \
    --suppressions "$root/suppressions" "$root/libattn.so" "$library"
