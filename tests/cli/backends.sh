#!/bin/sh
# SPDX-License-Identifier: MIT
# Devices: what is there, what is missing and why, and names that mean nothing.
set -eu
. tests/cli/lib
echo "queue q
nop q" | job nop

exits 0 "backends" "$peal" backends
prints "ref        ready"
exits 0 "backends --json" "$peal" backends --json
prints '"ref": {"ready": true'
exits 2 "an unknown backend" "$peal" run "$tmp/nop.job" --backend=warp
says "backend warp: no device 'warp'"
says "nop.job"
exits 2 "a plug-in that is not there" "$peal" run "$tmp/nop.job" --backend=./none.so
says "none.so"
echo junk >"$tmp/junk.so"
exits 2 "a plug-in that cannot be loaded" "$peal" run "$tmp/nop.job" --backend="$tmp/junk.so"
says "cannot load"
exits 2 "conformance of it" "$peal" conformance --backend="$tmp/junk.so"
exits 2 "a folder is no plug-in" "$peal" run "$tmp/nop.job" --backend="$tmp"
says "cannot load $tmp: not a regular file"
mkfifo "$tmp/pipe"
exits 2 "a pipe is no plug-in" timeout 10 "$peal" run "$tmp/nop.job" --backend="$tmp/pipe"
says "not a regular file"
mkdir "$tmp/plugins"
cp "$tmp/junk.so" "$tmp/plugins/peal-cuda.so"
exits 77 "a known device that does not load here" env PEAL_BACKEND_DIR="$tmp/plugins" \
	"$peal" run "$tmp/nop.job" --backend=cuda
says "cannot load"

for option in --latency=5 --stall=10 --trace="$tmp/waves.fst"; do
	exits 0 "ref with $option" "$peal" run "$tmp/nop.job" --json $option
	says "peal run: ref has no bus: ${option%%=*} has no effect"
done
exits 0 "conformance of ref with --stall" "$peal" conformance --seeds 0 --stall 10 tests/jobs/nop.job
says "peal conformance: ref has no bus: --stall has no effect"
exits 0 "ref without them" "$peal" run "$tmp/nop.job"
silent err

# Away from the tree the command finds no other device: known ones are missing, not wrong.
cp "$peal" "$tmp/peal"
exits 77 "a device that is not built" env -u PEAL_BACKEND_DIR "$tmp/peal" run "$tmp/nop.job" --backend=rtl
says "verilator"
exits 0 "ref needs nothing" env -u PEAL_BACKEND_DIR "$tmp/peal" run "$tmp/nop.job"
exits 0 "backends says why" env -u PEAL_BACKEND_DIR "$tmp/peal" backends
prints "rtl        missing"

exits 2 "a parameter the device does not know" "$peal" run "$tmp/nop.job" --params speed=9
says "speed"
exits 0 "a seed goes with every device" "$peal" run "$tmp/nop.job" --seed 9
exits 0 "threaded" "$peal" run "$tmp/nop.job" --threaded
prints "ref, threaded"
