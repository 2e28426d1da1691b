# make scoreboard: misuse, a case each insmod, from number FROM on; ends when
# there is none left, or when the kernel is no longer sound: it died, or freed
# pages that were not kmalloc's. The host goes on with the next one in a fresh
# VM.
case $SIDE in
light) debug=$SIDE ;;
full) debug="full;FZPUQLC,score-state" ;;
dressed) debug="FZPUQL;FZPUQLC,score-state" ;;
*) debug= ;;
esac
load myslab ${debug:+debug=$debug}
slub=0
[ "$SIDE" != slub ] || slub=1
nr=$FROM
mount -t debugfs dbg /sys/kernel/debug

sound()
{
	# 128: died.
	[ $(($(cat /proc/sys/kernel/tainted) & 128)) = 0 ] || verdict unsound
	! dmesg | grep -q free_large_kmalloc || verdict unsound
	# What warns but once shall do so in each case.
	echo 1 >/sys/kernel/debug/clear_warn_once
}

while insmod /modules/myslab_scoreboard.ko nr="$nr" slub="$slub" 2>/dev/null; do
	rmmod myslab_scoreboard
	echo "scoreboard: over" >/dev/kmsg
	sound
	nr=$((nr + 1))
done
sound
echo "scoreboard: all" >/dev/kmsg
verdict pass
