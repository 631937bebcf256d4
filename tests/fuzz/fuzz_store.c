/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stores, metadata services and files of keys say: the first byte says which of these the rest is.
 */
#include "postprocess/credentials_private.h"
#include "postprocess/store_error.h"
#include "postprocess/store_azure_list.c"
#include "tests/fuzz/fuzz.h"

static int look(const struct store_item *i, void *arg)
{
	(void)arg;
	return strlen(i->key) + strlen(i->version) + strlen(i->upload) + strlen(i->etag) > 1 << 30;
}

/* A tree that is written is read again as the same. */
static void on_tree(const char *text, size_t len)
{
	struct xml_node *n = NULL, *again = NULL;
	GString *one = g_string_new(NULL), *two = g_string_new(NULL);
	struct store fake = { .page = 5 };
	struct store_list all = { .prefix = "", .versions = true };
	struct walk w = { .s = &fake, .l = &all, .each = look };
	struct store_why why;
	bool more;

	if (!xml_parse(&n, text, len)) {
		xml_write(one, n);
		FUZZ_CHECK(!xml_parse(&again, one->str, one->len));
		xml_write(two, again);
		FUZZ_CHECK(g_string_equal(one, two));
		take_page(&w, n, &more, &why);
	}
	g_free(w.marker);
	xml_free(&n);
	xml_free(&again);
	g_string_free(one, TRUE);
	g_string_free(two, TRUE);
}

static void on_keys(char kind, const char *text, size_t len)
{
	struct credential key = { 0 };
	struct found found = { .expires_ms = 0 };

	if (kind == 'f')
		credentials_parse(&key, text, "default");
	else if (kind == 'a')
		credentials_parse_azure(&key, text, "account");
	else
		credentials_parse_json(&found, text, len);
	credential_clear(&key);
	credential_clear(&found.key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = size ? g_strndup((const char *)data + 1, size - 1) : NULL, root[32], code[64], said[160];

	if (!size)
		return 0;
	if (*data == 'x') {
		on_tree((const char *)data + 1, size - 1);
		store_error_read((const char *)data + 1, size - 1, root, sizeof(root), code, sizeof(code), said, sizeof(said));
		FUZZ_CHECK(g_utf8_validate(said, -1, NULL) && !strpbrk(said, "\r\n"));
	} else {
		on_keys((char)*data, text, strlen(text));
	}
	g_free(text);
	return 0;
}
