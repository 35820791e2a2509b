#!/bin/sh
# SPDX-License-Identifier: MIT
#
# which.sh PEAL - the choice of a GPU: the first by name, one that is not there, and two
# processes that share one.
set -eu
. tests/cli/lib
job=tests/jobs/copy.job
"$peal" run $job --backend=cuda --gpu 0 --check >"$tmp/out" 2>"$tmp/err" || {
	[ $? = 77 ] && skip "$(cat "$tmp/err")"
	bad "--gpu 0"
}
exits 2 "a GPU that is not there" "$peal" run $job --backend=cuda --gpu 1000 --check
says "there is no GPU 1000: this host has"
exits 2 "no number" "$peal" run $job --backend=cuda --gpu first --check
"$peal" run tests/jobs/mix.job tests/jobs/long.job --backend=cuda --check >"$tmp/beside" 2>&1 &
exits 0 "two processes on one GPU" "$peal" run tests/jobs/mix.job tests/jobs/long.job --backend=cuda --check
wait $! || bad "the other process: $(cat "$tmp/beside")"
