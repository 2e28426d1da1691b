/* SPDX-License-Identifier: GPL-2.0 */
/* All of myslab's public interface. */
#ifndef MYSLAB_H
#define MYSLAB_H

#include <myslab/arena.h>
#include <myslab/cache.h>
#include <myslab/debug.h>
#include <myslab/heap.h>
#include <myslab/pool.h>
#include <myslab/report.h>
#include <myslab/vec.h>

#endif
