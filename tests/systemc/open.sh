#!/bin/sh
# SPDX-License-Identifier: MIT
# A model that does not come up says why and leaves the kernel to the next one.
set -eu
. tests/cli/lib

"$peal" backends | grep -q '^systemc  *ready' || skip "the systemc backend is not built"
refused() { # EXIT TEXT PARAMS
	exits "$1" "$3" timeout 20 "$peal" run tests/jobs/nop.job tests/jobs/nop.job --backend=systemc --params "$3"
	says "$2"
}
refused 2 "/nope/log" buslog=/nope/log
refused 2 "fault=" fault=nosuch:1
refused 2 "no hang in mode=lt" mode=lt,fault=read:1:hang
refused 2 "must be a number from 1 to 64" queues=65
refused 2 "must be at or lt" mode=xt
refused 2 "unknown parameter 'frob'" frob=1
exits 0 "a log that can be written" "$peal" run tests/jobs/nop.job --backend=systemc --params "buslog=$tmp/log"
grep -q ' AR 0x' "$tmp/log" || bad "the log has no burst"
