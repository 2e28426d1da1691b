/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What <myslab/dropin.h> makes of copies to and from user space where the
 * kernel checks them: it does not see objects in plain pages. As there, what
 * is known to the compiler is not checked again.
 */
#ifndef MYSLAB_DROPIN_USERCOPY_H
#define MYSLAB_DROPIN_USERCOPY_H

#include <linux/compiler.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include <myslab/dropin_calls.h>

static __always_inline bool myslab_dropin_may_copy(const void *p, size_t n)
{
	return __builtin_constant_p(n) || likely(myslab_check_usercopy(p, n));
}

static __always_inline unsigned long __must_check
myslab_dropin_copy_to_user(void __user *to, const void *from, unsigned long n)
{
	return myslab_dropin_may_copy(from, n) ? copy_to_user(to, from, n) : n;
}

static __always_inline unsigned long __must_check
myslab_dropin_copy_from_user(void *to, const void __user *from,
			     unsigned long n)
{
	return myslab_dropin_may_copy(to, n) ? copy_from_user(to, from, n) : n;
}

static __always_inline size_t __must_check
myslab_dropin_copy_to_iter(const void *from, size_t n, struct iov_iter *to)
{
	return myslab_dropin_may_copy(from, n) ? copy_to_iter(from, n, to) : 0;
}

static __always_inline size_t __must_check
myslab_dropin_copy_from_iter(void *to, size_t n, struct iov_iter *from)
{
	return myslab_dropin_may_copy(to, n) ? copy_from_iter(to, n, from) : 0;
}

#define copy_to_user			myslab_dropin_copy_to_user
#define copy_from_user			myslab_dropin_copy_from_user
#define copy_to_iter			myslab_dropin_copy_to_iter
#define copy_from_iter			myslab_dropin_copy_from_iter

#endif
