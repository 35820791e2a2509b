#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh BUILD - does what a user of the installed library does: `make install` into
# an empty folder, then build hello.c outside the tree through pkg-config, with
# the shared and with the static library, and run it on every device that was
# installed; then uninstall, which must leave nothing. The device that
# docs/writing-a-device.md begins with is built and met the same way.
set -eu

build=$1
cd "$(dirname "$0")/../.."
command -v pkg-config >/dev/null || { echo 'pkg-config is not here'; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
prefix=/opt/peal root=$tmp/root
cc=${CC:-gcc}

case_() { # name, command...: a line that ends in PASS or FAIL
    name=$1; shift
    if "$@" >"$tmp/log" 2>&1; then echo "$name PASS"; else sed 's/^/    /' "$tmp/log"; echo "$name FAIL"; failed=1; fi
}
failed=0

# The settings of the make that runs this test are kept, its job slots are not ours.
MAKEFLAGS=$(printf '%s' "${MAKEFLAGS:-}" | sed 's/ *--jobserver-[^ ]*//g; s/ *-j[0-9]*//g')
export MAKEFLAGS

make_() { ${MAKE:-make} -s BUILD="$build" PREFIX=$prefix LIBDIR=$prefix/lib DESTDIR="$root" BOOTSTRAP=0 "$@"; }
pc() { PKG_CONFIG_PATH=$root$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root pkg-config "$@" peal; }

version() {
    [ "$(pc --modversion)" = "$(cat VERSION)" ] &&
    grep -q "PEAL_VERSION_STRING \"$(cat VERSION)\"" "$root$prefix/include/peal/peal.h" &&
    "$root$prefix/bin/peal" --version | grep -F "$(cat VERSION)"
}

shared() { # builds against libpeal.so and says that it really is used
    (cd "$tmp" && $cc -Wall -Wextra -Werror hello.c $(pc --cflags --libs) -o hello-shared) &&
    readelf -d "$tmp/hello-shared" | grep 'NEEDED.*libpeal\.so\.'
}

static() {
    (cd "$tmp" && $cc -Wall -Wextra hello.c $(pc --cflags) "$root$prefix/lib/libpeal.a" -pthread -ldl -o hello-static) &&
    ! readelf -d "$tmp/hello-static" | grep libpeal
}

cxx() { # the public headers are C++ too
    printf '#include <peal/peal.h>\nint main() { return 0; }\n' >"$tmp/hello.cc" &&
    ${CXX:-g++} -std=c++17 -Wall -Wextra -Werror -fsyntax-only $(pc --cflags) "$tmp/hello.cc"
}

exports() { # what leaves the shared library stands in a public header
    nm -D --defined-only "$root$prefix/lib/libpeal.so" | awk '$2 ~ /[TDBR]/ { sub(/@.*/, "", $3); print $3 }' | sort -u >"$tmp/exported" &&
    cat "$root$prefix"/include/peal/*.h | grep -o '\<peal_[a-z0-9_]*(' | tr -d '(' | sort -u >"$tmp/declared" &&
    [ -s "$tmp/exported" ] && ! comm -23 "$tmp/exported" "$tmp/declared" | grep .
}

skeleton() { # the documentation's device builds without a warning, loads, and is refused as it says
    sed -n '/^## A skeleton/,/^## The functions/p' docs/writing-a-device.md |
        sed -n '/^```c$/,/^```$/p' | sed '/^```/d' >"$tmp/mine.c" &&
    (cd "$tmp" && $cc -std=c11 -Wall -Wextra -Werror -shared -fPIC -o mine.so mine.c $(pc --cflags)) &&
    ! "$root$prefix/bin/peal" run tests/jobs/nop.job --backend="$tmp/mine.so" >"$tmp/said" 2>&1 &&
    cat "$tmp/said" && grep -q 'contract' "$tmp/said"
}

jobs() { # the command finds the installed jobs, all of them, from anywhere
    (cd "$tmp" && "$root$prefix/bin/peal" conformance --backend=ref --seeds 0) >"$tmp/tap" &&
    [ "$(grep -c "^ok .*job .*$prefix/bin/../share/peal/jobs/" "$tmp/tap")" = "$(ls tests/jobs/*.job | wc -l)" ]
}

refuses() { # words of the message, settings...: neither installs nor uninstalls
    words=$1; shift
    for goal in install uninstall; do
        ! make_ "$@" $goal >"$tmp/said" 2>&1 && cat "$tmp/said" && grep -q "$words" "$tmp/said" || return 1
    done
}

no_compiler() { # the package is named
    ! make_ BUILD="$tmp/none" CC=no-such-compiler all >"$tmp/said" 2>&1 &&
    cat "$tmp/said" && grep -q 'apt-get install build-essential' "$tmp/said"
}

empty() { [ -z "$(find "$root" ! -type d -o -name peal -path "$root$prefix/*")" ]; }

cp tests/install/hello.c "$tmp"
case_ no-compiler no_compiler
case_ refuses-blanks refuses 'PREFIX.*blanks' PREFIX='/opt/my peal'
case_ refuses-relative refuses 'PREFIX.*absolute' PREFIX=opt/peal LIBDIR=/opt/peal/lib
case_ refuses-libdir refuses 'LIBDIR.*absolute' LIBDIR=lib
case_ install make_ install
case_ version version
case_ exports exports
case_ jobs jobs
case_ shared shared
case_ skeleton skeleton
case_ static static
if command -v "${CXX:-g++}" >/dev/null; then case_ c++ cxx; fi
for device in ref $(ls "$root$prefix/lib/peal" 2>/dev/null | sed -n 's/^peal-\([a-z]*\)\.so$/\1/p'); do
    case_ "run-command-$device" sh -c "'$root$prefix/bin/peal' backends | grep -w '$device'"
    "$root$prefix/bin/peal" backends | grep -q "^$device  *ready" || continue # it cannot run on this machine
    case_ "run-shared-$device" env LD_LIBRARY_PATH="$root$prefix/lib" "$tmp/hello-shared" "$device"
    case_ "run-static-$device" env PEAL_BACKEND_DIR="$root$prefix/lib/peal" "$tmp/hello-static" "$device"
done
case_ uninstall make_ uninstall
case_ empty empty
exit $failed
