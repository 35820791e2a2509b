#!/bin/sh
# SPDX-License-Identifier: MIT
# Random jobs: the same for the same seed, readable, free of races, and rich.
set -eu
. tests/cli/lib

exits 0 "gen" "$peal" gen --seed 7 --count 2000 --queues 8 --invalid 10
cp "$tmp/out" "$tmp/a.job"
exits 0 "gen again" "$peal" gen --seed 7 --count 2000 --queues 8 --invalid 10
cmp -s "$tmp/out" "$tmp/a.job" || bad "the same seed gives another job"
ok "the same seed gives the same job"
exits 0 "another seed" "$peal" gen --seed 8 --count 2000 --queues 8 --invalid 10
cmp -s "$tmp/out" "$tmp/a.job" && bad "another seed gives the same job"

exits 0 "disasm reads it" "$peal" disasm "$tmp/a.job"
sed 's/  # .*//' "$tmp/out" >"$tmp/back"
grep -Ev '^(peal-job|region|alias|queue|bytes|record|wait|free|drain|enable)' "$tmp/a.job" >"$tmp/lines"
cmp -s "$tmp/lines" "$tmp/back" || bad "what is printed is not what was read"
[ "$(wc -l <"$tmp/lines")" = 2000 ] || bad "not 2000 descriptors"
ok "2000 descriptors, read and printed as they were"

for seed in 1 2 3; do
	for queues in 1 3 8; do
		"$peal" gen --seed $seed --count 3000 --queues $queues --invalid 15 >"$tmp/g.job"
		exits 0 "seed $seed on $queues queues runs without a race" "$peal" run "$tmp/g.job" --record "$tmp/$seed-$queues.run"
	done
done
for seed in 1 2 3; do
	for queues in 1 8; do
		"$peal" gen --seed $seed --count 3000 --queues $queues --invalid 15 --mix >"$tmp/m$queues.job"
		exits 0 "seed $seed, mixed, on $queues queues" "$peal" run "$tmp/m$queues.job" --record "$tmp/mix-$seed-$queues.run"
		exits 0 "out of order" "$peal" run "$tmp/m$queues.job" --params shuffle=$seed
	done
done
for word in order=actor order=none matched fences suppress; do
	grep -q "^queue .*$word" "$tmp/m8.job" || bad "no queue with $word"
done
for flag in FENCE SILENT EVENT; do
	grep -Eq "^[a-z].* flags=([A-Z_|]*\|)?$flag" "$tmp/m8.job" || bad "no descriptor with $flag"
done
exits 0 "the mixed job is read and printed as it was" "$peal" disasm "$tmp/m8.job"
sed 's/  # .*//' "$tmp/out" >"$tmp/back"
grep -Ev '^(peal-job|region|alias|queue|bytes|record|wait|free|drain|enable)' "$tmp/m8.job" >"$tmp/lines"
cmp -s "$tmp/lines" "$tmp/back" || bad "what is printed is not what was read"
exits 0 "one order" "$peal" gen --order actor --queues 8
[ "$(grep -c '^queue .*order=actor' "$tmp/out")" = 8 ] || bad "--order actor is not kept"
grep -q 'FENCE\|SILENT\|EVENT' "$tmp/out" && bad "a flag that was not asked for"
exits 0 "one flag" "$peal" gen --flags silent --count 500
grep -q SILENT "$tmp/out" || bad "--flags silent without SILENT"
grep -q 'FENCE\|EVENT\|order=' "$tmp/out" && bad "what was not asked for"
exits 2 "an unknown order" "$peal" gen --order lifo
says "--order: 'lifo' is none of fifo, actor and none"
exits 2 "an unknown flag" "$peal" gen --flags crc
says "--flags: 'crc' is none of fence, silent and event"

for status in OK REWARD_NEEDED STOPPED MISCOMPARE BAD_OPCODE BAD_FLAGS RESERVED BAD_LENGTH BAD_REGION \
	TENANT PERMISSION RANGE ALIGNMENT OVERLAP BAD_CRC BAD_STATE; do
	grep -q "^comp .* $status " "$tmp"/*.run || bad "no descriptor comes out as $status"
done
ok "every status of the contract comes up"

"$peal" gen --ops copy,crc32c --count 300 >"$tmp/g.job"
grep -Eq '^(nop|echo|fill|compare|stop|prefill|decode|reward|copy_crc) ' "$tmp/g.job" && bad "--ops is not kept"
exits 0 "--ops copy,crc32c" "$peal" run "$tmp/g.job"
"$peal" gen --ops decode --count 500 >"$tmp/g.job"
for op in prefill decode reward; do
	grep -q "^$op " "$tmp/g.job" || bad "--ops decode without $op"
done
exits 0 "--ops decode brings all rollout operations" "$peal" run "$tmp/g.job"
"$peal" gen --ops stop --count 20 --queues 2 >"$tmp/g.job"
exits 0 "--ops stop" "$peal" run "$tmp/g.job"
"$peal" gen --invalid 100 --count 500 --queues 2 >"$tmp/g.job"
exits 0 "--invalid 100" "$peal" run "$tmp/g.job" --record "$tmp/i.run"
grep -Eq '^comp .* (OK|REWARD_NEEDED|MISCOMPARE) ' "$tmp/i.run" && bad "a valid one among the malformed"
ok "none of them executes"
exits 0 "a job from standard input" sh -c "'$peal' gen --count 50 | '$peal' run -"
