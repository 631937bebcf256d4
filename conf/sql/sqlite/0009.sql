-- SPDX-License-Identifier: GPL-3.0-or-later
-- The catalog, version 9: requests with an Idempotency-Key, and how they were answered. Kept for a day.

CREATE TABLE idempotent (
	room TEXT NOT NULL,
	subject TEXT NOT NULL,                 -- of the token
	name TEXT NOT NULL,                    -- the key
	request TEXT NOT NULL,                 -- SHA-256 of method, path and body
	state TEXT NOT NULL,                   -- running, done
	turn INTEGER NOT NULL,                 -- whose it is: who took it last
	status INTEGER NOT NULL,               -- of the answer; 0 while running
	location TEXT NOT NULL,
	body TEXT NOT NULL,
	at_ms INTEGER NOT NULL,                -- of the state
	PRIMARY KEY (room, subject, name)
) STRICT;
CREATE INDEX idempotent_at ON idempotent (at_ms);
