// SPDX-License-Identifier: GPL-2.0-only
/* The table of knobs, and which values they take. See knob.h. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "knob.h"

#define KiB 1024ULL
#define MiB (1024 * KiB)
#define HOUR_MS 3600000ULL
#define SECOND_PS 1000000000ULL /* more than any of these takes, by far */

#define PARAMETER .owner = KNOB_MODULE
#define VIF(file) .path = file, .owner = KNOB_VIF
#define VBD(file) .path = file, .owner = KNOB_VBD

/* Documentation/ABI/testing says more of each; a test compares. */
const struct knob knobs[] = {
	{
		PARAMETER, "blanket", "standing_pages", KNOB_NUMBER, 0, 32768, "1024", "pages",
		.brief = "pages of a guest that each queue keeps mapped, from the next connection on; 0: Xen copies all",
	}, {
		PARAMETER, "blanket", "lean", KNOB_FLAG, 0, 1, "1", "",
		.brief = "use the lean grant operations of our Xen, from the next connection on",
	}, {
		PARAMETER, "blanket", "fatal_per_minute", KNOB_NUMBER, 0, 1000, "10", "lines",
		.brief = "how often a minute the log may tell of one device that cannot go on",
	}, {
		PARAMETER, "blanket", "weight_insn", KNOB_NUMBER, 0, SECOND_PS, "300", "ps", true,
		.brief = "what an instruction is taken to cost; blanket weigh measures",
	}, {
		PARAMETER, "blanket", "weight_flush",
		KNOB_NUMBER, 0, SECOND_PS, "500000", "ps", true,
		.brief = "what a flush of a CPU's TLB is taken to cost",
	}, {
		PARAMETER, "blanket", "weight_ipi",
		KNOB_NUMBER, 0, SECOND_PS, "3000000", "ps", true,
		.brief = "what an interrupt to another CPU is taken to cost",
	}, {
		PARAMETER, "blanket", "weight_exit",
		KNOB_NUMBER, 0, SECOND_PS, "1000000", "ps", true,
		.brief = "what an exit to the hypervisor below is taken to cost",
	}, {
		PARAMETER, "blanket", "weight_copy8", KNOB_NUMBER, 0, SECOND_PS, "800", "ps", true,
		.brief = "what copying 8 bytes is taken to cost",
	},

	{
		PARAMETER, "blanket_net", "uplink", KNOB_NAME, 0, 15, "", "",
		.brief = "net device that vifs without gatewaydev= share",
	}, {
		PARAMETER, "blanket_net", "mode", KNOB_NAME, 0, 7, "mac", "",
		.brief = "mode of new vifs: mac, address where the cloud drops foreign MAC addresses, or nat",
	}, {
		PARAMETER, "blanket_net", "keep_gro", KNOB_FLAG, 0, 1, "0", "",
		.brief = "leave uplinks' software GRO alone, from an uplink's first vif on",
	}, {
		PARAMETER, "blanket_net", "max_queues", KNOB_NUMBER, 0, 64, "0", "queues", true,
		.brief = "most queues of a vif; 0: as many as there are CPUs",
	}, {
		PARAMETER, "blanket_net", "rx_queue_bytes",
		KNOB_NUMBER, 64 * KiB, 64 * MiB, "2097152", "bytes",
		.brief = "rx_queue_bytes of new vifs",
	}, {
		PARAMETER, "blanket_net", "tx_map_min",
		KNOB_NUMBER, 0, 64 * KiB, KNOB_BY_WEIGHTS, "bytes",
		.brief = "tx_map_min of new vifs",
	}, {
		PARAMETER, "blanket_net", "tx_pin_min",
		KNOB_NUMBER, 0, 64 * KiB, KNOB_BY_WEIGHTS, "bytes",
		.brief = "tx_pin_min of new vifs",
	}, {
		PARAMETER, "blanket_net", "tx_slow_ms", KNOB_NUMBER, 0, HOUR_MS, "100", "ms",
		.brief = "a device that keeps a guest's pages for so long gets copies for a second; 0: never",
	}, {
		PARAMETER, "blanket_net", "rx_expire_ms", KNOB_NUMBER, 0, HOUR_MS, "10000", "ms",
		.brief = "a packet that the guest has no buffer for is thrown away after this",
	}, {
		PARAMETER, "blanket_net", "rx_stall_ms", KNOB_NUMBER, 0, HOUR_MS, "60000", "ms",
		.brief = "nothing is queued for a guest that took nothing for this long",
	},

	{
		PARAMETER, "blanket_blk", "copy_max", KNOB_NUMBER, 0, 2 * MiB, KNOB_BY_WEIGHTS, "bytes",
		.brief = "copy_max of new disks",
	}, {
		PARAMETER, "blanket_blk", "pin_min",
		KNOB_NUMBER, 0, 4 * MiB, KNOB_BY_WEIGHTS, "bytes",
		.brief = "pin_min of new disks",
	}, {
		PARAMETER, "blanket_blk", "poll_us", KNOB_NUMBER, 0, 500, "0", "us",
		.brief = "poll_us of new disks",
	}, {
		PARAMETER, "blanket_blk", "persistent_pages", KNOB_NUMBER, 0, 65536, "0", "pages",
		.brief = "pages a guest uses again and again that a queue keeps mapped, from the next connection on",
	}, {
		PARAMETER, "blanket_blk", "max_segments", KNOB_NUMBER, 11, 512, "256", "pages",
		.brief = "most pages in a request that new disks offer their front ends",
	}, {
		PARAMETER, "blanket_blk", "max_buffer_pages",
		KNOB_NUMBER, 0, 65536, "1024", "pages",
		.brief = "most pages a queue copies through at a time, and keeps free of each kind; 0: maps all",
	}, {
		PARAMETER, "blanket_blk", "max_queues", KNOB_NUMBER, 0, 64, "0", "queues", true,
		.brief = "most queues of a disk; 0: as many as there are CPUs",
	}, {
		PARAMETER, "blanket_blk", "max_ring_page_order", KNOB_NUMBER, 0, 4, "4", "", true,
		.brief = "largest ring, in powers of two of pages",
	},

	{
		PARAMETER, "blanket_virtio", "packed", KNOB_FLAG, 0, 1, "1", "",
		.brief = "packed rings where a device offers them, when it is started next",
	},

	{
		VIF("blanket/uplink"), NULL, "uplink", KNOB_NAME, 0, 15, "", "",
		.brief = "net device the vif shares; another name moves it there, none takes it off",
	}, {
		VIF("blanket/card"), NULL, "card", KNOB_NAME, 0, 15, "", "",
		.brief = "PCI address of the virtio card that the guest has to itself",
	}, {
		VIF("blanket/mode"), "blanket_net", "mode", KNOB_NAME, 0, 7, NULL, "",
		.brief = "mac: its own MAC address is on the wire; address: its uplink's; nat: dom0 routes; for the next uplink",
	}, {
		VIF("blanket/addresses"), NULL, "addresses", KNOB_LIST, 0, 639, "", "",
		.brief = "the guest's IP addresses: in the modes address and nat, and for antispoof=2",
	}, {
		VIF("blanket/antispoof"), NULL, "antispoof", KNOB_NUMBER, 0, 2, "1", "",
		.brief = "drop frames whose source is not the guest's MAC address (1), or none of its addresses either (2)",
	}, {
		VIF("blanket/promiscuous"), NULL, "promiscuous", KNOB_FLAG, 0, 1, "0", "",
		.brief = "show the guest what others on its uplink send and receive, in MAC mode",
	}, {
		VIF("blanket/rate"), NULL, "rate", KNOB_NUMBER, 0, 1ULL << 37, "0", "bytes/s",
		.brief = "most that the guest may send a second; 0: no limit; xl's rate= sets it first",
	}, {
		VIF("blanket/rate_interval"), NULL, "rate_interval",
		KNOB_NUMBER, 20000, 1000000, "50000", "us",
		.brief = "with a rate: a guest that sent less may make up for so much time at once",
	}, {
		VIF("blanket/rx_queue_bytes"), "blanket_net", "rx_queue_bytes",
		KNOB_NUMBER, 64 * KiB, 64 * MiB,
		NULL, "bytes",
		.brief = "most that may wait for the guest in each queue; what exceeds it is dropped",
	}, {
		VIF("blanket/tx_map_min"), "blanket_net", "tx_map_min",
		KNOB_NUMBER, 0, 64 * KiB, NULL, "bytes",
		.brief = "packets of this size on are sent from the guest's pages, smaller ones copied; 65536: none",
	}, {
		VIF("blanket/tx_pin_min"), "blanket_net", "tx_pin_min",
		KNOB_NUMBER, 0, 64 * KiB, NULL, "bytes",
		.brief = "with a card: pieces of this size on are read in the guest's page; 65536: none",
	}, {
		VIF("napi_defer_hard_irqs"), NULL, "napi_defer_hard_irqs",
		KNOB_NUMBER, 0, 1000000, "0", "looks",
		.brief = "with a card: looks in vain before events are asked for again, gro_flush_timeout apart",
	}, {
		VIF("gro_flush_timeout"), NULL, "gro_flush_timeout",
		KNOB_NUMBER, 0, SECOND_PS, "0", "ns",
		.brief = "with a card: time between looks, see napi_defer_hard_irqs",
	},

	{
		VBD("blanket/device"), NULL, "device", KNOB_NAME, 0, 15, "", "",
		.brief = "PCI address of the virtio disk that the guest has to itself",
	}, {
		VBD("blanket/copy_max"), "blanket_blk", "copy_max",
		KNOB_NUMBER, 0, 2 * MiB, NULL, "bytes",
		.brief = "requests of up to this size are copied, larger ones mapped",
	}, {
		VBD("blanket/pin_min"), "blanket_blk", "pin_min",
		KNOB_NUMBER, 0, 4 * MiB, NULL, "bytes",
		.brief = "with a disk of its own: requests of this size on use the guest's pages; 4194304: none",
	}, {
		VBD("blanket/poll_us"), "blanket_blk", "poll_us", KNOB_NUMBER, 0, 500, NULL, "us",
		.brief = "with a disk of its own: longest look for more before a queue sleeps",
	}, {
		VBD("blanket/rate_bytes"), NULL, "rate_bytes", KNOB_NUMBER, 0, 1ULL << 37, "0", "bytes/s",
		.brief = "with a disk of its own: most it may read and write a second; 0: no limit; else use io.max",
	}, {
		VBD("blanket/rate_requests"), NULL, "rate_requests",
		KNOB_NUMBER, 0, 1ULL << 37, "0", "1/s",
		.brief = "with a disk of its own: most requests a second; 0: no limit; else use io.max",
	},
};

const size_t knobs_count = sizeof(knobs) / sizeof(knobs[0]);

/* A module's parameter, or with @module NULL a device's knob; NULL: none. */
const struct knob *knob_of(enum knob_owner owner, const char *module,
			   const char *name)
{
	size_t i;

	for (i = 0; i < knobs_count; i++)
		if (knobs[i].owner == owner && !strcmp(knobs[i].name, name) &&
		    (!module || !strcmp(knobs[i].module, module)))
			return &knobs[i];
	return NULL;
}

/* "0 to 65536 bytes" */
void knob_range(const struct knob *knob, char *buf, size_t size)
{
	switch (knob->type) {
	case KNOB_FLAG:
		snprintf(buf, size, "0 or 1");
		break;
	case KNOB_NUMBER:
		snprintf(buf, size, "%llu to %llu%s%s", knob->min, knob->max,
			 *knob->unit ? " " : "", knob->unit);
		break;
	case KNOB_NAME:
		snprintf(buf, size, "a name of up to %llu", knob->max);
		break;
	case KNOB_LIST:
		snprintf(buf, size, "names of up to %llu in all, blanks between", knob->max);
		break;
	}
}

static int flag_of(const char *text)
{
	static const char * const off[] = { "0", "n", "no", "off", "false" };
	static const char * const on[] = { "1", "y", "yes", "on", "true" };
	size_t i;

	for (i = 0; i < sizeof(on) / sizeof(on[0]); i++) {
		if (!strcasecmp(text, on[i]))
			return 1;
		if (!strcasecmp(text, off[i]))
			return 0;
	}
	return -1;
}

/* also of those a second */
static bool in_bytes(const struct knob *knob)
{
	return !strncmp(knob->unit, "bytes", 5);
}

/* Decimal; bytes may have k or M behind. */
static bool number_of(const struct knob *knob, const char *text,
		      unsigned long long *number)
{
	unsigned long long unit = 1;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	if (errno)
		return false;
	if (in_bytes(knob) && *end) {
		if (*end == 'k' || *end == 'K')
			unit = KiB;
		else if (*end == 'M')
			unit = MiB;
		end += unit > 1;
	}
	if (*end || *number > ULLONG_MAX / unit)
		return false;
	*number *= unit;
	return true;
}

/* What is in a name goes into a line of modprobe.d as well. */
static bool is_made_of(const char *text, const char *marks)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(marks, *text))
			return false;
	return true;
}

/* Is it words rather than a number? */
bool knob_is_text(const struct knob *knob)
{
	return knob->type == KNOB_NAME || knob->type == KNOB_LIST;
}

/*
 * What the kernel is to be given for @text, or false with the reason and the
 * remedy in @why.
 */
bool knob_parse(const struct knob *knob, const char *text, char *value,
		size_t size, char *why, size_t why_size)
{
	unsigned long long number;
	char range[80];
	bool ok = false;

	switch (knob->type) {
	case KNOB_FLAG:
		ok = flag_of(text) >= 0;
		snprintf(value, size, "%d", flag_of(text) > 0);
		break;
	case KNOB_NUMBER:
		ok = number_of(knob, text, &number) && number >= knob->min &&
		     number <= knob->max;
		snprintf(value, size, "%llu", ok ? number : 0);
		break;
	case KNOB_NAME:
	case KNOB_LIST:
		ok = strlen(text) <= knob->max &&
		     is_made_of(text, knob->type == KNOB_LIST ? "._:@- " : "._:@-");
		snprintf(value, size, "%s", text);
		break;
	}
	if (ok)
		return true;
	knob_range(knob, range, sizeof(range));
	snprintf(why, why_size, "it takes %s%s", range,
		 in_bytes(knob) ? ", k and M behind the number are understood" : "");
	return false;
}

/* As the kernel shows it, in place: Y is 1, (null) is no name. */
void knob_normalise(const struct knob *knob, char *value)
{
	if (knob->type == KNOB_FLAG && flag_of(value) >= 0)
		snprintf(value, 2, "%d", flag_of(value));
	if (knob_is_text(knob) && !strcmp(value, "(null)"))
		*value = '\0';
}
