/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between the two halves of the fake core: fake_janus.c (life, loops) and fake_callbacks.c (what the plugin calls, what is recorded of it).
 */
#pragma once
#include <stdatomic.h>
#include "common/sync.h"
#include "tests/plugin/fake_janus.h"

enum item_kind { ITEM_UP, ITEM_RTP, ITEM_RTCP, ITEM_HANGUP, ITEM_DETACH };

struct item {
	struct item *next;
	enum item_kind kind;
	int mindex;
	bool video;
	uint16_t len;
	char data[];
};

enum { FAKE_MLINES = 32 };

struct fake_line {
	struct fake_packet *packets;
	unsigned npackets, size, plis;
};

struct fake_handle {
	struct fake_handle *next;      /* fake.lock */
	janus_plugin_session *session;
	pthread_t loop;
	struct lock mutex;             /* stands for the core's handle->mutex */
	atomic_bool up, freed, failing;
	struct lock lock;              /* all below */
	struct cond changed;
	struct item *first, *last;
	bool busy, ended, detached, negotiated, held;
	struct fake_event *events, *last_event;
	struct fake_line lines[FAKE_MLINES];
	unsigned closed_pcs;
	enum fake_pushing pushing;
	uint64_t remb;                 /* bit/s, last one */
	unsigned rembs;
	void (*on_pli)(int mindex, void *arg);
	void *on_pli_arg;
};

struct fake_core {
	janus_plugin *plugin;
	struct lock lock;
	struct fake_handle *handles;
	atomic_uint transactions;
};

extern struct fake_core fake;
extern janus_callbacks fake_callbacks;
/** True on the loop thread of a handle. */
extern _Thread_local bool fake_on_loop;
