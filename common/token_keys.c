/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The keys of tokens. Opened once by each program; token_set_get() on any thread, token_keys_reload() where waiting for a disk does no harm.
 *
 *   sources (kid, algorithm, file) ──stat, once a second──▶ changed? ──read all──▶ set ──swapped under the lock──▶ users hold a reference
 *                                                                     └─ cannot be used: the old set stays, one line in the log
 */
#include <errno.h>
#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "common/log.h"
#include "common/settings.h"
#include "common/sync.h"
#include "common/token_keys.h"

#define DEFAULT_KID "default"

enum { LOOK_US = 1000000, SETTLE_MS = 3000 };

struct stamp { dev_t dev; ino_t ino; off_t size; int64_t changed_ns, modified_ms; };

struct source {
	char *kid, *file, *issuer;
	enum token_alg alg;
	bool sign;
	bool links;                /* the secret file: of links, and of tokens when `listed` */
	bool listed;
	struct stamp stamp;        /* when it was read last, or tried */
};

struct token_set {
	atomic_int ref;
	struct token_key *keys[TOKEN_KEYS_MAX + 1];
	size_t n, signer;
	unsigned char link_key[TOKEN_LINK_KEY];
};

struct token_keys {
	struct lock lock;          /* set (leaf) */
	struct token_set *set;
	atomic_bool looking;       /* somebody is, and owns what follows; nobody waits for that */
	int64_t looked_us;
	bool broken;               /* the files as they are now cannot be used */
	struct source sources[TOKEN_KEYS_MAX + 1];
	size_t n;
	char *audience;
};

/* ---- a set ---- */

static void set_free(struct token_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		token_key_free(&s->keys[i]);
	OPENSSL_cleanse(s, sizeof(*s));
	g_free(s);
}

struct token_set *token_set_get(struct token_keys *k)
{
	struct token_set *s;

	lock_take(&k->lock);
	s = k->set;
	atomic_fetch_add(&s->ref, 1);
	lock_release(&k->lock);
	return s;
}

void token_set_unref(struct token_set *s)
{
	if (s && atomic_fetch_sub(&s->ref, 1) == 1)
		set_free(s);
}

static void set_swap(struct token_keys *k, struct token_set *next)
{
	struct token_set *old;

	lock_take(&k->lock);
	old = k->set;
	k->set = next;
	lock_release(&k->lock);
	token_set_unref(old);
}

const struct token_key *token_set_find(const struct token_set *s, const char *kid)
{
	if (!kid)
		return s->n == 1 ? s->keys[0] : NULL;
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(token_key_kid(s->keys[i]), kid))
			return s->keys[i];
	return NULL;
}

const struct token_key *token_set_signer(const struct token_set *s)
{
	return s->keys[s->signer];
}

const unsigned char *token_set_link_key(const struct token_set *s)
{
	return s->link_key;
}

/* ---- files ---- */

/* Two programs may start at once: whoever links first has made the key, the other reads that one. */
static int make_secret_file(const char *path)
{
	char *dir = g_path_get_dirname(path), *tmp, *text = NULL, unique[SECRET_SIZE];
	int err = token_key_generate(TOKEN_HS256, &text, NULL);

	secret_make(unique);
	tmp = g_build_filename(dir, unique, NULL);
	if (!err)
		err = fs_write_atomic(dir, unique, text, strlen(text), 0660, 1);
	if (!err && link(tmp, path) && errno != EEXIST)
		err = -errno;
	unlink(tmp);
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	g_free(text);
	g_free(tmp);
	g_free(dir);
	return err;
}

static struct stamp stamp_of(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return (struct stamp){ 0 };
	return (struct stamp){ st.st_dev, st.st_ino, st.st_size, (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec,
			       (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000 };
}

static bool stamp_equal(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->changed_ns == b->changed_ns && a->modified_ms == b->modified_ms;
}

/* The key of links, of the same bytes as it always was. */
static int derive_link_key(struct token_set *s, const char *secret, size_t len)
{
	static const char label[] = "recroom url";
	unsigned n = TOKEN_LINK_KEY;

	while (len && g_ascii_isspace(secret[len - 1]))
		len--;
	return HMAC(EVP_sha256(), secret, (int)len, (const unsigned char *)label, sizeof(label) - 1, s->link_key, &n) ? 0 : -EIO;
}

static int add_key(struct token_set *s, const struct source *from, const char *data, size_t len, char *why, size_t why_size)
{
	struct token_key_conf conf = { .kid = from->kid, .alg = from->alg, .issuer = from->issuer, .data = data, .len = len };
	struct token_key *key = NULL;
	int err = token_key_create(&key, &conf, why, why_size);

	if (!err && from->sign && !token_key_private(key)) {
		snprintf(why, why_size, "it shall sign, but the file has the public key only");
		err = -EINVAL;
	}
	if (!err && from->links)
		err = derive_link_key(s, data, len);
	if (!err && from->listed)
		s->keys[s->n++] = key;
	else
		token_key_free(&key);
	return err;
}

static int read_source(struct token_set *s, struct source *from, char *why, size_t why_size)
{
	char *data = NULL, half[160] = "";
	size_t len = 0;
	int err;

	from->stamp = stamp_of(from->file);    /* before it is read: a change meanwhile is one for the next look */
	err = fs_read(from->file, TOKEN_KEY_FILE_MAX, &data, &len);
	if (!err)
		err = add_key(s, from, data, len, half, sizeof(half));
	if (err)
		snprintf(why, why_size, "the key %s of tokens in %s cannot be used: %s", from->kid, from->file, half[0] ? half : err_str(err));
	if (data)
		OPENSSL_cleanse(data, len);
	g_free(data);
	return err;
}

/* Among the keys that sign: the newest that everybody has had the time to read, or else the newest. */
static size_t find_signer(const struct token_keys *k)
{
	int64_t settled_ms = clock_wall_ms() - SETTLE_MS;
	const struct source *best = NULL;
	size_t at = 0, index = 0;

	for (size_t i = 0; i < k->n; i++) {
		const struct source *c = &k->sources[i];
		bool settled = c->stamp.modified_ms <= settled_ms, better;

		if (!c->listed)
			continue;
		better = !best || (settled != (best->stamp.modified_ms <= settled_ms) ? settled : c->stamp.modified_ms > best->stamp.modified_ms);
		if (c->sign && better) {
			best = c;
			index = at;
		}
		at++;
	}
	return index;
}

/* Reads all; every stamp is taken, so that what cannot be used is said once and not each second. */
static int read_all(struct token_keys *k, struct token_set **out, char *why, size_t why_size)
{
	struct token_set *s = g_new0(struct token_set, 1);
	char other[PATH_MAX + 256];
	int err = 0, e;

	atomic_init(&s->ref, 1);
	for (size_t i = 0; i < k->n; i++) {
		e = read_source(s, &k->sources[i], err ? other : why, err ? sizeof(other) : why_size);
		err = err ? err : e;
	}
	s->signer = find_signer(k);
	*out = err ? NULL : s;
	if (err)
		set_free(s);
	return err;
}

static bool files_changed(const struct token_keys *k)
{
	for (size_t i = 0; i < k->n; i++) {
		struct stamp now = stamp_of(k->sources[i].file);

		if (!stamp_equal(&now, &k->sources[i].stamp))
			return true;
	}
	return false;
}

/* The keys are the same, but another one signs from now on. */
static bool signer_due(struct token_keys *k)
{
	struct token_set *s = token_set_get(k);
	bool due = find_signer(k) != s->signer;

	token_set_unref(s);
	return due;
}

static bool look(struct token_keys *k)
{
	char why[PATH_MAX + 256] = "";
	struct token_set *next = NULL;
	bool changed = files_changed(k);

	if (!changed && (k->broken || !signer_due(k)))
		return false;
	k->broken = read_all(k, &next, why, sizeof(why)) != 0;
	if (k->broken) {
		log_error("%s; the keys of before stay in use", why);
		return false;
	}
	log_info("tokens: %zu keys read again, %s signs", next->n, token_key_kid(token_set_signer(next)));
	set_swap(k, next);
	return true;
}

bool token_keys_reload(struct token_keys *k)
{
	int64_t now_us = clock_mono_us();
	bool fresh = false;

	if (!k->n || atomic_exchange(&k->looking, true))    /* without files there is nothing to look at */
		return false;
	if (now_us - k->looked_us >= LOOK_US) {
		k->looked_us = now_us;
		fresh = look(k);
	}
	atomic_store(&k->looking, false);
	return fresh;
}

/* ---- opening ---- */

static struct token_keys *keys_new(void)
{
	struct token_keys *k = g_new0(struct token_keys, 1);

	lock_init(&k->lock);
	return k;
}

static void add_source(struct token_keys *k, const struct source *from)
{
	struct source *to = &k->sources[k->n++];

	*to = *from;
	to->kid = g_strdup(from->kid);
	to->file = g_strdup(from->file);
	to->issuer = g_strdup(from->issuer && *from->issuer ? from->issuer : TOKEN_ISSUER);
}

static void add_sources(struct token_keys *k, const struct settings *s)
{
	struct source of_secret = { .kid = (char *)DEFAULT_KID, .file = s->token_secret_file, .alg = TOKEN_HS256, .links = true, .sign = true, .listed = true };

	for (size_t i = 0; i < s->ntoken_keys; i++) {
		const struct settings_token_key *row = &s->token_keys[i];
		struct source from = { .kid = row->kid, .file = row->file, .issuer = row->issuer, .alg = (enum token_alg)token_alg_find(row->alg), .sign = row->sign, .listed = true };

		of_secret.listed = of_secret.listed && !row->sign && strcmp(row->kid, DEFAULT_KID);
		add_source(k, &from);
	}
	add_source(k, &of_secret);
}

static bool somebody_signs(const struct token_keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->sources[i].listed && k->sources[i].sign)
			return true;
	return false;
}

/* Whoever can read a key can be anybody, and whoever can change a public one as well. */
static void warn_open_files(const struct token_keys *k)
{
	struct stat st;

	for (size_t i = 0; i < k->n; i++) {
		const struct token_key *key = k->sources[i].listed ? token_set_find(k->set, k->sources[i].kid) : NULL;
		mode_t bad = key && !token_key_private(key) ? S_IWOTH : S_IRWXO;

		if (!stat(k->sources[i].file, &st) && st.st_mode & bad)
			log_warn("%s: others than its owner and group may read or change this file of keys (mode %04o)", k->sources[i].file, st.st_mode & 07777);
	}
}

static int open_all(struct token_keys *k, const struct settings *s, bool create, char *why, size_t why_size)
{
	int err = 0;

	if (s->ntoken_keys > TOKEN_KEYS_MAX) {
		snprintf(why, why_size, "token_keys has %zu keys, must have at most %d", s->ntoken_keys, TOKEN_KEYS_MAX);
		return -EINVAL;
	}
	add_sources(k, s);
	if (!somebody_signs(k)) {
		snprintf(why, why_size, "token_keys: no key signs; give one of them sign = true");
		return -EINVAL;
	}
	if (create && access(s->token_secret_file, F_OK) && errno == ENOENT)
		err = make_secret_file(s->token_secret_file);
	if (err)
		snprintf(why, why_size, "cannot make the key file %s: %s", s->token_secret_file, err_str(err));
	if (!err)
		err = read_all(k, &k->set, why, why_size);
	return err;
}

int token_keys_open(struct token_keys **out, const struct settings *s, bool create, char *why, size_t why_size)
{
	struct token_keys *k = keys_new();
	int err;

	k->audience = g_strdup(s->token_audience && *s->token_audience ? s->token_audience : NULL);
	k->looked_us = clock_mono_us();
	err = open_all(k, s, create, why, why_size);
	if (err) {
		token_keys_unref(&k);
	} else {
		warn_open_files(k);
		*out = k;
	}
	return err;
}

int token_keys_of_secret(struct token_keys **out, const void *secret, size_t len)
{
	struct source from = { .kid = (char *)DEFAULT_KID, .issuer = (char *)TOKEN_ISSUER, .alg = TOKEN_HS256, .links = true, .sign = true, .listed = true };
	struct token_keys *k = keys_new();
	char why[160];
	int err;

	k->set = g_new0(struct token_set, 1);
	atomic_init(&k->set->ref, 1);
	err = add_key(k->set, &from, secret, len, why, sizeof(why));
	if (err)
		token_keys_unref(&k);
	else
		*out = k;
	return err;
}

void token_keys_unref(struct token_keys **kp)
{
	struct token_keys *k = *kp;

	*kp = NULL;
	if (!k)
		return;
	token_set_unref(k->set);
	for (size_t i = 0; i < k->n; i++) {
		g_free(k->sources[i].kid);
		g_free(k->sources[i].file);
		g_free(k->sources[i].issuer);
	}
	g_free(k->audience);
	lock_destroy(&k->lock);
	g_free(k);
}

const char *token_keys_audience(const struct token_keys *k)
{
	return k->audience;
}
