#!/bin/sh
# SPDX-License-Identifier: MIT
# Descriptors in words, from words, files and jobs.
set -eu
. tests/cli/lib

exits 0 "words" "$peal" disasm 0x3f000000000810 7 40100000000040 80000000000080 100 0 0 0
prints "copy q a=@0x4010+0x40 b=@0x8000+0x80 len=256 actor=0x3f0000 flags=CRC cookie=7"
exits 0 "tags" "$peal" disasm 8100000000000000 8100000000000001 8100000000000000 8100000000000000 \
	8100000000000000 8100000000000000 8100000000000000 8100000000000000
prints "nop q cookie=1  # tag 0x81"
exits 0 "torn" "$peal" disasm 8100000000000000 8000000000000001 0 0 0 0 0 0
prints "# torn: tags 81 80 00"
printf '# two\n0 1 0 0 0 0 0 0\n99 2,0,0,0,0,0,0\n' >"$tmp/words"
exits 0 "a file" "$peal" disasm "$tmp/words"
prints "raw q op=0x99 cookie=2"
[ "$(wc -l <"$tmp/out")" = 2 ] || bad "not two descriptors"
exits 0 "a job" "$peal" disasm tests/jobs/invalid-reserved.job
prints "nop q w2=0x1 cookie=3  # 3, line 9: RESERVED, result 0x4"
exits 0 "standard input" sh -c "'$peal' disasm <'$tmp/words'"

exits 2 "no file, no word" "$peal" disasm fly
says "fly: No such file"
exits 2 "too few words" "$peal" disasm 1 2 3
says "3 words are left"
exits 2 "not a hex word" "$peal" disasm 1 2 3 4 5 6 7 8g
says "'8g'"
exits 2 "more than 64 bits" "$peal" disasm 11112222333344445 0 0 0 0 0 0 0
printf '0 1\nhello\n' >"$tmp/words"
exits 2 "a damaged file" "$peal" disasm "$tmp/words"
says "words:2: 'hello' is not a 64-bit hex word"
: >"$tmp/words"
exits 2 "an empty file" "$peal" disasm "$tmp/words"
says "words: empty"
printf 'peal-job 1\nnop q\n' >"$tmp/words"
exits 2 "a damaged job" "$peal" disasm "$tmp/words"
says "words:2: no queue 'q'"
