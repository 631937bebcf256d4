/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A bundle from a store: whatever it holds, and in whatever pieces it comes, the same files are told of, each whole, each one participant's chunk.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "postprocess/bundle.h"
#include "tests/fuzz/fuzz.h"

struct told {
	bool open;
	int64_t left;
	unsigned files;
	uint64_t hash;                 /* of all that was told, FNV-1a */
};

static void mix(struct told *t, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		t->hash = (t->hash ^ p[i]) * 1099511628211u;
}

static int on_begin(const struct chunk_name *chunk, const char *name, int64_t size, int64_t time_s, void *arg)
{
	struct told *t = arg;
	struct chunk_name again;

	FUZZ_CHECK(!t->open && size >= 0 && size <= BUNDLE_FILE_MAX && time_s >= 0);
	FUZZ_CHECK(!chunk_name_parse(&again, name) && !strcmp(again.participant, "user1") && !strcmp(chunk->participant, "user1"));
	t->open = true;
	t->left = size;
	t->files++;
	mix(t, name, strlen(name));
	return 0;
}

static int on_data(const void *data, size_t len, void *arg)
{
	struct told *t = arg;

	FUZZ_CHECK(t->open && len && (int64_t)len <= t->left);
	t->left -= (int64_t)len;
	mix(t, data, len);
	return 0;
}

static int on_end(void *arg)
{
	struct told *t = arg;

	FUZZ_CHECK(t->open && !t->left);
	t->open = false;
	return 0;
}

static int read_in(struct told *t, const uint8_t *data, size_t size, size_t piece)
{
	struct bundle_reader *r = bundle_reader_create(&(struct bundle_sink){ on_begin, on_data, on_end, t }, "user1");
	int err = 0;

	*t = (struct told){ .hash = 14695981039346656037u };
	for (size_t at = 0; at < size && !err; at += piece)
		err = bundle_reader_feed(r, data + at, MIN(piece, size - at));
	if (!err)
		err = bundle_reader_end(r);
	FUZZ_CHECK(!err || err == -EBADMSG);
	FUZZ_CHECK(err || !t->open);
	bundle_reader_free(r);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told whole, pieces;
	int one = read_in(&whole, data, size, size ? size : 1), two = read_in(&pieces, data, size, 100);

	FUZZ_CHECK(one == two && (one || (whole.hash == pieces.hash && whole.files == pieces.files)));
	return 0;
}
