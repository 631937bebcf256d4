/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Percent-encoding. Called by the signers and by what makes requests and links, on any thread; no state.
 */
#include "common/uri.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

static void encode_to(GString *s, const char *text, const char *keep)
{
	static const char digits[] = "0123456789ABCDEF";

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (g_ascii_isalnum(*p) || strchr("-._~", *p) || strchr(keep, *p)) {
			g_string_append_c(s, (char)*p);
		} else {
			g_string_append_c(s, '%');
			g_string_append_c(s, digits[*p >> 4]);
			g_string_append_c(s, digits[*p & 15]);
		}
	}
}

char *uri_encode(const char *text, const char *keep)
{
	GString *s = g_string_sized_new(strlen(text) + 16);

	encode_to(s, text, keep);
	return g_string_free(s, FALSE);
}

int uri_decode(char **out, const char *text)
{
	GString *s = g_string_sized_new(strlen(text));
	int err = 0;

	for (const char *p = text; *p && !err; p++) {
		int high = *p == '%' ? g_ascii_xdigit_value(p[1]) : 0, low = *p == '%' && high >= 0 ? g_ascii_xdigit_value(p[2]) : 0;

		if (high < 0 || low < 0 || (*p == '%' && high + low == 0)) {
			err = -EBADMSG;
		} else if (*p == '%') {
			g_string_append_c(s, (char)(high << 4 | low));
			p += 2;
		} else {
			g_string_append_c(s, *p);
		}
	}
	if (err)
		g_string_free(s, TRUE);
	else
		*out = g_string_free(s, FALSE);
	return err;
}

int uri_path(char **out, const char *encoded)
{
	char *plain = NULL;
	int err = uri_decode(&plain, encoded);

	if (!err)
		*out = uri_encode(plain, "/");
	g_free(plain);
	return err;
}

/* A pair, encoded. Comparing "name=value" as a whole would be wrong: '=' sorts behind '-', '.' and the digits. */
struct encoded {
	char *name, *value;
};

static int compare(const void *a, const void *b)
{
	const struct encoded *x = a, *y = b;
	int by_name = strcmp(x->name, y->name);

	return by_name ? by_name : strcmp(x->value, y->value);
}

static void clear(void *pair)
{
	struct encoded *e = pair;

	g_free(e->name);
	g_free(e->value);
}

char *uri_query(const struct uri_pair *pairs)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct encoded));
	GString *s = g_string_new(NULL);

	g_array_set_clear_func(all, clear);
	for (; pairs && pairs->name; pairs++) {
		struct encoded e = { uri_encode(pairs->name, ""), uri_encode(pairs->value ? pairs->value : "", "") };

		g_array_append_val(all, e);
	}
	g_array_sort(all, compare);
	for (guint i = 0; i < all->len; i++) {
		const struct encoded *e = &g_array_index(all, struct encoded, i);

		g_string_append_printf(s, "%s%s=%s", i ? "&" : "", e->name, e->value);
	}
	g_array_unref(all);
	return g_string_free(s, FALSE);
}
