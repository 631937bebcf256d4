/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys of stores, and when they are read anew. Called by the stores' drivers before each request, on any thread; whoever comes while they are being read waits.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "common/fsio.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/credentials.h"
#include "postprocess/credentials_private.h"

enum { EARLY_MS = 5 * 60 * 1000, LOOK_MS = 1000, FILE_MAX = 64 << 10, AGAIN_MS = 5000 };

struct credentials {
	const struct settings_storage *conf;
	char *file;                    /* NULL: none */
	struct lock lock;              /* of what follows */
	struct found found;
	bool have;
	int64_t looked_ms;             /* at the file, or for others after a refusal; monotonic */
	struct timespec mtime;         /* of the file they are from */
	ino_t inode;
	bool from_file;
};

void credential_clear(struct credential *c)
{
	char **secrets[] = { &c->id, &c->secret, &c->token };

	for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++) {
		if (*secrets[i])
			explicit_bzero(*secrets[i], strlen(*secrets[i]));
		g_free(*secrets[i]);
		*secrets[i] = NULL;
	}
}

static char *default_file(const struct settings_storage *conf)
{
	const char *named = g_getenv("AWS_SHARED_CREDENTIALS_FILE"), *home = g_getenv("HOME");

	if (conf->credentials_file || conf->kind != STORAGE_S3)
		return g_strdup(conf->credentials_file);
	if (named && *named)
		return g_strdup(named);
	return home ? g_build_filename(home, ".aws/credentials", NULL) : NULL;
}

struct credentials *credentials_create(const struct settings_storage *conf)
{
	struct credentials *c = g_new0(struct credentials, 1);

	lock_init(&c->lock);
	c->conf = conf;
	c->file = default_file(conf);
	return c;
}

void credentials_free(struct credentials **c)
{
	if (!*c)
		return;
	credential_clear(&(*c)->found.key);
	lock_destroy(&(*c)->lock);
	g_free((*c)->file);
	g_free(*c);
	*c = NULL;
}

static const struct { int kind; const char *id, *secret, *token; } variables[] = {
	{ STORAGE_S3, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN" },
	{ STORAGE_GCS, "GOOG_ACCESS_KEY_ID", "GOOG_SECRET_ACCESS_KEY", NULL },
	{ STORAGE_AZURE, NULL, "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN" },
};

static char *variable(const char *name)
{
	const char *value = name ? g_getenv(name) : NULL;

	return value && *value ? g_strdup(value) : NULL;
}

static int from_environment(struct credentials *c, struct found *out, char *why, size_t size)
{
	size_t i = 0;

	while (variables[i].kind != c->conf->kind)
		i++;
	out->key.id = c->conf->kind == STORAGE_AZURE ? g_strdup(c->conf->account) : variable(variables[i].id);
	out->key.secret = variable(variables[i].secret);
	out->key.token = c->conf->kind == STORAGE_AZURE && out->key.secret ? NULL : variable(variables[i].token);
	if (out->key.id && (out->key.secret || (c->conf->kind == STORAGE_AZURE && out->key.token)))
		return 0;
	snprintf(why, size, "no %s%s%s in the environment", variables[i].id ? variables[i].id : "", variables[i].id ? " and " : "", variables[i].secret);
	return -ENOENT;
}

static int from_file(struct credentials *c, struct found *out, char *why, size_t size)
{
	struct stat st = { 0 };
	char *text = NULL;
	size_t len = 0;
	int err = c->file ? fs_read(c->file, FILE_MAX, &text, &len) : -ENOENT;

	if (err) {
		snprintf(why, size, "%s: %s", c->file ? c->file : "credentials_file", err_str(err));
	} else {
		err = c->conf->kind == STORAGE_AZURE ? credentials_parse_azure(&out->key, text, c->conf->account)
			: credentials_parse(&out->key, text, c->conf->credentials_profile);
		if (err)
			snprintf(why, size, "%s: there are no keys in it%s%s", c->file, c->conf->kind == STORAGE_AZURE ? "" : " for the profile ",
				 c->conf->kind == STORAGE_AZURE ? "" : c->conf->credentials_profile);
		if (!stat(c->file, &st)) {
			c->mtime = st.st_mtim;
			c->inode = st.st_ino;
		}
		explicit_bzero(text, len);
	}
	if (!err && st.st_mode & S_IRWXO)
		log_warn("store %s: %s: others than its owner and group may read this file (mode %04o)", c->conf->name, c->file, st.st_mode & 07777);
	c->from_file = !err;
	g_free(text);
	return err;
}

static int from_metadata(struct credentials *c, struct found *out, char *why, size_t size)
{
	if (c->conf->kind != STORAGE_S3)
		return -ENOENT;
	return credentials_metadata(out, why, size);
}

static const struct { int source; int (*find)(struct credentials *c, struct found *out, char *why, size_t size); } sources[] = {
	{ CREDENTIALS_ENVIRONMENT, from_environment }, { CREDENTIALS_FILE, from_file }, { CREDENTIALS_METADATA, from_metadata },
};

/* The first source that has some; if there is none, what each of them said. */
static int find(struct credentials *c, struct found *out, char *why, size_t size)
{
	int err = -ENOENT, worst = -ENOENT;
	char line[160];

	g_strlcpy(why, "no credentials", size);
	for (size_t i = 0; err && i < G_N_ELEMENTS(sources); i++) {
		if (c->conf->credentials != CREDENTIALS_AUTO && c->conf->credentials != sources[i].source)
			continue;
		line[0] = '\0';
		memset(out, 0, sizeof(*out));
		c->from_file = false;
		err = sources[i].find(c, out, line, sizeof(line));
		if (err)
			credential_clear(&out->key);
		if (err && *line) {
			g_strlcat(why, strchr(why, ':') ? "; " : ": ", size);
			g_strlcat(why, line, size);
		}
		worst = err && err != -ENOENT ? err : worst;
	}
	return !err ? 0 : worst == -EAGAIN ? -EAGAIN : -EACCES;
}

static bool file_changed(struct credentials *c)
{
	struct stat st;

	if (!c->from_file || clock_mono_us() / 1000 - c->looked_ms < LOOK_MS)
		return false;
	c->looked_ms = clock_mono_us() / 1000;
	return !stat(c->file, &st) && (st.st_ino != c->inode || st.st_mtim.tv_sec != c->mtime.tv_sec || st.st_mtim.tv_nsec != c->mtime.tv_nsec);
}

/* Under the lock. What is there stays in use where nothing new can be had, until it has expired. */
static int renew(struct credentials *c, char *why, size_t size)
{
	struct found found = { 0 };
	int err = find(c, &found, why, size);

	c->looked_ms = clock_mono_us() / 1000;
	if (err && c->have && (!c->found.expires_ms || c->found.expires_ms > clock_wall_ms()))
		return 0;
	credential_clear(&c->found.key);
	c->have = !err;
	if (!err)
		c->found = found;
	return err;
}

static void copy(struct credential *out, const struct credential *from)
{
	out->id = g_strdup(from->id);
	out->secret = g_strdup(from->secret);
	out->token = g_strdup(from->token);
}

int credentials_get(struct credentials *c, struct credential *out, char *why, size_t size)
{
	int err = 0;

	memset(out, 0, sizeof(*out));
	lock_take(&c->lock);
	if (!c->have || (c->found.expires_ms && c->found.expires_ms - EARLY_MS < clock_wall_ms() && clock_mono_us() / 1000 - c->looked_ms > AGAIN_MS) || file_changed(c))
		err = renew(c, why, size);
	if (!err)
		copy(out, &c->found.key);
	lock_release(&c->lock);
	return err;
}

static bool same(const struct credential *a, const struct credential *b)
{
	return !g_strcmp0(a->id, b->id) && !g_strcmp0(a->secret, b->secret) && !g_strcmp0(a->token, b->token);
}

bool credentials_refused(struct credentials *c, const struct credential *used)
{
	char why[256];
	bool other;

	lock_take(&c->lock);
	if (c->have && same(&c->found.key, used) && clock_mono_us() / 1000 - c->looked_ms > LOOK_MS)
		renew(c, why, sizeof(why));
	other = c->have && !same(&c->found.key, used);
	lock_release(&c->lock);
	return other;
}
