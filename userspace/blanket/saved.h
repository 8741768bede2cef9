/* SPDX-License-Identifier: GPL-2.0-only */
/* /etc/modprobe.d/blanket-tune.conf: what 'blanket tune --save' keeps. */
#ifndef BLANKET_SAVED_H
#define BLANKET_SAVED_H

#include <stdbool.h>
#include <stddef.h>

const char *saved_path(void);
bool saved_load(void);
bool saved_get(const char *module, const char *name, char *value, size_t size);
bool saved_put(const char *module, const char *name, const char *value);
bool saved_store(void);

#endif /* BLANKET_SAVED_H */
