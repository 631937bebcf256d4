/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts of stores that need none: what answers mean, XML, the wait between attempts, and a directory as a store. Real ones: tests/store.
 */
#include <glib/gstdio.h>
#include <unistd.h>
#include "common/fsio.h"
#include "postprocess/store_error.c"
#include "postprocess/store_retry.c"
#include "postprocess/store_xml.c"
#include "postprocess/stores.c"
#include "test.h"

static const struct { int status; const char *code; int err; bool again; } answers[] = {
	{ 404, "NoSuchKey", -ENOENT, false }, { 404, "NoSuchUpload", -ENOENT, false }, { 404, "", -ENOENT, false }, { 404, NULL, -ENOENT, false },
	{ 400, "InvalidBlockList", -ENOENT, false }, { 412, "PreconditionFailed", -EEXIST, false }, { 409, "BlobAlreadyExists", -EEXIST, false },
	{ 409, "ConditionalRequestConflict", -EBUSY, true }, { 409, "SomethingElse", -EBUSY, false },
	{ 400, "BadDigest", -EBADMSG, true }, { 400, "XAmzContentSHA256Mismatch", -EBADMSG, true }, { 400, "Md5Mismatch", -EBADMSG, true },
	{ 400, "RequestTimeout", -ETIMEDOUT, true }, { 400, "InvalidArgument", -EINVAL, false }, { 400, "InvalidStorageClass", -EINVAL, false },
	{ 403, "SignatureDoesNotMatch", -EACCES, false }, { 403, "RequestTimeTooSkewed", -EACCES, false }, { 403, "", -EACCES, false }, { 401, "", -EACCES, false },
	{ 503, "SlowDown", -EAGAIN, true }, { 503, "ServerBusy", -EAGAIN, true }, { 503, "", -EAGAIN, true }, { 429, "", -EAGAIN, true },
	{ 500, "InternalError", -EIO, true }, { 500, "OperationTimedOut", -ETIMEDOUT, true }, { 500, "", -EIO, true }, { 502, "", -EIO, true },
	{ 504, "", -ETIMEDOUT, true }, { 599, "", -EIO, true }, { 501, "NotImplemented", -ENOTSUP, false }, { 507, "", -ENOSPC, false },
	{ 416, "InvalidRange", -ERANGE, false }, { 301, "PermanentRedirect", -EINVAL, false }, { 307, "", -EINVAL, false },
	{ 200, "InternalError", -EIO, true }, { 200, "SlowDown", -EAGAIN, true }, { 200, "", -EIO, true }, { 200, "AccessDenied", -EIO, true },
	{ 101, "", -EPROTO, false }, { 0, "", -EPROTO, false }, { 999, "", -EPROTO, false },
};

static void test_what_answers_mean(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
		struct store_why why = { 0 };
		int err = store_error_of(&why, answers[i].status, answers[i].code);

		if (err != answers[i].err || why.err != err || why.again != answers[i].again || why.status != answers[i].status)
			TEST_FAIL("%d %s: %d again %d, expected %d again %d", answers[i].status, answers[i].code, err, why.again, answers[i].err, answers[i].again);
	}
}

static void test_errors_are_read(void)
{
	char root[16], code[16], text[16];

#define READ(body) store_error_read(body, strlen(body), root, sizeof(root), code, sizeof(code), text, sizeof(text))
	READ("\n\n  <?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Be\nslow &amp; kind to all of us</Message><Secret>x</Secret></Error>");
	CHECK_STR(root, "Error");
	CHECK_STR(code, "SlowDown");
	CHECK_STR(text, "Be slow & kind");
	READ("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>ServerBusy</Code><Message>\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4</Message></Error>");
	CHECK_STR(code, "ServerBusy");
	CHECK_STR(text, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4");
	READ("<CompleteMultipartUploadResult xmlns=\"x\"><ETag/></CompleteMultipartUploadResult>");
	CHECK_STR(root, "CompleteMultipa");
	CHECK_STR(code, "");
	READ("<html><body>nginx</body>");
	CHECK_STR(root, "");
	READ("");
	CHECK_STR(root, "");
	READ("<Error><Code>Slow");
	CHECK_STR(code, "");
#undef READ
}

static void test_xml(void)
{
	static const char text[] = "<?xml version='1.0'?><a:List xmlns:a='u'><Item><Key>x &lt;y&gt;</Key><P><Etag>\"1\"</Etag></P></Item><Item><Key Encoded=\"true\">%41%20b</Key></Item>"
		"<Empty/></a:List>";
	struct xml_node *n = NULL;
	GString *out = g_string_new(NULL);

	CHECK_INT(xml_parse(&n, text, strlen(text)), 0);
	CHECK_STR(n->name, "List");
	CHECK_INT(n->children->len, 3);
	CHECK_STR(xml_text(n, "Item/Key"), "x <y>");
	CHECK_STR(xml_text(n, "Item/P/Etag"), "\"1\"");
	CHECK_STR(xml_text(n, "Item/Nothing/Etag"), "");
	CHECK_STR(xml_text(n->children->pdata[1], "Key"), "A b");
	CHECK(!xml_child(NULL, "x"));
	xml_write(out, n->children->pdata[0]);
	CHECK_STR(out->str, "<Item><Key>x &lt;y&gt;</Key><P><Etag>&quot;1&quot;</Etag></P></Item>");
	g_string_free(out, TRUE);
	xml_free(&n);
	CHECK(!n);
}

static void test_xml_is_bounded(void)
{
	static const char *const bad[] = { "", "   ", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&nbsp;</a>", "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
		"<a Encoded=\"true\">%4</a>", "<a>\xff</a>" };
	GString *deep = g_string_new(NULL), *wide = g_string_new("<a>");
	struct xml_node *n = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		if (xml_parse(&n, bad[i], strlen(bad[i])) != -EBADMSG || n)
			TEST_FAIL("%s was taken", bad[i]);
	for (int i = 0; i < XML_DEPTH + 1; i++)
		g_string_append(deep, "<a>");
	for (int i = 0; i < XML_DEPTH + 1; i++)
		g_string_append(deep, "</a>");
	CHECK_INT(xml_parse(&n, deep->str, deep->len), -EBADMSG);
	for (int i = 0; i < XML_NODES; i++)
		g_string_append(wide, "<b/>");
	g_string_append(wide, "</a>");
	CHECK_INT(xml_parse(&n, wide->str, wide->len), -EBADMSG);
	g_string_free(deep, TRUE);
	g_string_free(wide, TRUE);
}

/* --- trying again --- */

static void test_waits(void)
{
	CHECK_INT(store_retry_wait_ms(2, 0, 0), 100);
	CHECK_INT(store_retry_wait_ms(2, 0, 1), 200);
	CHECK_INT(store_retry_wait_ms(3, 0, 1), 400);
	CHECK_INT(store_retry_wait_ms(7, 0, 1), 6400);
	CHECK_INT(store_retry_wait_ms(8, 0, 1), 8000);
	CHECK_INT(store_retry_wait_ms(1000, 0, 0), 4000);
	CHECK_INT(store_retry_wait_ms(2, 5000, 1), 5000);      /* as the store asks */
	CHECK_INT(store_retry_wait_ms(2, 900000000, 1), 60000);
}

struct script { int n; int fails; bool again; int64_t retry_after_ms; };

static int scripted(void *ctx, struct store_why *why)
{
	struct script *s = ctx;

	if (s->n++ >= s->fails)
		return 0;
	*why = (struct store_why){ .err = -EIO, .again = s->again, .retry_after_ms = s->retry_after_ms };
	return -EIO;
}

static int run(struct script s, int *tried)
{
	struct store_why why;
	int err = store_retry(scripted, &s, tried, &why);

	CHECK_INT(why.err, err);
	return err;
}

static bool stop_it(void *arg)
{
	int *asked = arg;

	return ++*asked > 3;
}

static void test_tries_again(void)
{
	struct store_patience p = { .attempts = 3, .total_ms = 10000 };
	int tried, asked = 0;

	store_patience(&p);
	CHECK_INT(run((struct script){ .fails = 2, .again = true }, &tried), 0);
	CHECK_INT(tried, 3);
	CHECK_INT(run((struct script){ .fails = 9, .again = true }, &tried), -EIO);
	CHECK_INT(tried, 3);
	CHECK_INT(run((struct script){ .fails = 9, .again = false }, &tried), -EIO);
	CHECK_INT(tried, 1);
	CHECK_INT(run((struct script){ .fails = 9, .again = true, .retry_after_ms = 60000 }, &tried), -EIO);  /* longer than there is time */
	CHECK_INT(tried, 1);
	p.stopping = stop_it;
	p.arg = &asked;
	p.total_ms = 3600000;
	CHECK_INT(run((struct script){ .fails = 9, .again = true, .retry_after_ms = 60000 }, &tried), -EIO);  /* stopped while it waits */
	CHECK_INT(tried, 1);
	CHECK_INT(run((struct script){ .fails = 9, .again = true }, &tried), -ECANCELED);
	CHECK_INT(tried, 0);
	store_patience(NULL);
	CHECK_INT(store_patience_now()->attempts, 4);
}

/* --- a directory --- */

static char *root;
static struct settings_storage nas;
static struct store_why why;

static int append(const void *data, size_t n, void *arg)
{
	g_string_append_len(arg, data, (gssize)n);
	return 0;
}

static int add_key(const struct store_item *i, void *arg)
{
	g_string_append_printf(arg, "%s ", i->key);
	return 0;
}

static struct store *open_nas(void)
{
	struct store *s = NULL;

	CHECK_INT(store_open(&s, &nas, &why), 0);
	return s;
}

static void put(struct store *s, const char *key, const char *text)
{
	struct store_put p = { .key = key, .body = { .data = text, .len = strlen(text) } };

	CHECK_INT(store_put(s, &p, NULL, &why), 0);
}

static void test_directory(void)
{
	struct store *s = open_nas();
	GString *out = g_string_new(NULL);
	char *left;

	put(s, "a/b/2", "two");
	put(s, "a/b/1", "one");
	put(s, "a/b.x", "x");
	CHECK_INT(store_get(s, "a/b/2", 1, -1, append, out, NULL, &why), 0);
	CHECK_STR(out->str, "wo");
	g_string_truncate(out, 0);
	CHECK_INT(store_list(s, &(struct store_list){ .prefix = "a/" }, add_key, out, &why), 0);
	CHECK_STR(out->str, "a/b.x a/b/1 a/b/2 ");
	CHECK_INT(store_remove(s, "a/b/1", NULL, &why), 0);
	CHECK_INT(store_remove(s, "a/b/2", NULL, &why), 0);
	left = g_build_filename(root, "a/b", NULL);
	CHECK(!g_file_test(left, G_FILE_TEST_EXISTS));         /* empty directories go, too */
	g_free(left);
	CHECK_INT(store_remove(s, "a/b.x", NULL, &why), 0);
	CHECK_INT(store_head(s, "a/b.x", NULL, &why), -ENOENT);
	g_string_free(out, TRUE);
	store_unref(&s);
}

static void test_names_that_lead_elsewhere(void)
{
	static const char *const bad[] = { "../x", "a/../../x", "a//b", "a/./b", "/etc/x", "", ".uploads/x", "a/", "\xff" };
	struct store *s = open_nas();

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		struct store_put p = { .key = bad[i], .body = { .data = "x", .len = 1 } };

		CHECK_INT(store_put(s, &p, NULL, &why), -EINVAL);
		CHECK_INT(store_remove(s, bad[i], NULL, &why), -EINVAL);
		CHECK_INT(store_get(s, bad[i], 0, -1, append, NULL, NULL, &why), -EINVAL);
	}
	store_unref(&s);
}

static void check_away(struct store *s)
{
	struct store_put p = { .key = "a", .body = { .data = "x", .len = 1 } };
	GString *out = g_string_new(NULL);
	char upload[STORE_UPLOAD];

	CHECK_INT(store_head(s, "a", NULL, &why), -ENXIO);
	CHECK(why.again && strstr(why.text, "not there; is it mounted?"));
	CHECK_INT(store_put(s, &p, NULL, &why), -ENXIO);
	CHECK_INT(store_list(s, &(struct store_list){ .prefix = "" }, add_key, out, &why), -ENXIO);
	CHECK_INT(store_list(s, &(struct store_list){ .prefix = "", .uploads = true }, add_key, out, &why), -ENXIO);
	CHECK_INT(store_remove(s, "a", NULL, &why), -ENXIO);
	CHECK_INT(store_parts_begin(s, &p, 3, upload, &why), -ENXIO);
	g_string_free(out, TRUE);
}

/* A directory that is not there when we begin, comes, goes, leaves the empty place where it was mounted, and is there again. */
static void test_not_mounted(void)
{
	g_autofree char *mount = g_build_filename(root, "mount", NULL), *away = g_build_filename(root, "away", NULL);
	struct store *s;

	nas.directory = mount;
	s = open_nas();
	check_away(s);
	CHECK(!g_file_test(mount, G_FILE_TEST_EXISTS));
	CHECK(!mkdir(mount, 0700));
	put(s, "a", "one");
	CHECK(!rename(mount, away));
	check_away(s);
	CHECK(!mkdir(mount, 0700));
	check_away(s);
	CHECK(!rmdir(mount) && !rename(away, mount));
	CHECK_INT(store_head(s, "a", NULL, &why), 0);
	store_unref(&s);
	nas.directory = root;
}

static void test_parts_in_a_directory(void)
{
	struct store *s = open_nas();
	struct store_put p = { .key = "parts/x" };
	struct store_part_done done[2] = { { .number = 1 }, { .number = 2 } };
	char upload[STORE_UPLOAD], *log;
	GString *out = g_string_new(NULL);
	FILE *f;

	CHECK_INT(store_parts_begin(s, &p, 3, upload, &why), 0);
	CHECK_INT(store_part(s, p.key, upload, 2, &(struct store_body){ .data = "45", .len = 2 }, done[1].etag, &why), 0);
	CHECK_INT(store_part(s, p.key, upload, 1, &(struct store_body){ .data = "1234", .len = 4 }, done[0].etag, &why), -EINVAL);    /* would reach into the next */
	CHECK_INT(store_parts_end(s, &p, upload, done, 2, NULL, &why), -EBADMSG);
	CHECK_INT(store_part(s, p.key, upload, 1, &(struct store_body){ .data = "123", .len = 3 }, done[0].etag, &why), 0);
	log = g_strdup_printf("%s/.uploads/%s.log", root, upload);
	f = fopen(log, "a");
	CHECK(f && fputs("part 1 3 deadbeef", f) >= 0);        /* a line cut short by a power cut */
	fclose(f);
	g_free(log);
	CHECK_INT(store_parts_end(s, &p, upload, done, 2, NULL, &why), 0);
	CHECK_INT(store_get(s, p.key, 0, -1, append, out, NULL, &why), 0);
	CHECK_STR(out->str, "12345");
	CHECK_INT(store_parts_list(s, p.key, upload, NULL, NULL, &why), -ENOENT);
	CHECK_INT(store_parts_abort(s, p.key, "../../../etc/passwd", &why), 0);
	g_string_free(out, TRUE);
	store_unref(&s);
}

static void test_stores(void)
{
	struct settings_storage list[] = { nas, nas, nas };
	struct settings set = { .storages = list, .nstorages = 3 };
	struct stores *s = NULL;
	char text[256];
	size_t i = 0;

	list[0].name = "second";
	list[0].role = STORAGE_MIRROR;
	list[1].name = "spare";
	list[1].role = STORAGE_FALLBACK;
	list[2].name = "main";
	CHECK_INT(stores_open(&s, &set, text, sizeof(text)), 0);
	CHECK_INT(stores_count(s), 3);
	CHECK_STR(store_name(stores_primary(s)), "main");
	CHECK_STR(stores_targets(s)[0], "main");
	CHECK_STR(stores_targets(s)[1], "second");
	CHECK(!stores_targets(s)[2]);
	CHECK_STR(store_name(stores_next(s, STORAGE_FALLBACK, &i)), "spare");
	CHECK(!stores_next(s, STORAGE_FALLBACK, &i));
	CHECK(stores_find(s, "second") == stores_at(s, 0) && !stores_find(s, "gone"));
	stores_unref(&s);
	CHECK(!stores_primary(NULL) && !stores_targets(NULL) && !stores_count(NULL));
	list[1].directory = "/dev/null";
	CHECK_INT(stores_open(&s, &set, text, sizeof(text)), -ENOTDIR);
	CHECK_STR(text, "store spare: /dev/null: Not a directory");
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_what_answers_mean), TEST(test_errors_are_read), TEST(test_xml), TEST(test_xml_is_bounded), TEST(test_waits), TEST(test_tries_again),
		TEST(test_directory), TEST(test_names_that_lead_elsewhere), TEST(test_not_mounted), TEST(test_parts_in_a_directory), TEST(test_stores),
	};
	int rc;

	root = g_dir_make_tmp("test_store.XXXXXX", NULL);
	nas = (struct settings_storage){ .name = "nas", .kind = STORAGE_LOCAL, .directory = root };
	rc = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	fs_remove_tree(root);
	g_free(root);
	return rc;
}
