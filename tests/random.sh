#!/bin/sh
# SPDX-License-Identifier: MIT
#
# random.sh PEAL BACKEND SEED COUNT QUEUES - a random job, a tenth of it malformed on
# purpose, on a device with stalls; completions and memory must be those of the
# reference model. Even seeds mix all orders, flags and modes of queues, odd ones are
# FIFO and loud. On failure the job stays where the last line says.
set -eu

peal=$1 backend=$2 seed=$3 count=$4 queues=$5
mix=
[ $((seed % 2)) = 1 ] || mix=--mix
place=host
[ $((seed % 3)) != 0 ] || place=mixed
job=$(mktemp "${TMPDIR:-/tmp}/peal-random-XXXXXX.job")
"$peal" gen --seed "$seed" --count "$count" --queues "$queues" --invalid 10 $mix >"$job"
status=0
"$peal" run "$job" --backend="$backend" --check --seed "$seed" --stall 25 --place=$place \
    --latency $((seed % 7 * 10 + 1)) || status=$?
case $status in
0 | 77) rm -f "$job" ;;
*) echo "the job: $job" ;;
esac
exit $status
