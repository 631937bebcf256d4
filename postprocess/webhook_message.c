/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Body, signature and secrets of Standard Webhooks. Called by webhook_attempt.c.
 *
 *   message of the catalog ─▶ {type, timestamp, data} ─▶ HMAC-SHA256(key, id "." seconds "." body) ─▶ "v1,…"
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/json.h"
#include "common/log.h"
#include "postprocess/webhook_message.h"

enum { SECRET_FILE_MAX = 4096, SECRET_MIN = 24 };

/* The file as text, if nobody but its owner and group gets at it. */
static int read_secret_file(const char *path, char text[SECRET_FILE_MAX], char *why, size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), err = 0;
	struct stat st;
	ssize_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_mode & S_IRWXO)
		err = S_ISREG(st.st_mode) ? -EACCES : -EINVAL;
	else if ((n = read(fd, text, SECRET_FILE_MAX - 1)) < 0)
		err = -errno;
	text[MAX(n, 0)] = '\0';
	if (err == -EACCES && fd >= 0)
		g_snprintf(why, why_size, "secret_file %s: others than its owner and group may read or change it; chmod o= it", path);
	else if (err)
		g_snprintf(why, why_size, "secret_file %s: %s", path, err == -EINVAL ? "is not a file" : err_str(err));
	if (fd >= 0)
		close(fd);
	return err;
}

static int take_secret(struct webhook_secrets *s, const char *line)
{
	gsize len = 0;
	guchar *key = g_str_has_prefix(line, "whsec_") ? g_base64_decode(line + 6, &len) : NULL;
	int err = s->n < WEBHOOK_SECRETS && len >= SECRET_MIN && len <= WEBHOOK_SECRET_MAX ? 0 : -EINVAL;

	if (!err) {
		memcpy(s->key[s->n], key, len);
		s->len[s->n++] = len;
	}
	if (key)
		OPENSSL_cleanse(key, len);
	g_free(key);
	return err;
}

int webhook_secrets_load(struct webhook_secrets *out, const char *path, char *why, size_t why_size)
{
	char text[SECRET_FILE_MAX], *rest = text, *line;
	int err = read_secret_file(path, text, why, why_size);

	*out = (struct webhook_secrets){ 0 };
	if (err)
		return err;
	while (!err && (line = strsep(&rest, "\n"))) {
		g_strstrip(line);
		if (*line && *line != '#')
			err = take_secret(out, line);
	}
	OPENSSL_cleanse(text, sizeof(text));
	if (err || !out->n)
		g_snprintf(why, why_size, "secret_file %s: wants one to %d lines \"whsec_\" and 24 to 64 bytes in base64; "
					  "make one: echo \"whsec_$(openssl rand -base64 32)\"", path, WEBHOOK_SECRETS);
	return err ? err : out->n ? 0 : -EINVAL;
}

/* RFC 3339, UTC. */
static json_t *timestamp(int64_t ms)
{
	GDateTime *t = g_date_time_new_from_unix_utc(ms / 1000);
	char *seconds = t ? g_date_time_format(t, "%Y-%m-%dT%H:%M:%S") : g_strdup("1970-01-01T00:00:00");
	json_t *o = json_sprintf("%s.%03dZ", seconds, (int)(ms % 1000));

	if (t)
		g_date_time_unref(t);
	g_free(seconds);
	return o;
}

char *webhook_body(json_t *message, json_t *more)
{
	json_t *payload = json_object_get(message, "payload"), *data = json_object(), *o;
	char *text;

	json_object_set(data, "roomId", json_object_get(message, "room"));
	json_object_set(data, "recordingId", json_object_get(message, "recording"));
	json_object_set(data, "seq", json_object_get(message, "seq"));
	json_object_update(data, payload);
	json_object_update(data, more);
	o = json_pack("{s:O,s:o,s:o}", "type", json_object_get(message, "type"), "timestamp", timestamp(json_num(message, "at_ms", 0)), "data", data);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text && strlen(text) >= WEBHOOK_BODY_MAX) {
		free(text);
		text = NULL;
	}
	return text;
}

void webhook_sign(char out[WEBHOOK_SIGNATURES], const struct webhook_secrets *s, const char *id, int64_t timestamp_s, const char *body)
{
	char *text = g_strdup_printf("%s.%" G_GINT64_FORMAT ".%s", id, timestamp_s, body);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	out[0] = '\0';
	for (int i = 0; i < s->n; i++) {
		char *base64;

		HMAC(EVP_sha256(), s->key[i], (int)s->len[i], (const unsigned char *)text, strlen(text), mac, &len);
		base64 = g_base64_encode(mac, len);
		g_strlcat(out, i ? " v1," : "v1,", WEBHOOK_SIGNATURES);
		g_strlcat(out, base64, WEBHOOK_SIGNATURES);
		g_free(base64);
	}
	g_free(text);
}
