#!/bin/bash
# test.sh [--no-check]: everything that proves myslab, a few jobs at a
# time. A job's output is shown when it ends; the last line is the sum of their
# totals.
set -eu
. "$(dirname "$0")/common.sh"

out=$LOGS/test
rm -rf "$out"
mkdir -p "$out"
start=$SECONDS
# Until there is a sum, one that says why there is none.
trap 'echo "0 passed, 1 failed"' EXIT

# Once for all jobs, so that they need not wait for each other's apt.
"$QEMU/deps.sh" build build-6.1 build-newest vm procps kernels check mirror \
	drivers
for target in $ALL_TARGETS; do
	step "$target: kernel (6 min if not cached)" "$QEMU/kernel.sh" "$target"
done
step "accelerator for VMs" "$QEMU/accel.sh"
# total FILE: the totals a job ended with, "passed failed skipped". A job that
# gave none, or failed without saying what, is one failure.
total()
{
	awk -v status="$(cat "$1.status")" '
		/^[0-9]+ passed, [0-9]+ failed/ { p = $1; f = $3; s = $5; seen = 1 }
		END {
			if (!seen) { p = status == 0; f = 0 }
			if (status != 0 && !f) f = 1
			print p + 0, f + 0, s + 0
		}' "$1"
}

# job NAME COMMAND...: run it in one of PLACES, show it when it ended.
places=3
running=0
job()
{
	local name=$1
	shift
	if [ $running = $places ]; then
		wait -n || true
		running=$((running - 1))
	fi
	running=$((running + 1))
	(
		started=$SECONDS status=0 TIMEFORMAT='%U %S'
		{ time "$@" >"$out/$name" 2>&1 </dev/null; } \
			2>"$out/$name.cpu" || status=$?
		echo $status >"$out/$name.status"
		{
			flock 8
			echo "== $name ($((SECONDS - started)) s)"
			cat "$out/$name"
		} 8>"$out/.lock"
	) &
}

# Longest first: the last ones to run should be short. What a job's target has
# not built yet the job builds: neighbours are of different targets, or one of
# them would wait for the other's build.
job cycles-stock-6.12 env CYCLES=200 "$QEMU/job.sh" cycles stock-6.12
job kunit-debug-6.12 "$QEMU/job.sh" kunit debug-6.12
[ "${1:-}" = --no-check ] || job check "$TOP/tools/check"
job mirror-test make --no-print-directory -C "$TOP" mirror-test
job cycles-debug-6.12 "$QEMU/job.sh" cycles debug-6.12
for target in stock-6.12 stock-6.1 stock-newest kunit-6.12 kunit-6.1; do
	job "kunit-$target" "$QEMU/job.sh" kunit "$target"
done
job kunit-debugged-stock-6.12 env DEBUG=full "$QEMU/job.sh" kunit stock-6.12
for target in stock-6.12 stock-newest; do
	job "bench-$target" "$QEMU/job.sh" bench "$target"
done
job kunit-kcsan-6.12 "$QEMU/job.sh" kunit kcsan-6.12 '*_kernel'
job planted-race "$QEMU/job.sh" planted-race kcsan-6.12
for plant in leak lockdep; do
	job "planted-$plant" "$QEMU/job.sh" "planted-$plant" debug-6.12
done
for plant in hang nothing expect; do
	job "planted-$plant" "$QEMU/job.sh" "planted-$plant" kunit-6.12
done
job scoreboard-stock-6.12 "$QEMU/job.sh" scoreboard stock-6.12 full
for driver in vfat zram; do
	job "drivers-$driver-stock-6.12" \
		"$QEMU/job.sh" "drivers-$driver" stock-6.12
done
for target in stock-6.12 stock-6.1 debug-6.12; do
	job "examples-$target" "$QEMU/job.sh" examples "$target"
done
for target in stock-6.12 stock-6.1 stock-newest; do
	job "procfs-$target" "$QEMU/job.sh" procfs "$target"
	job "demo-$target" "$QEMU/job.sh" demo "$target"
done
wait

passed=0 failed=0 skipped=0
echo "== sum after $((SECONDS - start)) s"
for file in "$out"/*.status; do
	file=${file%.status}
	read -r p f s < <(total "$file")
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	printf '  %-26s %5d passed %4d failed %4d skipped %5d s of CPU\n' \
		"${file##*/}" "$p" "$f" "$s" \
		"$(awk '{ print int($1 + $2) }' "$file.cpu")"
done
trap - EXIT
[ $skipped = 0 ] || echo "$skipped skipped: what a kernel does not have"
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
