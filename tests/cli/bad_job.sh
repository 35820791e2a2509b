#!/bin/sh
# SPDX-License-Identifier: MIT
# Malformed jobs: file, line and what is wrong; exit 2; nothing runs.
set -eu
. tests/cli/lib

# refused LINE TEXT - the job on standard input is refused for this
refused() {
	job bad
	exits 2 "$2" "$peal" run "$tmp/bad.job"
	says "bad.job:$1: $2"
	silent out
}
# line 4 is the first behind this
top='region r 4096
queue q depth=4'

exits 2 "a job that is not there" "$peal" run "$tmp/none.job"
says "none.job: No such file"
exits 2 "a folder" "$peal" run "$tmp"
says "$tmp: Is a directory"
exits 2 "an empty name" "$peal" run ''
says "'': No such file"
printf 'hello\n' >"$tmp/h.job"
exits 2 "no job at all" "$peal" run "$tmp/h.job"
says "h.job:1: not a job"
: >"$tmp/e.job"
exits 2 "an empty file" "$peal" run "$tmp/e.job"
says "e.job:1: not a job"
printf 'peal-job 2\n' >"$tmp/v.job"
exits 2 "another version" "$peal" run "$tmp/v.job"
says "v.job:1: job format 2"
printf 'peal-job 1 extra\nqueue q\nnop q\n' >"$tmp/x.job"
exits 2 "more words behind the version" "$peal" run "$tmp/x.job"
says "x.job:1: not a job"
printf 'peal-job 1 # the format\nqueue q\nnop q\n' >"$tmp/x.job"
exits 0 "a comment behind the version" "$peal" run "$tmp/x.job"
printf 'peal-job 1\nqueue q\nnop q\0rest\n' >"$tmp/nul.job"
exits 2 "a NUL byte" "$peal" run "$tmp/nul.job"
says "nul.job:3: a NUL byte"
{
	printf 'peal-job 1\n\033[31m'
	head -c 400 /dev/zero | tr '\0' x
	echo
} >"$tmp/g.job"
exits 2 "a line of garbage" "$peal" run "$tmp/g.job"
says "g.job:2: '\x1b[31mxxx"
says "xxx' is neither a statement nor an operation"
grep -q 'x\{61\}' "$tmp/err" && bad "all of the line comes back"
head -c 4096 /dev/urandom >"$tmp/u.job"
exits 2 "random bytes" "$peal" run "$tmp/u.job"

echo "region r 4096" | refused 2 "a job needs a queue"
echo "queue q order=lifo" | refused 2 "order: 'lifo' is none of fifo, actor and none"
echo "queue q ordered" | refused 2 "queue: 'ordered' is not a word of it"
echo "queue q matched matched" | refused 2 "matched given twice"
echo "queue q depth=8 cq=4 matched" | refused 2 "matched: the rings of 'q' must be of equal size"
printf 'queue q\nabort r\n' | refused 3 "no queue 'r'"
printf 'queue q\nabort q\nenable q\n' | refused 4 "enable: queue 'q' is ABORTED since line 3"
printf 'queue q\nabort q\nnop q\n' | refused 4 "queue 'q' is ABORTED since line 3: enable it first"
printf 'queue q\ndisable q\nabort q\n' | refused 4 "abort: queue 'q' is DISABLED since line 3"
echo "frobnicate q" | refused 2 "'frobnicate' is neither a statement nor an operation"
echo "region r" | refused 2 "write: region NAME BYTES"
echo "region r 0" | refused 2 "a region has at least one byte"
echo "region r 2G" | refused 2 "bytes: 2G is more than"
echo "region 9r 10" | refused 2 "'9r' is not a name"
echo "region r 10 x" | refused 2 "region: 'x' is not a word of it"
echo "region r 10 skew=4096" | refused 2 "skew: 4096 is more than 4095"
echo "region r 10 skew=1 skew=2" | refused 2 "skew given twice"
echo "region r 10 tenant=1 r tenant=1" | refused 2 "tenant given twice"
echo "region r 10 r rw" | refused 2 "access given twice"
echo "region r 10 zero seed=1" | refused 2 "contents given twice"
printf 'region r 10\nalias a of r+0 5 tenant=1 tenant=2\n' | refused 3 "tenant given twice"
echo "queue q depth=4 depth=4" | refused 2 "depth given twice"
echo "queue q crc cq=2 crc" | refused 2 "crc given twice"
printf '%s\nrecord r+0 max=1 max=2\n' "$top" | refused 4 "max given twice"
printf '%s\nrepeat 1000000000\nend\n' "$top" | refused 4 "repeat: 1000000000 is more than 1000000"
echo "region r ten" | refused 2 "'ten' is not a number"
printf 'region r 10\nregion r 10\n' | refused 3 "there is a region 'r' already"
echo "alias a of r+0 10" | refused 2 "no region 'r'"
printf 'region r 10\nalias a of r+5 6\n' | refused 3 "r+5: 6 bytes there go past the end"
printf 'region r 10\nalias a in r+5 6\n' | refused 3 "write: alias"
echo "queue q depth=3" | refused 2 "depth: a ring has a power of two from 2 to 32768 slots, not 3"
echo "queue q depth=65536" | refused 2 "depth: 65536 is more than"
echo "queue q cq=1" | refused 2 "cq: a ring has a power of two"
echo "queue q deep" | refused 2 "queue: 'deep' is not a word of it"
printf 'queue q\nqueue q\n' | refused 3 "there is a queue 'q' already"
printf '%s\nbytes r+4095 0102\n' "$top" | refused 4 "r+4095: 2 bytes there go past the end"
printf '%s\nbytes r+0 012\n' "$top" | refused 4 "'012' is not pairs of hex digits"
printf '%s\nrecord r+4064 max=1\n' "$top" | refused 4 "r+4064: 64 bytes there go past the end"
printf '%s\nfree r+4064\n' "$top" | refused 4 "r+4064: 64 bytes there go past the end"
printf '%s\nnop p\n' "$top" | refused 4 "no queue 'p'"
printf '%s\nnop\n' "$top" | refused 4 "write: nop QUEUE"
printf '%s\ncopy q a=r+0 len=1\n' "$top" | refused 4 "copy needs b="
printf '%s\ncopy q b=r+0 len=1\n' "$top" | refused 4 "copy needs a="
printf '%s\ncrc32c q a=r+0\n' "$top" | refused 4 "crc32c needs len="
printf '%s\ndecode q a=r+0 b=r+0\n' "$top" | refused 4 "decode needs tokens="
printf '%s\ncrc32c q a=s+0 len=1\n' "$top" | refused 4 "no region 's'"
printf '%s\ncrc32c q a=r+0 len=0x100000000\n' "$top" | refused 4 "len: 0x100000000 is more than 0xffffffff"
printf '%s\ncrc32c q a=r+0x10000000000 len=1\n' "$top" | refused 4 "offset: 0x10000000000 is more than"
printf '%s\ncrc32c q a=@0x10000+0 len=1\n' "$top" | refused 4 "handle: 0x10000 is more than 0xffff"
printf '%s\nnop q frob=1\n' "$top" | refused 4 "'frob=1' is not a field of a descriptor"
printf '%s\nnop q flags=HURRY\n' "$top" | refused 4 "no flag 'HURRY'"
printf '%s\nnop q cookie=i\n' "$top" | refused 4 "'i' counts the rounds of a repeat"
printf '%s\nnop q cookie=0x\n' "$top" | refused 4 "'0x' is not a number"
printf '%s\nnop q cookie=99999999999999999999\n' "$top" | refused 4 "number too big"
printf '%s\nrepeat 2\nnop q\n' "$top" | refused 4 "repeat without end"
printf '%s\nend\n' "$top" | refused 4 "end without repeat"
printf '%s\nrepeat 2\nrepeat 2\nend\nend\n' "$top" | refused 5 "a repeat inside a repeat"
printf '%s\nnop q\nregion late 10\n' "$top" | refused 5 "regions and queues come before"
printf '%s\nwait now\n' "$top" | refused 4 "wait stands alone"
printf '%s\nstop q\nnop q\n' "$top" | refused 5 "queue 'q' is DRAINING since line 4"
printf '%s\ndrain q\nnop q\n' "$top" | refused 5 "queue 'q' is DRAINED since line 4"
printf '%s\ndisable q\ndrain q\n' "$top" | refused 5 "drain: queue 'q' is DISABLED since line 4"
printf '%s\nenable q\n' "$top" | refused 4 "enable: queue 'q' is ENABLED since line 3"

printf 'region r 10\nqueue a\nqueue b\nqueue c\nqueue d\nqueue e\nqueue f\nqueue g\nqueue h\nqueue i\n' | job many
exits 2 "more queues than the device has" "$peal" run "$tmp/many.job"
says "many.job:11: queue i on ref (8 queues)"
