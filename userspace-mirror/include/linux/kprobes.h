/* SPDX-License-Identifier: GPL-2.0 */ /* no-op */
/* There are none: what needs them is not configured. */
