/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings: how the host wants the picture. On the recording's strand.
 *
 *   start_recording {layout}, set_layout ─▶ rec->look ─▶ `start` or `layout` line ─▶ the composer
 *                                                   └▶ event layoutchanged to the room
 */
#include "plugins/notify.h"
#include "plugins/recording_state.h"
#include "plugins/request.h"
#include "plugins/room.h"

static void on_look(struct op *op)
{
	struct recording *rec = op->rec;
	json_t *look, *event;

	if (rec->over || !rec->capture) {
		request_answer(&op->request, APP_NOT_RECORDING, NULL);
		return;
	}
	look = look_of(op->request->body);
	json_decref(rec->look);
	rec->look = json_deep_copy(look);      /* for one that goes on from here */
	recording_note_layout(rec, look);
	capture_layout(rec->capture, look);
	event = json_pack("{ss ss}", "event", "layoutchanged", "recordingId", rec->id);
	json_object_update(event, look);
	recording_tell_room(rec, event);
	json_decref(look);
	request_answer(&op->request, APP_OK, recording_reply(rec));
}

void recording_layout(struct recording *rec, struct request *r)
{
	recording_post(rec, on_look, (struct op){ .request = request_ref(r) });
}

/* The start line has only the layout's name. */
void recording_first_look(struct recording *rec)
{
	if (json_object_size(rec->look) > 1)
		capture_layout(rec->capture, rec->look);
}
