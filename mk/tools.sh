#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tools.sh - what the build needs, once: how to look for it, its Debian package,
# and what is left out without it.
#
#   tools.sh probe                 make variables HAVE_<name> := yes|no
#   tools.sh table                 a line for each tool, with the command to install it
#   tools.sh missing NAME...       those of NAME that are not here; exit 1 if any
#   tools.sh need NAME...          the same, with what is lost and the command to install them
#   tools.sh bootstrap [NAME...]   installs their Debian packages (default: all)
#
# CC, CXX and NVCC name the compilers. BOOTSTRAP=0 forbids installing anything.

set -u

CC=${CC:-gcc} CXX=${CXX:-g++}

# name        found by                package          without it
table='
gcc           cmd:$CC                 build-essential         nothing can be built
python3       cmd:python3             python3          no test runs
g++           cmd:$CXX                g++              no rtl backend, no C++ peers in bench-ring
verilator     cmd:verilator           verilator        no rtl backend: sim-rtl and test-rtl-bridge cannot run
zlib          h:zlib.h                zlib1g-dev       no rtl backend (it writes FST waves)
iverilog      cmd:iverilog            iverilog         no icarus backend, and the RTL is not elaborated by a second tool
yosys         cmd:yosys               yosys            the RTL is not elaborated by a third tool, no make synth and formal
z3            cmd:z3                  z3               no make formal
cmocka        h:cmocka.h              libcmocka-dev    no unit tests
pkg-config    cmd:pkg-config          pkg-config       no test of the installed library
spin          cmd:spin                spin             no protocol model is checked
isal          h:isa-l.h               libisal-dev      no cross-check of CRC32C against ISA-L
dpdk          pc:libdpdk              libdpdk-dev      bench-ring leaves out rte_ring
boost         hpp:boost/lockfree/spsc_queue.hpp libboost-dev bench-ring leaves out spsc_queue
ck            h:ck_ring.h             libck-dev        bench-ring leaves out ck_ring
systemc       hpp:systemc             libsystemc-dev   no systemc backend
gnuplot       cmd:gnuplot             gnuplot-nox      peal explore leaves its data and draws nothing
clang         cmd:clang              clang            no make fuzz
lcov          cmd:genhtml            lcov             no make coverage
ccache        cmd:ccache             ccache           make mutants compiles more than once what is the same
clang-format  cmd:clang-format        clang-format     no make format-check
nvcc          nvcc:                   -                no cuda backend
'

rows() { printf '%s\n' "$table" | sed '/^$/d'; }
row() { rows | awk -v n="$1" '$1 == n'; }
names() { rows | awk '{ print $1 }'; }
package() { row "$1" | awk '{ print $3 }'; }

# One run of the preprocessor answers for all headers of a language.
headers() { # kind, compiler...
    kind=$1; shift
    command -v "$1" >/dev/null 2>&1 || return 0
    rows | sed -n "s/^\([^ ]*\)  *$kind:\([^ ]*\).*/#if __has_include(<\2>)\n\1\n#endif/p" |
        "$@" -E -P - 2>/dev/null
}

nvcc_path() {
    command -v "${NVCC:-nvcc}" 2>/dev/null || { [ -x /usr/local/cuda/bin/nvcc ] && echo /usr/local/cuda/bin/nvcc; }
}

found() { # how -> exit 0 if it is here
    case $1 in
    cmd:\$CC) command -v ${CC%% *} ;; # of "ccache gcc" the first
    cmd:\$CXX) command -v ${CXX%% *} ;;
    cmd:*) command -v "${1#cmd:}" ;;
    pc:*) pkg-config --exists "${1#pc:}" ;;
    nvcc:) nvcc_path ;;
    esac >/dev/null 2>&1
}

present() { # the names that are here
    here=" $(headers h $CC -x c; headers hpp $CXX -x c++) "
    here=$(printf '%s' "$here" | tr '\n' ' ')
    rows | while read -r name how rest; do
        case $how in
        h:* | hpp:*) case $here in *" $name "*) echo "$name" ;; esac ;;
        *) if found "$how"; then echo "$name"; fi ;;
        esac
    done
}

absent() { # of the names given, those that are not here
    have=" $(present | tr '\n' ' ')"
    for name; do
        case $have in *" $name "*) ;; *) echo "$name" ;; esac
    done
}

probe() {
    have=" $(present | tr '\n' ' ')"
    for name in $(names); do
        case $have in *" $name "*) answer=yes ;; *) answer= ;; esac
        printf 'HAVE_%s := %s\n' "$name" "$answer"
    done
    printf 'NVCC_FOUND := %s\n' "$(nvcc_path)"
}

show_table() {
    have=" $(present | tr '\n' ' ')"
    rows | while read -r name how deb without; do
        case $have$deb in
        *" $name "*) printf '  ✓ %s\n' "$name" ;;
        *-) printf '  → %-13s %s; get it: https://developer.nvidia.com/cuda-downloads\n' "$name" "$without" ;;
        *) printf '  ✗ %-13s %s; get it: apt-get install %s\n' "$name" "$without" "$deb" ;;
        esac
    done
    lost=$(absent $(names | grep -vx nvcc))
    [ -z "$lost" ] || printf '  → all of them: make bootstrap\n'
}

need() { # names; exit 1 if one is not here
    for name in $(absent "$@"); do
        row "$name" | while read -r name how deb without; do
            printf '%s is not here, %s: apt-get install %s\n' "$name" "$without" "$deb" >&2
        done
        lost=yes
    done
    [ -z "${lost:-}" ]
}

root() { # how to become root, or exit 1
    if [ "$(id -u)" = 0 ]; then
        echo env
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        echo sudo -n env
    else
        return 1
    fi
}

give_up() { # why, packages
    printf 'bootstrap: %s; install these yourself:\n    apt-get install %s\n' "$1" "$2" >&2
    exit 1
}

bootstrap() {
    lost=$(absent "$@")
    case " $(echo $lost) " in
    *" nvcc "*)
        echo 'bootstrap: the CUDA toolkit is not in Debian; get it from https://developer.nvidia.com/cuda-downloads'
        lost=$(printf '%s\n' "$lost" | grep -vx nvcc) ;;
    esac
    [ -n "$lost" ] || return 0
    debs=$(for name in $lost; do package "$name"; done | sort -u | tr '\n' ' ')
    debs=${debs% }
    echo "bootstrap: missing: $(echo $lost)"
    [ "${BOOTSTRAP:-1}" != 0 ] || give_up 'BOOTSTRAP=0 forbids installing' "$debs"
    command -v apt-get >/dev/null 2>&1 || give_up 'there is no apt-get here' "$debs"
    as=$(root) || give_up 'not root, and sudo wants a password' "$debs"
    echo "bootstrap: installing Debian packages: $debs"
    set -- DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=120
    $as "$@" update </dev/null || echo 'bootstrap: apt-get update failed; trying with the lists at hand' >&2
    $as "$@" install --no-install-recommends $debs </dev/null || give_up 'apt-get failed' "$debs"
    lost=$(absent $lost)
    [ -z "$lost" ] || give_up "installed, but still not found: $(echo $lost)" "$debs"
}

case ${1:-} in
probe) probe ;;
table) show_table ;;
need) shift; need "$@" ;;
missing) shift; absent "$@"; [ -z "$(absent "$@")" ] ;;
bootstrap)
    shift
    if [ $# -gt 0 ]; then bootstrap "$@"; else bootstrap $(names) && echo 'bootstrap: all Debian packages are here'; fi ;;
*) sed -n '3,14s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
