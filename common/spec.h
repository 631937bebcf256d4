/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an output shall be. Everything that influences a byte of it is here, nothing comes from the machine. One table of descriptors (spec_rows)
 * serves JSON from clients and catalog, JSON for metadata and catalog, checking, and the command line. Pure; any thread.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/settings.h"

enum { OUTPUTS_MAX = 8 };      /* that one start_recording may ask for */

struct output_spec {
	int width, height, fps;
	int video_bitrate, audio_bitrate;     /* bit/s */
	int segment_ms;
	char layout[16];                      /* "grid" …; "": as the recording's timeline says, else grid */
	char format[16];                      /* "webm" "mp4" "opus" "m4a" "participants" "stems"; "null" and "md5" leave no file */
	char video_codec[8];                  /* "vp8" "vp9" "av1" "h264"; "": the format's first */
	char fit[8];                          /* cameras: "fit" or "fill" */
	char only[512], without[512];         /* participant ids with commas; "": all, nobody */
	int64_t from_ms, to_ms;               /* of recording time; to_ms 0: to the end */
	char focus[16];                       /* single: whom */
	bool clock;                           /* in the picture: the time of day */
	char time_zone[64];                   /* of that clock, an IANA name; "": UTC */
	char text[128], image[256];           /* in the picture; image: a path, from settings or command line only, never a client's */
	char regions[2048];                   /* custom: a JSON array */
};

struct output_format {
	const char *name;                     /* as in output_spec.format */
	const char *extension, *mime;         /* of the file, or of each of several */
	const char *video;                    /* codecs it can hold, "vp8|vp9", the default first; "": no picture */
	const char *audio;                    /* "opus" "aac"; "": as sent */
	bool file;                            /* leaves files; "null" and "md5" leave none */
	bool several;                         /* a file for each participant, not a mix */
	bool constant_rate;                   /* each place of the frame grid has a frame */
};
extern const struct output_format output_formats[];       /* ends with a row without name */
/** NULL: none of that name. */
const struct output_format *output_format_find(const char *name);

/** What the settings say (NULL: their defaults). */
void output_spec_default(struct output_spec *spec, const struct settings *s);
/** Lays the members of `o` over what *spec says; a string is a format's name. Then checks the whole. 0, or -EINVAL with a sentence; an unknown member is
 *  named with its nearest neighbour. On failure *spec is as it was. */
int output_spec_read(struct output_spec *spec, json_t *o, char *why, size_t why_size);
/** The same of what a client asks for, who is to get a file. */
int output_spec_order(struct output_spec *spec, json_t *o, char *why, size_t why_size);
/** The `outputs` of start_recording, or without it (NULL) a room's formats ("webm,mp4"): *out is an array of whole specs, the first that of the primary output; a new
 *  reference. 0, or -EINVAL with a sentence. */
int output_list_read(json_t **out, json_t *list, const char *formats, const struct settings *s, char *why, size_t why_size);
/** 0, or -EINVAL with a sentence. */
int output_spec_check(const struct output_spec *spec, char *why, size_t why_size);
/** What output_spec_read() reads: numbers and format always, the others where they say something; the image's path never. A new reference. */
json_t *output_spec_json(const struct output_spec *spec);
/** The codec of the picture: the one asked for or the format's first; "" when there is no picture. */
const char *output_spec_codec(const struct output_spec *spec);
/** Can it be made while the call runs? What is too slow for that, or needs the whole, is made after it. */
bool output_spec_live(const struct output_spec *spec);
/** "2-speaker-1280x720": the name of output `number` below outputs/, without extension. */
void output_spec_name(const struct output_spec *spec, int number, char *out, size_t size);

enum spec_kind { SPEC_INT, SPEC_TIME, SPEC_WORD, SPEC_FLAG, SPEC_TEXT, SPEC_PERSON, SPEC_PEOPLE, SPEC_ARRAY, SPEC_PATH };
struct spec_row {
	const char *name;                     /* in JSON, and of the member */
	const char *option, *arg;             /* on the command line: --OPTION ARG */
	enum spec_kind kind;
	size_t offset, size;
	int min, max;                         /* SPEC_INT */
	const char *choices;                  /* SPEC_WORD, SPEC_FLAG: "a|b" */
	const char *help;
};
/* row(member, option, arg, kind, min, max, choices, help). Paths come from settings or the command line only. */
#define SPEC_LAYOUTS "grid|speaker|presentation|single|audio|custom"
#define SPEC_ROWS(row) \
	row(layout, "layout", "MODE", WORD, 0, 0, SPEC_LAYOUTS, "who is shown where (default: as the recording says)") \
	row(format, "format", "FORMAT", WORD, 0, 0, "webm|mp4|opus|m4a|participants|stems|null|md5", "kind of file (default webm); null and md5 leave none") \
	row(video_codec, "codec", "CODEC", WORD, 0, 0, "vp8|vp9|av1|h264", "of the picture (default: the format's first: vp8 in webm, h264 in mp4)") \
	row(width, "width", "PIXELS", INT, 64, 7680, NULL, "of the picture, even") \
	row(height, "height", "PIXELS", INT, 64, 7680, NULL, "of the picture, even") \
	row(fps, "fps", "N", INT, 1, 120, NULL, "frames a second") \
	row(video_bitrate, "video-bitrate", "BIT/S", INT, 10000, 200000000, NULL, "of the picture") \
	row(audio_bitrate, "audio-bitrate", "BIT/S", INT, 6000, 510000, NULL, "of the sound") \
	row(segment_ms, "segment-ms", "MS", INT, 500, 60000, NULL, "length of a closed piece: the distance of keyframes") \
	row(fit, "fit", "HOW", WORD, 0, 0, "fit|fill", "cameras in their tiles: whole with bars, or cut to fill") \
	row(only, "only", "LIST", PEOPLE, 0, 0, NULL, "only these participants, as user1,user2") \
	row(without, "without", "LIST", PEOPLE, 0, 0, NULL, "without these participants") \
	row(from_ms, "from", "TIME", TIME, 0, 0, NULL, "begin there, as seconds, 1:30 or 1:02:03.5") \
	row(to_ms, "to", "TIME", TIME, 0, 0, NULL, "end there") \
	row(focus, "focus", "ID", PERSON, 0, 0, NULL, "whom the layout single shows") \
	row(clock, "clock", "on|off", FLAG, 0, 0, "on|off", "the time of day in the picture") \
	row(time_zone, "time-zone", "ZONE", TEXT, 0, 0, NULL, "of that clock, as Europe/Berlin (default UTC)") \
	row(text, "text", "TEXT", TEXT, 0, 0, NULL, "in the picture") \
	row(image, "image", "FILE", PATH, 0, 0, NULL, "PNG or JPEG file, in the picture") \
	row(regions, "regions", "JSON", ARRAY, 0, 0, NULL, "of the layout custom")
#define SPEC_INDEX(member, ...) SPEC_##member,
enum { SPEC_ROWS(SPEC_INDEX) SPEC_COUNT };
#undef SPEC_INDEX
extern const struct spec_row spec_rows[SPEC_COUNT];
/** A row's member from text, as the command line has it. 0, or -EINVAL with half a sentence without a full stop ("--fps wants …"). Checks the row alone. */
int spec_row_set(const struct spec_row *row, struct output_spec *spec, const char *text, char *why, size_t why_size);
