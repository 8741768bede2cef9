// SPDX-License-Identifier: GPL-2.0-only
/* A file of /etc/modprobe.d as text. See fragment.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fragment.h"

#define BLANKS " \t"

/* modprobe takes - for _ in a module's name */
static bool same_module(const char *a, size_t len, const char *b)
{
	size_t i;

	if (len != strlen(b))
		return false;
	for (i = 0; i < len; i++)
		if (a[i] != b[i] && !(a[i] == '-' && b[i] == '_'))
			return false;
	return true;
}

/* The next word of a line that ends at @end; its length, 0 at the end. */
static size_t word(const char **at, const char *end)
{
	size_t len = 0;

	while (*at < end && strchr(BLANKS, **at))
		(*at)++;
	while (*at + len < end && !strchr(BLANKS, (*at)[len]))
		len++;
	return len;
}

/* Is it "options MODULE ..."? Then *at is behind that. */
static bool is_options(const char **at, const char *end, const char *module)
{
	size_t len = word(at, end);

	if (len != 7 || strncmp(*at, "options", 7))
		return false;
	*at += len;
	len = word(at, end);
	if (!same_module(*at, len, module))
		return false;
	*at += len;
	return true;
}

static bool is_setting(const char *at, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && !strncmp(at, name, n) && at[n] == '=';
}

/* The line without this setting; nothing at all if it was the only one. */
static void copy_without(FILE *to, const char *line, const char *end,
			 const char *module, const char *name)
{
	const char *at = line, *begin;
	int kept = 0, gone = 0;
	size_t len;

	if (is_options(&at, end, module)) {
		begin = at;
		for (; (len = word(&at, end)); at += len) {
			if (is_setting(at, len, name))
				gone++;
			else
				kept++;
		}
		if (gone && kept) {
			fprintf(to, "options %s", module);
			for (at = begin; (len = word(&at, end)); at += len)
				if (!is_setting(at, len, name))
					fprintf(to, " %.*s", (int)len, at);
			fputc('\n', to);
		}
		if (gone)
			return;
	}
	fprintf(to, "%.*s\n", (int)(end - line), line);
}

static const char *line_end(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end : line + strlen(line);
}

/* The new text, to be freed; @value NULL takes the setting out. */
char *fragment_set(const char *text, const char *module, const char *name,
		   const char *value)
{
	char *out = NULL;
	size_t size;
	FILE *to = open_memstream(&out, &size);
	const char *end;

	if (!to)
		return NULL;
	for (; *text; text = *end ? end + 1 : end) {
		end = line_end(text);
		copy_without(to, text, end, module, name);
	}
	if (value)
		fprintf(to, "options %s %s=%s\n", module, name, value);
	if (fclose(to)) {
		free(out);
		return NULL;
	}
	return out;
}

/* What modprobe would go by: the last one. */
bool fragment_get(const char *text, const char *module, const char *name,
		  char *value, size_t size)
{
	const char *end, *at;
	bool found = false;
	size_t len, skip = strlen(name) + 1;

	*value = '\0';
	for (; *text; text = *end ? end + 1 : end) {
		at = text;
		end = line_end(text);
		if (!is_options(&at, end, module))
			continue;
		for (; (len = word(&at, end)); at += len) {
			if (!is_setting(at, len, name))
				continue;
			found = true;
			snprintf(value, size, "%.*s", (int)(len - skip), at + skip);
		}
	}
	return found;
}
