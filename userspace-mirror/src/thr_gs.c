// SPDX-License-Identifier: GPL-2.0
/*
 * Where a thread finds what is its CPU's: behind %gs in the release build, as
 * in the kernel; else in a thread's variable, which can be checked.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/percpu.h>
#include <mirror/control.h>
#include <mirror/host.h>

#ifdef MIRROR_RELEASE
DEFINE_PER_CPU(struct mirror_this, mirror_this);

void mirror_tell(unsigned int cpu)
{
	__atomic_fetch_or(&per_cpu(mirror_this, cpu).depth, MIRROR_CALLED,
			  __ATOMIC_SEQ_CST);
}

void mirror_set_ctx(const struct mirror_ctx *ctx)
{
	unsigned long offset = mirror_percpu_offset[ctx->cpu];

	mirror_ctx = *ctx;
	if (syscall(SYS_arch_prctl, ARCH_SET_GS, offset))
		mirror_abort("%%gs could not be set to %#lx", offset);
	mirror_gs(mirror_this.offset) = offset;
}

static __used void called(void)
{
	mirror_gs(mirror_this.depth) = 0;
	mirror_poll();
}

/* A call of which the caller's compiler knows nothing. */
asm(
	".text\n"
	".globl mirror_called_thunk\n"
	"mirror_called_thunk:\n"
	"	push %rbp\n"
	"	mov %rsp, %rbp\n"
	"	push %rax; push %rcx; push %rdx; push %rsi; push %rdi\n"
	"	push %r8; push %r9; push %r10; push %r11\n"
	"	and $-16, %rsp\n"
	"	call called\n"
	"	lea -72(%rbp), %rsp\n"
	"	pop %r11; pop %r10; pop %r9; pop %r8\n"
	"	pop %rdi; pop %rsi; pop %rdx; pop %rcx; pop %rax\n"
	"	pop %rbp\n"
	"	ret\n");
#else
void mirror_tell(unsigned int cpu)
{
	__atomic_store_n(&mirror_cpus[cpu].calls, 1, __ATOMIC_SEQ_CST);
}

void mirror_set_ctx(const struct mirror_ctx *ctx)
{
	mirror_ctx = *ctx;
}
#endif
