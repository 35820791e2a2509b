#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sanitize.sh PEAL TOOL SECONDS JOB... - jobs on the cuda backend under a tool of compute-sanitizer
# (memcheck, initcheck, synccheck), with longer limits and fewer movers; what it
# finds fails. Everything is checked against the reference as ever.
set -eu
. tests/cli/lib
tool=$2 seconds=$3
shift 3
command -v compute-sanitizer >/dev/null || skip "compute-sanitizer is not here"
"$peal" run tests/jobs/nop.job --backend=cuda --no-check >"$tmp/out" 2>"$tmp/err" || {
	[ $? = 77 ] && skip "$(cat "$tmp/err")"
	bad "a first run"
}
exits 0 "$tool: $*" timeout "$seconds" compute-sanitizer --tool "$tool" --error-exitcode 99 \
	"$peal" run "$@" --backend=cuda --check --timeout 600 \
	--params patience=300,movers=2,arena=4M,pinned=4M
grep -E "ERROR SUMMARY|RACECHECK SUMMARY" "$tmp/out"
