/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One file into a store by recroom-pp's own upload, for tests/bench/storage.sh, which measures its time and memory from outside.
 *
 *	bench-upload FILE BUCKET KEY PART_MB PARALLEL JOURNAL_DIR        RECROOM_S3_ENDPOINT, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include "postprocess/upload.h"

static enum upload_may go(void *arg)
{
	(void)arg;
	return UPLOAD_GO;
}

static void no_progress(int64_t done, int64_t total, void *arg)
{
	(void)done;
	(void)total;
	(void)arg;
}

static int ours(void *arg)
{
	(void)arg;
	return 0;
}

int main(int argc, char **argv)
{
	struct settings_storage conf = { .name = (char *)"bench", .kind = STORAGE_S3, .path_style = true, .plain = true, .tags = (char *)"",
					 .credentials = CREDENTIALS_ENVIRONMENT, .endpoint = getenv("RECROOM_S3_ENDPOINT") };
	struct upload_conf c = { .may = go, .progress = no_progress, .still_ours = ours };
	struct upload_file f = { .name = "output.webm", .mime = "video/webm", .size = -1 };
	struct upload_result r = { .sent = 0 };
	struct store_why why = { .err = 0 };
	int err;

	if (argc != 7)
		return 2;
	f.path = argv[1];
	conf.bucket = argv[2];
	f.key = argv[3];
	conf.part_mb = atoi(argv[4]);
	conf.parallel = atoi(argv[5]);
	err = store_open(&c.store, &conf, &why);
	err = err ? err : upload_journal_open(&c.journal, argv[6], "bench", 1);
	err = err ? err : upload_send(&c, &f, &r, &why);
	if (err)
		fprintf(stderr, "%s\n", why.text);
	else
		printf("%lld bytes\n", (long long)r.sent);
	if (c.journal)
		upload_journal_remove(c.journal);
	upload_journal_unref(&c.journal);
	store_unref(&c.store);
	return err ? 1 : 0;
}
