/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * metadata.json (docs/schemas/metadata.schema.json): what was recorded, and what was made of it. `call` is a function of the recording's directory
 * alone; no one is named in it, but by id (participants.json does that).
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
	const struct model *model;
	const struct output_spec *spec;
	const struct scene *scene;         /* what became of the pictures */
	const struct sound_result *sound;
	const char *file, *mime;
	const struct compose_file *files;  /* what stands beside it */
	int nfiles;
	const struct sink_result *media;
	int64_t duration_ms;               /* of the file */
};
/** The text, ending with a newline; free(). Never NULL. */
char *metadata_text(const struct metadata_conf *conf);
