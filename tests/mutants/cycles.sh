#!/bin/sh
# SPDX-License-Identifier: MIT
#
# cycles.sh PEAL DEVICE - the jobs of bench/rtl take no more cycles a descriptor than docs/engine.md
# says they do at a latency of 10. Cycle counts are exact.
set -eu
peal=$1 device=$2
dir=$(dirname "$0")/../../bench/rtl
status=0
while read -r job most; do
	cycles=$("$peal" run "$dir/$job.job" --backend="$device" --timeout 4 --latency 10 --quantum 1024 --json |
		sed -n 's/.*"cycles_per_descriptor": \([0-9.]*\).*/\1/p')
	awk -v got="${cycles:-0}" -v most="$most" 'BEGIN { exit !(got > 0 && got <= most) }' || {
		echo "mismatch: $job: ${cycles:-no} cycles a descriptor, not $most at most"
		status=1
	}
done <<END
echo 1.005
echo-8-queues 1.025
copy-64 2.015
copy-4k 65.10
decode 60.7
END
exit $status
