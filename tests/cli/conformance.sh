#!/bin/sh
# SPDX-License-Identifier: MIT
# The conformance suite on the reference device: TAP, all well; and options that make no sense.
set -eu
. tests/cli/lib

exits 0 "conformance" "$peal" conformance --seeds 1 --count 200
prints "TAP version 13"
prints "ok 1 - identification registers"
grep -q '^not ok' "$tmp/out" && bad "not all pass"
tests=$(grep -c '^ok ' "$tmp/out")
prints "1..$tests"
[ "$tests" -gt 20 ] || bad "only $tests cases"
exits 0 "threaded" "$peal" conformance --threaded --seeds 1
exits 0 "with a job" "$peal" conformance --seeds 0 tests/jobs/mix.job
prints "job tests/jobs/mix.job"
echo "nonsense" >"$tmp/n.job"
exits 2 "with a bad job" "$peal" conformance --seeds 0 tests/jobs/mix.job "$tmp/n.job"
says "n.job:1: not a job"
silent out
exits 2 "with a job that is not there" "$peal" conformance --seeds 0 "$tmp/none.job"
says "none.job: No such file"
silent out
exits 2 "an unknown backend" "$peal" conformance --backend=warp
says "no device 'warp'"
