#!/bin/sh
# SPDX-License-Identifier: MIT
# Real files through a device: every size around lines, pages, chunks and waves; names that cannot be read.
set -eu
. tests/cli/lib

mkdir -p "$tmp/in/deep/er" "$tmp/in/.hidden"
for n in 0 1 63 64 65 4095 4096 4097 65535 65536 65537 200001; do
	head -c $n /dev/urandom >"$tmp/in/deep/$n"
done
cp "$tmp/in/deep/4097" "$tmp/in/deep/er/a name with blanks"
echo no >"$tmp/in/.hidden/file"
total=$((0 + 1 + 63 + 64 + 65 + 4095 + 4096 + 4097 + 65535 + 65536 + 65537 + 200001 + 4097))
exits 0 "a folder" "$peal" run --files "$tmp/in"
prints "13 files, $total bytes copied, compared, and summed"
prints "PASS"
for options in "--queues 1" "--queues 8" "--threaded"; do
	exits 0 "$options" "$peal" run --files "$tmp/in" $options
	prints "13 files, $total bytes"
done
exits 0 "one file of no bytes" "$peal" run --files "$tmp/in/deep/0"
prints "1 files, 0 bytes"
head -c 17000001 /dev/urandom >"$tmp/big"
exits 0 "a file of more than two waves" "$peal" run --files "$tmp/in/deep/65" "$tmp/big" "$tmp/in/deep/63"
prints "3 files, 17000129 bytes"
exits 0 "no PATH: the source tree" "$peal" run --files
prints "PASS"
(cd "$tmp/in" && "$peal" run --files >"$tmp/out")
prints "13 files"
ok "no PATH and no repository: the folder"

exits 2 "a file that is not there" "$peal" run --files "$tmp/in" "$tmp/none"
says "none: No such file"
exits 2 "a file that cannot be read" "$peal" run --files "$tmp/in/deep/1" /proc/self/mem
says "/proc/self/mem: Input/output error"
mkdir "$tmp/empty"
mkfifo "$tmp/pipe"
for name in "$tmp/pipe" /dev/zero /dev/null; do
	exits 2 "no regular file: $name" timeout 10 "$peal" run --files "$name"
	says "$name: not a regular file"
	silent out
done
exits 2 "a folder without files" "$peal" run --files "$tmp/empty"
says "$tmp/empty: no files"
silent out
exits 2 "an empty name" "$peal" run --files ''
says "'': No such file"
(cd "$tmp/empty" && "$peal" run --files >"$tmp/out" 2>"$tmp/err") && bad "an empty folder passes"
says "no file here"
ok "an empty folder is said to be one"
