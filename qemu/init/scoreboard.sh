# make scoreboard: misuse, a case each insmod, from number FROM on; ends when
# there is none left, or when the kernel is no longer sound (it died, warned or
# found bad memory): the host goes on with the next one in a fresh VM.
[ "$SIDE" != full ] || debug=debug=full
load myslab $debug
slub=0
[ "$SIDE" != slub ] || slub=1
nr=$FROM
sound()
{
	# 128: died, 512: warned, 32: bad page.
	[ $(($(cat /proc/sys/kernel/tainted) & 672)) = 0 ] || verdict unsound
}

while insmod /modules/myslab_scoreboard.ko nr=$nr slub=$slub 2>/dev/null; do
	rmmod myslab_scoreboard
	echo "scoreboard: over" >/dev/kmsg
	sound
	nr=$((nr + 1))
done
sound
echo "scoreboard: all" >/dev/kmsg
verdict pass
