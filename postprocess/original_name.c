/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names of originals in a store. Used by backup, which gives them, and by whatever reads a store's list.
 */
#include "postprocess/original_name.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TIMELINE_FOLDER "timeline"
static const char *const files[ORIGINAL_KINDS] = { [ORIGINAL_PEOPLE] = "participants.json", [ORIGINAL_CHAT] = "chat.jsonl" };
static const struct { const char *ending; int digits; } numbered[ORIGINAL_KINDS] = { [ORIGINAL_BUNDLE] = { ".tar", 6 }, [ORIGINAL_TIMELINE] = { ".jsonl", 12 } };
enum { DIGITS_MAX = 15 };

const char *original_file(enum original_kind kind)
{
	return files[kind];
}

void original_name_format(char out[ORIGINAL_NAME_SIZE], const struct original *o)
{
	if (files[o->kind])
		g_strlcpy(out, files[o->kind], ORIGINAL_NAME_SIZE);
	else
		snprintf(out, ORIGINAL_NAME_SIZE, "%s/%u-%0*" PRId64 "%s", o->kind == ORIGINAL_BUNDLE ? o->participant : TIMELINE_FOLDER, o->generation,
			 numbered[o->kind].digits, o->number, numbered[o->kind].ending);
}

/* A number of at least so many digits, without zeros before it beyond them; moves *p behind it. -1 if it is none. */
static int64_t number(const char **p, size_t digits)
{
	size_t n = strspn(*p, "0123456789");
	int64_t v = 0;

	if (n < digits || n > DIGITS_MAX || (n > digits && **p == '0'))
		return -1;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + ((*p)[i] - '0');
	*p += n;
	return v;
}

static int parse_numbered(struct original *o, const char *name)
{
	const char *slash = strchr(name, '/'), *p = slash ? slash + 1 : "";
	g_autofree char *folder = slash ? g_strndup(name, (gsize)(slash - name)) : g_strdup("");
	int64_t generation;

	o->kind = strcmp(folder, TIMELINE_FOLDER) ? ORIGINAL_BUNDLE : ORIGINAL_TIMELINE;
	if (o->kind == ORIGINAL_BUNDLE && !participant_id_valid(folder))
		return -EINVAL;
	if (o->kind == ORIGINAL_BUNDLE)
		g_strlcpy(o->participant, folder, sizeof(o->participant));
	generation = number(&p, 1);
	if (generation < 1 || generation > ORIGINAL_GENERATION_MAX || *p != '-')
		return -EINVAL;
	p++;
	o->generation = (unsigned)generation;
	o->number = number(&p, (size_t)numbered[o->kind].digits);
	return o->number >= (o->kind == ORIGINAL_BUNDLE) && !strcmp(p, numbered[o->kind].ending) ? 0 : -EINVAL;
}

int original_name_parse(struct original *o, const char *name)
{
	*o = (struct original){ 0 };
	for (int kind = 0; kind < ORIGINAL_KINDS; kind++) {
		if (files[kind] && !strcmp(name, files[kind])) {
			o->kind = (enum original_kind)kind;
			return 0;
		}
	}
	return parse_numbered(o, name);
}
