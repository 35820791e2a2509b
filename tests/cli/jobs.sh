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
