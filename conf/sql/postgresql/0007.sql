-- SPDX-License-Identifier: GPL-3.0-or-later
-- The catalog, version 7: who was told of a recording, and what they said. The timeline of the recording is the truth; this is for lists.

CREATE TABLE consents (
	recording TEXT NOT NULL REFERENCES recordings (id),
	participant TEXT NOT NULL,
	state TEXT NOT NULL,                   -- told, agreed, declined, left_out
	told_ms BIGINT NOT NULL,              -- wall clock of the host; 0: not told
	at_ms BIGINT NOT NULL,                -- of the state
	PRIMARY KEY (recording, participant)
);
