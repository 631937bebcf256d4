/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decisions of the gate. Called by entry.c and lobby.c under the room's lock, and by the requests; no state.
 *
 *   kicked? ─▶ denied    host, known, admitted? ─▶ in    locked? ─▶ refused    admission ─▶ in, or waits for a host, or for a host's yes
 */
#include <glib.h>
#include <string.h>
#include "common/json.h"
#include "common/token.h"
#include "plugins/gate.h"

enum { GRACE_MAX_S = 3600, ACTS = GRANT_RECORD | GRANT_DELETE | GRANT_ADMIT };

static const char *const admissions[] = { "open", "host", "lobby", NULL };
static const char *const leavings[] = { "continue", "stop", "end_call", NULL };

void gate_conf_of(struct gate_conf *g, const struct settings_room *conf)
{
	*g = (struct gate_conf){ .admission = conf->admission, .host_leaves = conf->host_leaves, .host_grace_s = conf->host_grace_s,
				 .locked = conf->locked, .listed = conf->listed };
}

const char *gate_admission_word(int admission)
{
	return admissions[admission];
}

static json_t *member(json_t *body, const char *prefix, const char *key)
{
	char name[48];

	g_snprintf(name, sizeof(name), "%s%s", prefix, key);
	return json_object_get(body, name);
}

static bool read_word(json_t *value, const char *const *words, int *out)
{
	if (!value)
		return true;
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], json_string_value(value))) {
			*out = i;
			return true;
		}
	return false;
}

static bool read_grace(json_t *value, int *out)
{
	json_int_t n = json_integer_value(value);

	if (value && (n < 0 || n > GRACE_MAX_S))
		return false;
	*out = value ? (int)n : *out;
	return true;
}

static void read_flag(json_t *value, bool *out)
{
	if (value)
		*out = json_is_true(value);
}

bool gate_conf_read(struct gate_conf *g, json_t *body, const char *prefix, char *why, size_t why_size)
{
	struct gate_conf c = *g;

	if (!read_word(member(body, prefix, "admission"), admissions, &c.admission)) {
		g_snprintf(why, why_size, "%sadmission is open, host or lobby.", prefix);
		return false;
	}
	if (!read_word(member(body, prefix, "host_leaves"), leavings, &c.host_leaves)) {
		g_snprintf(why, why_size, "%shost_leaves is continue, stop or end_call.", prefix);
		return false;
	}
	if (!read_grace(member(body, prefix, "host_grace_s"), &c.host_grace_s)) {
		g_snprintf(why, why_size, "%shost_grace_s must be between 0 and %d.", prefix, GRACE_MAX_S);
		return false;
	}
	read_flag(member(body, prefix, "locked"), &c.locked);
	read_flag(member(body, prefix, "listed"), &c.listed);
	*g = c;
	return true;
}

static enum gate_way by_admission(const struct gate_question *q)
{
	switch (q->admission) {
	case GATE_OPEN:
		return q->resembles ? GATE_WAIT_LOBBY : GATE_ENTER;
	case GATE_HOST:
		return q->resembles ? GATE_WAIT_LOBBY : q->host_here ? GATE_ENTER : GATE_WAIT_HOST;
	case GATE_LOBBY:
		return GATE_WAIT_LOBBY;
	default:
		return GATE_DENIED;
	}
}

enum gate_way gate_decide(const struct gate_question *q)
{
	if (q->kicked)
		return GATE_DENIED;
	if (q->host || q->known || q->admitted)
		return GATE_ENTER;
	return q->locked ? GATE_LOCKED : by_admission(q);
}

enum app_error gate_error(enum gate_way way)
{
	static const enum app_error errors[] = {
		[GATE_DENIED] = APP_DENIED, [GATE_LOCKED] = APP_LOCKED, [GATE_WAIT_HOST] = APP_NO_HOST, [GATE_WAIT_LOBBY] = APP_WAITING, [GATE_ENTER] = APP_OK,
	};

	return (unsigned)way < G_N_ELEMENTS(errors) ? errors[way] : APP_DENIED;
}

/* What a host with these grants may do: all, where they say nothing of it. */
static unsigned rights(unsigned grants)
{
	return grants & (GRANTS_HOST | GRANT_ONLY) ? grants & GRANTS_HOST : (unsigned)GRANTS_HOST;
}

bool gate_promote(unsigned own, unsigned giver, unsigned *out)
{
	unsigned both = rights(own) & rights(giver), rest = own & ~(unsigned)GRANTS_HOST;

	*out = both == GRANTS_HOST && !(own & GRANT_ONLY) ? rest : rest | both;
	return both & ACTS;
}

enum gate_leaves gate_absent(struct gate_absence *a, const struct gate_conf *conf, int64_t now_us)
{
	if (!a->since_us || a->answered || now_us - a->since_us < (int64_t)conf->host_grace_s * 1000000)
		return GATE_CONTINUE;
	a->answered = true;
	return (enum gate_leaves)conf->host_leaves;
}
