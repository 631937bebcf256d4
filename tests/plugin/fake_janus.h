/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A Janus core without Janus: loads libjanus_recroom.so, keeps handles with a loop thread each, and records what the plugin does. It behaves as
 * 1.1.2 does where that hurts: references of a handle begin after create_session, negotiations and RTCP take the handle's mutex, query_session
 * is called under it, hangup_media comes on detach whether or not there was a PeerConnection, destroy() comes with handles alive.
 *
 * One core a process. Functions are called by the test's threads; what the plugin calls may come from any thread.
 */
#pragma once
#include <jansson.h>
#include <plugins/plugin.h>
#include <stdbool.h>
#include <stdint.h>

struct fake_handle;

/* Header extensions that are read from packets, whatever was negotiated: those of peer_sdp.c. */
enum { FAKE_LEVEL_ID = 1, FAKE_ROTATION_ID = 13 };

struct fake_event {
	struct fake_event *next;
	char *transaction;         /* NULL: unsolicited */
	json_t *message, *jsep;    /* jsep may be NULL */
	int64_t at_us;
	bool taken;
};

struct fake_packet {
	int mindex;
	bool video;
	uint16_t seq;
	uint32_t ts;
	uint8_t pt;
	bool marker;
	uint16_t length;           /* of the whole packet */
	uint8_t head[24];          /* of the payload */
	uint8_t tail[4];           /* last bytes of the packet */
	int level, rotation;       /* as the core would put them into header extensions; -1: not */
	int64_t at_us;
};

/** Makes a folder in $TMPDIR or /tmp, writes `config` there as the plugin's configuration after a general{} section that points the recordings into it, loads the
 *  plugin and inits it. The sections capture, mix, serve and rooms are the caller's; `general` are more lines for general{}. 0 or what init gave. */
int fake_start(const char *general, const char *config);
/** Only the folder and the configuration; fake_restart() does the rest. */
int fake_prepare(const char *general, const char *config);
/** As a shutdown does: destroy() with everything alive; callbacks go on for a moment; then the handles are detached, and the loops, held ones too, end.
 *  Returns the number of broken rules (each was printed), lost or surplus references included. The folder stays until fake_cleanup(). */
int fake_stop(void);
/** The same; `join` is called when destroy() has returned, to end threads of the test that went on calling until then. */
int fake_stop_while(void (*join)(void *arg), void *arg);
/** Starts the plugin again on the same folder and configuration, after fake_stop(). */
int fake_restart(void);
/** Starts it on the folder of another process that died. */
int fake_adopt(const char *path);
void fake_cleanup(void);
const char *fake_folder(void);          /* …/recordings below it */
janus_plugin *fake_plugin(void);
/** Something that must not happen did. */
void fake_broken(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Rules broken so far. */
int fake_broken_rules(void);
/** A new handle, NULL when the plugin refused. */
struct fake_handle *fake_attach(void);
void fake_detach(struct fake_handle *h);
/** Detaches it, if that was not done, waits until the plugin has let go of it, and frees it. */
void fake_forget(struct fake_handle *h);
/** ICE and DTLS are through; once per PeerConnection. */
void fake_media_up(struct fake_handle *h);
/** The PeerConnection went away; ahead of everything queued. */
void fake_hangup(struct fake_handle *h);
/** Queues a packet (copied) for the handle's loop. */
void fake_rtp(struct fake_handle *h, int mindex, bool video, const void *data, uint16_t len);
void fake_rtcp(struct fake_handle *h, int mindex, bool video, const void *data, uint16_t len);
/** The loop stands still, or goes on: what is queued waits, destroy_session too, as on a busy machine. */
void fake_hold(struct fake_handle *h, bool hold);
/** Waits until the loop has delivered all that was queued. */
void fake_settle(struct fake_handle *h);

/** Sends a request; body and jsep are stolen. `*answer` (borrowed from the handle) is the one answer, its jsep in `*jsep_out` (borrowed; may be NULL).
 *  Waits up to 20 s; NULL and a broken rule when none came. */
json_t *fake_request(struct fake_handle *h, json_t *body, json_t *jsep, json_t **jsep_out);
/** The same with a JSON text with single quotes for double ones. */
json_t *fake_ask(struct fake_handle *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** Sends and does not wait. transaction may be NULL. */
void fake_send(struct fake_handle *h, const char *transaction, json_t *body, json_t *jsep);
/** Waits for an event, not taken so far, in which the member `key` is `value` (NULL: is there; a number is compared by its text), and takes it.
 *  key "jsep" looks at the type of the jsep. NULL after timeout_ms. */
struct fake_event *fake_expect(struct fake_handle *h, const char *key, const char *value, int timeout_ms);
/** The same, and leaves it for others to take. */
struct fake_event *fake_await(struct fake_handle *h, const char *key, const char *value, int timeout_ms);
/** Events so far that fit, taken or not. */
int fake_count(struct fake_handle *h, const char *key, const char *value);
/** Takes all events so far. */
void fake_drop_events(struct fake_handle *h);
/** Calls query_session with the handle's mutex held. Caller decrefs. */
json_t *fake_query(struct fake_handle *h);
janus_plugin_session *fake_session(struct fake_handle *h);
/** push_event with a jsep fails on this handle from now on, as it does after a hangup. */
void fake_fail_negotiation(struct fake_handle *h, bool fail);

/** What becomes of events that answer no request: taken by the transport at once, only when it is told so again, or refused. */
enum fake_pushing { FAKE_PUSH_TAKEN, FAKE_PUSH_WAITS, FAKE_PUSH_REFUSED };
void fake_push(struct fake_handle *h, enum fake_pushing how);

/** From now on relayed packets are handed to `f`, on the thread that relays, and not kept. NULL: kept. */
void fake_relay_to(void (*f)(janus_plugin_session *handle, janus_plugin_rtp *packet));
/** Packets relayed to the handle on an m-line (-1: all). */
unsigned fake_relayed(struct fake_handle *h, int mindex);
/** Waits until at least n were; false after timeout_ms. */
bool fake_wait_relayed(struct fake_handle *h, int mindex, unsigned n, int timeout_ms);
/** Copies of the packets relayed so far on an m-line, g_free(). */
struct fake_packet *fake_packets(struct fake_handle *h, int mindex, unsigned *n);
/** How often Janus' event handlers were told of this event of a recording. */
int fake_notified(const char *event, const char *recording);
/** Keyframe requests to the handle on an m-line (-1: all). */
unsigned fake_plis(struct fake_handle *h, int mindex);
bool fake_wait_plis(struct fake_handle *h, int mindex, unsigned n, int timeout_ms);
/** Waits until the last REMB to the handle says that (within the precision it has). */
bool fake_wait_remb(struct fake_handle *h, uint64_t bitrate, int timeout_ms);
unsigned fake_rembs(struct fake_handle *h);
unsigned fake_closed_pcs(struct fake_handle *h);
/** Called at each keyframe request, on whatever thread, with the handle's lock held: only note it. NULL: nobody. */
void fake_on_pli(struct fake_handle *h, void (*f)(int mindex, void *arg), void *arg);
