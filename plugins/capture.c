/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings as they run, as task threads see them: what they ask becomes a message with the time it was asked at, and the capture thread does it.
 *
 *	task threads ─▶ inbox ─┐
 *	hooks ─▶ taps ─▶ rings ┴▶ capture thread ─▶ lines, chunks, seals ─▶ writer thread
 */
#include "config.h"
#include "plugins/capture_state.h"
#include "plugins/codec.h"

#include <errno.h>
#include <inttypes.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "common/log.h"
#include "common/timeline.h"
#include "plugins/held.h"
#include "plugins/line.h"
#include "plugins/track.h"

enum { VIDEO_RING = 128 * 1024, AUDIO_RING = 32 * 1024, DIR_MODE = 02770 };

/* Takes what the message points to. */
static void post_locked(struct capture *c, struct message message, int64_t at_us)
{
	message.at_us = at_us;
	g_queue_push_tail(&c->inbox, g_memdup2(&message, sizeof(message)));
}

static void post(struct capture *c, struct message message)
{
	int64_t now_us = rec_clock_us();

	held_take(&c->lock);
	post_locked(c, message, now_us);
	held_release(&c->lock);
}

static void on_writer_sealed(int64_t duration_ms, int64_t bytes, int tracks, void *arg)
{
	struct capture *c = arg;

	if (c->conf.on_sealed)
		c->conf.on_sealed(duration_ms, bytes, tracks, c->conf.arg);
}

static void on_writer_degraded(const char *reason, void *arg)
{
	struct capture *c = arg;

	if (c->conf.on_degraded)
		c->conf.on_degraded(reason, c->conf.arg);
}

static void on_writer_dropped(const char *participant, const char *source, unsigned segment, void *arg)
{
	post(arg, (struct message){ .run = capture_on_dropped, .participant = g_strdup(participant), .source = g_strdup(source), .segment = segment });
}

static json_t *start_line(const struct capture_conf *conf)
{
	json_t *line = line_new("start", 0);

	line_int(line, "format", 1);
	line_int(line, "seq", conf->seq);
	line_str(line, "recording", conf->recording_id);
	line_str(line, "room", conf->room);
	line_str(line, "call", conf->call_id);
	line_str(line, "title", conf->title ? conf->title : "");
	line_int(line, "chunk_ms", conf->settings->chunk_ms);
	line_int(line, "reorder_ms", conf->settings->reorder_ms);
	line_str(line, "layout", conf->layout ? conf->layout : "grid");
	if (conf->consent)
		line_str(line, "consent", conf->consent);
	if (conf->continues)
		line_str(line, "continues", conf->continues);
	line_str(line, "software", PACKAGE_STRING);
	return line;
}

/* Directory and first line; what is half made when this fails is removed. Recording time begins when the slow part is over, so that the wall clock in
 * the first line belongs to its zero; the writer's first tick syncs that line. */
static int make_directory(struct capture *c, struct timeline **timeline)
{
	char *chunks = g_build_filename(c->dir, "chunks", NULL), *path = g_build_filename(c->dir, "timeline.jsonl", NULL);
	bool sync = c->settings->durability != DURABILITY_NONE;
	int err = fs_mkdir_new(c->dir, DIR_MODE), made = !err;

	if (!err)
		err = fs_mkdir_new(chunks, DIR_MODE);
	if (!err)
		err = timeline_open(timeline, path);
	if (!err && sync)
		err = fs_sync_dir(c->dir);
	if (!err && sync)
		err = fs_sync_dir(c->settings->recordings);
	rectime_start(&c->time, rec_clock_us());
	if (!err)
		err = timeline_append(*timeline, start_line(&c->conf));
	if (!err)
		err = timeline_flush(*timeline, false);
	if (err && made)
		fs_remove_tree(c->dir);
	g_free(chunks);
	g_free(path);
	return err;
}

static void capture_free(struct capture *c)
{
	struct message *m;

	while ((m = g_queue_pop_head(&c->inbox)))
		capture_message_free(m);
	capture_thread_done(c);
	lock_destroy(&c->lock);
	cond_destroy(&c->done);
	g_free(c->dir);
	g_free(c->id);
	g_free(c);
}

int capture_create(struct capture **out, const struct capture_conf *conf)
{
	struct capture *c = g_new0(struct capture, 1);
	struct writer_conf wc = { .on_sealed = on_writer_sealed, .on_degraded = on_writer_degraded, .on_dropped = on_writer_dropped, .arg = c };
	struct timeline *timeline = NULL;
	int err;

	wc.min_free = (struct space_conf){ (int64_t)conf->settings->min_free_mb << 20, conf->settings->min_free_inodes };
	c->settings = conf->settings;
	c->conf = *conf;
	c->id = g_strdup(conf->recording_id);
	c->dir = g_build_filename(c->settings->recordings, c->id, NULL);
	lock_init(&c->lock);
	cond_init(&c->done);
	g_queue_init(&c->inbox);
	capture_thread_init(c);
	err = recording_id_valid(c->id) ? space_check(c->settings->recordings, &wc.min_free) : -EINVAL;
	if (!err)
		err = make_directory(c, &timeline);
	if (err)
		goto out;
	wc.dir = c->dir;
	wc.durability = (enum durability)c->settings->durability;
	wc.stall_budget_us = (int64_t)c->settings->stall_budget_ms * 1000;
	wc.timeline = g_steal_pointer(&timeline);
	wc.sign_key = capture_sign_key();
	writer_create(&c->writer, &wc);
	capture_put_people(c);
	c->env = (struct cutter_env){ .recording = c->id, .writer = c->writer, .time = c->time, .chunk_ms = c->settings->chunk_ms,
				      .reorder_us = (int64_t)c->settings->reorder_ms * 1000 };
	capture_thread_run(c);
out:
	timeline_close(&timeline);
	if (err)
		capture_free(c);
	else
		*out = c;
	return err;
}

void capture_joined(struct capture *c, const char *participant, const char *identity, const char *name, const char *role)
{
	json_t *person = json_object();

	line_str(person, "identity", identity ? identity : "");
	line_str(person, "name", name ? name : "");
	line_str(person, "role", role);
	post(c, (struct message){ .run = capture_on_joined, .participant = g_strdup(participant), .role = g_strdup(role), .name = person });
}

void capture_left(struct capture *c, const char *participant)
{
	post(c, (struct message){ .run = capture_on_left, .participant = g_strdup(participant) });
}

void capture_talking(struct capture *c, const char *participant, bool talks)
{
	post(c, (struct message){ .run = capture_on_talking, .participant = g_strdup(participant), .type = talks ? "talking" : "stopped_talking" });
}

void capture_said(struct capture *c, const char *participant, const char *type, const json_t *members)
{
	post(c, (struct message){ .run = capture_on_said, .participant = g_strdup(participant), .type = type, .look = json_deep_copy(members) });
}

void capture_consent(struct capture *c, const char *participant, const char *state, int64_t wall_ms)
{
	post(c, (struct message){ .run = capture_on_consent, .participant = g_strdup(participant), .type = state, .wall_ms = wall_ms });
}

void capture_withheld(struct capture *c, const char *participant, const char *reason)
{
	post(c, (struct message){ .run = capture_on_withheld, .participant = g_strdup(participant), .type = reason });
}

void capture_layout(struct capture *c, json_t *look)
{
	post(c, (struct message){ .run = capture_on_layout, .look = json_deep_copy(look) });
}

static bool ended_locked(const struct capture *c)
{
	return c->time.end_us != INT64_MAX;
}

/* The tap feeds the ring already; hands both over to the capture thread unless the recording is at its end. */
static int post_add(struct capture *c, const char *participant, const char *source, struct tap *tap, struct ring *ring)
{
	int64_t now_us = rec_clock_us();
	int err = 0;

	held_take(&c->lock);
	if (ended_locked(c))
		err = -EPROTO;
	else
		post_locked(c, (struct message){ .run = capture_on_add, .participant = g_strdup(participant), .source = g_strdup(source), .tap = tap_ref(tap),
						 .ring = ring_ref(ring) }, now_us);
	held_release(&c->lock);
	return err;
}

int capture_add(struct capture *c, const char *participant, const char *source, struct tap *tap)
{
	const struct tap_conf *conf = tap_conf(tap);
	const struct codec *codec = codec_find(conf->codec);
	struct ring *ring = NULL;
	int err;

	if (!codec || !participant_id_valid(participant) || !source_valid(source) || codec->video == source_is_audio(source))
		return -EINVAL;
	err = ring_create(&ring, codec->video ? VIDEO_RING : AUDIO_RING);
	if (!err)
		err = tap_attach(tap, ring);
	if (err)
		goto out;
	if (conf->arg_ref)
		conf->arg_ref(conf->arg);
	err = post_add(c, participant, source, tap, ring);
	if (!err && codec->video && conf->want_keyframe)
		conf->want_keyframe(conf->arg, WANT_NOW);
	if (!err)
		goto out;
	tap_detach(tap, ring);
	if (conf->arg_unref)
		conf->arg_unref(conf->arg);
out:
	ring_unref(&ring);
	return err;
}

void capture_remove(struct capture *c, struct tap *tap)
{
	/* Only compared, and by a track that holds it. */
	post(c, (struct message){ .run = capture_on_remove, .tap = tap });
}

int capture_pause(struct capture *c, int64_t seq)
{
	int64_t now_us = rec_clock_us();
	int err = 0;

	held_take(&c->lock);
	if (ended_locked(c))
		err = -EPROTO;
	else if (!rectime_pause(&c->time, now_us))
		err = -EALREADY;
	else
		post_locked(c, (struct message){ .run = capture_on_pause, .seq = seq }, now_us);
	held_release(&c->lock);
	return err;
}

int capture_resume(struct capture *c, int64_t seq)
{
	int64_t now_us = rec_clock_us();
	int err = 0;

	held_take(&c->lock);
	if (ended_locked(c))
		err = -EPROTO;
	else if (!rectime_resume(&c->time, now_us))
		err = -EALREADY;
	else
		post_locked(c, (struct message){ .run = capture_on_resume, .seq = seq }, now_us);
	held_release(&c->lock);
	return err;
}

void capture_times(struct capture *c, int64_t *duration_ms, int64_t *elapsed_ms)
{
	int64_t now_us = rec_clock_us();

	held_take(&c->lock);
	*duration_ms = rectime_at(&c->time, now_us) / 1000;
	*elapsed_ms = (MIN(now_us, c->time.end_us) - c->time.start_us) / 1000;
	held_release(&c->lock);
}

void capture_end_in(struct capture *c, int64_t us)
{
	int64_t end_us = rec_clock_us() + us;

	held_take(&c->lock);
	if (!ended_locked(c)) {
		rectime_end(&c->time, end_us);
		post_locked(c, (struct message){ .run = capture_on_end }, end_us);
	}
	held_release(&c->lock);
}

void capture_end(struct capture *c)
{
	capture_end_in(c, 0);
}

static void wait_drained(struct capture *c)
{
	held_take(&c->lock);
	while (!c->drained)
		cond_wait(&c->done, &c->lock);
	held_release(&c->lock);
}

int capture_stop(struct capture **cp, int64_t seq, const char *reason, const char *const *flags, struct capture_result *out)
{
	struct capture *c = *cp;
	struct writer_result wr;
	int err;

	*out = (struct capture_result){ 0 };
	capture_end(c);
	wait_drained(c);
	capture_times(c, &out->duration_ms, &out->elapsed_ms);
	for (guint i = 0; i < c->tracks->len; i++)
		out->tracks += cutter_used(track_cutter(c->tracks->pdata[i]));
	writer_line(c->writer, line_stop(seq, out->duration_ms, out->elapsed_ms, reason, flags));
	err = writer_close(&c->writer, &wr);
	out->bytes = wr.bytes;
	out->waited_bytes = wr.waited_bytes;
	out->degraded = wr.degraded;
	g_strlcpy(out->chain, wr.chain, sizeof(out->chain));
	log_info("recording %s: stopped after %" PRId64 " ms, %d tracks, %" PRId64 " bytes, of which %" PRId64 " waited for the disk at most", c->id,
		 out->duration_ms, out->tracks, out->bytes, wr.waited_bytes);
	capture_free(c);
	*cp = NULL;
	return err;
}
