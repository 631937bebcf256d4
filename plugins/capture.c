/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings as they run. Task threads call; what they ask becomes a message with the time it was asked at, and the capture thread does it.
 *
 *	task threads ─▶ inbox ─┐                           every 20 ms, for each recording:
 *	hooks ─▶ taps ─▶ rings ┴▶ capture thread           messages · tracks take what came · seconds that are over are sealed
 *	                               └▶ lines, chunks, seals ─▶ writer thread
 *
 * The capture thread owns tracks and people without a lock. It touches no file and sleeps while nothing is recorded.
 */
#include "config.h"
#include "plugins/capture.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "common/log.h"
#include "common/sync.h"
#include "common/timeline.h"
#include "plugins/line.h"
#include "plugins/rectime.h"
#include "plugins/track.h"
#include "plugins/writer.h"

enum { TICK_US = 20000, VIDEO_RING = 128 * 1024, AUDIO_RING = 32 * 1024, DIR_MODE = 02770 };

struct person {
	struct sender_clock sender;
};

struct capture {
	const struct settings *settings;
	char *id, *dir;
	struct capture_conf conf;  /* its strings are gone after capture_create() */
	struct lock lock;          /* guards inbox, time, drained; leaf */
	struct cond done;
	GQueue inbox;
	struct rectime time;
	bool drained;
	struct writer *writer;
	/* the capture thread's own */
	struct cutter_env env;
	GHashTable *people;        /* id → struct person */
	json_t *names;             /* of participants.json */
	GPtrArray *tracks;
	bool pausing;              /* the pause's line is not written yet: what came before it may still come */
	int64_t pause_us, pause_seq;
};

struct message {
	void (*run)(struct capture *c, const struct message *m);
	int64_t at_us, seq;
	char *participant, *source, *role;
	json_t *name;
	struct tap *tap;
	struct ring *ring;
	unsigned segment;
};

static struct {
	struct lock lock;          /* guards what follows */
	struct cond cond;
	GPtrArray *captures;
	bool stopping;
	pthread_t thread;
} engine = { .lock = LOCK_INIT };

static void message_free(struct message *m)
{
	g_free(m->participant);
	g_free(m->source);
	g_free(m->role);
	json_decref(m->name);
	g_free(m);
}

/* Takes what the message points to. */
static void post_locked(struct capture *c, struct message message, int64_t at_us)
{
	message.at_us = at_us;
	g_queue_push_tail(&c->inbox, g_memdup2(&message, sizeof(message)));
}

static void post(struct capture *c, struct message message)
{
	int64_t now_us = rec_clock_us();

	lock_take(&c->lock);
	post_locked(c, message, now_us);
	lock_release(&c->lock);
}

/* --- messages, on the capture thread --- */

static struct person *person_of(struct capture *c, const char *id)
{
	struct person *p = g_hash_table_lookup(c->people, id);

	if (!p) {
		p = g_new0(struct person, 1);
		g_hash_table_insert(c->people, g_strdup(id), p);
	}
	return p;
}

static void put_people(struct capture *c)
{
	json_t *file = json_object();

	json_object_set_new(file, "participants", json_deep_copy(c->names));
	writer_people(c->writer, file);
}

static void on_joined(struct capture *c, const struct message *m)
{
	json_t *line = line_new("joined", cutter_env_ms(&c->env, m->at_us));

	json_object_set(c->names, m->participant, m->name);
	put_people(c);
	line_str(line, "participant", m->participant);
	line_str(line, "role", m->role);
	writer_line(c->writer, line);
}

static void on_left(struct capture *c, const struct message *m)
{
	json_t *line = line_new("left", cutter_env_ms(&c->env, m->at_us));

	line_str(line, "participant", m->participant);
	writer_line(c->writer, line);
}

static struct track *track_of(struct capture *c, const char *participant, const char *source)
{
	struct track *t;

	for (guint i = 0; i < c->tracks->len; i++) {
		if (track_is(c->tracks->pdata[i], participant, source))
			return c->tracks->pdata[i];
	}
	track_create(&t, &c->env, &person_of(c, participant)->sender, participant, source);
	g_ptr_array_add(c->tracks, t);
	return t;
}

static void on_add(struct capture *c, const struct message *m)
{
	track_attach(track_of(c, m->participant, m->source), m->tap, m->ring, m->at_us);
}

static void on_remove(struct capture *c, const struct message *m)
{
	for (guint i = 0; i < c->tracks->len; i++) {
		if (track_feeds_on(c->tracks->pdata[i], m->tap))
			track_detach(c->tracks->pdata[i], m->at_us);
	}
}

static void settle_pause(struct capture *c)
{
	json_t *line;

	if (!c->pausing)
		return;
	c->pausing = false;
	for (guint i = 0; i < c->tracks->len; i++)
		track_settle(c->tracks->pdata[i], "resume");
	line = line_new("pause", cutter_env_ms(&c->env, c->pause_us));
	line_int(line, "seq", c->pause_seq);
	writer_line(c->writer, line);
}

static void on_pause(struct capture *c, const struct message *m)
{
	rectime_pause(&c->env.time, m->at_us);
	c->pausing = true;
	c->pause_us = m->at_us;
	c->pause_seq = m->seq;
}

static void on_resume(struct capture *c, const struct message *m)
{
	json_t *line;

	settle_pause(c);
	rectime_resume(&c->env.time, m->at_us);
	line = line_new("resume", cutter_env_ms(&c->env, m->at_us));
	line_int(line, "seq", m->seq);
	writer_line(c->writer, line);
}

static void on_end(struct capture *c, const struct message *m)
{
	rectime_end(&c->env.time, m->at_us);
}

static void on_lost_to_disk(struct capture *c, const struct message *m)
{
	cutter_dropped(track_cutter(track_of(c, m->participant, m->source)), m->segment);
}

static void run_messages(struct capture *c)
{
	GQueue all;
	struct message *m;

	lock_take(&c->lock);
	all = c->inbox;
	g_queue_init(&c->inbox);
	lock_release(&c->lock);
	while ((m = g_queue_pop_head(&all))) {
		m->run(c, m);
		message_free(m);
	}
}

/* --- the clock --- */

static int attached(const struct capture *c)
{
	int n = 0;

	for (guint i = 0; i < c->tracks->len; i++)
		n += track_feeds_on(c->tracks->pdata[i], NULL);
	return n;
}

static void seal_second(struct capture *c, int64_t now_us)
{
	int64_t n = c->env.floor_ms / c->env.chunk_ms, to_ms = c->env.floor_ms + c->env.chunk_ms;

	for (guint i = 0; i < c->tracks->len; i++)
		track_seal(c->tracks->pdata[i], to_ms);
	writer_seal(c->writer, line_sealed(n, c->env.chunk_ms), rectime_at(&c->env.time, now_us) / 1000, attached(c));
	c->env.floor_ms = to_ms;
}

/* Everything came that will: closes the tracks and the last second. */
static void finish(struct capture *c)
{
	settle_pause(c);
	for (guint i = 0; i < c->tracks->len; i++)
		track_detach(c->tracks->pdata[i], c->env.time.end_us);
	while (c->env.floor_ms * 1000 < rectime_at(&c->env.time, c->env.time.end_us))
		seal_second(c, c->env.time.end_us);
}

/* True when the recording has ended and all of it is with the writer. */
static bool tick(struct capture *c, int64_t now_us)
{
	int64_t settled_us = now_us - c->env.reorder_us;

	run_messages(c);
	for (guint i = 0; i < c->tracks->len; i++)
		track_poll(c->tracks->pdata[i], now_us);
	while ((c->env.floor_ms + c->env.chunk_ms) * 1000 <= rectime_at(&c->env.time, settled_us))
		seal_second(c, now_us);
	if (c->pausing && settled_us >= c->pause_us)
		settle_pause(c);
	if (settled_us < c->env.time.end_us)
		return false;
	finish(c);
	return true;
}

static void tick_all(int64_t now_us)
{
	GPtrArray *all;

	lock_take(&engine.lock);
	all = g_ptr_array_copy(engine.captures, NULL, NULL);
	lock_release(&engine.lock);
	for (guint i = 0; i < all->len; i++) {
		struct capture *c = all->pdata[i];

		if (!tick(c, now_us))
			continue;
		lock_take(&engine.lock);
		g_ptr_array_remove(engine.captures, c);
		lock_release(&engine.lock);
		/* From here on it belongs to capture_stop(). */
		lock_take(&c->lock);
		c->drained = true;
		cond_signal(&c->done);
		lock_release(&c->lock);
	}
	g_ptr_array_unref(all);
}

static void *capture_main(void *arg)
{
	int64_t next_us = clock_mono_us();

	(void)arg;
	lock_take(&engine.lock);
	while (!engine.stopping) {
		if (engine.captures->len == 0) {
			cond_wait(&engine.cond, &engine.lock);
			next_us = clock_mono_us();
		} else if (!cond_wait_until(&engine.cond, &engine.lock, next_us)) {
			lock_release(&engine.lock);
			tick_all(rec_clock_us());
			next_us = MAX(next_us + TICK_US, clock_mono_us());
			lock_take(&engine.lock);
		}
	}
	lock_release(&engine.lock);
	return NULL;
}

int capture_init(const struct settings *s)
{
	int err;

	(void)s;
	cond_init(&engine.cond);
	engine.captures = g_ptr_array_new();
	engine.stopping = false;
	err = writer_init();
	if (!err)
		err = thread_start(&engine.thread, "recroom-capture", capture_main, NULL);
	return err;
}

void capture_exit(void)
{
	lock_take(&engine.lock);
	engine.stopping = true;
	cond_signal(&engine.cond);
	lock_release(&engine.lock);
	pthread_join(engine.thread, NULL);
	writer_exit();
	g_clear_pointer(&engine.captures, g_ptr_array_unref);
	cond_destroy(&engine.cond);
}

/* --- task threads --- */

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
	post(arg, (struct message){ .run = on_lost_to_disk, .participant = g_strdup(participant), .source = g_strdup(source), .segment = segment });
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
	line_str(line, "software", PACKAGE_STRING);
	return line;
}

/* Directory and first line; what is half made when this fails is removed. */
static int make_directory(const struct capture *c, struct timeline **timeline)
{
	char *chunks = g_build_filename(c->dir, "chunks", NULL), *path = g_build_filename(c->dir, "timeline.jsonl", NULL);
	bool sync = c->settings->durability != DURABILITY_NONE;
	int err = fs_mkdir_new(c->dir, DIR_MODE), made = !err;

	if (!err)
		err = fs_mkdir_new(chunks, DIR_MODE);
	if (!err)
		err = timeline_open(timeline, path);
	if (!err)
		err = timeline_append(*timeline, start_line(&c->conf));
	if (!err)
		err = timeline_flush(*timeline, sync);
	if (!err && sync)
		err = fs_sync_dir(c->dir);
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
		message_free(m);
	g_ptr_array_unref(c->tracks);
	g_hash_table_unref(c->people);
	json_decref(c->names);
	lock_destroy(&c->lock);
	cond_destroy(&c->done);
	g_free(c->dir);
	g_free(c->id);
	g_free(c);
}

static void track_free(void *track)
{
	struct track *t = track;

	track_unref(&t);
}

int capture_create(struct capture **out, const struct capture_conf *conf)
{
	struct capture *c = g_new0(struct capture, 1);
	struct writer_conf wc = { .on_sealed = on_writer_sealed, .on_degraded = on_writer_degraded, .on_dropped = on_writer_dropped, .arg = c };
	struct timeline *timeline = NULL;
	int err;

	c->settings = conf->settings;
	c->conf = *conf;
	c->id = g_strdup(conf->recording_id);
	c->dir = g_build_filename(c->settings->recordings, c->id, NULL);
	lock_init(&c->lock);
	cond_init(&c->done);
	g_queue_init(&c->inbox);
	c->tracks = g_ptr_array_new_with_free_func(track_free);
	c->people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	c->names = json_object();
	err = recording_id_valid(c->id) ? make_directory(c, &timeline) : -EINVAL;
	if (err)
		goto out;
	wc.dir = c->dir;
	wc.durability = (enum durability)c->settings->durability;
	wc.stall_budget_us = (int64_t)c->settings->stall_budget_ms * 1000;
	wc.timeline = g_steal_pointer(&timeline);
	writer_create(&c->writer, &wc);
	put_people(c);
	rectime_start(&c->time, rec_clock_us());
	c->env = (struct cutter_env){ .recording = c->id, .writer = c->writer, .time = c->time, .chunk_ms = c->settings->chunk_ms,
				      .reorder_us = (int64_t)c->settings->reorder_ms * 1000 };
	lock_take(&engine.lock);
	g_ptr_array_add(engine.captures, c);
	cond_signal(&engine.cond);
	lock_release(&engine.lock);
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
	post(c, (struct message){ .run = on_joined, .participant = g_strdup(participant), .role = g_strdup(role), .name = person });
}

void capture_left(struct capture *c, const char *participant)
{
	post(c, (struct message){ .run = on_left, .participant = g_strdup(participant) });
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

	lock_take(&c->lock);
	if (ended_locked(c))
		err = -EPROTO;
	else
		post_locked(c, (struct message){ .run = on_add, .participant = g_strdup(participant), .source = g_strdup(source), .tap = tap_ref(tap),
						 .ring = ring_ref(ring) }, now_us);
	lock_release(&c->lock);
	return err;
}

int capture_add(struct capture *c, const char *participant, const char *source, struct tap *tap)
{
	const struct tap_conf *conf = tap_conf(tap);
	const struct depay *codec = depay_find(conf->codec);
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
	post(c, (struct message){ .run = on_remove, .tap = tap });
}

int capture_pause(struct capture *c, int64_t seq)
{
	int64_t now_us = rec_clock_us();
	int err = 0;

	lock_take(&c->lock);
	if (ended_locked(c))
		err = -EPROTO;
	else if (!rectime_pause(&c->time, now_us))
		err = -EALREADY;
	else
		post_locked(c, (struct message){ .run = on_pause, .seq = seq }, now_us);
	lock_release(&c->lock);
	return err;
}

int capture_resume(struct capture *c, int64_t seq)
{
	int64_t now_us = rec_clock_us();
	int err = 0;

	lock_take(&c->lock);
	if (ended_locked(c))
		err = -EPROTO;
	else if (!rectime_resume(&c->time, now_us))
		err = -EALREADY;
	else
		post_locked(c, (struct message){ .run = on_resume, .seq = seq }, now_us);
	lock_release(&c->lock);
	return err;
}

void capture_times(struct capture *c, int64_t *duration_ms, int64_t *elapsed_ms)
{
	int64_t now_us = rec_clock_us();

	lock_take(&c->lock);
	*duration_ms = rectime_at(&c->time, now_us) / 1000;
	*elapsed_ms = (MIN(now_us, c->time.end_us) - c->time.start_us) / 1000;
	lock_release(&c->lock);
}

void capture_end(struct capture *c)
{
	int64_t now_us = rec_clock_us();

	lock_take(&c->lock);
	if (!ended_locked(c)) {
		rectime_end(&c->time, now_us);
		post_locked(c, (struct message){ .run = on_end }, now_us);
	}
	lock_release(&c->lock);
}

static void wait_drained(struct capture *c)
{
	lock_take(&c->lock);
	while (!c->drained)
		cond_wait(&c->done, &c->lock);
	lock_release(&c->lock);
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
	out->degraded = wr.degraded;
	g_strlcpy(out->chain, wr.chain, sizeof(out->chain));
	log_info("recording %s: stopped after %" PRId64 " ms, %d tracks, %" PRId64 " bytes", c->id, out->duration_ms, out->tracks, out->bytes);
	capture_free(c);
	*cp = NULL;
	return err;
}
