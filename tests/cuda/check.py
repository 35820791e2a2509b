#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Facts of the machine code of the cuda backend's kernel, each a line that passes or fails.

    check.py [--built OBJECT] [--arch N]... [--stack BYTES] --out FOLDER SOURCE -- COMPILER...

Compiles SOURCE (cuda/workers.cu) with the COMPILER's command line, for each architecture and
as PTX, and looks at what comes out: PTX says which function an access was inlined from, the
machine code what became of it. Only nvcc is needed: instructions are decoded here, and the
decoding is checked against a kernel whose instructions are known (tests/cuda/probe.cu).

--built: the object of the backend; that it has this machine code is a fact too.
"""

import argparse
import os
import re
import struct
import subprocess
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))

# Low 12 bits of an instruction of sm_70 and later.
LDG, STG, LDL, STL, BPT = 0x981, 0x986, 0x983, 0x387, 0x95C
MEMBAR = 0x992
SYSTEM = 0xA  # strength and scope of an access
OUTSIDE = {"vprintf", "malloc", "free", "__assertfail"}
FATBIN = 0xBA55ED50

failed = 0


def fact(name, problem=""):
    """One line; `problem` says what was found instead."""
    global failed
    print("%-72s %s" % (name, "FAIL" if problem else "PASS"))
    if problem:
        print("  " + problem)
        failed += 1


# ---- objects ------------------------------------------------------------------------------


def sections(elf):
    """Name -> (header, bytes) of an ELF of 64 bits."""
    offset, = struct.unpack_from("<Q", elf, 0x28)
    count, strings = struct.unpack_from("<HH", elf, 0x3C)
    headers = [struct.unpack_from("<IIQQQQIIQQ", elf, offset + 64 * i) for i in range(count)]
    base = headers[strings][4]
    found = {}
    for h in headers:
        end = elf.index(b"\0", base + h[0])
        body = b"" if h[1] == 8 else elf[h[4]:h[4] + h[5]]
        found[elf[base + h[0]:end].decode()] = (h, body)
    return found


def device_code(path):
    """Of an object of nvcc: {arch: ELF}, {archs of PTX}."""
    with open(path, "rb") as f:
        data = f.read()
    elves, ptx = {}, set()
    for _, (_, body) in [s for s in sections(data).items() if s[0] == ".nv_fatbin"]:
        at = 0
        while at + 16 <= len(body):
            magic, _, header, size = struct.unpack_from("<IHHQ", body, at)
            if magic != FATBIN:
                at += 8
                continue
            entry, at = at + header, at + header + size
            while entry < at:
                kind, _, head, length = struct.unpack_from("<HHIQ", body, entry)
                arch, = struct.unpack_from("<I", body, entry + 28)
                if kind == 1:
                    ptx.add(arch)
                elif kind == 2:
                    elves[arch] = body[entry + head:entry + head + length]
                entry += head + length
    return elves, ptx


def code_of(elf):
    """Function -> [(address, low word, high word)]."""
    return {
        name[6:]: [(i,) + struct.unpack_from("<QQ", body, i) for i in range(0, len(body), 16)]
        for name, (_, body) in sections(elf).items() if name.startswith(".text.")
    }


def opcode(instruction):
    return instruction[1] & 0xFFF


def width(instruction):
    """Bytes of a load or store."""
    return {4: 4, 5: 8, 6: 16}.get(instruction[2] >> 9 & 7, 1)


def scope(instruction):
    return instruction[2] >> 13 & 0xF


def symbols_outside(elf):
    """Names that the code needs and does not have; .nv. ones are the linker's."""
    all_sections = sections(elf)
    names, table = all_sections[".strtab"][1], all_sections[".symtab"][1]
    found = set()
    for i in range(24, len(table), 24):
        name, _, _, where = struct.unpack_from("<IBBH", table, i)
        text = names[name:names.index(b"\0", name)].decode()
        if where == 0 and text and not text.startswith(".nv."):
            found.add(text)
    return found


def uleb(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def sleb(data, at):
    value, end = uleb(data, at)
    bits = 7 * (end - at)
    return value - (1 << bits) if value >> (bits - 1) & 1 else value, end


def lines_of(elf):
    """[(address, file, line)] of the first function, from .debug_line (DWARF 2)."""
    data = sections(elf)[".debug_line"][1]
    prologue, = struct.unpack_from("<I", data, 6)
    program = 10 + prologue
    base, span, special = struct.unpack_from("<bBB", data, 12)
    at, files = 15 + special - 1, []
    while data[at]:  # folders
        at = data.index(b"\0", at) + 1
    at += 1
    while data[at]:
        end = data.index(b"\0", at)
        files.append(data[at:end].decode())
        at = end + 1
        for _ in range(3):
            _, at = uleb(data, at)
    address, file, line, rows, at = 0, 1, 1, [], program
    while at < len(data):
        op, at = data[at], at + 1
        if op >= special:
            address += (op - special) // span
            line += base + (op - special) % span
            rows.append((address, files[file - 1], line))
        elif op == 0:
            length, at = uleb(data, at)
            if length and data[at] == 1:
                break  # end of the sequence
            at += length
        elif op == 1:
            rows.append((address, files[file - 1], line))
        elif op == 2:
            step, at = uleb(data, at)
            address += step
        elif op == 3:
            step, at = sleb(data, at)
            line += step
        elif op == 4:
            file, at = uleb(data, at)
        elif op == 5:
            _, at = uleb(data, at)
        elif op == 8:
            address += (255 - special) // span
        elif op == 9:
            address += struct.unpack_from("<H", data, at)[0]
            at += 2
    return rows


def places(elf, function):
    """Address -> (file, line) of each instruction of the function."""
    rows = sorted(lines_of(elf), key=lambda r: r[0])
    found, i, here = {}, 0, None
    for instruction in code_of(elf)[function]:
        while i < len(rows) and rows[i][0] <= instruction[0]:
            here = rows[i][1:]
            i += 1
        found[instruction[0]] = here
    return found


# ---- sources and PTX -----------------------------------------------------------------------------


def function_lines(path, name):
    """First and last line of a function at file scope; None if it is not there."""
    with open(path) as f:
        text = f.read().split("\n")
    for i, line in enumerate(text):
        if not re.match(r"\S.*\b%s\(" % name, line) or line.endswith(";"):
            continue
        for j in range(i, len(text)):
            if text[j] == "}":
                return i + 1, j + 1
            if text[j].endswith(";") and not text[j].startswith("\t"):
                break
    return None


def accesses(ptx):
    """[(text, [(file, line), ...])]: loads and stores with their place, innermost first."""
    files = dict(re.findall(r'\.file\s+(\d+) "(?:[^"]*/)?([^"/]+)"', ptx))
    chain, found, starts = [], [], {}
    for line in ptx.split("\n"):
        loc = re.match(r"\s*\.loc\s+(\d+) (\d+) (\d+)(?:, function_name \S+, inlined_at (\d+) (\d+) (\d+))?",
                       line)
        if loc:
            here = (files.get(loc[1]), int(loc[2]))
            outer = (files.get(loc[4]), int(loc[5])) if loc[4] else None
            chain = [here] + ([outer] if outer else [])
        access = re.match(r"\s*(?:@\S+ )?((?:ld|st|atom|red)\.[\w.]+)", line)
        if access and not re.search(r"\.(param|shared|local)\b", access[1]):
            found.append((access[1], chain))
    return found


def inlined_from(ptx, folder, file, function):
    """What is accessed by `function`, directly or by a function of one access that it calls."""
    span = function_lines(os.path.join(folder, file), function)
    if not span:
        return None
    return [text for text, chain in accesses(ptx)
            if any(f == file and span[0] <= n <= span[1] for f, n in chain)]


# ---- the facts -----------------------------------------------------------------------------------


def compile_source(command, source, out, more):
    done = subprocess.run(command + more + ["-o", out, source], stderr=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit("check.py: %s\n%s%s" % (" ".join(command + more), done.stdout, done.stderr))
    return done.stdout + done.stderr


def check_ptx(ptx, folder):
    bulk = re.findall(r"\bcp\.async\.bulk\.shared::cluster\.global\.mbarrier\S*", ptx)
    small = re.findall(r"\bcp\.async\.c[ag]\S*", ptx)
    fact("ptx/what a server reads of slots (begin_fetch) is one bulk copy",
         "found %s" % ", ".join(sorted(set(small))) if small else "" if bulk else "there is none")
    fact("ptx/a full fence (fence.sc.sys) before a queue sleeps",
         "" if re.search(r"\bfence\.sc\.sys;", ptx) else "there is none")
    what = [("the slot poll (look)", "look", "ld.relaxed.sys.global.v2.u64"),
            ("the completion (write_completion)", "write_completion", "st.relaxed.sys.global.v2.u64")]
    for title, function, only in what:
        found = inlined_from(ptx, folder, "slots.cuh", function)
        name = "ptx/%s is %s alone" % (title, only)
        if found is None:
            fact(name, "slots.cuh has no function %s" % function)
        elif not found:
            fact(name, "none of its accesses is in the PTX")
        else:
            others = sorted(set(found) - {only})
            fact(name, "found %s" % ", ".join(others) if others else "")


def wrong_pairs(elf, function, folder, name, op):
    """Instructions of load_pair or store_pair that are not one of 16 bytes at system scope."""
    span = function_lines(os.path.join(folder, "memory.cuh"), name)
    where = places(elf, function)
    mine = [i for i in code_of(elf)[function] if opcode(i) == op and where[i[0]] and
            where[i[0]][0] == "memory.cuh" and span[0] <= where[i[0]][1] <= span[1]]
    bad = [i for i in mine if width(i) != 16 or scope(i) != SYSTEM]
    if not mine:
        return "none is in the machine code"
    return "%d of %d: %d bytes, scope %d" % (len(bad), len(mine), width(bad[0]), scope(bad[0])) \
        if bad else ""


def threads_of_a_block(ptx_path):
    """Each architecture has its own (team.cuh)."""
    with open(ptx_path) as f:
        threads = re.search(r"\.maxntid\s+(\d+)", f.read())
    return int(threads[1]) if threads else 1024


def check_code(arch, elf, log, folder, stack, threads):
    prefix = "sm_%d/" % arch
    functions = code_of(elf)
    kernel = next(f for f in functions if "peal_workers" in f)
    everything = [i for code in functions.values() for i in code]
    fact(prefix + "a load of a slot is one LDG.E.128.STRONG.SYS",
         wrong_pairs(elf, kernel, folder, "load_pair", LDG))
    fact(prefix + "a store of a completion is one STG.E.128.STRONG.SYS",
         wrong_pairs(elf, kernel, folder, "store_pair", STG))
    traps = sum(opcode(i) == BPT for i in everything)
    fact(prefix + "no trap and no breakpoint", "%d of them" % traps if traps else "")
    outside = symbols_outside(elf)
    fact(prefix + "no call of printf, malloc, assert or other functions",
         ", ".join(sorted(outside)) if outside else "")
    # What is called by its address (execute.cuh) saves the registers that it takes.
    spills = re.findall(r"properties for \S*peal_workers\S*\n"
                        r".* (\d+) bytes spill stores, (\d+) bytes spill loads", log)
    spilt = sum(int(a) + int(b) for a, b in spills)
    fact(prefix + "no spills", "nvcc said nothing of spills" if not spills else
         "%d bytes" % spilt if spilt else "")
    frames = [int(n) for n in re.findall(r"(\d+) bytes cumulative stack size", log)] or [0]
    fact(prefix + "a stack of at most %d bytes" % stack,
         "%d bytes" % max(frames) if max(frames) > stack else "")
    registers = [int(n) for n in re.findall(r"Used (\d+) registers", log)]
    fact(prefix + "the registers of a block fit on an SM",
         "%d threads, %s each, of 65536" % (threads, registers)
         if not registers or max(registers) * threads > 65536 else "")


def check_decoder(command, out, arch):
    """The probe's kernels have one instruction each that is known."""
    path = os.path.join(out, "probe.sm_%d.cubin" % arch)
    compile_source(command, os.path.join(FOLDER, "probe.cu"), path,
                   ["-cubin", "-arch=sm_%d" % arch])
    with open(path, "rb") as f:
        elf = f.read()
    code = code_of(elf)

    def has(function, op, size=0, scope_is=None):
        return sum(opcode(i) == op and (not size or width(i) == size) and
                   (scope_is is None or scope(i) == scope_is) for i in code[function])

    good = has("load_16", LDG, 16, SYSTEM) == 1 and has("load_8", LDG, 8, SYSTEM) == 2 and \
        has("load_8", LDG, 16) == 0 and has("load_gpu", LDG, 16, SYSTEM) == 0 and \
        has("load_gpu", LDG, 16) == 1 and has("store_16", STG, 16, SYSTEM) == 1 and \
        has("store_8", STG, 8, SYSTEM) == 2 and has("trap", BPT) == 1 and \
        has("local", LDL) > 0 and has("local", STL) > 0 and has("fence", MEMBAR) == 1 and \
        has("load_16", LDL) + has("load_16", STL) + has("load_16", BPT) == 0 and \
        symbols_outside(elf) & OUTSIDE == {"vprintf"}
    fact("sm_%d/the decoder knows the instructions of the probe" % arch,
         "" if good else "this nvcc encodes them in another way: look at probe.cu")


def check_built(path, archs, compiled):
    elves, ptx = device_code(path)
    fact("built/machine code for %s" % ", ".join("sm_%d" % a for a in archs),
         "" if sorted(elves) == sorted(archs) else "it has %s" % sorted(elves))
    fact("built/PTX of compute_%d for what comes later" % archs[-1],
         "" if ptx == {archs[-1]} else "it has %s" % sorted(ptx))
    for arch in archs:
        if arch in elves:
            same = list(code_of(elves[arch]).values()) == list(code_of(compiled[arch]).values())
            fact("sm_%d/the backend has this code" % arch,
                 "" if same else "%s was built in another way" % path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--built")
    parser.add_argument("--arch", type=int, action="append", required=True)
    parser.add_argument("--stack", type=int, default=256)
    parser.add_argument("--out", required=True)
    parser.add_argument("source")
    parser.add_argument("compiler", nargs="+")
    options = parser.parse_args()
    folder = os.path.dirname(options.source)
    os.makedirs(options.out, exist_ok=True)

    ptx_path = os.path.join(options.out, "workers.ptx")
    compile_source(options.compiler, options.source, ptx_path,
                   ["-ptx", "-arch=compute_%d" % options.arch[-1]])
    with open(ptx_path) as f:
        ptx = f.read()
    compiled = {}
    check_ptx(ptx, folder)
    for arch in options.arch:
        path = os.path.join(options.out, "workers.sm_%d.cubin" % arch)
        kept = os.path.join(options.out, "sm_%d" % arch)
        os.makedirs(kept, exist_ok=True)
        log = compile_source(options.compiler, options.source, path,
                             ["-cubin", "-arch=sm_%d" % arch, "-Xptxas", "-v", "-keep", "-keep-dir", kept])
        with open(path, "rb") as f:
            compiled[arch] = f.read()
        check_decoder(options.compiler, options.out, arch)
        check_code(arch, compiled[arch], log, folder, options.stack,
                   threads_of_a_block(os.path.join(kept, "workers.ptx")))
    if options.built:
        check_built(options.built, options.arch, compiled)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
