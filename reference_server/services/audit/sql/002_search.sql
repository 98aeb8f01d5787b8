-- What finds events in the chain, made from the AuditEvent itself; it proves nothing.
CREATE TABLE audit_search (
    number INTEGER PRIMARY KEY,
    recorded TEXT NOT NULL,
    action TEXT,
    outcome TEXT,
    type TEXT,
    subtype TEXT,
    patient TEXT,
    address TEXT,
    site TEXT
);
CREATE INDEX audit_search_by_time ON audit_search (recorded);
CREATE INDEX audit_search_by_patient ON audit_search (patient, number);

CREATE TABLE audit_reference (
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, value, number)
) WITHOUT ROWID;
CREATE INDEX audit_reference_by_number ON audit_reference (number);

-- What stands for events that were purged by a rule: the chain goes on from its hash.
CREATE TABLE audit_anchor (
    number INTEGER PRIMARY KEY,
    hash TEXT NOT NULL,
    purged_at TEXT NOT NULL,
    rule TEXT NOT NULL,
    count INTEGER NOT NULL
);

-- Which events went by a rule of their category: the chain goes on over the hash of each.
CREATE TABLE audit_purge (
    number INTEGER PRIMARY KEY,
    purged_at TEXT NOT NULL,
    rule TEXT NOT NULL,
    count INTEGER NOT NULL,
    digest TEXT NOT NULL
);
CREATE TABLE audit_gap (
    number INTEGER PRIMARY KEY,
    hash TEXT NOT NULL,
    purge INTEGER NOT NULL
);
