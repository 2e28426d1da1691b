# Start of every /init in a test VM: mounts, and the words init speaks.
# All of them go through the kernel's log, a line at a time, so that they keep
# their order with what the kernel says.
export PATH=/bin:/sbin:/usr/bin:/usr/sbin TERM=dumb LINES=40 COLUMNS=100
mount -t proc proc /proc
mount -t sysfs sys /sys
[ -c /dev/kmsg ] || mount -t devtmpfs dev /dev
mkdir -p /tmp /modules

# A 6.1 kernel under TCG may leave CPUs offline that answered too late.
for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
	[ ! -e "$cpu" ] || [ "$(cat "$cpu")" = 1 ] || echo 1 >"$cpu"
done
# Two processors may have three such VMs to serve: what is slow does not hang.
[ ! -e /proc/sys/kernel/hung_task_timeout_secs ] ||
	echo 180 >/proc/sys/kernel/hung_task_timeout_secs
echo 8 >/proc/sys/kernel/printk
echo "INIT: ready, $(nproc) CPUs, $(uname -r)" >/dev/kmsg

# say [TEXT]: a line (or standard input's lines) that a person shall see.
say()
{
	if [ $# -gt 0 ]; then
		echo "| $*" >/dev/kmsg
	else
		while IFS= read -r line; do
			echo "| $line" >/dev/kmsg
		done
	fi
}

# verdict WORDS: the last thing any init says.
verdict()
{
	sync
	echo "VERDICT: $*" >/dev/kmsg
	poweroff -f
}

fail()
{
	verdict "FAIL: $*"
}

# load MODULE [PARAMETER=VALUE...]
load()
{
	local module=$1
	shift
	insmod "/modules/$module.ko" "$@" || fail "insmod $module: $?"
}

unload()
{
	rmmod "$1" || fail "rmmod $1: $?"
}

# What a clean run on a debug kernel ends with: kmemleak found nothing, and
# lockdep was alive to the end. An object must be 5 s old to count as leaked.
check_kernel()
{
	if [ -d /sys/kernel/debug ] && mount -t debugfs dbg /sys/kernel/debug; then
		if [ -e /sys/kernel/debug/kmemleak ]; then
			sleep 6
			echo scan >/sys/kernel/debug/kmemleak
			echo scan >/sys/kernel/debug/kmemleak
			cat /sys/kernel/debug/kmemleak | say
			[ -z "$(head -c 1 /sys/kernel/debug/kmemleak)" ] ||
				fail "kmemleak found something"
		fi
	fi
	if [ -e /proc/lockdep_stats ]; then
		grep -q 'debug_locks: *1$' /proc/lockdep_stats ||
			fail "lockdep was turned off on the way"
	fi
}
