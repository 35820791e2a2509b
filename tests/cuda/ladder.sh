#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ladder.sh - the ladder with a host that plays the GPU (tests/cuda/emulate): every rung and
# every rival passes its checks, and each way to be wrong is caught.
#
#   ladder.sh PROGRAM
#
# Its times are those of the emulation and are not looked at.

set -u

program=$1
out=$(mktemp) json=$(mktemp)
trap 'rm -f "$out" "$json"' EXIT
failed=0

verdict() { # name, what went wrong or nothing
    printf '%-72s %s\n' "$1" "$([ "$2" ] && echo FAIL || echo PASS)"
    if [ "$2" ]; then
        echo "  $2"
        cat "$out"
        failed=1
    fi
}

expect() { # name, exit status, text in the output, arguments...
    name=$1 status=$2 text=$3
    shift 3
    timeout 280 "$program" "$@" >"$out" 2>&1
    got=$?
    problem=
    [ $got -eq "$status" ] || problem="exit $got instead of $status"
    grep -q -- "$text" "$out" || problem="$problem; no '$text' in its output"
    verdict "$name" "$problem"
}

rows() { # python expression over `d`
    python3 -c "import json; d = json.load(open('$json')); assert $1, d"
}

fast="-n 20 -s 0.02 -w 30 -t 250 -d ref"
expect 'all rungs' 0 v7-64 $fast -j "$json" ladder
rows "d['complete'] and len(d['rows']) == 11 and all(r['checked'] > 4096 + 20 for r in d['rows'])" ||
    verdict 'the JSON of the rungs' 'not as it should be'
expect 'all rivals but Peal on a GPU' 0 ringkernel $fast -r 7 -j "$json" launches graph stream-wait stream-write ringkernel peal
rows "[r['name'] for r in d['rows']] == ['launches', 'graph', 'stream-wait', 'stream-write', 'ringkernel', 'peal']" ||
    verdict 'the JSON of the rivals' 'not as it should be'
expect 'a small ring, another seed, completions fetched ahead' 0 v6-2 $fast -r 3 -e 99 -a 2 v4 v5-2 v5b-8 v6-2

quick="-n 20 -s 0.02 -w 1 -t 60"
for fault in cookie status result; do
    EMULATE_FAULT=$fault expect "a wrong $fault is caught" 1 'FAIL: index 499: cookie' $fast v4
done
EMULATE_FAULT=index expect 'a wrong index is caught' 1 'FAIL: a completion with another index' $fast v4
for fault in drop tag place; do
    EMULATE_FAULT=$fault expect "a completion that does not come is caught ($fault)" 1 \
        'FAIL: check: no completion' $quick v4
done
EMULATE_FAULT=count expect 'an execution that is not counted is caught' 1 'published, .* executed' $fast v4
EMULATE_FAULT=hang expect 'a kernel that does not end is given up, the rest is left out' 1 \
    'the rest is left out' $quick v4 v5-2
expect 'the watchdog ends the program' 1 'are over during v4' -s 60 -n 100000000 -t 4 -w 30 -j "$json" v4
rows "not d['complete']" || verdict 'the JSON of a run that was cut short' 'not as it should be'
expect 'an unknown name' 2 "there is no 'v9'" v9
expect 'a wrong option' 2 usage: -r 16
expect 'a GPU that is not there' 1 'choosing the GPU' -g 3 v4
expect 'no such device of libpeal' 1 'FAIL: ' -d nothing peal
exit $failed
