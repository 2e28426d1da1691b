#!/bin/bash
# job.sh JOB TARGET [SUITE-GLOB]: build the modules, boot one VM with
# init/JOB.sh and judge it. The last line is "N passed, N failed[, ...]".
#
# Jobs: demo, shell, kunit (DEBUG=full: with everything debugged), cycles, procfs,
# examples, soak [MINUTES], crash, drivers-DRIVER [MODES|all], bench and profile
# [INIT_ON_ALLOC], scoreboard release|light|dressed|full|slub [BOOT-ARGUMENT],
# and planted-leak, -lockdep, -race, -expect, -hang, -nothing: the harness's own
# test, on a planted bug.
set -eu
. "$(dirname "$0")/common.sh"

job=$1 target=$2 suite=${3:-*}
name=$job-$target${DEBUG:+-debugged}
dir=$BUILD/$target
log=$LOGS/$name.log
files=()
init=$job
show=""

# The debug kernel is 10 to 20 times slower than the others.
slow=1
[ "${target%-*}" != debug ] || slow=5

# One access in so many is watched, for so many microseconds: long enough for a
# CPU of the VM to be scheduled by the host meanwhile.
race_options="kcsan.skip_watch=10000 kcsan.udelay_task=3000"

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
	stock-newest) jobs+=" build-newest" ;;
	stock-*) jobs+=" build" ;;
	*) jobs+=" kernels" ;;
	esac
	case $job in
	demo | procfs) jobs+=" procps" ;;
	examples) jobs+=" mirror" ;;	# a compiler for programs
	drivers-*) jobs+=" drivers" ;;
	bench) [ -z "${MACRO:-}" ] || jobs+=" drivers" ;;
	esac
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
	"$QEMU/initramfs.sh" "$BUILD/$name.cpio" "$init" "${files[@]}"
	[ -z "$show" ] || echo "$text:"
	"$QEMU/vm.py" "$kernel/vmlinuz" "$BUILD/$name.cpio" --log "$log" \
		--accel "$("$QEMU/accel.sh")" --boot-timeout $((60 * slow)) \
		"$@" ${show:+"$show"} || rc=$?
	printf '%-58s %4d s\n' "$text: $([ $rc = 0 ] && echo ok || echo FAILED)" \
		$((SECONDS - start))
	return $rc
}

# kunit TEXT OPTION...: boot, then the totals of the KTAP in the log. A VM that
# failed without a failing test is one failure more.
kunit()
{
	local summary rc=0

	boot "$@" || rc=1
	summary=$("$QEMU/ktap.py" "$log") || rc=1
	if [ $rc = 1 ] && grep -q ' 0 failed,' <<<"${summary##*$'\n'}"; then
		summary=${summary/% 0 failed,*/ 1 failed}
	fi
	echo "$summary"
	return $rc
}

# one COMMAND...: the command is one test.
one()
{
	if "$@"; then
		echo "1 passed, 0 failed"
	else
		echo "0 passed, 1 failed"
		return 1
	fi
}

# must_notice TIMEOUT PATTERN...: the VM with planted bugs fails, for all of
# these reasons, and complains of nothing that is legal.
must_notice()
{
	local output pattern timeout=$1
	shift

	if output=$(kunit "$target: $job" --timeout "$timeout" \
		--append "PLANT=${job#planted-} $race_options"); then
		echo "NOT noticed by the harness: $job"
		return 1
	fi
	for pattern; do
		if ! grep -q "$pattern" <<<"$output"; then
			echo "$output"
			echo "failed, but does not say: $pattern"
			return 1
		fi
		echo "$target: $job is noticed:" \
			"$(grep -m 1 "$pattern" <<<"$output")"
	done
	if grep "legal_[a-z]*+" "$log"; then
		echo "complained of, but is legal"
		return 1
	fi
}

# Only the program is wanted, not the service that its package starts.
node_exporter()
{
	local package=prometheus-node-exporter tool
	tool=$CACHE/$package

	if [ ! -e "$tool" ]; then
		rm -rf "$tool.new"
		mkdir "$tool.new"
		(cd "$tool.new" && apt-get download -qq $package)
		dpkg -x "$tool.new"/*.deb "$tool.new"
		mv "$tool.new/usr/bin/$package" "$tool"
		rm -rf "$tool.new"
	fi
	files+=("$tool:usr/bin/$package")
}

# driver_modules DRIVER SIDE...: build a driver of the kernel's own source, see
# drivers.sh. Its modules go to FILES, in a folder for each side; the order in
# which they are loaded to ORDER.
driver_modules()
{
	local driver=$1 side ko file
	shift

	order=$("$QEMU/drivers.sh" "$driver" "$target" "$@" \
		2>"$LOGS/$driver-$target-build.log")
	for side; do
		while read -r ko; do
			file=${ko##*/}
			files+=("$ko:$side/${file%.ko}")
		done < <(find "$BUILD/drivers/$target/$driver/$side" -name '*.ko')
	done
}

# planted_line DRIVER: what init showed of the report of the planted bug is, by
# tools/decode, the line that the patch says.
planted_line()
{
	local patch=$QEMU/drivers/$1.patch dir=$BUILD/drivers/$target/$1/planted
	local file line text place
	file=$(sed -n 's,^+++ b/,,p' "$patch")
	line=$(sed -n 's/^Line: //p' "$patch")
	text=$(
		compile_in "$dir"
		cd "$at"
		grep "| planted: " "$log" | "$TOP/tools/decode" "$dir"
	)
	place=$file:$(grep -nF -m 1 "$line" "$dir/$file" | cut -d: -f1)
	if ! grep -q "[(/]${place}[,)]" <<<"$text"; then
		echo "$text"
		echo "decode does not say $place: $line"
		return 1
	fi
	sed 's/.*myslab: */  decode: /' <<<"$text"
	echo "  which is: $line"
}

# drivers: one VM in which a driver works in each mode, and what it found.
drivers()
{
	boot "$target: $driver, $modes" --timeout "$timeout" "${reports[@]}" \
		--append \
		"DRIVER=$driver TURNS=$turns MODULES=${order// /,} ROUNDS=${ROUNDS:-1500}" &&
		case $modes in
		*planted*) planted_line "$driver" ;;
		esac
}

# bench ZEROING: count on one CPU; then, with four, what passes from one to the
# other: SLUB's orders depend on how many there are; and where there is a real
# processor, cycles. All rows go to a file. What limit a row is over is said by
# init.
bench()
{
	local results=$TOP/bench/results/$target-$1.csv rc=0
	local myslab=("${files[@]}") whole=$log modules="" order

	mkdir -p "${results%/*}"
	echo "workload,bytes,at a time,peer,its,myslab,ratio,limit,limit7" \
		>"$results"
	if [ -n "${MACRO:-}" ]; then
		driver_modules vfat slub dropin
		modules="VFAT=${order// /,}"
		driver_modules zram slub dropin
		modules+=" ZRAM=${order// /,}"
		files+=(/sbin/mkfs.vfat)
	fi
	while read -r file; do
		files+=("$file")
	done < <(find "$dir/bench" -name '*_bench.ko' ! -name 'cpus_*' \
		! -name 'cycles_*' | sort)
	# There are no flags there that keep a kmem_cache for itself.
	[ "$target" != stock-6.1 ] || modules+=" slab_nomerge"
	rows "$target: instructions, $1" --icount --timeout 300 \
		--append "$1 $modules"
	# 6.1 waits for ever for a second CPU where instructions are counted.
	if [ "$target" != stock-6.1 ]; then
		alone cpus
		rows "$target: the same, four CPUs, $1" --icount --cpus 4 \
			--append "$1 ROW=handed-over"
	fi
	if [ "$("$QEMU/accel.sh")" = kvm ]; then
		alone cycles
		rows "$target: cycles, $1" --append "$1 ROW=cycles-min"
	fi
	echo "rows: ${results#"$TOP"/}"
	return $rc
}

# alone NAME: the next VM has one benchmark, and a log of its own.
alone()
{
	files=("${myslab[@]}")
	module "$1_bench"
	log=${whole%.log}-$1.log
}

# rows TEXT OPTION...: boot, and what was measured goes to bench's results.
rows()
{
	boot "$@" || rc=1
	sed -n 's/.*\] bench: //p' "$log" >>"$results"
}

have_kernel
step "$target: build modules" "$QEMU/build.sh" "$target"
module myslab

case $job in
demo)
	module myslab_client
	module myslab_broken
	module myslab_careless
	files+=(/usr/bin/slabtop "$TOP/tools/fail-each:bin/fail-each")
	show=--show
	one boot "$target: demo" --timeout 180 \
		--expect-report "double-free: cache client-victim" \
		--expect-report "out-of-bounds-right: cache broken-frames" \
		--expect-report "out-of-bounds-left: cache broken-frames" \
		--expect-report "use-after-free: cache broken-frames" \
		--expect-report "double-free: cache broken-frames" \
		--expect-report "double-free: cache broken-frames" \
		--expect-report "double-free: cache broken-frames" \
		--expect-report "leak: cache broken-frames" \
		--expect-report "leak: cache careless-frames" \
		--expect-report "double-free: cache careless-frames" \
		--harmless "address: 00000000000000c7$|Oops: 0002 .#1."
	echo "log of everything: $log"
	echo "myslab works on $(basename "$("$QEMU/kernel.sh" "$target")")"
	;;
shell)
	module myslab_client
	kernel=$("$QEMU/kernel.sh" "$target")
	"$QEMU/initramfs.sh" "$BUILD/$name.cpio" shell "${files[@]}"
	exec "$QEMU/vm.py" "$kernel/vmlinuz" "$BUILD/$name.cpio" --shell \
		--log "$log" --accel "$("$QEMU/accel.sh")"
	;;
kunit)
	while read -r file; do
		files+=("$file")
	done < <(find "$dir/kunit" -name "${suite%_kunit}_kunit.ko" | sort)
	[ ${#files[@]} -gt 1 ] || die "no suite matches $suite, of these:" \
		"$(cd "$dir/kunit" && ls ./*_kunit.ko | sed 's,./,,; s,_kunit.ko,,' |
			tr '\n' ' ')"
	# Machines differ in what an allocator must not trip over.
	append=${DEBUG:+DEBUG=$DEBUG}
	case $target in
	stock-6.12) options=(--mem 4G) ;;	# a hole below 4 GiB
	stock-6.1) options=(--mem 2G --nodes 2) ;;
	kcsan-*) append+=" $race_options" ;;
	esac
	[ -z "${DEBUG:-}" ] || slow=$((slow * 2))
	kunit "$target: KUnit${DEBUG:+ with debug=$DEBUG}" "${options[@]}" \
		--append "$append" --timeout $((420 * slow)) --allow-reports
	;;
procfs)
	module myslab_client
	files+=(/usr/bin/slabtop /usr/bin/vmstat /usr/bin/trace-cmd)
	node_exporter
	kunit "$target: tools that read slabinfo" --timeout 120
	;;
examples)
	# The client is the demo's.
	while read -r file; do
		files+=("$file")
	done < <(find "$dir/examples" -name '*.ko' ! -name myslab_client.ko \
		! -name myslab_broken.ko ! -name myslab_careless.ko |
		sort)
	# A program of the guest, which has no libraries.
	gcc -static -O2 -Wall -Wextra -Werror -o "$BUILD/$name.reader" \
		"$TOP/examples/records/reader.c"
	files+=("$BUILD/$name.reader:bin/reader")
	[ -z "${VERBOSE:-}" ] || show=--show
	one boot "$target: examples" --timeout $((90 * slow))
	;;
soak)
	# Init counts what is reported: so many bugs as it has time for.
	module myslab_client
	module myslab_broken
	minutes=${3:-30}
	show=--show
	one boot "$target: $minutes minutes of switches and bugs" \
		--timeout $((minutes * 60 + 120 * slow)) --allow-reports \
		--append "MINUTES=$minutes"
	;;
drivers-*)
	# The kernel's own driver, as it is and on myslab, in each of some modes.
	driver=${job#drivers-}
	modes=slub,release,full,switched,fail turns="" sides=() reports=()
	timeout=600
	[ "$driver" != vfat ] || modes+=,late,planted
	# The kernel that it runs on has SLUB's failures, too.
	[ "$driver" != ext4 ] || modes+=,failslab
	case ${3:-} in
	"") ;;
	all)
		# With another copy to be built of each, which takes minutes.
		[ "$driver" != thin ] || modes+=,late,planted
		modes+=,kmalloc,kmalloc-full,kmalloc-switched
		# It takes many blocks to make a network namespace.
		[ "$driver" = conntrack ] || modes+=,kmalloc-fail
		timeout=1200
		;;
	*) modes=$3 ;;
	esac
	for mode in ${modes//,/ }; do
		case $mode in
		slub | failslab) side=slub ;;
		kmalloc*) side=kmalloc ;;
		planted) side=planted ;;
		*) side=dropin ;;
		esac
		turns+=${turns:+,}$side/$mode
		[[ " ${sides[*]} " = *" $side "* ]] || sides+=("$side")
	done
	case $driver,$modes in
	vfat,*planted*) reports=(--expect-report "leak: cache fat_cache") ;;
	# As many as there are; init allows none in other modes.
	thin,*planted*) reports=(--allow-reports) ;;
	# An allocation that was to fail, and what it says then.
	ext4,*) reports=(--harmless "EXT4-fs error .*: Out of memory$") ;;
	esac
	driver_modules "$driver" "${sides[@]}"
	load=churn
	[ "$driver" != conntrack ] || load=talk
	gcc -static -O2 -Wall -Wextra -Werror -o "$BUILD/$name.$load" \
		"$QEMU/drivers/$load.c"
	files+=("$BUILD/$name.$load:bin/$load")
	case $driver in
	conntrack) files+=(/usr/sbin/nft
		"$QEMU/drivers/conntrack.nft:conntrack.nft") ;;
	vfat) files+=(/sbin/mkfs.vfat /sbin/fsck.vfat) ;;
	ext4 | zram) files+=(/sbin/{mkfs.ext4,e2fsck}) ;;
	thin) files+=(/sbin/{dmsetup,mkfs.ext4,e2fsck} /usr/sbin/thin_check) ;;
	esac
	init=drivers show=--show
	one drivers
	;;
scoreboard)
	# Misuse, of myslab (release, light, full, dressed: that without G) or of the
	# kernel's own allocators.
	module myslab_scoreboard
	kernel=$("$QEMU/kernel.sh" "$target")
	results=$TOP/bench/results/scoreboard-$target-$3${4:+-debug}.csv
	name+=-$3${4:+-debug}
	mkdir -p "${results%/*}"
	# What is found in these is found for good.
	expect=()
	[ ! -e "$TOP/scoreboard/$3.csv" ] ||
		expect=(--expect "$TOP/scoreboard/$3.csv")
	"$QEMU/initramfs.sh" "$BUILD/$name.cpio" scoreboard "${files[@]}"
	echo "scoreboard: $target, $3 ${4:-}"
	one "$QEMU/scoreboard.py" "$kernel/vmlinuz" "$BUILD/$name.cpio" \
		--accel "$("$QEMU/accel.sh")" --log "$LOGS/$name.log" \
		--side "$3" --append "${4:-}" --out "$results" \
		--timeout $((300 * slow)) "${expect[@]}"
	;;
cycles)
	module myslab_client
	# Two thirds of a cycle's time are CPUs that answer each other, whenever
	# code is patched: a thousand on one, fewer on two where all is watched.
	cycles=${CYCLES:-1000} cpus=1
	[ $slow = 1 ] || [ -n "${CYCLES:-}" ] || cycles=25 cpus=2
	# Grace periods end as soon as they can, a cycle waits for ten.
	one boot "$target: $cycles times insmod and rmmod" \
		--timeout $((1200 + cycles * 2 * (slow - 1))) \
		--cpus $cpus \
		--append "CYCLES=$cycles rcupdate.rcu_expedited=1 \
			rcutree.jiffies_till_first_fqs=0 \
			rcutree.jiffies_till_next_fqs=1"
	;;
crash)
	module myslab_client
	module myslab_broken
	one "$QEMU/crash.sh" "$target" "$name" "$log" "${files[@]}"
	;;
profile)
	files+=("$dir/bench/profile.ko")
	kernel=$("$QEMU/kernel.sh" "$target")
	"$QEMU/initramfs.sh" "$BUILD/$name.cpio" profile "${files[@]}"
	exec "$QEMU/profile.py" "$kernel/vmlinuz" "$BUILD/$name.cpio" "$log" \
		"init_on_alloc=${3:-0}"
	;;
bench)
	show=--show
	one bench "init_on_alloc=${3:-0}"
	;;
planted-*)
	init=kunit
	files+=("$dir/qemu/selftest/planted_kunit.ko")
	case ${job#planted-} in
	nothing) kunit "$target: $job" --timeout 60 ;;
	leak) one must_notice 60 "KASAN: slab-out-of-bounds" \
		"KASAN: slab-use-after-free in read_freed_object" \
		"KASAN: slab-use-after-free in read_freed_block" \
		"held lock freed" "ODEBUG: free active" \
		"unreferenced object .*(size 256)" \
		"unreferenced object .*(size 840)" \
		"unreferenced object .*(size 960)" ;;
	lockdep) one must_notice 60 "possible circular locking" \
		"sleeping function called from invalid context" ;;
	race) one must_notice 60 "KCSAN: data-race in count_unlocked" \
		"KCSAN: assert: race in" ;;
	expect) one must_notice 60 "FAILED planted" ;;
	hang) one must_notice 30 "no verdict after" "last 50 lines" ;;
	esac
	;;
*)
	die "no job $job"
	;;
esac
