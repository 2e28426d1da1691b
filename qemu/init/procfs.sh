# /proc/myslabinfo through the eyes of the tools that read slabinfo: its form
# to the byte, then slabtop, vmstat -m and node_exporter on it.
load myslab

# Events are enabled while nobody works: TCG may lose a race with the patching
# of code that is being used. What comes later is switched by tracing_on.
tracing=/sys/kernel/tracing
debug=/proc/myslab/debug
mount -t tracefs tracefs $tracing
echo 0 >$tracing/tracing_on
for event in kmem/kmalloc kmem/kfree myslab; do
	echo 1 >$tracing/events/$event/enable
done
echo T >$debug
load myslab_client
sleep 1
echo 1 >$tracing/tracing_on
usleep 20000
echo 0 >$tracing/tracing_on
# The client is quick, a reader under TCG is not.
head -n 500 $tracing/trace >/tmp/trace

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

# Whoever knows only kmalloc() and kfree() sees objects of myslab too.
# traced FILE EVENT REST: FILE shows EVENT, with a client's function in REST
traced()
{
	grep -q "$2: .*$3" "$1" || return 1
	grep "$2: .*$3" "$1" | head -n 1 | say
}

traced /tmp/trace kmalloc 'call_site=.*\[myslab_client\] ptr=' &&
	traced /tmp/trace kfree 'call_site=.*\[myslab_client\] ptr='
ok "traces of kmalloc() and kfree() show its objects" $?

traced /tmp/trace myslab_alloc 'client-.*#.* call_site=.*\[myslab_client\]' &&
	traced /tmp/trace myslab_free 'client-.* call_site=.*\[myslab_client\]'
ok "ours show them by name" $?

# What a trace, or a report, calls it is enough to ask.
whatis=/proc/myslab/whatis
for name in $(sed -n 's/.* myslab_alloc: \(client-[a-z]*#[0-9.]*\) .*/\1/p' \
	/tmp/trace | tail -n 20); do
	# The slab of one or another may have gone meanwhile.
	echo "$name" 2>/dev/null >$whatis && break
done
grep "$name" $whatis | say
grep -q "^address 0.*: cache client-[a-z]*, at +0 of $name, which is " $whatis
ok "an object of that name is found" $?
echo off >$debug

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

# rows_agree TEXT: what readers take for granted of every row of /tmp/info.
rows_agree()
{
	awk 'NR > 2 && ($4 < 1 || $5 < 1 || $6 < 1 || $2 > $3 || $14 > $15 ||
		$15 * $6 * 4096 < $3 * $4 || $3 >= 4294967296) {
		print "| bad row: " $0 >"/dev/kmsg"; bad = 1 }
		END { exit bad }' /tmp/info
	ok "$1" $?
}

rows_agree "sizes are at least 1, active <= total, slabs hold their objects"

[ "$(stat -c %a /proc/myslabinfo)" = 400 ]
ok "only root may read it" $?

# rows FILE: the rows of /proc/myslabinfo as "name active total size".
rows()
{
	awk 'NR > 2 { print $1, $2, $3, $4 }' /proc/myslabinfo >"$1"
}

# agree WIDTH: a row counts where it is the same before and after the tool; it
# must then be the tool's, under a name cut to WIDTH.
agree()
{
	awk -v width="$1" '{ row = $2 " " $3 " " $4 }
	FILENAME == "/tmp/before" { before[$1] = row }
	FILENAME == "/tmp/after" { after[$1] = row }
	FILENAME == "/tmp/tool" { tool[$1] = row }
	END {
		for (name in before) {
			short = substr(name, 1, width)
			if (before[name] == after[name] &&
			    before[name] != tool[short]) {
				print name ": " before[name] " but " tool[short]
				bad = 1
			} else if (!(short in tool)) {
				print name " is missing"
				bad = 1
			}
		}
		exit bad || NR == 0
	}' /tmp/before /tmp/after /tmp/tool >/tmp/problems
}

# tool NAME WIDTH: run NAME, which leaves rows in /tmp/tool. The client lives: a
# row may change and change back meanwhile, so that one try in ten is enough. A
# tool that misreads the file misreads it every time.
tool()
{
	for try in 1 2 3 4 5 6 7 8 9 10; do
		rows /tmp/before
		$1
		rows /tmp/after
		[ "$1" != read_slabtop ] ||
			sed -i 's/ [0-9]*$//' /tmp/before /tmp/after
		agree "$2" && break
	done
	if [ -s /tmp/problems ]; then
		say </tmp/problems
		ok "${1#read_} shows every row with its numbers" 1
	else
		ok "${1#read_} shows every row with its numbers" 0
	fi
}

# Cache Num Total Size Pages, where Num is the active objects.
read_vmstat()
{
	vmstat -m | awk '$1 != "Cache" { print $1, $2, $3, $4 }' >/tmp/tool
}

# OBJS ACTIVE USE SIZE ... NAME: sizes are in K only, and left out.
read_slabtop()
{
	slabtop -o | awk 'rows && NF { print $8, $2, $1 }
		$1 == "OBJS" { rows = 1 }' >/tmp/tool
}

read_node_exporter()
{
	wget -q -O /tmp/metrics http://127.0.0.1:9100/metrics || sleep 1
	awk -F '[{}" ]+' '/^node_slabinfo_active_objects/ { a[$3] = $4 }
	/^node_slabinfo_objects\{/ { o[$3] = $4 }
	/^node_slabinfo_object_size_bytes/ { z[$3] = $4 }
	END { for (n in a) print n, a[n], o[n], z[n] }' /tmp/metrics >/tmp/tool
}

mount -o bind /proc/myslabinfo /proc/slabinfo
tool read_vmstat 24
tool read_slabtop 23
umount /proc/slabinfo

mkdir -p /tmp/procfs
ln -s /proc/myslabinfo /tmp/procfs/slabinfo
ip link set lo up
prometheus-node-exporter --path.procfs=/tmp/procfs --collector.disable-defaults \
	--collector.slabinfo --web.listen-address=127.0.0.1:9100 2>/tmp/exporter &
i=0
until wget -q -O /dev/null http://127.0.0.1:9100/metrics || [ $i = 60 ]; do
	sleep 1
	i=$((i + 1))
done
tool read_node_exporter 63
[ -s /tmp/metrics ] || say </tmp/exporter
kill $!

# The client goes on working while it is debugged.
[ "$(stat -c %a $debug)" = 600 ] && [ "$(head -n 1 $debug)" = \
	"myslab debug - version: 1" ]
ok "what is debugged is in a file of root's" $?

echo 'full,@myslab_client' >$debug &&
	grep -q '^on FZPUQ:65536LG:1,@myslab_client$' $debug &&
	grep -q '^cache client-requests FZPUQ:65536LG:1 checks ' $debug
ok "a module's caches are debugged by writing there" $?

checks()
{
	sed -n 's/^cache client-requests .* checks \([0-9]*\) .*/\1/p' $debug
}

before=$(checks)
sleep 2
[ "$(checks)" -gt "$before" ]
ok "its objects are looked at" $?

cat /proc/myslabinfo >/tmp/info
rows_agree "the rows hold what readers assume"

sites=/proc/myslab/sites
[ "$(stat -c %a $sites)" = 600 ] && [ "$(head -n 1 $sites)" = \
	"myslab sites - version: 1" ] &&
	grep -q '^ *[0-9]* *[0-9]* .*+0x.* \[myslab_client\] cache client-requests since-mark ' \
		$sites
ok "its call sites are named" $?

whatis=/proc/myslab/whatis
# asked ADDRESS: some answer
asked()
{
	echo "$1" >$whatis && grep -q '^address .*: ' $whatis
}

for address in 0 1 1000 7fffffffffff 8000000000000000 ffffffffffffffff \
	fffffffffffff000 $(awk '{ print $1 }' /proc/kallsyms | head -n 20) \
	$(awk 'NR % 50 == 1 { sub("-.*", "", $1); print $1 }' \
		/proc/vmallocinfo); do
	asked "$address" || break
done &&
	awk 'BEGIN { srand(); for (i = 0; i < 100; i++)
		printf "ff%06x%08x\n", rand() * 2 ^ 24, rand() * 2 ^ 32 }' |
	while read -r address; do
		asked "$address" || exit 1
	done && ! echo nobody#1.1 2>/dev/null >$whatis
ok "any number has an answer" $?

reports=/proc/myslab/reports
[ "$(stat -c %a $reports)" = 400 ] && [ "$(head -n 1 $reports)" = \
	'{"format":"myslab reports","version":1}' ] &&
	[ "$(head -n 1 /proc/myslab/findings)" = \
		"myslab findings - version: 1" ]
ok "findings can be read" $?

echo mark >$sites && ! echo marks 2>/dev/null >$sites
ok "a mark can be set" $?

! echo 'Z,nobody' 2>/dev/null >$debug && ! echo 'Y' 2>/dev/null >$debug &&
	dmesg | grep -q 'debug: "Z,nobody" matches nothing' &&
	dmesg | grep -q 'debug: this is no letter of debugging, at character 1'
ok "what is wrong is refused, and said" $?

echo 1 >/proc/myslab/validate &&
	dmesg | grep -q 'validate: 0 findings'
ok "everything is sound" $?

echo off >$debug && ! grep -q -e '^on' -e '^cache' $debug
ok "off is off" $?

unload myslab_client
# It switches events off, which the client must not meet: see above.
trace-cmd extract -o /tmp/trace.dat >/tmp/trace-cmd 2>&1
trace-cmd report -i /tmp/trace.dat 2>>/tmp/trace-cmd | head -n 500 |
	grep myslab_client/ >/tmp/reported
traced /tmp/reported kmalloc 'call_site=' &&
	traced /tmp/reported kfree 'call_site='
ok "trace-cmd shows its objects" $?
[ -s /tmp/reported ] || say </tmp/trace-cmd

echo "    1..$check" >/dev/kmsg
echo "ok 1 procfs" >/dev/kmsg
echo 0 >$tracing/events/enable
umount $tracing
unload myslab
check_kernel
verdict pass
