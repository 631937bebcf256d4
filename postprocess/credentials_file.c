/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Texts with keys in them. Pure; called by credentials.c.
 */
#include <errno.h>
#include <glib.h>
#include <jansson.h>
#include <string.h>
#include "postprocess/credentials_private.h"

static void take(struct credential *out, const char *name, const char *value)
{
	char **at = !strcmp(name, "aws_access_key_id") ? &out->id : !strcmp(name, "aws_secret_access_key") ? &out->secret
		: !strcmp(name, "aws_session_token") ? &out->token : NULL;

	if (!at || !*value)
		return;
	g_free(*at);
	*at = g_strdup(value);
}

/* "[default]", "[profile x]" as in the other of the aws command's files. */
static bool is_section(char *line, const char *profile)
{
	char *end = strchr(line, ']');

	if (!end)
		return false;
	*end = '\0';
	line = g_strstrip(line + 1);
	if (g_str_has_prefix(line, "profile "))
		line = g_strstrip(line + strlen("profile "));
	return !strcmp(line, profile);
}

int credentials_parse(struct credential *out, const char *text, const char *profile)
{
	char **lines = g_strsplit(text, "\n", -1);
	bool ours = false;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; lines[i]; i++) {
		char *line = g_strstrip(lines[i]), *equals = strchr(line, '=');

		if (*line == '[') {
			ours = is_section(line, profile);
		} else if (ours && equals && *line != '#' && *line != ';') {
			*equals = '\0';
			take(out, g_strchomp(line), g_strchug(equals + 1));
		}
	}
	g_strfreev(lines);
	return out->id && out->secret ? 0 : -ENOENT;
}

int credentials_parse_azure(struct credential *out, const char *text, const char *account)
{
	char *line = g_strndup(text, strcspn(text, "\r\n"));
	bool signature;

	memset(out, 0, sizeof(*out));
	g_strstrip(line);
	signature = strstr(line, "sig=") != NULL;
	out->id = g_strdup(account);
	*(signature ? &out->token : &out->secret) = *line ? g_strdup(*line == '?' ? line + 1 : line) : NULL;
	g_free(line);
	return out->secret || out->token ? 0 : -ENOENT;
}

int credentials_parse_json(struct found *out, const char *text, size_t len)
{
	json_t *o = json_loadb(text, len, 0, NULL);
	const char *id = json_string_value(json_object_get(o, "AccessKeyId")), *secret = json_string_value(json_object_get(o, "SecretAccessKey"));
	const char *token = json_string_value(json_object_get(o, "Token")), *expires = json_string_value(json_object_get(o, "Expiration"));
	GDateTime *time = expires ? g_date_time_new_from_iso8601(expires, NULL) : NULL;
	int err = id && secret && (time || !expires) ? 0 : -EBADMSG;

	memset(out, 0, sizeof(*out));
	if (!err) {
		out->key = (struct credential){ g_strdup(id), g_strdup(secret), g_strdup(token) };
		out->expires_ms = time ? g_date_time_to_unix(time) * 1000 : 0;
	}
	if (time)
		g_date_time_unref(time);
	json_decref(o);
	return err;
}
