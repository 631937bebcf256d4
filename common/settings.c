/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The configuration file. Called by each program before its threads start, and when it reads the file again; a result never changes.
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
#include "common/settings_check.h"
#include "common/settings_rows.h"
#include "common/words.h"

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
	const char *best = settings_lists[0].section;
	unsigned least = section ? UINT_MAX : word_distance(best, name);

	for (size_t i = 1; !section && i < settings_nlists; i++) {
		unsigned d = word_distance(settings_lists[i].section, name);

		if (d < least) {
			least = d;
			best = settings_lists[i].section;
		}
	}
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

/* Counted in characters, as those see it who read it. */
static int take_text(void *base, const struct row *r, const config_setting_t *v, struct why *w)
{
	struct row bytes = *r;
	const char *s;

	bytes.max = 4 * r->max;
	if (take_string(base, &bytes, v, w))
		return -EINVAL;
	s = *(char **)((char *)base + r->offset);
	if (*s && (!g_utf8_validate(s, -1, NULL) || g_utf8_strlen(s, -1) > r->max))
		return fail(w, v, "%s.%s must be UTF-8 text of at most %d characters", r->section, r->key, r->max);
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
	case R_TEXT: return take_text(base, r, v, w);
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
	return type == R_STRING || type == R_TEXT || type == R_ID || type == R_ONE || type == R_WORDS;
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
	const struct table *t = &settings_lists[LIST_ROOMS].table;

	*out = (struct settings_room){ 0 };
	set_defaults(out, t);
	for (size_t i = 0; i < t->n; i++) {
		char **at = (char **)((char *)out + t->rows[i].offset);

		if (!is_text(t->rows[i].type) || !*at)
			continue;
		g_free(*at);
		*at = (char *)t->rows[i].def;
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

static char *item_name(const struct list *l, const char *items, size_t i)
{
	return *(char **)(items + i * l->item_size);
}

static int read_item(const struct list *l, char *items, size_t n, const config_setting_t *group, struct why *w)
{
	char *item = items + n * l->item_size;

	set_defaults(item, &l->table);
	if (read_group(item, &l->table, l->section, group, w))
		return -EINVAL;
	if (!item_name(l, items, n))
		return fail(w, group, "a %s needs its %s", l->noun, l->name);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(item_name(l, items, i), item_name(l, items, n)))
			return fail(w, group, "%s %s is there twice", l->noun, item_name(l, items, n));
	return 0;
}

static char **list_items(const struct list *l, struct settings *s)
{
	return (char **)((char *)s + l->items);
}

static size_t *list_count(const struct list *l, struct settings *s)
{
	return (size_t *)((char *)s + l->count);
}

static int read_list(struct settings *s, const struct list *l, const config_setting_t *list, struct why *w)
{
	unsigned n = (unsigned)config_setting_length(list);
	char **items = list_items(l, s);
	int err = 0;

	if (config_setting_type(list) != CONFIG_TYPE_LIST)
		return fail(w, list, "%s must be a list: ( { … }, { … } )", l->section);
	if (*items)
		return fail(w, list, "%s is there twice", l->section);
	*items = g_malloc0((n + 1) * l->item_size);
	for (unsigned i = 0; !err && i < n; i++) {
		(*list_count(l, s))++;         /* what it has got by then is freed */
		err = read_item(l, *items, i, config_setting_get_elem(list, i), w);
	}
	return err;
}

static const struct list *find_list(const char *name)
{
	for (size_t i = 0; i < settings_nlists; i++)
		if (!strcmp(settings_lists[i].section, name))
			return &settings_lists[i];
	return NULL;
}

static bool is_section(const char *name)
{
	for (size_t i = 0; i < settings_main.n; i++)
		if (!strcmp(settings_main.rows[i].section, name))
			return true;
	return false;
}

static int read_root(struct settings *s, const config_setting_t *root, struct why *w)
{
	int err = 0;

	for (unsigned i = 0; !err && i < (unsigned)config_setting_length(root); i++) {
		const config_setting_t *v = config_setting_get_elem(root, i);
		const char *name = config_setting_name(v);

		if (find_list(name))
			err = read_list(s, find_list(name), v, w);
		else if (is_section(name))
			err = read_group(s, &settings_main, name, v, w);
		else
			warn_unknown(w, v, &settings_main, NULL);
	}
	return err;
}

static void cut_slashes(char *url)
{
	for (size_t n = url ? strlen(url) : 0; n && url[n - 1] == '/'; n--)
		url[n - 1] = '\0';
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
	cut_slashes(s->public_url);
	for (size_t i = 0; i < s->nstorages; i++) {
		cut_slashes(s->storages[i].endpoint);
		cut_slashes(s->storages[i].cdn_url);
		cut_slashes(s->storages[i].directory);
	}
}

static int read_file(struct settings *s, config_t *cfg, struct why *w)
{
	char what[512];
	int err;

	if (config_read_file(cfg, w->path) != CONFIG_TRUE) {
		const char *file = config_error_file(cfg);

		snprintf(w->text, w->size, "%s:%d: %s", file ? file : w->path, config_error_line(cfg), config_error_text(cfg));
		return -EINVAL;
	}
	err = read_root(s, config_root_setting(cfg), w);
	if (!err && settings_check(s, what, sizeof(what)))
		err = fail(w, NULL, "%s", what);
	return err;
}

int settings_load(struct settings **out, const char *path, bool optional, char *why, size_t why_size)
{
	struct settings *s = g_new0(struct settings, 1);
	struct why w = { why, why_size, path };
	config_t cfg;
	int err = 0;

	config_init(&cfg);
	set_defaults(s, &settings_main);
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
	for (size_t k = 0; k < settings_nlists; k++) {
		const struct list *l = &settings_lists[k];

		for (size_t i = 0; i < *list_count(l, *s); i++)
			free_strings(*list_items(l, *s) + i * l->item_size, &l->table);
		g_free(*list_items(l, *s));
	}
	free_strings(*s, &settings_main);
	g_free(*s);
	*s = NULL;
}
