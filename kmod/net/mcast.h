/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The multicast addresses that a guest listens to, pure. Readers take no lock:
 * an address is one word, and stays where it is until it is removed.
 */
#ifndef _BLANKET_MCAST_H
#define _BLANKET_MCAST_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>

/* as many as netback has room for */
#define MCAST_MAX 64

/**
 * struct mcast_list - some multicast addresses
 * @addr:	each as a number, first byte highest; 0: none
 */
struct mcast_list {
	u64 addr[MCAST_MAX];
};

static inline u64 mcast_number(const u8 *addr)
{
	u64 number = 0;
	unsigned int i;

	for (i = 0; i < 6; i++)
		number = number << 8 | addr[i];
	return number;
}

/** mcast_list_has() - is it one of them? Context: any, no lock. */
static inline bool mcast_list_has(const struct mcast_list *list, const u8 *addr)
{
	u64 number = mcast_number(addr);
	unsigned int i;

	for (i = 0; i < MCAST_MAX; i++)
		if (READ_ONCE(list->addr[i]) == number)
			return true;
	return false;
}

/**
 * mcast_list_add() - add an address; one that is there already is fine
 * @list:	the addresses
 * @addr:	what a guest gave us
 *
 * Context: one writer at a time.
 * Return: 0, -EINVAL for what is no multicast address, -ENOSPC.
 */
static inline int mcast_list_add(struct mcast_list *list, const u8 *addr)
{
	unsigned int i;

	if (!(addr[0] & 1))
		return -EINVAL;
	if (mcast_list_has(list, addr))
		return 0;
	for (i = 0; i < MCAST_MAX; i++) {
		if (!list->addr[i]) {
			WRITE_ONCE(list->addr[i], mcast_number(addr));
			return 0;
		}
	}
	return -ENOSPC;
}

/** mcast_list_del() - remove an address. Context: one writer at a time. */
static inline void mcast_list_del(struct mcast_list *list, const u8 *addr)
{
	u64 number = mcast_number(addr);
	unsigned int i;

	for (i = 0; i < MCAST_MAX; i++)
		if (list->addr[i] == number)
			WRITE_ONCE(list->addr[i], 0);
}

/** mcast_list_clear() - remove all. Context: one writer at a time. */
static inline void mcast_list_clear(struct mcast_list *list)
{
	unsigned int i;

	for (i = 0; i < MCAST_MAX; i++)
		WRITE_ONCE(list->addr[i], 0);
}

#endif /* _BLANKET_MCAST_H */
