#!/usr/bin/env python3
"""Where the instructions of a hot pair go, by symbol.

    profile.py VMLINUZ INITRAMFS LOG BOOT-ARGUMENTS

Boots the VM with bench/profile.ko, steps through it by QEMU's gdbstub, with
interrupts held off, and counts every instruction of ROUNDS rounds: a sample of
all of them, the same on each run. The guest says which symbols they lie in.
"""

import collections
import os
import re
import socket
import subprocess
import sys
import tempfile

import vm

ROUNDS = 20
MOST_STEPS = 20000
RIP = "p10"
TITLES = {
    "their": "kmem_cache", "our": "a cache of myslab",
    "kv": "kvmalloc", "block": "a heap of myslab",
}
WRAPPERS = {f"{side}_{call}": side
            for side in TITLES for call in ("alloc", "free")}


class Gdb:
    """As much of gdb's remote protocol as stepping takes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.input = self.socket.makefile("rb")
        # Whoever has not read this is given no single registers.
        self.ask("qXfer:features:read:target.xml:0,fff")

    def send(self, text):
        total = sum(text.encode()) % 256
        self.socket.sendall(f"${text}#{total:02x}".encode())

    def receive(self):
        while self.input.read(1) != b"$":
            pass
        reply = b""
        while not reply.endswith(b"#"):
            reply += self.input.read(1)
        self.input.read(2)
        self.socket.sendall(b"+")
        return reply[:-1].decode()

    def ask(self, text):
        self.send(text)
        reply = self.receive()
        # That it has stopped, QEMU says when it likes: we know.
        while reply.startswith("T") and text not in ("s", "c"):
            reply = self.receive()
        return reply

    def rip(self):
        return int.from_bytes(bytes.fromhex(self.ask(RIP)), "little")


def step(gdb, start):
    """Addresses of the instructions of whole rounds, which begin at start."""
    trace = []
    if gdb.ask(f"Z1,{start:x},1") != "OK":
        sys.exit("no breakpoint")
    gdb.ask("c")
    gdb.ask(f"z1,{start:x},1")
    for _ in range(ROUNDS):
        while True:
            trace.append(gdb.rip())
            gdb.ask("s")
            if gdb.rip() == start:
                break
            if len(trace) > MOST_STEPS:
                sys.exit("the loop was not found")
    return trace


def tell(gdb, at, values):
    """What the module waits for: the addresses, then their number."""
    places = [*range(at + 8, at + 8 + 8 * len(values), 8), at]
    for place, value in zip(places, [*values, len(values)]):
        data = value.to_bytes(8, "little").hex()
        if gdb.ask(f"M{place:x},8:{data}") != "OK":
            sys.exit("the guest's memory cannot be written")
    gdb.ask("D")


def lines(process, log):
    for raw in process.stdout:
        line = raw.decode("utf-8", "replace").rstrip()
        log.write(line + "\n")
        yield line


def run(vmlinuz, initramfs, log, append):
    """(trace, {address: symbol+offset})."""
    place = os.path.join(tempfile.mkdtemp(), "gdb")
    sys.argv = ["vm.py", vmlinuz, initramfs, "--log", "-", "--icount",
                "--append", append]
    command = vm.qemu_command(vm.parse_args())
    command += ["-gdb", f"unix:{place},server=on,wait=off"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as guest:
        try:
            return follow(lines(guest, log), place)
        finally:
            guest.kill()


def follow(output, place):
    trace, symbols = [], {}
    for line in output:
        if match := re.search(r"profile: seen at (\w+), .* at (\w+)", line):
            gdb = Gdb(place)
            trace = step(gdb, int(match[2], 16))
            tell(gdb, int(match[1], 16), sorted(set(trace)))
        elif match := re.search(r"profile: (\w+) (\S+)", line):
            symbols[int(match[1], 16)] = match[2]
    return trace, symbols


def report(trace, symbols):
    """Whose turn it is, the wrappers of bench/profile.c say."""
    sides = {side: collections.Counter() for side in TITLES}
    side = None
    for ip in trace:
        name = re.split(r"[+.]", symbols[ip])[0]
        if name in WRAPPERS:
            side = WRAPPERS[name]
        elif name not in ("take_turns", "profile_init",
                          "pair_of_each") and side:
            sides[side][name] += 1
    for side, title in TITLES.items():
        total = sum(sides[side].values())
        print(f"{title}: {total / ROUNDS:g} instructions a hot pair")
        for name, nr in sides[side].most_common():
            print(f"  {name:32} {nr / ROUNDS:8g} {100 * nr / total:5.1f} %")


def main():
    vmlinuz, initramfs, path, append = sys.argv[1:]
    with open(path, "w", encoding="utf-8", buffering=1) as log:
        trace, symbols = run(vmlinuz, initramfs, log, append)
    if not trace or not all(ip in symbols for ip in trace):
        sys.exit(f"no profile, log: {path}")
    report(trace, symbols)


if __name__ == "__main__":
    main()
