#!/bin/sh
# SPDX-License-Identifier: MIT
#
# planted.sh MATRIX LIAR - the matrix finds what is planted (tests/unit/plugin/peal-liar.c, a
# planned fault), shows both views and a command that shows it again, and nothing else.
set -eu
. tests/cli/lib
liar=$2
matrix() { exits "$1" "$2" "$peal" -d "$3" "$tmp/$4.job"; }

job fifo <<'X'
region src 4096 r seed=1
region dst 65536
queue q
fill q b=dst+64 len=100 pattern=0x11111111
crc32c q a=src len=64 seed=0
copy q a=src b=dst+65472 len=64
X
sed 's/^queue q/& order=none/' "$tmp/fifo.job" >"$tmp/none.job"

matrix 0 "an honest device" "$liar" fifo
prints "PASS"
matrix 1 "a result" "$liar:lie=result" fifo
prints "completion of descriptor 1, queue q"
prints "descriptor crc32c"
prints "words      000000"
prints "$liar"
prints "  ref        OK, result 0x"
prints "1 differences"
prints "or: peal run $tmp/fifo.job --backend=$liar --params lie=result"
again=$(sed -n 's/^reproduce: //p' "$tmp/out")
exits 1 "what is printed shows it again" sh -c "$again"
prints "completion of descriptor 1, queue q"
matrix 1 "a status" "$liar:lie=status,at=2" fifo
prints "MISCOMPARE"
sed "s/dst+65472/dst+65408/" "$tmp/fifo.job" >"$tmp/other.job"
matrix 1 "a byte that nobody writes" "$liar:lie=byte,at=2" other
prints "memory dst+0xffff"
matrix 1 "a byte that a descriptor wrote" "$liar:lie=byte,at=2" fifo
prints "the last descriptor that writes there is 2"
matrix 1 "two that change places in order FIFO" "$liar:lie=swap,at=1" fifo
prints "out of order (status OK, index 1, expected 0)"
matrix 0 "two that change places in order NONE" "$liar:lie=swap,at=1" none

matrix 1 "a fault on the bus" ref:fault=read:2 fifo
prints "READ"
if [ -e build/backends/peal-rtl.so ]; then
	matrix 1 "a fault on the bus of the RTL" rtl:fault=read:2 fifo
	prints ", by cycle "
fi
exits 1 "in a random job" "$peal" -d "$liar:lie=result,at=9" -s 3 -n 100 -q 2
prints "or: peal gen --seed 3 --count 100 --queues 2 --invalid 10 | peal run - --backend=$liar"
exits 2 "no number" "$peal" -n x
says "usage: matrix"
exits 2 "a job that is not there" "$peal" "$tmp/none-such.job"
says "No such file"
