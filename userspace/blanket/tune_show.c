// SPDX-License-Identifier: GPL-2.0-only
/* What blanket tune shows: a table, values alone, or JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "json.h"
#include "saved.h"
#include "tune.h"

static void full_range(const struct knob *knob, char *buf, size_t size)
{
	knob_range(knob, buf, size);
	if (knob->on_load)
		snprintf(buf + strlen(buf), size - strlen(buf), ", on loading");
}

/* What tune --save keeps of a knob, "" if nothing. */
static bool kept(const struct target *target, char *buf, size_t size)
{
	*buf = '\0';
	return target->knob->owner == KNOB_MODULE &&
	       saved_get(target->knob->module, target->knob->name, buf, size);
}

static void show_line(const struct target *target, const struct targets *all,
		      int name_width, int value_width)
{
	char name[TUNE_NAME], initial[TARGET_VALUE], range[96], saved[TARGET_VALUE];

	target_name(target, name, sizeof(name));
	target_initial(target, all, initial, sizeof(initial));
	full_range(target->knob, range, sizeof(range));
	printf("%-*s  %-*s  %-10s  %-32s  %s", name_width, name, value_width,
	       target->there ? tune_or_dash(target->value) : "not here",
	       tune_or_dash(initial), range, target->knob->brief);
	if (kept(target, saved, sizeof(saved)))
		printf(" (saved: %s)", tune_or_dash(saved));
	putchar('\n');
}

static void show_table(struct target **chosen, size_t nr, const struct targets *all)
{
	int name_width = 4, value_width = 8;
	char name[TUNE_NAME];
	size_t i;

	for (i = 0; i < nr; i++) {
		target_name(chosen[i], name, sizeof(name));
		if ((int)strlen(name) > name_width)
			name_width = strlen(name);
		if ((int)strlen(chosen[i]->value) > value_width)
			value_width = strlen(chosen[i]->value);
	}
	printf("%-*s  %-*s  %-10s  %-32s  %s\n", name_width, "NAME", value_width,
	       "VALUE", "DEFAULT", "RANGE", "MEANING");
	for (i = 0; i < nr; i++)
		show_line(chosen[i], all, name_width, value_width);
}

/* A number stays a number. */
static void add_value(struct json_object *to, const char *key,
		      const struct knob *knob, const char *text)
{
	if (knob_is_text(knob) || strspn(text, "0123456789") != strlen(text) || !*text)
		json_add_text(to, key, text);
	else
		json_add_int(to, key, strtoll(text, NULL, 10));
}

static struct json_object *describe(const struct knob *knob)
{
	static const char * const types[] = { "flag", "number", "name", "list" };
	struct json_object *out = json_object_new_object();

	json_add_text(out, "knob", knob->name);
	json_add_text(out, "type", types[knob->type]);
	if (!knob_is_text(knob)) {
		json_add_int(out, "min", knob->min);
		json_add_int(out, "max", knob->max);
	}
	json_add_text(out, "unit", knob->unit);
	json_add_flag(out, "on_load", knob->on_load);
	json_add_text(out, "meaning", knob->brief);
	return out;
}

static struct json_object *target_json(const struct target *target, const struct targets *all)
{
	struct json_object *out = describe(target->knob);
	char text[TUNE_NAME];

	target_name(target, text, sizeof(text));
	json_add_text(out, "name", text);
	json_add_text(out, "device", target->device);
	json_add_text(out, "guest", target->guest);
	add_value(out, "value", target->knob, target->there ? target->value : "");
	target_initial(target, all, text, sizeof(text));
	add_value(out, "default", target->knob, text);
	if (!kept(target, text, sizeof(text)))
		json_object_object_add(out, "saved", NULL);
	else
		add_value(out, "saved", target->knob, text);
	return out;
}

/* Those chosen; returns the exit status. */
int tune_show(struct target **chosen, size_t nr, const struct targets *all, bool json,
	      bool values)
{
	struct json_object *list;
	size_t i;
	int rc;

	if (values) {
		for (i = 0; i < nr; i++)
			puts(chosen[i]->value);
		return flush_output();
	}
	if (!json) {
		show_table(chosen, nr, all);
		return flush_output();
	}
	list = json_object_new_array();
	for (i = 0; i < nr; i++)
		json_object_array_add(list, target_json(chosen[i], all));
	rc = json_print(list);
	json_object_put(list);
	return rc;
}

/* Whatever there may be somewhere, for a machine that has none of it. */
int tune_show_known(bool json)
{
	static const char * const owners[] = { NULL, "vif*", "vbd*" };
	struct json_object *list = json_object_new_array();
	char name[TUNE_NAME], range[96];
	size_t i;
	int rc;

	for (i = 0; i < knobs_count; i++) {
		const struct knob *knob = &knobs[i];
		struct json_object *item = describe(knob);

		snprintf(name, sizeof(name), "%s/%s",
			 owners[knob->owner] ? owners[knob->owner] : knob->module, knob->name);
		json_add_text(item, "name", name);
		json_add_text(item, "default",
			      knob->initial ? knob->initial : "the module's parameter");
		json_object_array_add(list, item);
		full_range(knob, range, sizeof(range));
		if (!json)
			printf("%-28s  %-32s  %s\n", name, range, knob->brief);
	}
	rc = json ? json_print(list) : flush_output();
	json_object_put(list);
	return rc;
}
