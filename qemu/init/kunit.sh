# make kunit: every suite in turn, then what a clean run must end with. The
# harness's self-test runs it too, with PLANT naming a bug to plant. DEBUG is
# what is debugged meanwhile. Tests plant what a scan would find before them.
load myslab scan_ms=0 ${DEBUG:+debug="$DEBUG"}
for suite in /modules/*_kunit.ko; do
	name=$(basename "$suite" .ko)
	say "suite $name"
	load "$name" ${PLANT:+plant=$PLANT}
	# What a module has lost it has lost before it goes, too.
	[ -z "${PLANT:-}" ] || check_kernel
	unload "$name"
done
# The files go before the module does, whoever has one open.
exec 3</proc/myslabinfo
head -c 10 <&3 >/dev/null
unload myslab
[ ! -e /proc/myslabinfo ] || fail "/proc/myslabinfo outlives the module"
! cat <&3 2>/dev/null || fail "/proc/myslabinfo is read without the module"
exec 3<&-
check_kernel
verdict pass
