#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# scaling.sh PROGRAM: simulate, write bench/results/scaling.csv and
# docs/scaling-*.svg, show the table. A row fails that visits a depot or slabs
# more often than 18 times in a thousand calls, and than once in ten where all
# free more than the depot keeps: one CPU alone may, see depot_is_full().
set -eu

program=$1
cd "$(dirname "$0")/../.."
csv=bench/results/scaling.csv
mkdir -p bench/results
"$program" >$csv

# picture FILE COLUMN TITLE [GNUPLOT-COMMAND]: that column over the CPUs.
picture()
{
	local work plots=""

	while read -r work; do
		plots+="${plots:+, }'< grep \"^$work,\" $csv' using 2:$2"
		plots+=" with linespoints pt 7 ps 0.6 lw 2 title '$work'"
	done < <(tail -n +2 $csv | cut -d, -f1 | uniq)
	gnuplot <<-END
		set terminal svg size 820,420 background "white" font "sans,12"
		set output "docs/scaling-$1.svg"
		set datafile separator ","
		set title "$3" noenhanced
		set xlabel "CPUs"
		set logscale x 2
		set xrange [1:256]
		set grid
		set key outside right
		${4:-}
		plot $plots
	END
}

picture locks '($4+$5)' "locks of depot and slabs, acquisitions a call"
picture transfers 6 "cache lines from CPU to CPU, transfers a call"
picture time '($9)' "units of time a call, of each CPU" "set logscale y"
picture memory '($12*4/$2)' "KiB in slabs, for each CPU" "set logscale y"

awk -F, '
	NR == 1 {
		printf "%-26s %4s %8s %8s %9s %8s %8s %9s %9s %7s\n", $1, $2,
		       "depot", "slabs", $6, $8, $9, "B a CPU", "B depot", $12
		next
	}
	{
		over = $2 > 1 && $4 + $5 > ($1 ~ /burst/ ? 0.1 : 0.018)
		over ? failed++ : passed++
		printf "%-26s %4d %8.4f %8.4f %9.3f %8.1f %8.1f %9d %9d %7d%s\n",
		       $1, $2, $4, $5, $6, $8, $9, $10, $11, $12,
		       over ? " over the limit" : ""
	}
	END {
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0
	}' $csv
echo "rows: $csv, pictures: docs/scaling-*.svg"
