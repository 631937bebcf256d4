/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The signalling half of a peer. Called by the test's thread only; the media half is sender.c.
 */
#include <glib.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "tests/plugin/peer_sdp.h"
#include "tests/plugin/sender.h"

enum { LINES = 8, OFFER_MS = 10000 };

struct peer {
	struct peer_conf conf;
	struct fake_handle *pub, *sub;
	struct sender *sender;
	json_t *joined;
	char *resume, *token, id[PARTICIPANT_SIZE];
	struct { struct peer_line line; char source[SOURCE_SIZE]; } lines[LINES];
	unsigned nlines, version;
	uint32_t highest, lost;    /* as reported */
};

static char *quoted(const char *text)
{
	return g_strdelimit(g_strdup(text ? text : ""), "'", '"');
}

/* {"recroom":request, …more} */
static json_t *body_of(const char *request, const char *more)
{
	char *m = quoted(more), *text = g_strdup_printf("{\"recroom\":\"%s\"%s%s}", request, *m ? "," : "", m);
	json_t *o = json_loads(text, 0, NULL);

	if (!o)
		fake_broken("the test's own JSON is wrong: %s", text);
	g_free(text);
	g_free(m);
	return o;
}

static int error_of(json_t *answer)
{
	return answer ? (int)json_num(answer, "error_code", 0) : -1;
}

struct peer *peer_join(const struct peer_conf *conf, json_t **refusal)
{
	struct fake_handle *h = fake_attach();
	json_t *body = body_of("join", conf->join), *answer;
	struct peer *p;

	json_object_set_new(body, "room", json_string(conf->room));
	if (conf->display)
		json_object_set_new(body, "display", json_string(conf->display));
	answer = h ? fake_request(h, body, NULL, NULL) : NULL;
	if (refusal)
		*refusal = answer;
	if (!answer || !json_str(answer, "recroom") || strcmp(json_str(answer, "recroom"), "joined"))
		return NULL;
	p = g_new0(struct peer, 1);
	p->conf = *conf;
	p->pub = h;
	p->joined = json_deep_copy(answer);
	p->resume = g_strdup(json_str(answer, "resume"));
	p->token = g_strdup(json_str(answer, "token"));
	g_strlcpy(p->id, json_str(answer, "id") ? json_str(answer, "id") : "", sizeof(p->id));
	return p;
}

/* --- publishing --- */

static int line_of(const struct peer *p, const char *source)
{
	for (unsigned i = 0; i < p->nlines; i++)
		if (!strcmp(p->lines[i].source, source))
			return (int)i;
	return -1;
}

static int add_line(struct peer *p, const char *source)
{
	int i = line_of(p, source);

	if (i < 0) {
		i = (int)p->nlines++;
		g_strlcpy(p->lines[i].source, source, sizeof(p->lines[i].source));
		g_snprintf(p->lines[i].line.mid, sizeof(p->lines[i].line.mid), "%d", i);
		p->lines[i].line.audio = source_is_audio(source);
	}
	p->lines[i].line.sending = true;
	return i;
}

/* As the core tells it: rids with the highest first, SSRCs with the lowest. */
static json_t *simulcast(const struct peer *p)
{
	bool by_rid = p->conf.simulcast == PEER_BY_RID;
	json_t *all = json_array();

	for (unsigned i = 0; i < p->nlines; i++) {
		json_t *one = json_pack("{si ss}", "mindex", (int)i, "mid", p->lines[i].line.mid), *names = json_array();

		for (int k = 0; k < SENDER_LAYERS; k++)
			json_array_append_new(names, by_rid ? json_string(sender_rids[SENDER_LAYERS - 1 - k]) : json_integer(sender_layer_ssrc((int)i, k)));
		json_object_set_new(one, by_rid ? "rids" : "ssrcs", names);
		if (by_rid)
			json_object_set_new(one, "rid-ext", json_integer(SENDER_RID_EXT));
		if (p->lines[i].line.audio)
			json_decref(one);
		else
			json_array_append_new(all, one);
	}
	return all;
}

static json_t *offer(struct peer *p)
{
	struct peer_line lines[LINES];
	char *sdp;
	json_t *jsep;

	for (unsigned i = 0; i < p->nlines; i++)
		lines[i] = p->lines[i].line;
	sdp = peer_sdp_offer(lines, p->nlines, ++p->version);
	jsep = json_pack("{ssss}", "type", "offer", "sdp", sdp);
	if (p->conf.simulcast != PEER_ONE_LAYER)
		json_object_set_new(jsep, "simulcast", simulcast(p));
	g_free(sdp);
	return jsep;
}

static json_t *descriptions(const struct peer *p)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < p->nlines; i++)
		json_array_append_new(a, json_pack("{ssss}", "mid", p->lines[i].line.mid, "source", p->lines[i].source));
	return a;
}

static void check_answer(const struct peer *p, json_t *jsep)
{
	const char *sdp = jsep ? json_str(jsep, "sdp") : NULL, *direction;

	if (!sdp || strcmp(json_str(jsep, "type"), "answer") || peer_sdp_lines(sdp) != p->nlines) {
		fake_broken("the answer to an offer of %u m-lines is %s", p->nlines, sdp ? sdp : "missing");
		return;
	}
	for (unsigned i = 0; i < p->nlines; i++) {
		int pt = peer_sdp_line(sdp, i, &direction);

		if (p->lines[i].line.sending && (pt != (p->lines[i].line.audio ? 63 : 96) || strcmp(direction, "recvonly")))
			fake_broken("m-line %u was answered with payload type %d, %s", i, pt, direction);
	}
}

static int negotiate(struct peer *p, const char *request)
{
	json_t *body = body_of(request, NULL), *answer, *jsep = NULL;

	json_object_set_new(body, "descriptions", descriptions(p));
	answer = fake_request(p->pub, body, offer(p), &jsep);
	if (error_of(answer))
		return error_of(answer);
	check_answer(p, jsep);
	fake_media_up(p->pub);
	return 0;
}

int peer_publish(struct peer *p, const char *sources)
{
	char **names = g_strsplit(sources, ",", -1);
	int err;

	for (char **n = names; *n; n++)
		add_line(p, *n);
	if (!p->sender)                          /* who hears of keyframe requests from the beginning */
		p->sender = sender_create(&p->conf, p->pub);
	err = negotiate(p, "publish");
	if (!err)                                /* others can subscribe when the connection is up */
		fake_settle(p->pub);
	for (char **n = names; !err && *n; n++)
		sender_add(p->sender, *n, line_of(p, *n));
	g_strfreev(names);
	return err;
}

int peer_add(struct peer *p, const char *source)
{
	int i = add_line(p, source), err = negotiate(p, "configure");

	if (!err)
		sender_add(p->sender, source, i);
	return err;
}

int peer_remove(struct peer *p, const char *source)
{
	int i = line_of(p, source);

	sender_remove(p->sender, source);
	if (i < 0)
		return -1;
	p->lines[i].line.sending = false;
	return negotiate(p, "configure");
}

int peer_mute(struct peer *p, const char *source, bool mute, bool tell)
{
	int i = line_of(p, source);

	if (mute)
		sender_freeze(p->sender, source, true);
	if (tell) {
		int err = error_of(fake_ask(p->pub, "{'recroom':'configure','streams':[{'mid':'%d','send':%s}]}", i, mute ? "false" : "true"));

		if (err)
			return err;
	}
	if (!mute)
		sender_freeze(p->sender, source, false);
	return 0;
}

void peer_say(struct peer *p, int level)
{
	sender_say(p->sender, level);
}

void peer_turn(struct peer *p, int degrees)
{
	sender_turn(p->sender, degrees);
}

void peer_layer(struct peer *p, const char *source, int layer, bool send)
{
	sender_layer(p->sender, source, layer, send);
}

void peer_feedback(struct peer *p, int mindex, unsigned came, unsigned lost, unsigned remb)
{
	uint8_t b[52] = { 0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0 };
	unsigned exponent = 0;

	while (remb >> exponent >> 18)
		exponent++;
	p->highest += came + lost;
	p->lost += lost;
	for (int i = 0; i < 4; i++) {
		b[12 + i] = (uint8_t)(i ? p->lost >> 8 * (3 - i) : 0);
		b[16 + i] = (uint8_t)(p->highest >> 8 * (3 - i));
	}
	memcpy(b + 32, (const uint8_t[]){ 0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 0 }, 17);
	b[49] = (uint8_t)(exponent << 2 | remb >> exponent >> 16);
	b[50] = (uint8_t)(remb >> exponent >> 8);
	b[51] = (uint8_t)(remb >> exponent);
	fake_rtcp(p->sub, mindex, true, b, remb ? sizeof(b) : 32);
}

void peer_freeze(struct peer *p, bool freeze)
{
	sender_freeze(p->sender, NULL, freeze);
}

void peer_trick(struct peer *p, const char *source, enum peer_trick trick, bool on)
{
	sender_trick(p->sender, source, trick, on);
}

void peer_camera(struct peer *p, const char *source, int width, int height)
{
	sender_camera(p->sender, source, width, height);
}

/* --- subscribing --- */

int peer_answer(struct peer *p, json_t *jsep)
{
	const char *sdp = jsep ? json_str(jsep, "sdp") : NULL;
	char *text;
	json_t *answer;

	if (!sdp || strcmp(json_str(jsep, "type"), "offer")) {
		fake_broken("there is no offer to answer");
		return -1;
	}
	text = peer_sdp_answer(sdp);
	answer = fake_request(p->sub, body_of("start", NULL), json_pack("{ssss}", "type", "answer", "sdp", text), NULL);
	g_free(text);
	if (!error_of(answer))
		fake_media_up(p->sub);
	return error_of(answer);
}

/* [{"feed":"user1"},…] of those who were there at the join. */
static json_t *present_feeds(const struct peer *p)
{
	json_t *a = json_array(), *v;
	size_t i;

	json_array_foreach(json_object_get(p->joined, "publishers"), i, v)
		json_array_append_new(a, json_pack("{ss}", "feed", json_str(v, "id")));
	return a;
}

int peer_subscribe(struct peer *p, const char *streams)
{
	char *text = quoted(streams);
	json_t *list = streams ? json_loads(text, 0, NULL) : present_feeds(p), *answer, *jsep = NULL;

	g_free(text);
	p->sub = fake_attach();
	if (!p->sub)
		return -1;
	answer = fake_request(p->sub, json_pack("{ss ss ss ss so}", "recroom", "join", "room", p->conf.room, "ptype", "subscriber", "resume",
						p->resume ? p->resume : "", "streams", list), NULL, &jsep);
	if (error_of(answer))
		return error_of(answer);
	return jsep ? peer_answer(p, jsep) : 0;
}

json_t *peer_next_offer(struct peer *p)
{
	struct fake_event *e = fake_expect(p->sub, "jsep", "offer", OFFER_MS);

	if (!e || peer_answer(p, e->jsep))
		return NULL;
	return json_object_get(e->message, "streams");
}

json_t *peer_update(struct peer *p, const char *fmt, ...)
{
	json_t *body, *answer, *jsep = NULL;
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = g_strdelimit(g_strdup_vprintf(fmt, ap), "'", '"');
	va_end(ap);
	body = json_loads(text, 0, NULL);
	g_free(text);
	answer = fake_request(p->sub, body, NULL, &jsep);
	if (!answer || error_of(answer))
		return NULL;
	if (!jsep)
		return peer_next_offer(p);
	return peer_answer(p, jsep) ? NULL : json_object_get(answer, "streams");
}

/* --- the rest --- */

const char *peer_id(const struct peer *p)
{
	return p->id;
}

const char *peer_resume(const struct peer *p)
{
	return p->resume;
}

const char *peer_token(const struct peer *p)
{
	return p->token;
}

json_t *peer_joined(const struct peer *p)
{
	return p->joined;
}

struct fake_handle *peer_pub(const struct peer *p)
{
	return p->pub;
}

struct fake_handle *peer_sub(const struct peer *p)
{
	return p->sub;
}

int peer_mindex(const struct peer *p, const char *source)
{
	return line_of(p, source);
}

struct peer_frame *peer_frames(struct peer *p, const char *source, unsigned *n)
{
	return sender_frames(p->sender, source, n);
}

unsigned peer_packets(struct peer *p, const char *source)
{
	return sender_packets(p->sender, source);
}

bool peer_wait_frames(struct peer *p, const char *source, unsigned n, int timeout_ms)
{
	return sender_wait_frames(p->sender, source, n, timeout_ms);
}

void peer_stop(struct peer *p)
{
	if (p->sender)
		sender_stop(p->sender);
}

void peer_leave(struct peer *p)
{
	peer_stop(p);
	fake_detach(p->pub);
	if (p->sub)
		fake_detach(p->sub);
}

void peer_free(struct peer *p)
{
	if (!p)
		return;
	if (p->sender)
		sender_free(p->sender);
	json_decref(p->joined);
	g_free(p->resume);
	g_free(p->token);
	g_free(p);
}
