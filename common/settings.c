/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The configuration file. Called once by each program before its threads start; the result never changes.
 *
 *   file ──libconfig──▶ tree ──rows of the table──▶ struct settings ──▶ derived defaults ──▶ checks between keys
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <libconfig.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/ids.h"
#include "common/log.h"
#include "common/settings.h"
#include "common/words.h"

enum row_type { R_STRING, R_INT, R_BOOL, R_WORD, R_ONE, R_WORDS, R_ID };

struct row {
	const char *section, *key;
	enum row_type type;
	size_t offset;
	const char *def;             /* as text; NULL: none, or made from other keys */
	int min, max;
	const char *unit;            /* or the words allowed, or "" */
	const char *help;
};

#define ROW(section, key, type, def, min, max, unit, help) \
	{ #section, #key, type, offsetof(struct settings, key), def, min, max, unit, help }
#define ROOM(key, type, def, min, max, unit, help) \
	{ "rooms", #key, type, offsetof(struct settings_room, key), def, min, max, unit, help }

static const struct row rows[] = {
	ROW(general, recordings, R_STRING, "/var/lib/recroom/recordings", 1, PATH_MAX - 256, "", "Directory of the recordings."),
	ROW(general, catalog, R_STRING, NULL, 1, PATH_MAX, "", "Catalog; without it sqlite:<recordings>/recroom.db."),
	ROW(general, host_id, R_STRING, NULL, 1, 64, "", "Name of this host in the catalog; without it the machine's host name."),
	ROW(general, admin_key, R_STRING, NULL, 6, 256, "", "Key that lets clients create and destroy rooms; without it rooms come from this file only."),
	ROW(general, token_secret_file, R_STRING, NULL, 1, PATH_MAX, "",
	    "File with the key of the tokens, 32 bytes or more, made if missing; without it <recordings>/secret.key."),
	ROW(general, token_ttl_s, R_INT, "3600", 60, 604800, "s", "How long the token of a participant is good."),
	ROW(general, max_rooms, R_INT, "1000", 1, 100000, "rooms", "Most rooms at a time."),
	ROW(general, max_sessions, R_INT, "5000", 1, 1000000, "handles", "Most handles at a time."),

	ROW(limits, max_streams, R_INT, "8", 1, 32, "streams", "Most streams of one publisher."),
	ROW(limits, max_subscriptions, R_INT, "200", 1, 200, "streams", "Most streams that one handle receives."),
	ROW(limits, max_recordings, R_INT, "100", 1, 10000, "recordings", "Most recordings at a time."),
	ROW(limits, max_recorded_tracks, R_INT, "1000", 1, 100000, "tracks", "Most tracks recorded at a time, in all recordings together."),
	ROW(limits, requests_per_s, R_INT, "20", 1, 100000, "requests/s", "Requests of one handle, on average."),
	ROW(limits, requests_burst, R_INT, "100", 1, 100000, "requests", "Requests of one handle at once."),
	ROW(limits, offers_per_s, R_INT, "2", 1, 1000, "offers/s", "Offers of one handle, on average."),
	ROW(limits, offers_burst, R_INT, "20", 1, 1000, "offers", "Offers of one handle at once."),
	ROW(limits, request_bytes, R_INT, "65536", 4096, 1048576, "bytes", "Largest body of a request; session descriptions may have 524288 besides."),
	ROW(limits, request_depth, R_INT, "16", 4, 128, "levels", "Deepest nesting of a request's body."),
	ROW(limits, waiting_mib, R_INT, "64", 2, 65536, "MiB", "Most that all requests which wait for their answer may hold together."),

	ROW(capture, chunk_ms, R_INT, "1000", 500, 10000, "ms", "Length of a chunk file."),
	ROW(capture, reorder_ms, R_INT, "500", 200, 2000, "ms", "How long late packets are waited for."),
	ROW(capture, stall_budget_ms, R_INT, "10000", 1000, 60000, "ms", "How long a stalled disk may last before anything is lost."),
	ROW(capture, min_free_mb, R_INT, "500", 0, 100000000, "MiB", "With less free on the disk no recording starts, running ones warn, and their mixes wait; 0: no limit."),
	ROW(capture, min_free_inodes, R_INT, "5000", 0, 100000000, "files", "The same for inodes; a recorded track takes one a second."),
	ROW(capture, durability, R_WORD, "interval", 0, 0, "none interval chunk", "When files are synced to the disk: never, each second, each chunk."),
	ROW(capture, sign_key_file, R_STRING, NULL, 1, PATH_MAX, "",
	    "File with an Ed25519 private key (PEM) that signs each recording; without it they are not signed."),
	ROW(capture, call_end_grace_s, R_INT, "5", 0, 3600, "s", "How long a call without people lives on."),

	ROW(mix, width, R_INT, "1280", 160, 3840, "pixels", "Width of the mixed picture, even."),
	ROW(mix, height, R_INT, "720", 120, 2160, "pixels", "Height of the mixed picture, even."),
	ROW(mix, fps, R_INT, "30", 5, 60, "frames/s", "Frame rate of the mixed picture."),
	ROW(mix, video_bitrate, R_INT, "1500000", 100000, 50000000, "bit/s", "Bit rate of the mixed picture."),
	ROW(mix, audio_bitrate, R_INT, "96000", 16000, 510000, "bit/s", "Bit rate of the mixed sound."),
	ROW(mix, fit, R_ONE, "fill", 1, 8, "fit fill", "Cameras in their tiles: whole with bars beside them, or cut to fill them. Shared screens are never cut."),
	ROW(mix, clock, R_BOOL, "false", 0, 0, "", "The time of day runs in the picture."),
	ROW(mix, time_zone, R_STRING, "", 0, 63, "", "Of that clock, for example \"Europe/Berlin\"; empty: UTC."),
	ROW(mix, text, R_STRING, "", 0, 127, "", "Text in the picture."),
	ROW(mix, image, R_STRING, "", 0, 255, "", "PNG or JPEG file in the picture, right below; at most 8 MiB and 4096×4096."),
	ROW(mix, compose_live, R_BOOL, "true", 0, 0, "", "The first output is made while the call runs, and ready seconds after its end; false: all of it after the end."),
	ROW(mix, segment_ms, R_INT, "4000", 1000, 20000, "ms", "Length of a closed piece of the mix, whole seconds."),

	ROW(serve, listen, R_STRING, "127.0.0.1:8090", 3, 256, "", "Address and port of recroom-pp serve."),
	ROW(serve, page, R_STRING, NULL, 1, PATH_MAX, "", "Directory of the demo page; without it the installed one."),
	ROW(serve, tls_cert, R_STRING, NULL, 1, PATH_MAX, "", "Certificate chain (PEM) for HTTPS; needs tls_key."),
	ROW(serve, tls_key, R_STRING, NULL, 1, PATH_MAX, "", "Private key (PEM) for HTTPS; needs tls_cert."),
	ROW(serve, janus_ws, R_STRING, "", 0, 512, "", "Janus' WebSocket as browsers reach it; empty: the page takes its own host, port 8188."),
	ROW(serve, janus_http, R_STRING, "", 0, 512, "", "Janus' HTTP API as browsers reach it; empty: not offered to the page."),
	ROW(serve, url_ttl_s, R_INT, "3600", 60, 604800, "s", "How long a signed address is good."),
	ROW(serve, jobs, R_INT, "1", 1, 64, "jobs", "Jobs at a time, of recordings that are over."),
	ROW(serve, live_jobs, R_INT, "4", 0, 64, "jobs", "Recordings mixed at a time while they run; further ones when they are over."),
};

static const struct row room_rows[] = {
	ROOM(id, R_ID, NULL, 1, ROOM_ID_MAX, "", "Name of the room: letters, digits, dot, dash, underscore. Needed."),
	ROOM(description, R_STRING, NULL, 0, 256, "", "What people see."),
	ROOM(secret, R_STRING, NULL, 6, 256, "", "Key for edit and destroy; without it only general.admin_key."),
	ROOM(host_secret, R_STRING, NULL, 6, 256, "", "Who shows this in join is a host; without it hosts need a token."),
	ROOM(pin, R_STRING, NULL, 1, 64, "", "Guests must show it; without it anybody may join."),
	ROOM(publishers, R_INT, "20", 1, 100, "people", "Most publishers at a time."),
	ROOM(people, R_INT, "100", 1, 1000, "people", "Most people at a time."),
	ROOM(bitrate, R_INT, "1500000", 0, 50000000, "bit/s", "Most each publisher is asked to send; 0: no cap."),
	ROOM(layout, R_WORD, "grid", 0, 0, "grid speaker presentation single audio", "Layout of the mixed picture, unless the host asks for another."),
	ROOM(guests_download, R_BOOL, "false", 0, 0, "", "Guests may download recordings."),
	ROOM(videocodec, R_WORDS, "vp8,vp9,h264,av1", 1, 64, "vp8 vp9 h264 av1", "Video codecs taken: the first of these that a publisher offers."),
	ROOM(outputs, R_WORDS, "webm", 1, 64, "webm mp4 opus m4a participants stems",
	     "What is made of each recording, where start_recording says nothing else: the first while the call runs, the others after it."),
	ROOM(opus_fec, R_BOOL, "true", 0, 0, "", "Publishers are asked for Opus' own error correction."),
	ROOM(opus_dtx, R_BOOL, "false", 0, 0, "", "Publishers are asked to send little while they are silent."),
	ROOM(opus_red, R_BOOL, "true", 0, 0, "", "Publishers that can are asked to send sound twice (RED), so that a lost packet is not missed."),
	ROOM(audiolevel_event, R_BOOL, "true", 0, 0, "", "Tell everybody who talks."),
	ROOM(audio_active_packets, R_INT, "100", 1, 1000, "packets", "How many are averaged to tell whether somebody talks."),
	ROOM(audio_level_average, R_INT, "25", 1, 127, "-dBov", "Talking is louder than this on average."),
};

struct table { const struct row *rows; size_t n; };
static const struct table main_table = { rows, G_N_ELEMENTS(rows) }, room_table = { room_rows, G_N_ELEMENTS(room_rows) };

/* Where a message goes. */
struct why { char *text; size_t size; const char *path; };

static int fail(struct why *w, const config_setting_t *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int fail(struct why *w, const config_setting_t *at, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (at)
		snprintf(w->text, w->size, "%s:%u: %s", w->path, config_setting_source_line(at), what);
	else
		snprintf(w->text, w->size, "%s: %s", w->path, what);
	return -EINVAL;
}

/* Nearest key of a section, or with section NULL the nearest section. */
static const char *nearest(const struct table *t, const char *section, const char *name)
{
	const char *best = "rooms";
	unsigned least = section ? UINT_MAX : word_distance("rooms", name);

	for (size_t i = 0; i < t->n; i++) {
		const char *word = section ? t->rows[i].key : t->rows[i].section;
		unsigned d = word_distance(word, name);

		if (section && strcmp(t->rows[i].section, section))
			continue;
		if (d < least) {
			least = d;
			best = word;
		}
	}
	return best;
}

static void warn_unknown(struct why *w, const config_setting_t *at, const struct table *t, const char *section)
{
	const char *name = config_setting_name(at);

	log_warn("%s:%u: unknown %s %s, did you mean %s?", w->path, config_setting_source_line(at), section ? "key" : "section",
		 name ? name : "(list)", nearest(t, section, name ? name : ""));
}

static int take_string(void *base, const struct row *r, const config_setting_t *v, struct why *w)
{
	char **out = (char **)((char *)base + r->offset);
	const char *s = config_setting_get_string(v);
	size_t len = s ? strlen(s) : 0;

	if (!s)
		return fail(w, v, "%s.%s must be a string in quotes", r->section, r->key);
	if (len < (size_t)r->min || len > (size_t)r->max)
		return fail(w, v, "%s.%s has %zu characters, must have %d to %d", r->section, r->key, len, r->min, r->max);
	g_free(*out);
	*out = g_strdup(s);
	return 0;
}

static bool is_int(const config_setting_t *v)
{
	return config_setting_type(v) == CONFIG_TYPE_INT || config_setting_type(v) == CONFIG_TYPE_INT64;
}

/* A room may be a number. */
static int take_id(void *base, const struct row *r, const config_setting_t *v, struct why *w)
{
	char **out = (char **)((char *)base + r->offset);

	if (is_int(v) && config_setting_get_int64(v) >= 0) {
		g_free(*out);
		*out = g_strdup_printf("%lld", config_setting_get_int64(v));
		return 0;
	}
	if (take_string(base, r, v, w))
		return -EINVAL;
	return room_id_valid(*out) ? 0 : fail(w, v, "%s.%s is \"%s\", must be letters, digits, dot, dash, underscore", r->section, r->key, *out);
}

static int take_int(void *base, const struct row *r, const config_setting_t *v, struct why *w)
{
	long long n = config_setting_get_int64(v);

	if (!is_int(v))
		return fail(w, v, "%s.%s must be a whole number without quotes", r->section, r->key);
	if (n < r->min || n > r->max)
		return fail(w, v, "%s.%s is %lld, must be %d to %d %s", r->section, r->key, n, r->min, r->max, r->unit);
	*(int *)((char *)base + r->offset) = (int)n;
	return 0;
}

static int take_bool(void *base, const struct row *r, const config_setting_t *v, struct why *w)
{
	if (config_setting_type(v) != CONFIG_TYPE_BOOL)
		return fail(w, v, "%s.%s must be true or false", r->section, r->key);
	*(bool *)((char *)base + r->offset) = config_setting_get_bool(v);
	return 0;
}

static int take_word(void *base, const struct row *r, const config_setting_t *v, struct why *w)
{
	const char *s = config_setting_get_string(v);
	int i = s ? word_index(r->unit, ' ', s) : -1;

	if (i < 0)
		return fail(w, v, "%s.%s must be one of \"%s\"", r->section, r->key, r->unit);
	*(int *)((char *)base + r->offset) = i;
	return 0;
}

/* A word of the row, kept as it is written. */
static int take_one(void *base, const struct row *r, const config_setting_t *v, struct why *w)
{
	const char *s = config_setting_get_string(v);

	if (!s || word_index(r->unit, ' ', s) < 0)
		return fail(w, v, "%s.%s must be one of \"%s\"", r->section, r->key, r->unit);
	return take_string(base, r, v, w);
}

/* A list of words of the row, each once. */
static int take_words(void *base, const struct row *r, const config_setting_t *v, struct why *w)
{
	char **out = (char **)((char *)base + r->offset), **list;
	unsigned seen = 0;
	int err = take_string(base, r, v, w);

	if (err)
		return err;
	list = g_strsplit(*out, ",", -1);
	for (int k = 0; !err && list[k]; k++) {
		int i = word_index(r->unit, ' ', g_strstrip(list[k]));

		if (i < 0 || seen & (1u << i))
			err = fail(w, v, "%s.%s is \"%s\", must be of \"%s\", each at most once, with commas", r->section, r->key, *out, r->unit);
		else
			seen |= 1u << i;
	}
	g_strfreev(list);
	return err;
}

static int take(void *base, const struct row *r, const config_setting_t *v, struct why *w)
{
	switch (r->type) {
	case R_STRING: return take_string(base, r, v, w);
	case R_INT: return take_int(base, r, v, w);
	case R_BOOL: return take_bool(base, r, v, w);
	case R_WORD: return take_word(base, r, v, w);
	case R_ONE: return take_one(base, r, v, w);
	case R_WORDS: return take_words(base, r, v, w);
	case R_ID: return take_id(base, r, v, w);
	}
	return -EINVAL;
}

static bool is_text(enum row_type type)
{
	return type == R_STRING || type == R_ID || type == R_ONE || type == R_WORDS;
}

static void set_defaults(void *base, const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];
		char *at = (char *)base + r->offset;

		if (!r->def)
			continue;
		if (is_text(r->type))
			*(char **)at = g_strdup(r->def);
		else if (r->type == R_BOOL)
			*(bool *)at = !strcmp(r->def, "true");
		else
			*(int *)at = r->type == R_WORD ? word_index(r->unit, ' ', r->def) : (int)g_ascii_strtoll(r->def, NULL, 10);
	}
}

void settings_room_defaults(struct settings_room *out)
{
	*out = (struct settings_room){ 0 };
	set_defaults(out, &room_table);
	for (size_t i = 0; i < room_table.n; i++) {
		char **at = (char **)((char *)out + room_table.rows[i].offset);

		if (!is_text(room_table.rows[i].type) || !*at)
			continue;
		g_free(*at);
		*at = (char *)room_table.rows[i].def;
	}
}

static const struct row *find_row(const struct table *t, const char *section, const char *key)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->rows[i].section, section) && !strcmp(t->rows[i].key, key))
			return &t->rows[i];
	return NULL;
}

static int read_group(void *base, const struct table *t, const char *section, const config_setting_t *group, struct why *w)
{
	int err = 0;

	if (config_setting_type(group) != CONFIG_TYPE_GROUP)
		return fail(w, group, "%s must be a group: { … }", section);
	for (unsigned i = 0; !err && i < (unsigned)config_setting_length(group); i++) {
		const config_setting_t *v = config_setting_get_elem(group, i);
		const struct row *r = find_row(t, section, config_setting_name(v));

		if (r)
			err = take(base, r, v, w);
		else
			warn_unknown(w, v, t, section);
	}
	return err;
}

static int read_room(struct settings *s, const config_setting_t *group, struct why *w)
{
	struct settings_room *room = &s->rooms[s->nrooms++];

	set_defaults(room, &room_table);
	if (read_group(room, &room_table, "rooms", group, w))
		return -EINVAL;
	if (!room->id)
		return fail(w, group, "a room needs an id");
	for (size_t i = 0; i + 1 < s->nrooms; i++)
		if (!strcmp(s->rooms[i].id, room->id))
			return fail(w, group, "room %s is there twice", room->id);
	return 0;
}

static int read_rooms(struct settings *s, const config_setting_t *list, struct why *w)
{
	unsigned n = (unsigned)config_setting_length(list);
	int err = 0;

	if (config_setting_type(list) != CONFIG_TYPE_LIST)
		return fail(w, list, "rooms must be a list: ( { … }, { … } )");
	if (s->rooms)
		return fail(w, list, "rooms is there twice");
	s->rooms = g_new0(struct settings_room, n + 1);
	for (unsigned i = 0; !err && i < n; i++)
		err = read_room(s, config_setting_get_elem(list, i), w);
	return err;
}

static bool is_section(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (!strcmp(rows[i].section, name))
			return true;
	return false;
}

static int read_root(struct settings *s, const config_setting_t *root, struct why *w)
{
	int err = 0;

	for (unsigned i = 0; !err && i < (unsigned)config_setting_length(root); i++) {
		const config_setting_t *v = config_setting_get_elem(root, i);
		const char *name = config_setting_name(v);

		if (!strcmp(name, "rooms"))
			err = read_rooms(s, v, w);
		else if (is_section(name))
			err = read_group(s, &main_table, name, v, w);
		else
			warn_unknown(w, v, &main_table, NULL);
	}
	return err;
}

/* What depends on other keys. */
static void derive(struct settings *s)
{
	if (!s->catalog)
		s->catalog = g_strdup_printf("sqlite:%s/recroom.db", s->recordings);
	if (!s->token_secret_file)
		s->token_secret_file = g_build_filename(s->recordings, "secret.key", NULL);
	if (!s->host_id)
		s->host_id = g_strdup(g_get_host_name());
}

static int check_together(const struct settings *s, struct why *w)
{
	if ((s->width | s->height) & 1)
		return fail(w, NULL, "mix.width and mix.height are %d and %d, must be even", s->width, s->height);
	if (s->segment_ms % 1000)
		return fail(w, NULL, "mix.segment_ms is %d, must be whole seconds", s->segment_ms);
	if (!s->tls_cert != !s->tls_key)
		return fail(w, NULL, "serve.tls_cert and serve.tls_key need each other");
	if (s->nrooms > (size_t)s->max_rooms)
		return fail(w, NULL, "there are %zu rooms, general.max_rooms is %d", s->nrooms, s->max_rooms);
	return 0;
}

static int read_file(struct settings *s, config_t *cfg, struct why *w)
{
	int err;

	if (config_read_file(cfg, w->path) != CONFIG_TRUE) {
		const char *file = config_error_file(cfg);

		snprintf(w->text, w->size, "%s:%d: %s", file ? file : w->path, config_error_line(cfg), config_error_text(cfg));
		return -EINVAL;
	}
	err = read_root(s, config_root_setting(cfg), w);
	return err ? err : check_together(s, w);
}

int settings_load(struct settings **out, const char *path, bool optional, char *why, size_t why_size)
{
	struct settings *s = g_new0(struct settings, 1);
	struct why w = { why, why_size, path };
	config_t cfg;
	int err = 0;

	config_init(&cfg);
	set_defaults(s, &main_table);
	if (access(path, R_OK)) {
		err = errno == ENOENT && optional ? 0 : -errno;
		if (err)
			snprintf(why, why_size, "%s: %s", path, err_str(err));
	} else {
		err = read_file(s, &cfg, &w);
	}
	config_destroy(&cfg);
	derive(s);
	if (err)
		settings_unref(&s);
	else
		*out = s;
	return err;
}

static void free_strings(void *base, const struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (is_text(t->rows[i].type))
			g_free(*(char **)((char *)base + t->rows[i].offset));
}

void settings_unref(struct settings **s)
{
	if (!*s)
		return;
	for (size_t i = 0; i < (*s)->nrooms; i++)
		free_strings(&(*s)->rooms[i], &room_table);
	free_strings(*s, &main_table);
	g_free((*s)->rooms);
	g_free(*s);
	*s = NULL;
}
