// SPDX-License-Identifier: GPL-2.0-only
/* The one place that instantiates the tracepoints for all modules. */
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

EXPORT_TRACEPOINT_SYMBOL_GPL(blanket_map);
EXPORT_TRACEPOINT_SYMBOL_GPL(blanket_unmap);
EXPORT_TRACEPOINT_SYMBOL_GPL(blanket_copy);
EXPORT_TRACEPOINT_SYMBOL_GPL(blanket_kick);
EXPORT_TRACEPOINT_SYMBOL_GPL(blanket_notify);
