/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp download` as a user meets it, out of directories as stores: sealed and in the clear, a store that has lost it, half a file, wrong ones.
 */
#include <glib/gstdio.h>
#include <sys/stat.h>
#include "common/data_key.h"
#include "common/fsio.h"
#include "common/json.h"
#include "common/sha256.h"
#include "tests/lib/catalog_rows.h"
#include "tests/unit/test.h"
#include "tests/unit/command.h"

#define ID "rec_demo_1760090400123_abcdef"
#define DAY "recordings/2025/10/10/"
#define MASTER "m:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"

enum { SIZE = 300000 };
static struct catalog *catalog;
static char *media;

static void put(const char *name, const void *data, size_t len, mode_t mode)
{
	g_autofree char *path = g_build_filename(dir, name, NULL), *parent = g_path_get_dirname(path);

	CHECK(!g_mkdir_with_parents(parent, 0755));
	CHECK(g_file_set_contents(path, data, (gssize)len, NULL) && !chmod(path, mode));
}

/* The hash of the list of the one block that it has. */
static void list_hash(char list[SHA256_HEX], const void *data, size_t len)
{
	char hex[SHA256_HEX + 1];

	sha256_hex(hex, data, len);
	hex[SHA256_HEX - 1] = '\n';
	sha256_hex(list, hex, SHA256_HEX);
}

static void put_sealed(const char *name, const void *data, size_t len, char id[ENVELOPE_ID])
{
	g_autofree char *path = g_build_filename(dir, "master.key", NULL);
	struct master_keys *m = NULL;
	struct envelope *e = NULL;
	struct data_key k;
	unsigned char *sealed;
	char why[300];
	size_t n;

	CHECK_INT(master_keys_load(&m, path, why, sizeof(why)), 0);
	CHECK_INT(data_key_for(catalog, m, ID, 1, &k, why, sizeof(why)), 0);
	CHECK_INT(envelope_create(&e, k.key, k.id, NULL), 0);
	CHECK_INT(envelope_seal_all(e, data, len, &sealed, &n), 0);
	put(name, sealed, n, 0644);
	g_strlcpy(id, k.id, ENVELOPE_ID);
	envelope_unref(&e);
	g_free(sealed);
	master_keys_unref(&m);
}

static void note(const char *file, const char *store, const char *key, const char *key_id)
{
	struct catalog_copy c = { .recording = ID, .file = file, .store = store, .key = key, .state = "verified", .key_id = key_id, .size = SIZE };

	CHECK_INT(catalog_copy_put(catalog, &c), 0);
}

/* Two stores: the first sealed, the second not. */
static void set_up(void)
{
	g_autofree char *url = NULL, *conf = NULL;
	char hash[SHA256_HEX], id[ENVELOPE_ID];

	dir = g_dir_make_tmp("recroom-download-XXXXXX", NULL);
	url = g_build_filename(dir, "recroom.db", NULL);
	conf = g_strdup_printf("general: { recordings = \"%s\" }\nstore: { master_key_file = \"%s/master.key\" }\n"
			       "storage: ( { name = \"main\"; kind = \"local\"; directory = \"%s/main\"; encrypt = true },\n"
			       " { name = \"second\"; kind = \"local\"; role = \"mirror\"; directory = \"%s/second\" } )\n", dir, dir, dir, dir);
	put("conf", conf, strlen(conf), 0644);
	put("master.key", MASTER, strlen(MASTER), 0600);
	put("to/x", "", 0, 0644);
	media = g_malloc(SIZE);
	for (size_t i = 0; i < SIZE; i++)
		media[i] = (char)(i * 7 + i / 256);
	list_hash(hash, media, SIZE);
	CHECK_INT(catalog_open(&catalog, url), 0);
	CHECK_INT(add_stopped_recording(catalog, ID, "demo", "x", 1760090400123), 0);
	CHECK_INT(finish_recording(catalog, ID, ID "/output.webm", SIZE, hash), 0);
	put_sealed("main/" DAY ID ".webm", media, SIZE, id);
	put("second/" DAY ID ".webm", media, SIZE, 0644);
	put("second/" DAY ID ".jpg", "jpg", 3, 0644);
	note("output.webm", "main", DAY ID ".webm", id);
	note("output.webm", "second", DAY ID ".webm", NULL);
	note("thumbnail.jpg", "second", DAY ID ".jpg", NULL);
}

static void tear_down(void)
{
	catalog_close(&catalog);
	fs_remove_tree(dir);
	g_clear_pointer(&dir, g_free);
	g_clear_pointer(&media, g_free);
}

static void check_file(const char *name, const void *data, size_t len)
{
	g_autofree char *path = g_build_filename(dir, "to", name, NULL), *got = NULL;
	gsize n = 0;

	CHECK(g_file_get_contents(path, &got, &n, NULL));
	CHECK_INT(n, len);
	CHECK(!memcmp(got, data, n));
}

static void forget_file(const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	CHECK(!g_remove(path));
}

static void test_sealed(void)
{
	json_t *o;

	set_up();
	CHECK_INT(run("download " ID " -c @/conf --to @/to --json"), 0);
	CHECK(strstr(out, "\"store\":\"main\"") && strstr(out, "\"sealed\":true"));
	o = summary();
	CHECK_INT(json_num(o, "files", 0), 1);
	CHECK_INT(json_num(o, "bytes", 0), SIZE);
	json_decref(o);
	check_file(ID ".webm", media, SIZE);
	CHECK_INT(run("download " ID " -c @/conf --to @/to"), 0);
	CHECK(strstr(out, "there already"));
	CHECK_INT(run("access -c @/conf"), 0);
	CHECK(strstr(out, "downloaded"));
	tear_down();
}

/* Gone in the first store, damaged there, or its master key lost: the second one has it. */
static void test_next_store(void)
{
	set_up();
	put("main/" DAY ID ".webm", media, 100000, 0644);
	CHECK_INT(run("download " ID " -c @/conf --to @/to"), 0);
	CHECK(strstr(err, "another store has it"));
	check_file(ID ".webm", media, SIZE);
	forget_file("to/" ID ".webm");
	forget_file("main/" DAY ID ".webm");
	CHECK_INT(run("download " ID " -c @/conf --to @/to"), 0);
	check_file(ID ".webm", media, SIZE);
	forget_file("to/" ID ".webm");
	CHECK_INT(run("download " ID " -c @/conf --to @/to --store main"), 3);
	media[5] ^= 1;
	put("second/" DAY ID ".webm", media, SIZE, 0644);
	CHECK_INT(run("download " ID " -c @/conf --to @/to --store second"), 4);
	CHECK(strstr(err, "its checksum is another"));
	tear_down();
}

static void test_files(void)
{
	set_up();
	CHECK_INT(run("download " ID " -c @/conf --to @/to --file thumbnail"), 0);
	check_file(ID "-thumbnail.jpg", "jpg", 3);
	put("second/" DAY ID ".jpg", "jpeg", 4, 0644);         /* the catalog knows no checksum of it, but its size */
	forget_file("to/" ID "-thumbnail.jpg");
	CHECK_INT(run("download " ID " -c @/conf --to @/to --file thumbnail"), 4);
	CHECK_INT(run("download " ID " -c @/conf --to @/to --file chapters"), 3);
	CHECK(strstr(err, "has no copy in a store; here it is"));
	CHECK_INT(run("download " ID " -c @/conf --to @/to --file nothing"), 3);
	CHECK_INT(run("download " ID " -c @/conf --to @/to --output 2"), 3);
	CHECK_INT(run("download rec_demo_1760090400124_abcdef -c @/conf"), 3);
	CHECK_INT(run("download what -c @/conf"), 2);
	CHECK_INT(run("download -c @/conf"), 2);
	CHECK_INT(run("download " ID " --key a -c @/conf"), 2);
	CHECK_INT(run("download --key a --all -c @/conf"), 2);
	CHECK_INT(run("download " ID " -c @/conf --store elsewhere"), 3);
	CHECK_INT(run("download " ID " -d @"), 3);             /* a configuration without stores */
	put("to/" ID ".webm", "mine", 4, 0644);
	CHECK_INT(run("download " ID " -c @/conf --to @/to"), 1);
	CHECK(strstr(err, "--overwrite"));
	CHECK_INT(run("download " ID " -c @/conf --to @/to --overwrite"), 0);
	check_file(ID ".webm", media, SIZE);
	tear_down();
}

/* One object, whatever it is; what is sealed tells whose key it wants. */
static void test_key(void)
{
	set_up();
	CHECK_INT(run("download --key " DAY ID ".jpg --store second -c @/conf --to @/to"), 0);
	check_file(ID ".jpg", "jpg", 3);
	CHECK_INT(run("download --key " DAY ID ".webm -c @/conf --to @/to"), 0);
	check_file(ID ".webm", media, SIZE);
	CHECK_INT(run("download --key " DAY " -c @/conf --to @/to"), 2);
	CHECK_INT(run("download --key recordings/none -c @/conf --to @/to"), 3);
	forget_file("to/" ID ".webm");
	CHECK_INT(catalog_key_drop(catalog, ID, -1), 1);
	CHECK_INT(run("download --key " DAY ID ".webm -c @/conf --to @/to"), 3);
	CHECK(strstr(err, "it was deleted, and nobody can open"));
	put("master.key", MASTER, strlen(MASTER), 0644);
	CHECK_INT(run("download --key " DAY ID ".webm -c @/conf --to @/to"), 1);
	CHECK(strstr(err, "others than its owner and group may read"));
	tear_down();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_sealed), TEST(test_next_store), TEST(test_files), TEST(test_key) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}
