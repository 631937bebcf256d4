/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes a recording's directory as capture would (ARCHITECTURE.md §3), from synthetic people: each source is a colour with a white flash, or a tone's
 * beep, in the first 100 ms of every second of recording time. Everything about it is known, so what composing makes of it can be measured.
 */
#pragma once
#include <libavcodec/packet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAKE_SPANS = 4, MAKE_FLASH_MS = 100 };

struct make_span { int64_t from_ms, to_ms; };      /* empty: not used */

/** Frames made beforehand, repeated for as long as the source lasts: what takes minutes to encode need not be encoded for hours. */
struct make_clip {
	AVPacket **packets;        /* pts and duration in ms from 0 on; the first is a keyframe */
	size_t npackets;
	int64_t length_ms;
};

struct make_source {
	const char *source;        /* "audio" "video" "screen" …; NULL ends a participant's list */
	int64_t from_ms, to_ms;    /* media in it; to 0: the recording's end */
	struct make_span muted[MAKE_SPANS];    /* no media, `muted` and `unmuted` lines, a new segment after each */
	struct make_span gaps[MAKE_SPANS];     /* no media, a `gap` line (lost), a new segment after each */
	struct make_span still[MAKE_SPANS];    /* pictures: nothing is sent, as of a screen on which nothing moves; the segment goes on */
	int missing[MAKE_SPANS];   /* chunk index + 1: in the timeline, not on disk */
	int damaged[MAKE_SPANS];   /* chunk index + 1: file cut in half */
	/* video */
	const char *codec;         /* default "vp8"; any that tests/lib/encode knows */
	int width, height, fps;    /* default 320×180, 30 */
	/** From at_ms on (0: never) another codec or size (NULL, 0: as before), in a new segment. */
	struct { int64_t at_ms; const char *codec; int width, height; } change;
	int rotation;              /* what must be done to show it upright */
	struct { int64_t at_ms; int rotation; } turn;          /* a `rotation` line, at 0 none */
	bool halves;               /* the lower half of what is sent is black */
	unsigned rgb;              /* 0xRRGGBB, sent as BT.601 limited like a browser does */
	bool plain;                /* the colour only: no flash, no frame number */
	bool marked;               /* the frame's number in blocks of 1/8 × 1/4 of the picture, which can be read in any player, however small */
	const struct make_clip *clip;          /* instead of drawing and encoding, sound too; codec, width and height say what is in it */
	/* audio */
	double tone_hz;            /* of the beep, at half of full scale; default 440 */
	int channels;              /* default 1 */
	/** Instead of the beep: the sample at recording time t_s, -1..1; one value for all channels. */
	double (*sample)(double t_s, void *arg);
	void *arg;
	double skew_ppm;           /* the sender's clock runs fast: frames come more often, and carry the samples of their own time */
};

struct make_participant {
	const char *id, *name;     /* "user1"; a NULL id ends the list; a NULL name: no entry in participants.json */
	int64_t joined_ms, left_ms;            /* left 0: stayed */
	struct make_source sources[5];
	struct make_span talking[MAKE_SPANS];  /* `talking` and `stopped_talking` lines */
};

struct make_conf {
	const char *dir;           /* made; must not exist */
	int64_t duration_ms;
	int chunk_ms;              /* default 1000 */
	int64_t started_ms;        /* since 1970; default 1760090400123. The call's id follows from it */
	const char *title;
	const char *continues;     /* or NULL */
	const struct make_participant *people;
	struct { int64_t at_ms, length_ms; } pause;            /* length 0: none. `pause` and `resume` lines, new segments behind it */
	bool no_stop;              /* as after a crash */
	bool no_timeline;          /* chunks and names only */
};

/** 0 or negative errno. */
int make_recording(const struct make_conf *conf);
/** A fresh directory below $TMPDIR with `name` appended, not made itself; g_free(). */
char *make_scratch(const char *name);
/** Removes the scratch directory that `dir` (from make_scratch) lies in, frees and clears it. */
void make_remove(char **dir);
