/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The timeline reader on any file: it reads to the end or gives an error, and says the same twice.
 */
#include <unistd.h>
#include "common/timeline.h"
#include "tests/fuzz/fuzz.h"

static int count(enum timeline_type type, int64_t t_ms, json_t *o, void *arg)
{
	(void)type;
	(void)t_ms;
	FUZZ_CHECK(json_is_object(o));
	++*(unsigned *)arg;
	return 0;
}

static char path[] = "/tmp/recroom-fuzz-XXXXXX";

static void remove_file(void)
{
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	unsigned lines[2] = { 0, 0 }, bad[2] = { 0, 0 };
	int err[2];

	if (fd < 0) {
		fd = mkstemp(path);
		atexit(remove_file);
	}
	FUZZ_CHECK(fd >= 0 && !ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size);
	for (int i = 0; i < 2; i++)
		err[i] = timeline_read(path, count, &lines[i], &bad[i]);
	FUZZ_CHECK(err[0] == err[1] && lines[0] == lines[1] && bad[0] == bad[1]);
	return 0;
}
