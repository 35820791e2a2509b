#!/bin/sh
# SPDX-License-Identifier: MIT
# Traces that are missing or malformed: file, line, what is wrong; exit 2.
set -eu
. tests/cli/lib

refused() {
	cat >"$tmp/t.csv"
	exits 2 "$1" "$peal" run --llm-trace "$tmp/t.csv"
	says "$1"
	silent out
}
exits 2 "a missing CSV" "$peal" run --llm-trace "$tmp/none.csv"
says "none.csv: No such file"
exits 2 "a folder" "$peal" run --llm-trace "$tmp"
says "$tmp: Is a directory"
printf '' | refused "t.csv: empty file"
printf 'ContextTokens,GeneratedTokens\n1,1\n2,2\0,3\n' | refused "t.csv:3: a NUL byte"
printf 'TIMESTAMP,Context,GeneratedTokens\nx,1,1\n' | refused "t.csv:1: no column ContextTokens"
printf 'TIMESTAMP,ContextTokens,Generated\nx,1,1\n' | refused "t.csv:1: no column GeneratedTokens"
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\n' | refused "t.csv:1: no rows behind the header"
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\nx,1,1\nx,one,1\n' | refused "t.csv:3: ContextTokens: 'one' is not a number"
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\nx,1,\n' | refused "t.csv:2: GeneratedTokens: '' is not a number"
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\nx,1\n' | refused "t.csv:2: GeneratedTokens: '' is not a number"
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\nx,0,1\n' | refused "t.csv:2: ContextTokens: '0' is not a number from 1"
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\nx,1,-5\n' | refused "t.csv:2: GeneratedTokens: '-5' is not a number"
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\nx,99999999999,1\n' | refused "t.csv:2: ContextTokens: '99999999999'"
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\nx,1 1,1\n' | refused "t.csv:2: ContextTokens: '1 1'"
