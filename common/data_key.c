/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Data keys between catalog and master keys. Uploads and backup ask for them on their threads, `serve` and download when they open an object.
 */
#include "common/data_key.h"

#include <errno.h>
#include <glib.h>
#include <openssl/crypto.h>
#include <string.h>
#include "common/json.h"
#include "common/log.h"

enum { PAGE = 200 };

static int no_master(const struct master_keys *m, char *why, size_t size)
{
	if (m)
		return 0;
	g_snprintf(why, size, "store.master_key_file is not set, so nothing can be sealed or opened");
	return -ENOKEY;
}

static int unwrap(const struct master_keys *m, const struct catalog_key *row, struct data_key *out, char *why, size_t size)
{
	int err = master_key_unwrap(m, row->master, row->id, row->wrapped, out->key);

	g_strlcpy(out->id, row->id, sizeof(out->id));
	if (err == -ENOKEY)
		g_snprintf(why, size, "key %s is wrapped by the master key %s, which is not in store.master_key_file", row->id, row->master);
	else if (err)
		g_snprintf(why, size, "key %s: the master key %s in store.master_key_file is not the one that wrapped it", row->id, row->master);
	return err;
}

static int make(const struct master_keys *m, struct catalog_key *row)
{
	unsigned char key[ENVELOPE_KEY];
	int err = envelope_key_new(key, row->id);

	g_strlcpy(row->master, master_keys_newest(m), sizeof(row->master));
	if (!err)
		err = master_key_wrap(m, row->id, key, row->wrapped);
	OPENSSL_cleanse(key, sizeof(key));
	return err;
}

int data_key_for(struct catalog *c, const struct master_keys *m, const char *recording, int output, struct data_key *out, char *why, size_t why_size)
{
	struct catalog_key made, row;
	int err = no_master(m, why, why_size);

	if (err)
		return err;
	err = catalog_key_of(c, recording, output, &row);
	if (err == -ENOENT) {
		err = make(m, &made);
		if (!err)
			err = catalog_key_put(c, recording, output, &made, &row);
	}
	if (err) {
		g_snprintf(why, why_size, "no key for output %d of %s: %s", output, recording, err == -ENOENT ? "it is gone, or is being deleted" : err_str(err));
		return err;
	}
	return unwrap(m, &row, out, why, why_size);
}

int data_key_find(struct catalog *c, const struct master_keys *m, const char *id, struct data_key *out, char *why, size_t why_size)
{
	struct catalog_key row;
	int err = no_master(m, why, why_size);

	if (err)
		return err;
	err = catalog_key_get(c, id, &row);
	if (err) {
		g_snprintf(why, why_size, "key %s: %s", id, err == -ENOENT ? "it was deleted, and nobody can open what was sealed with it" : err_str(err));
		return err;
	}
	return unwrap(m, &row, out, why, why_size);
}

void data_key_wipe(struct data_key *k)
{
	OPENSSL_cleanse(k, sizeof(*k));
}

int data_key_open(struct catalog *c, const struct master_keys *m, const void *head, struct envelope **out, char *why, size_t why_size)
{
	char id[ENVELOPE_ID];
	struct data_key k;
	int err = envelope_key_id(head, ENVELOPE_HEAD, id);

	*out = NULL;
	if (err) {
		g_snprintf(why, why_size, "it is not a sealed object");
		return err;
	}
	err = data_key_find(c, m, id, &k, why, why_size);
	if (!err)
		err = envelope_open(out, k.key, head);
	data_key_wipe(&k);
	return err;
}

/* ---- another master key ---- */

static int rewrap(struct catalog *c, const struct master_keys *m, json_t *row, struct data_key_rekey *r)
{
	struct catalog_key old = { .id = "" }, now;
	struct data_key k;
	int err;

	g_strlcpy(old.id, json_str(row, "id"), sizeof(old.id));
	g_strlcpy(old.master, json_str(row, "master"), sizeof(old.master));
	g_strlcpy(old.wrapped, json_str(row, "wrapped"), sizeof(old.wrapped));
	now = old;
	err = unwrap(m, &old, &k, r->why, sizeof(r->why));
	if (err) {
		r->failed++;
		return 0;
	}
	g_strlcpy(now.master, master_keys_newest(m), sizeof(now.master));
	err = master_key_wrap(m, now.id, k.key, now.wrapped);
	data_key_wipe(&k);
	if (!err)
		err = catalog_key_rewrap(c, &old, &now);
	if (err > 0)
		r->done++;
	return MIN(err, 0);
}

int data_key_rekey(struct catalog *c, const struct master_keys *m, struct data_key_rekey *r)
{
	char after[ENVELOPE_ID] = "";
	size_t n = PAGE;
	int err = 0;

	while (!err && n == PAGE) {
		json_t *rows = NULL, *row;
		size_t i;

		err = catalog_keys_besides(c, master_keys_newest(m), after, PAGE, &rows);
		err = MIN(err, 0);
		n = json_array_size(rows);
		json_array_foreach(rows, i, row) {
			if (err)
				break;
			err = rewrap(c, m, row, r);
			g_strlcpy(after, json_str(row, "id"), sizeof(after));
		}
		json_decref(rows);
		if (!err && r->step)
			err = r->step(r, r->arg);
	}
	return err;
}
