/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A publisher's offer. On the handle's strand.
 *
 *   offer ─▶ plan: m-line by m-line keep, begin or end ─▶ sources named ─▶ answer ─▶ plan carried out ─▶ ended streams told
 *
 * Nothing changes before the whole offer has been found good.
 */
#include <errno.h>
#include <string.h>
#include "common/json.h"
#include "plugins/held.h"
#include "plugins/life.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/recording.h"
#include "plugins/room.h"

struct plan {
	struct publisher *pub;
	json_t *jsep;              /* borrowed */
	struct sdp *offer;
	struct codec_policy policy;
	struct stream *now[PUBLISHER_MLINES], *next[PUBLISHER_MLINES];     /* references */
	struct sdp_choice choices[PUBLISHER_MLINES];                       /* into the offer */
	bool want[PUBLISHER_MLINES];
	json_t *refused;           /* what it wants to send in codecs that are not taken */
	char *why;
	size_t why_size;
};

static void plan_clear(struct plan *p)
{
	for (int i = 0; i < PUBLISHER_MLINES; i++) {
		stream_unref(&p->now[i]);
		stream_unref(&p->next[i]);
	}
	json_decref(p->refused);
	sdp_unref(&p->offer);
}

/* What the client calls the m-line; NULL: nothing said. */
static const char *described(json_t *body, const char *mid)
{
	json_t *list = json_object_get(body, "descriptions"), *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *m = json_str(one, "mid");

		if (m && !strcmp(m, mid))
			return json_str(one, "source");
	}
	return NULL;
}

static bool source_used(const struct plan *p, const char *source)
{
	for (int i = 0; i < PUBLISHER_MLINES; i++)
		if (p->next[i] && !strcmp(p->next[i]->source, source))
			return true;
	return false;
}

/* The name it was given, or the first free one: audio, audio2, … */
static enum app_error name_source(struct plan *p, const struct sdp_mline *m, json_t *body, char out[SOURCE_SIZE])
{
	const char *wish = described(body, m->mid), *base = m->kind == SDP_AUDIO ? "audio" : "video";
	bool audio = m->kind == SDP_AUDIO;

	if (wish && (!source_valid(wish) || source_is_audio(wish) != audio || source_used(p, wish))) {
		g_snprintf(p->why, p->why_size, "The source of mid %s is unknown, of the wrong kind, or there twice.", m->mid);
		return APP_INVALID_ELEMENT;
	}
	g_strlcpy(out, wish ? wish : base, SOURCE_SIZE);
	for (int n = 2; source_used(p, out); n++)
		g_snprintf(out, SOURCE_SIZE, "%s%d", base, n);
	return APP_OK;
}

/* The substreams of an m-line as the core found them: rids with the highest first, or SSRCs with the lowest first. */
static void read_simulcast(const struct plan *p, guint i, struct layers_conf *out)
{
	json_t *list = json_object_get(p->jsep, "simulcast"), *one = NULL, *names;
	size_t k, n;

	memset(out, 0, sizeof(*out));
	json_array_foreach(list, k, one)
		if (json_integer_value(json_object_get(one, "mindex")) == (json_int_t)i)
			break;
	names = json_object_get(one, "rids");
	if (!names)
		names = json_object_get(one, "ssrcs");
	n = k < json_array_size(list) ? json_array_size(names) : 0;
	if (n < 2 || n > LAYERS_SUBSTREAMS)
		return;
	out->n = (unsigned)n;
	out->rid_ext = json_object_get(one, "rids") ? (int)json_integer_value(json_object_get(one, "rid-ext")) : 0;
	for (k = 0; k < n; k++) {
		json_t *name = json_array_get(names, json_is_string(json_array_get(names, k)) ? n - 1 - k : k);

		if (json_is_string(name))
			g_strlcpy(out->rids[k], json_string_value(name), sizeof(out->rids[k]));
		out->ssrcs[k] = (uint32_t)json_integer_value(name);
	}
}

static bool same_layers(const struct plan *p, guint i, const struct stream *now)
{
	struct layers_conf conf;

	read_simulcast(p, i, &conf);
	return !memcmp(&conf, &now->layers.conf, sizeof(conf));
}

/* What is offered now is offered as before, or not at all any more. */
static bool agrees(unsigned before, unsigned now)
{
	return !now || before == now;
}

/* The same sound or picture under the same name and numbers: whoever receives it notices nothing. */
static bool goes_on(const struct stream *now, const struct sdp_mline *m, const struct sdp_choice *c, const char *wish)
{
	return now && (!wish || !strcmp(wish, now->source)) && now->codec == c->codec && now->pt == (unsigned)c->offered->pt && !strcmp(now->mid, m->mid) &&
	       agrees(now->red_pt, c->red ? (unsigned)c->red->pt : 0) && agrees(now->rotation_id, (unsigned)sdp_extension_id(m, SDP_URI_ROTATION));
}

static bool sends(const struct sdp_mline *m)
{
	return !m->rejected && m->kind != SDP_APPLICATION && (m->direction & SDP_SEND);
}

/* First what stays, so that its sources are taken when new ones are named. A codec in use stays while it is offered, whatever the order is now. */
static void plan_kept(struct plan *p, json_t *body)
{
	for (guint i = 0; i < p->offer->mlines->len; i++) {
		const struct sdp_mline *m = sdp_mline(p->offer, i);
		const struct stream *now = p->now[i];
		struct sdp_choice *c = &p->choices[i];
		struct codec_policy policy = p->policy;

		policy.red = now && !now->video ? now->red_pt > 0 : policy.red;
		sdp_choose(c, m, &policy, now ? now->codec : NULL);
		p->want[i] = c->codec && (m->direction & SDP_SEND);
		if (!c->codec && sends(m))
			json_array_append_new(p->refused, json_pack("{ss si ss ss}", "mid", m->mid, "mindex", (int)i, "type",
								    m->kind == SDP_VIDEO ? "video" : "audio", "code",
								    app_error_info(APP_CODEC_NOT_SUPPORTED)->code));
		if (p->want[i] && goes_on(now, m, c, described(body, m->mid)) && same_layers(p, i, now))
			p->next[i] = stream_ref(p->now[i]);
	}
}

static enum app_error plan_new(struct plan *p, guint i, json_t *body)
{
	const struct sdp_mline *m = sdp_mline(p->offer, i);
	const struct sdp_choice *c = &p->choices[i];
	char source[SOURCE_SIZE];
	struct stream_conf conf = { .session = p->pub->session, .participant = p->pub->participant, .mid = m->mid, .source = source,
				    .mindex = (int)i, .codec = c->codec, .fmtp = c->offered->fmtp, .pt = (unsigned)c->offered->pt, .red_pt = c->red ? (unsigned)c->red->pt : 0,
				    .rotation_id = (unsigned)sdp_extension_id(m, SDP_URI_ROTATION) };
	enum app_error err = name_source(p, m, body, source);
	struct layers_conf layers;

	if (err)
		return err;
	read_simulcast(p, i, &layers);
	conf.layers = &layers;
	if (stream_create(&p->next[i], &conf))
		return APP_INTERNAL;
	if (participant_mutes(p->pub->participant, source))
		stream_mute(p->next[i], true, true);
	return APP_OK;
}

static enum app_error plan_make(struct plan *p, json_t *body)
{
	enum app_error err = APP_OK;
	int n = 0;

	plan_kept(p, body);
	for (guint i = 0; !err && i < p->offer->mlines->len; i++) {
		if (p->want[i] && ++n > life_settings()->max_streams) {
			g_snprintf(p->why, p->why_size, "At most %d streams can be published.", life_settings()->max_streams);
			return APP_LIMIT;
		}
		if (p->want[i] && !p->next[i])
			err = plan_new(p, i, body);
	}
	return !err && !n && json_array_size(p->refused) ? APP_CODEC_NOT_SUPPORTED : err;
}

/* Streams begin muted if the client says so, before anybody sees them. */
static void apply_send(struct plan *p, json_t *body)
{
	json_t *list = json_object_get(body, "streams"), *one;
	size_t k;

	json_array_foreach(list, k, one)
		for (int i = 0; i < PUBLISHER_MLINES; i++) {
			const char *mid = json_str(one, "mid");

			if (p->next[i] && p->next[i] != p->now[i] && mid && !strcmp(mid, p->next[i]->mid))
				stream_mute(p->next[i], false, !json_flag(one, "send", true));
		}
}

/* False when the publisher was closed meanwhile. */
static bool carry_out(struct plan *p, uint64_t *version)
{
	struct publisher *pub = p->pub;
	bool is_open;

	held_take(&pub->lock);
	is_open = !pub->closed;
	*version = ++pub->version;
	atomic_fetch_add(&pub->changes, 1);
	for (int i = 0; is_open && i < PUBLISHER_MLINES; i++) {
		struct stream *old = pub->streams[i];

		pub->streams[i] = p->next[i];
		p->next[i] = old;
	}
	held_release(&pub->lock);
	return is_open;
}

/* After carrying out, `next` holds what was there before. */
static void end_replaced(struct plan *p)
{
	struct recording *rec = room_recording(p->pub->participant->room);

	for (int i = 0; i < PUBLISHER_MLINES; i++) {
		struct stream *st = p->next[i];
		bool stays;

		held_take(&p->pub->lock);
		stays = p->pub->streams[i] == st;
		held_release(&p->pub->lock);
		if (!st || stays)
			continue;
		if (rec)
			recording_remove(rec, st);
		stream_end(st);
	}
	recording_unref(&rec);
}

static enum app_error parse(struct plan *p, const char *text)
{
	int err = sdp_parse(&p->offer, text, strlen(text));

	if (!err && p->offer->mlines->len > PUBLISHER_MLINES)
		err = -E2BIG;
	if (err)
		g_snprintf(p->why, p->why_size, err == -E2BIG ? "The offer is larger than this server takes." : "The offer cannot be understood.");
	return err ? APP_INVALID_SDP : APP_OK;
}

enum app_error publisher_offer(struct publisher *pub, json_t *jsep, json_t *body, struct publisher_answer *out, char *why, size_t why_size)
{
	struct plan p = { .pub = pub, .jsep = jsep, .refused = json_array(), .why = why, .why_size = why_size };
	struct room_media media;
	uint64_t version;
	enum app_error err;

	room_media_get(pub->participant->room, &media);
	p.policy = media.codecs;
	held_take(&pub->lock);
	for (int i = 0; i < PUBLISHER_MLINES; i++)
		p.now[i] = pub->streams[i] ? stream_ref(pub->streams[i]) : NULL;
	held_release(&pub->lock);
	err = parse(&p, json_str(jsep, "sdp"));
	if (!err)
		err = plan_make(&p, body);
	if (!err) {
		apply_send(&p, body);
		err = carry_out(&p, &version) ? APP_OK : APP_NOT_JOINED;
	}
	if (!err) {
		end_replaced(&p);
		publisher_moderate(pub);
		out->refused = json_array_size(p.refused) ? json_incref(p.refused) : NULL;
		out->sdp = sdp_answer(p.offer, p.choices, p.want, &p.policy, pub->sdp_id, version);
	}
	plan_clear(&p);
	return err;
}
