#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh PROGRAM: the native benchmark beside glibc's malloc, and beside the
# others that Debian has, each put in its place. Limits are those beside glibc.
set -eu

program=$1
libs=/usr/lib/x86_64-linux-gnu
status=0
"$program" || status=1
for peer in jemalloc.so.2 mimalloc.so.2 tcmalloc_minimal.so.4; do
	if [ -e "$libs/lib$peer" ]; then
		echo
		name=${peer%%.*} name=${name%_minimal}
		LD_PRELOAD=$libs/lib$peer PEER=$name "$program" |
			grep -v ' failed$'
	fi
done
exit $status
