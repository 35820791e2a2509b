#!/bin/sh
# SPDX-License-Identifier: MIT
# --digest: SHA-256 over completion payloads in SQ order and regions in job order, the same in every mode.
set -eu
. tests/cli/lib
command -v sha256sum >/dev/null || skip "no sha256sum"
job d <<'X'
region a 3
bytes a+0 010203
region b 2
alias v of a+0 3
queue p depth=4 start=0xffffffff
queue q depth=4
echo q w2=0x55 cookie=0x11223344
echo p w2=0x1 cookie=1
nop p class=1 cookie=2
X
# p: index ffff, then 0 with RESERVED and mask 1; q: index 0; then a and b
want=$(printf '\001\000\000\000\000\377\377\000\001\000\000\000\000\000\000\000\002\000\000\000\022\000\000\000\001\000\000\000\000\000\000\000\104\063\042\021\000\000\000\000\125\000\000\000\000\000\000\000\001\002\003\000\000' | sha256sum | cut -d' ' -f1)
exits 0 "digest" "$peal" run "$tmp/d.job" --digest
prints "$want  $tmp/d.job"
exits 0 "digest, threaded" "$peal" run "$tmp/d.job" --digest --threaded
prints "$want"
exits 0 "in a record" "$peal" run "$tmp/d.job" --record "$tmp/d.run"
grep -q "^digest $want$" "$tmp/d.run" || bad "another digest in the record"
exits 0 "any quantum" "$peal" run tests/jobs/mix.job --digest --quantum 1
cut -d' ' -f1 "$tmp/out" | head -n 1 >"$tmp/one"
exits 0 "any quantum" "$peal" run tests/jobs/mix.job --digest --quantum 1000
grep -qf "$tmp/one" "$tmp/out" || bad "the quantum changes the digest"
