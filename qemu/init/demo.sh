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
say ""
say "== the same in slabtop -o"
mount -o bind /proc/myslabinfo /proc/slabinfo
slabtop -o -s a | head -n 20 | say
umount /proc/slabinfo

say ""
say "== one deliberate double free"
dmesg -c >/dev/null
echo 1 >/sys/module/myslab_client/parameters/double_free
sleep 1
dmesg | sed -n '/myslab: BUG:/,$p' | head -n 24 | cut -c 1-100 | say

unload myslab_client
info "after: the client is gone"
unload myslab
[ ! -e /proc/myslabinfo ] || fail "/proc/myslabinfo outlives the module"
check_kernel
verdict pass
