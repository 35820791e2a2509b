#!/bin/sh
# SPDX-License-Identifier: MIT
#
# digests.sh PEAL BACKEND [OPTION...] - the jobs of tests/jobs give the digests in tests/jobs/digests,
# which every device must give: so a run here is compared with one that was made elsewhere.
# `digests.sh --write PEAL` writes them anew, from the reference.
set -eu
export LC_ALL=C # of sort
cd "$(dirname "$0")/.."
tmp=$(mktemp)
trap 'rm -f "$tmp" "$tmp.out"' EXIT

digests() { # peal, options...
    peal=$1; shift
    status=0
    "$peal" run tests/jobs/*.job --digest --no-check "$@" >"$tmp.out" 2>&1 || status=$?
    [ $status = 0 ] || { cat "$tmp.out"; exit $status; }
    sed -n 's,^\([0-9a-f]\{64\}\)  tests/jobs/,\1  ,p' "$tmp.out" | sort -k2
}

if [ "$1" = --write ]; then
    digests "$2" --backend=ref >"$tmp"
    cp "$tmp" tests/jobs/digests
    exit
fi
peal=$1 backend=$2
shift 2
digests "$peal" --backend="$backend" "$@" >"$tmp"
diff tests/jobs/digests "$tmp"
