/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The capture thread: it owns tracks and people of all recordings, without a lock. It touches no file and sleeps while nothing is recorded.
 *
 *	every 40 ms, for each recording:   messages ─▶ tracks take what came ─▶ seconds that are over are sealed ─▶ a pause settles ─▶ the end
 */
#include "plugins/capture_state.h"
#include "common/log.h"
#include "common/sign.h"
#include "plugins/held.h"
#include "plugins/line.h"
#include "plugins/track.h"

enum { TICK_US = 40000 };

static struct {
	struct lock lock;          /* guards what follows */
	struct cond cond;
	GPtrArray *captures;
	bool stopping;
	pthread_t thread;
	struct sign_key *sign_key; /* never changes while the thread runs */
} engine = { .lock = LOCK_INIT };

struct person {
	struct sender_course sender;
};

void capture_message_free(struct message *m)
{
	g_free(m->participant);
	g_free(m->source);
	g_free(m->role);
	json_decref(m->name);
	json_decref(m->look);
	g_free(m);
}

static struct person *person_of(struct capture *c, const char *id)
{
	struct person *p = g_hash_table_lookup(c->people, id);

	if (!p) {
		p = g_new0(struct person, 1);
		g_hash_table_insert(c->people, g_strdup(id), p);
	}
	return p;
}

void capture_put_people(struct capture *c)
{
	json_t *file = json_object();

	json_object_set_new(file, "participants", json_deep_copy(c->names));
	writer_people(c->writer, file);
}

void capture_on_joined(struct capture *c, const struct message *m)
{
	json_t *line = line_new("joined", cutter_env_ms(&c->env, m->at_us));

	json_object_set(c->names, m->participant, m->name);
	capture_put_people(c);
	line_str(line, "participant", m->participant);
	line_str(line, "role", m->role);
	writer_line(c->writer, line);
}

void capture_on_left(struct capture *c, const struct message *m)
{
	json_t *line = line_new("left", cutter_env_ms(&c->env, m->at_us));

	line_str(line, "participant", m->participant);
	writer_line(c->writer, line);
}

void capture_on_layout(struct capture *c, const struct message *m)
{
	json_t *line = line_new("layout", cutter_env_ms(&c->env, m->at_us)), *look = json_deep_copy(m->look);

	json_object_update(line, look);
	json_decref(look);             /* the line is the writer's alone: jansson's counts are not for two threads that both let go */
	writer_line(c->writer, line);
}

void capture_on_said(struct capture *c, const struct message *m)
{
	json_t *line = line_new(m->type, cutter_env_ms(&c->env, m->at_us)), *members = json_deep_copy(m->look);
	json_t *person = json_object_get(c->names, m->participant), *role = json_object_get(members, "role");

	if (person && role && !strcmp(m->type, "role")) {
		json_object_set_new(person, "role", json_deep_copy(role));
		capture_put_people(c);
	}
	line_str(line, "participant", m->participant);
	json_object_update(line, members);
	json_decref(members);
	writer_line(c->writer, line);
}

void capture_on_talking(struct capture *c, const struct message *m)
{
	json_t *line = line_new(m->type, cutter_env_ms(&c->env, m->at_us));

	line_str(line, "participant", m->participant);
	writer_line(c->writer, line);
}

void capture_on_consent(struct capture *c, const struct message *m)
{
	json_t *line = line_new("consent", cutter_env_ms(&c->env, m->at_us));

	line_int(line, "wall_ms", m->wall_ms);
	line_str(line, "participant", m->participant);
	line_str(line, "state", m->type);
	writer_line(c->writer, line);
}

void capture_on_withheld(struct capture *c, const struct message *m)
{
	for (guint i = 0; i < c->tracks->len; i++) {
		if (track_of_whom(c->tracks->pdata[i], m->participant))
			cutter_withheld(track_cutter(c->tracks->pdata[i]), m->type, m->at_us);
	}
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

void capture_on_add(struct capture *c, const struct message *m)
{
	track_attach(track_of(c, m->participant, m->source), m->tap, m->ring, m->at_us);
}

void capture_on_remove(struct capture *c, const struct message *m)
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

void capture_on_pause(struct capture *c, const struct message *m)
{
	rectime_pause(&c->env.time, m->at_us);
	c->pausing = true;
	c->pause_us = m->at_us;
	c->pause_seq = m->seq;
}

void capture_on_resume(struct capture *c, const struct message *m)
{
	json_t *line;

	settle_pause(c);
	rectime_resume(&c->env.time, m->at_us);
	line = line_new("resume", cutter_env_ms(&c->env, m->at_us));
	line_int(line, "seq", m->seq);
	writer_line(c->writer, line);
}

void capture_on_end(struct capture *c, const struct message *m)
{
	rectime_end(&c->env.time, m->at_us);
}

void capture_on_dropped(struct capture *c, const struct message *m)
{
	cutter_dropped(track_cutter(track_of(c, m->participant, m->source)), m->segment);
}

static void run_messages(struct capture *c)
{
	GQueue all;
	struct message *m;

	held_take(&c->lock);
	all = c->inbox;
	g_queue_init(&c->inbox);
	held_release(&c->lock);
	while ((m = g_queue_pop_head(&all))) {
		m->run(c, m);
		capture_message_free(m);
	}
}

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
	bool runs = c->env.time.end_us == INT64_MAX;
	int64_t end_ms = runs ? to_ms : MIN(to_ms, rectime_at(&c->env.time, c->env.time.end_us) / 1000);

	for (guint i = 0; i < c->tracks->len; i++)
		track_seal(c->tracks->pdata[i], to_ms);
	writer_seal(c->writer, line_sealed(n, c->env.chunk_ms, end_ms), rectime_at(&c->env.time, now_us) / 1000, attached(c));
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

	held_take(&engine.lock);
	all = g_ptr_array_copy(engine.captures, NULL, NULL);
	held_release(&engine.lock);
	for (guint i = 0; i < all->len; i++) {
		struct capture *c = all->pdata[i];

		if (!tick(c, now_us))
			continue;
		held_take(&engine.lock);
		g_ptr_array_remove(engine.captures, c);
		held_release(&engine.lock);
		/* From here on it belongs to capture_stop(). */
		held_take(&c->lock);
		c->drained = true;
		cond_signal(&c->done);
		held_release(&c->lock);
	}
	g_ptr_array_unref(all);
}

static void *capture_main(void *arg)
{
	int64_t next_us = clock_mono_us();

	(void)arg;
	held_take(&engine.lock);
	while (!engine.stopping) {
		if (engine.captures->len == 0) {
			cond_wait(&engine.cond, &engine.lock);
			next_us = clock_mono_us();
		} else if (!cond_wait_until(&engine.cond, &engine.lock, next_us)) {
			held_release(&engine.lock);
			tick_all(rec_clock_us());
			next_us = MAX(next_us + TICK_US, clock_mono_us());
			held_take(&engine.lock);
		}
	}
	held_release(&engine.lock);
	return NULL;
}

static void track_free(void *track)
{
	struct track *t = track;

	track_unref(&t);
}

void capture_thread_init(struct capture *c)
{
	c->tracks = g_ptr_array_new_with_free_func(track_free);
	c->people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	c->names = json_object();
}

void capture_thread_done(struct capture *c)
{
	g_ptr_array_unref(c->tracks);
	g_hash_table_unref(c->people);
	json_decref(c->names);
}

void capture_thread_run(struct capture *c)
{
	held_take(&engine.lock);
	g_ptr_array_add(engine.captures, c);
	cond_signal(&engine.cond);
	held_release(&engine.lock);
}

int capture_init(const struct settings *s)
{
	char why[512];
	int err = s->sign_key_file ? sign_key_load(&engine.sign_key, s->sign_key_file, why, sizeof(why)) : 0;

	if (err) {
		log_error("%s", why);
		return err;
	}
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
	held_take(&engine.lock);
	engine.stopping = true;
	cond_signal(&engine.cond);
	held_release(&engine.lock);
	pthread_join(engine.thread, NULL);
	writer_exit();
	g_clear_pointer(&engine.captures, g_ptr_array_unref);
	sign_key_unref(&engine.sign_key);
	cond_destroy(&engine.cond);
}

const struct sign_key *capture_sign_key(void)
{
	return engine.sign_key;
}
