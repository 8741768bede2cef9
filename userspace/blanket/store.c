// SPDX-License-Identifier: GPL-2.0-only
/* Reading xenstore. See store.h. */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <xenstore.h>

#include "store.h"

static struct xs_handle *xs;

bool store_open(void)
{
	xs = xs_open(0);
	return xs;
}

void store_close(void)
{
	if (xs)
		xs_close(xs);
	xs = NULL;
}

/* The node's text; false, and "", when there is none or no xenstore. */
bool store_read(char *buf, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX];
	unsigned int len;
	va_list args;
	char *text;

	buf[0] = '\0';
	if (!xs)
		return false;
	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	text = xs_read(xs, XBT_NULL, path, &len);
	if (!text)
		return false;
	snprintf(buf, size, "%s", text);
	free(text);
	return true;
}
