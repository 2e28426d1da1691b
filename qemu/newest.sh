#!/bin/bash
# newest.sh [COMMAND...]: run a command in a small Debian 13 that has the newest
# stock kernel's headers, and the compiler that they need; this tree and the
# cache are where they are outside. Without a command: have it, print its
# folder. Needs root. It is made once: remove the folder to have a newer one.
set -eu
. "$(dirname "$0")/common.sh"

root=$CACHE/debian-13

# The archive that this system is installed from.
archive()
{
	apt-get indextargets --format '$(SITE)' 'Created-By: Packages' |
		grep -v security | head -n 1
}

make_root()
{
	local tmp=$root.new site

	[ "$(id -u)" = 0 ] || die "$root is missing, only root can make it"
	site=$(archive)
	rm -rf "$tmp"
	debootstrap --variant=minbase --include=gcc,ccache,make,kmod,libelf1t64 \
		trixie "$tmp" "$site"
	echo "deb $site trixie-backports main" >>"$tmp/etc/apt/sources.list"
	chroot "$tmp" apt-get update -q
	DEBIAN_FRONTEND=noninteractive chroot "$tmp" apt-get install -q -y \
		--no-install-recommends linux-headers-cloud-amd64/trixie-backports
	# What holds the kernel itself is linux-binary-*, where that exists.
	chroot "$tmp" sh -c '
		set -e
		version=$(cd /usr/src && echo linux-headers-*-cloud-amd64)
		version=${version#linux-headers-}
		cd /tmp
		apt-get download -q "linux-binary-$version" ||
			apt-get download -q "linux-image-$version"
		dpkg -x ./*.deb image
		find image -name "vmlinuz*" -exec mv {} /boot/vmlinuz ";"
		test -e /boot/vmlinuz
		rm -rf ./*
		apt-get clean'
	rm -rf "$tmp/var/lib/apt/lists"
	mv -T "$tmp" "$root"
}

exec 9>"$CACHE/.lock-debian-13"
flock 9
if [ ! -e "$root/usr/bin/ccache" ]; then
	rm -rf "$root"
	make_root >&2
fi
exec 9>&-
if [ $# = 0 ]; then
	echo "$root"
	exit
fi
export root TOP CACHE
exec unshare --mount bash -c '
	set -eu
	for dir in "$TOP" "$CACHE" /proc /dev; do
		mkdir -p "$root$dir"
		mount --rbind "$dir" "$root$dir"
	done
	exec chroot "$root" env -C "$PWD" "$@"' bash "$@"
