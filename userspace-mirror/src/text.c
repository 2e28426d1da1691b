// SPDX-License-Identifier: GPL-2.0
/*
 * Strings and numbers: what the kernel's lib/ has and the host does not.
 */
#include <execinfo.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <mirror/control.h>
#include <mirror/host.h>

ssize_t strscpy(char *dest, const char *src, size_t count)
{
	size_t len = strnlen(src, count);

	if (!count)
		return -E2BIG;
	if (len == count) {
		memcpy(dest, src, count - 1);
		dest[count - 1] = 0;
		return -E2BIG;
	}
	memcpy(dest, src, len + 1);
	return len;
}

void *memchr_inv(const void *start, int c, size_t bytes)
{
	const unsigned char *p = start;

	for (; bytes--; p++)
		if (*p != (unsigned char)c)
			return (void *)p;
	return NULL;
}

void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = kmalloc(len, gfp);

	return p ? memcpy(p, src, len) : NULL;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? kmemdup(s, strlen(s) + 1, gfp) : NULL;
}

const char *kstrdup_const(const char *s, gfp_t gfp)
{
	return kstrdup(s, gfp);
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *p;
	int n;

	va_start(args, fmt);
	n = mirror_vsnprintf(NULL, 0, fmt, args);
	p = kmalloc(n + 1, gfp);
	if (p)
		mirror_vsnprintf(p, n + 1, fmt, args);
	va_end(args);
	return p;
}

int kstrtoul(const char *s, unsigned int base, unsigned long *res)
{
	unsigned long value;
	char *end;

	if (*s == '-' || !*s)
		return -EINVAL;
	value = strtoul(s, &end, base);
	if (end == s || (*end && strcmp(end, "\n")))
		return -EINVAL;
	*res = value;
	return 0;
}

int kstrtouint(const char *s, unsigned int base, unsigned int *res)
{
	unsigned long value;
	int err = kstrtoul(s, base, &value);

	if (err)
		return err;
	if (value > U32_MAX)
		return -ERANGE;
	*res = value;
	return 0;
}

int kstrtoint(const char *s, unsigned int base, int *res)
{
	bool minus = *s == '-';
	unsigned int value;
	int err = kstrtouint(s + minus, base, &value);

	if (!err)
		*res = minus ? -value : value;
	return err;
}

int kstrtobool(const char *s, bool *res)
{
	if (!s || !strchr("yYnN10", *s) || !*s)
		return -EINVAL;
	*res = strchr("yY1", *s);
	return 0;
}

int param_set_bool(const char *val, const struct kernel_param *kp)
{
	return kstrtobool(val, kp->arg);
}

int param_get_bool(char *buffer, const struct kernel_param *kp)
{
	return mirror_snprintf(buffer, 4096, "%c\n", *(bool *)kp->arg ? 'Y' : 'N');
}

int param_set_uint(const char *val, const struct kernel_param *kp)
{
	return kstrtouint(val, 0, kp->arg);
}

int param_get_uint(char *buffer, const struct kernel_param *kp)
{
	return mirror_snprintf(buffer, 4096, "%u\n", *(unsigned int *)kp->arg);
}

/*
 * Numbers from the seed: xorshift64*, one stream for all CPUs.
 */
static u64 state = 88172645463325252ULL;

void mirror_reseed(u64 seed)
{
	/* Never 0, and different for every seed below 2^63. */
	state = (seed << 1 | 1) * 0x9e3779b97f4a7c15ULL;
}

u64 mirror_random(void)
{
	u64 x = __atomic_load_n(&state, __ATOMIC_RELAXED);

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	__atomic_store_n(&state, x, __ATOMIC_RELAXED);
	return (x * 2685821657736338717ULL) >> 8;
}

u32 get_random_u32(void)
{
	return mirror_random();
}

u64 get_random_u64(void)
{
	return mirror_random() << 32 ^ mirror_random();
}

u32 get_random_u32_below(u32 ceil)
{
	return get_random_u32() % ceil;
}

void get_random_bytes(void *buf, size_t len)
{
	u8 *p = buf;

	while (len--)
		*p++ = mirror_random();
}

unsigned long mirror_caller;
void (*mirror_traced)(const char *event, const void *ptr);

/*
 * Stacks, by frame pointers: cheap enough for every finding. Release builds
 * have none, as a kernel that unwinds by ORC.
 */
#ifdef MIRROR_RELEASE
static unsigned int unwind(unsigned long *store, unsigned int size,
			   unsigned int skipnr)
{
	void *frames[64];
	int nr = backtrace(frames, ARRAY_SIZE(frames)) - 2 - skipnr;

	nr = clamp(nr, 0, (int)size);
	memcpy(store, frames + 2 + skipnr, nr * sizeof(*store));
	return nr;
}
#endif

unsigned int stack_trace_save(unsigned long *store, unsigned int size,
			      unsigned int skipnr)
{
	unsigned long *frame = __builtin_frame_address(0);
	unsigned long *next;
	unsigned int nr = 0;

	if (mirror_caller) {
		store[0] = mirror_caller;
		return 1;
	}
#ifdef MIRROR_RELEASE
	return unwind(store, size, skipnr);
#endif
	while (nr < size && frame[1]) {
		if (skipnr)
			skipnr--;
		else
			store[nr++] = frame[1];
		next = (unsigned long *)frame[0];
		if (next <= frame || next > frame + (1 << 16))
			break;
		frame = next;
	}
	return nr;
}

void stack_trace_print(const unsigned long *entries, unsigned int nr,
		       int spaces)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		printk("%*c%pS\n", spaces + 1, ' ', (void *)entries[i]);
}
