#!/bin/sh
# SPDX-License-Identifier: MIT
# Rows of a trace as rollouts: synthetic ones, columns in any order, and a real trace where there is one.
set -eu
. tests/cli/lib
trace=tests/cli/synthetic-trace.csv

exits 0 "ten rows" "$peal" run --llm-trace $trace
prints "10 rollouts: 14944 context tokens (synthetic) read, 779 tokens made"
prints "agrees with the host's model"
exits 0 "three rows" "$peal" run --llm-trace $trace --limit 3
prints "3 rollouts: 1254 context tokens (synthetic) read, 109 tokens made"
for options in "--queues 1" "--queues 8" "--decode 1" "--decode 1000 --boundary 0" "--boundary 1" "--seed 77 --threaded"; do
	exits 0 "$options" "$peal" run --llm-trace $trace $options
	prints "10 rollouts"
done
printf 'GeneratedTokens,x,ContextTokens\r\n5,hello,7\r\n' >"$tmp/t.csv"
exits 0 "other columns, CRLF" "$peal" run --llm-trace "$tmp/t.csv"
prints "1 rollouts: 7 context tokens (synthetic) read, 5 tokens made"

exits 0 "recorded" "$peal" run --llm-trace $trace --record "$tmp/a.run" --seed 5
exits 0 "the same again, threaded" "$peal" run --llm-trace $trace --expect "$tmp/a.run" --seed 5 --threaded
exits 1 "another seed makes other tokens" "$peal" run --llm-trace $trace --expect "$tmp/a.run" --seed 6

real=../shared/data/azure-llm-2023/code.csv
if [ -r $real ]; then
	exits 0 "200 rows of $real" "$peal" run --llm-trace $real --limit 200
	prints "200 rollouts: 414215 context tokens (synthetic) read, 4907 tokens made"
else
	ok "no real trace here"
fi
