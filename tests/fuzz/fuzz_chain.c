/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Judging any timeline: it ends, in bounded memory, and what is damaged has a place and a sentence. Files are there or not by their names.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "common/chain.h"
#include "tests/fuzz/fuzz.h"

static int look(const char *file, struct chain_file *out, void *arg)
{
	struct chunk_name n;

	(void)arg;
	FUZZ_CHECK(chunk_name_parse(&n, file) == 0);
	sha256_hex(out->sha256, file, strlen(file));
	return n.index % 3 == 1 ? -ENOENT : 0;
}

static int survey(const struct timeline_line *line, void *arg)
{
	return chain_survey(arg, line);
}

static int judge(const struct timeline_line *line, void *arg)
{
	return chain_line(arg, line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chain_conf conf = { .look = look };
	struct chain *c = chain_create(&conf);
	int fd = memfd_create("chain", MFD_CLOEXEC);
	int64_t end, len;
	size_t more;

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	FUZZ_CHECK(timeline_scan(fd, survey, c, &end, &len) == 0);
	FUZZ_CHECK(timeline_scan(fd, judge, c, &end, &len) == 0);
	FUZZ_CHECK(chain_stray(c, "user1_audio_00_000003.webm") == 0);
	chain_finish(c, len - end);
	for (size_t i = 0; i < chain_count(c, &more); i++)
		FUZZ_CHECK(chain_finding(c, i)->why[0] && chain_finding(c, i)->line <= chain_summary(c)->lines);
	FUZZ_CHECK(chain_count(c, &more) <= CHAIN_LEADS);
	chain_unref(&c);
	close(fd);
	return 0;
}
