# make bench: what a pair costs, beside kmem_cache. Fails if the hot pair of a
# 256-byte object takes more than LIMIT hundredths of kmem_cache's.
load myslab
load myslab_bench
dmesg | sed -n 's/.*bench: //p' >/tmp/rows
{
	echo "workload,bytes,at a time,kmem_cache,myslab,ratio"
	cat /tmp/rows
} | awk -F, '{ printf "%-14s %6s %9s %11s %8s %6s\n", $1, $2, $3, $4, $5, $6 }' |
	say
unload myslab_bench
unload myslab

if grep -q init_on_alloc=1 /proc/cmdline; then
	limit=100
else
	limit=55
fi
ratio=$(awk -F, '$1 == "hot-pair" && $2 == 256 { print $6 * 100 }' /tmp/rows)
[ -n "$ratio" ] || fail "no figure for the hot pair"
[ "$ratio" -le "$limit" ] || fail "hot pair at 0.$ratio of kmem_cache"
verdict pass
