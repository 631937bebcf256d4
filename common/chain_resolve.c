/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One thing done to a recording leaves several traces: a line that was taken out breaks the link of the next chunk line, the block of the next seal, and
 * leaves a file without a line. Here the traces become one finding each, with its name. Called by chain.c at the end; pure.
 *
 *	what one sees                                             what was done
 *	a link to nothing, a file without line that belongs there   its line was taken out
 *	a link to nothing, PREVIOUS of a file nobody has            line and file were taken out
 *	a link to nothing, the file of the line before differs      that line was changed
 *	a link to nothing, nothing else                             the line before was changed
 *	a link back over lines                                      those were put in (or moved, if theirs lead nowhere)
 *	a block that differs, nothing else in it                    another line was changed, taken out or put in
 */
#include <string.h>
#include "common/chain_leads.h"

typedef bool (test_h)(const struct lead *l, const struct lead *of);

/* The first lead that stands and fits, or NULL */
static struct lead *find(const struct chain *c, test_h *fits, const struct lead *of)
{
	for (guint i = 0; i < c->leads->len; i++) {
		struct lead *l = lead_at(c, i);

		if (!l->dropped && l != of && fits(l, of))
			return l;
	}
	return NULL;
}

static void each(const struct chain *c, enum lead_cause cause, void (*resolve)(const struct chain *, struct lead *))
{
	for (guint i = 0; i < c->leads->len; i++) {
		struct lead *l = lead_at(c, i);

		if (!l->dropped && l->cause == cause)
			resolve(c, l);
	}
}

static bool same_source(const char *a, const char *b)
{
	struct chunk_name x, y;

	return chunk_name_parse(&x, a) == 0 && chunk_name_parse(&y, b) == 0 && !strcmp(x.participant, y.participant) && !strcmp(x.source, y.source);
}

static void say(struct lead *l, enum chain_kind kind, enum chain_what what, const char *why)
{
	l->f.kind = kind;
	l->f.what = what;
	g_strlcpy(l->f.why, why, sizeof(l->f.why));
}

/* ---- lines that were put in ---- */

static bool link_of_inserted(const struct lead *l, const struct lead *of)
{
	return l->cause == LEAD_LINK && l->f.line == of->f.line;
}

static bool of_inserted(const struct lead *l, const struct lead *of)
{
	return l->cause == LEAD_GONE && (l->f.line == of->f.line || l->before == of->f.line);
}

static bool is_link_behind_back(const struct lead *l, const struct lead *of)
{
	return l->cause == LEAD_LINK && l->before == of->before;
}

static void resolve_back(const struct chain *c, struct lead *l)
{
	struct lead *link = find(c, is_link_behind_back, l), *gone;

	if (link) {
		/* Nor does the next one go on from the line that goes back: it is not what it was. */
		link->dropped = true;
		say(l, CHAIN_ALTERED, CHAIN_LINE, "the line was changed");
		l->f.line = l->before;
		memcpy(l->f.file, l->last, sizeof(l->f.file));
		return;
	}
	link = find(c, link_of_inserted, l);
	if (link) {
		link->dropped = true;
		say(l, CHAIN_MOVED, CHAIN_LINE, "the line is not in its place");
	}
	while ((gone = find(c, of_inserted, l)))
		gone->dropped = true;
}

/* ---- files without a line ---- */

static bool is_renamed_to(const struct lead *l, const struct lead *of)
{
	return l->cause == LEAD_FILE_MISSING && of->got[0] && !strcmp(l->want, of->got);
}

static bool is_gone(const struct lead *l, const struct lead *of)
{
	return l->cause == LEAD_GONE && of->got[0] && !strcmp(l->want, of->got) && same_source(l->f.file, of->f.file);
}

/* A trace of a line that may have been this last file's of its source */
static bool may_have_named(const struct lead *l, const struct lead *of)
{
	(void)of;
	return l->cause == LEAD_LINK || l->cause == LEAD_BLOCK || l->cause == LEAD_LINE_BAD;
}

/* Does the file follow the last one of its source that has a line? */
static bool continues(const struct chain *c, const struct lead *l)
{
	struct chunk_name n;
	const struct chain_track *t;
	char *key;

	if (chunk_name_parse(&n, l->f.file))
		return false;
	key = g_strdup_printf("%s_%s", n.participant, n.source);
	t = g_hash_table_lookup(c->tracks, key);
	g_free(key);
	return strcmp(l->previous, t ? t->sha256 : "") == 0;
}

static void line_was_taken(struct lead *trace, struct lead *stray)
{
	if (trace->cause != LEAD_LINE_BAD)
		say(trace, CHAIN_MISSING, CHAIN_LINE, "the line of this file was taken out, above this place");
	memcpy(trace->f.file, stray->f.file, sizeof(trace->f.file));
	trace->cause = trace->cause == LEAD_LINE_BAD ? LEAD_LINE_BAD : LEAD_GONE;
	trace->want[0] = '\0';
	stray->dropped = true;
}

static void resolve_stray(const struct chain *c, struct lead *l)
{
	struct lead *other = find(c, is_renamed_to, l);

	if (other) {
		g_snprintf(other->f.why, sizeof(other->f.why), "the file is not there; what it held is in %s", l->f.file);
		l->dropped = true;
		return;
	}
	other = find(c, is_gone, l);
	if (!other && l->got[0] && continues(c, l))
		other = find(c, may_have_named, l);
	if (other)
		line_was_taken(other, l);
}

/* The newest files of a recording that runs, or was killed, need no line yet. */
static void resolve_unnamed(const struct chain *c, struct lead *l)
{
	l->dropped = true;
	((struct chain *)c)->sum.unnamed++;
}

/* ---- lines that were changed, and what was taken out ---- */

static bool is_bad_line_between(const struct lead *l, const struct lead *of)
{
	return l->cause == LEAD_LINE_BAD && l->f.line > of->before && l->f.line < of->f.line;
}

static bool is_file_of_line_before(const struct lead *l, const struct lead *of)
{
	return (l->cause == LEAD_FILE_ALTERED || l->cause == LEAD_FILE_MISSING) && l->f.line == of->before;
}

static bool is_link_between(const struct lead *l, const struct lead *of)
{
	return l->cause == LEAD_LINK && l->before >= of->before && l->f.line <= of->f.line;
}

static bool is_gone_around(const struct lead *l, const struct lead *of)
{
	return is_link_between(of, l) && l->cause == LEAD_GONE;
}

/* Names what was taken out, if only one chunk can be meant. */
static void name_gone(struct lead *l)
{
	struct chunk_name last, next;

	if (chunk_name_parse(&last, l->last) || chunk_name_parse(&next, l->f.file) || last.segment != next.segment || next.index != last.index + 2) {
		g_snprintf(l->f.why, sizeof(l->f.why), "what came before this chunk%s%s was taken out, file and line", l->last[0] ? " and behind " : "", l->last);
		return;
	}
	next.index--;
	chunk_name_format(l->f.file, &next);
	say(l, CHAIN_MISSING, CHAIN_FILE, "the file and its line were taken out");
}

/* A chunk file whose predecessor had no line. */
static void resolve_gone(const struct chain *c, struct lead *l)
{
	struct lead *other = find(c, is_bad_line_between, l), *link;

	if (other) {
		if (!l->want[0])
			memcpy(other->f.file, l->f.file, sizeof(other->f.file));
		l->dropped = true;
		return;
	}
	other = find(c, is_file_of_line_before, l);
	if (other) {
		/* Its file is the one that was written: then it is the line that is not. */
		if (!strcmp(other->got, l->want))
			say(other, CHAIN_ALTERED, CHAIN_LINE, "the line was changed: its file is the one that was written");
		l->dropped = true;
		return;
	}
	link = find(c, is_link_between, l);
	if (link) {
		l->f.line = link->f.line;
		link->dropped = true;
	}
	if (l->want[0])
		name_gone(l);
}

static bool is_link_behind(const struct lead *l, const struct lead *of)
{
	return l->cause == LEAD_LINK && l->before == of->f.line;
}

static bool is_block_behind(const struct lead *l, const struct lead *of)
{
	return l->cause == LEAD_BLOCK && l->before > of->before && l->before <= of->f.line && of->f.line <= l->f.line;
}

static bool is_block_of_line_before(const struct lead *l, const struct lead *of)
{
	return l->cause == LEAD_BLOCK && l->before <= of->before && of->before <= l->f.line;
}

/* The line of the chunk before this one */
static void blame_before(const struct chain *c, struct lead *l)
{
	l->f.kind = CHAIN_ALTERED;
	l->f.what = CHAIN_LINE;
	g_snprintf(l->f.why, sizeof(l->f.why), "the line was changed, or lines of chunks between it and line %u were taken out, or that one was changed", l->f.line);
	l->f.line = l->before;
	for (guint i = 0; i < c->recent->len; i++) {
		const struct chain_recent *r = &g_array_index(c->recent, struct chain_recent, i);

		if (r->line == l->before)
			memcpy(l->f.file, r->file, sizeof(l->f.file));
	}
}

static void resolve_link(const struct chain *c, struct lead *l)
{
	struct lead *other = find(c, is_bad_line_between, l);

	if (other) {
		l->dropped = true;
		return;
	}
	other = find(c, is_file_of_line_before, l);
	if (other) {
		say(other, CHAIN_ALTERED, CHAIN_LINE, "the line was changed: the next chunk's line is of another one");
		l->dropped = true;
		return;
	}
	other = find(c, is_gone_around, l);
	if (other) {
		l->dropped = true;
		return;
	}
	if (find(c, is_link_behind, l)) {
		/* Its own link was changed: so it is another line for the next one, too. */
		say(l, CHAIN_ALTERED, CHAIN_LINE, "the line was changed");
		find(c, is_link_behind, l)->dropped = true;
		return;
	}
	/* The line before is in a block that is as it was: so it is, too. */
	if (!l->before || (find(c, is_block_behind, l) && !find(c, is_block_of_line_before, l)))
		say(l, CHAIN_MISSING, CHAIN_LINE, "the line of a chunk above this one was taken out, or this one was changed");
	else
		blame_before(c, l);
}

static bool explains_block(const struct lead *l, const struct lead *of)
{
	bool of_lines = l->f.what == CHAIN_LINE || l->cause == LEAD_GONE;

	/* What a line leads to may show a seal later. */
	return l->cause != LEAD_BLOCK && l->cause != LEAD_OTHER && of_lines && l->f.line >= of->before &&
	       (l->f.line <= of->f.line || (l->cause == LEAD_GONE && l->before <= of->f.line));
}

/* The last chunk line has no link behind it that would tell. */
static bool is_file_of_last(const struct lead *l, const struct lead *of)
{
	return (l->cause == LEAD_FILE_ALTERED || l->cause == LEAD_FILE_MISSING) && l->f.line >= of->before && l->f.line <= of->f.line;
}

static void resolve_block(const struct chain *c, struct lead *l)
{
	struct lead *last = find(c, is_file_of_last, l);

	if (last && last->f.line == c->last_chunk) {
		say(last, CHAIN_ALTERED, CHAIN_LINE, "the line was changed");
		l->dropped = true;
		return;
	}
	if (find(c, explains_block, l)) {
		l->dropped = true;
		return;
	}
	g_snprintf(l->f.why, sizeof(l->f.why), "one of the lines %u to %u was changed, or lines among them were taken out or put in", l->before, l->f.line);
	l->f.line = l->before;
}

/* ---- the result ---- */

static gint by_line(gconstpointer a, gconstpointer b)
{
	const struct lead *x = a, *y = b;
	unsigned m = x->f.line - 1, n = y->f.line - 1;         /* no line: last */
	struct chunk_name p, q;

	if (m != n)
		return m < n ? -1 : 1;
	if (x->cause == LEAD_STRAY && y->cause == LEAD_STRAY && !chunk_name_parse(&p, x->f.file) && !chunk_name_parse(&q, y->f.file) && p.index != q.index)
		return p.index < q.index ? -1 : 1;
	return strcmp(x->f.file, y->f.file);
}

/* A chunk's second is in its name. */
static void place(const struct chain *c, struct chain_finding *f)
{
	struct chunk_name n;
	int64_t from_ms;

	if (chunk_name_parse(&n, f->file))
		return;
	from_ms = (int64_t)n.index * c->chunk_ms;
	if (f->t_ms < from_ms || f->t_ms > from_ms + c->chunk_ms)
		f->t_ms = from_ms;
}

static void drop_dropped(struct chain *c)
{
	guint to = 0;

	for (guint i = 0; i < c->leads->len; i++) {
		if (!lead_at(c, i)->dropped)
			*lead_at(c, to++) = *lead_at(c, i);
	}
	g_array_set_size(c->leads, to);
	for (guint i = 0; i < to; i++)
		place(c, &lead_at(c, i)->f);
	g_array_sort(c->leads, by_line);
}

void chain_resolve(struct chain *c)
{
	each(c, LEAD_BACK, resolve_back);
	each(c, LEAD_STRAY, resolve_stray);
	if (!c->sum.closed)
		each(c, LEAD_STRAY, resolve_unnamed);
	each(c, LEAD_GONE, resolve_gone);
	each(c, LEAD_LINK, resolve_link);
	each(c, LEAD_BLOCK, resolve_block);
	drop_dropped(c);
}
