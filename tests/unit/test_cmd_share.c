/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp share` as a user meets it.
 */
#include <stdio.h>
#include "common/catalog_share.h"
#include "common/fsio.h"
#include "common/json.h"
#include "common/sync.h"
#include "tests/lib/catalog_rows.h"
#include "tests/unit/test.h"
#include "tests/unit/command.h"

#define ID "rec_demo_1795357800000_aaaaaa"

static struct catalog *c;

static void set_up(void)
{
	g_autofree char *conf = NULL, *text = NULL, *url = NULL;

	dir = g_dir_make_tmp("recroom-share-XXXXXX", NULL);
	conf = g_build_filename(dir, "c.jcfg", NULL);
	text = g_strdup_printf("general: { recordings = \"%s\" }\nserve: { public_url = \"https://rec.example.org/\" }\n", dir);
	url = g_strdup_printf("sqlite:%s/recroom.db", dir);
	CHECK(g_file_set_contents(conf, text, -1, NULL));
	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(add_stopped_recording(c, ID, "demo", "Weekly", 1795357800000), 0);
	CHECK_INT(finish_recording(c, ID, ID "/output.webm", 4, NULL), 0);
}

static void tear_down(void)
{
	catalog_close(&c);
	fs_remove_tree(dir);
	g_clear_pointer(&dir, g_free);
}

/* The row of the link that was printed. */
static json_t *row_of(const char *url)
{
	char id[SHARE_ID];
	json_t *row = NULL;

	CHECK(g_str_has_prefix(url, "https://rec.example.org/s/"));
	CHECK_INT(share_id_of(id, url + strlen("https://rec.example.org/s/")), 0);
	CHECK_INT(catalog_share_get(c, id, &row), 0);
	return row;
}

static void test_give(void)
{
	json_t *o, *row;

	set_up();
	CHECK_INT(run("share " ID " -c @/c.jcfg"), 0);
	row = row_of(g_strchomp(out));
	CHECK(g_str_has_prefix(json_str(row, "created_by"), "command:"));
	CHECK(json_num(row, "expires_ms", 0) > clock_wall_ms() + 6 * 86400000LL);
	json_decref(row);
	CHECK(strstr(err, "until "));
	CHECK_INT(run("share " ID " -c @/c.jcfg --expires never --file thumbnail.jpg --json"), 0);
	o = summary();
	CHECK(json_is_null(json_object_get(o, "expiresAt")));
	row = row_of(json_str(o, "url"));
	CHECK_STR(json_str(row, "name"), "thumbnail.jpg");
	json_decref(row);
	json_decref(o);
	tear_down();
}

static void test_list_and_take_back(void)
{
	g_autofree char *line = NULL;
	json_t *o;

	set_up();
	CHECK_INT(run("share " ID " -c @/c.jcfg --list"), 0);
	CHECK(strstr(err, "no links"));
	CHECK_INT(run("share " ID " -c @/c.jcfg --expires 2h --json"), 0);
	o = summary();
	line = g_strdup_printf("share " ID " -c @/c.jcfg --revoke %.12s", json_str(o, "shareId"));
	json_decref(o);
	CHECK_INT(run("share " ID " -c @/c.jcfg --list"), 0);
	CHECK(strstr(out, "open") && strstr(out, "0 uses"));
	CHECK_INT(run(line), 0);
	CHECK_INT(run("share " ID " -c @/c.jcfg --list --json"), 0);
	CHECK(strstr(out, "\"revoked_ms\": 1") || strstr(out, "\"revoked_ms\":1"));
	CHECK_INT(run("share " ID " -c @/c.jcfg --list"), 0);
	CHECK(strstr(out, "taken back"));
	tear_down();
}

static void test_mistakes(void)
{
	static const struct { const char *line; int code; } rows[] = {
		{ "share rec_demo_1795357800000_zzzzzz -c @/c.jcfg", 3 }, { "share nothing -c @/c.jcfg", 3 }, { "share -c @/c.jcfg", 2 },
		{ "share " ID " -c @/c.jcfg --expires tomorrow", 2 }, { "share " ID " -c @/c.jcfg --expires 99999d", 2 },
		{ "share " ID " -c @/c.jcfg --number 2", 3 }, { "share " ID " -c @/c.jcfg --file timeline.jsonl", 3 }, { "share " ID " -c @/c.jcfg --revoke 0123", 3 },
	};

	set_up();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (run(rows[i].line) != rows[i].code)
			TEST_FAIL("%s: %d, expected %d: %s", rows[i].line, code, rows[i].code, err);
	tear_down();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_give), TEST(test_list_and_take_back), TEST(test_mistakes) };
	int r = test_run(tests, G_N_ELEMENTS(tests), argc, argv);

	g_free(out);
	g_free(err);
	return r;
}
