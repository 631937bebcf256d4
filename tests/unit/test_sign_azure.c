/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SharedKey and service SAS: the texts that are signed, as Azure describes them. That Azure's own client makes the same signatures: tests/store/signers.
 */
#include "common/sign_azure.c"
#include "test.h"

enum { NOV_22 = 1795357800 };      /* 2026-11-22 14:30 UTC, a Sunday */
/* The account that every copy of azurite has; Microsoft publishes its key. */
static const struct sign_azure_key dev = { "devstoreaccount1", "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==" };

static void test_string_to_sign(void)
{
	struct uri_pair headers[] = { { "Content-Length", "11" }, { "content-type", " text/plain " }, { "x-ms-meta-ab", "2" }, { "X-MS-Meta-A", " 1 " },
				      { "x-ms-blob-type", "BlockBlob" }, { "If-None-Match", "*" }, { "Accept", "not signed" }, { NULL, NULL } };
	struct uri_pair query[] = { { "comp", "block" }, { "BlockId", "MDAx=" }, { NULL, NULL } };
	struct sign_request req = { .method = "PUT", .host = "127.0.0.1:10000", .path = "/devstoreaccount1/c/a b\xc3\xa9.webm", .query = query, .headers = headers,
				    .now_s = NOV_22 };
	GArray *ms = pairs_new();
	char *text;

	CHECK_INT(ms_headers(ms, &req, "Sun, 22 Nov 2026 14:30:00 GMT"), 0);
	text = string_to_sign(&dev, &req, ms);
	CHECK_STR(text, "PUT\n\n\n11\n\ntext/plain\n\n\n\n*\n\n\nx-ms-blob-type:BlockBlob\nx-ms-date:Sun, 22 Nov 2026 14:30:00 GMT\nx-ms-meta-a:1\nx-ms-meta-ab:2\n"
			"x-ms-version:" SIGN_AZURE_VERSION "\n/devstoreaccount1/devstoreaccount1/c/a%20b%C3%A9.webm\nblockid:MDAx=\ncomp:block");
	g_free(text);
	g_array_unref(ms);
}

/* Each before the next, as .NET sorts words in English. */
static void test_order(void)
{
	static const char *const names[] = { "x-ms-meta", "x-ms-meta-a", "x-ms-meta-a_b", "x-ms-meta-a1", "x-ms-meta-ab", "x-ms-meta-a-b", "x-ms-meta-abc", "x-ms-metab" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		for (size_t j = 0; j < G_N_ELEMENTS(names); j++) {
			struct uri_pair a = { names[i], NULL }, b = { names[j], NULL };
			int got = compare_words(&a, &b);

			if ((got > 0) - (got < 0) != (i > j) - (i < j))
				TEST_FAIL("%s and %s: %d", names[i], names[j], got);
		}
}

static void test_headers(void)
{
	struct uri_pair zero[] = { { "Content-Length", "0" }, { "x-ms-date", "Sun, 22 Nov 2026 14:30:00 GMT" }, { "x-ms-version", SIGN_AZURE_VERSION }, { NULL, NULL } };
	struct sign_request req = { .method = "PUT", .host = "h", .path = "/c", .now_s = NOV_22 };
	char **own = NULL, **given = NULL;

	CHECK_INT(sign_azure_headers(&own, &dev, &req), 0);
	CHECK_INT(g_strv_length(own), 3);
	CHECK_STR(own[0], "x-ms-date: Sun, 22 Nov 2026 14:30:00 GMT");
	CHECK_STR(own[1], "x-ms-version: " SIGN_AZURE_VERSION);
	CHECK(g_str_has_prefix(own[2], "Authorization: SharedKey devstoreaccount1:"));
	req.headers = zero;                /* the same, said by the caller; a length of nothing is none */
	CHECK_INT(sign_azure_headers(&given, &dev, &req), 0);
	CHECK_INT(g_strv_length(given), 1);
	CHECK_STR(given[0], own[2]);
	g_strfreev(own);
	g_strfreev(given);
}

static void test_sas(void)
{
	struct sign_azure_sas sas = { .container = "c", .blob = "a b/\xc3\xa9.webm", .permissions = "r", .protocol = "https", .start_s = NOV_22 - 300,
				      .expiry_s = NOV_22 + 3600, .disposition = "attachment; filename=\"x.webm\"", .mime = "video/webm" };
	char *text = sas_string(&dev, &sas, "S", "E"), *query = NULL;

	CHECK_STR(text, "r\nS\nE\n/blob/devstoreaccount1/c/a b/\xc3\xa9.webm\n\n\nhttps\n" SIGN_AZURE_VERSION "\nb\n\n\n\nattachment; filename=\"x.webm\"\n\n\nvideo/webm");
	CHECK_INT(sign_azure_sas(&query, &dev, &sas), 0);
	CHECK(g_str_has_prefix(query, "rscd=attachment%3B%20filename%3D%22x.webm%22&rsct=video%2Fwebm&se=2026-11-22T15%3A30%3A00Z&sig="));
	CHECK(g_str_has_suffix(query, "&sp=r&spr=https&sr=b&st=2026-11-22T14%3A25%3A00Z&sv=" SIGN_AZURE_VERSION));
	g_free(query);
	g_free(text);
	sas = (struct sign_azure_sas){ .container = "c", .blob = "b", .permissions = "r", .expiry_s = NOV_22 };
	CHECK_INT(sign_azure_sas(&query, &dev, &sas), 0);
	CHECK(g_str_has_prefix(query, "se=2026-11-22T14%3A30%3A00Z&sig=") && !strstr(query, "&st=") && !strstr(query, "spr="));
	g_free(query);
}

static void test_refused(void)
{
	static const char *const keys[] = { NULL, "", "?", "Eby8vdM0", "YQ" };       /* the fourth is base64 */
	struct sign_azure_sas sas = { .container = "c", .blob = "b", .permissions = "r", .expiry_s = NOV_22 };
	struct uri_pair headers[] = { { "x-ms-meta-a", "1\nx-ms-meta-b:2" }, { NULL, NULL } };
	struct sign_request req = { .method = "GET", .host = "h", .path = "/c", .now_s = NOV_22 };
	char **lines = NULL, *query = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		struct sign_azure_key key = { "a", keys[i] };
		bool good = i == 3;

		CHECK_INT(sign_azure_headers(&lines, &key, &req), good ? 0 : -EINVAL);
		CHECK_INT(sign_azure_sas(&query, &key, &sas), good ? 0 : -EINVAL);
		g_clear_pointer(&lines, g_strfreev);
		g_clear_pointer(&query, g_free);
	}
	sas.blob = "a\nb";
	CHECK_INT(sign_azure_sas(&query, &dev, &sas), -EINVAL);
	req.headers = headers;
	CHECK_INT(sign_azure_headers(&lines, &dev, &req), -EINVAL);
	req = (struct sign_request){ .method = "GET", .host = "h", .path = "c", .now_s = NOV_22 };
	CHECK_INT(sign_azure_headers(&lines, &dev, &req), -EINVAL);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_string_to_sign), TEST(test_order), TEST(test_headers), TEST(test_sas), TEST(test_refused) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
