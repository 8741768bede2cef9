// SPDX-License-Identifier: GPL-2.0-only
/* Reading and writing /sys. See sysfs.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

/* Tests point it at a tree of their own. */
static const char *root(void)
{
	const char *dir = getenv("BLANKET_SYSFS");

	return dir ? dir : "/sys";
}

static bool path_of(char *path, const char *fmt, va_list args)
{
	int len = snprintf(path, PATH_MAX, "%s/", root());

	if (len < 0 || len >= PATH_MAX)
		return false;
	return vsnprintf(path + len, PATH_MAX - len, fmt, args) <
	       PATH_MAX - len;
}

#define PATH_FROM(path, fmt)						\
	({								\
		va_list args_;						\
		bool ok_;						\
									\
		va_start(args_, fmt);					\
		ok_ = path_of(path, fmt, args_);			\
		va_end(args_);						\
		ok_;							\
	})

bool sysfs_exists(const char *fmt, ...)
{
	char path[PATH_MAX];

	return PATH_FROM(path, fmt) && !access(path, F_OK);
}

static bool read_file(char *buf, size_t size, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return false;
	len = read(fd, buf, size - 1);
	close(fd);
	if (len < 0)
		return false;
	while (len && (buf[len - 1] == '\n' || buf[len - 1] == ' '))
		len--;
	buf[len] = '\0';
	return true;
}

/* The attribute's text without its newline; false, and "", without one. */
bool sysfs_read(char *buf, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX];

	buf[0] = '\0';
	return PATH_FROM(path, fmt) && read_file(buf, size, path);
}

/* False with errno when the kernel refuses it. */
bool sysfs_write(const char *text, const char *fmt, ...)
{
	char path[PATH_MAX], line[256];
	ssize_t done;
	int fd, len;

	len = snprintf(line, sizeof(line), "%s\n", text);
	errno = ENAMETOOLONG;
	if (len >= (int)sizeof(line) || !PATH_FROM(path, fmt))
		return false;
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, line, len);
	close(fd);
	return done == len;
}

/* The last component of what a link points to. */
bool sysfs_link(char *buf, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *base;
	ssize_t len;

	buf[0] = '\0';
	if (!PATH_FROM(path, fmt))
		return false;
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	base = strrchr(target, '/');
	snprintf(buf, size, "%s", base ? base + 1 : target);
	return true;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Names in a folder in version order, none if there is no such folder. */
int sysfs_list(char ***names, const char *fmt, ...)
{
	struct dirent **entries;
	char path[PATH_MAX];
	int i, n;

	*names = NULL;
	if (!PATH_FROM(path, fmt))
		return 0;
	n = scandir(path, &entries, not_hidden, versionsort);
	if (n <= 0)
		return 0;
	*names = calloc(n, sizeof(**names));
	for (i = 0; i < n; i++) {
		if (*names)
			(*names)[i] = strdup(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return *names ? n : 0;
}

void sysfs_list_free(char **names, int n)
{
	while (n--)
		free(names[n]);
	free(names);
}

/* A number stays a number, all else is text. */
static struct json_object *value_of(const char *text)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (*text && !*end && !errno)
		return json_object_new_int64(number);
	return json_object_new_string(text);
}

/* All attributes of a folder as {name: value}, NULL if it is not there. */
struct json_object *sysfs_group(const char *fmt, ...)
{
	struct json_object *group;
	char path[PATH_MAX], file[PATH_MAX], text[4096];
	struct dirent *entry;
	DIR *dir;

	if (!PATH_FROM(path, fmt))
		return NULL;
	dir = opendir(path);
	if (!dir)
		return NULL;
	group = json_object_new_object();
	while ((entry = readdir(dir))) {
		if (entry->d_type != DT_REG)
			continue;
		if (snprintf(file, sizeof(file), "%s/%s", path,
			     entry->d_name) >= (int)sizeof(file))
			continue;
		if (read_file(text, sizeof(text), file))
			json_object_object_add(group, entry->d_name,
					       value_of(text));
	}
	closedir(dir);
	return group;
}
