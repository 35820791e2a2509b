#!/bin/sh
# SPDX-License-Identifier: MIT
# The shipped jobs: every .expect is held against the reference device, in both modes.
set -eu
. tests/cli/lib

for job in tests/jobs/*.job; do
	exits 0 "$job" "$peal" run "$job"
	prints "PASS"
done
exits 0 "all at once, threaded" "$peal" run tests/jobs/*.job --threaded
grep -q FAIL "$tmp/out" && bad "one fails"
for expect in tests/jobs/*.expect; do
	[ -e "${expect%.expect}.job" ] || bad "$expect without its job"
done
exits 0 "all with the smallest quantum" "$peal" run tests/jobs/*.job --quantum 1

# A device without a clause cannot run a job that needs it: 77, with the line.
plugin=$(dirname "$peal")/../unit/peal-faulty.so
[ -e "$plugin" ] || exit 0
for needs in "queue q order=actor" "queue q order=none" "queue q matched" "queue q suppress"; do
	{ echo "$needs"; echo "nop q"; } | job lacks
	exits 77 "$needs" "$peal" run "$tmp/lacks.job" --backend="$plugin" --params fault=plain
	says "lacks.job:2: queue q"
	silent out
done
for flag in FENCE SILENT EVENT; do
	{ echo "queue q"; echo "nop q flags=$flag"; } | job lacks
	exits 77 "$flag" "$peal" run "$tmp/lacks.job" --backend="$plugin" --params fault=plain
	says "lacks.job:3: backend"
	says "lacks clause $flag"
done
