/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/timeline.c"
#include "common/timeline_read.c"
#include "test.h"

static char dir[] = "/tmp/test_timeline.XXXXXX", path[64];

/* What a reader saw: "type@t_ms" joined by spaces. */
struct seen {
	GString *text;
	int stop_at;               /* line at which the handler gives up, 0: never */
};

static int on_line(enum timeline_type type, int64_t t_ms, json_t *o, void *arg)
{
	struct seen *s = arg;

	CHECK(json_is_object(o));
	g_string_append_printf(s->text, "%s%d@%" PRId64, s->text->len ? " " : "", type, t_ms);
	return s->stop_at && --s->stop_at == 0 ? -ECANCELED : 0;
}

static void put(const char *text, size_t len)
{
	CHECK(g_file_set_contents(path, text, (gssize)len, NULL));
}

static json_t *line(const char *type, int64_t t_ms)
{
	return json_pack("{s:s, s:I, s:I}", "type", type, "t_ms", (json_int_t)t_ms, "wall_ms", (json_int_t)1760090400123);
}

static void expect(int err, const char *seen, unsigned bad)
{
	struct seen s = { .text = g_string_new(NULL) };
	unsigned n = 77;

	CHECK_INT(timeline_read(path, on_line, &s, &n), err);
	CHECK_STR(s.text->str, seen);
	CHECK_INT(n, bad);
	g_string_free(s.text, TRUE);
}

static void test_read(void)
{
	static const struct { const char *text; int err; const char *seen; unsigned bad; } rows[] = {
		{ "", -ENODATA, "", 0 },
		{ "{\"type\":\"start\",\"t_ms\":0", -ENODATA, "", 0 },
		{ "{\"type\":\"start\",\"format\":1,\"t_ms\":0}\n", 0, "1@0", 0 },
		{ "{\"type\":\"start\",\"format\":2,\"t_ms\":0}\n", -EPROTO, "", 0 },
		{ "{\"type\":\"chunk\",\"t_ms\":7}\nrubbish\n{\"type\":\"stop\",\"t_ms\":9}\n{\"type\":\"se", 0, "15@7 4@9", 1 },
		{ "{\"type\":\"hologram\",\"t_ms\":3}\n\n[]\n{\"t_ms\":3}\n{\"type\":\"stop\"}\n{\"type\":4,\"t_ms\":3}\n", 0, "0@3", 5 },
		{ "{\"type\":\"stop\",\"t_ms\":\"3\"}\n", -ENODATA, "", 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(rows[i].text, strlen(rows[i].text));
		expect(rows[i].err, rows[i].seen, rows[i].bad);
	}
	unlink(path);
	expect(-ENOENT, "", 0);
}

static void test_read_stops(void)
{
	struct seen s = { .text = g_string_new(NULL), .stop_at = 2 };
	const char *text = "{\"type\":\"joined\",\"t_ms\":1}\n{\"type\":\"left\",\"t_ms\":2}\n{\"type\":\"left\",\"t_ms\":3}\n";

	put(text, strlen(text));
	CHECK_INT(timeline_read(path, on_line, &s, NULL), -ECANCELED);
	CHECK_STR(s.text->str, "5@1 6@2");
	g_string_free(s.text, TRUE);
}

/* Lines longer than a block are read, lines longer than 1 MiB are not, and NULs are no end. */
static void test_read_long(void)
{
	GString *g = g_string_new("{\"type\":\"joined\",\"t_ms\":1,\"x\":\"");

	for (int i = 0; i < 300000; i++)
		g_string_append_c(g, 'x');
	g_string_append(g, "\"}\n");
	for (int i = 0; i < 1100000; i++)
		g_string_append_c(g, ' ');
	g_string_append(g, "{\"type\":\"left\",\"t_ms\":2}\n");
	g_string_append_len(g, "\0\0\n", 3);
	g_string_append(g, "{\"type\":\"left\",\"t_ms\":4}\n");
	put(g->str, g->len);
	expect(0, "5@1 6@4", 2);
	g_string_free(g, TRUE);
}

static void test_types(void)
{
	struct timeline *tl;
	GString *want = g_string_new(NULL);

	unlink(path);
	CHECK_INT(timeline_open(&tl, path), 0);
	for (size_t i = 1; i < G_N_ELEMENTS(type_names); i++) {
		CHECK_INT(timeline_append(tl, line(type_names[i], (int64_t)i)), 0);
		g_string_append_printf(want, "%s%zu@%zu", i > 1 ? " " : "", i, i);
	}
	CHECK_INT(timeline_flush(tl, true), 0);
	expect(0, want->str, 0);
	timeline_close(&tl);
	CHECK(tl == NULL);
	g_string_free(want, TRUE);
}

/* The hash of the bytes [from, to) of the file, as a shell would find it. */
static void hash_of(const char *text, const char *from, const char *to, char out[SHA256_HEX])
{
	CHECK(from && to && from <= to && from >= text);
	sha256_hex(out, from, (size_t)(to - from));
}

/* Chunk lines hold the hash of the chunk line before, seals and the end that of the lines since the seal before, also after the file was opened again. */
static void test_chain(void)
{
	struct timeline *tl;
	char *text, **lines, hash[SHA256_HEX] = "", want_chain[SHA256_HEX], chain[SHA256_HEX];
	unsigned bad;
	struct seen seen = { .text = g_string_new(NULL) };

	unlink(path);
	for (int part = 0; part < 2; part++) {
		CHECK_INT(timeline_open(&tl, path), 0);
		CHECK_STR(timeline_chain(tl), "");
		for (int i = 0; i < 3; i++) {
			CHECK_INT(timeline_append(tl, line("chunk", i)), 0);
			CHECK_INT(timeline_append(tl, line("sealed", i)), 0);
		}
		CHECK_INT(timeline_flush(tl, false), 0);
		timeline_close(&tl);
	}
	CHECK_INT(timeline_open(&tl, path), 0);
	CHECK_INT(timeline_append(tl, line("stop", 9)), 0);
	g_strlcpy(chain, timeline_chain(tl), sizeof(chain));
	CHECK_INT(timeline_append(tl, line("erased", 9)), 0);
	CHECK_STR(timeline_chain(tl), chain);
	CHECK_INT(timeline_flush(tl, false), 0);
	timeline_close(&tl);
	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (int i = 0; i < 12; i += 2) {
		char *want = g_strdup_printf("{\"type\":\"chunk\",\"t_ms\":%d,\"wall_ms\":1760090400123,\"prev\":\"%s\"}", i / 2 % 3, hash);
		const char *here = strstr(text, lines[i + 1]), *before = i ? strstr(text, lines[i - 1]) : text;
		char block[SHA256_HEX];

		CHECK_STR(lines[i], want);
		sha256_hex(hash, want, strlen(want));
		g_free(want);
		hash_of(text, before, here, block);
		want = g_strdup_printf("{\"type\":\"sealed\",\"t_ms\":%d,\"wall_ms\":1760090400123,\"block\":\"%s\"}", i / 2 % 3, block);
		CHECK_STR(lines[i + 1], want);
		g_free(want);
	}
	hash_of(text, text, strstr(text, lines[13]), want_chain);
	CHECK_STR(chain, want_chain);
	CHECK_INT(timeline_read_chain(path, on_line, &seen, &bad, chain), 0);
	CHECK_STR(chain, want_chain);
	g_string_free(seen.text, TRUE);
	g_strfreev(lines);
	g_free(text);
}

/* Lines that nobody can read are part of what is hashed, long ones too. */
static void test_chain_over_rubbish(void)
{
	char *rubbish = g_malloc0(TIMELINE_LINE_MAX + 9), *text, want[SHA256_HEX];
	gsize len;
	struct timeline *tl;

	rubbish[TIMELINE_LINE_MAX + 8] = '\n';
	put(rubbish, TIMELINE_LINE_MAX + 9);
	CHECK_INT(timeline_open(&tl, path), 0);
	CHECK_INT(timeline_append(tl, line("stop", 5)), 0);
	CHECK_INT(timeline_flush(tl, false), 0);
	CHECK(g_file_get_contents(path, &text, &len, NULL));
	sha256_hex(want, text, len);
	CHECK_STR(timeline_chain(tl), want);
	timeline_close(&tl);
	g_free(rubbish);
	g_free(text);
}

/* The signature stands behind the stop line, once, and says what the chain hash is. */
static void test_sign(void)
{
	struct timeline *tl;
	struct sign_key *key = NULL;
	char *file = g_strconcat(path, ".pem", NULL), why[256], *text, **lines;
	json_t *o;
	const char pem[] = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";

	CHECK(g_file_set_contents(file, pem, -1, NULL) && chmod(file, 0600) == 0);
	CHECK_INT(sign_key_load(&key, file, why, sizeof(why)), 0);
	unlink(path);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(timeline_open(&tl, path), 0);
		CHECK_INT(timeline_sign(tl, key), 0);
		if (i == 0)
			CHECK_INT(timeline_append(tl, line("stop", 7)), 0);
		CHECK_INT(timeline_sign(tl, NULL), 0);
		CHECK_INT(timeline_sign(tl, key), 0);
		CHECK_INT(timeline_sign(tl, key), 0);
		CHECK_INT(timeline_flush(tl, true), 0);
		if (i == 0)
			timeline_close(&tl);
	}
	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	CHECK_INT(g_strv_length(lines), 3);
	o = json_loads(lines[1], 0, NULL);
	CHECK_STR(json_string_value(json_object_get(o, "type")), "signature");
	CHECK_INT(json_integer_value(json_object_get(o, "t_ms")), 7);
	CHECK_STR(json_string_value(json_object_get(o, "chain")), timeline_chain(tl));
	CHECK_STR(json_string_value(json_object_get(o, "key")), sign_key_public(key));
	CHECK_INT(sign_verify(sign_key_public(key), timeline_chain(tl), json_string_value(json_object_get(o, "sig"))), 0);
	json_decref(o);
	timeline_close(&tl);
	sign_key_unref(&key);
	unlink(file);
	g_free(file);
	g_free(text);
	g_strfreev(lines);
}

static void test_open_cuts(void)
{
	const char *text = "{\"type\":\"start\",\"t_ms\":0}\n{\"type\":\"chunk\",\"t_m";
	struct timeline *tl;
	struct stat st;

	unlink(path);
	umask(0077);
	CHECK_INT(timeline_open(&tl, path), 0);
	umask(0022);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0660);
	timeline_close(&tl);
	put(text, strlen(text));
	CHECK_INT(timeline_open(&tl, path), 0);
	CHECK_INT(timeline_append(tl, line("stop", 5)), 0);
	CHECK_INT(timeline_flush(tl, true), 0);
	timeline_close(&tl);
	expect(0, "1@0 4@5", 0);
	CHECK_INT(timeline_open(&tl, dir), -EISDIR);
	unlink(path);
	CHECK(symlink("/etc/passwd", path) == 0);
	CHECK_INT(timeline_open(&tl, path), -ELOOP);
	unlink(path);
}

static void test_append_refuses(void)
{
	struct timeline *tl;

	CHECK_INT(timeline_open(&tl, path), 0);
	CHECK_INT(timeline_append(tl, json_object()), -EINVAL);
	CHECK_INT(timeline_append(tl, json_array()), -EINVAL);
	CHECK_INT(timeline_append(tl, NULL), -EINVAL);
	CHECK_STR(timeline_chain(tl), "");
	CHECK_INT(timeline_flush(tl, false), 0);
	timeline_close(&tl);
	expect(-ENODATA, "", 0);
}

/* A disk that is full: nothing of the buffer is lost, and the file goes on where it stopped. */
static void test_flush_again(void)
{
	struct timeline *tl;
	int file, full = open("/dev/full", O_WRONLY);

	CHECK(full >= 0);
	unlink(path);
	CHECK_INT(timeline_open(&tl, path), 0);
	file = tl->fd;
	CHECK_INT(timeline_append(tl, line("start", 0)), 0);
	tl->fd = full;
	CHECK_INT(timeline_flush(tl, true), -ENOSPC);
	CHECK_INT(timeline_append(tl, line("stop", 3)), 0);
	tl->fd = file;
	CHECK_INT(timeline_flush(tl, true), 0);
	timeline_close(&tl);
	close(full);
	expect(0, "1@0 4@3", 0);
}

/* A write that seemed to work and a sync that says it did not: all of it is written once more. */
static void test_sync_again(void)
{
	struct timeline *tl;
	int file, null = open("/dev/null", O_RDWR);

	CHECK(null >= 0);
	unlink(path);
	CHECK_INT(timeline_open(&tl, path), 0);
	file = tl->fd;
	CHECK_INT(timeline_append(tl, line("start", 0)), 0);
	CHECK_INT(timeline_flush(tl, true), 0);
	CHECK_INT(timeline_append(tl, line("joined", 1)), 0);
	CHECK_INT(timeline_flush(tl, false), 0);
	CHECK_INT(ftruncate(file, tl->at), 0);     /* what was not synced is gone */
	CHECK_INT(timeline_append(tl, line("stop", 3)), 0);
	tl->fd = null;
	CHECK_INT(timeline_flush(tl, true), -EINVAL);
	tl->fd = file;
	CHECK_INT(timeline_flush(tl, true), 0);
	CHECK_INT(lseek(file, 0, SEEK_END), tl->at);
	timeline_close(&tl);
	close(null);
	expect(0, "1@0 5@1 4@3", 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_read), TEST(test_read_stops), TEST(test_read_long), TEST(test_types), TEST(test_chain), TEST(test_chain_over_rubbish), TEST(test_sign), TEST(test_open_cuts),
		TEST(test_append_refuses), TEST(test_flush_again), TEST(test_sync_again),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/timeline.jsonl", dir);
	failed = test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
	unlink(path);
	rmdir(dir);
	return failed;
}
