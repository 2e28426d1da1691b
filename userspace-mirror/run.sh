#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the mirror and run its tests, two programs at a time; the last line is
# "N passed, N failed". Everything they said is in the folder given as $1.
#
# SUITE=glob runs suites by name, SEED=n repeats a run, VERBOSE=1 keeps the
# whole log of the simulated kernel.

set -eu

out=$1
here=$(dirname "$0")
programs="points tsan check nodes zeroes debug models release"
passed=0
failed=0

build() {
	if ! make -s -C "$here" -j2 all >"$out/build.log" 2>&1; then
		grep -E 'error|Error' "$out/build.log" | head -20
		echo "mirror: did not compile, see $out/build.log"
		echo "0 passed, 1 failed"
		exit 1
	fi
}

# "nodes" is the check build once more, on a machine of two nodes, "zeroes" on
# one whose kernel zeroes what it allocates, "debug" with everything debugged,
# without those suites that are about the mirror, "models" likewise those of heap,
# pool and arena. Left behind for the report: the log, the exit status, the
# seconds.
run() {
	local from=$SECONDS status=0 program suite NODES=1 DEBUG=off

	case $1 in
	nodes)	program=check NODES=2 suite='*' ;;
	zeroes)	program=check suite='mirror_*model'
		export ZEROES=alloc ;;
	debug)	program=check suite='myslab_*' DEBUG=full ;;
	models)	program=check suite='mirror_*_model' DEBUG=full ;;
	*)	program=$1 suite='*' ;;
	esac
	export NODES DEBUG
	timeout 120 "$out/$program/mirror" ${VERBOSE:+-v} "${SUITE:-$suite}" \
		>"$out/$1.log" 2>&1 </dev/null || status=$?
	echo "$status $((SECONDS - from))" >"$out/$1.status"
}

# A result is a line of a test, or of a check between suites.
count() {
	grep -cE "$2" "$out/$1.log" || true
}

report() {
	local good bad status seconds

	read -r status seconds <"$out/$1.status"
	good=$(count "$1" '^    ok [0-9]')
	bad=$(count "$1" '^(    not ok [0-9]|not ok - )')
	if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		bad=1
		echo "mirror: $1 ended with status $status:"
		grep -nE 'ABORT|ERROR|WARNING: ThreadSanitizer|runtime error' \
			"$out/$1.log" | head -5 || true
		tail -40 "$out/$1.log"
	elif [ "$bad" != 0 ]; then
		grep -E -B12 '^(    not ok [0-9]|not ok - )' "$out/$1.log" |
			head -60
	fi
	printf 'mirror: %-7s %4d passed, %d failed, %2d s  %s  %s\n' "$1" \
		"$good" "$bad" "$seconds" \
		"$(grep -m1 -o 'SEED=[0-9]*' "$out/$1.log" || true)" "$out/$1.log"
	passed=$((passed + good))
	failed=$((failed + bad))
}

mkdir -p "$out"
started=$SECONDS
build
echo "mirror: built in $((SECONDS - started)) s"
for p in $programs; do
	run "$p" &
	# Two at a time: there may be no more CPUs.
	while [ "$(jobs -pr | wc -l)" -ge 2 ]; do
		wait -n
	done
done
wait
for p in $programs; do
	report "$p"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
