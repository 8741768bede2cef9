// SPDX-License-Identifier: GPL-2.0-only
/* blanket doctor: is this a blanket, what is missing, what is slow and why. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cloud.h"
#include "cmd.h"
#include "facts.h"
#include "json.h"
#include "judge.h"

enum { HEALTHY, TROUBLE, USAGE_ERROR, IS_SLOW, IS_FAULTY };

static void help(void)
{
	puts("Usage: blanket doctor [--json | --facts] [--judge FILE]\n\n"
	     "Says whether this machine is a blanket and on which host, what is missing,\n"
	     "what is slow and why, and the remedy of each.\n\n"
	     "  -j, --json        one JSON object\n"
	     "  -f, --facts       only what it would judge by, as JSON\n"
	     "      --judge FILE  judges by such facts, of another machine; - is standard input\n"
	     "  -h, --help\n\n"
	     "Exit status: 0 nothing is amiss, 1 it could not look, 2 wrong command line,\n"
	     "3 something is slow, 4 something does not work.");
}

static size_t count(struct json_object *findings, const char *severity)
{
	size_t i, n = 0;

	for (i = 0; i < json_length(findings); i++)
		n += !strcmp(json_text(json_object_array_get_idx(findings, i), "severity"),
			     severity);
	return n;
}

/* "Xen 4.20.4 with lean operations, dom0, Linux 6.12" */
static void print_machine(struct json_object *facts)
{
	const struct cloud *cloud = cloud_of(json_at(facts, "dmi"));
	struct json_object *host = json_at(facts, "host"), *dmi = json_at(facts, "dmi");
	bool xen = !strcmp(json_text(facts, "hypervisor"), "xen");
	struct json_object *dom0 = json_at(facts, "dom0"), *lean = json_at(facts, "lean");

	if (!xen || (dom0 && !json_object_get_boolean(dom0)))
		printf("blanket  no: %s, Linux %s\n",
		       xen ? "a guest of Xen's" : "not on Xen", json_text(host, "kernel"));
	else
		printf("blanket  yes: dom0 of Xen %s (%s), Linux %s, modules %s\n",
		       json_text(facts, "xen"),
		       !lean ? "ours or stock" :
		       json_object_get_boolean(lean) ? "ours, with lean operations" : "stock",
		       json_text(host, "kernel"),
		       *json_text(json_at(facts, "modules"), "blanket") ?
		       json_text(json_at(facts, "modules"), "blanket") : "not loaded");
	printf("host     %s: %s (%s %s)\n", cloud->below, cloud->name,
	       json_text(dmi, "sys_vendor"), json_text(dmi, "product_name"));
}

static void print_findings(struct json_object *findings)
{
	size_t i;

	for (i = 0; i < json_length(findings); i++) {
		struct json_object *one = json_object_array_get_idx(findings, i);

		printf("%-8s %s: %s\n         remedy: %s\n", json_text(one, "severity"),
		       json_text(one, "subject"), json_text(one, "seen"), json_text(one, "remedy"));
	}
	printf("%zu faults, %zu slow, %zu notes\n", count(findings, "fault"),
	       count(findings, "slow"), count(findings, "note"));
}

static struct json_object *as_json(struct json_object *facts, struct json_object *findings)
{
	static const char * const macs[] = { "pass", "may-pass", "dropped" };
	const struct cloud *cloud = cloud_of(json_at(facts, "dmi"));
	struct json_object *out = json_object_new_object(), *host = json_object_new_object();
	bool xen = !strcmp(json_text(facts, "hypervisor"), "xen");
	struct json_object *dom0 = json_at(facts, "dom0");

	json_add_flag(out, "blanket", xen && (!dom0 || json_object_get_boolean(dom0)));
	json_add_text(out, "xen", json_text(facts, "xen"));
	json_object_object_add(out, "lean", json_object_get(json_at(facts, "lean")));
	json_add_text(host, "cloud", cloud->id);
	json_add_text(host, "name", cloud->name);
	json_add_text(host, "below", cloud->below);
	json_add_text(host, "foreign_macs", macs[cloud->macs]);
	json_object_object_add(out, "host", host);
	json_add_int(out, "faults", count(findings, "fault"));
	json_add_int(out, "slow", count(findings, "slow"));
	json_add_int(out, "notes", count(findings, "note"));
	json_object_object_add(out, "findings", json_object_get(findings));
	return out;
}

static int report(struct json_object *facts, bool json)
{
	struct json_object *findings = judge(facts), *out;
	int rc;

	if (json) {
		out = as_json(facts, findings);
		rc = json_print(out);
		json_object_put(out);
	} else {
		print_machine(facts);
		print_findings(findings);
		rc = flush_output();
	}
	if (!rc)
		rc = count(findings, "fault") ? IS_FAULTY :
		     count(findings, "slow") ? IS_SLOW : HEALTHY;
	json_object_put(findings);
	return rc;
}

static struct json_object *facts_from(const char *file)
{
	struct json_object *facts;

	facts = strcmp(file, "-") ? json_object_from_file(file) : json_object_from_fd(STDIN_FILENO);
	if (json_object_is_type(facts, json_type_object))
		return facts;
	json_object_put(facts);
	fail("--judge %s: no facts there (%s); it takes what blanket doctor --facts prints", file,
	     errno ? strerror(errno) : "not a JSON object");
	return NULL;
}

static int doctor(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "facts", no_argument, NULL, 'f' },
		{ "judge", required_argument, NULL, 'J' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	const char *file = NULL;
	struct json_object *facts;
	bool json = false, only_facts = false;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "jfh", options, NULL)) != -1) {
		switch (opt) {
		case 'j':
			json = true;
			break;
		case 'f':
			only_facts = true;
			break;
		case 'J':
			file = optarg;
			break;
		case 'h':
			help();
			return 0;
		default:
			return USAGE_ERROR;
		}
	}
	if (optind < argc) {
		fail("doctor takes no argument '%s'; see blanket doctor --help", argv[optind]);
		return USAGE_ERROR;
	}
	errno = 0;
	facts = file ? facts_from(file) : facts_take();
	if (!facts)
		return TROUBLE;
	rc = only_facts ? json_print(facts) : report(facts, json);
	json_object_put(facts);
	return rc;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.brief = "is this a blanket, on which host, what is missing, slow and why",
	.run = doctor,
};
