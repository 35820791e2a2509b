#!/bin/sh
# SPDX-License-Identifier: MIT
# A device that dies, hangs or lies: a clear message, exit 1 or 2, and an account of what is out.
set -eu
. tests/cli/lib
faulty=$(dirname "$peal")/../unit/peal-faulty.so
[ -e "$faulty" ] || skip "peal-faulty.so is not built (make unit)"

fault() {
	exits "$1" "fault $2" "$peal" run tests/jobs/mix.job --backend="$faulty" --params "fault=$2" --timeout 1
}
fault 0 none
fault 2 magic,at=1
says "magic"
fault 2 contract,at=1
says "contract"
fault 1 dies,at=150
says "published"
says "outstanding"
says "reproduce: peal run tests/jobs/mix.job"
fault 1 enodev,at=250
fault 1 ones,at=250
fault 1 stuck,at=20
