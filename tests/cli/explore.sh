#!/bin/sh
# SPDX-License-Identifier: MIT
# peal explore: figures that say what they must, files, and a machine without gnuplot.
set -eu
. tests/cli/lib

exits 2 "a word too many" "$peal" explore now
says "'now' is no option"
exits 2 "too few descriptors" "$peal" explore --count 5
code=0
"$peal" explore --backend nosuch >"$tmp/out" 2>"$tmp/err" || code=$?
[ $code = 2 ] || [ $code = 77 ] || bad "no such device: exit $code"
says "nosuch"
ok "no such device (exit $code)"
"$peal" backends | grep -q '^systemc  *ready' || skip "the systemc backend is not built"
exits 2 "a parameter that is none" "$peal" explore --out "$tmp/none" --params frob=1
says "frob"
exits 2 "a folder that cannot be" "$peal" explore --out /dev/null/x
says "/dev/null/x"

# No gnuplot: what is there is left, and said. PATH has nothing at all.
exits 0 "explore without gnuplot" env PATH=/nonexistent "$peal" explore --out "$tmp/ex" --samples 5 --count 600
prints "gnuplot is not here"
for name in round-trip fetch-depth bandwidth queues; do
	[ -s "$tmp/ex/$name.dat" ] && [ -s "$tmp/ex/$name.gp" ] || bad "$name: no data or no script"
done
ok "data and scripts"

# value FILE X COLUMN: of the row that begins with X
value() { awk -v x="$2" -v n="$3" '$1 == x { print $n }' "$tmp/ex/$1.dat"; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }' || bad "$3: not $1 < $2"; ok "$3"; }

# A doorbell crosses the link once, the fetch twice, the completion once.
less "$(awk -v a="$(value round-trip 800 2)" -v b="$(value round-trip 400 2)" \
	'BEGIN { d = a - b - 4 * 400; print d < 0 ? -d : d }')" 20 "a round trip is four ways of the link"
less "$(value round-trip 400 3)" "$(value round-trip 400 2)" "polling saves the doorbell's way"
less "$(value fetch-depth 400 2)" "$(value fetch-depth 400 4)" "depth hides latency"
less "$(value bandwidth 8 4)" "$(value bandwidth 32 4)" "bandwidth carries COPY"
less "$(value queues 1 2)" "$(value queues 8 2)" "queues hide latency"

command -v gnuplot >/dev/null 2>&1 || exit 0
exits 0 "explore with gnuplot" "$peal" explore --out "$tmp/ex" --samples 3 --count 300
for name in round-trip fetch-depth bandwidth queues; do
	grep -q '<svg' "$tmp/ex/$name.svg" || bad "$name.svg is no picture"
done
ok "pictures"
