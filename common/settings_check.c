/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the keys of the configuration file must not say together; of `storage` in settings_storage.c. Called by settings_load().
 */
#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "common/settings_check.h"

struct why { char *text; size_t size; };

static int fail(struct why *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct why *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->text, w->size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int check_webhook(const struct settings *s, const struct settings_webhook *h, struct why *w)
{
	const char *host = h->url ? strstr(h->url, "://") : NULL;

	if (!h->url || !h->secret_file)
		return fail(w, "webhook %s needs its %s", h->name, h->url ? "secret_file" : "url");
	if (!g_str_has_prefix(h->url, "https://") && !(h->plain && g_str_has_prefix(h->url, "http://")))
		return fail(w, "webhook %s: its url must begin with https:// (or with http:// and plain = true)", h->name);
	if (memchr(host + 3, '@', strcspn(host + 3, "/?#")))
		return fail(w, "webhook %s: its url must hold no user name and password", h->name);
	if (h->urls && !s->public_url)
		return fail(w, "webhook %s: urls needs serve.public_url", h->name);
	return 0;
}

static int check_webhooks(const struct settings *s, struct why *w)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->nwebhooks; i++)
		err = check_webhook(s, &s->webhooks[i], w);
	if (!err && s->public_url && !g_str_has_prefix(s->public_url, "https://") && !g_str_has_prefix(s->public_url, "http://"))
		err = fail(w, "serve.public_url must begin with https:// or http://");
	return err;
}

static int check_token_keys(const struct settings *s, struct why *w)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->ntoken_keys; i++)
		if (!s->token_keys[i].alg || !s->token_keys[i].file)
			err = fail(w, "token_keys: the key %s needs its alg and its file", s->token_keys[i].kid);
	return err;
}

int settings_check(const struct settings *s, char *text, size_t size)
{
	struct why why = { text, size }, *w = &why;
	int err = 0;

	if ((s->width | s->height) & 1)
		err = fail(w, "mix.width and mix.height are %d and %d, must be even", s->width, s->height);
	else if (s->segment_ms % 1000)
		err = fail(w, "mix.segment_ms is %d, must be whole seconds", s->segment_ms);
	else if (!s->tls_cert != !s->tls_key)
		err = fail(w, "serve.tls_cert and serve.tls_key need each other");
	else if (s->nrooms > (size_t)s->max_rooms)
		err = fail(w, "there are %zu rooms, general.max_rooms is %d", s->nrooms, s->max_rooms);
	if (!err)
		err = check_token_keys(s, w);
	if (!err)
		err = check_webhooks(s, w);
	return err ? err : settings_check_storage(s, text, size);
}
