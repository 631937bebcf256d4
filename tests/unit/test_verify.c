/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small recording, and everything that can be done to it: each change must be found, and the first finding must name it. Random ones print their seed.
 */
#include "postprocess/verify.c"
#include "test.h"
#include "common/sign.h"
#include "common/sync.h"
#include "postprocess/checksum.h"
#include "tests/lib/damage.h"
#include "tests/lib/make_recording.h"

static struct damage *d;       /* of the running test */
static char chain[SHA256_HEX];
static struct verify_result r;

static const struct chain_finding *first(void)
{
	return r.findings->len ? &g_array_index(r.findings, struct chain_finding, 0) : NULL;
}

static void run(const char *known)
{
	struct verify_conf conf = { .dir = damage_dir(d), .chain = known };

	verify_done(&r);
	CHECK_INT(verify(&conf, &r), 0);
}

/* The findings, for a message */
static void show(const char *what)
{
	char s[512];

	printf("after: %s\n", what);
	for (guint i = 0; i < r.findings->len; i++)
		printf("  %s\n", verify_say(s, &g_array_index(r.findings, struct chain_finding, i)));
}

static void expect(const char *what, enum chain_kind kind, enum chain_what thing, const char *file)
{
	run(NULL);
	if (!first() || first()->kind != kind || first()->what != thing || (file && strcmp(first()->file, file))) {
		show(what);
		TEST_FAIL("expected %s %s %s", chain_kind_name(kind), chain_what_name(thing), file ? file : "");
	}
}

static void begin(void)
{
	damage_reset(d);
}

static void test_sound(void)
{
	begin();
	run(NULL);
	if (first())
		show("nothing");
	CHECK_INT(r.findings->len, 0);
	CHECK(r.summary.closed && !r.summary.repaired && !r.summary.erased && !r.summary.unnamed);
	CHECK_INT(r.summary.chunks, 12);
	CHECK_INT(r.summary.signature, CHAIN_NOT_SIGNED);
	CHECK_INT(r.summary.until_ms, 4000);
	memcpy(chain, r.summary.chain, sizeof(chain));
	run(chain);
	CHECK_INT(r.findings->len, 0);
	chain[5] ^= 1;
	run(chain);
	CHECK_INT(first()->kind, CHAIN_ALTERED);
	CHECK_INT(first()->what, CHAIN_TIMELINE);
	chain[5] ^= 1;
}

/* Each file in turn: a bit, cut, gone, renamed, a link, a directory, changed for another. */
static void test_files(void)
{
	for (guint i = 0; i < damage_lines(d); i++) {
		const char *file = damage_file(d, i);
		char *next;

		if (!file)
			continue;
		begin();
		damage_flip_file(d, file, 0.7);
		expect("a bit in a file", CHAIN_ALTERED, CHAIN_FILE, file);
		begin();
		damage_cut_file(d, file);
		expect("a file cut", CHAIN_ALTERED, CHAIN_FILE, file);
		begin();
		damage_remove_file(d, file);
		expect("a file removed", CHAIN_MISSING, CHAIN_FILE, file);
		CHECK_INT(r.findings->len, 1);
		begin();
		damage_rename(d, file, "user9_audio_00_000077.webm");
		expect("a file renamed", CHAIN_MISSING, CHAIN_FILE, file);
		CHECK(strstr(first()->why, "user9_audio_00_000077.webm"));
		CHECK_INT(r.findings->len, 1);
		begin();
		damage_link(d, file);
		expect("a file that is a link", CHAIN_UNREADABLE, CHAIN_FILE, file);
		begin();
		next = g_strdup(damage_next_file(d, i));
		if (next) {
			damage_swap_files(d, file, next);
			expect("files swapped", CHAIN_ALTERED, CHAIN_FILE, file);
			CHECK_INT(r.findings->len, 2);
		}
		g_free(next);
	}
}

static void test_inserted_file(void)
{
	static const char *const names[] = { "user1_audio_00_000003.webm", "user1_audio_00_000099.webm", "user7_video_00_000000.webm" };
	char *other;

	begin();
	other = g_strdup(damage_file(d, damage_first_chunk(d)));
	for (size_t i = 1; i < G_N_ELEMENTS(names); i++) {
		begin();
		damage_copy_file(d, other, names[i]);
		expect("a file put in", CHAIN_INSERTED, CHAIN_FILE, names[i]);
		CHECK_INT(first()->line, 0);
	}
	begin();
	damage_copy_file(d, other, "notes.txt");
	run(NULL);
	CHECK_INT(r.findings->len, 0);
	g_free(other);
}

/* A line of a chunk taken out, alone and with its file. */
static void test_removed_chunks(void)
{
	begin();
	for (guint i = 0; i < damage_lines(d); i++) {
		char *file;

		begin();
		file = g_strdup(damage_file(d, i));
		if (!file)
			continue;
		damage_remove_line(d, i);
		expect("a chunk's line removed", CHAIN_MISSING, CHAIN_LINE, file);
		CHECK_INT(r.findings->len, 1);
		begin();
		damage_remove_line(d, i);
		damage_remove_file(d, file);
		run(NULL);
		if (r.findings->len != 1) {
			show("line and file removed");
			TEST_FAIL("%s: %u findings", file, r.findings->len);
		}
		/* One in the middle is named; of one at an end, the lines around it are. */
		if (damage_in_middle(d, file))
			expect("line and file removed", CHAIN_MISSING, CHAIN_FILE, file);
		else
			CHECK(first()->line >= 1 && first()->line <= i + 6);
		g_free(file);
	}
}

/* Is the place named: the line itself, or, where only its block is known, a block that holds it? */
static void expect_place(const char *what, guint i, const char *file)
{
	const struct chain_finding *f;
	unsigned from = 0, to = 0;

	run(NULL);
	f = first();
	if (f && (f->line == i + 1 || (file && !strcmp(f->file, file))))
		return;
	if (f && strstr(f->why, "one of the lines") && sscanf(strstr(f->why, "lines"), "lines %u to %u", &from, &to) == 2 && from <= i + 1 && i + 1 <= to)
		return;
	/* Of the last chunk's line nobody knows whether it goes on from a line that was changed, or was changed itself. */
	if (f && strstr(f->why, "or that one was changed") && sscanf(strstr(f->why, "and line"), "and line %u", &to) == 1 && to == i + 1)
		return;
	show(what);
	TEST_FAIL("%s: line %u %s is not what is named", what, i + 1, file ? file : "");
}

/* The end of the timeline is only covered by the chain hash (the stop line, what follows it). */
static bool covered(guint i)
{
	return i + 1 < damage_lines(d);
}

static void test_lines(void)
{
	begin();
	for (guint i = 0; i < damage_lines(d); i++) {
		char *file;

		if (!covered(i))
			break;
		begin();
		file = g_strdup(damage_file(d, i));
		for (int k = 0; k < 12; k++) {
			begin();
			damage_flip_line(d, i);
			expect_place("a character in a line changed", i, file);
		}
		begin();
		damage_garble_line(d, i);
		expect("a line garbled", CHAIN_UNREADABLE, CHAIN_LINE, NULL);
		CHECK_INT(first()->line, i + 1);
		CHECK_INT(r.findings->len, 1);
		begin();
		damage_remove_line(d, i);
		expect_place("a line removed", i, file);
		begin();
		damage_repeat_line(d, i);
		expect_place("a line twice", i + 1, NULL);
		begin();
		if (covered(i + 1)) {
			damage_swap_lines(d, i);
			run(NULL);
			if (!first() || first()->line > i + 2) {
				show("lines swapped");
				TEST_FAIL("lines %u and %u", i + 1, i + 2);
			}
		}
		g_free(file);
	}
}

/* The stop line itself, and the end as a whole, are what the chain hash is for. */
static void test_end(void)
{
	guint n;

	begin();
	n = damage_lines(d);
	damage_flip_text(d, n - 1, "\"reason\":\"host\"", "\"reason\":\"hose\"");
	run(chain);
	CHECK_INT(first()->kind, CHAIN_ALTERED);
	CHECK_INT(first()->what, CHAIN_TIMELINE);
	for (guint keep = 1; keep < n; keep++) {
		begin();
		damage_truncate(d, keep);
		run(NULL);
		if (first()) {
			show("the end cut off");
			TEST_FAIL("open after %u lines", keep);
		}
		CHECK(!r.summary.closed);
		run(chain);
		CHECK_INT(first()->kind, CHAIN_TRUNCATED);
		/* Newest chunks, their lines and seals are gone, the stop line is kept. */
		begin();
		damage_truncate_before_stop(d, keep);
		run(NULL);
		CHECK(keep == n - 1 || first());
	}
	begin();
	damage_append(d, "{\"type\":\"joined\",\"t_ms\":0,\"participant\":\"user9\"}");
	run(NULL);
	CHECK_INT(first()->kind, CHAIN_INSERTED);
	CHECK_INT(first()->line, n + 1);
	begin();
	damage_append(d, "{\"type\":\"hologram\",\"t_ms\":0}");
	run(chain);
	CHECK_INT(r.findings->len, 0);
}

static void test_inserted_chunk(void)
{
	guint i;
	char *line, *prev;

	begin();
	i = damage_first_chunk(d);
	prev = damage_hash(d, i);
	line = g_strdup_printf("{\"type\":\"chunk\",\"t_ms\":0,\"participant\":\"user3\",\"source\":\"audio\",\"segment\":0,\"index\":0,"
			       "\"file\":\"user3_audio_00_000000.webm\",\"end_ms\":900,\"sha256\":\"%s\",\"prev\":\"%s\"}", damage_sha(d, i), prev);
	damage_copy_file(d, damage_file(d, i), "user3_audio_00_000000.webm");
	damage_insert_line(d, i + 1, line);
	expect("a chunk put in, with a link", CHAIN_INSERTED, CHAIN_LINE, "user3_audio_00_000000.webm");
	CHECK_INT(first()->line, i + 2);
	CHECK_INT(r.findings->len, 1);
	g_free(line);
	g_free(prev);
}

/* Erased is not missing; what else is missing of the same person is. */
static void test_erased(void)
{
	char *file;

	begin();
	for (guint i = 0; i < damage_lines(d); i++) {
		file = g_strdup(damage_file(d, i));
		if (file && g_str_has_prefix(file, "user2_"))
			damage_remove_file(d, file);
		g_free(file);
	}
	run(NULL);
	CHECK_INT(r.findings->len, 4);
	damage_append(d, "{\"type\":\"erased\",\"t_ms\":4000,\"wall_ms\":1760090409999,\"participant\":\"user2\"}");
	run(chain);
	if (first())
		show("erased");
	CHECK_INT(r.findings->len, 0);
	CHECK_INT(r.summary.erased, 4);
	damage_remove_file(d, "user1_audio_00_000001.webm");
	expect("one more", CHAIN_MISSING, CHAIN_FILE, "user1_audio_00_000001.webm");
	begin();
	damage_remove_file(d, "user1_video_00_000001.webm");
	damage_append(d, "{\"type\":\"gap\",\"t_ms\":1000,\"to_ms\":2000,\"participant\":\"user1\",\"source\":\"video\",\"segment\":0,\"reason\":\"erased\"}");
	run(chain);
	CHECK_INT(r.findings->len, 0);
	CHECK_INT(r.summary.erased, 1);
}

/* All chunks are gone, and a line says that their time was over; one that is still there is looked at. */
static void test_expired(void)
{
	unsigned gone = 0;

	begin();
	for (guint i = 0; i < damage_lines(d); i++) {
		g_autofree char *file = g_strdup(damage_file(d, i));

		if (file && ++gone)
			damage_remove_file(d, file);
	}
	run(NULL);
	CHECK(r.findings->len > 0);
	damage_append(d, "{\"type\":\"expired\",\"t_ms\":4000,\"wall_ms\":1760090409999}");
	run(chain);
	if (first())
		show("expired");
	CHECK_INT(r.findings->len, 0);
	CHECK_INT(r.summary.expired, gone);
	CHECK_INT(r.summary.erased, 0);
}

static void test_no_timeline(void)
{
	struct verify_conf conf = { 0 };

	begin();
	damage_remove_timeline(d);
	expect("no timeline", CHAIN_MISSING, CHAIN_TIMELINE, "timeline.jsonl");
	verify_done(&r);
	conf.dir = "/nonexistent";
	CHECK_INT(verify(&conf, &r), -ENOENT);
	verify_done(&r);
	conf.dir = "/tmp";
	CHECK_INT(verify(&conf, &r), -ENODATA);
	begin();
	damage_flip_text(d, 0, "\"format\":1", "\"format\":2");
	verify_done(&r);
	conf.dir = damage_dir(d);
	CHECK_INT(verify(&conf, &r), -EPROTO);
}

/* ---- finished files ---- */

#define OUTPUT "output.webm"
static json_t *metadata;       /* as written last, to be changed */

static char *in_dir(const char *name)
{
	return g_build_filename(damage_dir(d), name, NULL);
}

static void write_metadata(void)
{
	char *path = in_dir("metadata.json");

	CHECK_INT(json_dump_file(metadata, path, 0), 0);
	g_free(path);
}

/* A finished file, and metadata.json as composing leaves it. */
static void put_output(size_t size)
{
	char *path = in_dir(OUTPUT), *data = g_malloc(size);
	struct checksum *sum = checksum_create();
	json_t *blocks = json_array();
	int fd;

	begin();
	damage_touch(d);
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * 7 >> 3);
	CHECK(g_file_set_contents(path, data, (gssize)size, NULL));
	checksum_update(sum, 0, data, size);
	fd = open(path, O_RDONLY);
	CHECK_INT(checksum_finish(sum, fd), 0);
	close(fd);
	for (char *const *b = checksum_blocks(sum); *b; b++)
		json_array_append_new(blocks, json_string(*b));
	json_decref(metadata);
	metadata = json_pack("{s:i,s:{s:s},s:[{s:s,s:I,s:{s:s,s:o}}]}", "schema_version", 1, "call", "chain_hash", chain, "outputs", "file", OUTPUT, "size",
			     (json_int_t)size, "checksum", "list", checksum_list(sum), "blocks", blocks);
	CHECK(metadata);
	write_metadata();
	checksum_unref(&sum);
	g_free(data);
	g_free(path);
}

static json_t *output_entry(void)
{
	return json_array_get(json_object_get(metadata, "outputs"), 0);
}

static void flip_output(off_t at)
{
	char *path = in_dir(OUTPUT);
	uint8_t c;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	CHECK(fd >= 0 && pread(fd, &c, 1, at) == 1);
	c ^= 16;
	CHECK_INT(pwrite(fd, &c, 1, at), 1);
	close(fd);
	g_free(path);
}

static void resize_output(off_t size)
{
	char *path = in_dir(OUTPUT);

	CHECK_INT(truncate(path, size), 0);
	g_free(path);
}

static void expect_output(const char *what, enum chain_kind kind, const char *why)
{
	expect(what, kind, CHAIN_OUTPUT, OUTPUT);
	CHECK_INT(r.findings->len, 1);
	if (!strstr(first()->why, why))
		TEST_FAIL("%s: \"%s\" does not say \"%s\"", what, first()->why, why);
}

static void test_output_blocks(void)
{
	off_t size = CHECKSUM_BLOCK + 1000;

	put_output((size_t)size);
	run(NULL);
	if (first())
		show("nothing, with a finished file");
	CHECK_INT(r.findings->len, 0);
	CHECK_INT(r.outputs, 1);
	flip_output(0);
	expect_output("its first byte", CHAIN_ALTERED, "block 1 of");
	flip_output(0);
	flip_output(CHECKSUM_BLOCK);
	expect_output("the second block's first byte", CHAIN_ALTERED, "block 2 of");
	flip_output(CHECKSUM_BLOCK);
	resize_output(size + 1);
	expect_output("a byte more", CHAIN_ALTERED, "block 2 of");
	resize_output(CHECKSUM_BLOCK);
	expect_output("the last block cut off", CHAIN_ALTERED, "block 2 of");
}

static void test_output_gone(void)
{
	struct verify_conf aside = { .no_outputs = true };
	char *path = in_dir(OUTPUT), *away = in_dir("elsewhere");

	put_output(1000);
	CHECK_INT(rename(path, away), 0);
	expect_output("it is gone", CHAIN_MISSING, "not there");
	CHECK_INT(r.outputs, 0);
	aside.dir = damage_dir(d);
	verify_done(&r);
	CHECK_INT(verify(&aside, &r), 0);
	CHECK_INT(r.findings->len, 0);
	CHECK_INT(symlink(away, path), 0);
	expect_output("it is a link", CHAIN_UNREADABLE, "cannot be read");
	CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
	expect_output("it is a directory", CHAIN_UNREADABLE, "cannot be read");
	g_free(path);
	g_free(away);
}

/* What stands beside it: text that was changed, taken away, or is a name that leads elsewhere */
static void test_beside(void)
{
	char sha256[SHA256_HEX], *path = in_dir("output.vtt");

	put_output(1000);
	sha256_hex(sha256, "WEBVTT", 6);
	CHECK(g_file_set_contents(path, "WEBVTT", 6, NULL));
	json_object_set_new(output_entry(), "files", json_pack("[{s:s,s:s,s:s}]", "kind", "captions", "name", "output.vtt", "sha256", sha256));
	write_metadata();
	run(NULL);
	CHECK_INT(r.findings->len, 0);
	CHECK(g_file_set_contents(path, "WEBVTX", 6, NULL));
	expect("its text changed", CHAIN_ALTERED, CHAIN_OUTPUT, "output.vtt");
	CHECK_INT(unlink(path), 0);
	expect("its text gone", CHAIN_MISSING, CHAIN_OUTPUT, "output.vtt");
	CHECK_INT(symlink("/dev/zero", path), 0);
	expect("its text a link", CHAIN_UNREADABLE, CHAIN_OUTPUT, "output.vtt");
	json_object_set_new(json_array_get(json_object_get(output_entry(), "files"), 0), "name", json_string("../x"));
	write_metadata();
	expect("a text elsewhere", CHAIN_ALTERED, CHAIN_OUTPUT, "metadata.json");
	g_free(path);
}

/* metadata.json changed, and what it must not lead to */
static void test_output_metadata(void)
{
	static const char *const names[] = { "../x", ".hidden", "/etc/passwd", "chunks/user1_audio_00_000000.webm", "" };
	char *metadata_path = in_dir("metadata.json"), *output_path = in_dir(OUTPUT);
	json_t *checksum;

	put_output(1000);
	checksum = json_object_get(output_entry(), "checksum");
	json_object_set_new(output_entry(), "size", json_integer(999));
	write_metadata();
	expect_output("another size", CHAIN_ALTERED, "or its checksums");
	json_object_set_new(output_entry(), "size", json_integer(1000));
	json_array_append_new(json_object_get(checksum, "blocks"), json_string("00"));
	write_metadata();
	expect_output("a block more", CHAIN_ALTERED, "block 2 of");
	json_array_clear(json_object_get(checksum, "blocks"));
	write_metadata();
	expect_output("no blocks", CHAIN_ALTERED, "or its checksums");
	put_output(1000);
	json_object_set_new(json_object_get(output_entry(), "checksum"), "list", json_string("00"));
	write_metadata();
	expect_output("another list", CHAIN_ALTERED, "or its checksums");
	put_output(1000);
	json_object_del(output_entry(), "checksum");
	write_metadata();
	expect_output("no checksum", CHAIN_ALTERED, "lost the checksums");
	json_object_clear(output_entry());
	json_object_set_new(output_entry(), "file", json_string("outputs/2-grid-64x48.webm"));
	write_metadata();
	expect("another output's entry", CHAIN_INSERTED, CHAIN_OUTPUT, OUTPUT);
	CHECK_INT(unlink(metadata_path), 0);
	expect("no metadata", CHAIN_MISSING, CHAIN_OUTPUT, "metadata.json");
	CHECK(g_file_set_contents(metadata_path, "{\"outputs\":", -1, NULL));
	expect("metadata cut off", CHAIN_MISSING, CHAIN_OUTPUT, "metadata.json");
	CHECK_INT(unlink(output_path), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		json_object_set_new(output_entry(), "file", json_string(names[i]));
		write_metadata();
		expect(names[i], CHAIN_ALTERED, CHAIN_OUTPUT, "metadata.json");
		CHECK_INT(r.outputs, 0);
	}
	g_free(metadata_path);
	g_free(output_path);
	put_output(1000);
	json_object_set_new(json_object_get(metadata, "call"), "chain_hash", json_string("00"));
	write_metadata();
	expect("another chain hash", CHAIN_ALTERED, CHAIN_TIMELINE, NULL);
}

struct counted { int64_t done, total, give_up_at; };

static int count_bytes(int64_t done, int64_t total, void *arg)
{
	struct counted *c = arg;

	CHECK(done > c->done && done <= total);
	c->done = done;
	c->total = total;
	return done >= c->give_up_at;
}

static void test_output_progress(void)
{
	struct counted c = { .give_up_at = INT64_MAX };
	struct verify_conf conf = { .progress = count_bytes, .arg = &c };

	put_output(1000);
	conf.dir = damage_dir(d);
	verify_done(&r);
	CHECK_INT(verify(&conf, &r), 0);
	CHECK_INT(c.done, c.total);
	c = (struct counted){ .give_up_at = c.total };
	verify_done(&r);
	CHECK_INT(verify(&conf, &r), -ECANCELED);
}

/* ---- signatures ---- */

#define PEM(body) "-----BEGIN PRIVATE KEY-----\n" body "\n-----END PRIVATE KEY-----\n"

static struct sign_key *make_key(const char *pem)
{
	char *path = g_build_filename(damage_dir(d), "key.pem", NULL), why[256];
	struct sign_key *key = NULL;

	CHECK(g_file_set_contents(path, pem, -1, NULL) && !chmod(path, 0600));
	CHECK_INT(sign_key_load(&key, path, why, sizeof(why)), 0);
	unlink(path);
	g_free(path);
	return key;
}

static void sign(const struct sign_key *key)
{
	char *path = g_build_filename(damage_dir(d), "timeline.jsonl", NULL);
	struct timeline *tl;

	CHECK_INT(timeline_open(&tl, path), 0);
	CHECK_INT(timeline_sign(tl, key), 0);
	CHECK_INT(timeline_flush(tl, false), 0);
	timeline_close(&tl);
	g_free(path);
	damage_reload(d);
}

static void expect_signature(const char *a, const char *b, enum chain_signature s, int kind)
{
	char *keys[] = { (char *)a, (char *)b, NULL };
	struct verify_conf conf = { .dir = damage_dir(d), .keys = a ? keys : NULL };

	verify_done(&r);
	CHECK_INT(verify(&conf, &r), 0);
	CHECK_INT(r.summary.signature, s);
	CHECK_INT(first() ? (int)first()->kind : -1, kind);
}

static void test_signature(void)
{
	struct sign_key *key, *other;

	begin();
	key = make_key(PEM("MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"));
	other = make_key(PEM("MC4CAQAwBQYDK2VwBCIEIFc9BdkNA0iiB+/mlofprPkvMuFNaC4+r/Yox3e/fvHy"));
	expect_signature(sign_key_public(key), NULL, CHAIN_NOT_SIGNED, CHAIN_UNSIGNED);
	sign(key);
	expect_signature(NULL, NULL, CHAIN_SIGNED, -1);
	CHECK_STR(r.summary.chain, chain);
	CHECK_STR(r.summary.key, sign_key_public(key));
	expect_signature(sign_key_public(other), sign_key_public(key), CHAIN_SIGNED, -1);
	expect_signature(sign_key_public(other), NULL, CHAIN_SIGNED_BY_OTHER, CHAIN_BAD_SIGNATURE);
	damage_flip_text(d, damage_lines(d) - 2, "\"reason\":\"host\"", "\"reason\":\"hose\"");
	expect_signature(NULL, NULL, CHAIN_SIGNED_WRONG, CHAIN_BAD_SIGNATURE);
	begin();
	sign(other);
	damage_flip_text(d, damage_lines(d) - 1, sign_key_public(other), sign_key_public(key));
	expect_signature(sign_key_public(key), NULL, CHAIN_SIGNED_WRONG, CHAIN_BAD_SIGNATURE);
	sign_key_unref(&key);
	sign_key_unref(&other);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_sound), TEST(test_files), TEST(test_inserted_file), TEST(test_removed_chunks), TEST(test_lines), TEST(test_end),
		TEST(test_inserted_chunk), TEST(test_erased), TEST(test_expired), TEST(test_no_timeline), TEST(test_output_blocks),
		TEST(test_output_gone), TEST(test_beside), TEST(test_output_metadata), TEST(test_output_progress), TEST(test_signature),
	};
	int failed;

	d = damage_create();
	if (!d)
		return 1;
	failed = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	verify_done(&r);
	json_decref(metadata);
	damage_free(d);
	return failed;
}
