/* SPDX-License-Identifier: GPL-2.0 */ /* no-op */
/* What an event does is in <linux/tracepoint.h>. */
