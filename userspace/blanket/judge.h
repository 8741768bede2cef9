/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is wrong with a blanket, and what is to be done about it: facts.h's tree
 * in, findings out. Pure: nothing is looked at but the tree.
 *
 *	[{severity: "fault", "slow" or "note", id, subject, seen, remedy}]
 */
#ifndef BLANKET_JUDGE_H
#define BLANKET_JUDGE_H

#include <json-c/json.h>

struct json_object *judge(struct json_object *facts);

#endif /* BLANKET_JUDGE_H */
