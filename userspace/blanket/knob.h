/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that can be turned on a blanket, and which values it takes. Pure: no
 * file is read or written here.
 */
#ifndef BLANKET_KNOB_H
#define BLANKET_KNOB_H

#include <stdbool.h>
#include <stddef.h>

enum knob_owner { KNOB_MODULE, KNOB_VIF, KNOB_VBD };
enum knob_type { KNOB_FLAG, KNOB_NUMBER, KNOB_NAME, KNOB_LIST };

/**
 * struct knob - one line of the table
 * @owner:	what has it
 * @module:	whose parameter it is; with a device's, the module whose parameter
 *		of the same name says what new devices start with, or NULL
 * @name:	the attribute or the parameter
 * @type:	a flag is 0 or 1; a list, names with blanks between
 * @min:	smallest number
 * @max:	largest number; of a name or a list, most characters
 * @initial:	default; NULL: the module's parameter
 * @unit:	of a number, or ""
 * @on_load:	can be set only when the module is loaded
 * @path:	of a device's file below its folder
 * @brief:	one line of meaning
 */
struct knob {
	enum knob_owner owner;
	const char *module;
	const char *name;
	enum knob_type type;
	unsigned long long min, max;
	const char *initial;
	const char *unit;
	bool on_load;
	const char *path;
	const char *brief;
};

/* so a module settles it when it is loaded */
#define KNOB_BY_WEIGHTS "by weights"

extern const struct knob knobs[];
extern const size_t knobs_count;

const struct knob *knob_of(enum knob_owner owner, const char *module,
			   const char *name);
void knob_range(const struct knob *knob, char *buf, size_t size);
bool knob_parse(const struct knob *knob, const char *text, char *value,
		size_t size, char *why, size_t why_size);
bool knob_is_text(const struct knob *knob);
void knob_normalise(const struct knob *knob, char *value);

#endif /* BLANKET_KNOB_H */
