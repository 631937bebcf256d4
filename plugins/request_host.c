/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a host may do to others: kick, moderate. On the host's strand.
 */
#include "plugins/leave.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/recording.h"
#include "plugins/request.h"
#include "plugins/room.h"

enum { BACK_MAX_S = 86400 };

static enum app_error find(struct request *r, struct participant **out)
{
	*out = room_participant(r->room, json_str(r->body, "id"));
	return *out ? APP_OK : APP_NO_SUCH_PARTICIPANT;
}

static void after_kick(struct request *r, bool pushed)
{
	struct participant *p = NULL;

	(void)pushed;
	if (!find(r, &p))
		leave_kicked(p, json_num(r->body, "back_after_s", -1));
	participant_unref(&p);
}

/* The answer first, for a host may kick itself. */
static enum app_error on_kick(struct request *r)
{
	struct participant *p = NULL;
	enum app_error err = find(r, &p);
	int64_t back_s = json_num(r->body, "back_after_s", 0);

	participant_unref(&p);
	if (!err && (back_s < 0 || back_s > BACK_MAX_S)) {
		g_snprintf(r->why, sizeof(r->why), "back_after_s is between 0 and %d; without it, not in this call.", BACK_MAX_S);
		err = APP_INVALID_ELEMENT;
	}
	r->reply = err ? NULL : request_reply(r, "success");
	r->after = after_kick;
	return err;
}

/* Everybody, and the timeline. */
static void tell_moderated(struct request *r, struct participant *p, const char *source, bool mute)
{
	struct recording *rec = room_recording(r->room);
	json_t *what = json_pack("{sb ss}", "muted", mute, "by", r->participant->id);

	if (source[0])
		json_object_set_new(what, "source", json_string(source));
	if (rec)
		recording_said(rec, p, "moderated", what);
	json_object_set_new(what, "event", json_string("moderated"));
	json_object_set_new(what, "id", json_string(p->id));
	notify_room(r->room, what, NULL);
	recording_unref(&rec);
}

/* One stream by mid or source; without either all of the person's, with those to come. */
static enum app_error mute(struct request *r, struct participant *p)
{
	struct session *s = participant_publisher(p);
	struct publisher *pub = s ? session_publisher(s) : NULL;
	bool mutes = json_flag(r->body, "mute", true), one = json_str(r->body, "mid") || json_str(r->body, "source");
	char source[SOURCE_SIZE] = "";
	enum app_error err = APP_OK;

	if (one)
		err = pub && publisher_source(pub, json_str(r->body, "mid"), json_str(r->body, "source"), source) ? APP_OK : APP_NO_SUCH_STREAM;
	if (!err) {
		participant_moderate(p, one ? source : NULL, mutes);
		tell_moderated(r, p, source, mutes);
	}
	if (!err && pub)
		publisher_moderate(pub);
	publisher_unref(&pub);
	session_unref(&s);
	return err;
}

/* `mute`, `bitrate`, or both. */
static enum app_error on_moderate(struct request *r)
{
	bool mutes = json_object_get(r->body, "mute") != NULL, caps = json_object_get(r->body, "bitrate") != NULL;
	int64_t bitrate = json_num(r->body, "bitrate", 0);
	struct participant *p = NULL;
	enum app_error err = find(r, &p);

	if (!err && !mutes && !caps)
		err = APP_MISSING_ELEMENT;
	if (!err && (bitrate < 0 || bitrate > REMB_MAX))
		err = APP_INVALID_ELEMENT;
	if (!err && mutes)
		err = mute(r, p);
	if (!err && caps)
		remb_cap_by_host(p, (int)bitrate);
	r->reply = err ? NULL : request_reply(r, "success");
	participant_unref(&p);
	return err;
}

static const struct json_param kick_params[] = {
	{ "id", P_STRING, P_REQUIRED | P_NONEMPTY, 16 }, { "back_after_s", P_INT, 0, 0 }, { NULL, P_STRING, 0, 0 },
};
static const struct json_param moderate_params[] = {
	{ "id", P_STRING, P_REQUIRED | P_NONEMPTY, 16 }, { "mid", P_STRING, 0, 16 }, { "source", P_STRING, 0, 23 },
	{ "mute", P_BOOL, 0, 0 }, { "bitrate", P_INT, 0, 0 }, { NULL, P_STRING, 0, 0 },
};

const struct request_row request_hosts[] = {
	{ "kick", kick_params, WHO_HOST_ADMIT, REQUEST_ROOM, on_kick },
	{ "moderate", moderate_params, WHO_HOST_ADMIT, REQUEST_ROOM, on_moderate },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};
