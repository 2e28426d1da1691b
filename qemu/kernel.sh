#!/bin/bash
# kernel.sh TARGET: have the kernel of a target in the cache, print its folder:
# vmlinuz (to boot) and headers (for make -C ... M=, a folder or a link).
#
# Stock kernels are Debian's packages, unpacked; stock-newest is the newest that
# it has for the next release. The others are built from
# Debian's linux-source packages and kept by source version and configuration.
# A folder gets its final name only when it is complete.
set -eu
. "$(dirname "$0")/common.sh"

target=${1:?usage: kernel.sh TARGET}

# The package that a meta package like linux-image-cloud-amd64 points to.
newest()
{
	apt-cache depends "$1" | sed -n 's/^ *Depends: \(linux-[a-z]*-[0-9].*\)/\1/p' |
		head -n 1
}

# finish DIR: give a complete folder its final name.
finish()
{
	mv -T "$1" "$dir" 2>/dev/null || rm -rf "$1"
}

get_stock()
{
	local image headers version tmp

	image=$(newest "$(deb_package image "$target")")
	version=${image#linux-image-}
	headers=/usr/src/linux-headers-$version
	[ -e "$headers/Makefile" ] || die "$headers is missing: run qemu/deps.sh"
	dir=$CACHE/stock-$version
	[ -e "$dir/vmlinuz" ] && return

	tmp=$(mktemp -d "$dir.XXXXXX")
	(cd "$tmp" && apt-get download -qq "$image")
	dpkg -x "$tmp"/*.deb "$tmp/deb"
	mv "$tmp/deb/boot/vmlinuz-$version" "$tmp/vmlinuz"
	ln -s "$headers" "$tmp/headers"
	rm -rf "$tmp"/deb "$tmp"/*.deb
	finish "$tmp"
}

# Its headers are of use inside of newest.sh only.
get_newest()
{
	local root version tmp

	root=$("$QEMU/newest.sh")
	version=$(cd "$root/usr/src" && echo linux-headers-*-cloud-amd64)
	version=${version#linux-headers-}
	dir=$CACHE/stock-$version
	[ -e "$dir/vmlinuz" ] && return

	tmp=$(mktemp -d "$dir.XXXXXX")
	cp "$root/boot/vmlinuz" "$tmp/vmlinuz"
	ln -s "/usr/src/linux-headers-$version" "$tmp/headers"
	finish "$tmp"
}

# What a build of a module needs from the kernel's tree, and checkpatch.
keep_headers()
{
	local to=$1

	mkdir "$to"
	{
		find . -name 'Makefile*' -o -name 'Kbuild*' -o -name '*.lds'
		find include scripts arch/x86/include ! -type d
		ls .config Module.symvers System.map tools/objtool/objtool
	} | grep -v '\.o$\|\.cmd$' |
		grep -v '^\./\(drivers\|samples\|sound\|net\|tools\)/' |
		tar cf - -T - | tar xf - -C "$to"
}

build_kernel()
{
	local version=${target#*-} flavour=${target%-*} fragments source key
	local gcc=gcc options=()

	fragments=$QEMU/config/kunit.config
	[ "$flavour" = kunit ] || fragments+=" $QEMU/config/$flavour.config"
	source=$(dpkg-query -W -f '${Version}' "linux-source-$version")
	# shellcheck disable=SC2086
	key=$(cat $fragments | sha256sum | cut -c1-12)
	dir=$CACHE/$flavour-$source-$key
	[ -e "$dir/vmlinuz" ] && return

	! command -v ccache >/dev/null || gcc="ccache gcc"
	export CCACHE_DIR=$CACHE/ccache KBUILD_BUILD_TIMESTAMP=@0 \
		KBUILD_BUILD_USER=myslab KBUILD_BUILD_HOST=qemu
	# Not local: the trap outlives the function.
	tmp=$(mktemp -d "$CACHE/building-$target.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	tar xJf "/usr/src/linux-source-$version.tar.xz" -C "$tmp"
	cd "$tmp/linux-source-$version"
	make -s tinyconfig >/dev/null 2>&1
	# shellcheck disable=SC2086
	scripts/kconfig/merge_config.sh -m .config $fragments \
		>/dev/null 2>&1
	make -s olddefconfig
	# What a later fragment says of a symbol is what was asked for.
	# shellcheck disable=SC2086
	missing=$(awk '/^CONFIG_/ { split($0, set, "="); asked[set[1]] = $0 }
		/^# CONFIG_.* is not set/ { delete asked[$2] }
		END { for (name in asked) print asked[name] }' $fragments |
		grep -vxFf .config || true)
	[ -z "$missing" ] || echo "not honoured by $version: $missing" >&2
	[ "$flavour" != kcsan ] || options=(KCSAN_SANITIZE=n)
	make -s -j "$JOBS" CC="$gcc" "${options[@]}" bzImage modules >&2
	mkdir "$tmp/out"
	cp arch/x86/boot/bzImage "$tmp/out/vmlinuz"
	keep_headers "$tmp/out/headers"
	cd /
	finish "$tmp/out"
}

# Two callers at once: the second waits and finds the work done.
exec 9>"$CACHE/.lock-$target"
flock 9
case $target in
stock-newest) get_newest ;;
stock-6.12 | stock-6.1) get_stock ;;
kunit-*.* | debug-*.* | kcsan-*.* | drivers-*.*) build_kernel ;;
*) die "unknown target $target: one of $ALL_TARGETS" ;;
esac
echo "$dir"
