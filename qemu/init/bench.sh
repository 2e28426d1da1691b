# make bench: what an operation costs, beside the peer that one would use
# instead. Fails if a row takes more hundredths of its peer's count than its
# limit; with init_on_alloc=1, where both sides zero memory, more than its
# peer's, if that zeroes: objpool does not, and a figure of ours does not either.
load myslab
# ROW is one that has to be there.
for module in /modules/*_bench.ko; do
	name=$(basename "$module" .ko)
	load "$name"
	unload "$name"
done
unload myslab

dmesg | sed -n 's/.*bench: //p' >/tmp/rows
{
	echo "workload,bytes,at a time,peer,its,myslab,ratio"
	cat /tmp/rows
} | awk -F, '{ printf "%-16s %6s %9s  %-16s %8s %8s %6s\n",
	       $1, $2, $3, $4, $5, $6, $7 }' | say

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
