/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading and writing /sys, where any attribute may be missing. */
#ifndef BLANKET_SYSFS_H
#define BLANKET_SYSFS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#define PRINTF(n) __attribute__((format(printf, n, (n) + 1)))

bool sysfs_exists(const char *fmt, ...) PRINTF(1);
bool sysfs_read(char *buf, size_t size, const char *fmt, ...) PRINTF(3);
bool sysfs_write(const char *text, const char *fmt, ...) PRINTF(2);
bool sysfs_link(char *buf, size_t size, const char *fmt, ...) PRINTF(3);
int sysfs_list(char ***names, const char *fmt, ...) PRINTF(2);
void sysfs_list_free(char **names, int n);
struct json_object *sysfs_group(const char *fmt, ...) PRINTF(1);

#endif /* BLANKET_SYSFS_H */
