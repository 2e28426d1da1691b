# make examples: one after the other, as a person would try them. Each says in
# the log what it does, and goes without leaving anything.

# read_records MODE: what the module publishes is read by a program, through a
# map; it tries what must not work, too. MODE is "writable" or none.
read_records()
{
	# A map whose file is closed, and nothing else, holds the module.
	reader hold >/tmp/out &
	until grep -q holding /tmp/out; do sleep 0.2; done
	rmmod myslab_records 2>/dev/null && fail "the module went under a map"
	kill $!
	wait $! || true

	# shellcheck disable=SC2086
	reader $1 >/tmp/out || failed=yes
	say </tmp/out
	[ -z "${failed:-}" ] || fail "the reader: ${1:-read-only}"
}

# example NAME [PARAMETER COMMAND ARGUMENT]
example()
{
	dmesg -c >/dev/null
	# shellcheck disable=SC2086
	load "$1" ${2:-}
	dmesg | sed 's/^\[[^]]*\] //' | say
	[ $# -lt 3 ] || "$3" "${4:-}"
	unload "$1"
	[ "$(wc -l </proc/myslabinfo)" = 2 ] || fail "$1 left a row"
}

load myslab
for module in /modules/*.ko; do
	name=$(basename "$module" .ko)
	[ "$name" != myslab ] || continue
	say ""
	say "== $name"
	if [ "$name" = myslab_records ]; then
		example myslab_records writable=0 read_records
		example myslab_records writable=1 read_records writable
	else
		example "$name"
	fi
done
unload myslab
check_kernel
verdict pass
