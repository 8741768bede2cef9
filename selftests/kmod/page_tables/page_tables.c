// SPDX-License-Identifier: GPL-2.0-only
/*
 * In a guest: a page that dom0 has read often becomes a page table. Then it can
 * still be read, which harms nobody, and nobody writes to it by a grant; and it
 * can be an ordinary page again.
 *
 *	disk=/dev/xvdb	the page is written to and read from a disk, a few
 *			requests at a time, of which only its own may fail. The
 *			module loads if all went well, else says what did not.
 *	ref		a grant of the page, a page table by then, for writing:
 *			for whoever tries other devices while the module is there
 *
 * What makes the page a table is that Xen has it pinned as one; its entries are
 * not present, so that they can hold anything that has no address in it.
 */
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

/* Enough for a mapping that is made the second time a page is seen */
#define OFTEN	4
/* Requests at a time */
#define NR	8
/* Which of them is the table's */
#define TABLE	3
/* Apart, so that they stay requests of their own */
#define APART	4

static char *disk = "";
module_param(disk, charp, 0444);
MODULE_PARM_DESC(disk, "Block device to try, whose first MiB is overwritten");
static int ref = -1;
module_param(ref, int, 0444);
MODULE_PARM_DESC(ref, "The page table's grant");

static struct page *pages[NR];
static struct page *back;
static struct block_device *bdev;

/* --- a page that is a table, or not ---------------------------------------- */

static int set_writable(struct page *page, bool writable)
{
	unsigned long va = (unsigned long)page_address(page);
	pte_t pte = pfn_pte(page_to_pfn(page),
			    writable ? PAGE_KERNEL : PAGE_KERNEL_RO);

	return HYPERVISOR_update_va_mapping(va, pte, UVMF_INVLPG | UVMF_ALL);
}

static int pin(struct page *page, unsigned int cmd)
{
	struct mmuext_op op = {
		.cmd = cmd,
		.arg1.mfn = pfn_to_mfn(page_to_pfn(page)),
	};

	return HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static int make_table(struct page *page)
{
	int err = set_writable(page, false);

	if (err)
		return err;
	err = pin(page, MMUEXT_PIN_L1_TABLE);
	if (err) {
		pr_err("page_tables: Xen does not make it a page table: %d\n",
		       err);
		set_writable(page, true);
	}
	return err;
}

static int make_ordinary(struct page **page)
{
	int err = pin(*page, MMUEXT_UNPIN_TABLE) ?: set_writable(*page, true);

	if (err) {
		pr_err("page_tables: Xen does not take it back: %d\n", err);
		/* nobody must have it then */
		*page = NULL;
	}
	return err;
}

/* Neither present nor an address. */
static u64 entry(unsigned int seed, unsigned int i)
{
	u64 n = (seed * 97 + i) & 0x7ff;

	return n << 1 | n << 52;
}

static void fill(struct page *page, unsigned int seed)
{
	u64 *at = page_address(page);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*at); i++)
		at[i] = entry(seed, i);
}

static bool holds(struct page *page, unsigned int seed)
{
	const u64 *at = page_address(page);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*at); i++)
		if (at[i] != entry(seed, i))
			return false;
	return true;
}

/* --- the disk ---------------------------------------------------------------- */

/** struct batch - requests under way together */
struct batch {
	struct bio *bios[NR];
	blk_status_t status[NR];
	atomic_t left;
	struct completion done;
};

static void bio_done(struct bio *bio)
{
	struct batch *b = bio->bi_private;

	if (atomic_dec_and_test(&b->left))
		complete(&b->done);
}

/* Place @i of the disk into or out of each page; status says how each went. */
static void transfer(struct batch *b, blk_opf_t op, struct page **where,
		     unsigned int first, unsigned int nr)
{
	struct blk_plug plug;
	unsigned int i;

	atomic_set(&b->left, nr);
	init_completion(&b->done);
	for (i = 0; i < nr; i++) {
		struct bio *bio = bio_alloc(bdev, 1, op, GFP_KERNEL);

		bio->bi_iter.bi_sector = (first + i) * APART *
					 (PAGE_SIZE / SECTOR_SIZE);
		bio->bi_private = b;
		bio->bi_end_io = bio_done;
		__bio_add_page(bio, where[i], PAGE_SIZE, 0);
		b->bios[i] = bio;
	}
	blk_start_plug(&plug);
	for (i = 0; i < nr; i++)
		submit_bio(b->bios[i]);
	blk_finish_plug(&plug);
	wait_for_completion(&b->done);
	for (i = 0; i < nr; i++) {
		b->status[i] = b->bios[i]->bi_status;
		bio_put(b->bios[i]);
	}
}

static int one(blk_opf_t op, struct page *page, unsigned int place)
{
	struct batch b;

	transfer(&b, op, &page, place, 1);
	return blk_status_to_errno(b.status[0]);
}

/* A page's words come back from its place. */
static int written(struct page *page, unsigned int place, unsigned int seed)
{
	int err = one(REQ_OP_WRITE, page, place);

	if (err)
		return err;
	fill(back, ~seed);
	return one(REQ_OP_READ, back, place) ?:
	       (holds(back, seed) ? 0 : -EILSEQ);
}

static int before(void)
{
	unsigned int i, times;
	int err = 0;

	for (i = 0; i < NR; i++) {
		fill(pages[i], i);
		for (times = 0; !err && times < OFTEN; times++)
			err = written(pages[i], i, i);
	}
	if (err)
		pr_err("page_tables: an ordinary page is not written: %d\n",
		       err);
	return err;
}

/* All are read anew, and all but the table can be. */
static int read_all(void)
{
	struct batch b;
	unsigned int i;

	for (i = 0; i < NR; i++)
		if (i != TABLE)
			fill(pages[i], NR + i);
	transfer(&b, REQ_OP_READ, pages, 0, NR);
	for (i = 0; i < NR; i++) {
		bool bad = i == TABLE;

		if (!!b.status[i] != bad) {
			pr_err("page_tables: a request for %s: %d\n",
			       bad ? "the table" : "another page",
			       blk_status_to_errno(b.status[i]));
			return -EIO;
		}
		if (!holds(pages[i], i)) {
			pr_err("page_tables: page %u does not hold what it should\n",
			       i);
			return -EIO;
		}
	}
	return 0;
}

static int as_table(void)
{
	unsigned int times;
	int err = 0;

	for (times = 0; !err && times < OFTEN; times++) {
		err = written(pages[TABLE], NR, TABLE);
		if (err)
			pr_err("page_tables: a page table is not written to disk: %d\n",
			       err);
		err = err ?: read_all();
	}
	return err;
}

static int after(void)
{
	int err;

	fill(pages[TABLE], NR);
	err = one(REQ_OP_READ, pages[TABLE], TABLE) ?:
	      (holds(pages[TABLE], TABLE) ? 0 : -EILSEQ);
	if (err)
		pr_err("page_tables: what was a page table is not read into: %d\n",
		       err);
	return err;
}

static int play_disk(void)
{
	struct file *file;
	int err;

	file = bdev_file_open_by_path(disk, BLK_OPEN_READ | BLK_OPEN_WRITE,
				      NULL, NULL);
	if (IS_ERR(file)) {
		pr_err("page_tables: disk=%s: %pe\n", disk, file);
		return PTR_ERR(file);
	}
	bdev = file_bdev(file);
	err = before() ?: make_table(pages[TABLE]);
	if (!err) {
		err = as_table();
		err = make_ordinary(&pages[TABLE]) ?: err ?: after();
	}
	bdev_fput(file);
	return err;
}

/* --- others ------------------------------------------------------------------ */

static int grant_table(void)
{
	int err = make_table(pages[TABLE]);

	if (err)
		return err;
	ref = gnttab_grant_foreign_access(0, xen_page_to_gfn(pages[TABLE]), 0);
	if (ref >= 0)
		return 0;
	err = ref;
	make_ordinary(&pages[TABLE]);
	return err;
}

static void free_pages_all(void)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		if (pages[i])
			__free_page(pages[i]);
	if (back)
		__free_page(back);
}

static int __init page_tables_init(void)
{
	unsigned int i;
	int err = 0;

	back = alloc_page(GFP_KERNEL);
	for (i = 0; i < NR; i++) {
		pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!pages[i] || !back)
			err = -ENOMEM;
	}
	if (!err && *disk)
		err = play_disk();
	err = err ?: grant_table();
	if (err)
		free_pages_all();
	return err;
}

static void __exit page_tables_exit(void)
{
	make_ordinary(&pages[TABLE]);
	if (gnttab_end_foreign_access_ref(ref))
		gnttab_free_grant_reference(ref);
	else
		pages[TABLE] = NULL;
	free_pages_all();
}

module_init(page_tables_init);
module_exit(page_tables_exit);

MODULE_DESCRIPTION("Test: granted pages that are page tables");
MODULE_LICENSE("GPL");
