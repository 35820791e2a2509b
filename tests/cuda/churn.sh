#!/bin/sh
# SPDX-License-Identifier: MIT
#
# churn.sh PEAL BACKEND - queues that come and go while others are loaded: each maps memory, which
# ends and restarts a kernel at work. Random jobs of 8 queues, one after the other.
set -eu
. tests/cli/lib
backend=$2
"$peal" run tests/jobs/nop.job --backend="$backend" --no-check >"$tmp/out" 2>"$tmp/err" || {
	[ $? = 77 ] && skip "$(cat "$tmp/err")"
	bad "a first run"
}
for seed in 1 2 3 4 5 6; do
	for options in "--mix" "--matched --order none --ops nop,echo" \
		"--matched --order none --ops nop,echo,copy --invalid 2"; do
		# shellcheck disable=SC2086
		"$peal" gen --seed $seed --count 20000 --queues 8 $options >"$tmp/churn.job"
		exits 0 "seed $seed, $options" "$peal" run "$tmp/churn.job" --backend="$backend" --check
	done
done
