/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the ledger writes: each function packs its arguments on the caller's thread (any), the `write_…` beside it unpacks them on the ledger's
 * thread. In between an entry is a line of the journal, or waits to be one.
 *
 *	ledger_… ─▶ struct ledger_entry ─▶ {"what":"recording","s":[…],"n":[…]} ─▶ struct ledger_entry ─▶ catalog_…
 */
#include <errno.h>
#include <glib.h>
#include "common/json.h"
#include "plugins/held.h"
#include "plugins/ledger_entry.h"

enum { ARGUMENTS = 9 };      /* the most of a kind; those an older version did not write are NULL */
enum kind {
	CALL_OPEN, CALL_CLOSE, PARTICIPANT, RECORDING, STATUS, LIVE_JOB, STOP, DELETE, EVENT, BEGIN, CONSENT, ACCESS, KINDS
};
/* What they are called in journals, for ever, and what they do. */
struct ledger_kind {
	const char *what;
	int (*write)(struct catalog *c, const struct ledger_entry *e);
};
static const struct ledger_kind kinds[KINDS];

static struct ledger_entry *entry(enum kind kind, size_t ns, const char *const *s)
{
	struct ledger_entry *e = g_new0(struct ledger_entry, 1);

	e->kind = &kinds[kind];
	e->ns = ns;
	e->s = g_new0(char *, ns);
	for (size_t i = 0; i < ns; i++)
		e->s[i] = g_strdup(s[i]);
	return e;
}
#define ENTRY(kind, ...) entry(kind, G_N_ELEMENTS(((const char *[]){ __VA_ARGS__ })), (const char *[]){ __VA_ARGS__ })

/* One about a recording carries the epoch under which this process has it. */
static void push(struct ledger *l, struct ledger_entry *e)
{
	const int64_t *epoch;

	held_take(&l->lock);
	epoch = e->s[0] ? g_hash_table_lookup(l->epochs, e->s[0]) : NULL;
	e->epoch = epoch ? *epoch : 0;
	held_release(&l->lock);
	ledger_push(l, e);
}

void ledger_recording_epoch(struct ledger *l, const char *id, int64_t epoch)
{
	int64_t *value = g_new(int64_t, 1);

	*value = epoch;
	held_take(&l->lock);
	g_hash_table_replace(l->epochs, g_strdup(id), value);
	held_release(&l->lock);
}

void ledger_entry_free(struct ledger_entry *e)
{
	for (size_t i = 0; i < e->ns; i++)
		g_free(e->s[i]);
	g_free(e->s);
	json_decref(e->payload);
	g_free(e);
}

static int write_call_open(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_call_open(c, e->s[0], e->s[1], e->s[2], e->n[0]);
}

void ledger_call_open(struct ledger *l, const char *call_id, const char *room, int64_t started_ms)
{
	struct ledger_entry *e = ENTRY(CALL_OPEN, call_id, room, ledger_host(l));

	e->n[0] = started_ms;
	push(l, e);
}

/* A claim whose answer was lost on the way may never have arrived. */
static int write_call_close(struct catalog *c, const struct ledger_entry *e)
{
	int err = catalog_call_close(c, e->s[0], e->n[0]);

	return err == -ENOENT ? 0 : err;
}

void ledger_call_close(struct ledger *l, const char *call_id, int64_t ended_ms)
{
	struct ledger_entry *e = ENTRY(CALL_CLOSE, call_id);

	e->n[0] = ended_ms;
	push(l, e);
}

static int write_participant(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_participant_put(c, e->s[0], e->s[1], e->s[2], e->s[3], e->s[4], e->n[0], e->n[1]);
}

void ledger_participant(struct ledger *l, const char *call_id, const char *participant, const char *identity, const char *name,
			const char *role, int64_t joined_ms, int64_t left_ms)
{
	struct ledger_entry *e = ENTRY(PARTICIPANT, call_id, participant, identity, name, role);

	e->n[0] = joined_ms;
	e->n[1] = left_ms;
	e->minor = true;
	push(l, e);
}

static int write_recording_insert(struct catalog *c, const struct ledger_entry *e)
{
	struct catalog_new_recording r = { .id = e->s[0], .room = e->s[1], .call_id = e->s[2], .host_id = e->s[3], .title = e->s[4], .layout = e->s[5],
					   .custom = e->s[6], .outputs = e->s[7], .continues = e->s[8],
					   .started_ms = e->n[0], .keep_outputs_days = (int)e->n[1], .keep_chunks_days = (int)e->n[2] };

	return catalog_recording_insert(c, &r);
}

void ledger_recording_insert(struct ledger *l, const struct catalog_new_recording *r)
{
	struct ledger_entry *e = ENTRY(RECORDING, r->id, r->room, r->call_id, ledger_host(l), r->title, r->layout, r->custom,
				       r->outputs, r->continues);

	e->n[0] = r->started_ms;
	e->n[1] = r->keep_outputs_days;
	e->n[2] = r->keep_chunks_days;
	ledger_recording_epoch(l, r->id, 1);
	push(l, e);
}

static int write_recording_status(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_recording_move(c, e->s[0], e->epoch, e->s[1], e->s[2]);
}

void ledger_recording_status(struct ledger *l, const char *id, const char *status, const char *reason)
{
	push(l, ENTRY(STATUS, id, status, reason));
}

static int write_compose_live(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_compose_live(c, e->s[0]);
}

void ledger_compose_live(struct ledger *l, const char *id)
{
	push(l, ENTRY(LIVE_JOB, id));
}

static int write_recording_stop(struct catalog *c, const struct ledger_entry *e)
{
	struct catalog_stop s = { .stopped_ms = e->n[0], .duration_ms = e->n[1], .elapsed_ms = e->n[2], .bytes = e->n[3], .tracks = (int)e->n[4],
				  .chain_hash = e->s[1], .flags = e->s[2], .reason = e->s[3], .epoch = e->epoch };

	return catalog_recording_stop(c, e->s[0], &s);
}

void ledger_recording_stop(struct ledger *l, const char *id, const struct catalog_stop *s)
{
	struct ledger_entry *e = ENTRY(STOP, id, s->chain_hash, s->flags, s->reason);

	e->n[0] = s->stopped_ms;
	e->n[1] = s->duration_ms;
	e->n[2] = s->elapsed_ms;
	e->n[3] = s->bytes;
	e->n[4] = s->tracks;
	push(l, e);
	held_take(&l->lock);
	g_hash_table_remove(l->epochs, id);
	held_release(&l->lock);
}

static int write_recording_delete(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_recording_delete(c, e->s[0]);
}

void ledger_recording_delete(struct ledger *l, const char *id)
{
	ledger_push(l, ENTRY(DELETE, id));
}

static int write_consent(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_consent_put(c, e->s[0], e->s[1], e->s[2], e->n[0], e->n[1]);
}

void ledger_consent(struct ledger *l, const char *recording, const char *participant, const char *state, int64_t told_ms, int64_t at_ms)
{
	struct ledger_entry *e = ENTRY(CONSENT, recording, participant, state);

	e->n[0] = told_ms;
	e->n[1] = at_ms;
	e->minor = true;
	push(l, e);
}

static int write_access(struct catalog *c, const struct ledger_entry *e)
{
	int action = access_action_find(e->s[1]);
	const struct catalog_access a = { .at_ms = e->n[0], .action = (enum access_action)action, .recording = e->s[0], .item = e->s[2], .actor = e->s[3] };

	return action < 0 ? action : catalog_access_once(c, &a);
}

void ledger_access(struct ledger *l, const struct catalog_access *a)
{
	struct ledger_entry *e = ENTRY(ACCESS, a->recording, access_actions[a->action], a->item, a->actor);

	e->n[0] = a->at_ms;
	e->minor = true;
	push(l, e);
}

static int write_event(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_event_put(c, e->s[0], e->epoch, e->n[0], e->s[1], e->payload, "plugin");
}

void ledger_event(struct ledger *l, const char *recording, int64_t seq, const char *type, json_t *payload)
{
	struct ledger_entry *e = ENTRY(EVENT, recording, type);

	e->n[0] = seq;
	e->payload = json_deep_copy(payload);      /* shared with nobody: another thread reads it */
	json_decref(payload);
	push(l, e);
}

static int write_begin(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_host_begin(c, e->s[0], e->n[0]);
}

void ledger_push_begin(struct ledger *l)
{
	struct ledger_entry *e = ENTRY(BEGIN, ledger_host(l));

	e->n[0] = l->begun_ms;
	ledger_push(l, e);
}

static const struct ledger_kind kinds[KINDS] = {
	[CALL_OPEN] = { "call open", write_call_open },
	[CALL_CLOSE] = { "call close", write_call_close },
	[PARTICIPANT] = { "participant", write_participant },
	[RECORDING] = { "recording", write_recording_insert },
	[STATUS] = { "recording status", write_recording_status },
	[LIVE_JOB] = { "live job", write_compose_live },
	[STOP] = { "recording stop", write_recording_stop },
	[DELETE] = { "recording delete", write_recording_delete },
	[EVENT] = { "event", write_event },
	[BEGIN] = { "host begin", write_begin },
	[CONSENT] = { "consent", write_consent },
	[ACCESS] = { "access", write_access },
};

const char *ledger_entry_what(const struct ledger_entry *e)
{
	return e->kind->what;
}

int ledger_entry_write(struct catalog *c, const struct ledger_entry *e)
{
	return e->kind->write(c, e);
}

char *ledger_entry_line(const struct ledger_entry *e)
{
	json_t *o = json_pack("{ss}", "what", e->kind->what), *s = json_array(), *n = json_array();
	char *line;

	for (size_t i = 0; i < e->ns; i++)
		json_array_append_new(s, e->s[i] ? json_string(e->s[i]) : json_null());
	for (size_t i = 0; i < ENTRY_NUMBERS; i++)
		json_array_append_new(n, json_integer(e->n[i]));
	json_object_set_new(o, "s", s);
	json_object_set_new(o, "n", n);
	json_object_set_new(o, "epoch", json_integer(e->epoch));
	if (e->payload)
		json_object_set(o, "payload", e->payload);
	line = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return line;
}

static enum kind kind_of(const char *what)
{
	enum kind k = 0;

	while (k < KINDS && g_strcmp0(kinds[k].what, what))
		k++;
	return k;
}

struct ledger_entry *ledger_entry_of(const char *line)
{
	json_t *o = json_loads(line, 0, NULL), *s = json_object_get(o, "s"), *v;
	enum kind kind = kind_of(json_str(o, "what"));
	struct ledger_entry *e = NULL;
	size_t i;

	if (kind < KINDS) {
		e = g_new0(struct ledger_entry, 1);
		e->kind = &kinds[kind];
		e->ns = json_array_size(s);
		e->s = g_new0(char *, MAX(e->ns, ARGUMENTS));
		json_array_foreach(s, i, v)
			e->s[i] = g_strdup(json_string_value(v));
		for (i = 0; i < ENTRY_NUMBERS; i++)
			e->n[i] = json_integer_value(json_array_get(json_object_get(o, "n"), i));
		e->epoch = json_num(o, "epoch", 0);
		e->payload = json_incref(json_object_get(o, "payload"));
	}
	json_decref(o);
	return e;
}
