/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signature version 4 against the signatures that Amazon publishes: the examples of the S3 API reference ("Authenticating requests"), of the general
 * reference (ListUsers), and two of its test suite. GOOG4 against the string to sign of Google's description.
 */
#include <glib.h>
#include "common/sign_aws.c"
#include "test.h"

enum { MAY_24 = 1369353600, AUG_30 = 1440938160 };
#define HASH_WELCOME "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"

static const struct sign_aws_key s3 = { SIGN_AWS4, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL, "us-east-1", NULL };
static const struct sign_aws_key iam = { SIGN_AWS4, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, "us-east-1", "iam" };
static const struct sign_aws_key suite = { SIGN_AWS4, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, "us-east-1", "service" };

static const struct vector {
	const char *name;
	const struct sign_aws_key *key;
	int now_s;
	const char *method, *host, *path;
	struct uri_pair query[4], headers[4];
	const char *hash, *names, *signature;
} vectors[] = {
	{ "GET object", &s3, MAY_24, "GET", "examplebucket.s3.amazonaws.com", "/test.txt", { { NULL, NULL } }, { { "Range", "bytes=0-9" } }, NULL,
	  "host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
	{ "PUT object", &s3, MAY_24, "PUT", "examplebucket.s3.amazonaws.com", "/test$file.text", { { NULL, NULL } },
	  { { "Date", "Fri, 24 May 2013 00:00:00 GMT" }, { "x-amz-storage-class", "REDUCED_REDUNDANCY" } }, HASH_WELCOME,
	  "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
	{ "GET lifecycle", &s3, MAY_24, "GET", "examplebucket.s3.amazonaws.com", "/", { { "lifecycle", NULL } }, { { NULL, NULL } }, NULL,
	  "host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
	{ "list objects, not in order", &s3, MAY_24, "GET", "examplebucket.s3.amazonaws.com", "/", { { "prefix", "J" }, { "max-keys", "2" } }, { { NULL, NULL } },
	  NULL, "host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
	{ "ListUsers", &iam, AUG_30, "GET", "iam.amazonaws.com", "/", { { "Version", "2010-05-08" }, { "Action", "ListUsers" } },
	  { { "Content-Type", "application/x-www-form-urlencoded; charset=utf-8" } }, NULL, "content-type;host;x-amz-date",
	  "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7" },
	{ "get-vanilla", &suite, AUG_30, "GET", "example.amazonaws.com", "/", { { NULL, NULL } }, { { NULL, NULL } }, NULL, "host;x-amz-date",
	  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	{ "get-vanilla-query-order-key-case", &suite, AUG_30, "GET", "example.amazonaws.com", "/", { { "Param2", "value2" }, { "Param1", "value1" } },
	  { { NULL, NULL } }, NULL, "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
};

static struct sign_request request_of(const struct vector *v)
{
	return (struct sign_request){ v->method, v->host, v->path, v->query, v->headers, v->hash, v->now_s };
}

static void test_vectors(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct sign_request req = request_of(v);
		char **lines = NULL, *want, date[DATE_SIZE];

		CHECK_INT(sign_aws_headers(&lines, v->key, &req), 0);
		CHECK_INT(date_text(date, v->now_s), 0);
		want = g_strdup_printf("Authorization: AWS4-HMAC-SHA256 Credential=%s/%.8s/us-east-1/%s/aws4_request, SignedHeaders=%s, Signature=%s", v->key->id,
				       date, v->key->service ? v->key->service : "s3", v->names, v->signature);
		if (strcmp(lines[g_strv_length(lines) - 1], want))
			TEST_FAIL("%s: %s\nis not %s", v->name, lines[g_strv_length(lines) - 1], want);
		g_free(want);
		g_strfreev(lines);
	}
}

static void test_published_link(void)
{
	struct sign_request req = { .method = "GET", .host = "examplebucket.s3.amazonaws.com", .path = "/test.txt", .now_s = MAY_24 };
	char *query = NULL;

	CHECK_INT(sign_aws_query(&query, &s3, &req, 86400), 0);
	CHECK_STR(query, "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
			 "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
			 "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
	g_free(query);
}

/* What is given out besides the signature, and what it covers. */
static void test_own_headers(void)
{
	struct sign_aws_key key = s3;
	struct uri_pair headers[] = { { "User-Agent", "changes on its way" }, { "Content-Type", "video/webm" }, { NULL, NULL } };
	struct sign_request req = { .method = "PUT", .host = "b.example", .path = "/a", .headers = headers, .payload_hash = SIGN_UNSIGNED, .now_s = MAY_24 };
	char **lines = NULL;

	key.token = "temporary";
	CHECK_INT(sign_aws_headers(&lines, &key, &req), 0);
	CHECK_INT(g_strv_length(lines), 4);
	CHECK_STR(lines[0], "x-amz-date: 20130524T000000Z");
	CHECK_STR(lines[1], "x-amz-content-sha256: UNSIGNED-PAYLOAD");
	CHECK_STR(lines[2], "x-amz-security-token: temporary");
	CHECK(strstr(lines[3], "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
	g_strfreev(lines);
}

/* Blanks, names that begin alike, one header twice, an empty one, a path that must not be tidied. */
static void test_canonical(void)
{
	struct uri_pair headers[] = { { "x-amz-meta-a-b", "2" }, { "X-Amz-Meta-A", "  one \t two  " }, { "x-amz-meta-e", "" }, { "X-AMZ-META-A", "three" }, { NULL, NULL } };
	struct uri_pair query[] = { { "uploadId", "x/y+z" }, { "partNumber", "1" }, { "a-b", "" }, { "a", "2" }, { "a", "1" }, { NULL, NULL } };
	struct sign_request req = { .method = "GET", .host = "h", .path = "/a//b/../\xc3\xa9 +*~", .query = query, .headers = headers, .now_s = MAY_24 };
	struct signing s;
	char *q = uri_query(query), *text;

	CHECK_INT(begin(&s, &s3, &req), 0);
	headers_sort(&s);
	text = canonical(&s, q, "hash");
	CHECK_STR(text, "GET\n/a//b/../%C3%A9%20%2B%2A~\na=1&a=2&a-b=&partNumber=1&uploadId=x%2Fy%2Bz\nhost:h\nx-amz-meta-a:one two,three\nx-amz-meta-a-b:2\n"
			"x-amz-meta-e:\n\nhost;x-amz-meta-a;x-amz-meta-a-b;x-amz-meta-e\nhash");
	g_free(text);
	g_free(q);
	done(&s);
}

/* Google's: the same with other words; and its key begins with GOOG4. */
static void test_google(void)
{
	struct sign_aws_key key = { SIGN_GOOG4, "GOOG1EXAMPLE", "secret", NULL, "europe-west1", NULL };
	struct sign_request req = { .method = "GET", .host = "storage.googleapis.com", .path = "/example-bucket/cat.jpeg", .now_s = MAY_24 };
	char *query = NULL, **lines = NULL, *text;
	struct signing s;

	CHECK_INT(begin(&s, &key, &req), 0);
	headers_sort(&s);
	text = string_to_sign(&s, "");
	CHECK_STR(text, "GOOG4-HMAC-SHA256\n20130524T000000Z\n20130524/europe-west1/storage/goog4_request\n"
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	g_free(text);
	done(&s);
	CHECK_INT(sign_aws_query(&query, &key, &req, 3600), 0);
	CHECK(g_str_has_prefix(query, "X-Goog-Algorithm=GOOG4-HMAC-SHA256&X-Goog-Credential=GOOG1EXAMPLE%2F20130524%2Feurope-west1%2Fstorage%2Fgoog4_request"
				      "&X-Goog-Date=20130524T000000Z&X-Goog-Expires=3600&X-Goog-SignedHeaders=host&X-Goog-Signature="));
	g_free(query);
	CHECK_INT(sign_aws_headers(&lines, &key, &req), 0);
	CHECK_STR(lines[0], "x-goog-date: 20130524T000000Z");
	CHECK(g_str_has_prefix(lines[1], "x-goog-content-sha256: e3b0"));
	CHECK(g_str_has_prefix(lines[2], "Authorization: GOOG4-HMAC-SHA256 Credential=GOOG1EXAMPLE/20130524/"));
	g_strfreev(lines);
}

static void test_refused(void)
{
	static const struct { const char *path, *name, *value; int64_t now_s, ttl_s; } bad[] = {
		{ "no-slash", "a", "b", MAY_24, 60 }, { NULL, "a", "b", MAY_24, 60 }, { "/", "a b", "b", MAY_24, 60 }, { "/", "", "b", MAY_24, 60 },
		{ "/", "a", "b\r\nx: y", MAY_24, 60 }, { "/", "a:", "b", MAY_24, 60 }, { "/", "a", "b", -1, 60 }, { "/", "a", "b", INT64_MAX, 60 },
		{ "/", "a", "b", INT64_C(253402300800), 60 }, { "/", "a", "b", MAY_24, 0 }, { "/", "a", "b", MAY_24, SIGN_AWS_TTL_MAX + 1 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		struct uri_pair headers[] = { { bad[i].name, bad[i].value }, { NULL, NULL } };
		struct sign_request req = { .method = "GET", .host = "h", .path = bad[i].path, .headers = headers, .now_s = bad[i].now_s };
		char **lines = NULL, *query = NULL;
		bool ttl = bad[i].ttl_s != 60;

		CHECK_INT(sign_aws_query(&query, &s3, &req, bad[i].ttl_s), -EINVAL);
		CHECK_INT(sign_aws_headers(&lines, &s3, &req), ttl ? 0 : -EINVAL);
		CHECK(!query && !lines == !ttl);
		g_strfreev(lines);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_vectors), TEST(test_published_link), TEST(test_own_headers), TEST(test_canonical), TEST(test_google),
					     TEST(test_refused) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
