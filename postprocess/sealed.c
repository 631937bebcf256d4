/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sealed objects in stores. Used by what serves them, by downloads and by rehydration, on their threads.
 *
 *   range of plain text ─▶ blocks that hold it ─▶ store_get() ─▶ [one block] ─▶ unseal ─▶ [one block] ─▶ the part asked for ─▶ take()
 */
#include "postprocess/sealed.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/data_key.h"
#include "common/log.h"

struct sealed {
	struct store *store;
	char *key;
	struct store_stat stat;
	struct envelope *envelope;             /* NULL: it is not sealed */
	int64_t size;                          /* of the plain text */
};

/* ---- opening ---- */

struct head { unsigned char bytes[ENVELOPE_HEAD]; size_t n; };

static int take_head(const void *data, size_t n, void *arg)
{
	struct head *h = arg;

	n = MIN(n, sizeof(h->bytes) - h->n);
	memcpy(h->bytes + h->n, data, n);
	h->n += n;
	return 0;
}

static int refuse(const struct sealed *s, int err, const char *text, char *why, size_t size)
{
	g_snprintf(why, size, "store %s: %s: %s", store_name(s->store), s->key, text);
	return err;
}

static int open_envelope(struct sealed *s, const struct sealed_conf *conf, const char *want, char *why, size_t size)
{
	struct head head = { .n = 0 };
	struct store_why w;
	char id[ENVELOPE_ID];
	int err = store_get(s->store, s->key, 0, ENVELOPE_HEAD, take_head, &head, &s->stat, &w);

	if (err) {
		g_strlcpy(why, w.text, size);
		return err;
	}
	s->size = envelope_plain_size(s->stat.size);
	if (envelope_key_id(head.bytes, head.n, id))
		return refuse(s, -EBADMSG, "it is not a sealed object", why, size);
	if (strcmp(id, want))
		return refuse(s, -EBADMSG, "it is sealed with another key than it should be", why, size);
	if (s->size < 0)
		return refuse(s, -EBADMSG, "it was cut off", why, size);
	if (!conf->catalog)
		return refuse(s, -ENOKEY, "it is sealed, and its key is in the catalog, which is not at hand", why, size);
	return data_key_open(conf->catalog, conf->masters, head.bytes, &s->envelope, why, size);
}

static int open_plain(struct sealed *s, char *why, size_t size)
{
	struct store_why w;
	int err = store_head(s->store, s->key, &s->stat, &w);

	if (err)
		g_strlcpy(why, w.text, size);
	s->size = s->stat.size;
	return err;
}

/* Whose key it is sealed with by its own word; "" none. */
static int look(struct sealed *s, char want[ENVELOPE_ID], char *why, size_t size)
{
	struct head head = { .n = 0 };
	struct store_why w;
	int err = open_plain(s, why, size);

	if (err || s->size < envelope_sealed_size(0))
		return err;
	err = store_get(s->store, s->key, 0, ENVELOPE_HEAD, take_head, &head, NULL, &w);
	if (err)
		g_strlcpy(why, w.text, size);
	else if (envelope_key_id(head.bytes, head.n, want))
		want[0] = '\0';
	return err;
}

int sealed_open(struct sealed **out, const struct sealed_conf *conf, char *why, size_t why_size)
{
	struct sealed *s = g_new0(struct sealed, 1);
	char want[ENVELOPE_ID] = "";
	int err = 0;

	s->store = store_ref(conf->store);
	s->key = g_strdup(conf->key);
	if (!conf->key_id)
		err = open_plain(s, why, why_size);
	else if (*conf->key_id)
		g_strlcpy(want, conf->key_id, sizeof(want));
	else
		err = look(s, want, why, why_size);
	if (!err && want[0])
		err = open_envelope(s, conf, want, why, why_size);
	if (err)
		sealed_unref(&s);
	*out = s;
	return err;
}

void sealed_unref(struct sealed **sp)
{
	struct sealed *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	envelope_unref(&s->envelope);
	store_unref(&s->store);
	g_free(s->key);
	g_free(s);
}

int64_t sealed_size(const struct sealed *s)
{
	return s->size;
}

bool sealed_is(const struct sealed *s)
{
	return s->envelope;
}

const struct store_stat *sealed_stat(const struct sealed *s)
{
	return &s->stat;
}

/* ---- reading ---- */

struct reading {
	const struct sealed *s;
	int (*take)(const void *data, size_t n, void *arg);
	void *arg;
	int64_t from, to;                      /* of the plain text, what is still to be given */
	int64_t block;                         /* in `in` */
	size_t have;
	bool bad;                              /* the block at `block` is */
	unsigned char in[ENVELOPE_BLOCK], out[ENVELOPE_BLOCK];
};

/* Bytes of this block in the object. */
static size_t block_bytes(const struct sealed *s, int64_t block)
{
	return (size_t)MIN(s->stat.size - block * ENVELOPE_BLOCK, (int64_t)ENVELOPE_BLOCK);
}

/* A whole block is in `in`: the part of it that was asked for goes on. */
static int give_block(struct reading *r)
{
	int64_t begin = envelope_block_begin(r->block), end;
	ssize_t n = envelope_unseal(r->s->envelope, r->block, r->in, r->have, r->out);
	int err;

	if (n < 0) {
		r->bad = true;
		return (int)n;
	}
	end = MIN(begin + n, r->to);
	err = end > r->from ? r->take(r->out + (r->from - begin), (size_t)(end - r->from), r->arg) : 0;
	r->from = MAX(r->from, end);
	r->block++;
	r->have = 0;
	return err;
}

static int take_bytes(const void *data, size_t n, void *arg)
{
	struct reading *r = arg;
	const unsigned char *from = data;
	int err = 0;

	while (n && !err) {
		size_t whole = block_bytes(r->s, r->block), part = MIN(n, whole - r->have);

		if (r->block * ENVELOPE_BLOCK >= r->s->stat.size)
			return -EBADMSG;       /* more than there is */
		memcpy(r->in + r->have, from, part);
		r->have += part;
		from += part;
		n -= part;
		if (r->have == whole)
			err = give_block(r);
	}
	return err;
}

static int fail(const struct sealed *s, struct store_why *why, int err, const char *text)
{
	*why = (struct store_why){ .err = err };
	g_snprintf(why->text, sizeof(why->text), "store %s: %s: %s", store_name(s->store), s->key, text);
	return err;
}

static int read_sealed(struct sealed *s, struct reading *r, struct store_why *why)
{
	int64_t pos = r->block * ENVELOPE_BLOCK, last = envelope_block_of(r->to - 1);
	int64_t end = last * ENVELOPE_BLOCK + (int64_t)block_bytes(s, last);
	struct store_stat now;
	int err = store_get(s->store, s->key, pos, end - pos, take_bytes, r, &now, why);

	if (r->bad)
		return fail(s, why, -EBADMSG, "damaged, or changed by somebody: a block does not hold what was sealed there");
	if (!err && r->from < r->to)
		return fail(s, why, -EBADMSG, "it ended too early");
	return err;
}

int sealed_read(struct sealed *s, int64_t pos, int64_t len, int (*take)(const void *data, size_t n, void *arg), void *arg, struct store_why *why)
{
	struct store_why unused;
	struct reading *r;
	int err;

	if (!why)
		why = &unused;
	if (pos < 0 || pos > s->size || len > s->size - pos)
		return fail(s, why, -ERANGE, "there is no such range");
	if (len < 0)
		len = s->size - pos;
	if (!len)
		return 0;
	if (!s->envelope)
		return store_get(s->store, s->key, pos, len, take, arg, NULL, why);
	r = g_new(struct reading, 1);
	r->s = s;
	r->take = take;
	r->arg = arg;
	r->from = pos;
	r->to = pos + len;
	r->block = envelope_block_of(pos);
	r->have = 0;
	r->bad = false;
	err = read_sealed(s, r, why);
	g_free(r);
	return err;
}
