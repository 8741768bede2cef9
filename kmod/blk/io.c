// SPDX-License-Identifier: GPL-2.0-only
/*
 * One request in flight: its pages, its bio, and how the two meet the guest.
 *
 *	reserve		pages for every segment
 *	gather_in	grants to map, data of a write to copy in	> one batch
 *	finish_in	did Xen do it?
 *	submit		the bio
 *	    ...		the device
 *	gather_out	grants to unmap, data of a read to copy out	> one batch
 *	finish_out	did Xen do it?
 *	release		the pages
 *
 * All of it runs in the ring's thread, but the end of the bio.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <xen/page.h>

#include "conn.h"
#include "io.h"
#include "ring.h"
#include "thread.h"

/* A bio's size has 32 bits; this keeps any power-of-two alignment. */
#define DISCARD_PIECE	(SZ_2G >> BLKIF_SECTOR_SHIFT)

/* Four arrays in one allocation, the one of largest alignment first. */
static int resize(struct bblk_io *io, unsigned int room)
{
	struct bio_vec *vecs;

	vecs = kvmalloc_array(room, sizeof(*io->vecs) + sizeof(*io->kept) +
			      sizeof(*io->segs) + sizeof(*io->handles),
			      GFP_NOIO | __GFP_NOWARN);
	if (!vecs)
		return -ENOMEM;
	kvfree(io->vecs);
	io->room = room;
	io->vecs = vecs;
	io->kept = (struct persist_page **)(io->vecs + room);
	io->segs = (struct blkif_seg *)(io->kept + room);
	io->handles = (grant_handle_t *)(io->segs + room);
	return 0;
}

/**
 * bblk_io_init() - prepare for requests that are not indirect
 * @io:		cleared
 * @thread:	its ring's thread
 *
 * Return: 0 or -ENOMEM.
 */
int bblk_io_init(struct bblk_io *io, struct bblk_thread *thread)
{
	io->thread = thread;
	return resize(io, BLKIF_MAX_SEGMENTS_PER_REQUEST);
}

/** bblk_io_exit() - undo bblk_io_init(); a cleared one is fine */
void bblk_io_exit(struct bblk_io *io)
{
	kvfree(io->vecs);
}

static enum bblk_way choose(const struct bblk_io *io, unsigned int copy_max)
{
	u64 bytes = io->req.nr_sectors << BLKIF_SECTOR_SHIFT;

	if (!io->req.nr_segs)
		return BBLK_NONE;
	if (io->thread->persist.max)
		return BBLK_MAP;
	if (io->req.indirect)	/* not read yet: assume full pages */
		bytes = io->req.nr_segs * BLKIF_PAGE_SIZE;
	/* Pages to copy through are dom0's; a guest must not take them all. */
	if (io->thread->own.out + io->req.nr_segs >
	    READ_ONCE(bblk_max_buffer_pages))
		return BBLK_MAP;
	return bytes <= copy_max ? BBLK_COPY : BBLK_MAP;
}

static int get_page_for(struct bblk_io *io, struct page **page)
{
	if (io->way == BBLK_MAP)
		return gnttab_page_cache_get(&io->thread->cache, page);
	*page = bblk_pages_get(&io->thread->own);
	return *page ? 0 : -ENOMEM;
}

static void put_page_of(struct bblk_io *io, struct page *page)
{
	if (io->way == BBLK_MAP)
		gnttab_page_cache_put(&io->thread->cache, &page, 1);
	else
		bblk_pages_put(&io->thread->own, page);
}

/**
 * bblk_io_reserve() - get all that the request may need until its end
 * @io:		with a valid request; if direct, its segments are in place
 * @copy_max:	largest request to be copied, in bytes
 *
 * Return: 0, or -ENOMEM with nothing held.
 */
int bblk_io_reserve(struct bblk_io *io, unsigned int copy_max)
{
	unsigned int nr = io->req.nr_segs;
	unsigned int i;

	if (nr > io->room && resize(io, roundup_pow_of_two(nr)))
		return -ENOMEM;
	io->status = BLKIF_RSP_OKAY;
	io->way = choose(io, copy_max);
	io->next_seg = 0;
	io->next = io->req.sector;
	io->discard_left = io->req.operation == BLKIF_OP_DISCARD ?
			   io->req.nr_sectors : 0;
	for (i = 0; i < nr; i++) {
		io->handles[i] = INVALID_GRANT_HANDLE;
		io->kept[i] = NULL;
		if (get_page_for(io, &io->vecs[i].bv_page)) {
			while (i--)
				put_page_of(io, io->vecs[i].bv_page);
			return -ENOMEM;
		}
	}
	return 0;
}

/** bblk_io_release() - give the pages back */
void bblk_io_release(struct bblk_io *io)
{
	unsigned int i;

	for (i = 0; i < io->req.nr_segs; i++) {
		if (io->kept[i])
			persist_put(&io->thread->persist, io->kept[i]);
		else if (io->vecs[i].bv_page)
			put_page_of(io, io->vecs[i].bv_page);
	}
}

static unsigned long address(const struct page *page)
{
	return (unsigned long)page_to_virt(page);
}

/* The segment's page is mapped already: true, and the one reserved is free again. */
static bool is_kept(struct bblk_io *io, unsigned int i)
{
	struct persist *persist = &io->thread->persist;

	if (likely(!persist->max))
		return false;
	io->kept[i] = persist_find(persist, io->segs[i].gref);
	if (!io->kept[i])
		return false;
	io->thread->ring->stats.persistent_hits++;
	put_page_of(io, io->vecs[i].bv_page);
	io->vecs[i].bv_page = io->kept[i]->page;
	return true;
}

/* Pages that stay are written to as well as read. */
static u32 map_flags(const struct bblk_io *io)
{
	if (io->req.operation == BLKIF_OP_READ || io->thread->persist.max)
		return GNTMAP_host_map;
	return GNTMAP_host_map | GNTMAP_readonly;
}

/**
 * bblk_io_gather_in() - ask for what must be there before the bio starts
 * @io:		with all segments in place; the ring's batch has room
 */
void bblk_io_gather_in(struct bblk_io *io)
{
	struct bblk_thread *thread = io->thread;
	bool from_guest = io->req.operation != BLKIF_OP_READ;
	unsigned int i;

	if (io->way == BBLK_MAP) {
		io->first_op = thread->nr_ops;
		for (i = 0; i < io->req.nr_segs; i++) {
			struct page *page = io->vecs[i].bv_page;

			if (is_kept(io, i))
				continue;
			gnttab_set_map_op(&thread->map[thread->nr_ops],
					  address(page), map_flags(io),
					  io->segs[i].gref, thread->ring->copy.domid);
			thread->pages[thread->nr_ops++] = page;
		}
	} else if (io->way == BBLK_COPY && from_guest) {
		io->first_op = thread->ring->copy.nr;
		for (i = 0; i < io->req.nr_segs; i++) {
			const struct blkif_seg *seg = &io->segs[i];
			unsigned int offset = seg->first << BLKIF_SECTOR_SHIFT;

			blanket_copy_fetch(&thread->ring->copy, seg->gref, offset,
					   page_to_virt(io->vecs[i].bv_page) + offset,
					   seg->nr << BLKIF_SECTOR_SHIFT);
		}
		io->nr_ops = thread->ring->copy.nr - io->first_op;
	}
}

/* A segment is mapped: for good, or until the request's end. */
static void keep_or_note(struct bblk_io *io, unsigned int i,
			 grant_handle_t handle)
{
	struct persist *persist = &io->thread->persist;

	if (persist->max)
		io->kept[i] = persist_add(persist, io->segs[i].gref,
					  io->vecs[i].bv_page, handle);
	if (!io->kept[i])
		io->handles[i] = handle;
}

/**
 * bblk_io_finish_in() - look at what became of bblk_io_gather_in()
 * @io:		the request; what has been mapped is noted even on failure
 *
 * Return: 0, or -EFAULT when the guest gave a bad grant.
 */
int bblk_io_finish_in(struct bblk_io *io)
{
	struct bblk_thread *thread = io->thread;
	unsigned int i;
	int err = 0;

	if (io->way == BBLK_MAP) {
		const struct gnttab_map_grant_ref *op = &thread->map[io->first_op];

		for (i = 0; i < io->req.nr_segs; i++) {
			if (io->kept[i])
				continue;
			if (op->status != GNTST_okay)
				err = -EFAULT;
			else
				keep_or_note(io, i, op->handle);
			op++;
		}
	} else if (io->way == BBLK_COPY && io->req.operation != BLKIF_OP_READ) {
		if (!blanket_copy_ok(&thread->ring->copy, io->first_op, io->nr_ops))
			err = -EFAULT;
	}
	return err;
}

static void end_bio(struct bio *bio)
{
	struct bblk_io *io = container_of(bio, struct bblk_io, bio);

	if (bio->bi_status == BLK_STS_NOTSUPP &&
	    io->req.operation != BLKIF_OP_READ &&
	    io->req.operation != BLKIF_OP_WRITE)
		io->status = BLKIF_RSP_EOPNOTSUPP;
	else if (bio->bi_status)
		io->status = BLKIF_RSP_ERROR;
	bblk_thread_ended(io);
}

static blk_opf_t flags_of(const struct bblk_io *io)
{
	switch (io->req.operation) {
	case BLKIF_OP_READ:
		return REQ_OP_READ;
	case BLKIF_OP_WRITE:
		return REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;
	case BLKIF_OP_FLUSH_DISKCACHE:
		return REQ_OP_WRITE | REQ_PREFLUSH;
	default:
		return io->req.secure ? REQ_OP_SECURE_ERASE : REQ_OP_DISCARD;
	}
}

/*
 * Each page of the guest stays a segment of its own (XSA-229): neighbours by
 * pfn need not be neighbours in the machine.
 */
static void add_segs(struct bblk_io *io, unsigned int end)
{
	for (; io->next_seg < end; io->next_seg++) {
		const struct blkif_seg *seg = &io->segs[io->next_seg];

		__bio_add_page(&io->bio, io->vecs[io->next_seg].bv_page,
			       seg->nr << BLKIF_SECTOR_SHIFT,
			       seg->first << BLKIF_SECTOR_SHIFT);
	}
}

/* Sectors of a discard that go at once: the block layer cuts none that is secure. */
static u64 discard_piece(const struct bblk_io *io, struct block_device *bdev)
{
	unsigned int block = bdev_logical_block_size(bdev) >> BLKIF_SECTOR_SHIFT;
	u64 most = DISCARD_PIECE;

	if (io->req.secure)
		most = min(most, bdev_max_secure_erase_sectors(bdev) ?: most);
	return min(io->discard_left, max(most - most % block, block));
}

/**
 * bblk_io_submit() - hand the request, or the next piece of it, to the device
 * @io:		the request
 *
 * What does not fit into a bio, a large discard or many segments, goes piece by
 * piece.
 */
void bblk_io_submit(struct bblk_io *io)
{
	unsigned int end = min_t(unsigned int, io->req.nr_segs,
				 io->next_seg + BIO_MAX_VECS);
	struct block_device *bdev = io->thread->ring->conn->bdev;
	struct bio *bio = &io->bio;

	bio_init(bio, bdev, io->vecs + io->next_seg,
		 end - io->next_seg, flags_of(io));
	bio->bi_end_io = end_bio;
	bio->bi_iter.bi_sector = io->next;
	add_segs(io, end);
	if (io->discard_left) {
		u64 piece = discard_piece(io, bdev);

		bio->bi_iter.bi_size = piece << BLKIF_SECTOR_SHIFT;
		io->discard_left -= piece;
	}
	io->next += bio_sectors(bio);
	submit_bio(bio);
}

/**
 * bblk_io_resubmit() - go on with a request larger than a bio
 * @io:		a request whose bio has ended
 *
 * Return: true if there was more to do, and it has been submitted.
 */
bool bblk_io_resubmit(struct bblk_io *io)
{
	if (io->status != BLKIF_RSP_OKAY ||
	    (!io->discard_left && io->next_seg == io->req.nr_segs))
		return false;
	bblk_io_submit(io);
	return true;
}

/**
 * bblk_io_busy_below() - does anyone else still hold a mapped page?
 * @io:		a request whose bio has ended
 *
 * A network file system under a loop device may: its packets outlive the
 * request they carried. Unmapping would pull the page from under them.
 *
 * Return: true if the unmap has to wait.
 */
bool bblk_io_busy_below(const struct bblk_io *io)
{
	unsigned int i;

	if (io->way != BBLK_MAP)
		return false;
	for (i = 0; i < io->req.nr_segs; i++)
		if (!io->kept[i] && page_count(io->vecs[i].bv_page) > 1)
			return true;
	return false;
}

/**
 * bblk_io_gather_out() - ask for what must be done before the response
 * @io:		a request whose bio has ended; the ring's batch has room
 */
void bblk_io_gather_out(struct bblk_io *io)
{
	struct bblk_thread *thread = io->thread;
	unsigned int i;

	if (io->way == BBLK_MAP) {
		io->first_op = thread->nr_ops;
		for (i = 0; i < io->req.nr_segs; i++) {
			struct page *page = io->vecs[i].bv_page;

			if (io->handles[i] == INVALID_GRANT_HANDLE)
				continue;
			gnttab_set_unmap_op(&thread->unmap[thread->nr_ops],
					    address(page), GNTMAP_host_map,
					    io->handles[i]);
			thread->pages[thread->nr_ops++] = page;
		}
	} else if (io->way == BBLK_COPY &&
		   io->req.operation == BLKIF_OP_READ &&
		   io->status == BLKIF_RSP_OKAY) {
		io->first_op = thread->ring->copy.nr;
		for (i = 0; i < io->req.nr_segs; i++) {
			const struct blkif_seg *seg = &io->segs[i];
			unsigned int offset = seg->first << BLKIF_SECTOR_SHIFT;

			blanket_copy_add_to(&thread->ring->copy, seg->gref, offset,
					    io->vecs[i].bv_page, offset,
					    seg->nr << BLKIF_SECTOR_SHIFT);
		}
	}
}

/**
 * bblk_io_finish_out() - look at what became of bblk_io_gather_out()
 * @io:		the request; its status is final afterwards
 */
void bblk_io_finish_out(struct bblk_io *io)
{
	struct bblk_thread *thread = io->thread;
	unsigned int op = io->first_op;
	unsigned int i;

	if (io->way == BBLK_MAP) {
		for (i = 0; i < io->req.nr_segs; i++) {
			if (io->handles[i] == INVALID_GRANT_HANDLE)
				continue;
			if (thread->unmap[op++].status == GNTST_okay)
				continue;
			/* Still the guest's: better lost than used again. */
			io->vecs[i].bv_page = NULL;
			io->status = BLKIF_RSP_ERROR;
			thread->ring->stats.grant.errors++;
		}
	} else if (io->way == BBLK_COPY &&
		   io->req.operation == BLKIF_OP_READ &&
		   io->status == BLKIF_RSP_OKAY) {
		if (!blanket_copy_ok(&thread->ring->copy, op, io->req.nr_segs))
			io->status = BLKIF_RSP_ERROR;
	}
}
