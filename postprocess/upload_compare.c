/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is the object that is there what the file is? Called by upload.c after it was put together, and where something has its name already.
 *
 *	size ─▶ etag of parts (an MD5 of MD5s, S3) or our metadata says yes │ else it is read back, opened where it is sealed, and compared byte by byte
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>
#include "postprocess/upload_private.h"

/* ---- by what the store says of it ---- */

static bool add_md5(GChecksum *sum, const char *hex)
{
	guchar raw[16];

	for (size_t i = 0; i < sizeof(raw); i++) {
		int high = g_ascii_xdigit_value(hex[2 * i]), low = high < 0 ? -1 : g_ascii_xdigit_value(hex[2 * i + 1]);

		if (low < 0)
			return false;
		raw[i] = (guchar)(high << 4 | low);
	}
	g_checksum_update(sum, raw, sizeof(raw));
	return hex[32] == '\0';
}

/* As S3 makes the etag of an object in parts. Where a store encrypts with keys of its own it is something else. */
static bool has_our_etag(const struct transfer *t, const char *etag)
{
	const struct settings_storage *conf = store_conf(t->conf->store);
	g_autofree char *want = NULL;
	GChecksum *sum;
	bool known = conf->kind == STORAGE_S3 && conf->sse == STORAGE_SSE_NONE && t->nparts > 0 && t->parts;

	if (!known)
		return false;
	sum = g_checksum_new(G_CHECKSUM_MD5);
	for (int i = 0; known && i < t->nparts; i++)
		known = add_md5(sum, t->parts[i].etag);
	want = g_strdup_printf("%s-%d", g_checksum_get_string(sum), t->nparts);
	g_checksum_free(sum);
	return known && !g_ascii_strcasecmp(want, etag);
}

static bool has_our_sha256(const struct transfer *t, const struct store_stat *st)
{
	if (t->sha256[0] && !strcmp(st->sha256, t->sha256))
		return true;
	return !t->source.seal && t->file->sha256 && *st->sha256 && !strcmp(st->sha256, t->file->sha256);
}

/* ---- by its bytes ---- */

struct reading {
	const struct transfer *t;
	struct envelope *seal;
	unsigned char *block, *plain;      /* sealed: ENVELOPE_BLOCK bytes, filled up to `have` */
	size_t have;
	int64_t nblock, pos;               /* of the plain bytes compared so far */
	bool differs;
};

static int compare_plain(struct reading *r, const unsigned char *data, size_t n)
{
	unsigned char buf[16384];

	while (n && !r->differs) {
		size_t want = MIN(n, sizeof(buf));
		ssize_t got = pread(r->t->source.fd, buf, want, r->pos);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got <= 0 || memcmp(buf, data, (size_t)got))
			r->differs = got >= 0 || errno != EINTR;
		data += MAX(got, 0);
		n -= (size_t)MAX(got, 0);
		r->pos += MAX(got, 0);
	}
	return r->differs;
}

static int compare_block(struct reading *r)
{
	ssize_t n;
	int err = r->seal ? 0 : envelope_open(&r->seal, r->t->conf->key, r->block);

	n = err ? err : envelope_unseal(r->seal, r->nblock++, r->block, r->have, r->plain);
	r->have = 0;
	r->differs |= n < 0;
	return n < 0 ? 1 : compare_plain(r, r->plain, (size_t)n);
}

static int take_sealed(struct reading *r, const unsigned char *data, size_t n)
{
	int err = 0;

	while (!err && n) {
		size_t more = MIN(n, ENVELOPE_BLOCK - r->have);

		memcpy(r->block + r->have, data, more);
		r->have += more;
		data += more;
		n -= more;
		if (r->have == ENVELOPE_BLOCK)
			err = compare_block(r);
	}
	return err;
}

static int take(const void *data, size_t n, void *arg)
{
	struct reading *r = arg;

	if (r->t->conf->may(r->t->conf->arg) == UPLOAD_STOP)
		return -ECANCELED;
	return r->t->source.seal ? take_sealed(r, data, n) : compare_plain(r, data, n);
}

static int read_back(struct transfer *t, struct store_why *why)
{
	struct reading r = { .t = t };
	int err;

	if (t->source.seal) {
		r.block = g_malloc(ENVELOPE_BLOCK);
		r.plain = g_malloc(ENVELOPE_BLOCK);
	}
	err = store_get(t->conf->store, t->file->key, 0, -1, take, &r, NULL, why);
	if (!err && r.have)
		err = compare_block(&r);
	if (r.differs || (!err && r.pos != t->source.size))
		err = -EEXIST;
	envelope_unref(&r.seal);
	g_free(r.block);
	g_free(r.plain);
	return err;
}

int upload_compare(struct transfer *t, const struct store_stat *st, struct store_why *why)
{
	int err = 0;

	if (st->size != upload_object_size(&t->source))
		err = -EEXIST;
	else if (!has_our_etag(t, st->etag) && !has_our_sha256(t, st))
		err = read_back(t, why);
	if (err == -EEXIST)
		upload_why(why, err, false, "store %s: %s is another object: nothing is written over", store_name(t->conf->store), t->file->key);
	return err;
}
