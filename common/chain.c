/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads a recording's lines and files with suspicion and notes every lead. Called by `recroom-pp verify` and `repair` on the main thread.
 */
#include "common/chain.h"

#include <errno.h>
#include <string.h>
#include "common/chain_leads.h"
#include "common/json.h"
#include "common/sign.h"

enum { RECENT = 1024, ERASURES = 4096 };

struct run { unsigned from, to; };                     /* indexes of a segment that have lines, both included */
struct erasure { char *participant, *source; int64_t from_ms, to_ms; };        /* source NULL: all */

static const char *const kind_names[] = {
	[CHAIN_MISSING] = "missing", [CHAIN_ALTERED] = "altered", [CHAIN_INSERTED] = "inserted", [CHAIN_MOVED] = "moved",
	[CHAIN_UNREADABLE] = "unreadable", [CHAIN_TRUNCATED] = "truncated", [CHAIN_UNSIGNED] = "unsigned", [CHAIN_BAD_SIGNATURE] = "bad_signature",
};
static const char *const what_names[] = {
	[CHAIN_FILE] = "file", [CHAIN_LINE] = "line", [CHAIN_TIMELINE] = "timeline", [CHAIN_OUTPUT] = "output",
};
static const char *const signature_names[] = {
	[CHAIN_NOT_SIGNED] = "none", [CHAIN_SIGNED] = "valid", [CHAIN_SIGNED_BY_OTHER] = "other_key", [CHAIN_SIGNED_WRONG] = "wrong",
};

const char *chain_kind_name(enum chain_kind kind)
{
	return kind_names[kind];
}

const char *chain_what_name(enum chain_what what)
{
	return what_names[what];
}

const char *chain_signature_name(enum chain_signature s)
{
	return signature_names[s];
}

static void free_erasure(void *p)
{
	struct erasure *e = p;

	g_free(e->participant);
	g_free(e->source);
	g_free(e);
}

static void free_runs(void *p)
{
	g_array_unref(p);
}

struct chain *chain_create(const struct chain_conf *conf)
{
	struct chain *c = g_new0(struct chain, 1);

	c->conf = *conf;
	links_init(&c->links);
	c->leads = g_array_new(FALSE, TRUE, sizeof(struct lead));
	c->tracks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	c->named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_runs);
	c->erased = g_ptr_array_new_with_free_func(free_erasure);
	c->recent = g_array_new(FALSE, TRUE, sizeof(struct chain_recent));
	c->block_line = 1;
	c->chunk_ms = 1000;
	return c;
}

void chain_unref(struct chain **cp)
{
	struct chain *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	links_done(&c->links);
	g_array_unref(c->leads);
	g_hash_table_unref(c->tracks);
	g_hash_table_unref(c->named);
	g_ptr_array_unref(c->erased);
	g_array_unref(c->recent);
	g_free(c);
}

const struct chain_summary *chain_summary(const struct chain *c)
{
	return &c->sum;
}

static const char *text(json_t *o, const char *key)
{
	const char *s = json_str(o, key);

	return s ? s : "";
}

/* A new lead, or one to be forgotten when there are too many. */
static struct lead *add_lead(struct chain *c, enum lead_cause cause, enum chain_kind kind, enum chain_what what, unsigned line, int64_t t_ms)
{
	struct lead *l = &c->surplus;

	if (c->leads->len < CHAIN_LEADS) {
		g_array_set_size(c->leads, c->leads->len + 1);
		l = lead_at(c, c->leads->len - 1);
	} else {
		c->more++;
	}
	*l = (struct lead){ .cause = cause, .f = { .kind = kind, .what = what, .line = line, .t_ms = t_ms } };
	return l;
}

static struct lead *add_line_lead(struct chain *c, enum lead_cause cause, enum chain_kind kind, const struct timeline_line *line, const char *why)
{
	struct lead *l = add_lead(c, cause, kind, CHAIN_LINE, line->number, line->o ? line->t_ms : -1);

	g_strlcpy(l->f.why, why, sizeof(l->f.why));
	return l;
}

/* ---- the first pass ---- */

static void note_erasure(struct chain *c, const struct timeline_line *line)
{
	struct erasure *e;

	if (c->erased->len == ERASURES)
		return;
	e = g_new0(struct erasure, 1);
	e->participant = g_strdup(text(line->o, "participant"));
	e->source = g_strdup(json_str(line->o, "source"));
	e->from_ms = line->type == TL_GAP ? line->t_ms : json_num(line->o, "from_ms", 0);
	e->to_ms = json_num(line->o, "to_ms", INT64_MAX);
	g_ptr_array_add(c->erased, e);
}

static bool has_flag(json_t *o, const char *flag)
{
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(o, "flags"), i, v) {
		if (!g_strcmp0(json_string_value(v), flag))
			return true;
	}
	return false;
}

static void survey_chunk(struct chain *c, json_t *o)
{
	int64_t bytes = json_num(o, "bytes", 0);

	c->sum.chunks++;
	c->sum.until_ms = MAX(c->sum.until_ms, json_num(o, "end_ms", 0));
	if (bytes > 0 && bytes < INT64_MAX - c->sum.bytes)
		c->sum.bytes += bytes;
}

int chain_survey(struct chain *c, const struct timeline_line *line)
{
	c->sum.lines++;
	if (line->type == TL_ERASED || (line->type == TL_GAP && !strcmp(text(line->o, "reason"), "erased")))
		note_erasure(c, line);
	if (line->type == TL_CHUNK)
		survey_chunk(c, line->o);
	if (line->type == TL_STOP && !c->sum.closed) {
		c->sum.closed = true;
		c->sum.interrupted = has_flag(line->o, "interrupted");
		c->sum.until_ms = json_num(line->o, "duration_ms", line->t_ms);
	}
	c->sum.repaired += line->type == TL_REPAIRED;
	c->expired |= line->type == TL_EXPIRED;
	return 0;
}

static bool was_erased(const struct chain *c, const struct chunk_name *name, int64_t from_ms, int64_t end_ms)
{
	for (guint i = 0; i < c->erased->len; i++) {
		const struct erasure *e = c->erased->pdata[i];

		if (!strcmp(e->participant, name->participant) && (!e->source || !strcmp(e->source, name->source)) && e->from_ms <= from_ms &&
		    end_ms <= e->to_ms)
			return true;
	}
	return false;
}

/* ---- which chunks have lines ---- */

static char *segment_key(const struct chunk_name *n)
{
	return g_strdup_printf("%s_%s_%u", n->participant, n->source, n->segment);
}

/* The place of the first run that ends at `index` or behind it */
static guint run_place(const GArray *runs, unsigned index)
{
	guint from = 0, to = runs->len;

	while (from < to) {
		guint mid = from + (to - from) / 2;

		if (g_array_index(runs, struct run, mid).to < index)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static bool in_runs(const GArray *runs, unsigned index)
{
	guint at = runs ? run_place(runs, index) : 0;

	return runs && at < runs->len && g_array_index(runs, struct run, at).from <= index;
}

bool chain_knows(const struct chain *c, const struct chunk_name *name)
{
	char *key = segment_key(name);
	bool found = in_runs(g_hash_table_lookup(c->named, key), name->index);

	g_free(key);
	return found;
}

/* False when it was there before. */
static bool add_named(struct chain *c, const struct chunk_name *name)
{
	char *key = segment_key(name);
	GArray *runs = g_hash_table_lookup(c->named, key);
	struct run *last;

	if (!runs) {
		runs = g_array_new(FALSE, FALSE, sizeof(struct run));
		g_hash_table_insert(c->named, g_strdup(key), runs);
	}
	g_free(key);
	last = runs->len ? &g_array_index(runs, struct run, runs->len - 1) : NULL;
	if (in_runs(runs, name->index))
		return false;
	if (last && name->index == last->to + 1)
		last->to++;
	else
		g_array_insert_vals(runs, run_place(runs, name->index), &(struct run){ name->index, name->index }, 1);
	return true;
}

static struct chain_track *track_of(struct chain *c, const char *participant, const char *source)
{
	char *key = g_strdup_printf("%s_%s", participant, source);
	struct chain_track *t = g_hash_table_lookup(c->tracks, key);

	if (!t) {
		t = g_new0(struct chain_track, 1);
		g_hash_table_insert(c->tracks, g_strdup(key), t);
	}
	g_free(key);
	return t;
}

/* ---- links between chunk lines ---- */

static struct chain_recent *recent_at(const struct chain *c, guint i)
{
	return &g_array_index(c->recent, struct chain_recent, i);
}

static void add_recent(struct chain *c, const struct timeline_line *line, const char *file)
{
	struct chain_recent r = { .line = line->number, .t_ms = line->t_ms };

	g_strlcpy(r.sha256, c->links.chunk, sizeof(r.sha256));
	g_strlcpy(r.file, file, sizeof(r.file));
	if (c->recent->len == RECENT)
		g_array_remove_range(c->recent, 0, RECENT / 2);
	g_array_append_val(c->recent, r);
}

/* The first chunk line behind the one whose hash is `prev`, or NULL. */
static const struct chain_recent *behind(const struct chain *c, const char *prev)
{
	for (guint i = c->recent->len; i-- > 0;) {
		if (!strcmp(recent_at(c, i)->sha256, prev))
			return i + 1 < c->recent->len ? recent_at(c, i + 1) : NULL;
	}
	return !prev[0] && c->recent->len && c->recent->len < RECENT / 2 ? recent_at(c, 0) : NULL;
}

static void check_link(struct chain *c, const struct timeline_line *line, const char *file)
{
	const char *prev = json_str(line->o, "prev");
	const struct chain_recent *r;
	struct lead *l;

	if (!g_strcmp0(prev, c->links.chunk) || c->leads->len == CHAIN_LEADS)
		return;
	r = prev ? behind(c, prev) : NULL;
	if (r) {
		l = add_lead(c, LEAD_BACK, CHAIN_INSERTED, CHAIN_LINE, r->line, r->t_ms);
		g_strlcpy(l->f.file, r->file, sizeof(l->f.file));
		g_snprintf(l->f.why, sizeof(l->f.why), "the line was put in: line %u goes on from the one before it", line->number);
		l->before = line->number;
		g_strlcpy(l->last, file, sizeof(l->last));
		return;
	}
	l = add_line_lead(c, LEAD_LINK, CHAIN_ALTERED, line, "");
	l->before = c->last_chunk;
	g_strlcpy(l->f.file, file, sizeof(l->f.file));
}

/* ---- chunks ---- */

static int chunk_of_line(json_t *o, struct chunk_name *name)
{
	const char *file = text(o, "file");
	char canonical[NAME_SIZE];

	if (chunk_name_parse(name, file) || strcmp(name->participant, text(o, "participant")) || strcmp(name->source, text(o, "source")) ||
	    name->segment != json_num(o, "segment", -1) || name->index != json_num(o, "index", -1))
		return -EBADMSG;
	chunk_name_format(canonical, name);
	return strcmp(canonical, file) ? -EBADMSG : 0;
}

static struct lead *file_lead(struct chain *c, const struct timeline_line *line, enum lead_cause cause, enum chain_kind kind, const char *why)
{
	struct lead *l = add_lead(c, cause, kind, CHAIN_FILE, line->number, line->t_ms);

	g_strlcpy(l->f.file, text(line->o, "file"), sizeof(l->f.file));
	g_strlcpy(l->want, text(line->o, "sha256"), sizeof(l->want));
	g_strlcpy(l->f.why, why, sizeof(l->f.why));
	return l;
}

static void check_previous(struct chain *c, const struct timeline_line *line, const struct chain_track *t, const struct chain_file *f)
{
	struct lead *l;

	if (!f->previous[0] || t->excused || !strcmp(f->previous, t->sha256))
		return;
	l = file_lead(c, line, LEAD_GONE, CHAIN_MISSING, "");
	l->before = t->line;
	memcpy(l->last, t->file, sizeof(l->last));
	g_strlcpy(l->want, f->previous, sizeof(l->want));
}

static int check_file(struct chain *c, const struct timeline_line *line, const struct chunk_name *name, const struct chain_track *t)
{
	struct chain_file f = { "", "" };
	const char *file = text(line->o, "file");
	int err = c->conf.look(file, &f, c->conf.arg);

	if (err == -ECANCELED)
		return err;
	if (err == -ENOENT && was_erased(c, name, line->t_ms, json_num(line->o, "end_ms", line->t_ms)))
		c->sum.erased++;
	else if (err == -ENOENT && c->expired)
		c->sum.expired++;
	else if (err == -ENOENT)
		file_lead(c, line, LEAD_FILE_MISSING, CHAIN_MISSING, "the file is not there");
	else if (err)
		file_lead(c, line, LEAD_FILE_UNREADABLE, CHAIN_UNREADABLE, "the file cannot be read");
	else if (strcmp(f.sha256, text(line->o, "sha256")))
		g_strlcpy(file_lead(c, line, LEAD_FILE_ALTERED, CHAIN_ALTERED, "the file is not the one that was written")->got, f.sha256, SHA256_HEX);
	else
		check_previous(c, line, t, &f);
	return 0;
}

static int on_chunk(struct chain *c, const struct timeline_line *line)
{
	const char *file = text(line->o, "file");
	struct chunk_name name;
	struct chain_track *t;
	int err;

	if (chunk_of_line(line->o, &name)) {
		add_line_lead(c, LEAD_LINE_BAD, CHAIN_ALTERED, line, "the line names no chunk");
		return 0;
	}
	if (!add_named(c, &name)) {
		g_strlcpy(add_line_lead(c, LEAD_TWICE, CHAIN_INSERTED, line, "the chunk has a line before this one")->f.file, file, NAME_SIZE);
		return 0;
	}
	check_link(c, line, file);
	t = track_of(c, name.participant, name.source);
	err = check_file(c, line, &name, t);
	/* A repaired chunk: its successor knows it as it was. */
	g_strlcpy(t->sha256, text(line->o, json_str(line->o, "was") ? "was" : "sha256"), sizeof(t->sha256));
	g_strlcpy(t->file, file, sizeof(t->file));
	t->line = line->number;
	t->excused = false;
	return err;
}

/* ---- other lines ---- */

static void on_gap(struct chain *c, const struct timeline_line *line)
{
	static const char *const reasons[] = { "disk", "missing", "erased", NULL };

	if (g_strv_contains(reasons, text(line->o, "reason")))
		track_of(c, text(line->o, "participant"), text(line->o, "source"))->excused = true;
}

static void check_block(struct chain *c, const struct timeline_line *line)
{
	const char *block = json_str(line->o, "block");
	char got[SHA256_HEX];

	if (!block || c->ended)
		return;
	sha256_peek(c->links.block, got);
	if (strcmp(block, got))
		add_line_lead(c, LEAD_BLOCK, CHAIN_ALTERED, line, "")->before = c->block_line;
}

static void on_signature(struct chain *c, const struct timeline_line *line)
{
	const char *key = text(line->o, "key"), *chain = text(line->o, "chain");
	char got[SHA256_HEX];
	bool trusted = !c->conf.keys || g_strv_contains((const char *const *)c->conf.keys, key);

	sha256_peek(c->links.all, got);
	g_strlcpy(c->sum.key, key, sizeof(c->sum.key));
	if (strcmp(chain, got) || sign_verify(key, chain, text(line->o, "sig"))) {
		c->sum.signature = CHAIN_SIGNED_WRONG;
		add_line_lead(c, LEAD_OTHER, CHAIN_BAD_SIGNATURE, line, strcmp(chain, got) ? "the signature is of other lines than those above it"
											 : "the signature is not by the key it names");
	} else if (!trusted) {
		c->sum.signature = CHAIN_SIGNED_BY_OTHER;
		add_line_lead(c, LEAD_OTHER, CHAIN_BAD_SIGNATURE, line, "signed with a key that is not among those given");
	} else if (c->sum.signature == CHAIN_NOT_SIGNED) {
		c->sum.signature = CHAIN_SIGNED;
	}
}

/* What may stand behind the stop line */
static bool may_follow(const struct timeline_line *line)
{
	return !line->o || line->type == TL_UNKNOWN || line->type == TL_SIGNATURE || line->type == TL_ERASED || line->type == TL_EXPIRED ||
	       (line->type == TL_GAP && !strcmp(text(line->o, "reason"), "erased"));
}

static int dispatch(struct chain *c, const struct timeline_line *line)
{
	if (!line->o)
		add_line_lead(c, LEAD_LINE_BAD, CHAIN_UNREADABLE, line, "the line cannot be read");
	else if (!c->started && line->type != TL_START)
		add_line_lead(c, LEAD_OTHER, CHAIN_MISSING, line, "the start line is not there");
	if (!c->started && line->type == TL_START)
		c->chunk_ms = CLAMP(json_num(line->o, "chunk_ms", 1000), 1, 60000);
	c->started = true;
	if (c->ended && !may_follow(line))
		add_line_lead(c, LEAD_BEHIND, CHAIN_INSERTED, line, "nothing of the kind comes behind the end");
	else if (links_has_block(line->type))
		check_block(c, line);
	else if (line->type == TL_CHUNK)
		return on_chunk(c, line);
	else if (line->type == TL_GAP)
		on_gap(c, line);
	else if (line->type == TL_SIGNATURE)
		on_signature(c, line);
	return 0;
}

int chain_line(struct chain *c, const struct timeline_line *line)
{
	int err = dispatch(c, line), bad;

	if (err)
		return err;
	bad = links_take(&c->links, line);
	if (line->type == TL_CHUNK) {
		add_recent(c, line, text(line->o, "file"));
		c->last_chunk = line->number;
	}
	if (line->type == TL_SEALED)
		c->block_line = line->number;
	c->ended |= line->type == TL_STOP;
	return bad;
}

int chain_stray(struct chain *c, const char *file)
{
	struct chain_file f = { "", "" };
	struct lead *l;
	int err = c->conf.look(file, &f, c->conf.arg);

	if (err == -ECANCELED)
		return err;
	l = add_lead(c, LEAD_STRAY, CHAIN_INSERTED, CHAIN_FILE, 0, -1);
	g_strlcpy(l->f.file, file, sizeof(l->f.file));
	g_strlcpy(l->f.why, "no line names this file", sizeof(l->f.why));
	memcpy(l->got, f.sha256, sizeof(l->got));
	memcpy(l->previous, f.previous, sizeof(l->previous));
	return 0;
}

static void other(struct chain *c, enum chain_kind kind, const char *why)
{
	struct lead *l = add_lead(c, LEAD_OTHER, kind, CHAIN_TIMELINE, 0, -1);

	g_strlcpy(l->f.why, why, sizeof(l->f.why));
}

/* What only the whole tells */
static void check_end(struct chain *c, int64_t tail)
{
	bool known = c->conf.chain && c->conf.chain[0] && !(c->conf.chain_before_repair && c->sum.repaired);

	if (tail > 0 && c->sum.closed)
		other(c, CHAIN_INSERTED, "there is an unfinished line behind the end");
	if (known && !c->sum.closed)
		other(c, CHAIN_TRUNCATED, "its end was cut off: the recording was closed once");
	else if (known && strcmp(c->conf.chain, c->sum.chain))
		other(c, CHAIN_ALTERED, "the chain hash is not the one that is known");
	if (c->conf.keys && c->sum.signature == CHAIN_NOT_SIGNED)
		other(c, CHAIN_UNSIGNED, "there is no signature");
}

void chain_finish(struct chain *c, int64_t tail)
{
	memcpy(c->sum.chain, c->links.closed, sizeof(c->sum.chain));
	check_end(c, tail);
	chain_resolve(c);
}

size_t chain_count(const struct chain *c, size_t *more)
{
	*more = c->more;
	return c->leads->len;
}

const struct chain_finding *chain_finding(const struct chain *c, size_t i)
{
	return &lead_at(c, (guint)i)->f;
}
