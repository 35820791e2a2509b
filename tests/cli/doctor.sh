#!/bin/sh
# SPDX-License-Identifier: MIT
# doctor: tools, devices, memory and cores, and what a missing part needs.
set -eu
. tests/cli/lib

exits 0 "doctor" "$peal" doctor
for part in machine cores memory "huge pages" "NUMA nodes" tools verilator devices ref CRC32C; do
	prints "$part"
done
exits 0 "doctor on a machine without tools" env PATH=/nowhere "$peal" doctor
prints "missing; needed for the rtl device: apt install verilator"
