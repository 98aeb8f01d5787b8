-- By what a session can be ended, wherever its browser is: its person, or its session elsewhere.
CREATE TABLE web_session_mark (
    id_sha256 TEXT NOT NULL REFERENCES web_session (id_sha256) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (id_sha256, name)
);
CREATE INDEX web_session_mark_value ON web_session_mark (name, value);
-- Sessions of before could not be ended so: whoever has one signs in again.
DELETE FROM web_session;
