// SPDX-License-Identifier: GPL-2.0
/*
 * What a cache may be called and made of. One line in the log says what was
 * refused and why.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "cache.h"
#include "report.h"

#define ALL_FLAGS (MYSLAB_HWCACHE_ALIGN | MYSLAB_TYPESAFE_BY_RCU | \
		   MYSLAB_ACCOUNT | MYSLAB_NO_GUARD | MYSLAB_DTOR_SLEEPS | \
		   MYSLAB_RECLAIM_ACCOUNT | MYSLAB_DMA | MYSLAB_DMA32)

#define refuse(name, fmt, ...)						\
	myslab_report(MYSLAB_BAD_ARGS, "cache", name, NULL,		\
		      "not created: " fmt, ##__VA_ARGS__)

static bool is_word(const char *name)
{
	if (!isascii(*name) || !isalpha(*name))
		return false;
	while (*++name)
		if (!isascii(*name) || !(isalnum(*name) ||
					 strchr("_.-", *name)))
			return false;
	return true;
}

static bool is_reserved(const char *name)
{
	return !strncmp(name, "pool-", 5) || !strncmp(name, "arena-", 6) ||
	       !strncmp(name, "heap-", 5);
}

static int check_name(const char *name)
{
	if (!name) {
		refuse("(null)", "no name");
		return -EINVAL;
	}
	if (strnlen(name, MYSLAB_MAX_NAME + 1) > MYSLAB_MAX_NAME) {
		char head[MYSLAB_MAX_NAME + 1];

		strscpy(head, name, sizeof(head));
		refuse(head, "name is longer than %d characters",
		       MYSLAB_MAX_NAME);
		return -ENAMETOOLONG;
	}
	if (!is_word(name)) {
		refuse("(unnamed)",
		       "name \"%*pE\" is not a letter, then letters, digits, '_', '.' or '-'",
		       (int)strlen(name), name);
		return -EINVAL;
	}
	if (is_reserved(name)) {
		refuse(name, "names of caches do not start so");
		return -EINVAL;
	}
	return 0;
}

int myslab_cache_check_args(const char *name, size_t size,
			    const struct myslab_cache_args *args)
{
	int err = check_name(name);

	if (err)
		return err;
	if (!size || size > MYSLAB_MAX_SIZE) {
		refuse(name, "size %zu is not in 1..%d", size,
		       MYSLAB_MAX_SIZE);
		return -EINVAL;
	}
	if (args->align && (!is_power_of_2(args->align) ||
			    args->align > MYSLAB_MAX_SIZE)) {
		refuse(name, "align %u is not a power of two up to %d",
		       args->align, MYSLAB_MAX_SIZE);
		return -EINVAL;
	}
	if (args->flags & ~ALL_FLAGS) {
		refuse(name, "flags %#lx are unknown",
		       args->flags & ~ALL_FLAGS);
		return -EINVAL;
	}
	if ((args->flags & MYSLAB_DMA) && (args->flags & MYSLAB_DMA32)) {
		refuse(name, "MYSLAB_DMA and MYSLAB_DMA32 exclude each other");
		return -EINVAL;
	}
	return 0;
}
