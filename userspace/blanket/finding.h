/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the judge share: findings, and the rules for counters. */
#ifndef BLANKET_FINDING_H
#define BLANKET_FINDING_H

#include <json-c/json.h>

#define FAULT "fault"	/* does not work */
#define SLOW "slow"	/* works, and costs more than it need */
#define NOTE "note"	/* worth knowing */

void finding(struct json_object *findings, const char *severity, const char *id,
	     const char *subject, const char *remedy, const char *seen, ...)
	__attribute__((format(printf, 6, 7)));
void judge_machine(struct json_object *facts, struct json_object *findings);
void judge_devices(struct json_object *facts, struct json_object *findings);
void judge_counters(struct json_object *device, const char *kind, const char *subject,
		    struct json_object *findings);

#endif /* BLANKET_FINDING_H */
