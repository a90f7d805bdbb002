#!/bin/sh
# Make FOLDER ready for builds for Windows on this Debian machine: mingw.sh FOLDER
#
# Leaves FOLDER/root with utf8proc, jansson and libcheck, static, of Debian's sources, which has no packages of them for mingw-w64; and
# FOLDER/cross.ini, a meson cross file that builds against them, and runs what it built by Wine where that is. apt works in a state of
# its own under FOLDER, as the machine's need not have sources. That takes the network, once.
set -eu
if [ $# != 1 ]; then
    echo "usage: mingw.sh FOLDER" >&2
    exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
tuple=x86_64-w64-mingw32
parts="utf8proc jansson check"

if [ "$(cat "$folder/complete" 2>/dev/null)" != "$parts" ]; then
    if [ ! -e "$folder/apt.conf" ] && { [ -e "$folder/apt" ] || [ -e "$folder/root" ]; }; then
        echo "mingw.sh: $folder holds an apt or a root of somebody else's, which would be replaced; name another folder" >&2
        exit 1
    fi
    cat >"$folder/apt.conf" <<END
APT::Sandbox::User "root";
Dir::Etc::sourcelist "$folder/apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State "$folder/apt/state";
Dir::Cache "$folder/apt/cache";
END
    rm -rf "$folder/complete" "$folder/apt" "$folder/root"
    mkdir -p "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial"
    # The sources are where this machine has its packages from.
    # shellcheck disable=SC1091,SC2016 # not ours to check; the variables are apt's
    archive=$(. /etc/os-release && apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v release="$VERSION_CODENAME" '$2 == release && $3 == "main" { print $1, $2, $3; exit }')
    [ -n "$archive" ] || {
        echo "mingw.sh: apt's sources name no archive of this Debian's packages; add one under /etc/apt" >&2
        exit 1
    }
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive" >"$folder/apt/sources.list"
    export APT_CONFIG="$folder/apt.conf"
    apt-get update -qq || echo "mingw.sh: goes on with the lists that came" >&2
    # shellcheck disable=SC2086 # a list of words
    (cd "$folder/apt" && apt-get source -qq --download-only $parts) || {
        echo "mingw.sh: could not download the sources; with the network there, run this again" >&2
        exit 1
    }
    for part in $parts; do
        mkdir "$folder/apt/$part"
        tar -xf "$folder/apt/$part"_*.orig.tar.* -C "$folder/apt/$part" --strip-components 1
        cmake -S "$folder/apt/$part" -B "$folder/apt/$part/build" -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_C_COMPILER=$tuple-gcc \
            -DCMAKE_RC_COMPILER=$tuple-windres -DCMAKE_FIND_ROOT_PATH=/usr/$tuple -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER \
            -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$folder/root" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_TESTING=OFF \
            -DJANSSON_BUILD_DOCS=OFF -DJANSSON_EXAMPLES=OFF -DJANSSON_WITHOUT_TESTS=ON
        cmake --build "$folder/apt/$part/build"
        cmake --install "$folder/apt/$part/build"
    done
    rm "$folder"/root/lib/*.dll.a # libcheck has no switch that leaves its DLL out
    echo "$parts" >"$folder/complete"
fi

# Wine's settings are the folder's own. What it starts beside the program outlives that, and would keep a pipe open that somebody reads to its end.
cat >"$folder/wine" <<END
#!/bin/sh
export WINEPREFIX="$folder/settings" WINEDEBUG=-all
said=\$(mktemp -d)
/usr/lib/wine/wine64 "\$@" >"\$said/output" 2>"\$said/errors"
status=\$?
cat "\$said/output"
cat "\$said/errors" >&2
rm -r "\$said"
exit \$status
END
chmod +x "$folder/wine"
# Programs bring what they need of gcc and mingw-w64, as the library does.
cat >"$folder/cross.ini" <<END
[binaries]
c = '$tuple-gcc'
ar = '$tuple-ar'
strip = '$tuple-strip'
pkgconfig = 'pkg-config'
exe_wrapper = '$folder/wine'

[properties]
pkg_config_libdir = '$folder/root/lib/pkgconfig'

[built-in options]
c_link_args = ['-static']

[host_machine]
system = 'windows'
cpu_family = 'x86_64'
cpu = 'x86_64'
endian = 'little'
END
