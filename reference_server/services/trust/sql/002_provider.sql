-- Sign-ins and codes of before are minutes old at most: they begin anew.
DROP TABLE trust_login;
DROP TABLE trust_code;
ALTER TABLE trust_account DROP COLUMN failures;
ALTER TABLE trust_account DROP COLUMN failed_at;
ALTER TABLE trust_account ADD COLUMN last_token_step INTEGER NOT NULL DEFAULT 0;

-- A sign-in under way. Only hashes of what the browser holds are kept, here as everywhere below.
CREATE TABLE trust_login (
    transaction_hash TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Wrong guesses in a row, also at names nobody has: an answer tells nothing about them.
CREATE TABLE trust_guess (
    name_hash TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    failed_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE trust_session (
    session_hash TEXT PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What a person granted a client by one sign-in; codes and refresh tokens hang on it.
CREATE TABLE trust_grant (
    grant_id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    sid TEXT NOT NULL,
    is_offline INTEGER NOT NULL,
    content TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE trust_code (
    code_hash TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    is_used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE trust_refresh (
    token_hash TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL,
    content TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    is_used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE trust_consent (
    username TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    PRIMARY KEY (username, client_id)
) WITHOUT ROWID;

CREATE TABLE trust_pushed (
    uri_hash TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    params TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Proofs of possession already used (RFC 9449): a second use is a replay.
CREATE TABLE trust_proof (
    proof_hash TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Clients still to be told that a person signed out.
CREATE TABLE trust_notice (
    notice_id TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE trust_secret (
    name TEXT PRIMARY KEY,
    secret TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX trust_login_expires ON trust_login (expires_at);
CREATE INDEX trust_guess_failed ON trust_guess (failed_at);
CREATE INDEX trust_session_expires ON trust_session (expires_at);
CREATE INDEX trust_grant_sid ON trust_grant (sid);
CREATE INDEX trust_grant_expires ON trust_grant (expires_at);
CREATE INDEX trust_code_expires ON trust_code (expires_at);
CREATE INDEX trust_refresh_grant ON trust_refresh (grant_id);
CREATE INDEX trust_refresh_expires ON trust_refresh (expires_at);
CREATE INDEX trust_pushed_expires ON trust_pushed (expires_at);
CREATE INDEX trust_proof_expires ON trust_proof (expires_at);
CREATE INDEX trust_notice_due ON trust_notice (due_at);
CREATE INDEX trust_revoked_expires ON trust_revoked (expires_at);
