/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON objects as we use them: a missing member is "" or 0, "" is null. */
#ifndef BLANKET_JSON_H
#define BLANKET_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

void json_add_text(struct json_object *to, const char *key, const char *text);
void json_add_int(struct json_object *to, const char *key, int64_t value);
void json_add_flag(struct json_object *to, const char *key, bool value);
const char *json_text(struct json_object *from, const char *key);
int64_t json_int(struct json_object *from, const char *key);
struct json_object *json_at(struct json_object *from, const char *key);
size_t json_length(struct json_object *list);
int json_print(struct json_object *all);

#endif /* BLANKET_JSON_H */
