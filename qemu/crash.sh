#!/bin/bash
# crash.sh TARGET NAME LOG FILE...: boot a stock kernel with FILEs in a VM, let it
# panic, and show what tools/crash.py reads in a dump of its memory. Debian's
# package of the kernel's symbols is had once; drgn is the newest Debian's, which
# knows the modules of kernels since 6.4.
set -eu
. "$(dirname "$0")/common.sh"

target=$1 name=$2 log=$3
shift 3
kernel=$("$QEMU/kernel.sh" "$target")
version=${kernel##*/stock-}
symbols=$CACHE/symbols-$version
dump=$BUILD/$name.core

# vmlinux, and the module by which QEMU learns what a dump has to say of it.
get_symbols()
{
	local tmp deb

	tmp=$(mktemp -d "$symbols.XXXXXX")
	cd "$tmp"
	apt-get download -qq "linux-image-$version" "linux-image-$version-dbg"
	for deb in *.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar xf - --wildcards \
			--exclude '*/usr/lib/debug/lib/*' \
			'*/vmlinu[xz]-*' '*/qemu_fw_cfg.ko*'
	done
	find . -type f -name 'vmlinux-*' -exec mv {} vmlinux \;
	find . -name 'qemu_fw_cfg.ko*' -exec mv -t . {} +
	[ ! -e qemu_fw_cfg.ko.xz ] || unxz qemu_fw_cfg.ko.xz
	rm -rf ./*.deb boot lib usr
	mv -T "$tmp" "$symbols"
}

# read_dump [WHAT]
read_dump()
{
	echo "\$ tools/crash.py $*"
	"$QEMU/newest.sh" drgn -q -c "$dump" -s "$symbols/vmlinux" \
		-s "$BUILD/$target/myslab.ko" \
		-s "$BUILD/$target/examples/broken-driver/myslab_broken.ko" \
		"$TOP/tools/crash.py" "$@"
}

export -f get_symbols
export symbols version
[ -e "$symbols" ] || step "$target: symbols (320 MB)" bash -euc get_symbols
step "drgn" "$QEMU/newest.sh" sh -ec 'command -v drgn || {
	apt-get update -q
	apt-get install -y --no-install-recommends python3-drgn; }'
"$QEMU/initramfs.sh" "$BUILD/$name.cpio" crash "$@" "$symbols/qemu_fw_cfg.ko"
rm -f "$dump"
step "$target: crash and dump" "$QEMU/crash.py" "$kernel/vmlinuz" \
	"$BUILD/$name.cpio" "$log" "$dump"
# One by its name, in a slab, and one by its address, which has no name.
object=$(sed -n 's/.*"object":"\([^"]*\)".*/\1/p' "$log" | head -n 1)
address=$(sed -n '/"object"/d; s/.*"address":"\([^"]*\)".*/\1/p' "$log" |
	tail -n 1)
{
	read_dump
	read_dump whatis "${object:-nothing#0.0}"
	read_dump whatis "${address:-0}"
} >"$log.dump"
rm "$dump"
sed 's/^/  /' "$log.dump"
for text in 'out-of-bounds-right: cache broken-frames' ' overrun+' \
	' new_frame+.* cache broken-frames' '^heap client-blobs: ' \
	'at +0 of broken-frames#.*withdrawn after a finding' '^allocated at ' \
	'^    new_frame+' \
	'^cache broken-frames: at +0 of a guarded object, '; do
	grep -q "$text" "$log.dump" || die "the dump does not say: $text"
done
