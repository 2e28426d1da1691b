# make kunit: every suite in turn, then what a clean run must end with.
load myslab
for suite in /modules/*_kunit.ko; do
	name=$(basename "$suite" .ko)
	say "suite $name"
	load "$name"
	unload "$name"
done
unload myslab
[ ! -e /proc/myslabinfo ] || fail "/proc/myslabinfo outlives the module"
check_kernel
verdict pass
