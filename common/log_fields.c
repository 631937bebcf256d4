/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fields of a log line, from the ids in its text. Called by log.c, any thread.
 */
#include <ctype.h>
#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "common/ids.h"
#include "common/log_fields.h"

/* What may stand in an id. */
static bool id_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("._-", c));
}

static bool is_number(const char *id)
{
	return *id && strspn(id, "0123456789") == strlen(id);
}

static bool any(const char *id)
{
	return *id != '\0';
}

/* A word with an id's beginning is that id; a noun is followed by one. The first of a kind counts. */
static const struct { const char *field, *beginning, *noun; bool (*valid)(const char *id); } kinds[] = {
	{ "recording", "rec_", NULL, recording_id_valid },
	{ "call", "call_", NULL, any },
	{ "participant", "user", NULL, participant_id_valid },
	{ "job", NULL, "job", is_number },
	{ "webhook", NULL, "webhook", any },
	{ "request", NULL, "http", any },
};

static void take(json_t *o, size_t kind, const char *word)
{
	if (kinds[kind].valid(word) && !json_object_get(o, kinds[kind].field))
		json_object_set_new(o, kinds[kind].field, json_string(word));
}

static void look_at(json_t *o, const char *word, const char *before)
{
	for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
		if (kinds[k].beginning && g_str_has_prefix(word, kinds[k].beginning))
			take(o, k, word);
		if (kinds[k].noun && !strcmp(before, kinds[k].noun))
			take(o, k, word);
	}
}

/* Words are what may stand in ids; a dot that ends a sentence is not the id's. */
static void find_ids(json_t *o, const char *line)
{
	char word[ID_SIZE], before[ID_SIZE] = "";

	while (*line) {
		size_t n = 0, len;

		while (id_char(line[n]))
			n++;
		for (len = n; len && strchr("._-", line[len - 1]); len--)
			;
		if (len && len < sizeof(word)) {
			memcpy(word, line, len);
			word[len] = '\0';
			look_at(o, word, before);
			memcpy(before, word, len + 1);
		}
		line += n ? n : 1;
	}
}

static void put_time(json_t *o, int64_t wall_ms)
{
	GDateTime *t = g_date_time_new_from_unix_utc(wall_ms / 1000);
	char *seconds = t ? g_date_time_format(t, "%Y-%m-%dT%H:%M:%S") : g_strdup("");
	char *text = g_strdup_printf("%s.%03dZ", seconds, (int)(wall_ms % 1000));

	json_object_set_new(o, "time", json_string(text));
	g_free(text);
	g_free(seconds);
	if (t)
		g_date_time_unref(t);
}

char *log_json(enum log_level level, const char *line, int64_t wall_ms)
{
	static const char *const levels[] = { "error", "warning", "info", "debug" };
	char *message = g_utf8_make_valid(line, -1), *text;
	json_t *o = json_object();

	put_time(o, wall_ms);
	json_object_set_new(o, "level", json_string(levels[level]));
	json_object_set_new(o, "message", json_string(message));
	find_ids(o, message);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	g_free(message);
	return text;
}
