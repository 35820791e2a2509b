#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sanitize.sh PEAL TOOL SECONDS COMMAND... - a command that uses the cuda backend under a tool of
# compute-sanitizer (memcheck, initcheck, synccheck). What the tool finds fails, and so
# does a command that fails; 77 is a test that has nothing to do here.
set -eu
. tests/cli/lib
tool=$2 seconds=$3
shift 3
command -v compute-sanitizer >/dev/null || skip "compute-sanitizer is not here"
"$peal" run tests/jobs/nop.job --backend=cuda --no-check >"$tmp/out" 2>"$tmp/err" || {
	[ $? = 77 ] && skip "$(cat "$tmp/err")"
	bad "a first run"
}
export PEAL_TEST_SECONDS=100 # conformance programs give up after 10
code=0
timeout "$seconds" compute-sanitizer --tool "$tool" --error-exitcode 99 "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || code=$?
[ $code != 77 ] || skip "$(grep -v "^=====" "$tmp/out")"
[ $code = 0 ] || bad "$tool: exit $code: $*"
prints "ERROR SUMMARY: 0 errors"
ok "$tool: $*"
