// SPDX-License-Identifier: GPL-2.0-only
/*
 * insncount: who executes how many instructions, as a QEMU TCG plugin.
 *
 *   inline, per instruction      vcpu.count[XEN|KERNEL|USER] += 1
 *   mark SWITCH in Xen           account[domain] += count - folded
 *   marks of events in Xen       account[domain].hypercall[nr] += 1, ...
 *   mark START in user space     window[id].base = account[]
 *   mark STOP in user space      one JSON line: account[] - window[id].base
 *
 * Xen is told from the rest by address, at translation; domains by the marks
 * that our Xen executes (xen/patches). Only inline operations run per
 * instruction, callbacks only where there is a mark.
 *
 * Options: out=FILE    JSON lines, one a window (required)
 *          profile=FILE  also count by translation block within windows,
 *                      tab separated: window, domain, address, instructions
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <qemu-plugin.h>

#include "insn-mark.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

#define XEN_START	UINT64_C(0xffff800000000000)
#define XEN_END		UINT64_C(0xffff880000000000)
#define DOMID_IDLE	0x7fff

#define MAX_DOMAINS	64
#define MAX_WINDOWS	64
#define MAX_HYPERCALLS	64
#define MAX_SUBOPS	20
/* Our Xen's own grant operations begin here; counted from LEAN_SUBOPS on. */
#define GNTTAB_LEAN	0x810
#define LEAN_SUBOPS	16
#define MAX_STORES	512

enum insn_class { CLASS_XEN, CLASS_KERNEL, CLASS_USER, NR_CLASSES };

static const char *const class_name[] = { "xen", "kernel", "user" };

/* Where the inline operations count; one a vCPU. */
struct vcpu {
	uint64_t count[NR_CLASSES];
	uint64_t folded[NR_CLASSES];
	uint64_t windows;	/* open now: the condition of the profile */
	uint64_t slot;		/* of the domain that runs here */
};

/* Everything one domain is charged with. All u64, subtracted as an array. */
struct account {
	uint64_t insns[NR_CLASSES];
	uint64_t switches;
	uint64_t hypercalls[MAX_HYPERCALLS];
	uint64_t multicalls[MAX_HYPERCALLS];
	uint64_t gnttab_calls[MAX_SUBOPS];
	uint64_t gnttab_ops[MAX_SUBOPS];
	uint64_t evtchn[MAX_SUBOPS];
	uint64_t copies;
	uint64_t copied_bytes;
	uint64_t flushes;
	uint64_t ipis;
};

/* 16-bit stores to a device's registers: virtio's notifications are these. */
struct store {
	uint64_t addr;
	const char *device;
	uint64_t count;
};

struct books {
	struct account account[MAX_DOMAINS];
	uint64_t stores[MAX_STORES];
};

struct window {
	bool open;
	struct books base;
};

struct block {
	uint64_t pc;		/* 0 for user space */
	uint64_t insns;
	uint64_t count[MAX_DOMAINS];
};

static GMutex lock;
static struct qemu_plugin_scoreboard *score;
static struct qemu_plugin_register *reg_rax, *reg_rdx;
static struct books books;
static struct window window[MAX_WINDOWS];
static uint16_t domain_of_slot[MAX_DOMAINS];
static unsigned int nr_slots;
static struct store store[MAX_STORES];
static unsigned int nr_stores;
static GHashTable *blocks;	/* NULL without a profile */
static FILE *out, *profile;

static struct vcpu *vcpu_of(unsigned int index)
{
	return qemu_plugin_scoreboard_find(score, index);
}

/* The last slot collects what does not fit. */
static unsigned int slot_of_domain(uint16_t domid)
{
	unsigned int i;

	for (i = 0; i < nr_slots; i++)
		if (domain_of_slot[i] == domid)
			return i;
	if (nr_slots == MAX_DOMAINS) {
		fprintf(stderr, "insncount: more than %d domains seen; dom%u is counted as dom%u, restart the host\n",
			MAX_DOMAINS, domid, domain_of_slot[MAX_DOMAINS - 1]);
		return MAX_DOMAINS - 1;
	}
	domain_of_slot[nr_slots] = domid;
	return nr_slots++;
}

static struct account *account_of(unsigned int index)
{
	return &books.account[vcpu_of(index)->slot];
}

/* Charges the domain that ran so far with what was counted since. */
static void vcpu_fold(struct vcpu *vcpu)
{
	struct account *account = &books.account[vcpu->slot];
	unsigned int i;

	for (i = 0; i < NR_CLASSES; i++) {
		account->insns[i] += vcpu->count[i] - vcpu->folded[i];
		vcpu->folded[i] = vcpu->count[i];
	}
}

static void fold_all(void)
{
	int i;

	for (i = 0; i < qemu_plugin_num_vcpus(); i++)
		vcpu_fold(vcpu_of(i));
}

static uint64_t read_register(struct qemu_plugin_register *reg)
{
	g_autoptr(GByteArray) buf = g_byte_array_new();
	uint64_t value = 0;

	if (qemu_plugin_read_register(reg, buf) > 0)
		memcpy(&value, buf->data, MIN(buf->len, sizeof(value)));
	return value;
}

static void print_array(const char *name, const uint64_t *now,
			const uint64_t *base, unsigned int n)
{
	const char *comma = "";
	unsigned int i;

	fprintf(out, ",\"%s\":{", name);
	for (i = 0; i < n; i++) {
		if (now[i] == base[i])
			continue;
		fprintf(out, "%s\"%u\":%" PRIu64, comma, i, now[i] - base[i]);
		comma = ",";
	}
	fputc('}', out);
}

static void print_account(const struct account *now, const struct account *base)
{
	unsigned int i;

	fprintf(out, "\"switches\":%" PRIu64 ",\"copies\":%" PRIu64
		",\"copied_bytes\":%" PRIu64 ",\"flushes\":%" PRIu64 ",\"ipis\":%" PRIu64,
		now->switches - base->switches, now->copies - base->copies,
		now->copied_bytes - base->copied_bytes,
		now->flushes - base->flushes, now->ipis - base->ipis);
	for (i = 0; i < NR_CLASSES; i++)
		fprintf(out, ",\"%s\":%" PRIu64, class_name[i], now->insns[i] - base->insns[i]);
	print_array("hypercalls", now->hypercalls, base->hypercalls, MAX_HYPERCALLS);
	print_array("multicalls", now->multicalls, base->multicalls, MAX_HYPERCALLS);
	print_array("gnttab_calls", now->gnttab_calls, base->gnttab_calls, MAX_SUBOPS);
	print_array("gnttab_ops", now->gnttab_ops, base->gnttab_ops, MAX_SUBOPS);
	print_array("evtchn", now->evtchn, base->evtchn, MAX_SUBOPS);
}

static void print_window(unsigned int id, uint64_t units)
{
	const struct books *base = &window[id].base;
	const char *comma = "";
	unsigned int i;

	fprintf(out, "{\"window\":%u,\"units\":%" PRIu64 ",\"domains\":{", id, units);
	for (i = 0; i < nr_slots; i++) {
		fprintf(out, "%s\"%u\":{", i ? "," : "", domain_of_slot[i]);
		print_account(&books.account[i], &base->account[i]);
		fputc('}', out);
	}
	fputs("},\"stores16\":{", out);
	for (i = 0; i < nr_stores; i++) {
		if (store[i].count == base->stores[i])
			continue;
		fprintf(out, "%s\"%s@%#" PRIx64 "\":%" PRIu64, comma, store[i].device,
			store[i].addr, store[i].count - base->stores[i]);
		comma = ",";
	}
	fputs("}}\n", out);
	fflush(out);
}

static void profile_reset(void)
{
	GHashTableIter iter;
	struct block *block;

	g_hash_table_iter_init(&iter, blocks);
	while (g_hash_table_iter_next(&iter, NULL, (void **)&block))
		memset(block->count, 0, sizeof(block->count));
}

static void profile_print(unsigned int id)
{
	GHashTableIter iter;
	struct block *block;
	unsigned int i;

	g_hash_table_iter_init(&iter, blocks);
	while (g_hash_table_iter_next(&iter, NULL, (void **)&block))
		for (i = 0; i < nr_slots; i++)
			if (block->count[i])
				fprintf(profile, "%u\t%u\t%#" PRIx64 "\t%" PRIu64 "\n", id,
					domain_of_slot[i], block->pc,
					block->count[i] * block->insns);
	fflush(profile);
}

/* The profile knows one window at a time; the accounts know them all. */
static void set_windows(uint64_t open)
{
	int i;

	for (i = 0; i < qemu_plugin_num_vcpus(); i++)
		vcpu_of(i)->windows = open;
}

static void window_start(unsigned int id)
{
	unsigned int i;

	fold_all();
	window[id].open = true;
	window[id].base = books;
	for (i = 0; i < nr_stores; i++)
		window[id].base.stores[i] = store[i].count;
	if (blocks)
		profile_reset();
	set_windows(1);
}

static void window_stop(unsigned int id, uint64_t units)
{
	if (!window[id].open) {
		fprintf(stderr, "insncount: window %u stopped but never started\n", id);
		return;
	}
	fold_all();
	print_window(id, units);
	set_windows(0);
	if (blocks)
		profile_print(id);
	window[id].open = false;
}

static void user_mark(unsigned int index, void *udata)
{
	enum insn_mark code = GPOINTER_TO_UINT(udata);
	uint64_t id = read_register(reg_rax), units = read_register(reg_rdx);

	(void)index;
	if (id >= MAX_WINDOWS) {
		fprintf(stderr, "insncount: window %" PRIu64 " is not below %d\n", id, MAX_WINDOWS);
		return;
	}
	g_mutex_lock(&lock);
	if (code == INSN_MARK_START)
		window_start(id);
	else
		window_stop(id, units);
	g_mutex_unlock(&lock);
}

static void domain_switch(unsigned int index)
{
	struct vcpu *vcpu = vcpu_of(index);

	vcpu_fold(vcpu);
	vcpu->slot = slot_of_domain(read_register(reg_rax));
	books.account[vcpu->slot].switches++;
}

static void xen_mark(unsigned int index, void *udata)
{
	struct account *account;
	uint64_t a;

	g_mutex_lock(&lock);
	account = account_of(index);
	switch (GPOINTER_TO_UINT(udata)) {
	case INSN_MARK_SWITCH:
		domain_switch(index);
		break;
	case INSN_MARK_HYPERCALL:
		account->hypercalls[MIN(read_register(reg_rax), MAX_HYPERCALLS - 1)]++;
		break;
	case INSN_MARK_MULTICALL:
		account->multicalls[MIN(read_register(reg_rax), MAX_HYPERCALLS - 1)]++;
		break;
	case INSN_MARK_GNTTAB:
		a = read_register(reg_rax);
		if (a >= GNTTAB_LEAN)
			a = a - GNTTAB_LEAN + LEAN_SUBOPS;
		a = MIN(a, MAX_SUBOPS - 1);
		account->gnttab_calls[a]++;
		account->gnttab_ops[a] += read_register(reg_rdx);
		break;
	case INSN_MARK_EVTCHN:
		account->evtchn[MIN(read_register(reg_rax), MAX_SUBOPS - 1)]++;
		break;
	case INSN_MARK_COPY:
		account->copies++;
		account->copied_bytes += read_register(reg_rax);
		break;
	case INSN_MARK_FLUSH:
		account->flushes++;
		break;
	case INSN_MARK_IPI:
		account->ipis++;
		break;
	}
	g_mutex_unlock(&lock);
}

static void store16(unsigned int index, qemu_plugin_meminfo_t info, uint64_t vaddr,
		    void *udata)
{
	struct qemu_plugin_hwaddr *hwaddr = qemu_plugin_get_hwaddr(info, vaddr);
	uint64_t addr;
	unsigned int i;

	(void)index;
	(void)udata;
	if (!hwaddr || !qemu_plugin_hwaddr_is_io(hwaddr))
		return;
	addr = qemu_plugin_hwaddr_phys_addr(hwaddr);
	g_mutex_lock(&lock);
	for (i = 0; i < nr_stores && store[i].addr != addr; i++)
		;
	if (i == nr_stores && nr_stores < MAX_STORES) {
		store[nr_stores].addr = addr;
		store[nr_stores++].device = qemu_plugin_hwaddr_device_name(hwaddr);
	}
	if (i < nr_stores)
		store[i].count++;
	g_mutex_unlock(&lock);
}

static bool is_xen(uint64_t pc)
{
	return pc >= XEN_START && pc < XEN_END;
}

static enum insn_class classify(uint64_t pc)
{
	if (is_xen(pc))
		return CLASS_XEN;
	return pc >> 63 ? CLASS_KERNEL : CLASS_USER;
}

/* nopl disp32(%rax,%rax,1) with our displacement: its code, otherwise 0 */
static unsigned int mark_code(const uint8_t *bytes, size_t len)
{
	uint32_t disp;

	if (len != 8 || memcmp(bytes, "\x0f\x1f\x84\x00", 4))
		return 0;
	memcpy(&disp, bytes + 4, sizeof(disp));
	return (disp & ~0xffu) == INSN_MARK_MAGIC ? disp & 0xff : 0;
}

/* mov %r16,(memory), the instruction of iowrite16() */
static bool is_store16(const uint8_t *bytes, size_t len)
{
	size_t i = 1;

	if (len < 3 || bytes[0] != 0x66)
		return false;
	if ((bytes[i] & 0xf0) == 0x40)
		i++;
	return i + 1 < len && bytes[i] == 0x89 && bytes[i + 1] >> 6 != 3;
}

static void insn_register(struct qemu_plugin_insn *insn)
{
	uint64_t pc = qemu_plugin_insn_vaddr(insn);
	uint8_t bytes[16];
	size_t len = qemu_plugin_insn_data(insn, bytes, sizeof(bytes));
	unsigned int code = mark_code(bytes, len);

	if (code >= INSN_MARK_START && !is_xen(pc))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, user_mark, QEMU_PLUGIN_CB_R_REGS,
						       GUINT_TO_POINTER(code));
	else if (code && code < INSN_MARK_START && is_xen(pc))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, xen_mark, QEMU_PLUGIN_CB_R_REGS,
						       GUINT_TO_POINTER(code));
	else if (is_store16(bytes, len))
		qemu_plugin_register_vcpu_mem_cb(insn, store16, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_W, NULL);
}

static void block_executed(unsigned int index, void *udata)
{
	struct block *block = udata;

	block->count[vcpu_of(index)->slot]++;
}

static void block_register(struct qemu_plugin_tb *tb)
{
	uint64_t pc = qemu_plugin_tb_vaddr(tb), insns = qemu_plugin_tb_n_insns(tb);
	struct block *block;
	uint64_t key;

	if (classify(pc) == CLASS_USER)
		pc = 0;
	/* a block can be translated again with another length */
	key = pc << 10 | MIN(insns, 1023);
	g_mutex_lock(&lock);
	block = g_hash_table_lookup(blocks, &key);
	if (!block) {
		block = g_new0(struct block, 1);
		block->pc = pc;
		block->insns = insns;
		g_hash_table_insert(blocks, g_memdup2(&key, sizeof(key)), block);
	}
	g_mutex_unlock(&lock);
	qemu_plugin_register_vcpu_tb_exec_cond_cb(tb, block_executed, QEMU_PLUGIN_CB_NO_REGS,
						  QEMU_PLUGIN_COND_NE,
						  qemu_plugin_scoreboard_u64_in_struct(score, struct vcpu, windows),
						  0, block);
}

static void tb_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	enum insn_class class = classify(qemu_plugin_tb_vaddr(tb));
	qemu_plugin_u64 counter = qemu_plugin_scoreboard_u64_in_struct(score, struct vcpu, count);
	size_t i;

	(void)id;
	counter.offset += class * sizeof(uint64_t);
	for (i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		/* one by one: a block that faults half way is not run whole */
		qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn,
			QEMU_PLUGIN_INLINE_ADD_U64, counter, 1);
		insn_register(insn);
	}
	if (blocks)
		block_register(tb);
}

/* Until the first mark a CPU runs Xen's start-up: the idle domain. */
static void vcpu_init(qemu_plugin_id_t id, unsigned int index)
{
	g_autoptr(GArray) regs = qemu_plugin_get_registers();
	guint i;

	(void)id;
	for (i = 0; i < regs->len; i++) {
		qemu_plugin_reg_descriptor *reg = &g_array_index(regs, qemu_plugin_reg_descriptor, i);

		if (!strcmp(reg->name, "rax"))
			reg_rax = reg->handle;
		else if (!strcmp(reg->name, "rdx"))
			reg_rdx = reg->handle;
	}
	g_mutex_lock(&lock);
	vcpu_of(index)->slot = slot_of_domain(DOMID_IDLE);
	g_mutex_unlock(&lock);
}

static void at_exit(qemu_plugin_id_t id, void *udata)
{
	(void)id;
	(void)udata;
	fclose(out);
	if (profile)
		fclose(profile);
}

static FILE *open_output(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		fprintf(stderr, "insncount: cannot write '%s': %s\n", path, strerror(errno));
	return file;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
					   int argc, char **argv)
{
	int i;

	if (!info->system_emulation || strcmp(info->target_name, "x86_64")) {
		fprintf(stderr, "insncount: needs system emulation of x86_64, not %s\n",
			info->target_name);
		return -1;
	}
	for (i = 0; i < argc; i++) {
		if (g_str_has_prefix(argv[i], "out=")) {
			out = open_output(argv[i] + strlen("out="));
			if (!out)
				return -1;
		} else if (g_str_has_prefix(argv[i], "profile=")) {
			profile = open_output(argv[i] + strlen("profile="));
			if (!profile)
				return -1;
			blocks = g_hash_table_new(g_int64_hash, g_int64_equal);
		} else {
			fprintf(stderr, "insncount: unknown option '%s'; known: out=FILE profile=FILE\n",
				argv[i]);
			return -1;
		}
	}
	if (!out) {
		fprintf(stderr, "insncount: out=FILE is missing\n");
		return -1;
	}
	score = qemu_plugin_scoreboard_new(sizeof(struct vcpu));
	qemu_plugin_register_vcpu_init_cb(id, vcpu_init);
	qemu_plugin_register_vcpu_tb_trans_cb(id, tb_translated);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
