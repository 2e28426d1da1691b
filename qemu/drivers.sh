#!/bin/bash
# drivers.sh DRIVER TARGET SIDE...: print the modules of one of the kernel's own
# drivers in the order in which they are loaded, built from Debian's linux-source
# for a target of that version, each side in build/drivers/TARGET/DRIVER/SIDE:
# slub as they are, dropin with myslab's header forced in, kmalloc with kmalloc()
# moved as well, planted like dropin with the bug of drivers/DRIVER.patch. The
# source is not touched.
set -eu
. "$(dirname "$0")/common.sh"

driver=$1 target=$2
shift 2
version=${target#*-}
only=""		# of the folders' modules these, or all
out=$BUILD/drivers/$target/$driver

# What the driver is made of: files and folders of the kernel's source whose
# modules go onto myslab, and others that it needs, which have no caches.
case $driver in
vfat)
	moved=(fs/fat)
	others=(drivers/block/brd.c fs/nls/nls_cp437.c fs/nls/nls_ascii.c)
	order="brd nls_cp437 nls_ascii fat vfat"
	;;
thin)
	moved=(drivers/md)
	only="dm-mod.o dm-bufio.o dm-bio-prison.o dm-thin-pool.o persistent-data/"
	others=(drivers/block/brd.c lib/libcrc32c.c)
	order="brd libcrc32c dm-mod dm-bufio dm-bio-prison"
	order+=" dm-persistent-data dm-thin-pool"
	;;
ext4)
	moved=(fs/ext4 fs/jbd2 fs/mbcache.c)
	others=(drivers/block/brd.c)
	order="brd mbcache jbd2 ext4"
	;;
zram)
	moved=(drivers/block/zram mm/zsmalloc.c)
	others=(lib/lz4)
	order="lz4_compress lz4hc_compress zsmalloc zram"
	if [ "$version" = 6.1 ]; then
		others=(crypto/lzo-rle.c)
		order="lzo-rle zsmalloc zram"
	fi
	;;
conntrack)
	moved=(net/netfilter)
	only="nf_conntrack.o nf_conntrack_tftp.o nf_nat.o nfnetlink.o"
	only+=" nf_tables.o nft_ct.o nf_conncount.o nft_connlimit.o"
	only+=" nft_chain_nat.o nft_redir.o nf_defrag_ipv6.o"
	others=(net/ipv4/netfilter/nf_defrag_ipv4.c net/ipv6/netfilter
		lib/libcrc32c.c)
	order="libcrc32c nf_defrag_ipv4 nf_defrag_ipv6 nf_conntrack"
	order+=" nf_conntrack_tftp nf_nat nfnetlink nf_tables nft_ct"
	order+=" nf_conncount nft_connlimit nft_chain_nat nft_redir"
	if [ "$version" = 6.1 ]; then
		only+=" nft_objref.o"
		order+=" nft_objref"
	fi
	;;
*)
	die "drivers.sh: no driver $driver"
	;;
esac

# The folder with what is wanted of the kernel's source.
source_tree()
{
	local package=linux-source-$version key tree
	key=$(dpkg-query -W -f '${Version}' "$package")
	tree=$CACHE/drivers-$driver-$key

	if [ ! -e "$tree" ]; then
		rm -rf "$tree.new"
		mkdir "$tree.new"
		tar xJf "/usr/src/$package.tar.xz" -C "$tree.new" \
			--strip-components=1 \
			"${moved[@]/#/$package/}" "${others[@]/#/$package/}"
		mv "$tree.new" "$tree"
	fi
	echo "$tree"
}

# build NAME LINE: the modules, with LINE in the Kbuild of those that move.
build()
{
	local dir=$out/$1 paths=("${moved[@]}" "${others[@]}") path kbuild
	kbuild=$(
		for path in "${paths[@]}"; do
			case $path in
			*.c) echo "obj-m += ${path%.c}.o" ;;
			*) echo "obj-m += $path/" ;;
			esac
		done
		echo "$2"
	)
	# What another list has built would be taken, too.
	if [ "$1" = planted ] ||
		[ "$kbuild" != "$(cat "$dir/Kbuild" 2>/dev/null)" ]; then
		rm -rf "$dir"
		mkdir -p "$dir"
		echo "$kbuild" >"$dir/Kbuild"
	fi
	(cd "$tree" && cp -ru --parents "${paths[@]}" "$dir")
	[ "$1" != planted ] ||
		patch -s -d "$dir" -p 1 <"$QEMU/drivers/$driver.patch" >&2
	for path in "${paths[@]}"; do
		[ -n "$only" ] && [ -d "$dir/$path" ] || continue
		# The folder's own makefile says how.
		printf '%s\n' "include \$(src)/Makefile" "obj-y :=" \
			"obj-m := \$(filter $only,\$(obj-m))" \
			>"$dir/$path/Kbuild"
	done
	ln -sfn "$TOP/include" "$dir/include"
	# Kbuild does not see that the versions of myslab's symbols are others.
	[ "$dir/Module.symvers" -nt "$BUILD/$target/Module.symvers" ] ||
		rm -f "$dir/Module.symvers"
	compile_in "$dir"
	"${in[@]}" make -j "$JOBS" -C "$kernel/headers" M="$at" CC="$cc" \
		KBUILD_EXTRA_SYMBOLS="$BUILD/$target/Module.symvers" modules >&2
}

kernel=$("$QEMU/kernel.sh" "$target")
exec 9>"$CACHE/.lock-drivers"
flock 9
tree=$(source_tree)
header='$(src)/include'
flags="-I$header -include $header/myslab/dropin.h"
for side; do
	case $side in
	slub) build slub "" ;;
	kmalloc) build kmalloc \
		"subdir-ccflags-y := -DMYSLAB_DROPIN_KMALLOC $flags" ;;
	*) build "$side" "subdir-ccflags-y := $flags" ;;
	esac
done
echo "$order"
