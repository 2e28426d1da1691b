# A user program reads what the module of examples/records publishes, through
# a map, and tries what must not work: once where it may only read, once where
# it may write. The module cannot go while there are maps.
load myslab
for writable in 0 1; do
	load myslab_records writable=$writable
	mode=$([ $writable = 0 ] || echo writable)
	# A map whose file is closed, and nothing else, holds the module.
	reader hold >/tmp/out &
	until grep -q holding /tmp/out; do sleep 0.2; done
	rmmod myslab_records 2>/dev/null && fail "the module went under a map"
	kill $!
	wait $! || true

	# shellcheck disable=SC2086
	reader $mode >/tmp/out || failed=yes
	say </tmp/out
	[ -z "${failed:-}" ] || fail "the reader, writable=$writable"
	unload myslab_records
	[ "$(wc -l </proc/myslabinfo)" = 2 ] || fail "a row is left"
done
unload myslab
check_kernel
verdict pass
