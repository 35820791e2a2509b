#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Packs a folder of fuzzing inputs into one text file, and back.

    corpus.py pack FOLDER FILE.corpus [MAX_BYTES]   smallest inputs first, a line of base64 each
    corpus.py unpack FILE.corpus FOLDER             one file an input, named by its SHA-1
    corpus.py get FILE.corpus NUMBER                one input (from 1) to standard output
"""
import base64
import hashlib
import pathlib
import sys


def inputs(path):
    return [base64.b64decode(line) for line in path.read_text().split()]


def pack(folder, path, most=None):
    found = sorted((p.read_bytes() for p in folder.iterdir() if p.is_file()), key=lambda b: (len(b), b))
    lines, used = [], 0
    for data in found:
        line = base64.b64encode(data).decode() + "\n"
        if most is not None and used + len(line) > most:
            print(f"corpus.py: {len(found) - len(lines)} inputs of {len(found)} do not fit in {most} bytes")
            break
        if data:
            lines.append(line)
            used += len(line)
    path.write_text("".join(lines))
    print(f"corpus.py: {path}: {len(lines)} inputs, {used} bytes")


def unpack(path, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for data in inputs(path):
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def main(args):
    match args:
        case ["pack", folder, path]:
            pack(pathlib.Path(folder), pathlib.Path(path))
        case ["pack", folder, path, most] if most.isdigit():
            pack(pathlib.Path(folder), pathlib.Path(path), int(most))
        case ["unpack", path, folder]:
            unpack(pathlib.Path(path), pathlib.Path(folder))
        case ["get", path, number] if number.isdigit() and 0 < int(number) <= len(inputs(pathlib.Path(path))):
            sys.stdout.buffer.write(inputs(pathlib.Path(path))[int(number) - 1])
        case _:
            print(__doc__.strip(), file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
