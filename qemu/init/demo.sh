# make run: what a person sees of myslab on a stock kernel.
info()
{
	say ""
	say "== /proc/myslabinfo $1"
	# The tunables are always 0: left out, so that a row fits.
	sed 's/ : tunables.*: slabdata/ :/' /proc/myslabinfo | say
}

load myslab
info "before: no cache"

load myslab_client
sleep 2
info "during: the client's caches at work"
# Threads, a constructor, the timer interrupt and RCU: each has had objects.
for name in requests packets routes sessions; do
	grep -q "^client-$name  *[0-9]*  *[1-9]" /proc/myslabinfo ||
		fail "client-$name is not used"
done
say ""
say "== the same in slabtop -o"
mount -o bind /proc/myslabinfo /proc/slabinfo
slabtop -o -s a >/tmp/slabtop
head -n 20 /tmp/slabtop | say
grep -q 'client-requests *$' /tmp/slabtop || fail "slabtop does not show it"
umount /proc/slabinfo

say ""
say "== one deliberate double free"
dmesg -c >/dev/null
echo 1 >/sys/module/myslab_client/parameters/double_free
sleep 1
dmesg | sed -n '/myslab: BUG:/,$p' | head -n 24 | cut -c 1-100 | say

# bug NAME...: let the broken driver run them.
bug()
{
	local name
	for name in "$@"; do
		echo "$name" >/sys/module/myslab_broken/parameters/bug ||
			fail "bug $name: $?"
	done
}

# found: the first lines of what was reported since it was last asked.
found()
{
	sleep 1
	dmesg -c | grep -v '\] | ' | sed -n 's/^.*myslab: BUG: /found: /p
		s/^.*myslab: \(  .* bytes from .*\)/\1/p' |
		fold -s -w 96 | say
}

say ""
say "== a driver with bugs, on a stock kernel: writes out of bounds and after free"
load myslab_broken
dmesg -c >/dev/null
bug overrun underrun stale
found
say "(nothing was found: nobody looks)"
say ""
say "== the same driver, debugged while it runs"
say "# echo 'full,@myslab_broken' >/proc/myslab/debug"
echo 'full,@myslab_broken' >/proc/myslab/debug || fail "debug: $?"
for name in overrun underrun stale twice forget; do
	say "# echo $name >/sys/module/myslab_broken/parameters/bug"
	bug $name
	if [ $name = stale ]; then
		say "# echo 1 >/proc/myslab/validate"
		echo 1 >/proc/myslab/validate
		sleep 1
		dmesg -c | grep -v '\] | ' | sed -n 's/^.*myslab: BUG: /found: /p
			s/^.*myslab: \(  .*\(+[0-9]*:\|ago by\|myslab_broken\]\|#.*bytes\)\)/\1/p' |
			fold -s -w 96 | say
		continue
	fi
	found
done
say "# rmmod myslab_broken"
unload myslab_broken
found

say ""
say "== each of a driver's allocations fails in turn"
load myslab_broken
bug=/sys/module/myslab_broken/parameters/bug
say "# fail-each @myslab_broken sh -c 'echo stale >\$bug'"
fail-each @myslab_broken sh -c "echo stale >$bug" >/tmp/good ||
	fail "fail-each: $?"
say </tmp/good
say "# fail-each @myslab_broken sh -c 'echo stale >\$bug || echo twice >\$bug'"
fail-each @myslab_broken sh -c "echo stale >$bug || echo twice >$bug" \
	>/tmp/bad && fail "fail-each: a report was not seen"
say </tmp/bad
printf '%s\n' '1: error 1' '2: error 1' \
	'2 failed, one at a time; 0 ended badly' | cmp - /tmp/good &&
	grep -q '^2: report: double-free' /tmp/bad || fail "fail-each's words"
unload myslab_broken
unload myslab_client

# It is loaded, runs a path, and is gone: a leak is found there.
cat >/tmp/use <<'EOF'
#!/bin/sh
insmod /modules/myslab_careless.ko
status=0
for path in "$@"; do
	echo $path >/sys/module/myslab_careless/parameters/path || status=1
done
rmmod myslab_careless
exit $status
EOF
chmod +x /tmp/use

# each ENDED OPTION... PATH: how the second failure in a path of it ends
each()
{
	local ended=$1
	shift
	say "# fail-each $*"
	fail-each "$@" >/tmp/each || [ "$ended" != "error 1" ] ||
		fail "fail-each $*: $?"
	say </tmp/each
	[ "$(sed -n 's/^2: //p' /tmp/each)" = "$ended" ] ||
		fail "fail-each $*: not $ended"
}

say ""
say "== the same of one that is careless where memory is short"
each "error 1" '*' /tmp/use tidy
each leak '*' /tmp/use lose
each "report: double-free" '*' /tmp/use twice
each oops '*' /tmp/use ignore
each hang -t 2 '*' /tmp/use wait
each "error 1" -s '*' /tmp/use tidy tidy tidy
each "" -s -n 1 '*' /tmp/use tidy tidy
grep -q '^not tried: .*myslab_careless' /tmp/each || fail "no stack is not tried"

info "after: the client is gone"
unload myslab
[ ! -e /proc/myslabinfo ] || fail "/proc/myslabinfo outlives the module"
check_kernel
verdict pass
