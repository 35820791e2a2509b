#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts measured tables into a document, from the JSON of make ladder and make rivals.

    ladder_table.py [--check] DOCUMENT [GROUP=RESULTS.json]...

A table stands between a line `<!-- measured: GROUP RESULTS.json -->` and the next
`<!-- end -->`; GROUP is ladder or rivals, the file's path is from the top of the tree. GROUP=FILE
names another file from now on. --check: changes nothing, exit 1 if a table is not what its file says.
"""

import json
import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
BLOCK = re.compile(r"(<!-- measured: (\w+)(?: (\S+))? -->\n)(.*?)(<!-- end -->)", re.S)
POINTS = ["min", "p50", "p99", "p99.9"]


def row_of(row):
    cells = ["`%s`" % row["name"], row["title"]]
    if "error" in row:
        return cells + ["failed: " + row["error"]] + [""] * len(POINTS)
    rate = row["million_per_second"]
    return cells + ["%.2f" % row[p] for p in POINTS] + ["%.3g" % rate if rate < 10 else "%.0f" % rate]


def table_of(results, group):
    rows = [r for r in results["rows"] if group in r["groups"]]
    if not rows:
        sys.exit("ladder_table.py: there are no rows of %s" % group)
    lines = [["", "", "min, us", "p50, us", "p99, us", "p99.9, us", "full ring, M/s"]]
    lines += [["---"] * len(lines[0])] + [row_of(r) for r in rows]
    head = "%s, %d SMs, %d MHz; driver %s, CUDA %s; %s, %d CPUs; %s; rings of %d slots, %g s each.\n\n" % (
        results["device"], results["sms"], results["sm_clock_mhz"], results["driver"] or "unknown",
        results["cuda"], results["cpu"], results["cpus"], results["date"], results["ring_slots"],
        results["seconds"])
    if not results["complete"]:
        head = "**Cut short by the watchdog.** " + head
    return head + "".join("| %s |\n" % " | ".join(l) for l in lines)


def main():
    arguments = sys.argv[1:]
    check = "--check" in arguments
    arguments = [a for a in arguments if a != "--check"]
    if not arguments or any("=" not in a for a in arguments[1:]):
        sys.exit(__doc__)
    files = dict(a.split("=", 1) for a in arguments[1:])
    with open(arguments[0]) as f:
        text = f.read()

    def render(block):
        group, path = block[2], files.get(block[2], block[3])
        if not path:
            return block[0]
        with open(os.path.join(TOP, path)) as f:
            return "<!-- measured: %s %s -->\n\n%s\n%s" % (group, path, table_of(json.load(f), group), block[5])

    known = {b[2] for b in BLOCK.finditer(text)}
    if set(files) - known:
        sys.exit("ladder_table.py: %s has no table of %s" % (arguments[0], ", ".join(set(files) - known)))
    new = BLOCK.sub(render, text)
    if check:
        sys.exit(new != text and "ladder_table.py: %s does not say what was measured" % arguments[0])
    with open(arguments[0], "w") as f:
        f.write(new)


if __name__ == "__main__":
    main()
