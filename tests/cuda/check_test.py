#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each fact of check.py is broken on purpose, and has to be seen.

    check_test.py CUDA_FOLDER COMPILER...
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

LOAD = r"ld\.relaxed\.sys\.global\.v2\.u64 \{%0, %1\}, \[%2\];"
STORE = r"st\.relaxed\.sys\.global\.v2\.u64 \[%0\], \{%1, %2\};"
FENCE = r"asm volatile\(\"fence\.acq_rel\.sys;"

# Each group is one compilation. A break: what is done, the lines that have to fail, the
# file, what is replaced and by what.
GROUPS = [
    [("two loads of 8 bytes", ["ptx/the slot poll", "sm_90/a load of a slot"], "memory.cuh", LOAD,
      "ld.relaxed.sys.global.u64 %0, [%2]; ld.relaxed.sys.global.u64 %1, [%2 + 8];"),
     ("a trap", ["sm_90/no trap"], "memory.cuh", FENCE, r'asm volatile("trap; fence.acq_rel.sys;')],
    [("a load of a narrower scope", ["ptx/the slot poll", "sm_90/a load of a slot"], "memory.cuh",
      r"ld\.relaxed\.sys\.global\.v2", "ld.relaxed.gpu.global.v2"),
     ("no full fence", ["ptx/a full fence"], "memory.cuh", r"fence\.sc\.sys", "fence.acq_rel.sys"),
     ("two stores of 8 bytes", ["ptx/the completion", "sm_90/a store of a completion"],
      "memory.cuh", STORE,
      "st.relaxed.sys.global.u64 [%0], %1; st.relaxed.sys.global.u64 [%0 + 8], %2;"),
     ("a breakpoint", ["sm_90/no trap"], "memory.cuh", FENCE,
      r'asm volatile("brkpt; fence.acq_rel.sys;'),
     ("too few registers", ["sm_90/no spills"], "workers.cu", r"__launch_bounds__\([^)]*\)",
      "__launch_bounds__(1024, 2)"),
     ("copies of 16 bytes", ["ptx/what a server reads"], "fetch.cuh", r"#define BULK_COPIES 1",
      "#define BULK_COPIES 0")],
    [("a printf", ["sm_90/no call of printf"], "memory.cuh", r"(asm volatile\(\"fence)",
      r'printf("fence"); \1'),
     ("an array with an index", ["sm_90/a stack of at most"], "workers.cu",
      r"(\n\tunsigned warp = threadIdx[^\n]*\n)",
      r"\1\tvolatile uint64_t array[256];\n\tarray[(uint64_t)page % 256] = warp;\n"
      r"\twarp = (unsigned)array[(uint64_t)all % 256];\n")],
]


def change(path, old, new):
    """How many places."""
    with open(path) as f:
        text = f.read()
    text, count = re.subn(old, new, text)
    with open(path, "w") as f:
        f.write(("#include <stdio.h>\n" if "printf" in new else "") + text)
    return count


def try_group(group, folder, compiler, work):
    """A line for each break; how many were not seen."""
    copy = os.path.join(work, "cuda")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    counts = [change(os.path.join(copy, name), old, new) for _, _, name, old, new in group]
    done = subprocess.run(
        [os.path.join(HERE, "check.py"), "--arch", "90", "--out", os.path.join(work, "out"),
         os.path.join(copy, "workers.cu"), "--"] + compiler + ["-I" + copy],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200, check=False)
    failed = 0
    for (what, lines, name, _, _), count in zip(group, counts):
        seen = all(re.search(r"^%s.*FAIL$" % re.escape(l), done.stdout, re.M) for l in lines)
        good = count and done.returncode == 1 and seen
        print("%-72s %s" % (what, "PASS" if good else "FAIL"))
        if not good:
            failed += 1
            print("  there is nothing to break in %s" % name if not count else done.stdout)
    return failed


def main():
    with tempfile.TemporaryDirectory() as work:
        failed = [try_group(g, sys.argv[1], sys.argv[2:], work) for g in GROUPS]
    sys.exit(any(failed))


if __name__ == "__main__":
    main()
