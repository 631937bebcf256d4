-- SPDX-License-Identifier: GPL-3.0-or-later
-- The catalog, version 2: outputs made again, people taken out, how far a live mix is behind.

ALTER TABLE jobs ADD COLUMN lag_ms BIGINT NOT NULL DEFAULT 0;    -- of recording time, behind a call that runs
ALTER TABLE jobs ADD COLUMN about TEXT;                           -- erase: whom

-- Who was taken out of which recording. From this row on the person is shown no more.
CREATE TABLE erased (
	recording TEXT NOT NULL REFERENCES recordings (id),
	participant TEXT NOT NULL,
	at_ms BIGINT NOT NULL,
	PRIMARY KEY (recording, participant)
);
