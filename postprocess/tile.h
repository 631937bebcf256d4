/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One tile of the picture: what it shows, and drawing it where it is. Knows when it would look the same, so that nothing is drawn twice. One thread.
 */
#pragma once
#include "postprocess/border.h"
#include "postprocess/label.h"
#include "postprocess/video_source.h"

/** What there is to see in a tile at a time. */
enum tile_kind { TILE_UNDRAWN, TILE_EMPTY, TILE_NAME, TILE_VIDEO };
struct tile_state {
	enum tile_kind kind;
	uint64_t serial;           /* of the picture */
	int rotation;
	bool muted, talks;
};

struct tile {
	struct layout_item item;
	struct rect r;             /* where it belongs */
	struct rect from;          /* where it comes from, while the layout changes */
	bool fresh;                /* comes from nowhere: fades in */
	bool other;                /* somebody else was in this place: the picture before fades out */
	bool stage, gone;
	int caption;               /* as in layout.h */
	bool framed;               /* has corners, and a line while its person talks */
	char *note;                /* who has no tile of their own, told in this one; NULL: nobody */
	struct tile_state drawn;
	/* kept from frame to frame */
	struct scaler *scaler, *moving;
	struct overlay *name, *initials, *told;
	bool name_muted;           /* which of both the label shows */
	struct canvas *still;      /* the initials as a picture, while it moves */
	struct border *border;
};

void tile_clear(struct tile *t);
/** The same content in the same size: takes over what the old one has rendered. */
void tile_inherit(struct tile *t, struct tile *old);
/** What is to be seen at t; *pic is the source's (v may be NULL). */
struct tile_state tile_state_at(const struct tile *t, struct video_source *v, int64_t t_ms, struct video_picture *pic);
bool tile_same_state(const struct tile_state *a, const struct tile_state *b);
/** Draws it at `at`, which while it moves is not t->r. `fill`: cameras fill their tiles. 0 or negative errno. */
int tile_draw(struct tile *t, struct canvas *c, struct rect at, const struct tile_state *now, const struct video_picture *pic, bool fill);
/** The movement is over. */
void tile_settle(struct tile *t);
