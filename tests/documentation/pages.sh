#!/bin/sh
# The public headers as pages for a browser: sh tests/documentation/pages.sh [FOLDER], from where FOLDER/html/index.html leads on.
#
# FOLDER is build-documentation where none is given. Fails where doxygen has a warning, as of a public name that is not documented. Skipped
# (77) where it is missing. What a header says of all that it declares comes first on its page.
set -eu
command -v doxygen >/dev/null || { echo "doxygen is missing"; exit 77; }
mkdir -p "${1:-build-documentation}"
folder=$(cd "${1:-build-documentation}" && pwd)
if [ -e "$folder/html" ] && [ ! -e "$folder/layout.xml" ]; then
    echo "pages.sh: $folder/html is not of this script, which would replace it; name another folder" >&2
    exit 1
fi
cd "$(dirname "$0")/../.."
doxygen -l "$folder/default.xml" >/dev/null
awk '/<detaileddescription/ { next } { print } /<briefdescription/ { print "<detaileddescription title=\"\"/>" }' "$folder/default.xml" >"$folder/layout.xml"
rm -rf "$folder/html"
{
    cat tests/documentation/Doxyfile
    printf 'OUTPUT_DIRECTORY = "%s"\nLAYOUT_FILE = "%s"\n' "$folder" "$folder/layout.xml"
} | doxygen -
