/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of /etc/modprobe.d as text: "options MODULE NAME=VALUE" lines put in
 * and taken out, all else left as it is. Pure.
 */
#ifndef BLANKET_FRAGMENT_H
#define BLANKET_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>

char *fragment_set(const char *text, const char *module, const char *name,
		   const char *value);
bool fragment_get(const char *text, const char *module, const char *name,
		  char *value, size_t size);

#endif /* BLANKET_FRAGMENT_H */
