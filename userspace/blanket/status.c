// SPDX-License-Identifier: GPL-2.0-only
/* blanket status: what runs here, who serves it, and how fast. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "json.h"
#include "snapshot.h"
#include "store.h"
#include "xen.h"

#define DEFAULT_INTERVAL 1.0
#define MAX_INTERVAL 3600.0

static const char *text(struct json_object *from, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, key, &value) || !value)
		return "-";
	return json_object_get_string(value);
}

static double number(struct json_object *from, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, key, &value))
		return 0;
	return json_object_get_double(value);
}

/* 1234567 -> "1.2 M" */
static const char *scaled(char *buf, size_t size, double value,
			  const char *unit)
{
	static const char * const prefixes[] = { "", "k", "M", "G", "T" };
	size_t i;

	for (i = 0; value >= 999.5 && i < 4; i++)
		value /= 1000;
	snprintf(buf, size, value < 9.95 && i ? "%.1f %s%s" : "%.0f %s%s",
		 value, prefixes[i], unit);
	return buf;
}

/* "12 Mb/s 1.1 kp/s", or without rates the totals: "4.5 GB 3.2 Mp" */
static void print_flow(const char *label, struct json_object *item,
		       const char *bytes, const char *units, const char *unit,
		       bool bits)
{
	struct json_object *rates = NULL, *from;
	char amount[32], count[32], per[16];

	json_object_object_get_ex(item, "rates", &rates);
	from = rates ? rates : json_object_object_get(item, "counters");
	scaled(amount, sizeof(amount),
	       number(from, bytes) * (rates && bits ? 8 : 1),
	       !rates ? "B" : bits ? "b/s" : "B/s");
	snprintf(per, sizeof(per), "%s%s", unit, rates ? "/s" : "");
	scaled(count, sizeof(count), number(from, units), per);
	printf("  %s %s, %s", label, amount, count);
}

static void print_host(struct json_object *all)
{
	struct json_object *host = json_object_object_get(all, "host");
	struct json_object *modules = json_object_object_get(all, "modules");
	bool any = false;

	printf("host     %s (%s %s), Xen %s, Linux %s\n", text(host, "below"),
	       text(host, "vendor"), text(host, "product"), text(all, "xen"),
	       text(host, "kernel"));
	printf("modules ");
	json_object_object_foreach(modules, name, version) {
		if (!version)
			continue;
		any = true;
		printf(" %s", name);
		if (strcmp(json_object_get_string(version), "loaded"))
			printf(" %s", json_object_get_string(version));
	}
	printf("%s\n", any ? "" : " none of the back ends is loaded");
}

static void print_uplinks(struct json_object *uplinks)
{
	size_t i, n = json_object_array_length(uplinks);

	for (i = 0; i < n; i++) {
		struct json_object *up = json_object_array_get_idx(uplinks, i);

		printf("uplink   %s  %s  %s  mtu %s  %s  %s vif%s",
		       text(up, "name"), text(up, "driver"), text(up, "mac"),
		       text(up, "mtu"), text(up, "state"), text(up, "vifs"),
		       number(up, "vifs") == 1 ? "" : "s");
		print_flow("sends", up, "sent_bytes", "sent_packets", "p",
			   true);
		print_flow("receives", up, "received_bytes",
			   "received_packets", "p", true);
		putchar('\n');
	}
}

static const char *whose(struct json_object *backend)
{
	struct json_object *ours, *driver;

	if (!json_object_object_get_ex(backend, "driver", &driver) || !driver)
		return "no driver";
	json_object_object_get_ex(backend, "ours", &ours);
	return json_object_get_boolean(ours) ? "ours" : "stock";
}

static void print_vif(struct json_object *vif)
{
	struct json_object *own = json_object_object_get(vif, "blanket");
	const char *on = text(vif, "uplink");

	bool passthrough = strcmp(text(vif, "card"), "-");

	if (passthrough)
		on = text(vif, "card");
	else if (own && !strcmp(text(own, "mode"), "nat"))
		on = "dom0";
	else if (!strcmp(on, "-"))
		on = text(vif, "bridge");
	printf("  %-10s %-6s on %s", text(vif, "name"), whose(vif), on);
	if (passthrough)
		printf(" (passthrough)");
	else if (own && strcmp(text(own, "mode"), "-"))
		printf(" (%s)", text(own, "mode"));
	printf("  %s  %s queue%s  %s", text(vif, "mac"), text(vif, "queues"),
	       number(vif, "queues") == 1 ? "" : "s", text(vif, "state"));
	print_flow("sends", vif, "sent_bytes", "sent_packets", "p", true);
	print_flow("receives", vif, "received_bytes", "received_packets", "p",
		   true);
	putchar('\n');
}

static void print_vbd(struct json_object *vbd)
{
	struct json_object *own = json_object_object_get(vbd, "blanket");
	const char *device = own ? text(own, "device") : "-";
	bool passthrough = *device && strcmp(device, "-");

	printf("  %-10s %-6s on %s%s  %s  %s queue%s  %s", text(vbd, "name"),
	       whose(vbd), passthrough ? device : text(vbd, "target"),
	       passthrough ? " (passthrough)" : "",
	       !strcmp(text(vbd, "mode"), "r") ? "read-only" : "writable",
	       text(vbd, "queues"), number(vbd, "queues") == 1 ? "" : "s",
	       text(vbd, "state"));
	print_flow("reads", vbd, "read_bytes", "reads", "io", false);
	print_flow("writes", vbd, "written_bytes", "writes", "io", false);
	putchar('\n');
}

static void print_guests(struct json_object *guests)
{
	size_t i, j, n = json_object_array_length(guests);

	for (i = 0; i < n; i++) {
		struct json_object *guest = json_object_array_get_idx(guests, i);
		struct json_object *vifs = json_object_object_get(guest, "vifs");
		struct json_object *vbds = json_object_object_get(guest, "vbds");

		printf("guest    %s (domain %s)\n", text(guest, "name"),
		       text(guest, "domid"));
		for (j = 0; j < json_object_array_length(vifs); j++)
			print_vif(json_object_array_get_idx(vifs, j));
		for (j = 0; j < json_object_array_length(vbds); j++)
			print_vbd(json_object_array_get_idx(vbds, j));
	}
	if (!n)
		puts("guests   none with a network or disk back end here");
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void wait_for(double seconds)
{
	struct timespec left = {
		.tv_sec = seconds,
		.tv_nsec = (seconds - (long)seconds) * 1e9,
	};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static struct json_object *measure(double interval)
{
	struct json_object *before, *now;
	double start;

	if (interval <= 0)
		return snapshot_take();
	before = snapshot_take();
	start = seconds_now();
	wait_for(interval);
	now = snapshot_take();
	snapshot_add_rates(now, before, seconds_now() - start);
	json_object_put(before);
	return now;
}

static void help(void)
{
	printf("Usage: blanket status [--json] [--interval SECONDS]\n\n"
	       "Shows the host below, the uplinks, and each guest's network and disk\n"
	       "devices: who serves them (ours or stock), on what, queues and rates.\n\n"
	       "  -j, --json              one JSON object, all counters included\n"
	       "  -i, --interval SECONDS  measure rates that long (default %g);\n"
	       "                          0: no waiting, totals instead of rates\n"
	       "  -h, --help\n", DEFAULT_INTERVAL);
}

static bool parse_interval(const char *arg, double *interval)
{
	char *end;

	*interval = strtod(arg, &end);
	if (end != arg && !*end && *interval >= 0 && *interval <= MAX_INTERVAL)
		return true;
	fail("--interval %s: not a number of seconds from 0 to %g", arg,
	     MAX_INTERVAL);
	return false;
}

static int status(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "interval", required_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	double interval = DEFAULT_INTERVAL;
	struct json_object *all;
	bool json = false;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, "ji:h", options, NULL)) != -1) {
		switch (opt) {
		case 'j':
			json = true;
			break;
		case 'i':
			if (!parse_interval(optarg, &interval))
				return 2;
			break;
		case 'h':
			help();
			return 0;
		default:
			return 2;
		}
	}
	if (optind < argc) {
		fail("status takes no argument '%s'; see blanket status --help",
		     argv[optind]);
		return 2;
	}
	if (!on_xen())
		return 1;
	store_open_or_tell();
	all = measure(interval);
	if (json) {
		rc = json_print(all);
	} else {
		print_host(all);
		print_uplinks(json_object_object_get(all, "uplinks"));
		print_guests(json_object_object_get(all, "guests"));
		rc = flush_output();
	}
	json_object_put(all);
	store_close();
	return rc;
}

const struct cmd cmd_status = {
	.name = "status",
	.brief = "host, uplinks, guests, who serves them, and rates",
	.run = status,
};
