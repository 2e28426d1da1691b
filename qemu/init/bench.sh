# make bench: what an operation costs, beside the peer that one would use
# instead. Fails if a row takes more hundredths of its peer's count than its
# limit; with init_on_alloc=1, where both sides zero memory, more than its
# peer's, if that zeroes: objpool does not, and a figure of ours does not either.

# vfat SIDE: the processor time, in us, that files of a whole driver take, which
# is instructions here; by the modules as they are (slub) or moved (dropin).
vfat()
{
	local module list=""
	for module in $(echo "$MODULES" | tr , ' '); do
		insmod "/$1/$module" || fail "$1: insmod $module: $?"
		list="$module $list"
	done
	mkfs.vfat -F 32 /dev/ram0 >/dev/null 2>&1 || fail "$1: mkfs"
	mount -t vfat /dev/ram0 /mnt || fail "$1: mount"
	mkdir "/cgroup/$1"
	(
		echo 0 >"/cgroup/$1/cgroup.procs"
		files
	) || fail "$1: files"
	sed -n 's/usage_usec //p' "/cgroup/$1/cpu.stat"
	rmdir "/cgroup/$1"
	umount /mnt
	for module in $list; do
		unload "$module"
	done
}

# Created, renamed, read from the disk, and gone.
files()
{
	local dir file
	for dir in 1 2 3 4 5 6 7 8 9 10 11 12; do
		mkdir /mnt/$dir
		for file in $(seq 40); do
			echo "$file" >"/mnt/$dir/a-rather-long-name-$file"
		done
	done
	umount /mnt
	mount -t vfat /dev/ram0 /mnt
	cat /mnt/*/* >/dev/null
	mv /mnt/1/* /mnt/2/
	rm -r /mnt/*
}

# The second turn of each counts: the first one finds nothing cached.
compare_vfat()
{
	local slub ours
	mkdir -p /mnt /cgroup
	mount -t cgroup2 none /cgroup
	vfat slub >/dev/null
	vfat dropin >/dev/null
	slub=$(vfat slub)
	ours=$(vfat dropin)
	awk -v slub="$slub" -v ours="$ours" 'BEGIN {
		printf "bench: vfat-files,480,1,kmem_cache,%d000,%d000,%.3f,100,100\n",
		       slub, ours, ours / slub
	}' >/dev/kmsg
}

load myslab
# ROW is one that has to be there.
for module in /modules/*_bench.ko; do
	name=$(basename "$module" .ko)
	load "$name"
	unload "$name"
done
[ -z "${MODULES:-}" ] || compare_vfat
unload myslab

dmesg | sed -n 's/.*bench: //p' >/tmp/rows
{
	echo "workload,bytes,at a time,peer,its,myslab,ratio"
	cat /tmp/rows
} | awk -F, '{ printf "%-16s %6s %9s  %-16s %8s %8s %6s\n",
	       $1, $2, $3, $4, $5, $6, $7 }' | say

# What stands behind some of them.
dmesg | sed -n 's/.*bench-note: //p' | say

grep -q "^${ROW:-hot-pair},256," /tmp/rows || fail "no figure for ${ROW:-hot-pair}"
zeroing=0
grep -q init_on_alloc=1 /proc/cmdline && zeroing=1
column=8
[ "$(uname -r | cut -d. -f1)" -lt 7 ] || column=9
worse=$(awk -F, -v zeroing=$zeroing -v column=$column '
	zeroing && ($4 ~ /^(objpool|page_frag|the 150 wanted)$/ ||
		    $1 ~ /^(alloc|free)-/) { next }
	$column {
		limit = zeroing && $4 != "requested" && $column < 100 ? 100 : $column
		if ($7 * 100 > limit + 0.5)
			print $1 " of " $2 ": " $7 " of " $4 ", at most " \
			      limit / 100
	}' /tmp/rows)
[ -z "$worse" ] || fail "too slow: $worse"
verdict pass
