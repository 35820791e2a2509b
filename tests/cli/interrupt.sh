#!/bin/sh
# SPDX-License-Identifier: MIT
# Ctrl-C while the progress line stands on a terminal: the line ends, and the signal kills.
set -eu
. tests/cli/lib
command -v python3 >/dev/null || skip "no python3 to make a terminal with"

cat >"$tmp/terminal.py" <<'P'
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background has it ignored
    os.execv(sys.argv[1], sys.argv[1:])
signal.alarm(30)
text, sent = b"", False
while True:
    try:
        more = os.read(terminal, 4096)
    except OSError:  # the other end is closed
        break
    text += more
    if not sent and b"descriptors" in text:
        os.kill(pid, signal.SIGINT)
        sent = True
    if not more:
        break
status = os.waitpid(pid, 0)[1]
assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status
assert text.endswith(b"\n"), text[-40:]
P
job long <<'X'
region r 1M r
queue q
repeat 100000
crc32c q a=r+0 len=1000000
end
X
exits 0 "Ctrl-C" python3 "$tmp/terminal.py" "$peal" run --no-check "$tmp/long.job"
