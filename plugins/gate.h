/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The gate of a room: who comes in, what a host may make of somebody, and what follows when the hosts have gone. Pure: decides, does nothing; it fails
 * closed.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/errors.h"
#include "common/settings.h"

enum gate_admission { GATE_OPEN, GATE_HOST, GATE_LOBBY };                      /* as the words of the setting */
enum gate_leaves { GATE_CONTINUE, GATE_STOP, GATE_END_CALL };

/** What a room's configuration says about it; from the settings, `create` and `edit`. */
struct gate_conf {
	int admission, host_leaves;        /* of the enums */
	int host_grace_s;
	bool locked;                       /* how calls begin */
	bool listed;
};
void gate_conf_of(struct gate_conf *g, const struct settings_room *conf);
/** Takes over what the body has under the names of the configuration with a prefix ("new_" for edit), their types checked already. False: a value is
 *  wrong, `why` gets a sentence, g has not changed. */
bool gate_conf_read(struct gate_conf *g, json_t *body, const char *prefix, char *why, size_t why_size);
/** "open" "host" "lobby" */
const char *gate_admission_word(int admission);

/** Somebody asks to come in, everything about secrets and tokens being settled. */
struct gate_question {
	int admission;
	bool locked, host_here;            /* the call, now */
	bool host;                         /* has proved to be one */
	bool known;                        /* was in this call before, and has proved that */
	bool admitted;                     /* a host said yes */
	bool kicked;                       /* taken out of this call, and the time for that is not over */
	bool resembles;                    /* nobody known, under the name of somebody nobody knew who was kicked */
};
enum gate_way { GATE_DENIED, GATE_LOCKED, GATE_WAIT_HOST, GATE_WAIT_LOBBY, GATE_ENTER };
enum gate_way gate_decide(const struct gate_question *q);
/** For whom does not wait. */
enum app_error gate_error(enum gate_way way);

/** The grants of somebody (own: what their token says of a host's, 0 if nothing) whom a host with the grants `giver` makes a host: no more than either
 *  has. False: nothing would be left. */
bool gate_promote(unsigned own, unsigned giver, unsigned *out);

/** Since when there is no host in a call that had one, and whether that has had its consequence. Zeroed: there is one, or never was. */
struct gate_absence {
	int64_t since_us;
	bool answered;
};
/** What is to be done now; it is asked for once in an absence. */
enum gate_leaves gate_absent(struct gate_absence *a, const struct gate_conf *conf, int64_t now_us);
