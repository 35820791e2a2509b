#!/bin/sh
# SPDX-License-Identifier: MIT
# Races are found, and named by their descriptors; what is ordered is none.
set -eu
. tests/cli/lib

races() {
	{ printf 'region r 8192\nalias v of r+100 1000\nregion rec 128\nrecord rec+0 max=9\nqueue p depth=8\nqueue q depth=8\n'; cat; } | job race
	exits 2 "$1" "$peal" run "$tmp/race.job"
	says "race: $2:"
	silent out
	exits 0 "$1, --no-check" "$peal" run "$tmp/race.job" --no-check
}
clean() {
	{ printf 'region r 8192\nalias v of r+100 1000\nregion rec 128\nrecord rec+0 max=9\nqueue p depth=8\nqueue q depth=8\n'; cat; } | job clean
	exits 0 "$1" "$peal" run "$tmp/clean.job"
}
races "two writers on two queues" "0, 1" <<'X'
fill p b=r+0 len=100 pattern=1
fill q b=r+99 len=100 pattern=2
X
races "two writers on one queue: FIFO orders completions only" "0, 2" <<'X'
fill p b=r+0 len=100 pattern=1
nop p
fill p b=r+50 len=10 pattern=2
X
races "a writer and a reader" "1, 2" <<'X'
nop p
crc32c p a=r+0 len=64
copy q a=r+1000 b=r+63 len=1
X
races "through an alias" "0, 1" <<'X'
fill p b=r+100 len=1 pattern=1
crc32c q a=v+0 len=4
X
races "a far reader over many short ones" "0, 5" <<'X'
crc32c p a=r+0 len=8192
crc32c p a=r+10 len=10
crc32c p a=r+30 len=10
crc32c p a=r+50 len=10
crc32c p a=r+70 len=10
fill q b=r+8191 len=1 pattern=1
X
races "one record on two queues" "0, 1" <<'X'
prefill p a=rec+0 b=r+0 len=64
decode q a=rec+0 b=r+4096 tokens=1
X
races "drain of another queue orders nothing" "0, 1" <<'X'
fill p b=r+0 len=8 pattern=1
drain q
crc32c p a=r+0 len=8
X
clean "readers of the same bytes" <<'X'
crc32c p a=r+0 len=8192
crc32c q a=r+0 len=8192
compare p a=r+0 b=v+0 len=100
X
clean "neighbours" <<'X'
fill p b=r+0 len=64 pattern=1
fill q b=r+64 len=64 pattern=2
fill p b=r+128 len=0 pattern=2
X
clean "a wait between" <<'X'
fill p b=r+0 len=64 pattern=1
wait
crc32c q a=r+0 len=64
X
clean "one record in one queue, and the tokens of it" <<'X'
prefill p a=rec+0 b=r+0 len=64
decode p a=rec+0 b=r+4096 tokens=9
reward p a=rec+0 b=r+4096 len=36
X
clean "one that fails its checks touches nothing" <<'X'
fill p b=r+0 len=64 pattern=1
fill q b=r+0 len=64 pattern=1 class=1
copy q a=r+0 b=r+8 len=60
X
