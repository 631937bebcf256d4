/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the ledger writes and reads: each function of the first kind packs its arguments on the caller's thread (any), the `write_…` beside it
 * unpacks them on the ledger's thread. Queries run on the caller's.
 */
#include <glib.h>
#include "plugins/ledger_entry.h"

static struct ledger_entry *entry(const char *what, int (*write)(struct catalog *c, const struct ledger_entry *e), size_t ns, const char *const *s)
{
	struct ledger_entry *e = g_new0(struct ledger_entry, 1);

	e->what = what;
	e->write = write;
	e->ns = ns;
	e->s = g_new0(char *, ns);
	for (size_t i = 0; i < ns; i++)
		e->s[i] = g_strdup(s[i]);
	return e;
}
#define ENTRY(what, write, ...) entry(what, write, G_N_ELEMENTS(((const char *[]){ __VA_ARGS__ })), (const char *[]){ __VA_ARGS__ })

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
	struct ledger_entry *e = ENTRY("call open", write_call_open, call_id, room, ledger_host(l));

	e->n[0] = started_ms;
	ledger_push(l, e);
}

static int write_call_close(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_call_close(c, e->s[0], e->n[0]);
}

void ledger_call_close(struct ledger *l, const char *call_id, int64_t ended_ms)
{
	struct ledger_entry *e = ENTRY("call close", write_call_close, call_id);

	e->n[0] = ended_ms;
	ledger_push(l, e);
}

static int write_participant(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_participant_put(c, e->s[0], e->s[1], e->s[2], e->s[3], e->s[4], e->n[0], e->n[1]);
}

void ledger_participant(struct ledger *l, const char *call_id, const char *participant, const char *identity, const char *name,
			const char *role, int64_t joined_ms, int64_t left_ms)
{
	struct ledger_entry *e = ENTRY("participant", write_participant, call_id, participant, identity, name, role);

	e->n[0] = joined_ms;
	e->n[1] = left_ms;
	e->minor = true;
	ledger_push(l, e);
}

static int write_recording_insert(struct catalog *c, const struct ledger_entry *e)
{
	struct catalog_new_recording r = { .id = e->s[0], .room = e->s[1], .call_id = e->s[2], .host_id = e->s[3], .title = e->s[4], .layout = e->s[5],
					   .custom = e->s[6], .outputs = e->s[7], .started_ms = e->n[0] };

	return catalog_recording_insert(c, &r);
}

void ledger_recording_insert(struct ledger *l, const struct catalog_new_recording *r)
{
	struct ledger_entry *e = ENTRY("recording", write_recording_insert, r->id, r->room, r->call_id, ledger_host(l), r->title, r->layout, r->custom,
					r->outputs);

	e->n[0] = r->started_ms;
	ledger_push(l, e);
}

static int write_recording_status(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_recording_status(c, e->s[0], e->s[1], e->s[2]);
}

void ledger_recording_status(struct ledger *l, const char *id, const char *status, const char *reason)
{
	ledger_push(l, ENTRY("recording status", write_recording_status, id, status, reason));
}

static int write_compose_live(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_compose_live(c, e->s[0]);
}

void ledger_compose_live(struct ledger *l, const char *id)
{
	ledger_push(l, ENTRY("live job", write_compose_live, id));
}

static int write_recording_stop(struct catalog *c, const struct ledger_entry *e)
{
	struct catalog_stop s = { .stopped_ms = e->n[0], .duration_ms = e->n[1], .elapsed_ms = e->n[2], .bytes = e->n[3], .tracks = (int)e->n[4],
				  .chain_hash = e->s[1], .flags = e->s[2], .reason = e->s[3] };

	return catalog_recording_stop(c, e->s[0], &s);
}

void ledger_recording_stop(struct ledger *l, const char *id, const struct catalog_stop *s)
{
	struct ledger_entry *e = ENTRY("recording stop", write_recording_stop, id, s->chain_hash, s->flags, s->reason);

	e->n[0] = s->stopped_ms;
	e->n[1] = s->duration_ms;
	e->n[2] = s->elapsed_ms;
	e->n[3] = s->bytes;
	e->n[4] = s->tracks;
	ledger_push(l, e);
}

static int write_recording_delete(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_recording_delete(c, e->s[0]);
}

void ledger_recording_delete(struct ledger *l, const char *id)
{
	ledger_push(l, ENTRY("recording delete", write_recording_delete, id));
}

static int write_event(struct catalog *c, const struct ledger_entry *e)
{
	return catalog_event_insert(c, e->s[0], e->n[0], e->s[1], e->payload, "plugin");
}

void ledger_event(struct ledger *l, const char *recording, int64_t seq, const char *type, json_t *payload)
{
	struct ledger_entry *e = ENTRY("event", write_event, recording, type);

	e->n[0] = seq;
	e->payload = json_deep_copy(payload);      /* shared with nobody: another thread reads it */
	json_decref(payload);
	ledger_push(l, e);
}

int ledger_recording_get(struct ledger *l, const char *id, json_t **out)
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_recording_get(c, id, out);
}

int ledger_output_add(struct ledger *l, const struct catalog_new_output *o, int *output)
{
	struct catalog_job job;
	struct catalog *c;
	int err = ledger_reader(l, &c);

	if (!err)
		err = catalog_output_add(c, o, &job);
	*output = err ? 0 : job.output;
	return err;
}

int ledger_output_again(struct ledger *l, const char *recording, int output)
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_output_again(c, recording, output);
}

int ledger_output_cancel(struct ledger *l, const char *recording, int output)
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_output_cancel(c, recording, output);
}

int ledger_recording_list(struct ledger *l, const struct catalog_filter *f, json_t **rows, char next[128])
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_recording_list(c, f, rows, next);
}

int ledger_recording_unclosed(struct ledger *l, json_t **rows)
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_recording_unclosed(c, ledger_host(l), rows);
}
