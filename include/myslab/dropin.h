/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An existing driver on myslab, without a change of its source: forced in with
 * -include, this renames kmem_cache and its calls in all that follows.
 *
 * The core's headers are read first, so that what their inlines use stays with
 * the core. The type is renamed, not cast: where a cache of the core and one of
 * the driver meet, that is a compile error. docs/dropin.md says what is covered
 * and what is not.
 */
#ifndef MYSLAB_DROPIN_H
#define MYSLAB_DROPIN_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/iocontext.h>
#include <linux/kasan.h>
#include <linux/memcontrol.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/signal.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/dst_ops.h>
#include <net/inet_frag.h>
#ifdef MYSLAB_DROPIN_NET
/* They bring more names than a driver that is none of theirs can stand. */
#include <net/inet_hashtables.h>
#include <net/sock.h>
#endif

#include <myslab/cache.h>
#include <myslab/dropin_calls.h>

/* The five arguments that kmem_cache_create() has always had. */
static inline struct myslab_cache *
myslab_dropin_create(const char *name, unsigned int size, unsigned int align,
		     slab_flags_t flags, void (*ctor)(void *obj))
{
	return myslab_dropin_create_for(THIS_MODULE, name, size, align, flags,
					ctor);
}

/* The bytes of an object that may be copied to and from user space are told. */
static inline struct myslab_cache *
myslab_dropin_create_usercopy(const char *name, unsigned int size,
			      unsigned int align, slab_flags_t flags,
			      unsigned int useroffset, unsigned int usersize,
			      void (*ctor)(void *obj))
{
	return myslab_dropin_for_user(myslab_dropin_create(name, size, align,
							   flags, ctor),
				      useroffset, usersize);
}

static inline int myslab_dropin_shrink(struct myslab_cache *cache)
{
	myslab_cache_shrink(cache);
	return 0;
}

/* Macros of fs.h that use a cache of the core: kept as they are now. */
#ifdef __getname

static inline void *myslab_dropin_getname(void)
{
	return __getname();
}

static inline void myslab_dropin_putname(const void *name)
{
	__putname(name);
}

#undef __getname
#define __getname			myslab_dropin_getname
#undef __putname
#define __putname			myslab_dropin_putname

#endif

/* Since 6.12 it is a macro, which takes a struct of arguments, too. */
#ifdef kmem_cache_create

static inline struct myslab_cache *
myslab_dropin_create_args(const char *name, unsigned int size,
			  const struct kmem_cache_args *args,
			  slab_flags_t flags)
{
	return myslab_dropin_create_usercopy(name, size, args->align, flags,
					     args->useroffset, args->usersize,
					     args->ctor);
}

static inline struct myslab_cache *
myslab_dropin_create_default(const char *name, unsigned int size,
			     const struct kmem_cache_args *args,
			     slab_flags_t flags)
{
	return myslab_dropin_create(name, size, 0, flags, NULL);
}

/* Itself, so that #ifdef tells that there is one. */
#define kmem_cache_args			kmem_cache_args

#undef kmem_cache_create
#define kmem_cache_create(name, size, args, ...)			\
	__builtin_choose_expr(						\
		__same_type(args, struct kmem_cache_args *) ||		\
		__same_type(args, const struct kmem_cache_args *),	\
		myslab_dropin_create_args,				\
		__builtin_choose_expr(__same_type(args, void *),	\
				      myslab_dropin_create_default,	\
				      myslab_dropin_create)		\
	)(name, size, args, __VA_ARGS__)

#else

#define kmem_cache_create		myslab_dropin_create

#endif

#undef KMEM_CACHE
#define KMEM_CACHE(type, flags)						\
	myslab_dropin_create(#type, sizeof(struct type),		\
			     __alignof__(struct type), flags, NULL)
#undef KMEM_CACHE_USERCOPY
#define KMEM_CACHE_USERCOPY(type, flags, field)				\
	myslab_dropin_for_user(KMEM_CACHE(type, flags),			\
			       offsetof(struct type, field),		\
			       sizeof_field(struct type, field))

#define kmem_cache			myslab_cache
#define kmem_cache_create_usercopy	myslab_dropin_create_usercopy
#define kmem_cache_destroy		myslab_cache_destroy
#define kmem_cache_shrink		myslab_dropin_shrink
#define kmem_cache_size			myslab_dropin_size
#undef kmem_cache_alloc
#define kmem_cache_alloc		myslab_cache_alloc
#undef kmem_cache_zalloc
#define kmem_cache_zalloc		myslab_cache_zalloc
#undef kmem_cache_alloc_node
#define kmem_cache_alloc_node		myslab_cache_alloc_node
#undef kmem_cache_alloc_lru
#define kmem_cache_alloc_lru(cache, lru, gfp)				\
	myslab_dropin_alloc_lru(cache, gfp)
#undef kmem_cache_alloc_bulk
#define kmem_cache_alloc_bulk		myslab_cache_alloc_bulk
#define kmem_cache_free			myslab_cache_free
#define kmem_cache_free_bulk		myslab_dropin_free_bulk

/* An inline of fs.h until it became a macro: it would use the core's. */
#undef alloc_inode_sb
#define alloc_inode_sb(sb, cache, gfp)	myslab_dropin_alloc_lru(cache, gfp)

#define mempool_alloc_slab		myslab_dropin_mempool_alloc
#define mempool_free_slab		myslab_dropin_mempool_free
#undef mempool_create_slab_pool
#define mempool_create_slab_pool(nr, cache)				\
	mempool_create(nr, mempool_alloc_slab, mempool_free_slab,	\
		       (struct myslab_cache *){ cache })
#undef mempool_init_slab_pool
#define mempool_init_slab_pool(pool, nr, cache)				\
	mempool_init(pool, nr, mempool_alloc_slab, mempool_free_slab,	\
		     (struct myslab_cache *){ cache })

/*
 * Memory of either kind, also by a pointer to the function: kmalloc'ed, too,
 * where the core calls it.
 */
DEFINE_FREE(myslab_dropin_kfree, void *,
	    IS_ERR_OR_NULL(_T) ? (void)0 : myslab_dropin_kfree(_T))
DEFINE_FREE(myslab_dropin_kfree_sensitive, void *,
	    myslab_dropin_kfree_sensitive(_T))
DEFINE_FREE(myslab_dropin_kvfree, void *,
	    IS_ERR_OR_NULL(_T) ? (void)0 : myslab_dropin_kvfree(_T))
#define __free_kfree			__free_myslab_dropin_kfree
#define __free_kfree_sensitive		__free_myslab_dropin_kfree_sensitive
#define __free_kvfree			__free_myslab_dropin_kvfree

#define kfree				myslab_dropin_kfree
#define kfree_bulk(nr, objs)		myslab_dropin_free_bulk(NULL, nr, objs)
#define kfree_const			myslab_dropin_kfree_const
#define kfree_link			myslab_dropin_kfree_link
#define kfree_sensitive			myslab_dropin_kfree_sensitive
#define kvfree				myslab_dropin_kvfree
#define kvfree_sensitive		myslab_dropin_kvfree_sensitive
#define ksize				myslab_dropin_ksize

/*
 * All kinds of kfree_rcu() end here. The second argument is the object, or on
 * old kernels where in it the head lies.
 */
#define kvfree_call_rcu(head, arg)					\
do {									\
	if (!myslab_dropin_free_rcu(___p, head))			\
		(kvfree_call_rcu)(head, arg);				\
} while (0)

#ifdef CONFIG_HARDENED_USERCOPY
#include <myslab/dropin_usercopy.h>
#endif
#ifdef MYSLAB_DROPIN_KMALLOC
#include <myslab/dropin_kmalloc.h>
#endif

#endif
