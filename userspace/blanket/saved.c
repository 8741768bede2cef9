// SPDX-License-Identifier: GPL-2.0-only
/* What 'blanket tune --save' keeps. See saved.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "fragment.h"
#include "saved.h"

#define TEXT_MAX (64 * 1024)
#define HEAD "# Written by 'blanket tune --save', which edits it by line.\n"

static char *text;

/* Tests point it at a folder of their own. */
static const char *folder(void)
{
	const char *etc = getenv("BLANKET_ETC");
	static char path[PATH_MAX - 32];

	snprintf(path, sizeof(path), "%s/modprobe.d", etc ? etc : "/etc");
	return path;
}

const char *saved_path(void)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/blanket-tune.conf", folder());
	return path;
}

/* Reads it; none yet is as good as an empty one. */
bool saved_load(void)
{
	FILE *from = fopen(saved_path(), "re");
	size_t len;

	free(text);
	text = calloc(1, TEXT_MAX + 1);
	if (!text)
		return false;
	if (!from) {
		if (errno == ENOENT)
			return true;
		fail("cannot read %s: %s; are you root?", saved_path(), strerror(errno));
		return false;
	}
	len = fread(text, 1, TEXT_MAX, from);
	fclose(from);
	if (len < TEXT_MAX)
		return true;
	fail("%s is larger than %d bytes, so it is not ours: move it away", saved_path(),
	     TEXT_MAX - 1);
	return false;
}

/* False, and "", for what is not in it. */
bool saved_get(const char *module, const char *name, char *value, size_t size)
{
	*value = '\0';
	return text && fragment_get(text, module, name, value, size);
}

/* In memory; NULL takes it out. */
bool saved_put(const char *module, const char *name, const char *value)
{
	char *now = fragment_set(text, module, name, value);

	if (!now) {
		fail("out of memory");
		return false;
	}
	free(text);
	text = now;
	return true;
}

static bool write_new(const char *path)
{
	bool ok, head = strncmp(text, "# ", 2);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t len = strlen(text);

	if (fd < 0)
		return false;
	ok = (!head || write(fd, HEAD, strlen(HEAD)) == (ssize_t)strlen(HEAD)) &&
	     write(fd, text, len) == (ssize_t)len && !fsync(fd);
	close(fd);
	return ok;
}

/* To the disk, in one step. */
bool saved_store(void)
{
	char new[PATH_MAX + 8];

	snprintf(new, sizeof(new), "%s.new", saved_path());
	mkdir(folder(), 0755);
	if (write_new(new) && !rename(new, saved_path()))
		return true;
	fail("cannot write %s: %s; what is set now is lost when the modules are loaded again",
	     saved_path(), strerror(errno));
	unlink(new);
	return false;
}
