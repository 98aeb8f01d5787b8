-- Which files somebody brought: the last one is the revision of what this World knows.
CREATE TABLE terminology_import (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    version TEXT NOT NULL
);
-- Every version of every analysis, as it was brought; the highest version is the one in force.
CREATE TABLE terminology_analysis (
    code TEXT NOT NULL,
    version INTEGER NOT NULL,
    import_number INTEGER NOT NULL REFERENCES terminology_import (number),
    entry BLOB NOT NULL,
    PRIMARY KEY (code, version)
) WITHOUT ROWID;
-- Code systems, value sets and maps of the user's own.
CREATE TABLE terminology_resource (
    resource_type TEXT NOT NULL,
    url TEXT NOT NULL,
    import_number INTEGER NOT NULL REFERENCES terminology_import (number),
    content BLOB NOT NULL,
    PRIMARY KEY (resource_type, url)
) WITHOUT ROWID;
