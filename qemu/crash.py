#!/usr/bin/env python3
"""Boot a VM that is to panic, and write a dump of its memory.

    crash.py VMLINUZ INITRAMFS LOG DUMP
"""

import os
import socket
import subprocess
import sys
import tempfile

import vm

MOST_SECONDS = 120


def main():
    vmlinuz, initramfs, log_path, dump = sys.argv[1:]
    sys.argv[1:] = [vmlinuz, initramfs, "--log", log_path, "--mem", "256M",
                    "--cpus", "2", "--append", "panic=0 no_hash_pointers"]
    log = vm.Log(log_path, False)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "monitor")
        guest = subprocess.Popen(
            ["timeout", str(MOST_SECONDS), *vm.qemu_command(vm.parse_args()),
             "-device", "vmcoreinfo",
             "-monitor", f"unix:{path},server=on,wait=off"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        for line in guest.stdout:
            log.feed(line)
            if b"end Kernel panic" in line:
                break
        else:
            sys.exit(f"no panic within {MOST_SECONDS} s")
        monitor = socket.socket(socket.AF_UNIX)
        monitor.connect(path)
        # -p: with virtual addresses.
        monitor.sendall(f"dump-guest-memory -p {dump}\nquit\n".encode())
        guest.wait()
        log.close()
    if not os.path.exists(dump):
        sys.exit("QEMU wrote no dump")


if __name__ == "__main__":
    main()
