-- Every version of every resource of the directory, in the order of the changes (ITI-91).
CREATE TABLE provider_version (
    number INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    at TEXT NOT NULL,
    method TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX provider_version_by_time ON provider_version (type, at, number);

-- Which version is the current one; deleted resources have none.
CREATE TABLE provider_current (
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (type, id)
) WITHOUT ROWID;

-- What finds the current ones: folded strings, tokens with and without their system, references.
CREATE TABLE provider_index (
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (type, name, value, id)
) WITHOUT ROWID;
CREATE INDEX provider_index_upwards ON provider_index (type, name, id) WHERE name = 'partof';

ALTER TABLE provider_organization ADD COLUMN town TEXT;
ALTER TABLE provider_organization ADD COLUMN postal_code TEXT;

-- The certificate (DER) that others may use to reach a professional.
CREATE TABLE provider_certificate (
    ehealth_id TEXT PRIMARY KEY,
    der BLOB NOT NULL
) WITHOUT ROWID;
