/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a room wants to be recorded. Called on task threads and at the start; no state.
 */
#include <glib.h>
#include <string.h>
#include "common/json.h"
#include "plugins/room_policy.h"

static const char *const policy_names[] = { [CONSENT_NOTICE] = "notice", [CONSENT_REQUIRE] = "require" };

static const struct count {
	const char *key;
	size_t offset;
	int max;
} counts[] = {
	{ "auto_stop_empty_s", offsetof(struct room_policy, auto_stop_empty_s), 86400 },
	{ "max_recording_s", offsetof(struct room_policy, max_recording_s), 604800 },
	{ "quota_recordings", offsetof(struct room_policy, quota_recordings), 1000000 },
	{ "quota_mb", offsetof(struct room_policy, quota_mb), 1000000000 },
	{ "keep_chunks_days", offsetof(struct room_policy, keep_chunks_days), 36500 },
	{ "keep_outputs_days", offsetof(struct room_policy, keep_outputs_days), 36500 },
};

const char *consent_policy_name(enum consent_policy policy)
{
	return policy_names[policy];
}

void room_policy_of(struct room_policy *p, const struct settings_room *conf)
{
	*p = (struct room_policy){ .consent = (enum consent_policy)conf->consent, .auto_record = conf->auto_record,
				   .auto_stop_empty_s = conf->auto_stop_empty_s, .max_recording_s = conf->max_recording_s,
				   .quota_recordings = conf->quota_recordings, .quota_mb = conf->quota_mb,
				   .keep_chunks_days = conf->keep_chunks_days, .keep_outputs_days = conf->keep_outputs_days };
	g_strlcpy(p->consent_text, conf->consent_text ? conf->consent_text : "", sizeof(p->consent_text));
	g_strlcpy(p->consent_url, conf->consent_url ? conf->consent_url : "", sizeof(p->consent_url));
}

/* What the body is asked with: names have a prefix, and a wrong value a sentence. */
struct reading { json_t *body; const char *prefix; char *why; size_t why_size; };

static json_t *member(const struct reading *r, const char *key)
{
	char name[48];

	g_snprintf(name, sizeof(name), "%s%s", r->prefix, key);
	return json_object_get(r->body, name);
}

static bool read_consent(struct room_policy *p, const struct reading *r)
{
	const char *word = json_string_value(member(r, "consent"));

	for (size_t i = 0; word && i < G_N_ELEMENTS(policy_names); i++) {
		if (strcmp(word, policy_names[i]))
			continue;
		p->consent = (enum consent_policy)i;
		return true;
	}
	if (word)
		g_snprintf(r->why, r->why_size, "%sconsent is notice or require.", r->prefix);
	return !word;
}

static bool read_text(char *out, size_t size, glong max, const char *key, const struct reading *r)
{
	const char *text = json_string_value(member(r, key));

	if (!text)
		return true;
	if (g_utf8_strlen(text, -1) > max || strlen(text) >= size) {
		g_snprintf(r->why, r->why_size, "%s%s may have %ld characters.", r->prefix, key, max);
		return false;
	}
	g_strlcpy(out, text, size);
	return true;
}

static bool read_count(struct room_policy *p, const struct count *c, const struct reading *r)
{
	json_t *value = member(r, c->key);
	json_int_t n = json_integer_value(value);

	if (n < 0 || n > c->max) {
		g_snprintf(r->why, r->why_size, "%s%s must be between 0 and %d.", r->prefix, c->key, c->max);
		return false;
	}
	if (value)
		*(int *)((char *)p + c->offset) = (int)n;
	return true;
}

bool room_policy_read(struct room_policy *p, json_t *body, const char *prefix, char *why, size_t why_size)
{
	const struct reading r = { body, prefix, why, why_size };
	json_t *automatic = member(&r, "auto_record");
	bool good = read_consent(p, &r) && read_text(p->consent_text, sizeof(p->consent_text), CONSENT_TEXT_MAX, "consent_text", &r) &&
		    read_text(p->consent_url, sizeof(p->consent_url), CONSENT_URL_MAX, "consent_url", &r);

	for (size_t i = 0; good && i < G_N_ELEMENTS(counts); i++)
		good = read_count(p, &counts[i], &r);
	if (good && automatic)
		p->auto_record = json_is_true(automatic);
	return good;
}
