/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a SQLite catalog may lie: on no network file system.
 */
#include "common/fsio.h"

static int is_network;         /* what the file system says of itself */
#define fs_is_network(path) ((void)(path), is_network)
#include "common/catalog_sqlite.c"
#include "catalog_box.h"

static void test_network(void)
{
	struct catalog *c = NULL;

	is_network = 1;
	CHECK_INT(catalog_open(&c, box_path), -EXDEV);
	CHECK(!c && access(box_path, F_OK));           /* nor is a file left there */
	is_network = 0;
	c = box_open();
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test sqlite[] = { TEST(test_network) };

	return box_main_of(NULL, 0, sqlite, G_N_ELEMENTS(sqlite), NULL, 0, argc, argv);
}
