/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/permission.c"
#include "test.h"

static const struct actor
	stranger = { 0 },
	admin = { .admin = true },
	waiting = { .waiting = true },
	guest = { .joined = true, .publisher = true },
	receiver = { .joined = true, .subscriber = true },
	host = { .joined = true, .publisher = true, .host = true },
	clerk = { .joined = true, .publisher = true, .host = true, .grants = GRANT_DELETE },
	pretender = { .joined = true, .publisher = true, .grants = GRANT_RECORD | GRANT_DELETE | GRANT_ADMIT },
	watcher = { .joined = true, .publisher = true, .grants = GRANT_SUBSCRIBE | GRANT_DOWNLOAD },
	nobody = { .rest = true },
	linked = { .rest = true, .link = true },
	reader = { .rest = true, .joined = true, .grants = GRANT_DOWNLOAD },
	visitor = { .rest = true, .joined = true, .grants = GRANT_PUBLISH | GRANT_SUBSCRIBE },
	lender = { .rest = true, .joined = true, .host = true, .grants = GRANT_DOWNLOAD },
	neighbour = { .rest = true, .local = true },
	chief = { .rest = true, .joined = true, .host = true };

/* Every rule against everybody: what is not APP_OK here must not be there. */
static void test_matrix(void)
{
	static const struct { enum who who; const struct actor *a; enum app_error err; } rows[] = {
		{ WHO_NOBODY, &host, APP_FORBIDDEN }, { WHO_NOBODY, &admin, APP_FORBIDDEN }, { WHO_NOBODY, &stranger, APP_FORBIDDEN },
		{ WHO_ANYONE, &stranger, APP_OK }, { WHO_ANYONE, &admin, APP_OK }, { WHO_KEY, &stranger, APP_OK }, { WHO_KEY, &admin, APP_OK },
		{ WHO_LEAVER, &waiting, APP_OK }, { WHO_LEAVER, &guest, APP_OK }, { WHO_LEAVER, &receiver, APP_OK }, { WHO_LEAVER, &stranger, APP_NOT_JOINED },
		{ WHO_LEAVER, &admin, APP_FORBIDDEN }, { WHO_ANYONE, &waiting, APP_OK }, { WHO_KEY, &waiting, APP_OK }, { WHO_NEW, &waiting, APP_WAITING },
		{ WHO_JOINED, &waiting, APP_WAITING }, { WHO_SENDER, &waiting, APP_WAITING }, { WHO_RECEIVER, &waiting, APP_WAITING },
		{ WHO_HOST, &waiting, APP_WAITING }, { WHO_HOST_ADMIT, &waiting, APP_WAITING }, { WHO_NOBODY, &waiting, APP_FORBIDDEN },
		{ WHO_NEW, &stranger, APP_OK }, { WHO_NEW, &guest, APP_ALREADY_JOINED }, { WHO_NEW, &admin, APP_FORBIDDEN },
		{ WHO_JOINED, &stranger, APP_NOT_JOINED }, { WHO_JOINED, &guest, APP_OK }, { WHO_JOINED, &receiver, APP_OK }, { WHO_JOINED, &admin, APP_OK },
		{ WHO_PUBLISHER, &stranger, APP_NOT_JOINED }, { WHO_PUBLISHER, &receiver, APP_FORBIDDEN }, { WHO_PUBLISHER, &guest, APP_OK },
		{ WHO_PUBLISHER, &admin, APP_FORBIDDEN }, { WHO_SUBSCRIBER, &guest, APP_FORBIDDEN }, { WHO_SUBSCRIBER, &receiver, APP_OK },
		{ WHO_SENDER, &guest, APP_OK }, { WHO_SENDER, &watcher, APP_FORBIDDEN }, { WHO_SENDER, &receiver, APP_FORBIDDEN },
		{ WHO_RECEIVER, &receiver, APP_OK }, { WHO_RECEIVER, &stranger, APP_NOT_JOINED },
		{ WHO_HOST, &stranger, APP_NOT_JOINED }, { WHO_HOST, &guest, APP_NOT_HOST }, { WHO_HOST, &host, APP_OK }, { WHO_HOST, &admin, APP_FORBIDDEN },
		{ WHO_HOST_RECORD, &stranger, APP_NOT_JOINED }, { WHO_HOST_RECORD, &guest, APP_NOT_HOST }, { WHO_HOST_RECORD, &host, APP_OK },
		{ WHO_HOST_RECORD, &pretender, APP_NOT_HOST }, { WHO_HOST_RECORD, &clerk, APP_FORBIDDEN }, { WHO_HOST_RECORD, &admin, APP_FORBIDDEN },
		{ WHO_HOST_DELETE, &clerk, APP_OK }, { WHO_HOST_DELETE, &pretender, APP_NOT_HOST }, { WHO_HOST_ADMIT, &clerk, APP_FORBIDDEN },
		{ WHO_OPERATOR, &neighbour, APP_OK }, { WHO_OPERATOR, &nobody, APP_FORBIDDEN }, { WHO_OPERATOR, &chief, APP_FORBIDDEN },
		{ WHO_OPERATOR, &admin, APP_FORBIDDEN }, { WHO_JOINED, &neighbour, APP_UNAUTHORIZED },
		{ WHO_ADMIN, &admin, APP_OK }, { WHO_ADMIN, &host, APP_FORBIDDEN }, { WHO_ADMIN, &stranger, APP_FORBIDDEN }, { WHO_ADMIN, &chief, APP_FORBIDDEN },
		{ WHO_FILE, &host, APP_OK }, { WHO_FILE, &guest, APP_FORBIDDEN }, { WHO_FILE, &admin, APP_FORBIDDEN },
		{ WHO_ANYONE, &nobody, APP_OK }, { WHO_JOINED, &nobody, APP_UNAUTHORIZED }, { WHO_HOST_RECORD, &nobody, APP_UNAUTHORIZED },
		{ WHO_FILE, &nobody, APP_UNAUTHORIZED }, { WHO_FILE, &linked, APP_OK }, { WHO_JOINED, &linked, APP_FORBIDDEN },
		{ WHO_HOST_DELETE, &linked, APP_FORBIDDEN }, { WHO_FILE, &reader, APP_OK }, { WHO_FILE, &visitor, APP_FORBIDDEN },
		{ WHO_FILE, &lender, APP_OK }, { WHO_FILE, &chief, APP_OK }, { WHO_HOST_DELETE, &lender, APP_FORBIDDEN },
		{ WHO_HOST_DELETE, &chief, APP_OK }, { WHO_HOST_DELETE, &reader, APP_NOT_HOST }, { WHO_SENDER, &chief, APP_FORBIDDEN },
		{ WHO_COUNT, &host, APP_FORBIDDEN }, { (enum who)-1, &host, APP_FORBIDDEN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (permission_check(rows[i].who, rows[i].a) != rows[i].err)
			TEST_FAIL("row %zu", i);
}

static void test_every_rule_says_something(void)
{
	for (enum who w = WHO_NOBODY + 1; w < WHO_COUNT; w++)
		CHECK(rules[w].needs);
}

static void test_download(void)
{
	CHECK(permission_grant(&host, GRANT_DOWNLOAD));
	CHECK(!permission_grant(&guest, GRANT_DOWNLOAD));
	CHECK(permission_grant(&watcher, GRANT_DOWNLOAD));
}

static void test_unknown_grant_is_refused(void)
{
	CHECK(!permission_grant(&host, 1u << 20));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_matrix), TEST(test_every_rule_says_something), TEST(test_download), TEST(test_unknown_grant_is_refused),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
