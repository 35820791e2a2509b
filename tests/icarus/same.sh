#!/bin/sh
# SPDX-License-Identifier: MIT
#
# same.sh PEAL PARAMS JOB... - the jobs on rtl and icarus: equal trace hashes and cycles.
set -eu
peal=$1 params=$2 failed=0
shift 2
out=$(mktemp)
trap 'rm -f "$out"' EXIT

show() { # backend job
	"$peal" run "$2" --backend="$1" ${params:+--params "$params"} --json >"$out" || return 1
	sed -n 's/.*"trace_hash": *"\{0,1\}\([0-9a-fx]*\).*/hash \1/p; s/.*"cycles": *\([0-9]*\).*/cycles \1/p' "$out" | head -2
}

for job; do
	want=$(show rtl "$job") && got=$(show icarus "$job") || { echo "FAILED: $job does not run"; failed=1; continue; }
	case $want in
	*hash*cycles* | *cycles*hash*) ;;
	*) echo "FAILED: $job: rtl shows no hash and cycles: $want"; failed=1; continue ;;
	esac
	if [ "$want" = "$got" ]; then
		echo "ok: $job:" $got
	else
		echo "FAILED: $job: rtl" $want, icarus $got
		failed=1
	fi
done
exit $failed
