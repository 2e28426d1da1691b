# make bench: what an operation costs, beside the peer that one would use
# instead. Fails if a row takes more hundredths of its peer's count than its
# limit; with init_on_alloc=1, where both sides zero memory, more than its
# peer's, if that zeroes: objpool does not, and a figure of ours does not either.

# turn DRIVER SIDE MODULES: the processor time, in us, that the work of a whole
# driver takes, which is instructions here; by its modules as they are (slub) or
# moved (dropin).
turn()
{
	local module list=""
	for module in $(echo "$3" | tr , ' '); do
		insmod "/$2/$module" || fail "$2: insmod $module: $?"
		list="$module $list"
	done
	"make_$1" >/dev/null 2>&1 || fail "$2: make_$1"
	mkdir "/cgroup/$2"
	(
		echo 0 >"/cgroup/$2/cgroup.procs"
		"work_$1" 2>/dev/null
	) || fail "$2: work_$1"
	sed -n 's/usage_usec //p' "/cgroup/$2/cpu.stat"
	rmdir "/cgroup/$2"
	"end_$1"
	for module in $list; do
		unload "$module"
	done
}

make_vfat()
{
	mkfs.vfat -F 32 /dev/ram0 && mount -t vfat /dev/ram0 /mnt
}

# Created, renamed, read from the disk, and gone.
work_vfat()
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

end_vfat()
{
	umount /mnt
}

make_zram()
{
	yes "a line of text" | head -c 8m >/tmp/pages &&
		echo 64M >/sys/block/zram0/disksize
}

# Pages that compress to little, written, read, written anew, and gone.
work_zram()
{
	local turn
	for turn in 1 2 3; do
		dd if=/tmp/pages of=/dev/zram0 bs=256k oflag=direct &&
			dd if=/dev/zram0 of=/dev/null bs=256k count=32 \
				iflag=direct || return
	done
	blkdiscard /dev/zram0
}

end_zram()
{
	echo 1 >/sys/block/zram0/reset
}

# compare DRIVER ROW MODULES: a row, of the second of three turns of each side by
# what they took: a first one finds nothing cached, and one in some has luck.
compare()
{
	local round side
	for round in 1 2 3; do
		for side in slub dropin; do
			echo "$side $(turn "$1" $side "$3")"
		done
	done | sort -k 1,1 -k 2,2n >/tmp/turns
	awk -v row="$2" '
		++seen[$1] == 2 { took[$1] = $2 }
		END {
			printf "bench: %s,1,kmem_cache,%d000,%d000,%.3f,100,100\n",
			       row, took["slub"], took["dropin"],
			       took["dropin"] / took["slub"]
		}' /tmp/turns >/dev/kmsg
}

compare_drivers()
{
	mkdir -p /mnt /cgroup
	mount -t cgroup2 none /cgroup
	compare vfat vfat-files,480 "$VFAT"
	compare zram zram-pages,4096 "$ZRAM"
}

load myslab
# ROW is one that has to be there.
for module in /modules/*_bench.ko; do
	name=$(basename "$module" .ko)
	load "$name"
	unload "$name"
done
[ -z "${VFAT:-}" ] || compare_drivers
unload myslab

dmesg | sed -n 's/.*bench: //p' >/tmp/rows
zeroing=0
grep -q init_on_alloc=1 /proc/cmdline && zeroing=1
column=8
[ "$(uname -r | cut -d. -f1)" -lt 7 ] || column=9
# In front of each row, what of its peer's it may take, if not any; and a mark:
# "worse" than the peer, or "over" the limit, then the run fails.
awk -F, -v zeroing=$zeroing -v column=$column '
	{ limit = $column / 100 }
	zeroing && $4 ~ /^(objpool|the [0-9]+ wanted)$/ { limit = 0 }
	zeroing && limit && limit < 1 && $4 != "requested" { limit = 1 }
	{
		mark = $7 > 1 ? "worse" : ""
		if (limit && $7 > limit + 0.005)
			mark = "over"
		print (limit ? limit : "") "," mark "," $0
	}' /tmp/rows >/tmp/judged

awk -F, 'BEGIN {
		format = "%5s %-5s  %-17s %6s %6s  %-16s %8s %8s %6s\n"
		printf format, "ratio", "", "workload", "bytes", "at a", "peer",
		       "its", "myslab", "limit"
	}
	{ printf format, $9, $2, $3, $4, $5, $6, $7, $8, $1 }' /tmp/judged >/tmp/table
say </tmp/table

# What stands behind some of them.
dmesg | sed -n 's/.*bench-note: //p' | say

grep -q "^${ROW:-hot-pair},256," /tmp/rows || fail "no figure for ${ROW:-hot-pair}"
worse=$(awk -F, '$2 == "over" {
		printf "%s of %s: %s of %s, at most %s; ", $3, $4, $9, $6, $1
	}' /tmp/judged)
[ -z "$worse" ] || fail "too slow: $worse"
verdict pass
