-- SPDX-License-Identifier: GPL-3.0-or-later
-- The catalog, version 3: whose a call is, who took over whose recording, and one at a time over all hosts.

ALTER TABLE hosts ADD COLUMN draining BIGINT NOT NULL DEFAULT 0;        -- takes no new recordings
ALTER TABLE hosts ADD COLUMN root TEXT;                                  -- what is written in the file .recroom of its recordings directory

ALTER TABLE calls ADD COLUMN rival TEXT;                                 -- the call of another host that was open in the room at the same time

ALTER TABLE recordings ADD COLUMN continues TEXT;                        -- the recording this one goes on from
ALTER TABLE recordings ADD COLUMN taken_ms BIGINT;                      -- when it was last taken from its host

-- What only one process may do at a time.
CREATE TABLE leases (
	name TEXT PRIMARY KEY,
	owner TEXT NOT NULL,
	until_ms BIGINT NOT NULL
);
