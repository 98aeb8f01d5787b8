-- Dossiers of vendors: bound to an organisation. People are functions and fingerprints, never names.
CREATE TABLE admission (
    id TEXT PRIMARY KEY,
    key_sha256 TEXT UNIQUE NOT NULL,
    organisation TEXT NOT NULL,
    is_reviewer INTEGER NOT NULL,
    expires_on TEXT NOT NULL
);
CREATE TABLE dossier (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    revision INTEGER NOT NULL,
    content TEXT NOT NULL,
    measured TEXT,
    offer TEXT,
    used_on TEXT NOT NULL
);
CREATE INDEX dossier_organisation ON dossier (organisation);
CREATE TABLE dossier_file (
    id TEXT PRIMARY KEY,
    dossier TEXT NOT NULL REFERENCES dossier (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    given_by TEXT NOT NULL,
    given_at TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE UNIQUE INDEX dossier_file_name ON dossier_file (dossier, name);
-- Who did what and when: only ever added to.
CREATE TABLE dossier_deed (
    id TEXT PRIMARY KEY,
    dossier TEXT NOT NULL REFERENCES dossier (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    done_at TEXT NOT NULL,
    done_by TEXT NOT NULL,
    deed TEXT NOT NULL,
    about TEXT NOT NULL,
    UNIQUE (dossier, number)
);
CREATE TABLE published (
    dossier TEXT PRIMARY KEY REFERENCES dossier (id) ON DELETE CASCADE,
    signed TEXT NOT NULL
);
ALTER TABLE paper ADD COLUMN dossier TEXT REFERENCES dossier (id) ON DELETE CASCADE;
