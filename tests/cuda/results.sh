#!/bin/sh
# SPDX-License-Identifier: MIT
#
# results.sh PEAL RESULTS - bench/cuda_results with programs and a driver that are made up here: what it
# writes of each, of one that is cut off, of one that fails, and without a GPU.
set -eu
. tests/cli/lib
results=$2
build=$tmp/build
mkdir -p "$build/bin" "$build/bench" "$tmp/driver" "$tmp/out1"

cat >"$tmp/driver/nvidia-smi" <<'S'
#!/bin/sh
echo "NVIDIA H900 MADE UP, 1.2.3, 2000, 3000, 7, 32"
S
# program FILE ROWS AFTER - writes the rows to the file behind -j, and goes on with AFTER
program() {
	{
		echo '#!/bin/sh'
		echo 'while [ "$1" != -j ]; do shift; done'
		echo "printf '%s' '$2' >\"\$2\"; $3"
	} >"$1"
	chmod +x "$1"
}
rows='{"name": "a", "p50": 1.5}, {"name": "b", "p50": 2.5}'
program "$build/bin/ladder" "{\"sms\": 132, \"rows\": [$rows]}" "exit 0"
program "$build/bench/bench_cuda_copy" "[$rows]" "exit 0"
program "$build/bench/bench_cuda" "[$rows]" "exit 0"
chmod +x "$tmp/driver/nvidia-smi"
with_driver() { PATH=$tmp/driver:$PATH "$@"; }

# holds FILE EXPRESSION - of the file's JSON `j`
holds() {
	python3 -c "import json, sys; j = json.load(open(sys.argv[1])); sys.exit(not ($2))" "$1" ||
		bad "$1: not $2: $(cat "$1")"
}

exits 0 "all of them" with_driver "$results" "$build" "$tmp/out1"
for name in ladder rivals cuda-copy cuda; do
	holds "$tmp"/out1/*-h900-$name.json \
		'j["device"] == "NVIDIA H900 MADE UP" and j["driver"] == "1.2.3" and j["pcie"] == "Gen7 x32"'
	holds "$tmp"/out1/*-h900-$name.json \
		'j["complete"] and [r["p50"] for r in j["rows"]] == [1.5, 2.5] and j["cpus"] > 0'
done
holds "$tmp"/out1/*-h900-ladder.json 'j["sms"] == 132'

program "$build/bench/bench_cuda" "[$rows" "exec sleep 60"
exits 1 "one is cut off" with_driver "$results" "$build" "$tmp/out1" 3
prints "2 rows, cut off"
holds "$tmp"/out1/*-h900-cuda.json 'not j["complete"] and len(j["rows"]) == 2'

program "$build/bench/bench_cuda" "[$rows]" "exit 1"
exits 1 "one fails" with_driver "$results" "$build" "$tmp/out1"
holds "$tmp"/out1/*-h900-cuda.json 'not j["complete"]'
holds "$tmp"/out1/*-h900-cuda-copy.json 'j["complete"]'

printf '#!/bin/sh\nexit 9\n' >"$tmp/driver/nvidia-smi"
exits 77 "no driver" with_driver "$results" "$build" "$tmp/out1"
prints "no NVIDIA GPU or driver"
