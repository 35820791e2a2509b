#!/bin/sh
# SPDX-License-Identifier: MIT
# Recorded runs: written, compared, expected; the first difference is shown; damaged ones are refused.
set -eu
. tests/cli/lib
job a <<'X'
region s 100 r seed=1
region d 100
queue q depth=4
copy q a=s+0 b=d+0 len=70
crc32c q a=s+0 len=100
X
sed 's/len=70/len=71/' "$tmp/a.job" >"$tmp/b.job"

exits 0 "record" "$peal" run "$tmp/a.job" --record "$tmp/a.run"
exits 0 "record, threaded" "$peal" run "$tmp/a.job" --record "$tmp/a2.run" --threaded
exits 0 "record the other" "$peal" run "$tmp/b.job" --record "$tmp/b.run"
exits 0 "diff of the same" "$peal" diff "$tmp/a.run" "$tmp/a2.run"
prints "the same"
exits 1 "diff of others" "$peal" diff "$tmp/a.run" "$tmp/b.run"
prints "difference: comp q 0"
prints "index=0 cookie=0 OK 0x46"
prints "index=0 cookie=0 OK 0x47"
prints "4 differences"
sed '/^comp/d;/^digest/d' "$tmp/a.run" >"$tmp/a.mem"
sed '/^comp/d;/^digest/d' "$tmp/b.run" >"$tmp/b.mem"
exits 1 "diff of memory" "$peal" diff "$tmp/a.mem" "$tmp/b.mem"
prints "difference: mem d+0x40"
prints "first difference at byte 6 of the line"

exits 0 "--expect" "$peal" run "$tmp/a.job" --expect "$tmp/a.run"
exits 1 "--expect another" "$peal" run "$tmp/a.job" --expect "$tmp/b.run"
says "difference: comp q 0"
says "reproduce: peal run"
prints "FAIL: 1 of 1 runs"
cp "$tmp/b.run" "$tmp/a.expect"
exits 2 "a second job that cannot be read" "$peal" run tests/jobs/nop.job "$tmp/none.job"
prints "FAIL: 1 of 2 runs"
echo "queue q" | job idle
exits 0 "a job without a descriptor" "$peal" run "$tmp/idle.job"
prints "descriptors   0, 0 completed"
prints "PASS"
exits 1 "the .expect beside the job counts" "$peal" run "$tmp/a.job"
says "a.expect"
cp "$tmp/a.run" "$tmp/a.expect"
exits 0 "and is right now" "$peal" run "$tmp/a.job"
exits 1 "one of two jobs fails" sh -c "cp '$tmp/a.expect' '$tmp/b.expect'; '$peal' run '$tmp/a.job' '$tmp/b.job'"
grep -q 'a.job *PASS$' "$tmp/out" && grep -q 'b.job *FAIL$' "$tmp/out" || bad "no line for each job"

exits 2 "a run that is not there" "$peal" diff "$tmp/a.run" "$tmp/none"
says "none: No such file"
exits 2 "no recorded run" "$peal" diff "$tmp/a.job" "$tmp/a.run"
says "a.job:1: not a recorded run"
sed 's/^comp q 1.*/comp q 1 index=1/' "$tmp/a.run" >"$tmp/c.run"
exits 2 "a damaged one" "$peal" diff "$tmp/a.run" "$tmp/c.run"
says "c.run:5: not a line of a recorded run"
sed 's/^mem d+0x0 ../mem d+0x0 zz/' "$tmp/a.run" >"$tmp/c.run"
exits 2 "damaged hex" "$peal" diff "$tmp/c.run" "$tmp/a.run"
says "c.run:7: not a line"
{ cat "$tmp/a.run"; grep '^comp q 1' "$tmp/a.run"; } >"$tmp/c.run"
exits 2 "a line twice" "$peal" diff "$tmp/c.run" "$tmp/a.run"
says "'comp q 1' is there twice"
printf 'peal-run 1\ndigest 00\0ff\n' >"$tmp/nul.run"
exits 2 "a NUL byte" "$peal" diff "$tmp/nul.run" "$tmp/a.run"
says "nul.run:2: a NUL byte"
exits 2 "--record on a full device" "$peal" run tests/jobs/mix.job --record /dev/full
says "/dev/full: No space left"
exits 2 "--record where nothing can be written" "$peal" run "$tmp/a.job" --record "$tmp/none/x"
says "No such file"
exits 2 "--expect a missing file" "$peal" run "$tmp/a.job" --expect "$tmp/none"
says "none: No such file"
