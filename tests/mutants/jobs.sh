#!/bin/sh
# SPDX-License-Identifier: MIT
#
# jobs.sh PEAL DEVICE - every job of tests/jobs on the device, quick and slow memory.
set -eu
"$1" run tests/jobs/*.job --backend="$2" --timeout 4
"$1" run tests/jobs/*.job --backend="$2" --timeout 4 --stall 40 --latency 100
