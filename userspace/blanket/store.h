/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading xenstore, where any node may be missing. */
#ifndef BLANKET_STORE_H
#define BLANKET_STORE_H

#include <stdbool.h>
#include <stddef.h>

bool store_open(void);
bool store_open_or_tell(void);
void store_close(void);
bool store_read(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* BLANKET_STORE_H */
