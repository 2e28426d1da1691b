#!/bin/bash
# initramfs.sh OUT JOB FILE...: pack an initramfs: busybox, init/JOB.sh as
# /init, each FILE.ko into /modules, any other FILE with its libraries at the
# path it has here (or, written FROM:TO, at TO).
set -eu
. "$(dirname "$0")/common.sh"

out=$1 job=$2
shift 2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root"/{bin,dev,proc,sys,tmp,modules,etc}
cp "$(command -v busybox)" "$root/bin/busybox"
for name in $("$root/bin/busybox" --list); do
	[ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
done
{
	echo '#!/bin/sh'
	cat "$QEMU/init/common.sh" "$QEMU/init/$job.sh"
} >"$root/init"
chmod +x "$root/init"

for file in "$@"; do
	case $file in
	*.ko)
		# Debug information is most of it, and is read at each insmod.
		strip --strip-debug -o "$root/modules/${file##*/}" "$file"
		;;
	*)
		to=$root/${file##*:}
		mkdir -p "${to%/*}"
		cp "${file%%:*}" "$to"
		for lib in $(ldd "${file%%:*}" 2>/dev/null |
			grep -o '/[^ ]*' || true); do
			mkdir -p "$root/${lib%/*}"
			cp -nL "$lib" "$root/$lib"
		done
		;;
	esac
done
# Not compressed: QEMU loads it at once, a guest under TCG unpacks slowly. The
# same files are the same image, so that what is counted is, too.
(
	cd "$root"
	find . -exec touch -h -d @0 {} +
	find . | LC_ALL=C sort | cpio -o -H newc --quiet --reproducible
) >"$out.new"
mv "$out.new" "$out"
