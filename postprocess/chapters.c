/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * chapters.vtt. Called by beside when an output is finished.
 *
 *	shares and pauses cut [0, duration) ─▶ speeches cut what is between ─▶ what is too short joins its neighbour ─▶ titles
 *
 * Where that makes more chapters than anybody would look through, all of it again with twice the least length.
 */
#include "postprocess/chapters.h"
#include "postprocess/turns.h"
#include "postprocess/vtt.h"

enum {
	LEAST_MS = 20000,          /* of a conversation; of a share half of it, of a speech three times as much */
	JOIN_MS = 8000,            /* a breath, a question from the floor */
	OTHERS_PERCENT = 25,       /* a speech is one as long as others speak no more than that */
	NAMED_PERCENT = 10,        /* of what is spoken: who has as much is named */
	NAMES = 3,
	MOST = 60,
};

enum kind { TALK, SPEECH, SHARE };

struct piece {
	int64_t from_ms, to_ms;
	enum kind kind;
	const struct model_participant *who;
	int64_t pause_ms;          /* before it; 0 none */
};

struct build {
	const struct model *m;
	int64_t end_ms, least_ms;
	GArray *speaking, *sharing;
	GArray *pieces;            /* of struct piece */
};

static struct piece *piece_at(const struct build *b, guint i)
{
	return &g_array_index(b->pieces, struct piece, i);
}

/* ---- shares and pauses ---- */

/** Of two screens at once it is the one that came later. */
static const struct model_participant *sharer_at(const struct build *b, int64_t t_ms)
{
	const struct model_participant *who = NULL;

	for (guint i = 0; i < b->sharing->len; i++) {
		const struct turn *t = &g_array_index(b->sharing, struct turn, i);

		if (t->from_ms <= t_ms && t_ms < t->to_ms)
			who = t->who;
	}
	return who;
}

/** A pause begins a chapter; where there are too many, a short one does not. */
static bool counts(const struct build *b, const struct model_pause *p)
{
	return p->length_ms > 0 && p->at_ms > 0 && p->at_ms < b->end_ms && (b->least_ms == LEAST_MS || p->length_ms >= b->least_ms / 2);
}

static int64_t pause_at(const struct build *b, int64_t t_ms)
{
	int64_t sum = 0;

	for (size_t i = 0; i < b->m->npauses; i++)
		if (b->m->pauses[i].at_ms == t_ms && counts(b, &b->m->pauses[i]))
			sum += b->m->pauses[i].length_ms;
	return sum;
}

static gint by_value(gconstpointer a, gconstpointer b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/** Every time at which something may change, and the end. */
static GArray *cuts_of(const struct build *b)
{
	GArray *cuts = g_array_new(FALSE, FALSE, sizeof(int64_t));

	for (guint i = 0; i < b->sharing->len; i++) {
		g_array_append_val(cuts, g_array_index(b->sharing, struct turn, i).from_ms);
		g_array_append_val(cuts, g_array_index(b->sharing, struct turn, i).to_ms);
	}
	for (size_t i = 0; i < b->m->npauses; i++)
		if (counts(b, &b->m->pauses[i]))
			g_array_append_val(cuts, b->m->pauses[i].at_ms);
	g_array_append_val(cuts, b->end_ms);
	g_array_sort(cuts, by_value);
	return cuts;
}

/* ---- speeches ---- */

static bool is_speech(const struct build *b, const struct turn *t, int64_t from_ms, int64_t to_ms)
{
	int64_t length_ms = to_ms - from_ms, others_ms;

	if (length_ms < 3 * b->least_ms)
		return false;
	others_ms = turns_within(b->speaking, NULL, from_ms, to_ms) - turns_within(b->speaking, t->who, from_ms, to_ms);
	return others_ms * 100 <= length_ms * OTHERS_PERCENT;
}

static void put(struct build *b, int64_t from_ms, int64_t to_ms, enum kind kind, const struct model_participant *who)
{
	struct piece p = { from_ms, to_ms, kind, who, pause_at(b, from_ms) };

	if (to_ms > from_ms)
		g_array_append_val(b->pieces, p);
}

/** A stretch without a share: its speeches in order of time, and what is between them. */
static void cut_stretch(struct build *b, int64_t from_ms, int64_t to_ms)
{
	int64_t at_ms = from_ms;

	for (guint i = 0; i < b->speaking->len; i++) {
		const struct turn *t = &g_array_index(b->speaking, struct turn, i);
		int64_t begin_ms = MAX(t->from_ms, at_ms), end_ms = MIN(t->to_ms, to_ms);

		if (!is_speech(b, t, begin_ms, end_ms))
			continue;
		put(b, at_ms, begin_ms, TALK, NULL);
		put(b, begin_ms, end_ms, SPEECH, t->who);
		at_ms = end_ms;
	}
	put(b, at_ms, to_ms, TALK, NULL);
}

static void cut(struct build *b)
{
	GArray *cuts = cuts_of(b);
	int64_t at_ms = 0;

	for (guint i = 0; i < cuts->len; i++) {
		int64_t to_ms = g_array_index(cuts, int64_t, i);
		const struct model_participant *sharer = sharer_at(b, at_ms);

		if (to_ms > at_ms && sharer)
			put(b, at_ms, to_ms, SHARE, sharer);
		else if (to_ms > at_ms)
			cut_stretch(b, at_ms, to_ms);
		at_ms = MAX(at_ms, to_ms);
	}
	g_array_unref(cuts);
}

/* ---- joining ---- */

static bool alike(const struct piece *a, const struct piece *b)
{
	return a->kind == b->kind && a->who == b->who && !b->pause_ms;
}

static void join(struct build *b, guint into, guint gone)
{
	struct piece *p = piece_at(b, into), *g = piece_at(b, gone);

	if (gone < into)
		p->pause_ms = g->pause_ms;
	p->from_ms = MIN(p->from_ms, g->from_ms);
	p->to_ms = MAX(p->to_ms, g->to_ms);
	g_array_remove_index(b->pieces, gone);
}

/** A short piece joins the one before, or the one after it where it comes behind a pause or begins all. Only a share stays what it is. */
static bool join_one(struct build *b, guint i)
{
	const struct piece *p = piece_at(b, i), *next = i + 1 < b->pieces->len ? piece_at(b, i + 1) : NULL;
	bool small = p->kind != SHARE && p->to_ms - p->from_ms < b->least_ms;

	if (next && alike(p, next)) {
		join(b, i, i + 1);
		return true;
	}
	if (small && i > 0 && !p->pause_ms && piece_at(b, i - 1)->kind != SHARE)
		join(b, i - 1, i);
	else if (small && next && !next->pause_ms && next->kind != SHARE)
		join(b, i + 1, i);
	else
		return false;
	return true;
}

static void join_all(struct build *b)
{
	bool again = true;

	while (again) {
		again = false;
		for (guint i = 0; !again && i < b->pieces->len; i++)
			again = join_one(b, i);
	}
}

/* ---- titles ---- */

/** The participant who speaks most in the piece of those not `named` yet, NULL when nobody has enough of it. */
static const struct model_participant *next_speaker(const struct build *b, const struct piece *p, const GPtrArray *named)
{
	int64_t all_ms = turns_within(b->speaking, NULL, p->from_ms, p->to_ms), most_ms = MAX(1, all_ms * NAMED_PERCENT / 100) - 1;
	const struct model_participant *who = NULL;

	for (size_t i = 0; i < b->m->nparticipants; i++) {
		int64_t ms = turns_within(b->speaking, b->m->participants[i], p->from_ms, p->to_ms);

		if (ms > most_ms && !g_ptr_array_find((GPtrArray *)named, b->m->participants[i], NULL)) {
			most_ms = ms;
			who = b->m->participants[i];
		}
	}
	return who;
}

/** "Ann", "Ann and Bob", "Ann, Bob and Cleo", "Ann, Bob, Cleo and others"; "" when nobody speaks. */
static char *names_of(const struct build *b, const struct piece *p)
{
	GPtrArray *named = g_ptr_array_new();
	GString *text = g_string_new(NULL);
	const struct model_participant *who = next_speaker(b, p, named), *next;

	for (; who && named->len < NAMES; who = next) {
		g_ptr_array_add(named, (void *)who);
		next = next_speaker(b, p, named);
		g_string_append_printf(text, "%s%s", named->len == 1 ? "" : next ? ", " : " and ", who->name);
	}
	if (who)
		g_string_append(text, " and others");
	g_ptr_array_unref(named);
	return g_string_free(text, FALSE);
}

/** What a stretch in which nobody is known to speak comes after; all of a recording is called what the recording is. */
static char *silence_of(const struct build *b, guint i)
{
	if (b->pieces->len == 1)
		return g_strdup(b->m->title && *b->m->title ? b->m->title : "Recording");
	if (i == 0)
		return g_strdup("Beginning");
	return g_strdup(piece_at(b, i - 1)->kind == SHARE ? "After the screen" : "Silence");
}

static char *talk_title(const struct build *b, guint i)
{
	char *names = names_of(b, piece_at(b, i));

	if (*names)
		return names;
	g_free(names);
	return silence_of(b, i);
}

static char *length_text(int64_t ms)
{
	if (ms < 90000)
		return g_strdup_printf("%d s", (int)MAX(1, (ms + 500) / 1000));
	return ms < 90 * 60000LL ? g_strdup_printf("%d min", (int)((ms + 30000) / 60000)) : g_strdup_printf("%d h", (int)((ms + 1800000) / 3600000));
}

static char *title_of(const struct build *b, guint i)
{
	const struct piece *p = piece_at(b, i);
	g_autofree char *what = p->kind == TALK ? talk_title(b, i) : g_strconcat(p->who->name, p->kind == SHARE ? " shares a screen" : " speaks", NULL);
	g_autofree char *length = length_text(p->pause_ms), *whole = NULL;

	whole = p->pause_ms ? g_strdup_printf("%s (after a pause of %s)", what, length) : g_steal_pointer(&what);
	return g_utf8_make_valid(whole, -1);
}

/* ---- the whole ---- */

static void build(struct build *b)
{
	struct turns_conf speaking = { .end_ms = b->end_ms, .join_ms = JOIN_MS }, sharing = { .end_ms = b->end_ms, .join_ms = JOIN_MS, .least_ms = b->least_ms / 2 };

	b->speaking = turns_speaking(b->m, &speaking);
	b->sharing = turns_sharing(b->m, &sharing);
	b->pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
	cut(b);
	join_all(b);
}

static void clear(struct build *b)
{
	g_array_unref(b->speaking);
	g_array_unref(b->sharing);
	g_array_unref(b->pieces);
}

static void chapter_free(void *arg)
{
	struct chapter *c = arg;

	g_free(c->title);
	g_free(c);
}

GPtrArray *chapters_create(const struct model *m, int64_t duration_ms)
{
	struct build b = { .m = m, .end_ms = duration_ms, .least_ms = LEAST_MS };
	GPtrArray *chapters = g_ptr_array_new_with_free_func(chapter_free);

	for (build(&b); b.pieces->len > MOST && b.least_ms < duration_ms; build(&b)) {
		clear(&b);
		b.least_ms *= 2;
	}
	for (guint i = 0; i < b.pieces->len; i++) {
		const struct piece *p = piece_at(&b, i);
		struct chapter *c = g_new0(struct chapter, 1);

		c->from_ms = p->from_ms;
		c->to_ms = p->to_ms;
		c->title = title_of(&b, i);
		g_ptr_array_add(chapters, c);
	}
	clear(&b);
	return chapters;
}

char *chapters_text(const GPtrArray *chapters)
{
	GString *text = vtt_begin();

	for (guint i = 0; i < chapters->len; i++) {
		const struct chapter *c = chapters->pdata[i];
		g_autofree char *title = vtt_escape(c->title);

		vtt_cue(text, c->from_ms, c->to_ms, title);
	}
	return g_string_free(text, FALSE);
}
