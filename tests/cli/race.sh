#!/bin/sh
# SPDX-License-Identifier: MIT
# Races are found, and named by their descriptors; what is ordered is none.
set -eu
. tests/cli/lib

top() { printf '%s\n' 'region r 8192' 'alias v of r+100 1000' 'region rec 128' 'record rec+0 max=9' \
	'queue p depth=8' 'queue q depth=8' 'queue a depth=8 order=actor' 'queue b depth=8 order=actor' \
	'queue n depth=8 order=none' 'queue f depth=8 order=none fences'; }
races() {
	{ top; cat; } | job race
	exits 2 "$1" "$peal" run "$tmp/race.job"
	says "race: $2:"
	silent out
	exits 0 "$1, --no-check" "$peal" run "$tmp/race.job" --no-check
}
clean() {
	{ top; cat; } | job clean
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

# ---- actors and fences ----
clean "one actor in a queue of order ACTOR" <<'X'
fill a b=r+0 len=4000 pattern=1 actor=3
nop a actor=4
copy a a=r+0 b=r+4096 len=4000 actor=3
crc32c a a=r+4096 len=4000 actor=3
fill a b=r+10 len=10 pattern=2 actor=3
X
races "two actors" "0, 1" <<'X'
fill a b=r+0 len=100 pattern=1 actor=3
crc32c a a=r+99 len=100 actor=4
X
races "one actor in a FIFO queue" "0, 1" <<'X'
fill p b=r+0 len=100 pattern=1 actor=3
crc32c p a=r+99 len=100 actor=3
X
races "one actor in two queues" "0, 1" <<'X'
fill a b=r+0 len=100 pattern=1 actor=3
crc32c b a=r+99 len=100 actor=3
X
races "a chain over two actors is no order of its own" "0, 2" <<'X'
fill a b=r+0 len=100 pattern=1 actor=3
nop a actor=3
crc32c a a=r+0 len=100 actor=4
X
races "behind many of one actor, one of another" "2, 4" <<'X'
fill a b=r+0 len=10 pattern=1 actor=3
fill a b=r+0 len=20 pattern=1 actor=3
fill a b=r+0 len=400 pattern=1 actor=3
fill a b=r+5 len=30 pattern=1 actor=3
crc32c a a=r+300 len=8 actor=9
X
clean "a fence orders both sides" <<'X'
fill p b=r+0 len=100 pattern=1
crc32c p a=r+0 len=100 flags=FENCE
fill p b=r+50 len=100 pattern=2
X
clean "a NOP with FENCE, in every order that takes it" <<'X'
fill p b=r+0 len=100 pattern=1
nop p flags=FENCE
fill p b=r+0 len=100 pattern=2
fill a b=r+1000 len=100 pattern=1 actor=1
nop a flags=FENCE actor=7
fill a b=r+1000 len=100 pattern=2 actor=2
fill f b=r+2000 len=100 pattern=1
nop f flags=FENCE|SILENT
fill f b=r+2000 len=100 pattern=2
X
races "two between two fences" "1, 2" <<'X'
nop p flags=FENCE
fill p b=r+0 len=100 pattern=1
fill p b=r+0 len=100 pattern=2
nop p flags=FENCE
X
races "a fence of another queue" "0, 2" <<'X'
fill p b=r+0 len=100 pattern=1
nop q flags=FENCE
fill p b=r+0 len=100 pattern=2
X
races "over a fence, but on two queues" "0, 2" <<'X'
fill p b=r+0 len=100 pattern=1
nop p flags=FENCE
fill q b=r+0 len=100 pattern=2
X
races "a refused descriptor fences nothing" "0, 2" <<'X'
fill p b=r+0 len=100 pattern=1
nop p flags=FENCE class=1
fill p b=r+0 len=100 pattern=2
X
races "FENCE is refused in order NONE without fences" "0, 2" <<'X'
fill n b=r+0 len=100 pattern=1
nop n flags=FENCE
fill n b=r+0 len=100 pattern=2
X
races "a rollout operation may come out as BAD_STATE, and then fences nothing" "0, 2" <<'X'
fill p b=r+0 len=100 pattern=1
prefill p a=rec+0 b=r+4096 len=64 flags=FENCE
fill p b=r+0 len=100 pattern=2
X
clean "one record in a queue of order NONE" <<'X'
prefill n a=rec+0 b=r+0 len=64
decode n a=rec+0 b=r+4096 tokens=9
reward n a=rec+0 b=r+4096 len=36
X
{ top; echo 'repeat 100000'; echo 'fill p b=r+0 len=8 pattern=i flags=FENCE|SILENT'; echo end; } | job long
exits 0 "100000 fences over the same bytes" timeout 20 "$peal" run "$tmp/long.job"
