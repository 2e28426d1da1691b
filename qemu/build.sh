#!/bin/bash
# build.sh TARGET: build myslab.ko, the KUnit suites and what else runs on the
# kernel of a target, in build/TARGET. That folder holds links to the sources, so
# that builds for several kernels do not meet. Any warning is an error; where
# sparse is installed, its too.
set -eu
. "$(dirname "$0")/common.sh"

target=${1:?usage: build.sh TARGET}
dir=$BUILD/$target
kernel=$("$QEMU/kernel.sh" "$target")
# What a function takes of the stack lies beside its object: tools/stack.py.
options=(W=1 MYSLAB_KUNIT=1 KCFLAGS=-fstack-usage)
case $target in
stock-newest) ;;
stock-*)
	! command -v sparse >/dev/null || options+=(C=1)
	;;
esac
case $target in
stock-*) options+=(MYSLAB_EXAMPLES=1 MYSLAB_BENCH=1) ;;
debug-*) options+=(MYSLAB_EXAMPLES=1) ;;
esac

mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9
# Built for another kernel, with other checks, or with warnings, which would not
# be given again: nothing that is there is of use.
built="$kernel ${options[*]}"
if [ "$(cat "$dir/.built" 2>/dev/null)" != "$built" ]; then
	find "$dir" -mindepth 1 ! -name .lock -delete
	echo "$built" >"$dir/.built"
fi
(cd "$TOP" && find Kbuild mod include kunit examples bench scoreboard \
	qemu/selftest \
	-name '*.[chS]' -o -name Kbuild) 2>/dev/null |
	while read -r file; do
		mkdir -p "$(dirname "$dir/$file")"
		ln -sfn "$TOP/$file" "$dir/$file"
	done
find "$dir" -xtype l -delete

compile_in "$dir"
options+=(CC="$cc")
[ "$target" != stock-newest ] || in+=("$QEMU/newest.sh")

# modules FOLDER OPTION...: build what is there.
modules()
{
	local status=0

	"${in[@]}" make -j "$JOBS" -C "$kernel/headers" M="$at$1" \
		"${options[@]}" "${@:2}" modules >"$dir/.output" 2>&1 || status=$?
	cat "$dir/.output" >&2
	[ $status = 0 ] || exit $status
	if grep -iE 'warning|error:' "$dir/.output" >&2; then
		rm "$dir/.built"
		die "$target: $1: warnings"
	fi
}

modules ""
# The one that is built as README says, from a folder of its own.
case $target in
stock-*) modules /examples/minimal MYSLAB="$at" \
	KBUILD_EXTRA_SYMBOLS="$at/Module.symvers" ;;
esac
# What was built here before and is no more would be loaded still.
find "$dir" -name '*.ko' ! -path '*/selftest/*' ! -path '*/minimal/*' \
	-printf '%P\n' |
	grep -vxFf <(sed "s|^$at/||; s|\.o\$|.ko|" "$dir/modules.order") |
	(cd "$dir" && xargs -r rm -f)
if grep -qs '^CONFIG_KUNIT=y' "$kernel/headers/.config"; then
	modules /qemu/selftest KBUILD_EXTRA_SYMBOLS="$at/Module.symvers"
fi
