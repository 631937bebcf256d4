/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The layout of a bucket. Called by whatever uploads, backs up, lists or removes; pure, any thread.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <time.h>
#include "common/ids.h"
#include "common/store_key.h"

enum { EXTENSION_MAX = 8, PUBLIC_ID_LEN = 32 };

/* Parts between slashes, none of them empty or a step up */
static bool path_valid(const char *path)
{
	char **parts = g_strsplit(path, "/", -1);
	bool ok = path[0] != '\0';

	for (const char *p = path; *p; p++)
		ok = ok && !g_ascii_iscntrl(*p);
	for (char **part = parts; *part; part++)
		ok = ok && **part && strcmp(*part, ".") && strcmp(*part, "..");
	g_strfreev(parts);
	return ok;
}

static bool public_id_valid(const char *s)
{
	return strlen(s) == PUBLIC_ID_LEN && strspn(s, "0123456789abcdef") == PUBLIC_ID_LEN;
}

/* A prefix of the configuration may be empty, and end with slashes or not. */
static char *bare_prefix(const char *prefix)
{
	const char *from = prefix ? prefix : "";
	size_t len;

	from += strspn(from, "/");
	len = strlen(from);
	while (len && from[len - 1] == '/')
		len--;
	return g_strndup(from, len);
}

/* "<prefix>/YYYY/MM/DD/[<public id>/]<id>" */
static int begin(GString **out, const char *prefix, const char *id, const char *public_id)
{
	int64_t ms = recording_id_valid(id) ? recording_id_time(id) : -EINVAL;
	time_t at = (time_t)(ms / 1000);
	char day[16];
	struct tm utc;
	char *bare;

	if (ms < 0 || (public_id && !public_id_valid(public_id)) || !gmtime_r(&at, &utc) || !strftime(day, sizeof(day), "%Y/%m/%d", &utc))
		return -EINVAL;
	bare = bare_prefix(prefix);
	if (bare[0] && !path_valid(bare)) {
		g_free(bare);
		return -EINVAL;
	}
	*out = g_string_new(bare);
	g_string_append_printf(*out, "%s%s/%s%s%s", bare[0] ? "/" : "", day, public_id ? public_id : "", public_id ? "/" : "", id);
	g_free(bare);
	return 0;
}

static int finish(char **out, GString *key)
{
	bool fits = key->len <= STORE_KEY_MAX;
	char *text = g_string_free(key, !fits);

	if (fits)
		*out = text;
	return fits ? 0 : -EINVAL;
}

/* ".webm" of the files that stand beside each other, NULL of all others */
static const char *beside(const char *name)
{
	static const char *const names[] = { "metadata.json", "thumbnail.jpg" };
	const char *dot = strchr(name, '.');

	if (strchr(name, '/') || !dot)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (!strcmp(name, names[i]))
			return dot;
	}
	return g_str_has_prefix(name, "output.") && !strchr(dot + 1, '.') ? dot : NULL;
}

int store_key_output(char **out, const char *prefix, const char *recording_id, const char *public_id, const char *file_name, bool first_output)
{
	const char *ending = first_output ? beside(file_name) : NULL;
	GString *key;
	int err = path_valid(file_name) ? begin(&key, prefix, recording_id, public_id) : -EINVAL;

	if (err)
		return err;
	if (ending)
		g_string_append(key, ending);
	else
		g_string_append_printf(key, "/%s", file_name);
	return finish(out, key);
}

int store_key_originals(char **out, const char *prefix, const char *recording_id, const char *rest)
{
	return store_key_output(out, prefix, recording_id, NULL, rest, false);
}

int store_key_search(char **out, const char *prefix, const char *recording_id, const char *public_id)
{
	GString *key;
	int err = begin(&key, prefix, recording_id, public_id);

	return err ? err : finish(out, key);
}

/* Behind the id comes a slash or an ending. A room may be called "a_1760090400123_k3v7qa.b": then the id of its recordings begins with that of one of room a,
 * and a dot; but it does not go on with a few small letters alone. */
bool store_key_is_of(const char *key, const char *search)
{
	const char *rest = g_str_has_prefix(key, search) ? key + strlen(search) : "";
	size_t len = rest[0] ? strlen(rest + 1) : 0;

	if (rest[0] == '/')
		return true;
	return rest[0] == '.' && len && len <= EXTENSION_MAX && strspn(rest + 1, "abcdefghijklmnopqrstuvwxyz0123456789") == len;
}

/* "rec_…", or it with an ending; a room, and so an id, may hold dots, too. */
static bool take_id(char *out, const char *part)
{
	g_autofree char *id = g_strdup(part);
	char *dot = strrchr(id, '.');

	if (!recording_id_valid(id) && dot)
		*dot = '\0';
	if (!recording_id_valid(id))
		return false;
	g_strlcpy(out, id, ID_SIZE);
	return true;
}

bool store_key_recording(char *out, const char *prefix, const char *key)
{
	g_autofree char *bare = bare_prefix(prefix);
	size_t len = strlen(bare);
	char **parts;
	guint n;
	bool found;

	if (len && (strncmp(key, bare, len) || key[len] != '/'))
		return false;
	parts = g_strsplit(key + len + (len > 0), "/", 6);     /* year, month, day, public id or not, id, rest */
	n = g_strv_length(parts);
	found = (n > 3 && take_id(out, parts[3])) || (n > 4 && public_id_valid(parts[3]) && take_id(out, parts[4]));
	g_strfreev(parts);
	return found;
}
