-- Visitors' sessions: the id is hashed, what is kept is small and never a secret.
CREATE TABLE web_session (
    id_sha256 TEXT PRIMARY KEY,
    begun_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    content TEXT NOT NULL
);
CREATE INDEX web_session_used_at ON web_session (used_at);
