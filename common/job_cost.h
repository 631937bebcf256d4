/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What making an output costs, so that workers take no more than their cores can do. Pure; any thread.
 */
#pragma once

/** Thousandths of a core, at the pace of the call. `spec`: of the output, JSON text, or NULL: as the settings' defaults say. `people`: in the recording. */
int job_cost(const char *spec, int people);
