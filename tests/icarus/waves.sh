#!/bin/sh
# SPDX-License-Identifier: MIT
#
# waves.sh PEAL - the waves that vvp writes: VCD and FST, the cycles that were asked for, the
# same cycles as in the bus log; and the paths that are refused.
set -eu
. tests/cli/lib
run() { exits "$1" "$2" "$peal" run tests/jobs/mix.job --backend=icarus --trace "$3" --params "$4"; }
moments() { sed -n 's/^#//p' "$tmp/waves.vcd"; }

run 0 "VCD" "$tmp/waves.vcd" "buslog=$tmp/bus"
# The first address: two units of time a cycle, 16 cycles of reset in front.
at=$(awk '$2 == "wire" || $1 == "$var" { if ($5 == "m_arvalid") name = $4 }
	/^#/ { t = substr($0, 2) } name != "" && $0 == "1" name { print t; exit }' "$tmp/waves.vcd")
cycle=$(sed -n 's/^\([0-9]*\) AR .*/\1/p' "$tmp/bus" | head -1)
[ "$(((at + 1) / 2 - 16))" = "$cycle" ] || bad "m_arvalid rises at $at, the bus log has cycle $cycle"
ok "the cycles of the waves are those of the bus log ($cycle)"

run 0 "VCD of five cycles" "$tmp/waves.vcd" trace_from=100,trace_cycles=5
[ "$(moments | head -1)" = 232 ] && [ "$(moments | tail -1)" = 242 ] || bad "from $(moments | head -1) to $(moments | tail -1)"
ok "they begin at cycle 100 and end at 105"
run 0 "FST" "$tmp/waves.fst" checked=1
[ "$(head -c 1 "$tmp/waves.fst" | od -An -tx1 | tr -d ' ')" = 00 ] && [ "$(wc -c <"$tmp/waves.fst")" -gt 10000 ] ||
	bad "no FST file"
ok "it is an FST file"

run 2 "a folder" "$tmp" checked=0
says "exists and is not a regular file"
run 2 "where nothing can be written" "$tmp/none/x.vcd" checked=0
says "cannot be written: No such file"
exits 2 "trace_from without trace" "$peal" run tests/jobs/nop.job --backend=icarus --params trace_from=7
says "need trace=FILE"
