#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ends.sh PEAL BACKEND_DIR SOURCES - what becomes of the icarus device when vvp is not there,
# is another version's, hangs, is killed or stopped, and of vvp when the host is killed: a
# message that says so, an account of what is out, and no process left over. SOURCES is the
# folder with the RTL that the image is made of.
set -eu
. tests/cli/lib
so=$2/peal-icarus.so rtl=$3
command -v vvp >/dev/null || skip "vvp is not here"
[ -e "$so" ] || skip "the icarus backend is not built"
long=tests/jobs/long.job
cp "$2"/peal-icarus.* "$2"/peal-icarus-checked.vvp "$tmp/"

alive() { # a zombie is not; whoever adopts it reaps it in its own time
	case $(ps -o stat= -p "$1") in
	'' | Z*) return 1 ;;
	esac
}
run() { exits "$1" "$2" "$peal" run "${3:-tests/jobs/mix.job}" --backend="$tmp/peal-icarus.so" --params "${4:-timeout=5}"; }

# ---- it does not start
run 2 "no such program" tests/jobs/nop.job vvp=/nonexistent/vvp
says "/nonexistent/vvp does not start: No such file or directory"
run 2 "a bad parameter" tests/jobs/nop.job wave=x.fst
says "unknown parameter 'wave'"
exits 0 "backends without vvp" env PATH=/nonexistent "$peal" backends
prints "no vvp in PATH: apt-get install iverilog"

cat >"$tmp/sleeper" <<'END'
#!/bin/sh
echo $$ >"${0%/*}/pid"
echo 'nobody home'
sleep 60
END
chmod +x "$tmp/sleeper"
run 2 "a program that does not answer" tests/jobs/nop.job "vvp=$tmp/sleeper,timeout=1"
says "did not finish its greeting within 1 s: nobody home"
alive "$(cat "$tmp/pid")" && bad "it still runs"
run 2 "a program that ends" tests/jobs/nop.job vvp=false
says "ended with status 1"

vpi() { # what, flags of the compiler
	${CC:-gcc} -D_GNU_SOURCE= -fPIC -shared -I/usr/include/iverilog -Ibridge $2 \
		-o "$tmp/peal-icarus.vpi" bridge/icarus_vpi.c
	ok "$1"
}
if [ -e /usr/include/iverilog/vpi_user.h ]; then
	vpi "a VPI module of another version" -DICARUS_VERSION=99u
	run 2 "another version" tests/jobs/nop.job
	says "the VPI module speaks version 99, this plug-in "
fi
mv "$tmp/peal-icarus.vpi" "$tmp/elsewhere"
run 77 "no VPI module" tests/jobs/nop.job
says "no $tmp/peal-icarus.vpi"
echo >"$tmp/peal-icarus.vpi"
run 2 "a VPI module that is none" tests/jobs/nop.job
says "vvp ("
cp "$2/peal-icarus.vpi" "$tmp/"

# ---- it ends in the middle: peal_pid, vvp_pid of a long run
begin() { # params
	rm -f "$tmp/bus"
	"$peal" run $long --backend="$tmp/peal-icarus.so" --params "$1,buslog=$tmp/bus" >"$tmp/out" 2>"$tmp/err" &
	peal_pid=$! vvp_pid= tries=0
	while [ -z "$vvp_pid" ] && [ $tries -lt 100 ]; do
		sleep 0.05
		vvp_pid=$(ps -o pid= --ppid $peal_pid -C vvp 2>/dev/null | head -1 | tr -d ' ')
		[ -z "$vvp_pid" ] || [ "$(ps -o ppid= -p "$vvp_pid" | tr -d ' ')" = $peal_pid ] || vvp_pid=
		tries=$((tries + 1))
	done
	[ -n "$vvp_pid" ] || bad "vvp does not start"
	until grep -q " AR .* id 0 " "$tmp/bus" 2>/dev/null || [ $tries -gt 400 ]; do # the job is under way
		sleep 0.05
		tries=$((tries + 1))
	done
}
ended() { # what, code
	code=0
	wait $peal_pid || code=$?
	[ $code = "$2" ] || bad "$1: exit $code, not $2"
	alive "$vvp_pid" && bad "$1: vvp still runs"
	ok "$1 (exit $2)"
}

begin timeout=5
kill -KILL "$vvp_pid"
ended "vvp killed" 1
says "vvp (process $vvp_pid) was killed by signal 9"
says "published"
says "outstanding"
begin timeout=2
kill -STOP "$vvp_pid"
ended "vvp stopped" 1
says "vvp (process $vvp_pid) did not finish its turn within 2 s"
begin timeout=5
kill -KILL $peal_pid
wait $peal_pid 2>/dev/null || true
tries=0
while alive "$vvp_pid" && [ $tries -lt 60 ]; do
	sleep 0.05
	tries=$((tries + 1))
done
alive "$vvp_pid" && bad "the host was killed, vvp still runs"
ok "the host was killed, vvp ended"

# Killed before vvp can have seen its parent.
cat >"$tmp/late" <<'END'
#!/bin/sh
echo $$ >"${0%/*}/late.pid"
sleep 1
exec vvp "$@"
END
chmod +x "$tmp/late"
"$peal" run $long --backend="$tmp/peal-icarus.so" --params "vvp=$tmp/late" >"$tmp/out" 2>"$tmp/err" &
peal_pid=$! tries=0
while [ ! -s "$tmp/late.pid" ] && [ $tries -lt 100 ]; do
	sleep 0.02
	tries=$((tries + 1))
done
kill -KILL $peal_pid
wait $peal_pid 2>/dev/null || true
tries=0
while alive "$(cat "$tmp/late.pid")" && [ $tries -lt 100 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
alive "$(cat "$tmp/late.pid")" && bad "the host was killed while vvp started, vvp still runs"
ok "the host was killed while vvp started, vvp ended"

# ---- faults planted in the RTL: an X, and a wrong value that an assertion knows
image() { # file, sed script, more flags
	rm -rf "$tmp/rtl"
	cp -r "$rtl" "$tmp/rtl"
	sed -i "$2" "$tmp/rtl/$1"
	cmp -s "$rtl/$1" "$tmp/rtl/$1" && bad "$1: nothing to change for: $2"
	iverilog -g2012 ${3:-} -s peal_icarus -I "$tmp/rtl" -I "$tmp/rtl/lib" -o "$tmp/peal-icarus${3:+-checked}.vvp" \
		$(sed 's,//.*,,; /^[-+#]/d; s,^rtl,'"$tmp/rtl"',' rtl/rtl.f) sim/icarus/*.sv >"$tmp/iverilog" 2>&1 || bad "iverilog"
}
image engine/peal_axil.sv '/bvalid_q  <= 1.b0;/{s/^/\/\//;:a;n;ba}'
run 2 "a control output without reset" tests/jobs/nop.job
says "s_bvalid_o is X in cycle 0"
image engine/peal_axil.sv 's/rdata_q  <= rdata_i;/rdata_q  <= {rdata_i[31:1], 1'"'bx"'};/'
run 2 "an X in a register's value" tests/jobs/nop.job
says "s_rdata_o is X while it is valid in cycle"
image engine/peal_complete.sv 's/= {tag, what\[87:32\]/= {tag, 56'"'bx"'/'
run 1 "an X in a completion" tests/jobs/mix.job
says "m_wdata_o, byte"
says "is X under its strobe in cycle"
image engine/peal_fetch.sv 's/fetch_burst_not_empty, .*/fetch_burst_not_empty, !ar_valid_o)/' -DPEAL_ASSERT
run 1 "an assertion, checked" tests/jobs/mix.job checked=1
says "assertion fetch_burst_not_empty failed in cycle"
