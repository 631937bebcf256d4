-- SPDX-License-Identifier: GPL-3.0-or-later
-- The catalog, version 10: who saw, took or changed what was recorded. Rows outlive their recording.

CREATE TABLE accesses (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at_ms BIGINT NOT NULL,                -- wall clock of the host that answered
	recording TEXT COLLATE "C" NOT NULL,
	action TEXT NOT NULL,                  -- viewed downloaded shared recomposed cancelled erased deleted
	item TEXT,                             -- file, output or participant it was about
	actor TEXT NOT NULL,                   -- sub of a token, "link", "command:<user>", or "erased"
	address TEXT                           -- NULL: from a command, or erased
);
CREATE INDEX accesses_recording ON accesses (recording, id);
CREATE INDEX accesses_age ON accesses (at_ms);
