-- Packages that somebody brought; the one brought last in a slot is in force, the others are history.
CREATE TABLE documentation_package (
    number INTEGER PRIMARY KEY,
    slot TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    canonical_base TEXT NOT NULL,
    at TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    archive BLOB NOT NULL
);
