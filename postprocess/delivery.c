/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses of copies. Called by REST handlers (HTTP threads) and by the sender of webhooks.
 *
 *   file's copies ─▶ verified, in a store we know ─┬─ cdn_url ─▶ CDN's address, signed or public
 *                                                  └─ else ────▶ store_url(): the store's
 */
#include "postprocess/delivery.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/json.h"
#include "common/log.h"
#include "common/sign_cdn.h"
#include "common/sync.h"
#include "common/uri.h"

struct delivery {
	struct stores *stores;
	struct sign_cdn_key **cdn;         /* for each store, NULL: it needs none */
};

static int load_key(struct sign_cdn_key **out, const struct settings_storage *conf, char *why, size_t why_size)
{
	char said[400];
	int err;

	if (!conf->cdn_url || conf->cdn_signing == STORAGE_CDN_NONE)
		return 0;
	err = sign_cdn_load(out, conf->cdn_signing == STORAGE_CDN_CLOUDFRONT ? SIGN_CDN_CLOUDFRONT : SIGN_CDN_HMAC, conf->cdn_key_id, conf->cdn_key_file, said,
			    sizeof(said));
	if (err)
		g_snprintf(why, why_size, "store %s: %s", conf->name, said);
	return err;
}

int delivery_create(struct delivery **out, struct stores *stores, char *why, size_t why_size)
{
	struct delivery *d = g_new0(struct delivery, 1);
	int err = 0;

	d->stores = stores;
	d->cdn = g_new0(struct sign_cdn_key *, stores_count(stores) + 1);
	for (size_t i = 0; !err && i < stores_count(stores); i++)
		err = load_key(&d->cdn[i], store_conf(stores_at(stores, i)), why, why_size);
	if (err)
		delivery_unref(&d);
	else
		*out = d;
	return err;
}

void delivery_unref(struct delivery **d)
{
	if (!*d)
		return;
	for (size_t i = 0; i < stores_count((*d)->stores); i++)
		sign_cdn_unref(&(*d)->cdn[i]);
	g_free((*d)->cdn);
	g_clear_pointer(d, g_free);
}

static json_t *verified_in(json_t *file, const char *store)
{
	size_t i;
	json_t *copy;

	json_array_foreach(json_object_get(file, "copies"), i, copy)
		if (json_str(copy, "key") && !g_strcmp0(json_str(copy, "store"), store) && !g_strcmp0(json_str(copy, "state"), "verified"))
			return copy;
	return NULL;
}

static bool take(struct delivery_copy *out, struct store *store, json_t *file)
{
	json_t *copy = store ? verified_in(file, store_name(store)) : NULL;

	if (copy)
		*out = (struct delivery_copy){ .store = store, .key = json_str(copy, "key"), .key_id = json_str(copy, "key_id"), .size = json_num(copy, "size", 0),
						.verified_ms = json_num(copy, "verified_ms", 0) };
	return copy != NULL;
}

bool delivery_find(const struct delivery *d, json_t *file, struct delivery_copy *out)
{
	bool found = d && take(out, stores_primary(d->stores), file);

	for (size_t i = 0; d && !found && i < stores_count(d->stores); i++)
		found = take(out, stores_at(d->stores, i), file);
	return found;
}

static const struct sign_cdn_key *cdn_key(const struct delivery *d, const struct store *s)
{
	for (size_t i = 0; i < stores_count(d->stores); i++)
		if (stores_at(d->stores, i) == s)
			return d->cdn[i];
	return NULL;
}

static int cdn_url(const struct delivery *d, const struct delivery_copy *c, const struct delivery_ask *ask, char **out)
{
	const struct sign_cdn_key *key = cdn_key(d, c->store);
	char *path = uri_encode(c->key, "/"), *url = g_strdup_printf("%s/%s", store_conf(c->store)->cdn_url, path);
	int err = 0;

	if (key)
		err = sign_cdn_url(out, key, url, ask->exp_s);
	else
		*out = g_steal_pointer(&url);
	g_free(url);
	g_free(path);
	return err;
}

int delivery_url(const struct delivery *d, const struct delivery_copy *c, const struct delivery_ask *ask, char **out)
{
	const struct settings_storage *conf = store_conf(c->store);
	struct store_url u = { .key = c->key, .method = ask->method, .disposition = ask->disposition, .mime = ask->mime, .ttl_s = ask->ttl_s,
			       .now_s = ask->exp_s - ask->ttl_s };
	struct store_why why;
	int err;

	if (c->key_id)
		return -ENOTSUP;
	if (conf->cdn_url && (!ask->disposition || conf->public || !store_can(c->store, STORE_CAN_URLS)))
		return cdn_url(d, c, ask, out);
	err = store_can(c->store, STORE_CAN_URLS) ? store_url(c->store, &u, out, &why) : -ENOTSUP;
	if (err && err != -ENOTSUP)
		log_warn("%s", why.text);
	return err;
}

/* "https://host" of an address. */
static char *origin_of(const char *url)
{
	const char *host = strstr(url, "://");

	return host ? g_strndup(url, (gsize)(host + 3 - url) + strcspn(host + 3, "/?")) : NULL;
}

char *delivery_origins(const struct delivery *d)
{
	static const char *const ways[] = { NULL, "attachment" };      /* shown, saved */
	struct delivery_ask ask = { .method = "GET", .exp_s = clock_wall_ms() / 1000 + 60, .ttl_s = 60 };
	GString *all = g_string_new(NULL);

	for (size_t i = 0; d && i < 2 * stores_count(d->stores); i++) {
		struct delivery_copy c = { .store = stores_at(d->stores, i / 2), .key = "x" };
		char *url = NULL, *origin = NULL;

		ask.disposition = ways[i % 2];
		if (!delivery_url(d, &c, &ask, &url))
			origin = origin_of(url);
		if (origin && !strstr(all->str, origin))
			g_string_append_printf(all, " %s", origin);
		g_free(origin);
		g_free(url);
	}
	return g_string_free(all, FALSE);
}
