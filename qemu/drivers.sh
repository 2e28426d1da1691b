#!/bin/bash
# drivers.sh DRIVER TARGET [planted]: print the modules of one of the kernel's own drivers
# in the order in which they are loaded, built from Debian's linux-source for a
# stock target. They are in build/drivers/TARGET/DRIVER: in slub as they are, in
# dropin with myslab's header forced in. The source is not touched. With planted,
# in planted is dropin's copy with the bug of drivers/DRIVER.patch.
set -eu
. "$(dirname "$0")/common.sh"

driver=$1 target=$2
version=${target#*-}
only=""		# of a folder's modules these, or all
out=$BUILD/drivers/$target/$driver

# What the driver is made of: files and folders of the kernel's source whose
# modules go onto myslab, and others that it needs, which do not.
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
	local dir=$out/$1 path
	[ "$1" != planted ] || rm -rf "$dir"
	mkdir -p "$dir"
	: >"$dir/Kbuild.new"
	for path in "${moved[@]}" "${others[@]}"; do
		cp -ru "$tree/$path" "$dir/"
		path=${path##*/}
		case $path in
		*.c) echo "obj-m += ${path%.c}.o" ;;
		*) echo "obj-m += $path/" ;;
		esac >>"$dir/Kbuild.new"
	done
	[ "$1" != planted ] ||
		patch -s -d "$dir" -p 1 <"$QEMU/drivers/$driver.patch" >&2
	if [ -n "$only" ]; then
		# The driver's own makefile says how.
		printf '%s\n' "include \$(src)/Makefile" "obj-y :=" \
			"obj-m := \$(filter $only,\$(obj-m))" \
			>"$dir/${moved[0]##*/}/Kbuild"
	fi
	echo "$2" >>"$dir/Kbuild.new"
	cmp -s "$dir/Kbuild.new" "$dir/Kbuild" ||
		mv "$dir/Kbuild.new" "$dir/Kbuild"
	make -j "$JOBS" -C "$kernel/headers" M="$dir" \
		KBUILD_EXTRA_SYMBOLS="$BUILD/$target/Module.symvers" modules >&2
}

kernel=$("$QEMU/kernel.sh" "$target")
exec 9>"$CACHE/.lock-drivers"
flock 9
tree=$(source_tree)
flags="subdir-ccflags-y := -I$TOP/include -include $TOP/include/myslab/dropin.h"
build slub ""
build dropin "$flags"
[ -z "${3:-}" ] || build planted "$flags"
echo "$order"
