/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The stores against real ones: a directory, Ceph's gateway (by path, by host name, with versions) and azurite. Each test runs on each of them. Where they are
 * stands in RECROOM_S3_ENDPOINT, _KEY, _SECRET, _REGION and RECROOM_AZURE_ENDPOINT, _ACCOUNT, _KEY.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/sha256.h"
#include "common/sync.h"
#include "postprocess/fetch.h"
#include "postprocess/store_remote.h"
#include "test.h"

enum { PART = 5 << 20 };

static struct target {
	const char *name;
	bool versioned;
	struct settings_storage conf;
	struct store *store;
} targets[] = {
	{ .name = "local", .conf = { .kind = STORAGE_LOCAL } },
	{ .name = "s3", .conf = { .kind = STORAGE_S3, .path_style = true, .sse = STORAGE_SSE_S3, .tags = "team=media,project=calls" } },
	{ .name = "s3-host", .conf = { .kind = STORAGE_S3, .storage_class = "STANDARD_IA" } },
	{ .name = "s3-versions", .versioned = true, .conf = { .kind = STORAGE_S3, .path_style = true, .versions = true } },
	{ .name = "azure", .conf = { .kind = STORAGE_AZURE, .tier = "Cool" } },
};
static struct target *t;               /* of the present test */
static struct store_why why;

#define CHECK_WHY(call, expected) do { \
		int err_ = (call); \
		if (err_ != (expected)) TEST_FAIL("%s: %s = %d, expected %d: %s (%s)", t->name, #call, err_, expected, why.text, why.code); \
	} while (0)
#define OK(call) CHECK_WHY(call, 0)

static const char *needed(const char *name)
{
	const char *value = getenv(name);

	if (!value) {
		printf("%s is not set: see tests/store/run.sh\n0 passed, 1 failed\n", name);
		exit(1);
	}
	return value;
}

/* Endpoint without a bucket's part, and a bucket of this run. */
static void fill(struct target *x)
{
	struct settings_storage *c = &x->conf;
	static char names[G_N_ELEMENTS(targets)][64];
	char *bucket = names[x - targets];

	snprintf(bucket, sizeof(names[0]), "drivers-%s-%d", x->name, (int)getpid());
	c->name = (char *)x->name;
	c->prefix = "recordings";
	c->chunk_prefix = "originals";
	c->credentials = CREDENTIALS_ENVIRONMENT;
	c->credentials_profile = "default";
	c->part_mb = 8;
	c->plain = true;
	c->tags = c->tags ? c->tags : "";
	if (c->kind == STORAGE_LOCAL) {
		c->directory = g_strdup_printf("/tmp/recroom-%s", bucket);
		CHECK(!mkdir(c->directory, 0700));
		return;
	}
	c->bucket = bucket;
	c->endpoint = (char *)needed(c->kind == STORAGE_AZURE ? "RECROOM_AZURE_ENDPOINT" : "RECROOM_S3_ENDPOINT");
	if (c->kind == STORAGE_AZURE)
		c->account = (char *)needed("RECROOM_AZURE_ACCOUNT");
	else
		c->region = (char *)needed("RECROOM_S3_REGION");
	if (c->kind == STORAGE_S3 && !c->path_style)   /* http://bucket.localhost:7480 */
		c->endpoint = g_strdup_printf("http://localhost%s", strrchr(c->endpoint, ':'));
}

static void make_bucket(struct target *x)
{
	static const struct uri_pair container[] = { { "restype", "container" }, { NULL, NULL } }, versioning[] = { { "versioning", "" }, { NULL, NULL } };
	static const char on[] = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>";
	struct store_body body = { .data = on, .len = sizeof(on) - 1 };
	struct store_answer answer;

	if (x->conf.kind == STORAGE_LOCAL)
		return;
	OK(store_call(x->store, &(struct store_call){ .method = "PUT", .query = x->conf.kind == STORAGE_AZURE ? container : NULL, .answer = &answer }, NULL, &why));
	store_answer_clear(&answer);
	if (!x->versioned)
		return;
	OK(store_call(x->store, &(struct store_call){ .method = "PUT", .query = versioning, .body = &body, .answer = &answer }, NULL, &why));
	store_answer_clear(&answer);
}

/* --- objects --- */

static int append(const void *data, size_t n, void *arg)
{
	g_string_append_len(arg, data, (gssize)n);
	return 0;
}

static void check_get(const char *key, int64_t pos, int64_t len, const void *expected, size_t size)
{
	GString *got = g_string_new(NULL);
	int err = store_get(t->store, key, pos, len, append, got, NULL, &why);
	bool same = got->len == size && !memcmp(got->str, expected, size);

	g_string_free(got, TRUE);
	OK(err);
	if (!same)
		TEST_FAIL("%s: %s from %lld: other bytes", t->name, key, (long long)pos);
}

static char *noise(size_t n)
{
	char *data = g_malloc(n + 1);

	for (size_t i = 0; i < n; i++)
		data[i] = (char)g_random_int();
	return data;
}

static struct store_put put_of(const char *key, const void *data, size_t len)
{
	return (struct store_put){ .key = key, .mime = "video/webm", .body = { .data = data, .len = len } };
}

static void put_text(const char *key, const char *text)
{
	struct store_put p = put_of(key, text, strlen(text));

	OK(store_put(t->store, &p, NULL, &why));
}

static void test_put_get_head(void)
{
	static const size_t sizes[] = { 0, 1, 100003, 3 << 20 };
	struct store_stat st, head;
	char hash[SHA256_HEX], key[64];

	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		char *data = noise(sizes[i]);
		struct store_put p;

		snprintf(key, sizeof(key), "recordings/2026/11/22/put-%zu.webm", sizes[i]);
		p = put_of(key, data, sizes[i]);
		sha256_hex(hash, data, sizes[i]);
		p.sha256 = hash;
		p.key_id = i % 2 ? "key_7" : NULL;
		p.disposition = "attachment; filename=\"a b.webm\"";
		OK(store_put(t->store, &p, &st, &why));
		CHECK_INT(st.size, sizes[i]);
		OK(store_head(t->store, key, &head, &why));
		CHECK_INT(head.size, sizes[i]);
		CHECK_STR(head.sha256, hash);
		CHECK_STR(head.key_id, i % 2 ? "key_7" : "");
		CHECK_STR(head.etag, st.etag);
		CHECK(*head.etag && ABS(head.modified_ms - clock_wall_ms()) < 60000);
		CHECK(!t->versioned || *head.version);
		check_get(key, 0, -1, data, sizes[i]);
		g_free(data);
	}
	CHECK_WHY(store_head(t->store, "recordings/nothing", NULL, &why), -ENOENT);
	CHECK(!why.again && why.status == (t->conf.kind == STORAGE_LOCAL ? 0 : 404));
	CHECK_WHY(store_get(t->store, "recordings/nothing", 0, -1, append, NULL, NULL, &why), -ENOENT);
}

static void test_from_file(void)
{
	char path[] = "/tmp/recroom-drivers-XXXXXX", *data = noise(300000);
	int fd = mkstemp(path);
	struct store_put p = { .key = "recordings/file.webm", .body = { .fd = fd, .pos = 1000, .len = 200000 } };

	CHECK(write(fd, data, 300000) == 300000);
	OK(store_put(t->store, &p, NULL, &why));
	check_get(p.key, 0, -1, data + 1000, 200000);
	p.body.pos = 250000;           /* the file ends before that */
	CHECK_WHY(store_put(t->store, &p, NULL, &why), -ENODATA);
	check_get(p.key, 0, -1, data + 1000, 200000);
	close(fd);
	unlink(path);
	g_free(data);
}

static void test_ranges(void)
{
	char *data = noise(100000);
	struct store_put p = put_of("recordings/ranges", data, 100000);
	GString *got = g_string_new(NULL);
	struct store_stat st;

	OK(store_put(t->store, &p, NULL, &why));
	check_get(p.key, 0, 1, data, 1);
	check_get(p.key, 99999, 1, data + 99999, 1);
	check_get(p.key, 5000, 70000, data + 5000, 70000);
	check_get(p.key, 99000, 5000, data + 99000, 1000);
	check_get(p.key, 99000, -1, data + 99000, 1000);
	OK(store_get(t->store, p.key, 10, 10, append, got, &st, &why));
	CHECK_INT(st.size, 100000);
	OK(store_get(t->store, p.key, 10, 0, append, got, &st, &why));
	CHECK_INT(st.size, 100000);
	CHECK_INT(got->len, 10);
	CHECK_WHY(store_get(t->store, p.key, 100000, -1, append, got, &st, &why), -ERANGE);
	CHECK_WHY(store_get(t->store, p.key, 200000, 5, append, got, &st, &why), -ERANGE);
	g_string_free(got, TRUE);
	g_free(data);
}

static void test_if_absent(void)
{
	struct store_put p = put_of("recordings/absent", "one", 3);

	p.if_absent = true;
	OK(store_put(t->store, &p, NULL, &why));
	p.body.data = "two";
	CHECK_WHY(store_put(t->store, &p, NULL, &why), -EEXIST);
	check_get(p.key, 0, -1, "one", 3);
	p.if_absent = false;
	OK(store_put(t->store, &p, NULL, &why));
	check_get(p.key, 0, -1, "two", 3);
}

/* --- lists --- */

static int add_item(const struct store_item *i, void *arg)
{
	g_ptr_array_add(arg, g_strdup_printf("%s%s%s", i->key, i->delete_marker ? " marker" : "", i->is_latest ? "" : " old"));
	return 0;
}

static GPtrArray *list(const char *prefix, bool versions)
{
	GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);

	OK(store_list(t->store, &(struct store_list){ .prefix = prefix, .versions = versions }, add_item, keys, &why));
	return keys;
}

static const char *const names[] = {
	"recordings/a b.webm", "recordings/a+b.webm", "recordings/100%.webm", "recordings/%41.webm", "recordings/Zo\xc3\xab \xe4\xbc\x9a\xe8\xad\xb0.webm",
	"recordings/quote'\"&<>.webm", "recordings/a=b@c:d;e,f$g!h(i)j*k~l.webm", "recordings/.hidden", "recordings/a?b#c.webm", "recordings/two//slashes",
	"recordings/[x]{y}|z^`.webm",
};

static void test_names(void)
{
	GPtrArray *keys;
	size_t n = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		char key[256];

		snprintf(key, sizeof(key), "names/%s", names[i]);
		if (t->conf.kind == STORAGE_LOCAL && strstr(key, "//")) {
			struct store_put p = put_of(key, "x", 1);

			CHECK_WHY(store_put(t->store, &p, NULL, &why), -EINVAL);
			continue;
		}
		put_text(key, names[i]);
		check_get(key, 0, -1, names[i], strlen(names[i]));
		n++;
	}
	keys = list("names/", false);
	CHECK_INT(keys->len, n);
	for (guint k = 0; k < keys->len; k++) {
		bool found = false;

		for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
			found = found || !strcmp((char *)keys->pdata[k] + strlen("names/"), names[i]);
		if (!found)
			TEST_FAIL("%s: the list names %s", t->name, (char *)keys->pdata[k]);
		OK(store_remove(t->store, keys->pdata[k], NULL, &why));
	}
	g_ptr_array_unref(keys);
	keys = list("names/", false);
	CHECK_INT(keys->len, 0);
	g_ptr_array_unref(keys);
}

static void test_list(void)
{
	GPtrArray *keys;
	char key[64];

	for (int i = 0; i < 23; i++) {
		snprintf(key, sizeof(key), "list/%02d/a +%%.webm", i);
		put_text(key, "x");
	}
	put_text("list0", "x");
	t->store->page = 5;
	keys = list("list/", false);
	t->store->page = 1000;
	CHECK_INT(keys->len, 23);
	for (int i = 0; i < 23; i++) {
		snprintf(key, sizeof(key), "list/%02d/a +%%.webm", i);
		CHECK_STR(keys->pdata[i], key);
	}
	g_ptr_array_unref(keys);
	keys = list("list/1", false);
	CHECK_INT(keys->len, 10);
	g_ptr_array_unref(keys);
	keys = list("nothing/", false);
	CHECK_INT(keys->len, 0);
	g_ptr_array_unref(keys);
}

static int remove_item(const struct store_item *i, void *arg)
{
	(void)arg;
	return store_remove(t->store, i->key, i->version, &why);
}

static void test_deletion(void)
{
	GPtrArray *keys;

	put_text("gone/a", "one");
	put_text("gone/a", "two");
	put_text("gone/b", "three");
	OK(store_remove(t->store, "gone/a", NULL, &why));
	OK(store_remove(t->store, "gone/a", NULL, &why));
	CHECK_WHY(store_head(t->store, "gone/a", NULL, &why), -ENOENT);
	keys = list("gone/", false);
	CHECK_INT(keys->len, 1);
	g_ptr_array_unref(keys);
	t->store->page = 2;
	keys = list("gone/", true);
	t->store->page = 1000;
	CHECK(t->versioned ? keys->len == 4 || keys->len == 5 : keys->len == 1);       /* two versions, a marker or (not RGW) two, b */
	g_ptr_array_unref(keys);
	OK(store_list(t->store, &(struct store_list){ .prefix = "gone/", .versions = true }, remove_item, NULL, &why));
	keys = list("gone/", true);
	CHECK_INT(keys->len, 0);
	g_ptr_array_unref(keys);
}

static int gather_gone(const struct store_item *i, void *arg)
{
	g_array_append_val((GArray *)arg, ((struct store_gone){ g_strdup(i->key), g_strdup(i->version) }));
	return 0;
}

/* In one request where the store has it: unusual that XML escapes, one that is not there, every version. */
static void test_deletion_of_many(void)
{
	static const char *const unusual[] = { "many/a & b <c>.webm", "many/d\"e'f", "many/ü+g", "many/h", "many/not-there" };
	struct store_gone g[G_N_ELEMENTS(unusual)];
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct store_gone));
	GPtrArray *keys;
	size_t gone = 0;

	CHECK_INT(store_batch(t->store), t->conf.kind == STORAGE_S3 ? STORE_BATCH_MAX : 1);
	for (size_t i = 0; i < G_N_ELEMENTS(unusual); i++) {
		g[i] = (struct store_gone){ unusual[i], NULL };
		if (i + 1 < G_N_ELEMENTS(unusual))
			put_text(unusual[i], "text");
	}
	put_text("many/stays", "text");
	OK(store_remove_some(t->store, g, G_N_ELEMENTS(g), &gone, &why));
	CHECK_INT(gone, G_N_ELEMENTS(g));
	keys = list("many/", false);
	CHECK_INT(keys->len, 1);
	g_ptr_array_unref(keys);
	OK(store_list(t->store, &(struct store_list){ .prefix = "many/", .versions = true }, gather_gone, all, &why));
	CHECK(t->versioned ? all->len >= 9 : all->len == 1);
	OK(store_remove_some(t->store, (struct store_gone *)(void *)all->data, all->len, &gone, &why));
	CHECK_INT(gone, all->len);
	keys = list("many/", true);
	CHECK_INT(keys->len, 0);
	g_ptr_array_unref(keys);
	g_array_unref(all);
}

/* --- parts --- */

struct seen { int n; int64_t bytes; char etag[4][STORE_ETAG]; };

static int see_part(int number, int64_t size, const char *etag, void *arg)
{
	struct seen *s = arg;

	s->n++;
	s->bytes += size;
	if (number < 4)
		g_strlcpy(s->etag[number], etag, STORE_ETAG);
	return 0;
}

static int see_upload(const struct store_item *i, void *arg)
{
	if (*i->upload)
		g_string_append_printf(arg, "%s=%s;", i->key, i->upload);
	return 0;
}

static bool upload_listed(const char *key, const char *upload)
{
	GString *all = g_string_new(NULL);
	char *one = g_strdup_printf("%s=%s;", key, upload);
	int err = store_list(t->store, &(struct store_list){ .prefix = "parts/", .uploads = true }, see_upload, all, &why);
	bool found = strstr(all->str, one) != NULL;

	g_free(one);
	g_string_free(all, TRUE);
	OK(err);
	return found;
}

static void send_part(struct store *s, const char *key, const char *upload, const char *data, int number, size_t len, struct store_part_done *done)
{
	struct store_body b = { .data = data + (size_t)(number - 1) * PART, .len = len };

	done[number - 1].number = number;
	OK(store_part(s, key, upload, number, &b, done[number - 1].etag, &why));
}

static void test_parts(void)
{
	size_t size = 2 * PART + 1000;
	char *data = noise(size), upload[STORE_UPLOAD], hash[SHA256_HEX];
	struct store_put p = { .key = "parts/whole +%.webm", .mime = "video/webm", .disposition = "inline", .key_id = "key_1", .if_absent = true };
	struct store_part_done done[3];
	struct store_stat st;
	struct seen seen = { 0 };
	struct store *again = NULL;

	sha256_hex(hash, data, size);
	p.sha256 = hash;
	OK(store_parts_begin(t->store, &p, PART, upload, &why));
	send_part(t->store, p.key, upload, data, 3, 1000, done);
	send_part(t->store, p.key, upload, data, 2, PART, done);
	CHECK(upload_listed(p.key, upload));
	CHECK_WHY(store_head(t->store, p.key, NULL, &why), -ENOENT);   /* nothing is to be seen yet */
	OK(store_open(&again, &t->conf, &why));        /* as after a restart */
	again->page = 1;
	OK(store_parts_list(again, p.key, upload, see_part, &seen, &why));
	CHECK_INT(seen.n, 2);
	CHECK_INT(seen.bytes, PART + 1000);
	CHECK_STR(seen.etag[2], done[1].etag);
	CHECK_STR(seen.etag[3], done[2].etag);
	send_part(again, p.key, upload, data, 1, PART, done);
	send_part(again, p.key, upload, data, 1, PART, done);          /* once more does no harm */
	OK(store_parts_end(again, &p, upload, done, 3, &st, &why));
	CHECK_INT(st.size, size);
	CHECK_STR(st.sha256, hash);
	CHECK_STR(st.key_id, "key_1");
	check_get(p.key, 0, -1, data, size);
	CHECK(!upload_listed(p.key, upload));
	CHECK_WHY(store_part(again, p.key, "nonsense", 1, &(struct store_body){ .data = "x", .len = 1 }, done[0].etag, &why), -ENOENT);
	store_unref(&again);
	g_free(data);
}

static void test_parts_if_absent(void)
{
	char *data = noise(PART), upload[STORE_UPLOAD];
	struct store_put p = { .key = "parts/there", .if_absent = true };
	struct store_part_done done[1];

	OK(store_parts_begin(t->store, &p, PART, upload, &why));
	send_part(t->store, p.key, upload, data, 1, 5000, done);
	put_text(p.key, "first");
	CHECK_WHY(store_parts_end(t->store, &p, upload, done, 1, NULL, &why), -EEXIST);
	check_get(p.key, 0, -1, "first", 5);
	OK(store_parts_abort(t->store, p.key, upload, &why));
	check_get(p.key, 0, -1, "first", 5);
	g_free(data);
}

static void test_parts_abort(void)
{
	char *data = noise(PART), upload[STORE_UPLOAD];
	struct store_put p = { .key = "parts/aborted" };
	struct store_part_done done[1];
	struct seen seen = { 0 };
	struct store_patience once = { .attempts = 1, .total_ms = 5000 };
	int err;

	OK(store_parts_begin(t->store, &p, PART, upload, &why));
	send_part(t->store, p.key, upload, data, 1, PART, done);
	CHECK(upload_listed(p.key, upload));
	OK(store_parts_abort(t->store, p.key, upload, &why));
	OK(store_parts_abort(t->store, p.key, upload, &why));
	CHECK(!upload_listed(p.key, upload));
	err = store_parts_list(t->store, p.key, upload, see_part, &seen, &why);
	CHECK(t->conf.kind == STORAGE_AZURE ? !err && !seen.n : err == -ENOENT);
	store_patience(&once);
	err = store_parts_end(t->store, &p, upload, done, 1, NULL, &why);
	store_patience(NULL);
	CHECK(err == -ENOENT || (err == -EIO && !strcmp(why.code, "InternalError")));         /* RGW knows no better word */
	CHECK_WHY(store_head(t->store, p.key, NULL, &why), -ENOENT);
	g_free(data);
}

/* --- addresses --- */

static int follow(const char *method, const char *url, GString **body, char *type)
{
	struct fetch_conf conf = { .method = method, .url = url, .connect_ms = 5000, .timeout_ms = 20000, .max = 1 << 20, .body = strcmp(method, "PUT") ? NULL : "put" };
	struct fetched f;
	int status;

	conf.body_size = conf.body ? 3 : 0;
	CHECK_INT(fetch(&f, &conf), 0);
	status = f.status;
	if (type)
		g_strlcpy(type, f.content_type, FETCH_HEADER);
	if (body) {
		*body = f.body;
		f.body = NULL;
	}
	fetched_free(&f);
	return status;
}

static char *address(const char *method, int ttl_s, int64_t now_s)
{
	struct store_url u = { .key = "urls/a b+\xc3\xab.webm", .method = method, .ttl_s = ttl_s, .now_s = now_s, .mime = "text/plain",
			       .disposition = "attachment; filename=\"x y.webm\"; filename*=UTF-8''x%20%C3%AB.webm" };
	char *url = NULL;

	if (!strcmp(method, "PUT"))
		u.mime = u.disposition = NULL;
	OK(store_url(t->store, &u, &url, &why));
	return url;
}

static void test_urls(void)
{
	int64_t now = clock_wall_ms() / 1000;
	char *url, type[FETCH_HEADER], *at;
	GString *body;

	if (!store_can(t->store, STORE_CAN_URLS)) {
		CHECK_WHY(store_url(t->store, &(struct store_url){ .key = "a", .method = "GET", .ttl_s = 60, .now_s = now }, &url, &why), -ENOTSUP);
		return;
	}
	put_text("urls/a b+\xc3\xab.webm", "content");
	url = address("GET", 60, now);
	CHECK_INT(follow("GET", url, &body, type), 200);
	CHECK_STR(body->str, "content");
	CHECK_STR(type, "text/plain");
	g_string_free(body, TRUE);
	CHECK(follow("PUT", url, NULL, NULL) / 100 == 4);      /* another method */
	at = strstr(url, "urls/a");
	at[5] = 'b';                   /* another object */
	CHECK_INT(follow("GET", url, NULL, NULL), 403);
	at[5] = 'a';
	at = strstr(url, t->conf.kind == STORAGE_AZURE ? "rscd=" : "response-content-disposition=");
	at = strchr(at, '=') + 1;
	*at = 'b';                     /* another name */
	CHECK_INT(follow("GET", url, NULL, NULL), 403);
	g_free(url);
	url = address("GET", 60, now - 120);           /* over */
	CHECK_INT(follow("GET", url, NULL, NULL), 403);
	g_free(url);
	url = address("PUT", 60, now);
	CHECK_INT(strstr(url, "sig=") ? 201 : follow("PUT", url, NULL, NULL), strstr(url, "sig=") ? 201 : 200);
	g_free(url);
}

/* --- what goes wrong --- */

static void test_wrong_credentials(void)
{
	const char *name = t->conf.kind == STORAGE_AZURE ? "AZURE_STORAGE_KEY" : "AWS_SECRET_ACCESS_KEY";
	char *right = g_strdup(getenv(name)), *wrong = g_strdup(t->conf.kind == STORAGE_AZURE ? "d3JvbmcgYW5kIGxvbmcgZW5vdWdoIHRvIGJlIGEga2V5" : "wrong-secret");
	struct store *s = NULL;

	if (t->conf.kind != STORAGE_LOCAL) {
		OK(store_open(&s, &t->conf, &why));
		g_setenv(name, wrong, TRUE);
		CHECK_WHY(store_head(s, "recordings/x", NULL, &why), -EACCES);
		CHECK(why.status == 403 && !why.again);
		CHECK(!strstr(why.text, wrong));
		store_unref(&s);
		OK(store_open(&s, &t->conf, &why));
		g_unsetenv(name);
		CHECK_WHY(store_head(s, "recordings/x", NULL, &why), -EACCES);
		CHECK(!why.status && strstr(why.text, name));
		g_setenv(name, right, TRUE);
		CHECK_WHY(store_head(s, "recordings/x", NULL, &why), -ENOENT);
		store_unref(&s);
	}
	g_free(right);
	g_free(wrong);
}

static int64_t an_hour_ago(void)
{
	return clock_wall_ms() / 1000 - 3600;
}

/* azurite does not look at the clock. */
static void test_wrong_clock(void)
{
	struct store *s = NULL;

	OK(store_open(&s, &t->conf, &why));
	s->now_s = an_hour_ago;
	if (t->conf.kind == STORAGE_S3) {
		struct store_put p = put_of("recordings/x", "x", 1);

		CHECK_WHY(store_put(s, &p, NULL, &why), -EACCES);
		CHECK_STR(why.code, "RequestTimeTooSkewed");
	}
	store_unref(&s);
}

static void test_no_bucket(void)
{
	struct settings_storage conf = t->conf;
	struct store *s = NULL;
	struct store_put p = put_of("recordings/x", "x", 1);

	conf.bucket = "no-such-bucket-here";
	conf.directory = "/nowhere/at/all";
	OK(store_open(&s, &conf, &why));
	CHECK_WHY(store_put(s, &p, NULL, &why), conf.kind == STORAGE_LOCAL ? -ENXIO : -ENOENT);
	if (conf.kind == STORAGE_LOCAL) {
		store_unref(&s);
		return;
	}
	CHECK_STR(why.code, conf.kind == STORAGE_AZURE ? "ContainerNotFound" : "NoSuchBucket");
	CHECK_WHY(store_list(s, &(struct store_list){ .prefix = "" }, see_upload, NULL, &why), -ENOENT);
	store_unref(&s);
}

static void test_nobody_there(void)
{
	struct settings_storage conf = t->conf;
	struct store_patience two = { .attempts = 2, .total_ms = 5000 };
	struct store *s = NULL;

	if (conf.kind == STORAGE_LOCAL)
		return;
	conf.endpoint = "http://127.0.0.1:1";
	conf.path_style = true;
	OK(store_open(&s, &conf, &why));
	store_patience(&two);
	CHECK_WHY(store_head(s, "recordings/x", NULL, &why), -ECONNREFUSED);
	store_patience(NULL);
	CHECK(why.again && !why.status);
	store_unref(&s);
}

static bool at_once(void *arg)
{
	(void)arg;
	return true;
}

static void test_stopping(void)
{
	struct store_patience stop = { .attempts = 4, .total_ms = 60000, .stopping = at_once };
	char *data = noise(PART);
	struct store_put p = put_of("recordings/stopped", data, PART);

	store_patience(&stop);
	CHECK_WHY(store_put(t->store, &p, NULL, &why), -ECANCELED);
	store_patience(NULL);
	CHECK_WHY(store_head(t->store, p.key, NULL, &why), -ENOENT);
	g_free(data);
}

static void test_lifecycle(void)
{
	struct store_lifecycle l = { .abort_days = 7, .expire_prefix = "originals/", .expire_days = 9 };
	char *text = NULL;

	if (!store_can(t->store, STORE_CAN_LIFECYCLE)) {
		CHECK_WHY(store_lifecycle(t->store, &l, false, &text, &why), -ENOTSUP);
		return;
	}
	OK(store_lifecycle(t->store, &l, false, NULL, &why));
	l.expire_days = 0;
	OK(store_lifecycle(t->store, &l, false, NULL, &why));
	OK(store_lifecycle(t->store, &l, true, &text, &why));
	CHECK(strstr(text, "recroom-abort-outputs") && strstr(text, "<DaysAfterInitiation>7<") && !strstr(text, "expire-originals"));
	g_free(text);
}

/* --- many at once --- */

struct sender { pthread_t thread; int n; int err; };

static void *sender_main(void *arg)
{
	struct sender *s = arg;
	char key[64], *data = noise(200000);
	struct store_put p = put_of(key, data, 200000);
	GString *got = g_string_new(NULL);

	snprintf(key, sizeof(key), "many/%d", s->n);
	for (int i = 0; !s->err && i < 5; i++) {
		struct store_why w;

		data[0] = (char)i;
		g_string_truncate(got, 0);
		s->err = store_put(t->store, &p, NULL, &w);
		s->err = s->err ? s->err : store_get(t->store, key, 0, -1, append, got, NULL, &w);
		s->err = s->err ? s->err : got->len != 200000 || memcmp(got->str, data, got->len) ? -EBADMSG : 0;
	}
	g_string_free(got, TRUE);
	g_free(data);
	return NULL;
}

static void test_many_at_once(void)
{
	struct sender senders[6] = { 0 };

	for (int i = 0; i < 6; i++) {
		senders[i].n = i;
		CHECK_INT(thread_start(&senders[i].thread, "sender", sender_main, &senders[i]), 0);
	}
	for (int i = 0; i < 6; i++)
		pthread_join(senders[i].thread, NULL);
	for (int i = 0; i < 6; i++)
		CHECK_INT(senders[i].err, 0);
}

static void clean(struct target *x)
{
	struct store_answer answer;
	static const struct uri_pair container[] = { { "restype", "container" }, { NULL, NULL } };

	t = x;
	if (x->store && x->conf.kind != STORAGE_LOCAL) {
		store_list(x->store, &(struct store_list){ .prefix = "", .versions = x->versioned }, remove_item, NULL, &why);
		store_call(x->store, &(struct store_call){ .method = "DELETE", .query = x->conf.kind == STORAGE_AZURE ? container : NULL, .answer = &answer }, NULL, &why);
		store_answer_clear(&answer);
	}
	if (x->conf.kind == STORAGE_LOCAL)
		fs_remove_tree(x->conf.directory);
	store_unref(&x->store);
}

static void begin(void)
{
	OK(store_open(&t->store, &t->conf, &why));
	make_bucket(t);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_put_get_head), TEST(test_from_file), TEST(test_ranges), TEST(test_if_absent), TEST(test_names), TEST(test_list), TEST(test_deletion),
		TEST(test_deletion_of_many), TEST(test_parts), TEST(test_parts_if_absent), TEST(test_parts_abort), TEST(test_urls), TEST(test_wrong_credentials), TEST(test_wrong_clock),
		TEST(test_no_bucket), TEST(test_nobody_there), TEST(test_stopping), TEST(test_lifecycle), TEST(test_many_at_once),
	};
	static const struct test first = TEST(begin);
	int passed = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	g_setenv("AWS_ACCESS_KEY_ID", needed("RECROOM_S3_KEY"), TRUE);
	g_setenv("AWS_SECRET_ACCESS_KEY", needed("RECROOM_S3_SECRET"), TRUE);
	g_setenv("AZURE_STORAGE_KEY", needed("RECROOM_AZURE_KEY"), TRUE);
	for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
		if (argc > 2 && strcmp(argv[2], targets[i].name))
			continue;
		t = &targets[i];
		fill(t);
		if (test_one(&first))
			failed++;
		else
			test_each(tests, G_N_ELEMENTS(tests), argc > 1 && *argv[1] ? 2 : 1, argv, &passed, &failed);
		clean(t);
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed ? 1 : 0;
}
