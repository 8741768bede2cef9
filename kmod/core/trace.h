/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the data path: how a guest's page was reached (map, unmap,
 * copy), and how the two sides were told (kick: the host device below;
 * notify: the guest above).
 *
 * Context: any; all arguments are values, nothing of a guest is dereferenced.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM blanket

#if !defined(_BLANKET_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _BLANKET_TRACE_H

#include <linux/tracepoint.h>

/* a device's name, cut */
#define BLANKET_TRACE_NAME 32

DECLARE_EVENT_CLASS(blanket_grant_batch,
	TP_PROTO(unsigned int domid, unsigned int ops, unsigned int bytes),
	TP_ARGS(domid, ops, bytes),
	TP_STRUCT__entry(
		__field(unsigned int, domid)
		__field(unsigned int, ops)
		__field(unsigned int, bytes)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->ops = ops;
		__entry->bytes = bytes;
	),
	TP_printk("domid=%u ops=%u bytes=%u",
		  __entry->domid, __entry->ops, __entry->bytes)
);

/* One hypercall each; ops is the length of its batch. */
DEFINE_EVENT(blanket_grant_batch, blanket_map,
	TP_PROTO(unsigned int domid, unsigned int ops, unsigned int bytes),
	TP_ARGS(domid, ops, bytes));
DEFINE_EVENT(blanket_grant_batch, blanket_unmap,
	TP_PROTO(unsigned int domid, unsigned int ops, unsigned int bytes),
	TP_ARGS(domid, ops, bytes));
DEFINE_EVENT(blanket_grant_batch, blanket_copy,
	TP_PROTO(unsigned int domid, unsigned int ops, unsigned int bytes),
	TP_ARGS(domid, ops, bytes));

/* Packets or requests handed to the host device with one doorbell. */
TRACE_EVENT(blanket_kick,
	TP_PROTO(const char *device, unsigned int queue, unsigned int units),
	TP_ARGS(device, queue, units),
	TP_STRUCT__entry(
		__array(char, device, BLANKET_TRACE_NAME)
		__field(unsigned int, queue)
		__field(unsigned int, units)
	),
	TP_fast_assign(
		strscpy(__entry->device, device, BLANKET_TRACE_NAME);
		__entry->queue = queue;
		__entry->units = units;
	),
	TP_printk("device=%s queue=%u units=%u",
		  __entry->device, __entry->queue, __entry->units)
);

/* Responses announced to a guest with one event. */
TRACE_EVENT(blanket_notify,
	TP_PROTO(unsigned int domid, unsigned int irq, unsigned int responses),
	TP_ARGS(domid, irq, responses),
	TP_STRUCT__entry(
		__field(unsigned int, domid)
		__field(unsigned int, irq)
		__field(unsigned int, responses)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->irq = irq;
		__entry->responses = responses;
	),
	TP_printk("domid=%u irq=%u responses=%u",
		  __entry->domid, __entry->irq, __entry->responses)
);

#endif /* _BLANKET_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
