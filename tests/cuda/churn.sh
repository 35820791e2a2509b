#!/bin/sh
# SPDX-License-Identifier: MIT
# churn.sh PEAL BACKEND - queues that come and go while others are loaded: each maps memory, which ends
# and restarts a kernel that serves wide queues. Random jobs of 8 queues, many at once.
set -eu
peal=$1 backend=$2
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
for seed in 1 2 3 4 5 6; do
    for options in "--mix" "--matched --order none --ops nop,echo" "--matched --order none --ops nop,echo,copy --invalid 2"; do
        # shellcheck disable=SC2086
        "$peal" gen --seed $seed --count 20000 --queues 8 $options >"$tmp"
        "$peal" run "$tmp" --backend="$backend" --check >"$tmp.out" 2>&1 || { cat "$tmp.out"; echo "seed $seed, $options"; exit 1; }
    done
done
rm -f "$tmp.out"
