#!/bin/sh
# SPDX-License-Identifier: MIT
# Command lines: every command has --help, and a wrong one says what is wrong.
set -eu
. tests/cli/lib

for command in run backends conformance disasm gen diff explore doctor; do
	exits 0 "$command --help" "$peal" $command --help
	prints "usage: peal $command"
	prints "exit:"
	silent err
	exits 0 "help $command" "$peal" help $command
	prints "usage: peal $command"
	exits 2 "$command with an unknown option" "$peal" $command --frobnicate
	says "unknown option --frobnicate"
	says "peal $command --help"
	silent out
done
exits 0 "help" "$peal" help
prints "conformance"
exits 0 "--help" "$peal" --help
exits 0 "--version" "$peal" --version
prints "peal 0."
prints "contract 1"
for word in --version --help help; do
	code=0
	"$peal" $word >/dev/full 2>"$tmp/err" || code=$?
	[ "$code" = 2 ] || bad "$word on a full device: exit $code"
	says "peal: standard output: No space left"
	ok "$word on a full device"
done
exits 2 "no command" "$peal"
exits 2 "an unknown command" "$peal" fly
says "no command 'fly'"

exits 2 "run without work" "$peal" run
says "no job"
exits 2 "an option without its value" "$peal" run x.job --backend
says "--backend needs a value"
exits 2 "an empty value" "$peal" run x.job --backend=
says "empty"
exits 2 "a flag with a value" "$peal" run x.job --json=1
says "takes no value"
exits 2 "not a number" "$peal" run x.job --latency ten
says "'ten' is not a number"
exits 2 "a number out of bounds" "$peal" run x.job --stall 91
says "not between 0 and 90"
exits 2 "not a time" "$peal" run x.job --timeout -1
says "not a time"
exits 2 "contradiction" "$peal" run x.job --check --no-check
says "contradict"
exits 2 "--files and --llm-trace" "$peal" run --files --llm-trace x.csv
says "exclude each other"
exits 2 "--limit alone" "$peal" run x.job --limit 3
says "goes with --llm-trace"
exits 2 "--record of two jobs" "$peal" run a.job b.job --record r
says "one job"
exits 2 "a comma in --trace" "$peal" run a.job --trace a,b
says "comma"
exits 2 "gen with a wrong operation" "$peal" gen --ops copy,fly
says "no operation 'fly'"
exits 2 "gen with no queue" "$peal" gen --queues 0
exits 2 "gen with more than everything invalid" "$peal" gen --invalid 101
exits 2 "diff with one file" "$peal" diff a
says "two recorded runs"
exits 2 "a word too many" "$peal" doctor now
says "'now'"
