#!/bin/bash
# build.sh TARGET [DIR [ARGUMENT...]]: build myslab.ko, the example client and
# the KUnit suites for the kernel of a target, in build/TARGET or DIR. That folder
# holds links to the sources, so that builds for several kernels do not meet.
# Arguments are for make.
set -eu
. "$(dirname "$0")/common.sh"

target=${1:?usage: build.sh TARGET}
dir=${2:-$BUILD/$target}
kernel=$("$QEMU/kernel.sh" "$target")
in=()
[ "$target" != stock-newest ] || in=("$QEMU/newest.sh")

mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9
# Another kernel than last time: nothing that is there is of use.
if [ "$(cat "$dir/.kernel" 2>/dev/null)" != "$kernel" ]; then
	find "$dir" -mindepth 1 ! -name .lock -delete
	echo "$kernel" >"$dir/.kernel"
fi
(cd "$TOP" && find Kbuild mod include kunit examples bench qemu/selftest \
	-name '*.[chS]' -o -name Kbuild) 2>/dev/null |
	while read -r file; do
		mkdir -p "$(dirname "$dir/$file")"
		ln -sfn "$TOP/$file" "$dir/$file"
	done
find "$dir" -xtype l -delete

"${in[@]}" make -j "$JOBS" -C "$kernel/headers" M="$dir" W=1 \
	MYSLAB_KUNIT=1 MYSLAB_EXAMPLES=1 "${@:3}" modules >&2
# The one that is built as README says, from a folder of its own.
"${in[@]}" make -C "$kernel/headers" M="$dir/examples/minimal" W=1 MYSLAB="$TOP" \
	KBUILD_EXTRA_SYMBOLS="$dir/Module.symvers" "${@:3}" modules >&2
# What was built here before and is no more would be loaded still.
find "$dir" -name '*.ko' ! -path '*/selftest/*' ! -path '*/minimal/*' \
	-printf '%P\n' |
	grep -vxFf <(sed "s|^$dir/||; s|\.o\$|.ko|" "$dir/modules.order") |
	(cd "$dir" && xargs -r rm -f)
if grep -qs '^CONFIG_KUNIT=y' "$kernel/headers/.config"; then
	make -C "$kernel/headers" M="$dir/qemu/selftest" W=1 "${@:3}" modules >&2
fi
