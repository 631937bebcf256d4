/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * metadata.json (docs/schemas/metadata.schema.json): what was recorded, and what was made of it. `call` is a function of the recording's directory and the
 * room's time zone; no one is named in it, but by id (participants.json does that).
 */
#pragma once
#include <stdint.h>
#include "postprocess/compose.h"
#include "postprocess/model.h"
#include "postprocess/scene.h"
#include "postprocess/sink.h"
#include "postprocess/sound.h"
#include "postprocess/spec.h"

struct metadata_conf {
	const char *dir;                   /* the recording's directory */
	const char *output;                /* the output's name without extension: "output", "outputs/2-speaker-1280x720" */
	const struct model *model;         /* complete; when the spec leaves something out, what is left of it */
	const struct output_spec *spec;
	const struct scene *scene;         /* what became of the pictures; NULL without any */
	const struct sound_result *sound;
	const char *file, *mime;
	const struct compose_file *files;  /* what stands beside it */
	int nfiles;
	const struct sink_result *media;
	int64_t duration_ms;               /* of the file */
};
/** The whole text for this output alone, ending with a newline; free(). Never NULL. */
char *metadata_text(const struct metadata_conf *conf);
/** Brings the directory's metadata.json up to date: the output's entry in the place of one of the same number, or added; `call` anew, unless the spec leaves something
 *  out of it. What is there besides, other outputs and members nobody knows, stays. Atomic, also between processes. *text: what was written; free(). 0 or negative
 *  errno. */
int metadata_write(const struct metadata_conf *conf, char **text);
/** The number of an output of that name: 1 for the first. */
int metadata_output_id(const char *output);
