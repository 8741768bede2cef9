// SPDX-License-Identifier: GPL-2.0-only
/* JSON objects as we use them. See json.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "json.h"

#define STYLE (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE)

void json_add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key,
			       *text ? json_object_new_string(text) : NULL);
}

void json_add_int(struct json_object *to, const char *key, int64_t value)
{
	json_object_object_add(to, key, json_object_new_int64(value));
}

void json_add_flag(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}

/* The member, NULL when it is missing or null; the object keeps it. */
struct json_object *json_at(struct json_object *from, const char *key)
{
	struct json_object *value;

	if (!json_object_is_type(from, json_type_object) ||
	    !json_object_object_get_ex(from, key, &value))
		return NULL;
	return value;
}

const char *json_text(struct json_object *from, const char *key)
{
	struct json_object *value = json_at(from, key);

	return value ? json_object_get_string(value) : "";
}

int64_t json_int(struct json_object *from, const char *key)
{
	return json_object_get_int64(json_at(from, key));
}

/* What is no list has no members. */
size_t json_length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ?
		       json_object_array_length(list) : 0;
}

/* On stdout; returns the exit status. */
int json_print(struct json_object *all)
{
	puts(json_object_to_json_string_ext(all, STYLE));
	return flush_output();
}
