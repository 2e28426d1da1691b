# make drivers: the modules of one of the kernel's own drivers, DRIVER, built
# twice without a change: as they are (/slub), and with myslab's header forced
# in (/dropin). Each of MODES is one turn: load, work, check, unload.
mkdir -p /mnt

# prepare MODE: the folder that its modules are in, load them.
prepare()
{
	from=dropin retry=""
	case $1 in
	slub) from=slub ;;
	release | late) load myslab ;;
	planted)
		from=planted
		load myslab
		;;
	full | switched) load myslab debug=full ;;
	fail)
		load myslab
		retry=retry
		;;
	esac
	for module in $(echo "$MODULES" | tr , ' '); do
		case $module in
		brd) insmod "/$from/brd" rd_nr=2 rd_size=65536 ;;
		*) insmod "/$from/$module" ;;
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
	[ "$1" != slub ] || return 0
	[ "$(wc -l </proc/myslabinfo)" = 2 ] || fail "$1: a cache is left"
	unload myslab
}

# While a flag is there, other letters and reclaim, as they come.
disturb()
{
	local i=0 text
	while [ -e /tmp/busy ]; do
		i=$((i + 1))
		[ "$1" != fail ] ||
			echo 'E:30' >/proc/myslab/debug 2>/dev/null
		if [ "$1" = switched ]; then
			case $((i % 6)) in
			0) text=off ;;
			1) text=ZP ;;
			2) text=full ;;
			3) text=Q ;;
			4) text=FUL ;;
			5) text=Z ;;
			esac
			echo $text >/proc/myslab/debug
			echo 1 >/proc/myslab/validate
		fi
		[ $((i % 5)) != 0 ] || echo 2 >/proc/sys/vm/drop_caches
		[ "$DRIVER" != thin ] || disturb_thin "$i" >/dev/null 2>&1
		sleep 0.3
	done
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
		dmsetup remove pool && thin_check /dev/ram0
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
		churn /mnt 4 "$rounds" $retry
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
	grep -m 1 "$PLANTED" /tmp/reports | say
	grep -q "$PLANTED" /tmp/reports || fail "$1: the report names nobody"
}

turn()
{
	local mode=$1 start
	start=$(cut -d. -f1 /proc/uptime)
	prepare "$mode"
	"make_$DRIVER" >/tmp/out 2>&1 || { say </tmp/out; fail "$mode: mkfs"; }
	case $mode in
	late | planted) echo full >/proc/myslab/debug ;;
	esac
	touch /tmp/busy
	disturb "$mode" &
	work "$mode" || failed=yes
	rm /tmp/busy
	wait
	[ "$from" = slub ] || echo off >/proc/myslab/debug
	[ "$from" = slub ] || grep -v '^#\|^slabinfo' /proc/myslabinfo |
		awk '{ print $1, $2 }' | say
	say </tmp/out
	[ -z "${failed:-}" ] || fail "$mode: churn"
	umount /mnt || fail "$mode: umount"
	"check_$DRIVER" >/tmp/out 2>&1 || { say </tmp/out; fail "$mode: fsck"; }
	finish "$mode"
	check_reports "$mode"
	say "$DRIVER, $mode: ok, $(($(cut -d. -f1 /proc/uptime) - start)) s"
}

case $DRIVER in
vfat) PLANTED='from fat_cache_add.*\[fat\]' ;;
thin) PLANTED='dm_bio_prison_free_cell.*\[dm_bio_prison\]' ;;
esac
mkdir /cgroup
mount -t cgroup2 none /cgroup
echo +memory >/cgroup/cgroup.subtree_control
mkdir /cgroup/driver
echo 16M >/cgroup/driver/memory.high
for mode in $(echo "$MODES" | tr , ' '); do
	turn "$mode"
done
check_kernel
verdict pass
