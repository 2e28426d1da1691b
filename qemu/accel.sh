#!/bin/bash
# accel.sh: print the accelerator that VMs here shall use. KVM counts only if a
# stock kernel really boots under it (a nested one may hang); the answer is kept
# until the host boots again.
set -eu
. "$(dirname "$0")/common.sh"

exec 9>"$CACHE/.lock-accel"
flock 9
answer=$CACHE/accel-$(cat /proc/sys/kernel/random/boot_id)
if [ ! -e "$answer" ]; then
	accel=tcg
	if [ -w /dev/kvm ]; then
		kernel=$("$QEMU/kernel.sh" stock-6.12)
		"$QEMU/initramfs.sh" "$BUILD/probe.cpio" probe
		! timeout 15 "$QEMU/vm.py" "$kernel/vmlinuz" \
			"$BUILD/probe.cpio" --accel kvm --log "$LOGS/kvm.log" \
			--boot-timeout 10 >"$LOGS/accel.log" 2>&1 || accel=kvm
	fi
	rm -f "$CACHE"/accel-*
	echo "$accel" >"$answer"
fi
cat "$answer"
