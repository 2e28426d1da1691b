# make soak: for MINUTES a client works on all CPUs while its letters change at
# random; every few seconds the broken driver runs one of its bugs, in turn,
# under letters that must find it and any others. Each is found, once, and
# nothing else ever is.
debug=/proc/myslab/debug

# Any of the letters given, one in two.
some()
{
	local letter text=
	for letter in "$@"; do
		[ $((RANDOM % 2)) = 0 ] || text=$text$letter
	done
	echo "$text"
}

# All that there are, with numbers that leave something to do.
any()
{
	some F Z P U Q:$((RANDOM)) L T G:$((1 + RANDOM % 50)) "$@"
}

# While a flag is there: other letters, every look at everything, reclaim.
disturb()
{
	local text nr=0
	while [ -e /tmp/busy ]; do
		nr=$((nr + 1))
		text=$(any E:$((5 + RANDOM % 200)))
		[ $((nr % 9)) != 0 ] || text=full
		[ $((nr % 5)) != 2 ] || text=light
		[ $((nr % 7)) != 0 ] || text=off
		case $((RANDOM % 3)) in
		0) text=${text:-off},@myslab_client ;;
		1) text=${text:-off},client-* ;;
		2) text=${text:-FZ},client-requests,client-sessions ;;
		esac
		echo "$text" >$debug || echo "$text" >>/tmp/refused
		[ $((nr % 4)) != 0 ] || echo 1 >/proc/myslab/validate
		[ $((nr % 5)) != 0 ] || echo 2 >/proc/sys/vm/drop_caches
		[ $((nr % 6)) != 0 ] || echo mark >/proc/myslab/sites
		cat $debug /proc/myslab/sites /proc/myslab/findings \
			/proc/myslab/reports /proc/myslabinfo >/dev/null
		echo $nr >/tmp/switches
		sleep 0.$((RANDOM % 10))
	done
}

# findings [KIND]: so many there have been.
findings()
{
	awk -v kind="${1:-}" 'NF == 2 && (kind == "" || $2 == kind) { n += $1 }
		END { print n + 0 }' /proc/myslab/findings
}

# await NR KIND: until there are more, for some seconds at most
await()
{
	local try=0
	while [ "$(findings "$2")" -le "$1" ] && [ $try -lt 50 ]; do
		try=$((try + 1))
		sleep 0.2
	done
}

# plant BUG KIND LETTERS: let the driver run it; what it is found by is on.
planted=0
plant()
{
	local bug=$1 kind=$2 text of before
	text=$3$(any)
	of=$(findings "$kind")
	before=$(findings)
	echo "$text,broken-frames" >$debug || fail "$text: $?"
	echo "$bug" >/sys/module/myslab_broken/parameters/bug ||
		fail "$bug: $?"
	case $bug in
	stale)
		# Or the scan does.
		[ $((RANDOM % 2)) = 0 ] || echo 1 >/proc/myslab/validate
		await "$of" "$kind"
		;;
	forget)
		unload myslab_broken
		load myslab_broken
		;;
	esac
	[ "$(findings "$kind")" = $((of + 1)) ] ||
		fail "$bug under $text was not found"
	[ "$(findings)" = $((before + 1)) ] ||
		fail "$bug under $text was found, and something else"
	planted=$((planted + 1))
}

load myslab scan_ms=200
load myslab_client
load myslab_broken
# A line for each switch would be all that one sees; what init says is seen.
echo 5 >/proc/sys/kernel/printk
touch /tmp/busy
disturb &
end=$(($(cut -d. -f1 /proc/uptime) + MINUTES * 60))
while [ "$(cut -d. -f1 /proc/uptime)" -lt $end ]; do
	plant overrun out-of-bounds-right Z
	sleep 2
	plant underrun out-of-bounds-left Z
	sleep 2
	plant stale use-after-free P
	sleep 2
	plant twice double-free F
	sleep 2
	plant forget leak L
	sleep 2
	[ $((planted % 50)) != 0 ] ||
		say "$(cat /tmp/switches) switches, $planted bugs, all found"
done
rm /tmp/busy
wait
echo 8 >/proc/sys/kernel/printk
[ ! -s /tmp/refused ] || {
	say </tmp/refused
	fail "a switch was refused"
}
echo 1 >/proc/myslab/validate
unload myslab_broken
unload myslab_client
[ "$(findings)" = $planted ] || fail "$(findings) findings, $planted planted"
[ "$(wc -l </proc/myslabinfo)" = 2 ] || fail "a row is left"
say "$(cat /tmp/switches) switches, $planted bugs planted and found, no other"
unload myslab
check_kernel
verdict pass
