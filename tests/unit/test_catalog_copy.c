/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A catalog out of one engine and into the other, what is refused, what a check finds; and that both engines have the same tables.
 */
#include "common/catalog_copy.c"
#include "common/catalog_load.c"
#include "common/catalog_check.c"
#include "common/catalog_schema.c"
#include "common/catalog_watch.h"
#include "tests/lib/catalog_rows.h"
#include "catalog_box.h"

#define REC "rec_demo_1_aaaaaa"

static char other_path[64];    /* a second catalog, on SQLite */

static void remove_other(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
		char *name = g_strconcat(other_path, ends[i], NULL);

		g_remove(name);
		g_free(name);
	}
}

static int keep(json_t *line, void *lines)
{
	return json_array_append(lines, line);
}

static json_t *dump_of(struct catalog *c, bool hold)
{
	json_t *lines = json_array();
	int64_t rows = 0;

	CHECK_INT(catalog_dump(c, hold, keep, lines, &rows), 0);
	CHECK_INT(json_num(json_array_get(lines, json_array_size(lines) - 1), "rows", -1), rows);
	return lines;
}

static int load(const char *url, json_t *lines)
{
	struct catalog_load *l = NULL;
	json_t *line;
	size_t i;
	int err = catalog_load_begin(&l, url);

	if (err)
		return err;
	json_array_foreach(lines, i, line)
		if (!err)
			err = catalog_load_line(l, line);
	return catalog_load_end(&l, err);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines in an order of their own, without when they were written; tables may come in another order. */
static char *sorted(json_t *lines)
{
	GPtrArray *texts = g_ptr_array_new_with_free_func(free);
	GString *all = g_string_new(NULL);
	json_t *line;
	size_t i;

	json_array_foreach(lines, i, line) {
		json_object_del(line, "at_ms");
		json_object_del(json_object_get(line, "numbers"), "files");    /* SQLite keeps none of those */
		g_ptr_array_add(texts, json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS));
	}
	qsort(texts->pdata, texts->len, sizeof(char *), by_text);
	for (i = 0; i < texts->len; i++)
		g_string_append_printf(all, "%s\n", (char *)texts->pdata[i]);
	g_ptr_array_unref(texts);
	return g_string_free(all, FALSE);
}

/* The first line in which they differ is shown. */
static void check_same(json_t *a, json_t *b)
{
	char *one = sorted(a), *two = sorted(b), **ones = g_strsplit(one, "\n", -1), **twos = g_strsplit(two, "\n", -1);

	for (size_t i = 0; ones[i] && twos[i]; i++)
		CHECK_STR(ones[i], twos[i]);
	CHECK(!strcmp(one, two));
	g_strfreev(ones);
	g_strfreev(twos);
	g_free(one);
	g_free(two);
}

/* A bit of everything: a pause and a name that are not ASCII, nulls, more events than a page has, and the last one of them gone. */
static void fill(struct catalog *c)
{
	static const struct catalog_file files[] = { { "media", "output.webm", "video/webm", "aa", 1234 }, { "thumbnail", "thumbnail.jpg", "image/jpeg", NULL, 5 } };
	struct catalog_job j;
	json_t *payload = json_pack("{s:s}", "a", "ü\n\"\\");

	CHECK_INT(catalog_call_open(c, "call_demo_1_aaaaaa", "demo", "host1", 500), 0);
	CHECK_INT(catalog_participant_put(c, "call_demo_1_aaaaaa", "user1", NULL, "Ännchen 🎥", "host", 500, 0), 0);
	box_stopped(c, REC);
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_INT(catalog_job_done(c, j.id, "w", &(struct catalog_result){ .path = "p", .mime = "m", .files = files, .nfiles = 2, .spec = "{}" }), 0);
	CHECK_INT(catalog_erase(c, REC, "user1", NULL, &j), 0);
	box_recording(c, "rec_demo_2_bbbbbb", "demo", 2000);
	box_sql("INSERT INTO events (recording, seq, type, payload, origin, at_ms) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1203)"
		" SELECT 'rec_demo_2_bbbbbb', i, 'x', '{}', 'plugin', -i FROM n");
	CHECK_INT(catalog_event_insert(c, REC, 0, "y", payload, "worker"), 0);
	box_sql("DELETE FROM events WHERE type = 'y'");
	json_decref(payload);
}

static void test_there_and_back(void)
{
	struct catalog *c = box_open(), *other = NULL;
	json_t *there, *back, *again, *payload = json_object();
	struct catalog_watch *w = NULL;
	int64_t last = 0, next = 0;

	fill(c);
	CHECK_INT(catalog_view(c), 0);
	CHECK_INT(catalog_end(c, db_int(c->db, &last, "SELECT MAX(id) + 1 FROM events", "")), 1);        /* the one that was deleted */
	there = dump_of(c, false);
	catalog_close(&c);
	CHECK_INT(load(other_path, there), 0);
	CHECK_INT(catalog_open(&other, other_path), 0);
	back = dump_of(other, true);
	catalog_close(&other);
	check_same(there, back);
	box_remove();
	CHECK_INT(load(box_path, back), 0);
	c = box_open();
	again = dump_of(c, true);
	check_same(there, again);

	/* It goes on where it was: numbers are not given again, who waits is told. */
	CHECK_INT(catalog_watch_open(&w, box_path), 0);
	CHECK_INT(catalog_watch_wait(w, 60000), CATALOG_ANYTHING);
	CHECK_INT(catalog_event_insert(c, REC, 0, "z", payload, "worker"), 0);
	CHECK(catalog_watch_wait(w, 60000) & CATALOG_EVENTS);
	CHECK_INT(catalog_event_last(c, &next), 0);
	CHECK_INT(next, last + 1);
	catalog_watch_close(&w);
	json_decref(payload);
	json_decref(there);
	json_decref(back);
	json_decref(again);
	remove_other();
	box_close(c);
}

/* Whatever is wrong with the lines: refused, and nothing of them is there. */
static void test_refused(void)
{
	static const struct { const char *line; int err; } bad[] = {
		{ "{\"table\":\"hosts; DROP TABLE hosts\",\"columns\":[\"id\"]}", -EBADMSG }, { "{\"table\":\"hosts\",\"columns\":[\"id\"]}", -EBADMSG },
		{ "{\"table\":\"hosts\",\"columns\":[\"id\",\"x\"]}", -EBADMSG }, { "[1]", -EBADMSG }, { "{}", -EBADMSG }, { "{\"table\":5}", -EBADMSG },
		{ "{\"end\":true,\"rows\":1000000}", -EBADMSG }, { "{\"numbers\":[]}", -EBADMSG },
	};
	struct catalog *c = box_open();
	json_t *lines, *less;

	fill(c);
	lines = dump_of(c, false);
	catalog_close(&c);
	CHECK_INT(load(box_path, lines), -ENOTEMPTY);
	box_remove();
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		less = json_copy(lines);
		json_array_insert_new(less, 1, json_loads(bad[i].line, 0, NULL));
		CHECK_INT(load(box_path, less), bad[i].err);
		json_decref(less);
	}
	less = json_copy(lines);
	json_array_remove(less, json_array_size(less) - 1);            /* cut off */
	CHECK_INT(load(box_path, less), -EBADMSG);
	json_array_remove(less, 0);
	CHECK_INT(load(box_path, less), -EBADMSG);
	json_decref(less);
	json_object_set_new(json_array_get(lines, 0), "schema", json_integer(999));
	CHECK_INT(load(box_path, lines), -EPROTO);
	json_decref(lines);
	c = box_open();
	lines = dump_of(c, false);
	CHECK_INT(json_num(json_array_get(lines, json_array_size(lines) - 1), "rows", -1), 0);
	json_decref(lines);
	box_close(c);
}

/* Made by the first version of all: its tables are made as they were, and brought up to date with what is in them. */
static void test_older(void)
{
	static const char *const text[] = {
		"{\"catalog\":\"janus-recroom\",\"format\":1,\"schema\":1,\"at_ms\":5}",
		"{\"table\":\"hosts\",\"columns\":[\"id\",\"address\",\"version\",\"heartbeat_ms\"]}", "[\"host1\",null,null,7]",
		"{\"numbers\":{\"jobs\":41}}", "{\"end\":true,\"rows\":1}",
	};
	json_t *lines = json_array(), *problems = NULL;
	struct catalog *c;
	int64_t n = 0, schema = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(text); i++)
		json_array_append_new(lines, json_loads(text[i], 0, NULL));
	CHECK_INT(load(box_path, lines), 0);
	c = box_open();
	CHECK_INT(catalog_view(c), 0);
	CHECK_INT(catalog_end(c, db_int(c->db, &n, "SELECT heartbeat_ms FROM hosts WHERE id = 'host1' AND draining = 0", "")), 1);
	CHECK_INT(n, 7);
	CHECK_INT(catalog_check(c, &problems, &schema), 0);
	CHECK_INT(json_array_size(problems), 0);
	CHECK(schema > 2);
	json_decref(problems);
	catalog_close(&c);
	box_remove();
	c = box_open();            /* it has the newest schema now, and no rows: those of an older one do not fit */
	catalog_close(&c);
	CHECK_INT(load(box_path, lines), -EPROTO);
	json_decref(lines);
	box_remove();
}

static void test_alive(void)
{
	struct catalog *c = box_open();
	json_t *names = NULL;

	box_recording(c, REC, "demo", 1000);
	box_sql("UPDATE hosts SET heartbeat_ms = 5");
	CHECK_INT(catalog_alive(c, &names), 0);
	CHECK_INT(json_array_size(names), 0);
	json_decref(names);
	CHECK_INT(catalog_call_open(c, "call_b", "other", "host2", 2000), 0);
	CHECK_INT(catalog_alive(c, &names), 0);
	CHECK_INT(json_array_size(names), 1);
	CHECK_STR(json_str(json_array_get(names, 0), "id"), "host2");
	json_decref(names);
	box_close(c);
}

static void test_check(void)
{
	static const struct { const char *sqlite, *pg; int problems; } breaks[] = {
		{ "UPDATE recordings SET status = 'odd'", NULL, 1 },
		{ "PRAGMA foreign_keys = OFF; DELETE FROM calls", "SET session_replication_role = replica; DELETE FROM calls", 2 },
		{ "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'jobs'", "ALTER TABLE jobs ALTER COLUMN id RESTART", 3 },
	};
	struct catalog *c = box_open();
	json_t *problems = NULL;
	int64_t schema = 0;

	box_stopped(c, REC);
	for (size_t i = 0; i <= G_N_ELEMENTS(breaks); i++) {
		CHECK_INT(catalog_check(c, &problems, &schema), 0);
		CHECK_INT(json_array_size(problems), i ? breaks[i - 1].problems : 0);
		json_decref(problems);
		if (i < G_N_ELEMENTS(breaks))
			box_sql(box_pg && breaks[i].pg ? breaks[i].pg : breaks[i].sqlite);
	}
	box_close(c);
}

/* ---- the same tables on both ---- */

static char *tables_text(struct catalog *c)
{
	GPtrArray *tables = NULL, *rows = g_ptr_array_new_with_free_func(g_free);
	GString *text = g_string_new(NULL);

	CHECK_INT(schema_read(c->db, &tables), 0);
	for (guint i = 0; i < tables->len; i++) {
		const struct schema_table *t = tables->pdata[i];

		for (guint k = 0; k < t->columns->len; k++) {
			const struct schema_column *column = &g_array_index(t->columns, struct schema_column, k);

			g_ptr_array_add(rows, g_strdup_printf("%s.%s %s%s", t->name, column->name, column->is_int ? "number" : "text", column->required ? " required" : ""));
		}
		for (guint k = 0; k < t->references->len; k++) {
			const struct schema_reference *r = &g_array_index(t->references, struct schema_reference, k);

			g_ptr_array_add(rows, g_strdup_printf("%s (%s) refers to %s (%s)", t->name, r->from, r->table, r->to));
		}
		for (guint k = 0; k < t->key->len; k++)
			g_ptr_array_add(rows, g_strdup_printf("%s key %u %s", t->name, k, (char *)t->key->pdata[k]));
		CHECK(t->key->len > 0);        /* pages of a dump go by it */
	}
	qsort(rows->pdata, rows->len, sizeof(char *), by_text);
	for (guint i = 0; i < rows->len; i++)
		g_string_append_printf(text, "%s\n", (char *)rows->pdata[i]);
	g_ptr_array_unref(rows);
	g_ptr_array_unref(tables);
	return g_string_free(text, FALSE);
}

static void test_same_tables(void)
{
	struct catalog *c = box_open(), *other = NULL;
	char *here, *there;

	CHECK_INT(catalog_open(&other, other_path), 0);
	here = tables_text(c);
	there = tables_text(other);
	CHECK_STR(here, there);
	g_free(here);
	g_free(there);
	catalog_close(&other);
	remove_other();
	box_close(c);
}

static void test_same_migrations(void)
{
	const struct db_migration *a, *b;
	int before = 0;

	for (a = db_migrations; a->engine && !strcmp(a->engine, "sqlite"); a++)
		;
	b = a;
	for (a = db_migrations; a < b; a++) {
		CHECK(a->version > before);
		before = a->version;
		CHECK(b[a - db_migrations].engine && !strcmp(b[a - db_migrations].engine, "postgresql"));
		CHECK_INT(b[a - db_migrations].version, a->version);
	}
	CHECK(!b[b - db_migrations].engine);
}

int main(int argc, char **argv)
{
	static const struct test both[] = {
		TEST(test_there_and_back), TEST(test_refused), TEST(test_older), TEST(test_alive), TEST(test_check), TEST(test_same_tables),
	};
	static const struct test once[] = { TEST(test_same_migrations) };

	snprintf(other_path, sizeof(other_path), "/tmp/test_catalog_copy.%d.db", (int)getpid());
	return box_main_of(both, G_N_ELEMENTS(both), once, G_N_ELEMENTS(once), NULL, 0, argc, argv);
}
