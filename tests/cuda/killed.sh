#!/bin/sh
# SPDX-License-Identifier: MIT
#
# killed.sh PEAL BENCH - a host that dies with kill -9 while the GPU is loaded leaves no kernel
# behind: its process is gone from the GPU soon, and the next one finds the GPU free.
set -eu
. tests/cli/lib
bench=$2
"$peal" run tests/jobs/nop.job --backend=cuda --no-check >"$tmp/out" 2>"$tmp/err" || {
	[ $? = 77 ] && skip "$(cat "$tmp/err")"
	bad "a first run"
}
for round in 1 2 3; do
	"$bench" -n 1000 -s 60 >"$tmp/bench" 2>&1 &
	pid=$!
	for wait in 1 2 3 4 5 6 7 8 9 10; do
		grep -q stream "$tmp/bench" 2>/dev/null && break
		sleep 0.3
	done
	kill -0 $pid || bad "it ended by itself: $(cat "$tmp/bench")"
	kill -9 $pid
	wait $pid 2>/dev/null || true
	exits 0 "round $round: the next run" timeout 20 "$peal" run tests/jobs/mix.job --backend=cuda --check
	if command -v nvidia-smi >/dev/null; then
		left=$(nvidia-smi --query-compute-apps=pid --format=csv,noheader | grep -cx " *$pid *" || true)
		[ "$left" = 0 ] || bad "process $pid is still on the GPU"
		ok "no process of it is left on the GPU"
	fi
done
