/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys of stores from environment, file and a metadata service on loopback.
 */
#include <glib/gstdio.h>
#include <sys/stat.h>
#include "postprocess/credentials.c"
#include "postprocess/credentials_file.c"
#include "postprocess/credentials_metadata.c"
#include "store_server.h"
#include "test.h"

static struct settings_storage conf;
static char why[256];

/* "id secret token", "-" for what is not there; or the error. */
static char *got(struct credentials *c)
{
	static char text[256];
	struct credential k;
	int err = credentials_get(c, &k, why, sizeof(why));

	if (err)
		snprintf(text, sizeof(text), "%d", -err);
	else
		snprintf(text, sizeof(text), "%s %s %s", k.id ? k.id : "-", k.secret ? k.secret : "-", k.token ? k.token : "-");
	credential_clear(&k);
	return text;
}

static struct credentials *create(int kind, int source)
{
	conf = (struct settings_storage){ .name = "main", .kind = kind, .credentials = source, .account = kind == STORAGE_AZURE ? "acc" : NULL,
					  .credentials_profile = "default" };
	return credentials_create(&conf);
}

static void test_environment(void)
{
	struct credentials *c = create(STORAGE_S3, CREDENTIALS_ENVIRONMENT);

	CHECK_STR(got(c), "13");
	CHECK_STR(why, "no credentials: no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment");
	g_setenv("AWS_ACCESS_KEY_ID", "id", TRUE);
	g_setenv("AWS_SECRET_ACCESS_KEY", "", TRUE);
	CHECK_STR(got(c), "13");       /* an empty one is none */
	g_setenv("AWS_SECRET_ACCESS_KEY", "sec", TRUE);
	CHECK_STR(got(c), "id sec -");
	g_setenv("AWS_SESSION_TOKEN", "tok", TRUE);
	CHECK_STR(got(c), "id sec -");         /* read once */
	credentials_free(&c);
	c = create(STORAGE_S3, CREDENTIALS_AUTO);
	CHECK_STR(got(c), "id sec tok");
	credentials_free(&c);
	c = create(STORAGE_GCS, CREDENTIALS_AUTO);
	CHECK_STR(got(c), "13");
	g_setenv("GOOG_ACCESS_KEY_ID", "gid", TRUE);
	g_setenv("GOOG_SECRET_ACCESS_KEY", "gsec", TRUE);
	CHECK_STR(got(c), "gid gsec -");
	credentials_free(&c);
	g_setenv("AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=2", TRUE);
	c = create(STORAGE_AZURE, CREDENTIALS_AUTO);
	CHECK_STR(got(c), "acc - sv=1&sig=2");
	credentials_free(&c);
	g_setenv("AZURE_STORAGE_KEY", "a2V5", TRUE);
	c = create(STORAGE_AZURE, CREDENTIALS_AUTO);
	CHECK_STR(got(c), "acc a2V5 -");       /* the key signs addresses, too */
	credentials_free(&c);
	CHECK(!c);
	for (size_t i = 0; i < G_N_ELEMENTS(variables); i++) {
		if (variables[i].id)
			g_unsetenv(variables[i].id);
		g_unsetenv(variables[i].secret);
		if (variables[i].token)
			g_unsetenv(variables[i].token);
	}
}

static const struct { const char *text, *profile, *id, *secret, *token; } files[] = {
	{ "[default]\naws_access_key_id = A\naws_secret_access_key=S/+=x\n", "default", "A", "S/+=x", NULL },
	{ "# c\r\n[other]\r\naws_access_key_id=O\r\naws_secret_access_key=P\r\n\r\n[ default ]\r\n; c\r\n aws_access_key_id = A \r\naws_session_token = T==\r\naws_secret_access_key = S\r\n",
	  "default", "A", "S", "T==" },
	{ "[profile x]\naws_access_key_id = A\naws_secret_access_key = S\n[y]\naws_access_key_id = Y\n", "x", "A", "S", NULL },
	{ "[default]\naws_access_key_id = A\n", "default", NULL, NULL, NULL },
	{ "aws_access_key_id = A\naws_secret_access_key = S\n", "default", NULL, NULL, NULL },
	{ "[defaul]\naws_access_key_id = A\naws_secret_access_key = S\n", "default", NULL, NULL, NULL },
	{ "", "default", NULL, NULL, NULL }, { "[default", "default", NULL, NULL, NULL }, { "[\n]\n=\n", "default", NULL, NULL, NULL },
};

static void test_files_are_parsed(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		struct credential k;
		int err = credentials_parse(&k, files[i].text, files[i].profile);

		if (err != (files[i].id ? 0 : -ENOENT) || (!err && (strcmp(k.id, files[i].id) || strcmp(k.secret, files[i].secret) || g_strcmp0(k.token, files[i].token))))
			TEST_FAIL("file %zu: %d", i, err);
		credential_clear(&k);
	}
}

static void test_azure_line(void)
{
	struct credential k;

	CHECK_INT(credentials_parse_azure(&k, " a2V5==\r\nmore\n", "acc"), 0);
	CHECK_STR(k.secret, "a2V5==");
	credential_clear(&k);
	CHECK_INT(credentials_parse_azure(&k, "?sv=2021-12-02&sig=x%3D\n", "acc"), 0);
	CHECK(!k.secret);
	CHECK_STR(k.token, "sv=2021-12-02&sig=x%3D");
	credential_clear(&k);
	CHECK_INT(credentials_parse_azure(&k, "\n", "acc"), -ENOENT);
	credential_clear(&k);
}

static void write_file(const char *path, const char *id)
{
	char *text = g_strdup_printf("[default]\naws_access_key_id = %s\naws_secret_access_key = S\n", id);

	CHECK(g_file_set_contents(path, text, -1, NULL));      /* another inode */
	CHECK(!g_chmod(path, 0600));
	g_free(text);
}

static void test_file_changes(void)
{
	char *dir = g_dir_make_tmp("test_credentials.XXXXXX", NULL), *path = g_build_filename(dir, "keys", NULL);
	struct credentials *c = create(STORAGE_S3, CREDENTIALS_FILE);
	struct credential used;

	g_free(c->file);
	c->file = g_strdup(path);
	CHECK_STR(got(c), "13");
	CHECK(strstr(why, "No such file or directory"));
	write_file(path, "one");
	CHECK_STR(got(c), "one S -");
	write_file(path, "two");
	c->looked_ms -= 2 * LOOK_MS;   /* a second later */
	CHECK_STR(got(c), "two S -");
	CHECK_INT(credentials_get(c, &used, why, sizeof(why)), 0);
	CHECK(!credentials_refused(c, &used));
	write_file(path, "three");
	c->looked_ms -= 2 * LOOK_MS;
	CHECK(credentials_refused(c, &used));          /* there are others by now */
	CHECK_STR(got(c), "three S -");
	credential_clear(&used);
	g_unlink(path);
	c->looked_ms -= 2 * LOOK_MS;
	CHECK_STR(got(c), "three S -");        /* gone: what was read stays in use */
	credentials_free(&c);
	g_rmdir(dir);
	g_free(path);
	g_free(dir);
}

#define HTTP200(body) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body
#define KEYS(id, expires) HTTP200("{\"Code\": \"Success\", \"AccessKeyId\": \"" id "\", \"SecretAccessKey\": \"S\", \"Token\": \"T\", \"Expiration\": \"" expires "\"}")

static void test_machine(void)
{
	static const char *const answers[] = { HTTP200("the-token"), HTTP200("the-role\n"), KEYS("one", "2099-01-01T00:00:00Z"),
		HTTP200("the-token"), HTTP200("the-role"), KEYS("two", "2099-01-01T00:00:00Z"), "HTTP/1.1 500 No\r\nConnection: close\r\n\r\n", NULL };
	struct credentials *c = create(STORAGE_S3, CREDENTIALS_METADATA);
	struct server s;
	char url[64];

	server_open(&s, answers);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", s.port);
	g_setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url, TRUE);
	CHECK_STR(got(c), "one S T");
	CHECK_STR(got(c), "one S T");
	CHECK_INT(s.heads->len, 3);
	CHECK(g_str_has_prefix(s.heads->pdata[0], "PUT /latest/api/token ") && strstr(s.heads->pdata[0], "X-aws-ec2-metadata-token-ttl-seconds: 300\r\n"));
	CHECK(g_str_has_prefix(s.heads->pdata[2], "GET /latest/meta-data/iam/security-credentials/the-role ") && strstr(s.heads->pdata[2], "X-aws-ec2-metadata-token: the-token\r\n"));
	c->found.expires_ms = clock_wall_ms() + EARLY_MS - 1000;       /* they end soon */
	c->looked_ms -= 2 * AGAIN_MS;
	CHECK_STR(got(c), "two S T");
	CHECK_INT(s.heads->len, 6);
	c->found.expires_ms = clock_wall_ms() + EARLY_MS - 1000;       /* and there are no others: these are good until they end */
	c->looked_ms -= 2 * AGAIN_MS;
	CHECK_STR(got(c), "two S T");
	CHECK_INT(s.heads->len, 7);
	CHECK_STR(got(c), "two S T");  /* not asked at each request */
	CHECK_INT(s.heads->len, 7);
	credentials_free(&c);
	server_close(&s);
	c = create(STORAGE_S3, CREDENTIALS_METADATA);
	CHECK_STR(got(c), "11");       /* nobody answers: later, perhaps */
	CHECK_STR(why, "no credentials: the machine's metadata service does not answer");
	g_setenv("AWS_EC2_METADATA_DISABLED", "true", TRUE);
	CHECK_STR(got(c), "13");
	credentials_free(&c);
	g_unsetenv("AWS_EC2_METADATA_DISABLED");
	g_unsetenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
}

static void test_container(void)
{
	static const char *const answers[] = { KEYS("task", "2099-01-01T00:00:00Z"), HTTP200("{\"AccessKeyId\": 5}"), "HTTP/1.1 403 No\r\nConnection: close\r\n\r\n", NULL };
	struct credentials *c = create(STORAGE_S3, CREDENTIALS_METADATA);
	struct server s;
	char url[64];

	server_open(&s, answers);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/v2/keys", s.port);
	g_setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, TRUE);
	g_setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod", TRUE);
	CHECK_STR(got(c), "task S T");
	CHECK(strstr(s.heads->pdata[0], "GET /v2/keys ") && strstr(s.heads->pdata[0], "Authorization: pod\r\n"));
	credentials_free(&c);
	c = create(STORAGE_S3, CREDENTIALS_METADATA);
	CHECK_STR(got(c), "13");
	CHECK_STR(got(c), "13");
	g_setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1.example.com/x", TRUE);        /* the token would go there in clear */
	CHECK_STR(got(c), "13");
	CHECK_INT(s.heads->len, 3);
	credentials_free(&c);
	server_close(&s);
	g_unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	g_unsetenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
}

static void test_answers_of_metadata(void)
{
	static const char *const bad[] = { "", "[]", "{}", "{\"AccessKeyId\":\"a\"}", "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}" };
	struct found f;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		CHECK_INT(credentials_parse_json(&f, bad[i], strlen(bad[i])), -EBADMSG);
	CHECK_INT(credentials_parse_json(&f, "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"s\"}", 40), -EBADMSG);      /* cut */
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_environment), TEST(test_files_are_parsed), TEST(test_azure_line), TEST(test_file_changes), TEST(test_machine), TEST(test_container),
		TEST(test_answers_of_metadata),
	};

	g_setenv("HOME", "/nowhere", TRUE);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
