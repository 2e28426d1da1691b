# make examples: one after the other, as a person would try them. Each says in
# the log what it does, and goes without leaving anything.
load myslab
for module in /modules/*.ko; do
	name=$(basename "$module" .ko)
	[ "$name" != myslab ] || continue
	say ""
	say "== $name"
	dmesg -c >/dev/null
	load "$name"
	dmesg | sed 's/^\[[^]]*\] //' | say
	unload "$name"
	[ "$(wc -l </proc/myslabinfo)" = 2 ] || fail "$name left a row"
done
unload myslab
check_kernel
verdict pass
