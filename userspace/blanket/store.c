// SPDX-License-Identifier: GPL-2.0-only
/* Reading xenstore. See store.h. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "cmd.h"
#include "store.h"

static struct xs_handle *xs;

bool store_open(void)
{
	xs = xs_open(0);
	return xs;
}

/* And what is missing without it, if it cannot be reached. */
bool store_open_or_tell(void)
{
	if (store_open())
		return true;
	fail("cannot reach xenstore (%s): names of guests and targets are missing; is xenstored running, are you root?",
	     strerror(errno));
	return false;
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
