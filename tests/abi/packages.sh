#!/bin/sh
# What a machine lacks is installed once another installation is done, and what apt cannot do otherwise is said. An apt-get stands
# here that others keep from its locks. packages.sh SOURCE
set -u
source=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir "$root/bin"
cat >"$root/bin/apt-get" <<'END'
#!/bin/sh
echo "$*" >>"$ROOT/asked"
case $1 in
update)
    [ -z "${BROKEN:-}" ] || { echo "E: no network" >&2; exit 100; }
    [ "$(grep -c ^update "$ROOT/asked")" -gt 2 ] || { echo "E: Could not get lock /var/lib/apt/lists/lock" >&2; exit 100; }
    ;;
install)
    case $* in *" DPkg::Lock::Timeout="*) ;; *) exit 100 ;; esac
    ;;
esac
END
printf '#!/bin/sh\nexec "$@"\n' >"$root/bin/sudo"
printf '#!/bin/sh\n' >"$root/bin/sleep"
chmod +x "$root/bin"/*
PATH=$root/bin:$PATH ROOT=$root
export PATH ROOT
. "$source/tests/packages.sh"

need nothing true
need first false
need second false
if ! install_packages 2>/dev/null || [ "$(grep -c ^update "$root/asked")" != 3 ] ||
    ! grep -q '^install .* first second$' "$root/asked"; then
    echo "apt-get was asked, expected update until its lock is free, then install ... first second:" >&2
    cat "$root/asked" >&2
    exit 1
fi
: >"$root/asked"
export BROKEN=yes
if said=$(install_packages 2>&1) || [ "$said" != "Installing first second
E: no network" ] || [ "$(cat "$root/asked")" != "update -qq" ]; then
    echo "without network it says \"$said\"" >&2
    exit 1
fi
