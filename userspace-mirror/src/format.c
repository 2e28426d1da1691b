// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's printf: the host's, with the kernel's %p formats put into text
 * first. %p itself is hashed as in the kernel; %px is not.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#undef vsnprintf
#undef snprintf

#include <linux/err.h>
#include <linux/hash.h>
#include <linux/string.h>
#include <linux/types.h>
#include <mirror/ctx.h>

int mirror_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);

struct va_format {
	const char *fmt;
	va_list *va;
};

struct out {
	char *buf;
	size_t size, len;	/* len may run past size */
};

static void put(struct out *out, const char *s, size_t n)
{
	size_t room = out->len < out->size ? out->size - out->len : 0;

	if (n && room)
		memcpy(out->buf + out->len, s, n < room ? n : room);
	out->len += n;
}

static void put_padded(struct out *out, const char *s, int width, bool left)
{
	int pad = width - (int)strlen(s);

	for (; !left && pad > 0; pad--)
		put(out, " ", 1);
	put(out, s, strlen(s));
	for (; left && pad > 0; pad--)
		put(out, " ", 1);
}

static void symbol(char *text, size_t size, const void *addr)
{
	Dl_info info;

	if (dladdr(addr, &info) && info.dli_sname)
		snprintf(text, size, "%s+0x%lx", info.dli_sname,
			 (unsigned long)addr - (unsigned long)info.dli_saddr);
	else
		snprintf(text, size, "%#lx", (unsigned long)addr);
}

static void escaped(char *text, size_t size, const unsigned char *s, int n)
{
	size_t len = 0;
	int i;

	for (i = 0; i < n && len + 5 < size; i++)
		len += snprintf(text + len, size - len,
				isprint(s[i]) && s[i] != '\\' ? "%c" : "\\%03o",
				s[i]);
	text[len] = 0;
}

static void bytes(char *text, size_t size, const unsigned char *s, int n)
{
	size_t len = 0;
	int i;

	for (i = 0; i < n && len + 4 < size; i++)
		len += snprintf(text + len, size - len, i ? " %02x" : "%02x",
				s[i]);
	text[len] = 0;
}

/* One %p format; returns how many letters after the p belong to it. */
static int pointer(struct out *out, const char *letters, void *ptr, int width,
		   bool left)
{
	char text[512] = "";
	int used = 1;

	switch (*letters) {
	case 'V': {
		struct va_format *vaf = ptr;
		va_list copy;

		va_copy(copy, *vaf->va);
		mirror_vsnprintf(text, sizeof(text), vaf->fmt, copy);
		va_end(copy);
		break;
	}
	case 'S': case 's': case 'B':
		symbol(text, sizeof(text), ptr);
		break;
	case 'x':
		snprintf(text, sizeof(text), "%016lx", (unsigned long)ptr);
		break;
	case 'E':
		escaped(text, sizeof(text), ptr, width < 0 ? 1 : width);
		width = 0;
		break;
	case 'h':
		bytes(text, sizeof(text), ptr, width < 0 ? 1 : width);
		width = 0;
		break;
	case 'G':	/* %pGg: flags of an allocation, as a number */
		snprintf(text, sizeof(text), "%#x", *(gfp_t *)ptr);
		used = 2;
		break;
	case 'e':
		snprintf(text, sizeof(text), "%ld", (long)ptr);
		break;
	default:
		used = 0;
		if (!ptr)
			strscpy(text, "(null)", sizeof(text));
		else
			snprintf(text, sizeof(text), "%016llx",
				 (unsigned long long)
				 hash_64((u64)ptr ^ 0x9e37, 40));
	}
	put_padded(out, text, width, left);
	return used;
}

/* Everything else is the host's business: one conversion at a time. */
static void other(struct out *out, const char *spec, char conv, int longs,
		  va_list *args)
{
	char text[1024];

	if (strchr("fFeEgG", conv))
		mirror_abort("floating point in a kernel format");
	if (conv == 's') {
		const char *s = va_arg(*args, const char *);

		snprintf(text, sizeof(text), spec, s ? s : "(null)");
	} else if (longs) {
		snprintf(text, sizeof(text), spec, va_arg(*args, long));
	} else {
		snprintf(text, sizeof(text), spec, va_arg(*args, int));
	}
	put(out, text, strlen(text));
}

/* From behind the % to behind the conversion. */
static const char *convert(struct out *out, const char *p, va_list *args)
{
	char spec[64] = "%";
	int len = 1, width = -1, longs = 0;
	bool left = false, precise = false;

	for (; *p && !isalpha(*p) && *p != '%'; p++) {
		if (*p == '*') {
			int n = va_arg(*args, int);

			len += snprintf(spec + len, sizeof(spec) - len, "%d",
					n);
			if (!precise)
				width = n;
			continue;
		}
		left |= *p == '-';
		precise |= *p == '.';
		if (isdigit(*p) && !precise)
			width = (width < 0 ? 0 : width * 10) + *p - '0';
		spec[len++] = *p;
	}
	for (; *p && strchr("hlLzjtq", *p); p++) {
		longs += *p != 'h';
		spec[len++] = *p;
	}
	if (*p == '%') {
		put(out, "%", 1);
		return p + 1;
	}
	if (*p == 'p') {
		void *ptr = va_arg(*args, void *);

		return p + 1 + pointer(out, p + 1, ptr, width, left);
	}
	if (!*p)
		mirror_abort("a format that ends in the middle");
	spec[len++] = *p;
	spec[len] = 0;
	other(out, spec, *p, longs, args);
	return p + 1;
}

int mirror_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out out = { buf, size, 0 };
	va_list copy;

	va_copy(copy, args);
	while (*fmt) {
		const char *percent = strchrnul(fmt, '%');

		put(&out, fmt, percent - fmt);
		fmt = percent;
		if (*fmt)
			fmt = convert(&out, fmt + 1, &copy);
	}
	va_end(copy);
	if (size)
		buf[out.len < size ? out.len : size - 1] = 0;
	return out.len;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int n = mirror_vsnprintf(buf, size, fmt, args);

	return n < (int)size ? n : size ? (int)size - 1 : 0;
}

int mirror_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = mirror_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

int mirror_scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}
