/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The word in the recordings directory. Asked by the reconciler, by runners before they take a missing directory for a deleted one, and by the plugin
 * before it gives up a recording that a crash left open.
 */
#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include <string.h>
#include "common/catalog_host.h"
#include "common/fsio.h"
#include "common/ids.h"
#include "common/log.h"
#include "common/root.h"
#include "common/sync.h"

enum { WORD_MAX = 64 };
#define NAME ".recroom"

static int read_word(const char *path, char word[WORD_MAX])
{
	char *text = NULL;
	size_t len = 0;
	int err = fs_read(path, WORD_MAX - 1, &text, &len);

	if (!err)
		g_strlcpy(word, g_strstrip(text), WORD_MAX);
	g_free(text);
	return err == -ENOENT ? 0 : err;
}

/* No word there: one is offered to the catalog, and written down only if it knew none. */
static int make_word(struct catalog *c, const char *recordings, const char *host_id)
{
	char fresh[SECRET_SIZE], known[WORD_MAX] = "";
	int taken;

	secret_make(fresh);
	taken = catalog_host_root(c, host_id, fresh, known);
	if (taken <= 0)
		return taken;
	taken = fs_write_atomic(recordings, NAME, fresh, strlen(fresh), 0660, true);
	return taken ? taken : 1;
}

static int compare(struct catalog *c, const char *recordings, const char *host_id)
{
	g_autofree char *path = g_build_filename(recordings, NAME, NULL);
	char word[WORD_MAX] = "", known[WORD_MAX] = "";
	int err = read_word(path, word);

	if (err)
		return err;
	if (!word[0])
		return make_word(c, recordings, host_id);
	err = catalog_host_root(c, host_id, word, known);
	return err < 0 ? err : !strcmp(word, known);
}

int root_is_there(struct catalog *c, const char *recordings, const char *host_id)
{
	static atomic_bool said;
	static struct lock first = LOCK_INIT;  /* of threads that ask at a time for the first time one makes the word; what others would see meanwhile is half of it */
	int there;

	lock_take(&first);
	there = compare(c, recordings, host_id);
	lock_release(&first);
	if (there == 0 && !atomic_exchange(&said, true))
		log_error("%s is not the recordings directory that the catalog knows for host %s (its file .recroom says so): is a disk not mounted? Nothing that is missing there"
			  " is given up", recordings, host_id);
	if (there > 0)
		atomic_store(&said, false);
	return there;
}
