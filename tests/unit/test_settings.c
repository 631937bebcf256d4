/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/settings.c"
#include "common/fsio.h"
#include "test.h"

#define SAMPLE SRCDIR "/conf/janus.plugin.recroom.jcfg.sample"

static char path[] = "/tmp/recroom-settings-XXXXXX", why[512], warnings[2048];

static void keep(enum log_level level, const char *line, void *arg)
{
	const char *name = strrchr(line, '/');

	(void)level;
	(void)arg;
	g_strlcat(warnings, strchr(name, ':'), sizeof(warnings));
	g_strlcat(warnings, "\n", sizeof(warnings));
}

static int load(struct settings **s, const char *text)
{
	int err;

	strcpy(path, "/tmp/recroom-settings-XXXXXX");
	close(mkstemp(path));
	CHECK(g_file_set_contents(path, text, -1, NULL));
	warnings[0] = why[0] = '\0';
	log_set_handler(keep, NULL);
	err = settings_load(s, path, false, why, sizeof(why));
	log_set_handler(NULL, NULL);
	unlink(path);
	return err;
}

static void test_defaults(void)
{
	struct settings *s = NULL;

	CHECK_INT(settings_load(&s, "/nowhere/at.all", true, why, sizeof(why)), 0);
	CHECK_STR(s->recordings, "/var/lib/recroom/recordings");
	CHECK_STR(s->catalog, "sqlite:/var/lib/recroom/recordings/recroom.db");
	CHECK_STR(s->token_secret_file, "/var/lib/recroom/recordings/secret.key");
	CHECK_STR(s->host_id, g_get_host_name());
	CHECK(!s->admin_key && !s->page && !s->tls_cert && !s->nrooms);
	CHECK_INT(s->chunk_ms, 1000);
	CHECK_INT(s->durability, DURABILITY_INTERVAL);
	CHECK_INT(s->width, 1280);
	CHECK_STR(s->listen, "127.0.0.1:8090");
	CHECK_STR(s->janus_ws, "");
	settings_unref(&s);
	CHECK(!s);
	CHECK_INT(settings_load(&s, "/nowhere/at.all", false, why, sizeof(why)), -ENOENT);
	CHECK_STR(why, "/nowhere/at.all: No such file or directory");
}

static void test_values(void)
{
	struct settings *s = NULL;

	CHECK_INT(load(&s, "general: { recordings = \"/r\"; admin_key = \"secretkey\" }\ncapture: { durability = \"chunk\"; chunk_ms = 500L }\n"
			   "rooms = ( { id = \"demo\"; host_secret = \"hosthost\"; guests_download = true; publishers = 3; videocodec = \"h264, vp8\" }, { id = 1234 } )"), 0);
	CHECK_STR(warnings, "");
	CHECK_STR(s->catalog, "sqlite:/r/recroom.db");
	CHECK_STR(s->token_secret_file, "/r/secret.key");
	CHECK_STR(s->admin_key, "secretkey");
	CHECK_INT(s->durability, DURABILITY_CHUNK);
	CHECK_INT(s->chunk_ms, 500);
	CHECK_INT(s->nrooms, 2);
	CHECK_STR(s->rooms[0].id, "demo");
	CHECK_STR(s->rooms[0].host_secret, "hosthost");
	CHECK(s->rooms[0].guests_download && !s->rooms[1].guests_download);
	CHECK_INT(s->rooms[0].publishers, 3);
	CHECK_STR(s->rooms[0].videocodec, "h264, vp8");
	CHECK_STR(s->rooms[1].id, "1234");
	CHECK_INT(s->rooms[1].bitrate, 1500000);
	CHECK_STR(s->rooms[1].videocodec, "vp8,vp9,h264,av1");
	CHECK(s->rooms[1].opus_fec && !s->rooms[1].opus_dtx && s->rooms[1].opus_red && s->rooms[1].audiolevel_event);
	CHECK_INT(s->rooms[1].audio_active_packets, 100);
	CHECK_INT(s->rooms[1].audio_level_average, 25);
	settings_unref(&s);
}

static void test_unknown_keys_warn(void)
{
	struct settings *s = NULL;

	CHECK_INT(load(&s, "general: { recording = \"/r\" }\ncapture: {\n chunkms = 500 }\nrooms = ( { id = \"a\"; host_secert = \"x\" } )\nserver: {}\nroom = 1"), 0);
	CHECK_STR(warnings, ":1: unknown key recording, did you mean recordings?\n:3: unknown key chunkms, did you mean chunk_ms?\n"
			    ":4: unknown key host_secert, did you mean host_secret?\n:5: unknown section server, did you mean serve?\n"
			    ":6: unknown section room, did you mean rooms?\n");
	CHECK_INT(s->chunk_ms, 1000);
	settings_unref(&s);
}

static void test_storage(void)
{
	struct settings *s = NULL;
	const struct settings_storage *c;

	CHECK_INT(load(&s, "storage = ( { name = \"main\"; bucket = \"rec\"; endpoint = \"https://s3.example:9000/\"; path_style = true; tags = \"a=b, c=d\" },\n"
			   " { name = \"nas\"; kind = \"local\"; role = \"fallback\"; directory = \"/mnt/nas/\" } )\nstore: { backup = true; local_h = 0 }"), 0);
	CHECK_STR(warnings, "");
	CHECK_INT(s->nstorages, 2);
	CHECK(s->backup && !s->local_h && s->bundle_s == 30 && s->transfers == 2);
	c = &s->storages[0];
	CHECK_INT(c->kind, STORAGE_S3);
	CHECK_INT(c->role, STORAGE_PRIMARY);
	CHECK_STR(c->endpoint, "https://s3.example:9000");
	CHECK(c->path_style && c->versions && !c->plain && !c->region && !c->acl);
	CHECK_STR(c->prefix, "recordings");
	CHECK_STR(c->chunk_prefix, "originals");
	CHECK_INT(c->part_mb, 8);
	CHECK_INT(c->parallel, 4);
	c = &s->storages[1];
	CHECK_INT(c->kind, STORAGE_LOCAL);
	CHECK_INT(c->role, STORAGE_FALLBACK);
	CHECK_STR(c->directory, "/mnt/nas");
	settings_unref(&s);
}

#define S3(more) "storage = ( { name = \"a\"; " more " } )"
#define REC "bucket = \"rec\"; "
static const struct { const char *text, *why; } bad[] = {
	{ "capture: {\n chunk_ms = 100 }", ":2: capture.chunk_ms is 100, must be 500 to 10000 ms" },
	{ "capture: { chunk_ms = 99999999999L }", ":1: capture.chunk_ms is 99999999999, must be 500 to 10000 ms" },
	{ "capture: { chunk_ms = \"1000\" }", ":1: capture.chunk_ms must be a whole number without quotes" },
	{ "capture: { chunk_ms = 1000.0 }", ":1: capture.chunk_ms must be a whole number without quotes" },
	{ "capture: { durability = \"always\" }", ":1: capture.durability must be one of \"none interval chunk\"" },
	{ "capture: { durability = 1 }", ":1: capture.durability must be one of \"none interval chunk\"" },
	{ "general: { recordings = 5 }", ":1: general.recordings must be a string in quotes" },
	{ "general: { recordings = \"\" }", ":1: general.recordings has 0 characters, must have 1 to 3840" },
	{ "general: { admin_key = \"abc\" }", ":1: general.admin_key has 3 characters, must have 6 to 256" },
	{ "general = 5", ":1: general must be a group: { … }" },
	{ "rooms = { }", ":1: rooms must be a list: ( { … }, { … } )" },
	{ "rooms = ( 5 )", ":1: rooms must be a group: { … }" },
	{ "rooms = ( { pin = \"1\" } )", ":1: a room needs its id" },
	{ "rooms = ( { id = \"a\" },\n { id = \"a\" } )", ":2: room a is there twice" },
	{ "rooms = ( { id = \"a/b\" } )", ":1: rooms.id is \"a/b\", must be letters, digits, dot, dash, underscore" },
	{ "rooms = ( { id = -1 } )", ":1: rooms.id must be a string in quotes" },
	{ "rooms = ( { id = \"a\"; guests_download = 1 } )", ":1: rooms.guests_download must be true or false" },
	{ "rooms = ( { id = \"a\"; videocodec = \"vp8,h263\" } )",
	  ":1: rooms.videocodec is \"vp8,h263\", must be of \"vp8 vp9 h264 av1\", each at most once, with commas" },
	{ "rooms = ( { id = \"a\"; videocodec = \"vp8, vp8\" } )",
	  ":1: rooms.videocodec is \"vp8, vp8\", must be of \"vp8 vp9 h264 av1\", each at most once, with commas" },
	{ "rooms = ( { id = \"a\"; videocodec = \"vp8,\" } )",
	  ":1: rooms.videocodec is \"vp8,\", must be of \"vp8 vp9 h264 av1\", each at most once, with commas" },
	{ "rooms = ( { id = \"a\"; audio_level_average = 200 } )", ":1: rooms.audio_level_average is 200, must be 1 to 127 -dBov" },
	{ "mix: { width = 641 }", ": mix.width and mix.height are 641 and 720, must be even" },
	{ "mix: { segment_ms = 4020 }", ": mix.segment_ms is 4020, must be whole seconds" },
	{ "serve: { tls_cert = \"c\" }", ": serve.tls_cert and serve.tls_key need each other" },
	{ "token_keys = ( { kid = \"a\"; alg = \"none\"; file = \"/k\" } )", ":1: token_keys.alg must be one of \"HS256 RS256 ES256\"" },
	{ "token_keys = ( { alg = \"HS256\"; file = \"/k\" } )", ":1: a key needs its kid" },
	{ "token_keys = ( { kid = \"a\"; file = \"/k\" } )", ": token_keys: the key a needs its alg and its file" },
	{ "token_keys = ( { kid = \"a\"; alg = \"HS256\" } )", ": token_keys: the key a needs its alg and its file" },
	{ "webhooks = ( { url = \"https://a\"; secret_file = \"/s\" } )", ":1: a webhook needs its name" },
	{ "webhooks = ( { name = \"a\"; secret_file = \"/s\" } )", ": webhook a needs its url" },
	{ "webhooks = ( { name = \"a\"; url = \"https://a\" } )", ": webhook a needs its secret_file" },
	{ "webhooks = ( { name = \"a\"; url = \"http://a.b\"; secret_file = \"/s\" } )", ": webhook a: its url must begin with https:// (or with http:// and plain = true)" },
	{ "webhooks = ( { name = \"a\"; url = \"file:///a\"; secret_file = \"/s\"; plain = true } )", ": webhook a: its url must begin with https:// (or with http:// and plain = true)" },
	{ "webhooks = ( { name = \"a\"; url = \"https://u:p@a\"; secret_file = \"/s\" } )", ": webhook a: its url must hold no user name and password" },
	{ "webhooks = ( { name = \"a\"; url = \"https://a\"; secret_file = \"/s\"; urls = true } )", ": webhook a: urls needs serve.public_url" },
	{ "serve: { public_url = \"ftp://a.b\" }", ": serve.public_url must begin with https:// or http://" },
	{ "general: { max_rooms = 1 }\nrooms = ( { id = \"a\" }, { id = \"b\" } )", ": there are 2 rooms, general.max_rooms is 1" },
	{ "capture: {\n chunk_ms 5 }", ":2: syntax error" },
	{ "storage = ( { kind = \"s3\" } )", ":1: a store needs its name" },
	{ "storage = ( { name = \"a\" } )", ": store a: kind = \"s3\" needs its bucket" },
	{ "storage = ( { name = \"a\"; kind = \"ftp\" } )", ":1: storage.kind must be one of \"local s3 gcs azure\"" },
	{ "storage = ( { name = \"a\"; kind = \"azure\"; bucket = \"rec\" } )", ": store a: kind = \"azure\" needs its account" },
	{ "storage = ( { name = \"a\"; kind = \"local\" } )", ": store a: kind = \"local\" needs its directory" },
	{ "storage = ( { name = \"a\"; kind = \"local\"; directory = \"mnt\" } )", ": store a: directory is \"mnt\", must be a path from the root" },
	{ "storage = ( { name = \"a\"; kind = \"local\"; directory = \"/m\"; bucket = \"rec\" } )", ": store a: kind = \"local\" has no bucket" },
	{ "storage = ( { name = \"a\"; kind = \"gcs\"; bucket = \"rec\"; tier = \"Hot\" } )", ": store a: kind = \"gcs\" has no tier" },
	{ S3("bucket = \"r/c\""), ": store a: bucket is \"r/c\", must be letters, digits, dot, dash, underscore" },
	{ S3("bucket = \"r.c\""), ": store a: a bucket with a dot in its name (r.c) needs path_style = true: no certificate fits it else" },
	{ S3(REC "prefix = \"/r\""), ": store a: prefix and chunk_prefix must be names of letters, digits, dot, dash, underscore, with single slashes between them" },
	{ S3(REC "chunk_prefix = \"a/../b\""), ": store a: prefix and chunk_prefix must be names of letters, digits, dot, dash, underscore, with single slashes between them" },
	{ S3(REC "chunk_prefix = \"recordings/originals\""), ": store a: prefix (recordings) and chunk_prefix (recordings/originals) must not lie in each other" },
	{ S3(REC "endpoint = \"http://a:1\""), ": store a: endpoint must begin with https:// (or with http:// and plain = true)" },
	{ S3(REC "endpoint = \"https://k:s@a\""), ": store a: endpoint must be a plain address, without user name and query" },
	{ S3(REC "endpoint = \"https://a/rec\""), ": store a: endpoint must be https://host[:port], without a path; the bucket has its own key" },
	{ S3(REC "credentials = \"file\""), ": store a: credentials = \"file\" needs credentials_file" },
	{ "storage = ( { name = \"a\"; kind = \"gcs\"; bucket = \"rec\"; credentials = \"metadata\" } )", ": store a: credentials = \"metadata\" is there for kind = \"s3\" only" },
	{ S3(REC "storage_class = \"GLACIER\""), ": store a: storage_class = \"GLACIER\": recordings could not be read from there at once; move them by a rule of the bucket" },
	{ S3(REC "kms_key = \"k\""), ": store a: kms_key needs sse = \"kms\"" },
	{ "storage = ( { name = \"a\"; kind = \"gcs\"; bucket = \"rec\"; sse = \"s3\" } )", ": store a: sse is there for kind = \"s3\" only: gcs and azure always encrypt" },
	{ S3(REC "part_mb = 12"), ": store a: part_mb is 12, must be a multiple of 8" },
	{ S3(REC "tags = \"a=b,c\""), ": store a: tags is \"a=b,c\", must be name=value with commas, of letters, digits, blank and + - . _ : / @" },
	{ S3(REC "tags = \"a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1\""), ": store a: there are 11 tags, ten are the most" },
	{ S3(REC "encrypt = true"), ": store a: encrypt needs store.master_key_file" },
	{ "store: { master_key_file = \"/k\" }\n" S3(REC "encrypt = true; public = true"), ": store a: encrypt and public do not go together: whoever fetches from there could read nothing" },
	{ S3(REC "acl = \"public-read\""), ": store a: acl = \"public-read\" needs public = true" },
	{ S3(REC "cdn_url = \"https://c\""), ": store a: cdn_url needs cdn_signing, or public = true if anybody may read" },
	{ S3(REC "cdn_signing = \"hmac\""), ": store a: cdn_signing needs cdn_url" },
	{ S3(REC "cdn_url = \"https://c\"; cdn_signing = \"cloudfront\"; cdn_key_file = \"/k\""), ": store a: cdn_signing = \"cloudfront\" needs cdn_key_id" },
	{ "storage = ( { name = \"a\"; kind = \"local\"; directory = \"/m\"; public = true } )", ": store a: public needs cdn_url, as a directory has no address" },
	{ S3(REC "role = \"mirror\""), ": storage: one of the stores must have role = \"primary\"" },
	{ "storage = ( { name = \"a\"; bucket = \"rec\" }, { name = \"b\"; bucket = \"rec2\" } )", ": storage: a and b are both primary, there must be one" },
	{ "storage = ( { name = \"a\"; bucket = \"rec\" }, { name = \"b\"; bucket = \"rec\"; role = \"mirror\"; prefix = \"x\" } )", ": storage: a and b are the same place" },
	{ "store: { backup = true }", ": store.backup needs a store in storage" },
};

static void test_bad_values_say_where(void)
{
	struct settings *s = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		CHECK_INT(load(&s, bad[i].text), -EINVAL);
		CHECK(!s && g_str_has_prefix(why, path));
		CHECK_STR(why + strlen(path), bad[i].why);
	}
}

/* The sample with every setting switched on: "#" and no blank. */
static char *uncommented(void)
{
	GString *out = g_string_new(NULL);
	char *text = NULL, **lines;

	CHECK(g_file_get_contents(SAMPLE, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (char **l = lines; *l; l++) {
		char *hash = strchr(*l, '#');

		if (hash && (size_t)(hash - *l) == strspn(*l, "\t") && hash[1] != ' ')
			*hash = ' ';
		g_string_append_printf(out, "%s\n", *l);
	}
	g_strfreev(lines);
	g_free(text);
	return g_string_free(out, FALSE);
}

static void find_keys(const char *sample, const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];
		const char *quote = r->type == R_INT || r->type == R_BOOL ? "" : "\"";
		char *prose = g_strdup_printf("# %s", r->help), *unit = g_strdup_printf("[%s%s", r->unit, r->type == R_WORD || r->type == R_ONE || r->type == R_WORDS ? "]" : ", "), *at;
		char *line = r->def ? g_strdup_printf("\t#%s = %s%s%s\n", r->key, quote, r->def, quote) : g_strdup_printf("\t#%s = ", r->key);

		at = strstr(sample, prose);
		if (!at || !strstr(sample, line))
			TEST_FAIL("%s.%s: the sample does not hold \"%s\" and \"%s\"", r->section, r->key, prose, line);
		if (*r->unit && (!strstr(at, unit) || strstr(at, unit) > strchr(at, '\n')))
			TEST_FAIL("%s.%s: the sample does not name the unit %s", r->section, r->key, r->unit);
		g_free(prose);
		g_free(unit);
		g_free(line);
	}
}

static void test_sample_and_table_agree(void)
{
	struct settings *s = NULL, *def = NULL;
	char *text = uncommented(), *sample = NULL;

	CHECK_INT(load(&s, text), 0);
	CHECK_STR(warnings, "");   /* the sample has no key that the table has not */
	CHECK_INT(s->nrooms, 1);
	CHECK_INT(s->ntoken_keys, 1);
	CHECK_INT(s->nstorages, 4);
	settings_unref(&s);
	CHECK(g_file_get_contents(SAMPLE, &sample, NULL, NULL));
	find_keys(sample, &settings_main);
	for (size_t i = 0; i < settings_nlists; i++)
		find_keys(sample, &settings_lists[i].table);
	CHECK_INT(load(&s, sample), 0);
	CHECK_INT(settings_load(&def, "/nowhere/at.all", true, why, sizeof(why)), 0);
	CHECK_INT(s->nrooms, 0);
	CHECK_STR(s->catalog, def->catalog);
	settings_unref(&s);
	settings_unref(&def);
	g_free(sample);
	g_free(text);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_defaults), TEST(test_values), TEST(test_storage), TEST(test_unknown_keys_warn), TEST(test_bad_values_say_where), TEST(test_sample_and_table_agree),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
