/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Master keys: read once when a program starts; wrapping and unwrapping on any thread.
 */
#include "common/master_key.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/gcm.h"
#include "common/log.h"

enum { WRAPPED_BYTES = GCM_NONCE + ENVELOPE_KEY + GCM_TAG, FILE_MAX = 16384, AAD_MAX = 160 };
G_STATIC_ASSERT(MASTER_WRAPPED == WRAPPED_BYTES / 3 * 4 + 1);

struct row { char id[MASTER_ID]; unsigned char key[ENVELOPE_KEY]; };

struct master_keys {
	struct row rows[MASTER_KEYS_MAX];
	size_t n;
};

/* ---- the file ---- */

static int refuse(char *why, size_t size, const char *path, int err, const char *text)
{
	g_snprintf(why, size, "master_key_file %s: %s", path, text);
	return err;
}

/* All bytes of the file, and whether its mode is one to be trusted. */
static int read_private(const char *path, unsigned char buf[FILE_MAX], size_t *len, char *why, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), err = 0;
	struct stat st;
	ssize_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		err = refuse(why, size, path, -errno, err_str(-errno));
	else if (!S_ISREG(st.st_mode))
		err = refuse(why, size, path, -EINVAL, "is not a file");
	else if (st.st_mode & S_IRWXO)
		err = refuse(why, size, path, -EACCES, "others than its owner and group may read or change it; chmod o= it");
	for (*len = 0; !err && *len < FILE_MAX; *len += (size_t)n) {
		n = read(fd, buf + *len, FILE_MAX - *len);
		if (n < 0)
			err = refuse(why, size, path, -errno, err_str(-errno));
		if (n <= 0)
			break;
	}
	if (!err && *len == FILE_MAX)
		err = refuse(why, size, path, -EFBIG, "is too large for a file of keys");
	if (fd >= 0)
		close(fd);
	return err;
}

static int id_ok(const char *id, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isalnum(id[i]) && !strchr("._-", id[i]))
			return 0;
	return len > 0 && len < MASTER_ID;
}

/* Exactly 32 bytes in 44 letters: what base64 tools would let pass (blanks, other letters) is no key. */
static int key_read(const char *text, unsigned char key[ENVELOPE_KEY])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char bytes[36];
	gint state = 0;
	guint save = 0;
	gsize n = 0;

	if (strlen(text) == 44 && strspn(text, letters) == 43 && text[43] == '=')
		n = g_base64_decode_step(text, 44, bytes, &state, &save);
	if (n == ENVELOPE_KEY)
		memcpy(key, bytes, ENVELOPE_KEY);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(&save, sizeof(save));
	return n == ENVELOPE_KEY ? 0 : -EINVAL;
}

/* NULL: taken, or nothing there; else what is wrong with the line. */
static const char *line_read(struct master_keys *k, char *line)
{
	struct row *r = &k->rows[k->n];
	char *colon;

	g_strstrip(line);
	if (!*line || *line == '#')
		return NULL;
	if (k->n == MASTER_KEYS_MAX)
		return "more than 32 keys";
	colon = strchr(line, ':');
	if (!colon || !id_ok(line, (size_t)(colon - line)))
		return "is not id:key with an id of up to 64 letters, digits, dots, dashes and underscores";
	*colon = '\0';
	if (master_keys_has(k, line))
		return "has an id that another line has";
	if (key_read(g_strstrip(colon + 1), r->key))
		return "has a key that is not the base64 of exactly 32 bytes (openssl rand -base64 32)";
	g_strlcpy(r->id, line, sizeof(r->id));
	k->n++;
	return NULL;
}

static int lines_read(struct master_keys *k, char *text, const char *path, char *why, size_t size)
{
	char *next = text, *line;

	for (int n = 1; (line = strsep(&next, "\n")); n++) {
		const char *wrong = line_read(k, line);

		if (!wrong)
			continue;
		g_snprintf(why, size, "master_key_file %s: line %d %s", path, n, wrong);
		return -EINVAL;
	}
	return k->n ? 0 : refuse(why, size, path, -EINVAL, "holds no key");
}

int master_keys_load(struct master_keys **out, const char *path, char *why, size_t why_size)
{
	struct master_keys *k = g_new0(struct master_keys, 1);
	char *text = g_malloc0(FILE_MAX + 1);
	size_t len = 0;
	int err = read_private(path, (unsigned char *)text, &len, why, why_size);

	if (!err && strlen(text) != len)
		err = refuse(why, why_size, path, -EINVAL, "is not text");
	if (!err)
		err = lines_read(k, text, path, why, why_size);
	OPENSSL_cleanse(text, FILE_MAX);
	g_free(text);
	if (err)
		master_keys_unref(&k);
	*out = k;
	return err;
}

void master_keys_unref(struct master_keys **k)
{
	if (*k)
		OPENSSL_cleanse(*k, sizeof(**k));
	g_clear_pointer(k, g_free);
}

static const struct row *find(const struct master_keys *k, const char *id)
{
	for (size_t i = 0; i < k->n; i++)
		if (!strcmp(k->rows[i].id, id))
			return &k->rows[i];
	return NULL;
}

const char *master_keys_newest(const struct master_keys *k)
{
	return k->rows[0].id;
}

int master_keys_has(const struct master_keys *k, const char *id)
{
	return find(k, id) != NULL;
}

/* ---- wrapping ---- */

static size_t aad_of(const char *master, const char *key_id, char aad[AAD_MAX])
{
	return (size_t)g_snprintf(aad, AAD_MAX, "recroom-key-1 %s %s", master, key_id);
}

int master_key_wrap(const struct master_keys *k, const char *key_id, const unsigned char key[ENVELOPE_KEY], char wrapped[MASTER_WRAPPED])
{
	const struct row *m = &k->rows[0];
	unsigned char bytes[WRAPPED_BYTES];
	char aad[AAD_MAX], *text;
	struct gcm g = { .key = m->key, .nonce = bytes, .aad = aad, .aad_len = aad_of(m->id, key_id, aad) };

	if (RAND_bytes(bytes, GCM_NONCE) != 1 || gcm_seal(&g, key, ENVELOPE_KEY, bytes + GCM_NONCE))
		return -EIO;
	text = g_base64_encode(bytes, sizeof(bytes));
	g_strlcpy(wrapped, text, MASTER_WRAPPED);
	g_free(text);
	return 0;
}

static int open_with(const struct row *m, const char *key_id, const unsigned char bytes[WRAPPED_BYTES], unsigned char key[ENVELOPE_KEY])
{
	char aad[AAD_MAX];
	struct gcm g = { .key = m->key, .nonce = bytes, .aad = aad, .aad_len = aad_of(m->id, key_id, aad) };

	return gcm_open(&g, bytes + GCM_NONCE, ENVELOPE_KEY, key);
}

int master_key_unwrap(const struct master_keys *k, const char *master, const char *key_id, const char *wrapped, unsigned char key[ENVELOPE_KEY])
{
	const struct row *m = find(k, master);
	gsize len = 0;
	guchar *bytes;
	int err;

	if (!m)
		return -ENOKEY;
	bytes = g_base64_decode(wrapped, &len);
	err = len == WRAPPED_BYTES ? open_with(m, key_id, bytes, key) : -EBADMSG;
	g_free(bytes);
	return err;
}
