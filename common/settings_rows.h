/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of the configuration file: what keys there are, in which section, of what kind. Read by settings.c and settings_change.c.
 */
#pragma once
#include <stddef.h>

enum row_type { R_STRING, R_TEXT, R_INT, R_BOOL, R_WORD, R_ONE, R_WORDS, R_ID };

struct row {
	const char *section, *key;
	enum row_type type;
	size_t offset;
	const char *def;             /* as text; NULL: none, or made from other keys */
	int min, max;
	const char *unit;            /* or the words allowed, or "" */
	const char *help;
};

struct table { const struct row *rows; size_t n; };

/** A section that is a list of groups: ( { … }, { … } ). The first member of an item is its name, char *, needed and unlike the others'. */
struct list {
	const char *section;
	const char *noun, *name;     /* for messages: "room", "id" */
	struct table table;
	size_t item_size;
	size_t items, count;         /* offsets in struct settings */
};

extern const struct table settings_main;
extern const struct list settings_lists[];
extern const size_t settings_nlists;
enum { LIST_ROOMS, LIST_TOKEN_KEYS, LIST_WEBHOOKS, LIST_STORAGE };                 /* index in settings_lists */
