# /proc/myslabinfo through the eyes of the tools that read slabinfo: its form
# to the byte, then slabtop, vmstat -m and node_exporter on it.
load myslab
load myslab_client
sleep 1

check=0
# ok TEXT STATUS: one result of KTAP.
ok()
{
	check=$((check + 1))
	if [ "$2" = 0 ]; then
		echo "    ok $check $1" >/dev/kmsg
	else
		echo "    not ok $check $1" >/dev/kmsg
	fi
}

say "suite procfs"
echo "    # Subtest: procfs" >/dev/kmsg

cat /proc/myslabinfo >/tmp/info
head -n 2 /tmp/info >/tmp/head
head -n 2 /proc/slabinfo | cmp -s - /tmp/head
ok "the two header lines are those of /proc/slabinfo" $?

! grep -q ' $' /tmp/info
ok "no row ends in a blank" $?

awk 'NR > 2 && (NF != 16 || $7 $8 $12 $13 != ":tunables:slabdata" ||
	!/^[A-Za-z][A-Za-z0-9_.-]* /) {
	print "| bad row: " $0 >"/dev/kmsg"; bad = 1 }
	END { exit bad || NR < 3 }' /tmp/info
ok "every row has 16 tokens" $?

awk 'NR > 2 && ($4 < 1 || $5 < 1 || $6 < 1 || $2 > $3 || $14 > $15 ||
	$15 * $6 * 4096 < $3 * $4 || $3 >= 4294967296) {
	print "| bad row: " $0 >"/dev/kmsg"; bad = 1 } END { exit bad }' /tmp/info
ok "sizes are at least 1, active <= total, slabs hold their objects" $?

[ "$(stat -c %a /proc/myslabinfo)" = 400 ]
ok "only root may read it" $?

# The client lives: a row counts where it is the same before and after the tool.
# agree TOOL WIDTH: /tmp/tool (rows "name active total size") must agree, for
# names cut to the tool's WIDTH.
agree()
{
	awk -v width="$2" 'FILENAME == "/tmp/before" { b[$1] = $2 " " $3 " " $4 }
	FILENAME == "/tmp/after" { if (b[$1] == $2 " " $3 " " $4) s[$1] = b[$1] }
	FILENAME == "/tmp/tool" { t[$1] = $2 " " $3 " " $4 }
	END {
		for (n in b) {
			k = substr(n, 1, width)
			if (!(k in t)) { print "| missing: " k >"/dev/kmsg"; bad = 1 }
			else if (n in s && s[n] != t[k]) {
				print "| " k ": " s[n] " but " t[k] >"/dev/kmsg"
				bad = 1
			}
		}
		exit bad
	}' /tmp/before /tmp/after /tmp/tool
	ok "$1 shows every row with its numbers" $?
}

# rows FILE: the rows of /proc/myslabinfo as "name active total size".
rows()
{
	awk 'NR > 2 { print $1, $2, $3, $4 }' /proc/myslabinfo >"$1"
}

mount -o bind /proc/myslabinfo /proc/slabinfo
rows /tmp/before
vmstat -m >/tmp/vmstat
rows /tmp/after
# Cache Num Total Size Pages: Num is the active objects.
awk '$1 != "Cache" { print $1, $2, $3, $4 }' /tmp/vmstat >/tmp/tool
agree "vmstat -m" 24

# slabtop prints sizes in K only: compare the counts.
rows /tmp/before
slabtop -o >/tmp/slabtop
rows /tmp/after
for file in before after; do
	awk '{ print $1, $2, $3, "-" }' /tmp/$file >/tmp/x && mv /tmp/x /tmp/$file
done
awk 'rows { print $8, $2, $1, "-" } $1 == "OBJS" { rows = 1 }' /tmp/slabtop |
	sed '/^ /d' >/tmp/tool
agree "slabtop -o" 23
umount /proc/slabinfo

mkdir -p /tmp/procfs
ln -s /proc/myslabinfo /tmp/procfs/slabinfo
ip link set lo up
prometheus-node-exporter --path.procfs=/tmp/procfs --collector.disable-defaults \
	--collector.slabinfo --web.listen-address=127.0.0.1:9100 2>/tmp/exporter &
for try in 1 2 3 4 5 6 7 8 9 10; do
	sleep 1
	rows /tmp/before
	wget -q -O /tmp/metrics http://127.0.0.1:9100/metrics && break
done
rows /tmp/after
kill $!
awk -F '[{}" ]+' '/^node_slabinfo_active_objects/ { a[$3] = $4 }
	/^node_slabinfo_objects\{/ { o[$3] = $4 }
	/^node_slabinfo_object_size_bytes/ { z[$3] = $4 }
	END { for (n in a) print n, a[n], o[n], z[n] }' /tmp/metrics >/tmp/tool
agree "node_exporter" 63
[ -s /tmp/metrics ] || say </tmp/exporter

echo "    1..$check" >/dev/kmsg
echo "ok 1 procfs" >/dev/kmsg
unload myslab_client
unload myslab
check_kernel
verdict pass
