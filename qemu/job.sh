#!/bin/bash
# job.sh JOB TARGET [SUITE-GLOB]: build the modules, boot one VM with
# init/JOB.sh and judge it. The last line is "N passed, N failed[, ...]".
#
# Jobs: demo, shell, kunit, cycles, procfs, planted-*.
set -eu
. "$(dirname "$0")/common.sh"

job=$1 target=$2 suite=${3:-*}
name=$job-$target
dir=$BUILD/$target
log=$LOGS/$name.log
options=()
files=()
show=""

# The debug kernel is 10 to 20 times slower than the others.
slow=1
[ "${target%-*}" != debug ] || slow=5

module()
{
	local found

	found=$(find "$dir" -name "$1.ko")
	[ -n "$found" ] || die "$1.ko was not built"
	files+=("$found")
}

have_kernel()
{
	local jobs=vm

	case $target in
	stock-6.1) jobs+=" build-6.1" ;;
	stock-*) jobs+=" build" ;;
	*) jobs+=" kernels" ;;
	esac
	[ "$job" != demo ] || jobs+=" demo"
	# shellcheck disable=SC2086
	"$QEMU/deps.sh" $jobs
	case $target in
	stock-*) step "$target: kernel" "$QEMU/kernel.sh" "$target" ;;
	*) step "$target: kernel (6 min if not cached)" \
		"$QEMU/kernel.sh" "$target" ;;
	esac
}

# boot: pack FILES, run the VM, count it as one test.
boot()
{
	local text=$1 kernel start=$SECONDS rc=0
	shift
	kernel=$("$QEMU/kernel.sh" "$target")
	"$QEMU/initramfs.sh" "$BUILD/$name.cpio" "${job%%-*}" "${files[@]}"
	[ -z "$show" ] || echo "$text:"
	"$QEMU/vm.py" "$kernel/vmlinuz" "$BUILD/$name.cpio" --log "$log" \
		--accel "$("$QEMU/accel.sh")" --boot-timeout $((60 * slow)) \
		"$@" ${show:+"$show"} || rc=$?
	printf '%-58s %4d s\n' "$text: $([ $rc = 0 ] && echo ok || echo FAILED)" \
		$((SECONDS - start))
	return $rc
}

have_kernel
step "$target: build modules" "$QEMU/build.sh" "$target"
module myslab

case $job in
demo)
	module myslab_client
	files+=(/usr/bin/slabtop)
	show=--show
	if boot "$target: demo" --timeout 60 \
		--expect-report "double-free: cache"; then
		echo "log of everything: $log"
		echo "myslab works on $(basename "$("$QEMU/kernel.sh" "$target")")"
		echo "1 passed, 0 failed"
	else
		echo "0 passed, 1 failed"
		exit 1
	fi
	;;
shell)
	[ ! -e "$dir"/examples/client/myslab_client.ko ] || module myslab_client
	kernel=$("$QEMU/kernel.sh" "$target")
	"$QEMU/initramfs.sh" "$BUILD/$name.cpio" shell "${files[@]}"
	exec "$QEMU/vm.py" "$kernel/vmlinuz" "$BUILD/$name.cpio" --shell \
		--log "$log" --accel "$("$QEMU/accel.sh")"
	;;
kunit)
	while read -r file; do
		files+=("$file")
	done < <(find "$dir" -name "${suite%_kunit}_kunit.ko" | sort)
	[ ${#files[@]} -gt 1 ] || die "no suite matches $suite"
	rc=0
	boot "$target: KUnit" --timeout $((180 * slow)) --allow-reports || rc=1
	summary=$("$QEMU/ktap.py" "$log") || rc=1
	# A VM that failed without a failing test is one more failure.
	if [ $rc = 1 ] && grep -q ' 0 failed,' <<<"${summary##*$'\n'}"; then
		summary=${summary/%" 0 failed,"*/ 1 failed}
	fi
	echo "$summary"
	exit $rc
	;;
*)
	die "no job $job"
	;;
esac
