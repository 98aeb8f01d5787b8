CREATE TABLE trust_client (
    client_id TEXT PRIMARY KEY,
    content TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE trust_account (
    username TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    content TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    failed_at INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- A sign-in under way. Only hashes of what the browser holds are kept.
CREATE TABLE trust_login (
    transaction_hash TEXT PRIMARY KEY,
    browser_hash TEXT NOT NULL,
    request TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE trust_code (
    code_hash TEXT PRIMARY KEY,
    grant_content TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    token_id TEXT
) WITHOUT ROWID;

-- Client assertions already used: a second use is a replay.
CREATE TABLE trust_assertion (
    client_id TEXT NOT NULL,
    jti TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (client_id, jti)
) WITHOUT ROWID;

CREATE TABLE trust_revoked (
    token_id TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX trust_login_expires ON trust_login (expires_at);
CREATE INDEX trust_code_expires ON trust_code (expires_at);
CREATE INDEX trust_assertion_expires ON trust_assertion (expires_at);
