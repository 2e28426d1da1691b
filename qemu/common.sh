# shellcheck shell=bash disable=SC2034
# Sourced by every script here: places, names of the targets, progress lines.
#
# A target is a kernel that tests run on: stock-6.12, stock-6.1, stock-newest
# (Debian's own), kunit-6.12, kunit-6.1, debug-6.12, kcsan-6.12 (built here, see
# config/).

QEMU=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(dirname "$QEMU")
CACHE=${MYSLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/myslab}
BUILD=$TOP/build
LOGS=$BUILD/log
JOBS=${MYSLAB_JOBS:-$(nproc)}
ALL_TARGETS="stock-6.12 stock-6.1 stock-newest"
ALL_TARGETS+=" kunit-6.12 kunit-6.1 debug-6.12 kcsan-6.12"
mkdir -p "$CACHE" "$LOGS"
# Our own make's variables (KERNEL=, CONFIG=) are not for a kernel's makefiles.
unset MAKEFLAGS MFLAGS MAKELEVEL

die()
{
	echo "$*" >&2
	exit 1
}

# step TEXT COMMAND...: run it with its output in a log, print one line with
# the seconds it took; on failure the end of the log.
step()
{
	local text=$1 log start=$SECONDS
	shift
	log=$LOGS/$(tr -c 'A-Za-z0-9.\n' - <<<"$text").log
	printf '%-58s ' "$text"
	if "$@" >"$log" 2>&1 </dev/null; then
		printf '%4d s\n' $((SECONDS - start))
	else
		printf 'FAILED after %d s, log: %s\n' \
			$((SECONDS - start)) "$log"
		tail -n 30 "$log"
		return 1
	fi
}

# compile_in DIR: "${in[@]}" runs a command that finds DIR at $at. A compiler's
# output names its folder, so that ccache has what another clone compiled only
# if all compile in the same place: as root, in a mount namespace of their own.
compile_in()
{
	at=$1 in=() cc=gcc
	[ "$(id -u)" = 0 ] && command -v ccache >/dev/null || return 0
	at=$CACHE/modules cc="ccache gcc"
	mkdir -p "$at"
	in=(unshare --mount sh -c 'mount --bind "$0" "$1"; shift; exec "$@"'
	    "$1" "$at")
	export CCACHE_DIR=$CACHE/ccache
}

# deb_package KIND TARGET: name of the Debian package that KIND (image,
# headers, source) of a target's kernel version comes from.
deb_package()
{
	case $1:${2#*-} in
	source:*) echo "linux-source-${2#*-}" ;;
	image:6.1 | headers:6.1) echo "linux-$1-cloud-amd64" ;;
	*) echo "linux-$1-${2#*-}-cloud-amd64" ;;
	esac
}
