# myslab: the module, its tests and its test machines.
#
# Variables: KDIR (kernel to build the module for), KERNEL (6.12, 6.1, newest) and
# CONFIG (stock, kunit, debug or kcsan) choose what a VM boots, SUITE (a glob)
# chooses KUnit suites.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.12
# The newest is not built here, but Debian's.
CONFIG ?= $(if $(filter newest,$(KERNEL)),stock,kunit)
SUITE ?= *
# ext4 takes a kernel of its own, which there is of one version.
DRIVER ?= vfat thin zram conntrack $(if $(filter 6.12,$(KERNEL)),ext4)
MODES ?= all
# make bench has whole drivers, too, where their source is there to be built.
MACRO = $(if $(filter newest,$(KERNEL)),,MACRO=1)
# What make bench-compare compares; a row over its limit is no reason not to.
RESULTS = bench/results/stock-$(KERNEL)-init_on_alloc=0.csv
MINUTES ?= 30
CYCLES ?= 1000
SIDES ?= release light dressed full slub slub_debug

.PHONY: all run test shell kunit mirror-test check examples cycles drivers soak crash bench scoreboard bench-compare bench-plot bench-native bench-scaling bench-profile kernels install clean help

all: ## build myslab.ko here, for the running kernel or KDIR=...
	$(MAKE) -C $(KDIR) M=$(CURDIR) W=1 modules

run: ## boot Debian's kernel in a VM and show myslab at work [KERNEL=6.1|newest]
	@qemu/job.sh demo stock-$(KERNEL)

test: ## everything that proves myslab, ends with "N passed, N failed"
	@qemu/test.sh

shell: ## the same VM with the module loaded and a shell [KERNEL=6.1|newest]
	@qemu/job.sh shell stock-$(KERNEL)

kunit: ## suites in a VM [SUITE=glob] [KERNEL=6.1|newest] [CONFIG=stock|debug|kcsan] [DEBUG=full]
	@qemu/job.sh kunit $(CONFIG)-$(KERNEL) '$(SUITE)'

mirror-test: ## the core and the suites on this host, under sanitizers
	@qemu/deps.sh mirror
	@$(MAKE) --no-print-directory -C userspace-mirror test

check: ## style and static checks, one line each
	@tools/check

examples: ## the examples in a VM, and what they print [KERNEL=6.1|newest]
	@VERBOSE=1 qemu/job.sh examples stock-$(KERNEL)

cycles: ## insmod and rmmod with a client at work [CYCLES=1000] [CONFIG=debug]
	@CYCLES=$(CYCLES) qemu/job.sh cycles \
		$(if $(filter debug,$(CONFIG)),debug,stock)-$(KERNEL)

drivers: ## the kernel's own drivers, moved onto myslab, at work [DRIVER="vfat ext4"] [KERNEL=6.1]
	@for driver in $(DRIVER); do case $$driver in \
		ext4) target=drivers ;; \
		*) target=stock ;; esac; \
		qemu/job.sh drivers-$$driver $$target-$(KERNEL) $(MODES) || exit 1; done

soak: ## letters switched at random under load, bugs planted [MINUTES=30] [KERNEL=6.1]
	@qemu/job.sh soak stock-$(KERNEL) $(MINUTES)

crash: ## a VM panics; tools/crash.py says what its dump knows [KERNEL=6.1]
	@qemu/job.sh crash stock-$(KERNEL)

bench: ## compare with kmem_cache, in guest instructions [KERNEL=6.1|newest]
	@$(MACRO) qemu/job.sh bench stock-$(KERNEL) 0
	@$(MACRO) qemu/job.sh bench stock-$(KERNEL) 1

scoreboard: ## misuse: who finds what, myslab and SLUB [KERNEL=6.1|newest] [SIDES="full kasan"]
	@rc=0; for side in $(SIDES); do case $$side in \
		slub_debug) set -- stock slub slub_debug=FZPU ;; \
		kasan) set -- debug slub ;; \
		*) set -- stock $$side ;; esac; \
		qemu/job.sh scoreboard $$1-$(KERNEL) $$2 $$3 || rc=1; done; \
	exit $$rc

bench-native: ## the mirror beside malloc: glibc, jemalloc, mimalloc, tcmalloc
	@qemu/deps.sh mirror native
	@$(MAKE) -s --no-print-directory -C userspace-mirror bench

bench-scaling: ## 1 to 256 simulated CPUs: locks, cache lines, memory
	@qemu/deps.sh mirror plot
	@$(MAKE) -s --no-print-directory -C userspace-mirror bench-scaling

bench-profile: ## where the instructions of a hot pair go [KERNEL=6.1|newest]
	@qemu/job.sh profile stock-$(KERNEL)

bench-plot: ## docs/ratios.svg from the last make bench of each kernel
	@tools/bench_plot.sh

bench-compare: ## what the changes since BASE=commit did to it [KERNEL=6.1|newest]
	@rm -rf build/base && git worktree prune && \
		git worktree add -q --detach build/base $(BASE)
	@rm -f $(RESULTS)
	@build/base/qemu/job.sh bench stock-$(KERNEL) 0 || true
	@qemu/job.sh bench stock-$(KERNEL) 0 || true
	@tools/bench_compare.py build/base/$(RESULTS) $(RESULTS)

kernels: ## build and cache every test kernel
	@for t in $$(bash -c '. qemu/common.sh; echo $$ALL_TARGETS'); do \
		qemu/kernel.sh $$t || exit 1; done

install: all ## install the module for KDIR's kernel, run depmod
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install
	depmod $(addprefix -b ,$(INSTALL_MOD_PATH)) \
		$$(cat $(KDIR)/include/config/kernel.release)

clean: ## remove what builds left here; test kernels stay in their cache
	rm -rf build .tmp_versions modules.order Module.symvers
	find . -path ./build -prune -o -path ./.git -prune -o \
		\( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name '*.o.d' \) \
		-type f -exec rm -f {} +
	@if [ -e userspace-mirror/Makefile ]; then \
		$(MAKE) --no-print-directory -C userspace-mirror clean; fi

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | \
		expand -t 14
