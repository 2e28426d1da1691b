# make crash: bugs that are found, and one that is not asked for any more: in
# slabs, and on guard pages.
load qemu_fw_cfg
load myslab
load myslab_client
load myslab_broken
echo 'FZPUQL,@myslab_broken' >/proc/myslab/debug || fail "debug: $?"
for name in overrun stale forget; do
	echo $name >/sys/module/myslab_broken/parameters/bug
done
echo 'full,@myslab_broken' >/proc/myslab/debug || fail "debug: $?"
echo stale >/sys/module/myslab_broken/parameters/bug
sleep 1
say </proc/myslab/reports
echo c >/proc/sysrq-trigger
