// SPDX-License-Identifier: GPL-2.0-only
/* blanket tune: what can be turned here, how far, and turning it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "saved.h"
#include "store.h"
#include "sysfs.h"
#include "target.h"
#include "tune.h"

#define USAGE_ERROR 2
#define MATCHES_SHOWN 4

/**
 * struct request - an argument of the command line
 * @pattern:	which knobs
 * @value:	what to give them, NULL: they are only shown
 */
struct request {
	char pattern[256];
	const char *value;
};

/**
 * struct change - a knob and its new value
 * @target:	which
 * @value:	for the kernel
 * @unset:	it is to be the default again
 */
struct change {
	struct target *target;
	char value[TARGET_VALUE];
	bool unset;
};

/**
 * struct changes - all that a command line asks for
 * @list:	each
 * @nr:		how many
 */
struct changes {
	struct change *list;
	size_t nr;
};

static bool parse_request(struct request *request, const char *arg)
{
	const char *equals = strchr(arg, '=');
	size_t len = equals ? equals - arg : strlen(arg);

	request->value = equals ? equals + 1 : NULL;
	if (len && len < sizeof(request->pattern)) {
		snprintf(request->pattern, sizeof(request->pattern), "%.*s",
			 (int)len, arg);
		return true;
	}
	fail("'%s' names no knob; write NAME, DEVICE/NAME or DEVICE/NAME=VALUE", arg);
	return false;
}

/* --- finding ------------------------------------------------------------- */

static const char *device_part(const char *pattern, char *buf, size_t size)
{
	const char *slash = strrchr(pattern, '/');

	snprintf(buf, size, "%.*s", slash ? (int)(slash - pattern) : 0, pattern);
	return slash ? slash + 1 : pattern;
}

static void no_match(const struct request *request, const struct targets *all)
{
	char device[256], any[264];
	const char *name = device_part(request->pattern, device, sizeof(device));
	size_t i, known = 0;

	for (i = 0; i < all->nr; i++)
		known += target_matches(&all->list[i], name);
	for (i = 0; !known && i < knobs_count; i++)
		known += !strcmp(knobs[i].name, name);
	if (!known) {
		fail("%s: there is no knob '%s'; blanket tune --knobs lists all", request->pattern,
		     name);
		return;
	}
	snprintf(any, sizeof(any), "%s/*", device);
	for (i = 0; *device && i < all->nr; i++)
		if (target_matches(&all->list[i], any)) {
			fail("%s: '%s' has no knob '%s'; blanket tune '%s' lists what it has",
			     request->pattern, device, name, any);
			return;
		}
	fail("%s: no module or device of ours goes by '%s' here; blanket status lists devices, blanket tune '*/%s' who has the knob",
	     request->pattern, *device ? device : "*", name);
}

/* One word for many things is no answer to which of them is to change. */
static bool is_clear(const struct request *request, struct target **found, size_t nr)
{
	char list[4 * TUNE_NAME] = "", name[TUNE_NAME];
	size_t i;

	if (!request->value || strchr(request->pattern, '/') || nr <= 1)
		return true;
	for (i = 0; i < nr && i < MATCHES_SHOWN; i++) {
		target_name(found[i], name, sizeof(name));
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
			 name);
	}
	fail("%s: which? %zu have it: %s%s; name one, or '*/%s' for all", request->pattern, nr,
	     list, nr > MATCHES_SHOWN ? " ..." : "", request->pattern);
	return false;
}

/* Appends what a request means to @chosen; false after an error. */
static bool choose(const struct request *request, const struct targets *all,
		   struct target **chosen, size_t *nr)
{
	size_t i, before = *nr;

	for (i = 0; i < all->nr; i++)
		if (target_matches(&all->list[i], request->pattern))
			chosen[(*nr)++] = &all->list[i];
	if (*nr == before) {
		no_match(request, all);
		return false;
	}
	return is_clear(request, chosen + before, *nr - before);
}

/* --- setting ------------------------------------------------------------- */

static bool plan_default(struct change *change, const char *name, const struct targets *all,
			 bool save)
{
	char initial[TARGET_VALUE];

	target_initial(change->target, all, initial, sizeof(initial));
	change->unset = true;
	snprintf(change->value, sizeof(change->value), "%s", initial);
	if (strcmp(initial, KNOB_BY_WEIGHTS))
		return true;
	/* the module works it out while it is loaded */
	*change->value = '\0';
	if (save)
		return true;
	fail("%s=default: the module settles it by blanket's weights while it is loaded; add --save if a saved one is to go, and load %s again",
	     name, change->target->knob->module);
	return false;
}

/* Everything that can be said against a value before anything is changed. */
static bool plan(struct change *change, struct target *target, const char *text,
		 const struct targets *all, bool save)
{
	const struct knob *knob = target->knob;
	char name[TUNE_NAME], why[160];

	change->target = target;
	change->unset = false;
	target_name(target, name, sizeof(name));
	if (!strcmp(text, "default")) {
		if (!plan_default(change, name, all, save))
			return false;
	} else if (!knob_parse(knob, text, change->value, sizeof(change->value), why,
			       sizeof(why))) {
		fail("%s=%s: %s", name, text, why);
		return false;
	}
	if (save && knob->owner == KNOB_MODULE)
		return true;
	if (knob->on_load) {
		fail("%s=%s: %s takes it only while it is loaded; add --save, and load it again when no guest uses it",
		     name, text, knob->module);
		return false;
	}
	if (!target->there && knob->owner == KNOB_MODULE)
		fail("%s=%s: it is not here (the module is not loaded); modprobe it, or add --save for when it will be",
		     name, text);
	else if (!target->there)
		fail("%s=%s: this kernel's module has no such knob; run make install and load the modules again",
		     name, text);
	return target->there;
}

static bool among(const struct changes *changes, const char *module, const char *name)
{
	size_t i;

	for (i = 0; i < changes->nr; i++) {
		const struct knob *knob = changes->list[i].target->knob;

		if (knob->owner == KNOB_MODULE && !strcmp(knob->module, module) &&
		    !strcmp(knob->name, name))
			return true;
	}
	return false;
}

/* Devices go with their guests; what can be kept are modules' parameters. */
static bool can_be_saved(const struct changes *changes)
{
	char name[TUNE_NAME];
	size_t i;

	for (i = 0; i < changes->nr; i++) {
		const struct change *change = &changes->list[i];
		const struct knob *knob = change->target->knob;

		if (knob->owner == KNOB_MODULE ||
		    (knob->module && among(changes, knob->module, knob->name)))
			continue;
		target_name(change->target, name, sizeof(name));
		if (knob->module)
			fail("%s: a device goes with its guest and cannot be saved; save what new ones start with: blanket tune --save %s/%s=%s",
			     name, knob->module, knob->name, change->value);
		else
			fail("%s: a device goes with its guest, and no parameter keeps this; set it in a hook, /etc/xen/scripts/vif-post.d/*.hook, or leave out --save",
			     name);
		return false;
	}
	return true;
}

static bool apply(struct change *change)
{
	struct target *target = change->target;
	char name[TUNE_NAME], before[TARGET_VALUE];

	target_name(target, name, sizeof(name));
	/* saved only; or nothing to write, as with a default by weights */
	if (target->knob->on_load || !target->there ||
	    (!*change->value && !knob_is_text(target->knob))) {
		printf("%s: from when %s is loaded next\n", name, target->knob->module);
		return true;
	}
	snprintf(before, sizeof(before), "%s", target->value);
	if (!sysfs_write(change->value, "%s", target->file)) {
		fail("%s=%s: the kernel refuses it: %s; see dmesg, and Documentation/ABI/testing",
		     name, change->value, strerror(errno));
		return false;
	}
	target_read(target);
	if (strcmp(target->value, change->value)) {
		fail("%s=%s: the kernel made it '%s'", name, change->value, target->value);
		return false;
	}
	printf("%s: %s -> %s\n", name, tune_or_dash(before), tune_or_dash(target->value));
	return true;
}

static bool save_all(const struct changes *changes)
{
	size_t i;

	for (i = 0; i < changes->nr; i++) {
		const struct change *change = &changes->list[i];
		const struct knob *knob = change->target->knob;

		if (knob->owner == KNOB_MODULE &&
		    !saved_put(knob->module, knob->name, change->unset ? NULL : change->value))
			return false;
	}
	if (!saved_store())
		return false;
	printf("saved in %s\n", saved_path());
	return true;
}

static bool change_all(struct changes *changes, bool save)
{
	size_t i;

	if (save && !can_be_saved(changes))
		return false;
	for (i = 0; i < changes->nr; i++)
		if (!apply(&changes->list[i]))
			return false;
	return !save || save_all(changes);
}

/* --- command line -------------------------------------------------------- */

static void help(void)
{
	puts("Usage: blanket tune [--json | --values] [NAME...]\n"
	     "       blanket tune [--save] NAME=VALUE...\n"
	     "       blanket tune --knobs [--json]\n\n"
	     "Shows what can be turned here, with value, default, range and meaning, or\n"
	     "sets it. Nothing is set unless every value is in its range.\n\n"
	     "NAME is KNOB or DEVICE/KNOB, each with wildcards. DEVICE is a module\n"
	     "(blanket_net), a device (vif3.0, vbd-3-51712, g1:xvda, g1:vif0) or a guest\n"
	     "(g1) with all its devices. VALUE may be default.\n\n"
	     "  -s, --save    keeps modules' parameters for when they are loaded again,\n"
	     "                in /etc/modprobe.d/blanket-tune.conf\n"
	     "  -n, --values  only the values, a line each\n"
	     "  -j, --json    one JSON list\n"
	     "  -k, --knobs   all knobs that there are, whether this machine has them or not\n"
	     "  -h, --help\n\n"
	     "  blanket tune 'vif*/tx_*'              blanket tune g1:xvda/poll_us=50\n"
	     "  blanket tune '*/tx_map_min=4k' --save blanket tune standing_pages=default");
}

/**
 * struct options - the command line
 * @json:	one list instead of a table
 * @values:	only the values
 * @save:	into modprobe.d as well
 * @known:	the table of knobs instead of this machine's
 */
struct options {
	bool json, values, save, known;
};

static int run(const struct options *options, const struct request *requests, size_t nr)
{
	static const struct request everything = { .pattern = "*" };
	struct changes changes = {};
	struct target **chosen;
	struct targets all;
	size_t i, j, n = 0;
	bool ok, setting = false;
	int rc = 1;

	targets_find(&all);
	if (!nr) {
		requests = &everything;
		nr = 1;
	}
	chosen = calloc(nr * all.nr, sizeof(*chosen));
	changes.list = calloc(nr * all.nr, sizeof(*changes.list));
	ok = chosen && changes.list && saved_load();
	for (i = 0; ok && i < nr; i++) {
		size_t first = n;

		ok = choose(&requests[i], &all, chosen, &n);
		setting |= !!requests[i].value;
		for (j = first; ok && requests[i].value && j < n; j++)
			ok = plan(&changes.list[changes.nr++], chosen[j], requests[i].value, &all,
				  options->save);
	}
	if (ok && setting)
		rc = change_all(&changes, options->save) ? flush_output() : 1;
	else if (ok)
		rc = tune_show(chosen, n, &all, options->json, options->values);
	free(chosen);
	free(changes.list);
	targets_free(&all);
	return rc;
}

/* What goes together; false after an error. */
static bool is_sensible(const struct options *options, const struct request *requests, size_t nr)
{
	size_t i, sets = 0;

	for (i = 0; i < nr; i++)
		sets += !!requests[i].value;
	if (sets && sets < nr)
		fail("some of these have a value and some have none; show and set in two steps");
	else if (options->save && !sets)
		fail("--save wants what to set and save: blanket tune --save NAME=VALUE");
	else if (sets && (options->json || options->values))
		fail("--json and --values are for showing, not for setting");
	else if (options->known && nr)
		fail("--knobs takes no names");
	else
		return true;
	return false;
}

static int tune(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "save", no_argument, NULL, 's' },
		{ "values", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "knobs", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	struct options options = {};
	struct request *requests;
	int opt, i, nr, rc = USAGE_ERROR;

	while ((opt = getopt_long(argc, argv, "snjkh", long_options, NULL)) != -1) {
		switch (opt) {
		case 's':
			options.save = true;
			break;
		case 'n':
			options.values = true;
			break;
		case 'j':
			options.json = true;
			break;
		case 'k':
			options.known = true;
			break;
		case 'h':
			help();
			return 0;
		default:
			return USAGE_ERROR;
		}
	}
	nr = argc - optind;
	requests = calloc(nr + 1, sizeof(*requests));
	if (!requests)
		return 1;
	for (i = 0; i < nr; i++)
		if (!parse_request(&requests[i], argv[optind + i]))
			goto out;
	if (!is_sensible(&options, requests, nr))
		goto out;
	if (options.known) {
		rc = tune_show_known(options.json);
		goto out;
	}
	/* without devices nobody misses their names */
	if (sysfs_exists("bus/xen-backend"))
		store_open_or_tell();
	rc = run(&options, requests, nr);
	store_close();
out:
	free(requests);
	return rc;
}

const struct cmd cmd_tune = {
	.name = "tune",
	.brief = "knobs: shown with range and meaning, set, kept over a reload",
	.run = tune,
};
