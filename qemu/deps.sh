#!/bin/bash
# deps.sh JOB...: have the Debian packages that jobs need. What is missing is
# installed by one apt line, which is printed; a user who is not root gets the
# line and exit 1.
#
# Jobs: build, build-6.1, build-newest (modules for Debian's kernels), vm,
# procps, kernels (builds of test kernels), check, plot, mirror.
set -eu
. "$(dirname "$0")/common.sh"

packages_of()
{
	case $1 in
	build) echo gcc make kmod linux-headers-6.12-cloud-amd64 ;;
	build-6.1) echo gcc make kmod linux-headers-cloud-amd64 ;;
	vm) echo qemu-system-x86 busybox-static cpio python3 ;;
	build-newest) echo debootstrap ;;
	procps) echo procps trace-cmd ;;
	kernels)
		echo linux-source-6.12 linux-source-6.1 gcc make bc bison flex \
			libelf-dev xz-utils kmod ccache perl
		;;
	check) echo sparse perl python3 linux-source-6.12 xz-utils ;;
	plot) echo gnuplot-nox ;;
	mirror) echo gcc g++ make libc6-dev ;;
	drivers)
		echo gcc libc6-dev linux-source-6.12 linux-source-6.1 \
			xz-utils patch dosfstools e2fsprogs dmsetup \
			thin-provisioning-tools nftables
		;;
	native) echo libjemalloc2 libmimalloc2.0 libtcmalloc-minimal4 \
		libtalloc-dev libapr1-dev libboost-dev ;;
	*) die "deps.sh: no job $1" ;;
	esac
}

missing=$(for job in "$@"; do packages_of "$job"; done | tr ' ' '\n' | sort -u |
	while read -r package; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" \
			2>/dev/null)" = installed ] || echo "$package"
	done)
[ -n "$missing" ] || exit 0

# shellcheck disable=SC2086
printf -v line '%s ' apt-get install -y --no-install-recommends $missing
echo "$line"
if [ "$(id -u)" != 0 ]; then
	echo "run the line above as root, then try again" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
step "install packages" sh -c "apt-get update -q && $line"
