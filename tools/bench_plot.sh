#!/bin/bash
# bench_plot.sh: docs/ratios.svg from what make bench left in bench/results.
set -eu
cd "$(dirname "$0")/.."
. qemu/common.sh

"$QEMU/deps.sh" plot
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

# workload,bytes,at a time,peer=what the picture says, lowest bar first
rows="
heap-filesystem,0,20000,kvmalloc=heap, as file systems use / kvmalloc
heap-uniform,0,4000,kvmalloc=heap, 16 bytes to 64 KiB / kvmalloc
pool-drained,256,64,mempool=pool, 64 at a time / mempool
arena,0,200,kmalloc+kfree=arena / kmalloc
pages-in-all,0,10000,kmem_cache=pages for 10,000 of 21 sizes
alloc-p99.9,256,20000,kmem_cache=p99.9 of an allocation
handed-over,256,1000,kmem_cache=1,000 handed to another CPU
handed-over,256,64,kmem_cache=64 handed to another CPU
alternation,256,[0-9]*,kmem_cache=worst alternation
constructed,[0-9]*,1,kmem_cache+ctor=constructed object
bulk-random,256,64,kmem_cache=bulk of 64, any order
bulk-in-order,256,64,kmem_cache=bulk of 64, one slab
batch-random,256,1000,kmem_cache=1,000 at a time, any order
batch-random,256,64,kmem_cache=64 at a time, any order
hot-pair,256,1,kmem_cache=hot pair"

plots="" n=0
for target in stock-6.1 stock-6.12 stock-newest; do
	results=bench/results/$target-init_on_alloc=0.csv
	[ -e "$results" ] || die "$results is missing: make bench KERNEL=${target#*-}"
	while IFS='=' read -r row text; do
		[ -z "$row" ] || printf '"%s" %s\n' "$text" \
			"$(grep -m 1 "^$row," "$results" | cut -d, -f7)"
	done <<<"$rows" >"$data/$target"
	# A box from 0 to the ratio; the three of a row lie below each other.
	at="(\$0 + 0.28 * (1 - $n))"
	plots+="${plots:+, }'$data/$target' using (0):$at:(0):2"
	plots+=":($at - 0.13):($at + 0.13)$([ $n != 1 ] || echo ':ytic(1)')"
	plots+=" with boxxyerror title '${target#stock-}'"
	n=$((n + 1))
done
gnuplot <<-END
	set terminal svg size 820,620 background "white" font "sans,12"
	set output "docs/ratios.svg"
	set title "myslab / its peer, kmem_cache where not named: guest instructions, or pages" noenhanced
	set style fill solid 0.8 border -1
	set xrange [0:1.75]
	set yrange [-0.6:14.6]
	set grid xtics
	set arrow from 1, graph 0 to 1, graph 1 nohead lw 2
	set key at 1.72, 13
	plot $plots
END
echo "docs/ratios.svg"
