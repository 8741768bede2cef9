// SPDX-License-Identifier: GPL-2.0-only
/*
 * blanket bind, blanket unbind: a virtio card or disk is moved from virtio-pci to
 * blanket_virtio, for one guest to have it to itself, and back.
 *
 *	dom0 uses it --> refused
 *	virtio-pci  -- driver_override, unbind, probe -->  blanket_virtio
 *	            <-- the same, if no guest has it ---
 *
 * The hotplug scripts do the same for a guest's configuration that names a device
 * that nobody has bound (blanket-virtio.sh); what was bound here stays bound when
 * the guest has gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <net/if.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "json.h"
#include "sysfs.h"
#include "virtio.h"

#define DRIVER "blanket_virtio"
#define USAGE_ERROR 2
/* dom0's driver makes its interface or disk a little later */
#define WAIT_MS 2000
#define LOOK_MS 50

static bool is_bound(const struct virtio_device *device)
{
	return !strcmp(device->driver, DRIVER);
}

/* --- who is in the way --------------------------------------------------- */

/* A guest's device whose uplink this interface is, into @vif. */
static bool is_uplink(const char *name, char *vif, size_t size)
{
	char **names, uplink[32];
	int i, n = sysfs_list(&names, "class/net");
	bool found = false;

	for (i = 0; i < n && !found; i++) {
		found = sysfs_read(uplink, sizeof(uplink), "class/net/%s/blanket/uplink",
				   names[i]) &&
			!strcmp(uplink, name);
		if (found)
			snprintf(vif, size, "%s", names[i]);
	}
	sysfs_list_free(names, n);
	return found;
}

static bool interface_is_free(const struct virtio_device *device)
{
	const char *name = device->dom0;
	char text[64];

	if (is_uplink(name, text, sizeof(text))) {
		fail("%s: %s is the uplink of %s; detach that first (xl network-detach), or name another device",
		     device->pci, name, text);
		return false;
	}
	sysfs_read(text, sizeof(text), "class/net/%s/flags", name);
	if (!(strtoul(text, NULL, 16) & IFF_UP) &&
	    !sysfs_link(text, sizeof(text), "class/net/%s/master", name))
		return true;
	fail("%s: dom0 uses it as %s; free it with 'ip link set dev %s nomaster down'",
	     device->pci, name, name);
	return false;
}

/* Does a guest have the disk, or the partition, of this number? */
static bool is_served(const struct virtio_device *device, const char *number)
{
	unsigned int major, minor;
	char **names, text[32], hex[32];
	bool found = false;
	int i, n;

	if (sscanf(number, "%u:%u", &major, &minor) != 2)
		return false;
	snprintf(hex, sizeof(hex), "%x:%x", major, minor);
	n = sysfs_list(&names, "bus/xen-backend/devices");
	for (i = 0; i < n && !found; i++) {
		sysfs_read(text, sizeof(text), "bus/xen-backend/devices/%s/physical_device",
			   names[i]);
		found = !strcmp(text, hex);
		if (found)
			fail("%s: a guest has %s as %s; detach that first (xl block-detach), or name another device",
			     device->pci, device->dom0, names[i]);
	}
	sysfs_list_free(names, n);
	return found;
}

static bool disk_is_free(const struct virtio_device *device)
{
	char **parts, number[32], path[64];
	bool served;
	int i, n, fd;

	sysfs_read(number, sizeof(number), "class/block/%s/dev", device->dom0);
	served = is_served(device, number);
	n = sysfs_list(&parts, "class/block/%s", device->dom0);
	for (i = 0; i < n && !served; i++)
		served = sysfs_read(number, sizeof(number), "class/block/%s/%s/dev", device->dom0,
				    parts[i]) &&
			 is_served(device, number);
	sysfs_list_free(parts, n);
	if (served)
		return false;
	/* whoever mounts it, swaps on it or builds on it holds it, or a part of it */
	snprintf(path, sizeof(path), "/dev/%s", device->dom0);
	fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd < 0 && errno == EBUSY)
		fail("%s: dom0 uses it as %s: mounted, swap space, or part of another device ('lsblk %s' tells); free it first",
		     device->pci, path, path);
	else if (fd < 0)
		fail("%s: cannot tell whether dom0 uses it: opening %s: %s%s", device->pci, path,
		     strerror(errno), errno == EACCES ? "; run this as root" : "");
	else
		close(fd);
	return fd >= 0;
}

/* False with a message. */
static bool can_bind(const struct virtio_device *device)
{
	if (*device->driver && strcmp(device->driver, "virtio-pci") && !is_bound(device)) {
		fail("%s: driver %s has it, for somebody else perhaps; unbind it there first",
		     device->pci, device->driver);
		return false;
	}
	if (is_bound(device) || !*device->dom0)
		return true;
	return strcmp(device->kind, "disk") ? interface_is_free(device) : disk_is_free(device);
}

/* False with a message. */
static bool can_unbind(const struct virtio_device *device)
{
	if (!is_bound(device) || !*device->user)
		return true;
	fail("%s: %s has it; detach that first ('xl %s-detach'), or shut that guest down",
	     device->pci, device->user, strcmp(device->kind, "disk") ? "network" : "block");
	return false;
}

/* --- moving it ----------------------------------------------------------- */

/* A program with what it is told; true if it went well. */
static bool run_program(const char * const argv[])
{
	int status = -1;
	pid_t pid;

	return !posix_spawnp(&pid, argv[0], NULL, NULL, (char * const *)argv, environ) &&
	       waitpid(pid, &status, 0) == pid && !status;
}

static bool load_module(void)
{
	static const char * const modprobe[] = { "modprobe", DRIVER, NULL };

	if (sysfs_exists("module/" DRIVER) || run_program(modprobe))
		return true;
	fail("module " DRIVER " is not loaded, and modprobe cannot load it; run 'make install' for this kernel, or modprobe as root");
	return false;
}

/* False with a message: is this root? */
static bool write_file(const char *text, const char *pci, const char *file)
{
	if (sysfs_write(text, "bus/pci/%s", file))
		return true;
	fail("%s: cannot write '%s' to /sys/bus/pci/%s: %s%s", pci, text, file, strerror(errno),
	     errno == EACCES ? "; run this as root" : "; see dmesg");
	return false;
}

/* To whatever driver takes it when @override is named, "" for the kernel's choice. */
static bool move(struct virtio_device *device, const char *override)
{
	char file[80];

	snprintf(file, sizeof(file), "devices/%s/driver_override", device->pci);
	if (!write_file(override, device->pci, file))
		return false;
	if (*device->driver) {
		snprintf(file, sizeof(file), "drivers/%s/unbind", device->driver);
		if (!write_file(device->pci, device->pci, file))
			return false;
	}
	/* its error is that no driver took the device, which is seen by looking */
	sysfs_write(device->pci, "bus/pci/drivers_probe");
	virtio_read(device);
	return true;
}

/* What was not moved is dom0's as before. */
static void stay(struct virtio_device *device)
{
	sysfs_write("", "bus/pci/devices/%s/driver_override", device->pci);
	sysfs_write(device->pci, "bus/pci/drivers_probe");
}

/* Until dom0 has made something of it, and given that its name. */
static void await(struct virtio_device *device)
{
	static const char * const settle[] = { "udevadm", "settle", "--timeout=5", NULL };
	int ms;

	for (ms = 0; ms < WAIT_MS && !*device->dom0; ms += LOOK_MS) {
		usleep(LOOK_MS * 1000);
		virtio_read(device);
	}
	if (*device->dom0 && run_program(settle))
		virtio_read(device);
}

/* What a hotplug script claimed it would give back; see blanket-virtio.sh. */
static void forget_claim(const struct virtio_device *device)
{
	char path[64];

	snprintf(path, sizeof(path), "/run/blanket-claimed-%s", device->pci);
	unlink(path);
}

static bool take(struct virtio_device *device)
{
	if (is_bound(device)) {
		forget_claim(device);
		printf("%s: " DRIVER " has it already\n", device->pci);
		return true;
	}
	if (!load_module())
		return false;
	if (!move(device, DRIVER)) {
		stay(device);
		return false;
	}
	if (is_bound(device)) {
		forget_claim(device);
		printf("%s: a guest can have it now: %s\n", device->pci,
		       strcmp(device->kind, "disk") ?
		       "script=vif-blanket,gatewaydev= in its vif" :
		       "script=block-blanket,target= in its disk");
		return true;
	}
	fail("%s: " DRIVER " does not take it (dmesg tells why); dom0 keeps it", device->pci);
	stay(device);
	return false;
}

static bool give_back(struct virtio_device *device)
{
	if (!is_bound(device)) {
		printf("%s: " DRIVER " does not have it, %s does\n", device->pci,
		       *device->driver ? device->driver : "no driver");
		return true;
	}
	if (!move(device, ""))
		return false;
	forget_claim(device);
	await(device);
	if (*device->dom0) {
		printf("%s: dom0 has it again, as %s\n", device->pci, device->dom0);
		return true;
	}
	fail("%s: %s has it, and makes no %s of it; see dmesg", device->pci,
	     *device->driver ? device->driver : "no driver", device->kind);
	return false;
}

/* --- showing ------------------------------------------------------------- */

static int show_json(const struct virtio_device *list, int nr)
{
	struct json_object *all = json_object_new_array();
	int i;

	for (i = 0; i < nr; i++) {
		struct json_object *one = json_object_new_object();

		json_add_text(one, "device", list[i].pci);
		json_add_text(one, "kind", list[i].kind);
		json_add_text(one, "driver", list[i].driver);
		json_add_text(one, "dom0", list[i].dom0);
		json_add_text(one, "user", list[i].user);
		json_add_text(one, "broken", list[i].broken);
		json_object_array_add(all, one);
	}
	return json_print(all);
}

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

static int show(const struct virtio_device *list, int nr)
{
	int i;

	if (!nr)
		puts("no virtio network card or disk on this machine");
	else
		printf("%-14s %-8s %-15s %-10s %s\n", "DEVICE", "KIND", "DRIVER", "DOM0", "GUEST");
	for (i = 0; i < nr; i++)
		printf("%-14s %-8s %-15s %-10s %s%s%s\n", list[i].pci, list[i].kind,
		       or_dash(list[i].driver), or_dash(list[i].dom0), or_dash(list[i].user),
		       *list[i].broken ? "  broken: " : "", list[i].broken);
	return flush_output();
}

/* --- command line -------------------------------------------------------- */

/* What the two commands differ in. */
struct way {
	bool (*can)(const struct virtio_device *device);
	bool (*move)(struct virtio_device *device);
};

static void help(const struct way *way)
{
	if (way->move == take)
		puts("Usage: blanket bind [--json]\n"
		     "       blanket bind DEVICE...\n\n"
		     "Shows the virtio network cards and disks and who has them, or takes some from\n"
		     "dom0 so that a guest can have each to itself. What dom0 or a guest uses is\n"
		     "refused, and then none is taken.\n\n"
		     "  -j, --json    one JSON list");
	else
		puts("Usage: blanket unbind DEVICE...\n\n"
		     "Gives virtio network cards and disks back to dom0. What a guest has is refused,\n"
		     "and then none is given.\n");
	puts("  -h, --help\n\n"
	     "DEVICE is a PCI address (0000:00:05.0), a name on the virtio bus (virtio3), or\n"
	     "what dom0 makes of it (ens5, vdb, /dev/vdb).");
}

/* All names are looked up and judged before anything is moved. */
static int move_all(const struct way *way, char **names, int wanted)
{
	const struct virtio_device *found;
	struct virtio_device *list, *chosen;
	int i, nr = virtio_list(&list), rc = 0;

	chosen = calloc(wanted, sizeof(*chosen));
	if (!chosen)
		abort();
	for (i = 0; i < wanted; i++) {
		found = virtio_find(list, nr, names[i]);
		if (!found) {
			fail("%s: no virtio network card or disk of that name; 'blanket bind' lists them",
			     names[i]);
			rc = 1;
			continue;
		}
		chosen[i] = *found;
		if (!way->can(found))
			rc = 1;
	}
	for (i = 0; !rc && i < wanted; i++) {
		/* named twice, it is another by now */
		virtio_read(&chosen[i]);
		rc = !way->move(&chosen[i]);
	}
	free(chosen);
	free(list);
	return flush_output() || rc;
}

static int run(const struct way *way, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	struct virtio_device *list;
	bool json = false;
	int opt, nr, rc;

	while ((opt = getopt_long(argc, argv, "jh", long_options, NULL)) != -1) {
		switch (opt) {
		case 'j':
			json = true;
			break;
		case 'h':
			help(way);
			return 0;
		default:
			return USAGE_ERROR;
		}
	}
	if (optind < argc && !json)
		return move_all(way, argv + optind, argc - optind);
	if (optind < argc || way->move != take) {
		fail("%s", json ? "--json is for showing: blanket bind --json" :
		     "unbind wants a device; 'blanket bind' lists them");
		return USAGE_ERROR;
	}
	nr = virtio_list(&list);
	rc = json ? show_json(list, nr) : show(list, nr);
	free(list);
	return rc;
}

static int run_bind(int argc, char **argv)
{
	static const struct way way = { .can = can_bind, .move = take };

	return run(&way, argc, argv);
}

static int run_unbind(int argc, char **argv)
{
	static const struct way way = { .can = can_unbind, .move = give_back };

	return run(&way, argc, argv);
}

const struct cmd cmd_bind = {
	.name = "bind",
	.brief = "virtio cards and disks: shown, or taken for a guest to have to itself",
	.run = run_bind,
};

const struct cmd cmd_unbind = {
	.name = "unbind",
	.brief = "gives them back to dom0",
	.run = run_unbind,
};
