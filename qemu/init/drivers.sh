# make drivers: the modules of one of the kernel's own drivers, DRIVER, built
# without a change: as they are (/slub), with myslab's header forced in (/dropin),
# and with kmalloc() moved, too (/kmalloc). Each of TURNS, SIDE/MODE, is: load,
# work, check, unload; kmalloc-MODE does to /kmalloc what MODE does to /dropin.
mkdir -p /mnt
SLABS=/sys/kernel/slab FAILSLAB=/sys/kernel/debug/failslab

# prepare MODE: load what works in it, the modules of its side.
prepare()
{
	retry="" others=$(ls $SLABS)
	case $1 in
	*fail*) retry=retry ;;
	esac
	case $side,$1 in
	slub,*) ;;
	*full | *switched) load myslab debug=full ;;
	*) load myslab ;;
	esac
	for module in $(echo "$MODULES" | tr , ' '); do
		case $module in
		brd) insmod "/$side/brd" rd_nr=2 rd_size=65536 ;;
		nf_conntrack) insmod "/$side/$module" hashsize=64 ;;
		*) insmod "/$side/$module" ;;
		esac || fail "$1: insmod $module: $?"
	done
}

finish()
{
	local module list=""
	for module in $(echo "$MODULES" | tr , ' '); do
		list="$module $list"
	done
	for module in $list; do
		unload "$module"
	done
	[ "$side" != slub ] || return 0
	[ "$(wc -l </proc/myslabinfo)" = 2 ] || fail "$1: a cache is left"
	unload myslab
}

# fail_slub PERCENT: SLUB's own failures, in the driver's caches: those that
# were not there before.
fail_slub()
{
	local cache

	[ -d $FAILSLAB ] || mount -t debugfs dbg /sys/kernel/debug
	for cache in $(ls $SLABS); do
		echo "$others" | grep -qx "$cache" ||
			echo 1 >"$SLABS/$cache/failslab"
	done
	# What a tree is deleted with; little else is as large.
	[ "$DRIVER" != thin ] || echo 1 >$SLABS/kmalloc-4k/failslab
	echo N >$FAILSLAB/ignore-gfp-wait
	echo Y >$FAILSLAB/cache-filter
	echo 0 >$FAILSLAB/verbose
	echo 1000000 >$FAILSLAB/times
	echo "$1" >$FAILSLAB/probability
}

# Conntrack has no pages to give back: it may have what it has.
limit_here()
{
	cat /cgroup/driver/memory.current >/cgroup/driver/memory.high
}

# While a flag is there, other letters and reclaim, as they come.
disturb()
{
	local i=0 text
	while [ -e /tmp/busy ]; do
		i=$((i + 1))
		[ "${1#kmalloc-}" != fail ] ||
			echo 'E:30' >/proc/myslab/debug 2>/dev/null
		if [ "${1#kmalloc-}" = switched ]; then
			case $((RANDOM % 7)) in
			0) text=off ;;
			1) text=ZP ;;
			2) text=full ;;
			3) text=Q ;;
			4) text=FUL ;;
			5) text=Z ;;
			6) text=light ;;
			esac
			echo $text >/proc/myslab/debug
			echo 1 >/proc/myslab/validate
		fi
		# What can be had of pages and objects, of all, and of this.
		[ $((i % 5)) != 0 ] || echo 2 >/proc/sys/vm/drop_caches
		[ $((i % 5)) != 2 ] || echo 4M >/cgroup/memory.reclaim
		[ $((i % 5)) != 3 ] || echo 2M >/cgroup/driver/memory.reclaim
		case $DRIVER in
		thin) disturb_thin "$i" >/dev/null 2>&1 ;;
		zram) echo 1 >/sys/block/zram0/compact ;;
		conntrack) [ $i != 3 ] || limit_here ;;
		esac
		sleep 0.3
	done 2>/dev/null
}

make_vfat()
{
	mkfs.vfat -F 32 /dev/ram0 >/dev/null
	mount -t vfat /dev/ram0 /mnt
}

check_vfat()
{
	fsck.vfat -n /dev/ram0
}

# Small blocks, which jbd2 copies to objects of its own and writes from there;
# inodes without room for attributes, whose blocks mbcache then shares.
make_ext4()
{
	mkfs.ext4 -q -b 1024 -I 128 /dev/ram0 &&
		mount -t ext4 /dev/ram0 /mnt
}

check_ext4()
{
	local device=${1:-/dev/ram0}
	# 1 and 2: there was something to mend.
	[ -z "$short" ] || e2fsck -fy "$device" || [ $? -le 2 ] || return
	e2fsck -fn "$device"
}

# ext4, which is the kernel's, on top.
make_zram()
{
	echo 128M >/sys/block/zram0/disksize &&
		mkfs.ext4 -q -b 4096 /dev/zram0 &&
		mount -t ext4 -o discard /dev/zram0 /mnt
}

# What zsmalloc got no memory for zram tries once more; nobody else hears of it
# but where that fails, too.
check_zram()
{
	local stalls
	stalls=$(awk 'NR == 2 { print $1 }' /sys/block/zram0/debug_stat)
	say "zram tried $stalls times more"
	[ "$mode" != fail ] || [ "$stalls" -gt 0 ] || return 1
	check_ext4 /dev/zram0 && echo 1 >/sys/block/zram0/reset
}

# Metadata on one disk, data on the other; ext4, which is the kernel's, on top.
make_thin()
{
	local sectors=$((64 * 2048))
	export DM_DISABLE_UDEV=1
	dd if=/dev/zero of=/dev/ram0 bs=4k count=1 2>/dev/null
	dmsetup create pool --table \
		"0 $sectors thin-pool /dev/ram0 /dev/ram1 128 0" &&
		dmsetup message pool 0 "create_thin 0" &&
		dmsetup create thin --table \
			"0 $((4 * sectors)) thin /dev/mapper/pool 0" &&
		mkfs.ext4 -q -b 1024 /dev/mapper/thin &&
		mount -t ext4 -o discard /dev/mapper/thin /mnt
}

# Snapshots come and go while the origin is written to.
disturb_thin()
{
	if [ $(($1 % 2)) = 1 ]; then
		dmsetup suspend thin
		dmsetup message pool 0 "create_snap $1 0"
		dmsetup resume thin
	else
		dmsetup message pool 0 "delete $(($1 - 1))"
	fi
}

check_thin()
{
	e2fsck -fn /dev/mapper/thin && dmsetup remove thin &&
		dmsetup remove pool || return
	thin_check /dev/ram0 && return
	# A tree that there was no memory to delete is lost, on SLUB, too.
	case $mode in
	kmalloc-fail | failslab) ;;
	*) return 1 ;;
	esac
	short=", blocks lost"
	dmesg | grep -q 'btree delete failed' &&
		thin_check --ignore-non-fatal-errors /dev/ram0
}

# A small table of long chains: what is tracked is dropped early, its memory
# used again while others look it up.
make_conntrack()
{
	echo 500 >/proc/sys/net/netfilter/nf_conntrack_max
}

# A namespace ends some time after its last process, and its rules with it.
check_conntrack()
{
	local i
	for i in $(seq 100); do
		cat /sys/module/nft_*/refcnt | grep -qv '^0$' || return 0
		sleep 0.1
	done
	return 1
}

# In a network namespace of its own, which then ends with all that it tracked.
work_conntrack()
{
	local i
	for i in 1 2 3 4; do
		unshare -n sh -c "ip link set lo up && nft -f /conntrack.nft &&
			cd /proc/sys/net/netfilter &&
			echo 1 >nf_conntrack_udp_timeout &&
			echo 1 >nf_conntrack_tcp_timeout_time_wait &&
			talk $1 $i || touch /tmp/failed" &
	done
	wait
	[ ! -e /tmp/failed ]
}

# How often the driver's cgroup was at its limit, and how many objects reclaim
# has looked at.
pressed()
{
	awk '$1 == "high" { print $2 }' /cgroup/driver/memory.events
	awk '$1 == "slabs_scanned" { print $2 }' /proc/vmstat
}

# In a cgroup whose memory is short, so that its pages and inodes are reclaimed.
work()
{
	local rounds=$ROUNDS
	case $1 in
	late | planted) rounds=$((ROUNDS / 5)) ;;
	esac
	(
		echo 0 >/cgroup/driver/cgroup.procs
		# shellcheck disable=SC2086
		case $DRIVER in
		conntrack) work_conntrack "$rounds" ;;
		*) churn /mnt 4 "$rounds" $retry ;;
		esac
	) >/tmp/out 2>&1
}

# A planted bug is reported with a function of the module it is in; and without
# it, with debugging switched on as late, nothing is.
check_reports()
{
	dmesg | grep -A 40 'myslab: BUG' >/tmp/reports
	if [ "$1" != planted ]; then
		[ ! -s /tmp/reports ] || fail "$1: a report"
		return
	fi
	grep 'myslab: BUG' /tmp/reports | say
	say "planted: $(grep -m 1 "$PLANTED" /tmp/reports)"
	grep -q "$PLANTED" /tmp/reports || fail "$1: the report names nobody"
}

# Where memory is short at the wrong moment (3 is ENOMEM) ext4 leaves work for
# e2fsck, or ends its journal and allows no more writes, on SLUB, too. The mount
# does not say ro then. A page that zram has no memory for is a failed write.
ran_short()
{
	case $DRIVER,$1 in
	ext4,*fail | ext4,failslab)
		[ "$(cat /sys/fs/ext4/ram0/first_error_errcode)" = 3 ]
		;;
	zram,*fail) dmesg | grep -qE 'I/O error|Detected aborted journal' ;;
	*) false ;;
	esac
}

# What it took is lost where ext4 has ended its journal, and where it could not
# write, or got no memory to note in a file's extents that they are written:
# which it said then.
lost()
{
	if ! touch /mnt/more 2>/dev/null; then
		short=", mended after its journal ended"
	elif dmesg | grep -q -e 'ext4_convert_unwritten_extents.*returned -12' \
		-e 'device zram0.*I/O error 10 writing to inode'; then
		short=", mended, blocks lost"
	else
		return 1
	fi
}

turn()
{
	local side=$1 mode=$2 start failed="" short="" failures before
	start=$(cut -d. -f1 /proc/uptime)
	dmesg -c >/dev/null
	prepare "$mode"
	"make_$DRIVER" >/tmp/out 2>&1 || { say </tmp/out; fail "$mode: mkfs"; }
	case $mode in
	late | planted) echo full >/proc/myslab/debug ;;
	failslab) fail_slub 3 ;;
	esac
	before=$(pressed)
	touch /tmp/busy
	disturb "$mode" &
	work "$mode" || failed=yes
	rm /tmp/busy
	wait
	if [ "$mode" = failslab ]; then
		echo 0 >$FAILSLAB/probability
		failures=$((1000000 - $(cat $FAILSLAB/times)))
		say "SLUB failed $failures times"
		[ $failures -gt 0 ] || fail "$mode: nothing failed"
	fi
	# shellcheck disable=SC2046,SC2086
	set -- $before $(pressed)
	say "$(($3 - $1)) times at its limit, reclaim saw $(($4 - $2)) objects"
	[ "$3" -gt "$1" ] && [ "$4" -gt "$2" ] || fail "$mode: no pressure"
	[ "$side" = slub ] || echo off >/proc/myslab/debug
	[ "$side" = slub ] || grep -v '^#\|^slabinfo' /proc/myslabinfo |
		awk '{ print $1, $2 }' | say
	say </tmp/out
	! ran_short "$mode" || short=", mended"
	if [ -n "$failed" ]; then
		[ -n "$short" ] && lost || fail "$mode: churn"
	fi
	[ "$DRIVER" = conntrack ] || umount /mnt || fail "$mode: umount"
	"check_$DRIVER" >/tmp/out 2>&1 || { say </tmp/out; fail "$mode: fsck"; }
	finish "$mode"
	check_reports "$mode"
	say "$DRIVER, $mode: ok$short, $(($(cut -d. -f1 /proc/uptime) - start)) s"
}

case $DRIVER in
vfat) PLANTED='from fat_cache_add.*\[fat\]' ;;
thin) PLANTED='dm_bio_prison_free_cell.*\[dm_bio_prison\]' ;;
esac
mkdir /cgroup
mount -t cgroup2 none /cgroup
echo +memory >/cgroup/cgroup.subtree_control
mkdir /cgroup/driver
[ "$DRIVER" = conntrack ] || echo 2M >/cgroup/driver/memory.high
for turn in $(echo "$TURNS" | tr , ' '); do
	turn "${turn%/*}" "${turn#*/}"
done
check_kernel
verdict pass
