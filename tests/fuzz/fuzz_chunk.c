/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a chunk file: what repair reads of it (probe), and what composing does (chunk_reader), twice in a row as chunks 0 and 1 of a source.
 *
 *	input ─▶ memfd ─┬─▶ probe
 *	                └─▶ links in a directory of chunks ─▶ chunk_reader ─▶ packets ─▶ decoder_keyframe
 */
#include <errno.h>
#include <glib.h>
#include <libavutil/log.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/ebml.h"
#include "common/fsio.h"
#include "postprocess/chunk_reader.h"
#include "postprocess/decoder.h"
#include "postprocess/probe.h"
#include "tests/fuzz/fuzz.h"

enum { CHUNK_MS = 1000, CHUNKS = 2 };

static void check_probe(int fd, const uint8_t *data, size_t size)
{
	char sha[SHA256_HEX];
	struct probe p;
	int err = probe_fd(&p, fd);

	sha256_hex(sha, data, size);
	FUZZ_CHECK(err == 0 || err == -EBADMSG);
	FUZZ_CHECK(p.bytes == (int64_t)size && !strcmp(p.sha256, sha));
	FUZZ_CHECK(p.previous[0] == '\0' || strlen(p.previous) == SHA256_HEX - 1);
	FUZZ_CHECK(p.recording[0] == '\0' || recording_id_valid(p.recording));
	if (err)
		return;
	FUZZ_CHECK(p.frames > 0 && p.from_ms >= 0 && p.end_ms > p.from_ms);
	FUZZ_CHECK(decoder_codec(p.codec) != AV_CODEC_ID_NONE);
}

static void check_packet(const struct chunk_reader *r, const AVPacket *pkt, size_t segment, bool audio, int64_t *last_ms)
{
	const AVCodecParameters *par = chunk_reader_codec(r);

	FUZZ_CHECK(segment == 0 && pkt->size > 0 && pkt->pts == pkt->dts);
	FUZZ_CHECK(pkt->pts >= *last_ms && pkt->pts <= CHUNKS * CHUNK_MS);
	FUZZ_CHECK(decoder_knows(par->codec_id) && (par->codec_type == AVMEDIA_TYPE_AUDIO) == audio);
	if (!audio)
		decoder_keyframe(pkt, par->codec_id);
	*last_ms = pkt->pts;
}

static char scratch[] = "/tmp/recroom-fuzz-XXXXXX";

static void remove_scratch(void)
{
	fs_remove_tree(scratch);
}

/** A recording's directory whose two chunks are this file; made once. */
static const char *chunk_links(int fd)
{
	static int linked = -1;
	static bool made;

	if (!made)
		FUZZ_CHECK(mkdtemp(scratch) && !atexit(remove_scratch));
	for (int i = 0; i < CHUNKS && linked != fd; i++) {
		g_autofree char *chunks = g_strconcat(scratch, "/chunks", NULL);
		g_autofree char *link = g_strdup_printf("%s/user1_video_00_%06d.webm", chunks, i), *target = g_strdup_printf("/proc/self/fd/%d", fd);

		FUZZ_CHECK(made || i > 0 || !mkdir(chunks, 0700));
		unlink(link);
		FUZZ_CHECK(!symlink(target, link));
	}
	made = true;
	linked = fd;
	return scratch;
}

static void check_reader(int fd, bool audio)
{
	struct model_chunk chunks[CHUNKS] = {
		{ .index = 0, .to_ms = CHUNK_MS, .frames = 4 }, { .index = 1, .from_ms = CHUNK_MS, .to_ms = 2 * CHUNK_MS },
	};
	struct model_segment segment = { .guessed = true, .to_ms = CHUNKS * CHUNK_MS, .chunks = chunks, .nchunks = CHUNKS }, *segments = &segment;
	struct model_participant owner = { .id = "user1" };
	struct model_source source = { .name = "video", .audio = audio, .owner = &owner, .segments = &segments, .nsegments = 1 };
	struct model m = { .dir = (char *)(uintptr_t)chunk_links(fd), .chunk_ms = CHUNK_MS, .complete = true };
	AVPacket *pkt = av_packet_alloc();
	struct chunk_reader *r = NULL;
	int64_t last_ms = 0;
	size_t at = 0;
	int err;

	FUZZ_CHECK(chunk_reader_create(&r, &m, &source) == 0);
	while (!(err = chunk_reader_next(r, pkt, &at))) {
		check_packet(r, pkt, at, audio, &last_ms);
		av_packet_unref(pkt);
	}
	FUZZ_CHECK(err == AVERROR_EOF && !pkt->data && chunk_reader_damaged(r) <= CHUNKS);
	chunk_reader_unref(&r);
	av_packet_free(&pkt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("chunk", MFD_CLOEXEC);

	av_log_set_level(AV_LOG_QUIET);
	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	ebml_is_whole(data, size);
	check_probe(fd, data, size);
	check_reader(fd, false);
	check_reader(fd, true);
	close(fd);
	return 0;
}
