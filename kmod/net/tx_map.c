// SPDX-License-Identifier: GPL-2.0-only
/* Zero-copy transmit. See tx_map.h. */
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <xen/page.h>

#include "tx_map.h"
#include "tx_ring.h"

/**
 * struct tx_mapped - a packet whose payload is mapped
 * @uarg:	how the network stack tells us that it is done
 * @maps:	the queue's maps
 * @node:	in tx_maps.landed or .busy, once the stack is done
 * @pkt:	what to answer
 * @okay:	how
 * @nr:		pages mapped
 * @pages:	they
 * @handles:	their grants
 */
struct tx_mapped {
	struct ubuf_info uarg;
	struct tx_maps *maps;
	struct llist_node node;
	struct netif_tx_packet pkt;
	bool okay;
	unsigned int nr;
	struct page *pages[MAX_SKB_FRAGS];
	grant_handle_t handles[MAX_SKB_FRAGS];
};

/**
 * struct tx_maps - a queue's zero-copy state
 * @tx:		the queue, NULL once it is gone
 * @reaper:	unmaps what lands after that
 * @domid:	the guest
 * @late:	what it counts
 * @cache:	pages without a frame of their own, to map at; only NAPI takes
 * @refill:	puts pages there, as many as a full ring can use
 * @nr_pages:	put there so far
 * @landed:	packets the stack is done with; any context adds
 * @busy:	of these, those whose pages somebody still holds; NAPI's
 * @in_flight:	packets mapped and not yet answered
 * @nr:		operations gathered in this pass, bounded by the ring
 * @map:	the operations
 * @pages:	their pages
 * @unmap:	likewise, when reaping
 * @unmap_pages: likewise
 *
 * A device may sit on frames for as long as it likes. Their pages cannot be
 * taken from it, but the queue, its ring and its guest need not wait.
 */
struct tx_maps {
	struct vif_tx __rcu *tx;
	struct delayed_work reaper;
	domid_t domid;
	struct blanket_grant_stats late;
	struct gnttab_page_cache cache;
	struct work_struct refill;
	unsigned int nr_pages;
	struct llist_head landed;
	struct llist_node *busy;
	atomic_t in_flight;
	unsigned int nr;
	struct gnttab_map_grant_ref map[VIF_TX_RING_SIZE];
	struct page *pages[VIF_TX_RING_SIZE];
	struct gnttab_unmap_grant_ref unmap[VIF_TX_RING_SIZE];
	struct page *unmap_pages[VIF_TX_RING_SIZE];
};

/* How often a reaper looks for pages that somebody still holds. */
#define REAP_JIFFIES (HZ / 10)

static struct workqueue_struct *reapers;

/* Pages come from an allocator that sleeps, NAPI may not. */
static void refill(struct work_struct *work)
{
	struct tx_maps *maps = container_of(work, struct tx_maps, refill);
	struct page *page;

	while (maps->nr_pages < VIF_TX_RING_SIZE &&
	       !gnttab_alloc_pages(1, &page)) {
		gnttab_page_cache_put(&maps->cache, &page, 1);
		maps->nr_pages++;
	}
}

static void land(struct tx_mapped *m)
{
	struct tx_maps *maps = m->maps;
	struct vif_tx *tx;

	/* Once the node is seen, only this section keeps queue and maps. */
	rcu_read_lock();
	tx = rcu_dereference(maps->tx);
	llist_add(&m->node, &maps->landed);
	if (likely(tx))
		napi_schedule(&tx->napi);
	else
		queue_delayed_work(reapers, &maps->reaper, 0);
	rcu_read_unlock();
}

/* Any context: the skb goes away, or has made a copy for itself. */
static void landed(struct sk_buff *skb, struct ubuf_info *uarg, bool zerocopy)
{
	if (refcount_dec_and_test(&uarg->refcnt))
		land(container_of(uarg, struct tx_mapped, uarg));
}

static const struct ubuf_info_ops landed_ops = {
	.complete = landed,
};

/**
 * tx_map_gather() - name the pages of a packet's payload
 * @tx:		the queue
 * @slot:	a packet with an skb that has no frags yet
 * @linear:	bytes of the packet that are copied all the same: its headers,
 *		within the first piece
 *
 * Context: NAPI.
 * Return: true if the packet will be mapped, false if it is to be copied:
 * it has too many pieces, or pages to map at are still to come.
 */
bool tx_map_gather(struct vif_tx *tx, struct vif_tx_slot *slot,
		   unsigned int linear)
{
	const struct netif_tx_packet *pkt = &slot->pkt;
	struct skb_shared_info *info = skb_shinfo(slot->skb);
	struct tx_maps *maps = tx->maps;
	unsigned int skip = linear, pages, i;

	/* the largest have one piece more than an skb, and it is all headers */
	pages = pkt->nr_frags - (pkt->frags[0].len == linear);
	if (pkt->frags[0].len < linear || pages > MAX_SKB_FRAGS ||
	    maps->nr + pages > ARRAY_SIZE(maps->map))
		return false;
	/* An empty cache would allocate, and sleep. */
	if (READ_ONCE(maps->cache.num_pages) < pages) {
		schedule_work(&maps->refill);
		return false;
	}
	slot->mapped = kmalloc(sizeof(*slot->mapped),
			       GFP_ATOMIC | __GFP_NOWARN);
	if (!slot->mapped)
		return false;

	slot->first_map = maps->nr;
	for (i = 0; i < pkt->nr_frags; i++, skip = 0) {
		const struct netif_tx_frag *frag = &pkt->frags[i];
		struct page **page = &maps->pages[maps->nr];

		if (frag->len == skip)
			continue;
		if (gnttab_page_cache_get(&maps->cache, page))
			goto undo;
		gnttab_set_map_op(&maps->map[maps->nr++],
				  (unsigned long)page_address(*page),
				  GNTMAP_host_map | GNTMAP_readonly,
				  frag->ref, tx->copy.domid);
		skb_fill_page_desc_noacc(slot->skb, info->nr_frags, *page,
					 frag->offset + skip,
					 frag->len - skip);
	}
	slot->nr_maps = maps->nr - slot->first_map;
	return true;
undo:
	tx_map_forget(tx, slot);
	return false;
}

/**
 * tx_map_forget() - undo tx_map_gather(), latest packet first
 * @tx:		the queue, before tx_map_run()
 * @slot:	a packet; one that is not to be mapped is fine
 *
 * Context: NAPI.
 */
void tx_map_forget(struct vif_tx *tx, struct vif_tx_slot *slot)
{
	struct tx_maps *maps = tx->maps;

	if (!slot->mapped)
		return;
	gnttab_page_cache_put(&maps->cache, &maps->pages[slot->first_map],
			      maps->nr - slot->first_map);
	maps->nr = slot->first_map;
	/* The skb holds no references to the pages yet. */
	skb_shinfo(slot->skb)->nr_frags = 0;
	kfree(slot->mapped);
	slot->mapped = NULL;
}

/**
 * tx_map_run() - map what the pass has gathered, with one hypercall
 * @tx:		the queue
 *
 * Context: NAPI.
 */
void tx_map_run(struct vif_tx *tx)
{
	struct tx_maps *maps = tx->maps;

	/* What failed shows in each operation's status. */
	blanket_grant_map(maps->map, maps->pages, maps->nr, &tx->grants);
	maps->nr = 0;
}

/**
 * tx_map_attach() - give a packet's skb its pages
 * @tx:		the queue, after tx_map_run()
 * @slot:	a packet that tx_map_gather() took
 * @copied:	its headers are there
 *
 * From here on the packet is answered by tx_map_reap(), whatever becomes of
 * it.
 *
 * Context: NAPI.
 * Return: false if the packet is to be dropped.
 */
bool tx_map_attach(struct vif_tx *tx, struct vif_tx_slot *slot, bool copied)
{
	struct skb_shared_info *info = skb_shinfo(slot->skb);
	struct tx_mapped *m = slot->mapped;
	struct tx_maps *maps = tx->maps;
	unsigned int i;

	compat_set_ubuf_ops(&m->uarg, &landed_ops);
	m->uarg.flags = SKBFL_ZEROCOPY_FRAG;
	refcount_set(&m->uarg.refcnt, 1);
	m->maps = maps;
	m->pkt = slot->pkt;
	m->okay = copied;
	m->nr = 0;
	for (i = 0; i < slot->nr_maps; i++) {
		unsigned int op = slot->first_map + i;

		if (maps->map[op].status != GNTST_okay) {
			gnttab_page_cache_put(&maps->cache, &maps->pages[op], 1);
			m->okay = false;
			continue;
		}
		m->pages[m->nr] = maps->pages[op];
		m->handles[m->nr++] = maps->map[op].handle;
	}
	if (atomic_inc_return(&maps->in_flight) == 1)
		tx_late_progress(&tx->late);
	if (!m->okay) {
		info->nr_frags = 0;
		land(m);
		return false;
	}
	for (i = 0; i < info->nr_frags; i++) {
		skb_frag_ref(slot->skb, i);
		slot->skb->data_len += skb_frag_size(&info->frags[i]);
	}
	slot->skb->len += slot->skb->data_len;
	slot->skb->truesize += m->nr * PAGE_SIZE;
	skb_zcopy_init(slot->skb, &m->uarg);
	return true;
}

/**
 * tx_map_refuse() - the attached packet is dropped; answer with an error
 * @slot:	after tx_map_attach(); its skb not yet freed
 *
 * Context: NAPI.
 */
void tx_map_refuse(struct vif_tx_slot *slot)
{
	slot->mapped->okay = false;
}

/* A lower device or a tap may hold on to a page beyond its skb. */
static bool idle(const struct tx_mapped *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (page_count(m->pages[i]) > 1)
			return false;
	return true;
}

static unsigned int add_unmaps(struct tx_maps *maps, const struct tx_mapped *m,
			       unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++, nr++) {
		maps->unmap_pages[nr] = m->pages[i];
		gnttab_set_unmap_op(&maps->unmap[nr],
				    (unsigned long)page_address(m->pages[i]),
				    GNTMAP_host_map, m->handles[i]);
	}
	return nr;
}

/* Take what can be unmapped now; what cannot stays in @busy. */
static struct llist_node *take(struct tx_maps *maps, unsigned int *nr)
{
	struct llist_node *node = llist_del_all(&maps->landed);
	struct llist_node *done = NULL, *next;

	/* Put what landed behind what was busy, and look at all of it. */
	if (maps->busy) {
		for (next = maps->busy; next->next; next = next->next)
			;
		next->next = node;
		node = maps->busy;
		maps->busy = NULL;
	}
	*nr = 0;
	for (; node; node = next) {
		struct tx_mapped *m = container_of(node, struct tx_mapped, node);
		struct llist_node **list = idle(m) ? &done : &maps->busy;

		next = node->next;
		if (list == &done)
			*nr = add_unmaps(maps, m, *nr);
		node->next = *list;
		*list = node;
	}
	return done;
}

/* Unmap what has landed and can be. Return: it, to be answered and freed. */
static struct llist_node *unmap(struct tx_maps *maps,
				struct blanket_grant_stats *stats)
{
	struct llist_node *done;
	unsigned int nr, i;

	done = take(maps, &nr);
	blanket_grant_unmap(maps->unmap, maps->unmap_pages, nr, maps->domid,
			    stats);
	for (i = 0; i < nr; i++) {
		/* A page that is still mapped must not be mapped at again. */
		if (WARN_ON_ONCE(maps->unmap[i].status != GNTST_okay))
			continue;
		gnttab_page_cache_put(&maps->cache, &maps->unmap_pages[i], 1);
	}
	return done;
}

/**
 * tx_map_reap() - unmap and answer the packets that are done with
 * @tx:		the queue
 *
 * Context: NAPI.
 * Return: packets answered; the caller pushes the responses. While some
 * pages are still held, the queue's retry timer is armed.
 */
unsigned int tx_map_reap(struct vif_tx *tx)
{
	struct tx_maps *maps = tx->maps;
	struct llist_node *node, *next;
	unsigned int answered = 0;

	if (llist_empty(&maps->landed) && !maps->busy)
		return 0;
	node = unmap(maps, &tx->grants);
	if (maps->busy)
		vif_tx_retry(tx);
	if (node)
		tx_late_progress(&tx->late);
	for (; node; node = next, answered++) {
		struct tx_mapped *m = container_of(node, struct tx_mapped, node);

		next = node->next;
		tx_ring_answer_packet(tx, &m->pkt, m->okay);
		kfree(m);
		atomic_dec(&maps->in_flight);
	}
	return answered;
}

static void free_maps(struct tx_maps *maps)
{
	cancel_work_sync(&maps->refill);
	gnttab_page_cache_shrink(&maps->cache, 0);
	kvfree(maps);
	vif_tx_outlived();
}

/* The queue is gone, and with it the ring that answers would go to. */
static void reap_late(struct work_struct *work)
{
	struct tx_maps *maps = container_of(work, struct tx_maps, reaper.work);
	struct llist_node *node, *next;

	for (node = unmap(maps, &maps->late); node; node = next) {
		next = node->next;
		kfree(container_of(node, struct tx_mapped, node));
		atomic_dec(&maps->in_flight);
	}
	if (maps->busy) {
		queue_delayed_work(reapers, &maps->reaper, REAP_JIFFIES);
	} else if (!atomic_read(&maps->in_flight)) {
		/* The last to land may still be about to queue us. */
		synchronize_rcu();
		cancel_delayed_work(&maps->reaper);
		free_maps(maps);
	}
}

/**
 * tx_map_in_flight() - packets mapped and not yet answered
 * @tx:		the queue
 *
 * Context: any.
 * Return: how many.
 */
unsigned int tx_map_in_flight(const struct vif_tx *tx)
{
	return atomic_read(&tx->maps->in_flight);
}

/**
 * tx_map_init() - prepare a queue for zero-copy
 * @tx:		the queue
 *
 * Context: process context.
 * Return: 0 or -ENOMEM.
 */
int tx_map_init(struct vif_tx *tx)
{
	struct tx_maps *maps = kvzalloc(sizeof(*maps), GFP_KERNEL);

	if (!maps)
		return -ENOMEM;
	gnttab_page_cache_init(&maps->cache);
	INIT_WORK(&maps->refill, refill);
	INIT_DELAYED_WORK(&maps->reaper, reap_late);
	init_llist_head(&maps->landed);
	RCU_INIT_POINTER(maps->tx, tx);
	maps->domid = tx->copy.domid;
	tx->maps = maps;
	vif_tx_outlive();
	return 0;
}

/**
 * tx_map_detach() - what lands from now on is not the queue's
 * @tx:		the queue, its NAPI stopped; it must stay for a grace period,
 *		and so must tx_map_exit() be put off
 *
 * Context: process context.
 */
void tx_map_detach(struct vif_tx *tx)
{
	RCU_INIT_POINTER(tx->maps->tx, NULL);
}

/**
 * tx_map_exit() - undo tx_map_init(); not having been is fine
 * @tx:		the queue; a grace period after tx_map_detach() if it was used:
 *		all that has landed as the queue's is seen then
 *
 * What is in flight is unmapped when it lands, and not answered.
 *
 * Context: process context.
 */
void tx_map_exit(struct vif_tx *tx)
{
	struct tx_maps *maps = tx->maps;

	if (!maps)
		return;
	tx->maps = NULL;
	queue_delayed_work(reapers, &maps->reaper, 0);
}

/** tx_map_setup() - before the first queue. Return: 0 or -ENOMEM. */
int __init tx_map_setup(void)
{
	reapers = alloc_workqueue("blanket_net", WQ_UNBOUND, 0);
	return reapers ? 0 : -ENOMEM;
}

/** tx_map_cleanup() - after vif_tx_wait() */
void tx_map_cleanup(void)
{
	destroy_workqueue(reapers);
}
