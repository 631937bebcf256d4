/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Readiness: what fails it, what only warns, and that Janus is asked by one at a time and not again and again.
 */
#include <glib/gstdio.h>
#include "postprocess/ready.c"
#include "common/catalog_db.h"
#include "common/fsio.h"
#include "tests/lib/catalog_rows.h"
#include "test.h"

static struct {
	int asked, err;
	bool draining;
} janus;

/* In the place of the true one, whom the library's other parts do not need here. */
int janus_admin_ask(struct janus_admin *a, json_t *request, json_t **answer, int timeout_ms)
{
	(void)a;
	CHECK_STR(json_str(request, "request"), "drain");
	CHECK(!json_object_get(request, "on") && timeout_ms == PLUGIN_MS);
	janus.asked++;
	if (!janus.err)
		*answer = json_pack("{s:s,s:b,s:i}", "recroom", "success", "draining", janus.draining, "recordings", 3);
	return janus.err;
}

static char *dir;
static struct settings settings;
static struct service svc;
static bool runner_good;

static bool runner(void *arg)
{
	(void)arg;
	return runner_good;
}

static void begin(void)
{
	dir = g_dir_make_tmp("recroom-ready-XXXXXX", NULL);
	settings = (struct settings){ .recordings = dir, .catalog = g_strdup_printf("sqlite:%s/recroom.db", dir) };
	svc = (struct service){ .settings = &settings, .jobs_alive = runner };
	runner_good = true;
	memset(&janus, 0, sizeof(janus));
	plugin.of = NULL;
	CHECK_INT(catalog_open(&svc.catalog, settings.catalog), 0);
}

static void finish(void)
{
	catalog_close(&svc.catalog);
	fs_remove_tree(dir);
	g_free(settings.catalog);
	g_free(dir);
}

static void expect(bool all, bool ready, const char *want)
{
	GString *text = g_string_new(NULL);

	CHECK_INT(ready_look(&svc, all, text), ready);
	CHECK_STR(text->str, want);
	g_string_free(text, TRUE);
}

static void test_ours(void)
{
	begin();
	expect(false, true, "[+]catalog ok\n[+]recordings ok\n[+]jobs ok\n");
	runner_good = false;
	expect(false, false, "[+]catalog ok\n[+]recordings ok\n[-]jobs failed\n");
	runner_good = true;
	settings.recordings = (char *)"/nowhere";
	expect(false, false, "[+]catalog ok\n[-]recordings failed\n[+]jobs ok\n");
	settings.recordings = dir;
	finish();
}

/* What others lack is said, and makes nobody unready. */
static void test_others(void)
{
	struct catalog_worker w = { .id = "w1", .host_id = "h", .version = "1", .cores = 1000 };

	begin();
	expect(true, true, "[+]catalog ok\n[+]recordings ok\n[+]jobs ok\n[!]workers none alive anywhere; recordings are kept and wait\n[+]webhooks ok\n");
	CHECK_INT(catalog_worker_put(svc.catalog, &w), 0);
	CHECK_INT(catalog_webhook_seen(svc.catalog, "portal", "recordingstarting"), 0);
	CHECK_INT(add_stopped_recording(svc.catalog, "rec_demo_1795357800000_aaaaaa", "demo", "Hi", 1000), 0);
	{
		json_t *payload = json_object();

		CHECK_INT(catalog_event_insert(svc.catalog, "rec_demo_1795357800000_aaaaaa", 900, "recordingstarting", payload, "plugin"), 0);
		json_decref(payload);
	}
	expect(true, true, "[+]catalog ok\n[+]recordings ok\n[+]jobs ok\n[+]workers 1 alive\n[+]webhooks ok\n");
	CHECK_INT(catalog_begin(svc.catalog), 0);
	CHECK(db_exec(svc.catalog->db, "UPDATE events SET at_ms = 5", "") > 0);
	CHECK_INT(catalog_end(svc.catalog, 0), 0);
	expect(true, true, "[+]catalog ok\n[+]recordings ok\n[+]jobs ok\n[+]workers 1 alive\n[!]webhooks 1 endpoint with an event of more than 30 minutes ago\n");
	finish();
}

static void test_plugin(void)
{
	begin();
	svc.janus = (struct janus_admin *)&janus;
	expect(false, true, "[+]catalog ok\n[+]recordings ok\n[+]jobs ok\n");
	CHECK_INT(janus.asked, 0);
	for (int i = 0; i < 3; i++)
		expect(true, true, "[+]catalog ok\n[+]recordings ok\n[+]jobs ok\n[!]workers none alive anywhere; recordings are kept and wait\n[+]webhooks ok\n"
				   "[+]plugin ok\n[+]draining no\n");
	CHECK_INT(janus.asked, 1);
	plugin.at_us -= KEEP_US + 1;
	janus.draining = true;
	expect(true, true, "[+]catalog ok\n[+]recordings ok\n[+]jobs ok\n[!]workers none alive anywhere; recordings are kept and wait\n[+]webhooks ok\n"
			   "[+]plugin ok\n[!]draining no new recordings, 3 running\n");
	plugin.at_us -= KEEP_US + 1;
	plugin.asking = true;                          /* by somebody else: what is known is told */
	expect(true, true, "[+]catalog ok\n[+]recordings ok\n[+]jobs ok\n[!]workers none alive anywhere; recordings are kept and wait\n[+]webhooks ok\n"
			   "[+]plugin ok\n[!]draining no new recordings, 3 running\n");
	CHECK_INT(janus.asked, 2);
	plugin.asking = false;
	janus.err = -ETIMEDOUT;
	expect(true, true, "[+]catalog ok\n[+]recordings ok\n[+]jobs ok\n[!]workers none alive anywhere; recordings are kept and wait\n[+]webhooks ok\n"
			   "[!]plugin does not answer\n[+]draining no\n");
	finish();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_ours), TEST(test_others), TEST(test_plugin) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
