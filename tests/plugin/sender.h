/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The media half of a peer: sources sampled in real time, packets through a bad network, on one thread.
 */
#pragma once
#include "tests/plugin/peer.h"

enum { SENDER_LAYERS = 3, SENDER_RID_EXT = 5 };
extern const char *const sender_rids[SENDER_LAYERS];       /* the lowest first */

struct sender;

struct sender *sender_create(const struct peer_conf *conf, struct fake_handle *h);
/** Starts to send a source on an m-line; numbers go on where they were when it was there before. */
void sender_add(struct sender *s, const char *source, int mindex);
void sender_layer(struct sender *s, const char *source, int layer, bool send);
/** SSRC of a substream of the m-line, as it was offered. */
uint32_t sender_layer_ssrc(int mindex, int layer);
void sender_remove(struct sender *s, const char *source);
void sender_freeze(struct sender *s, const char *source, bool freeze);   /* NULL: all */
/** From now on all its sounds say that they are this loud [-dBov], all its pictures that they are turned; negative: they say nothing, as at first. */
void sender_say(struct sender *s, int level);
void sender_turn(struct sender *s, int degrees);
void sender_trick(struct sender *s, const char *source, enum peer_trick trick, bool on);
void sender_camera(struct sender *s, const char *source, int width, int height);
struct peer_frame *sender_frames(struct sender *s, const char *source, unsigned *n);
unsigned sender_packets(struct sender *s, const char *source);
bool sender_wait_frames(struct sender *s, const char *source, unsigned n, int timeout_ms);
/** Delivers what is under way and ends the thread. */
void sender_stop(struct sender *s);
void sender_free(struct sender *s);
