/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include "common/uri.c"
#include "test.h"

static void test_encode(void)
{
	char *text = uri_encode("aZ09-._~ !/?\xc3\xa9%", ""), *path = uri_encode("/a b//c+", "/");

	CHECK_STR(text, "aZ09-._~%20%21%2F%3F%C3%A9%25");
	CHECK_STR(path, "/a%20b//c%2B");
	g_free(text);
	g_free(path);
}

/* Every byte there and back, and whatever its escape looks like, one spelling. */
static void test_each_byte(void)
{
	for (int c = 1; c < 256; c++) {
		char one[2] = { (char)c, '\0' }, lower[4], *encoded = uri_encode(one, ""), *back = NULL, *path = NULL, *kept = uri_encode(one, "/");

		CHECK_INT(uri_decode(&back, encoded), 0);
		CHECK_STR(back, one);
		g_snprintf(lower, sizeof(lower), "%%%02x", c);
		CHECK_INT(uri_path(&path, lower), 0);
		CHECK_STR(path, kept);
		g_free(encoded);
		g_free(back);
		g_free(path);
		g_free(kept);
	}
}

static void test_broken(void)
{
	static const char *const bad[] = { "%", "a%2", "%zz", "%0", "%00", "a%2gb", "%%" };

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		char *out = NULL;

		CHECK_INT(uri_decode(&out, bad[i]), -EBADMSG);
		CHECK_INT(uri_path(&out, bad[i]), -EBADMSG);
		CHECK(!out);
	}
}

static void test_query(void)
{
	struct uri_pair pairs[] = { { "b", "2" }, { "a-b", "x" }, { "a", "2" }, { "A", NULL }, { "a", "1/+ " }, { "\xc3\xa9", "=&" }, { NULL, NULL } };
	char *all = uri_query(pairs), *none = uri_query(NULL);

	CHECK_STR(all, "%C3%A9=%3D%26&A=&a=1%2F%2B%20&a=2&a-b=x&b=2");
	CHECK_STR(none, "");
	g_free(all);
	g_free(none);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_encode), TEST(test_each_byte), TEST(test_broken), TEST(test_query) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
