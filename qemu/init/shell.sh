# make shell: the module loaded, a shell on the serial line.
load myslab
echo 4 >/proc/sys/kernel/printk
for module in /modules/*.ko; do
	echo "$module"
done
echo "myslab is loaded; see /proc/myslabinfo. poweroff -f, or Ctrl-A X, ends."
setsid sh -c 'exec sh -i </dev/ttyS0 >/dev/ttyS0 2>&1'
poweroff -f
