#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh DIR SECONDS SEED [DEVICE] - fuzzes each target for its share of SECONDS, JOBS
# processes at a time, makes the corpus small, and replays it on DEVICE.
#
# A process starts from SEED, SEED + 1, ... What breaks a rule is kept in
# DIR/found-TARGET, and the last lines say how to see it again.
set -u
dir=$1 seconds=$2 seed=$3 device=${4:-}
jobs=${JOBS:-1}
here=$(dirname "$0")
targets='job desc'
set -- $targets
share=$((seconds / $#))
status=0

export ASAN_OPTIONS=allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1

prepare() { # target: its corpus as files, the jobs of the tree among them
	mkdir -p "$dir/corpus-$1" "$dir/found-$1"
	rm -f "$dir/found-$1"/*
	[ ! -f "$here/corpus/$1.corpus" ] || "$here/corpus.py" unpack "$here/corpus/$1.corpus" "$dir/corpus-$1"
	[ "$1" != job ] || cp "$here"/../jobs/*.job "$dir/corpus-$1"
}

options() { # target
	echo -max_len=4096 -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix="$dir/found-$1/"
	[ ! -f "$here/$1.dict" ] || echo "-dict=$here/$1.dict"
}

fuzz() { # target
	n=0
	pids=
	while [ $n -lt "$jobs" ]; do
		"$dir/fuzz_$1" $(options "$1") -seed=$((seed + n)) -max_total_time=$share "$dir/corpus-$1" \
			>"$dir/fuzz-$1.$n.log" 2>&1 &
		pids="$pids $!"
		n=$((n + 1))
	done
	for pid in $pids; do
		wait "$pid" || status=1
	done
	echo "fuzz: $1: $n processes of $share s, seeds $seed to $((seed + n - 1)): $(sed -n \
		's/^stat::number_of_executed_units: *//p' "$dir/fuzz-$1".*.log | awk '{ n += $1 } END { print n + 0 }') inputs"
}

merge() { # target, from, to, options
	rm -rf "$3"
	mkdir -p "$3"
	"$dir/fuzz_$1" -merge=1 -max_len=4096 $4 "$3" "$2" >"$dir/merge-$1.log" 2>&1 || status=1
}

shrink() { # target: what is needed to reach the same again; and as few as reach the same edges, to commit
	merge "$1" "$dir/corpus-$1" "$dir/merged-$1" ''
	rm -rf "$dir/corpus-$1"
	mv "$dir/merged-$1" "$dir/corpus-$1"
	merge "$1" "$dir/corpus-$1" "$dir/small-$1" -use_counters=0
	echo "fuzz: $1: $(ls "$dir/corpus-$1" | wc -l) inputs kept, $(ls "$dir/small-$1" | wc -l) reach all edges ($(sed -n \
		's/^MERGE-OUTER: .* \([0-9]*\) new coverage edges.*/\1/p' "$dir/merge-$1.log"))"
}

again() { # target: what was found, and how to see it again
	for file in "$dir/found-$1"/*; do
		[ -f "$file" ] || continue
		status=1
		echo "fuzz: $1: $file: $(grep -h -m 1 -e '^not so:' -e 'ERROR: ' -e 'runtime error:' "$dir/fuzz-$1".*.log | head -1)"
		echo "    again: $dir/fuzz_$1 $file"
		echo "    smaller: $dir/fuzz_$1 -minimize_crash=1 -runs=10000 $file"
		echo "    on a device: $dir/replay $1 ${device:-ref} $file"
	done
}

replay() { # target
	"$here/corpus.py" pack "$dir/corpus-$1" "$dir/$1.corpus"
	"$dir/replay" -p stall=20,latency=12 "$1" "$device" "$dir/$1.corpus" || {
		status=1
		echo "    an input alone: $here/corpus.py get $dir/$1.corpus NUMBER >input; $dir/replay -v -p stall=20,latency=12 $1 $device input"
	}
}

for target in $targets; do
	prepare "$target"
	fuzz "$target"
	again "$target"
	shrink "$target"
	[ -z "$device" ] || replay "$target"
done
[ $status = 0 ] && echo 'fuzz: clean'
exit $status
