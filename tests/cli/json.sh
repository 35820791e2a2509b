#!/bin/sh
# SPDX-License-Identifier: MIT
# --json: exactly one object on standard output, with the members that are promised.
set -eu
. tests/cli/lib
command -v python3 >/dev/null || skip "no python3 to read JSON with"

cat >"$tmp/read.py" <<'X'
import json, sys
text = open(sys.argv[1]).read()
one = json.loads(text)
assert text.count("\n") == 1 and text.endswith("}\n"), "not one line"
for name, kind in {"backend": str, "mode": str, "descriptors": int, "completed": int, "mismatches": int,
                   "wall_seconds": float, "doorbells": int, "bytes": int, "jobs": int}.items():
    assert type(one[name]) is kind, name
assert one["cycles"] is None and one["cycles_per_descriptor"] is None and one["stalls"] is None
for pair in sys.argv[2:]:
    name, want = pair.split("=")
    assert str(one[name]) == want, (name, one[name], want)
X
ask() { python3 "$tmp/read.py" "$tmp/out" "$@" || bad "JSON: $*"; }

exits 0 "a job" "$peal" run tests/jobs/mix.job --json
ask backend=ref mode=lockstep result=pass jobs=1 descriptors=152 completed=152 mismatches=0
exits 0 "silent ones and events" "$peal" run tests/jobs/silent.job tests/jobs/event.job --json
ask result=pass descriptors=110 completed=27 silent=83 events=17
exits 0 "and in the summary" "$peal" run tests/jobs/event.job
prints "20, 19 completed, 1 silent, 100 bytes"
prints "events        17"
exits 0 "two jobs, threaded" "$peal" run tests/jobs/mix.job tests/jobs/nop.job --json --threaded
ask mode=threaded jobs=2 descriptors=156
exits 0 "files" "$peal" run --files tests/cli --json
ask result=pass mismatches=0
exits 0 "a trace" "$peal" run --llm-trace tests/cli/synthetic-trace.csv --json
ask result=pass completed=81
cp tests/jobs/nop.job "$tmp/n.job"
sed 's/OK 0x0/OK 0x1/' tests/jobs/nop.expect >"$tmp/n.expect"
exits 1 "a mismatch" "$peal" run "$tmp/n.job" --json
ask result=fail mismatches=4
exits 2 "bad input prints no object" "$peal" run "$tmp/none.job" --json
silent out
exits 0 "backends" "$peal" backends --json
python3 -c 'import json,sys; assert json.load(open(sys.argv[1]))["ref"]["ready"] is True' "$tmp/out" || bad "backends"
