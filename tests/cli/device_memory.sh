#!/bin/sh
# SPDX-License-Identifier: MIT
# Regions in the device's own memory: --place, the same digests, and what is refused.
set -eu
. tests/cli/lib

exits 0 "a job that asks for it" "$peal" run tests/jobs/device-memory.job --digest
cut -d' ' -f1 "$tmp/out" | head -n 1 >"$tmp/want"
for place in host device mixed; do
	exits 0 "everything in $place" "$peal" run tests/jobs/device-memory.job --digest --place "$place"
	grep -qf "$tmp/want" "$tmp/out" || bad "--place $place changes the digest"
done
exits 0 "rollouts, mixed" "$peal" run tests/jobs/rollout-many.job tests/jobs/mix.job --place=mixed
exits 0 "real files" "$peal" run --files docs --place=device
exits 0 "real files, mixed" "$peal" run --files docs --place=mixed --threaded
exits 0 "a trace" "$peal" run --llm-trace tests/cli/synthetic-trace.csv --place=device
exits 0 "the conformance suite" "$peal" conformance --seeds 1 --place=mixed tests/jobs/copy.job
prints "job device-memory"

exits 2 "no such place" "$peal" run tests/jobs/copy.job --place=gpu
says "--place: 'gpu' is none of host, device and mixed"
silent out
exits 2 "no such place" "$peal" conformance --place=
says "--place"
job big <<'X'
region small 4096
region big 4M place=device
queue q
copy q a=small+0 b=big+0 len=4096
X
exits 0 "room enough" "$peal" run "$tmp/big.job" --params memory=4M
exits 2 "more than the device has" "$peal" run "$tmp/big.job" --params memory=1M
says "big.job:3: region big: device 'ref' has no room for 4194304 bytes: its own memory is full"
exits 2 "a size that is none" "$peal" run "$tmp/big.job" --params memory=lots
says "memory=lots: expected a size"
printf 'peal-job 1\nregion r 64 place=moon\nqueue q\nnop q\n' >"$tmp/moon.job"
exits 2 "a place that is none" "$peal" run "$tmp/moon.job"
says "moon.job:2: place: 'moon' is neither host nor device"
printf 'peal-job 1\nregion r 64\nalias a of r+0 8 place=device\nqueue q\nnop q\n' >"$tmp/alias.job"
exits 2 "an alias has no place of its own" "$peal" run "$tmp/alias.job"
says "alias: 'place=device' is not a word of it"
printf 'peal-job 1\nregion r 2G place=device\nqueue q\nnop q\n' >"$tmp/huge.job"
exits 2 "too large" "$peal" run "$tmp/huge.job"
says "huge.job:2: bytes: 2G is more than 1073741824"
