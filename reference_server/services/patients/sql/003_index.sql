-- Where local numbers come from. `trust` 0 to 100: the more trusted source is believed.
CREATE TABLE patient_domain (
    oid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    trust INTEGER NOT NULL
);
-- What one domain says of one of its patients, and to which person it is linked. `features` is
-- what is compared, in normal form. Times are UTC, ISO 8601.
CREATE TABLE patient_record (
    number INTEGER PRIMARY KEY,
    domain TEXT NOT NULL REFERENCES patient_domain (oid),
    local_id TEXT NOT NULL,
    person TEXT NOT NULL,
    standing TEXT NOT NULL,
    state TEXT NOT NULL,
    trust INTEGER NOT NULL,
    replaced_by INTEGER,
    revised_at TEXT NOT NULL,
    traits BLOB NOT NULL,
    features BLOB NOT NULL,
    UNIQUE (domain, local_id)
);
CREATE INDEX patient_record_by_person ON patient_record (person);
-- What is believed of a person: made from the records, and from nothing else. `revision` and
-- `touched_at` only go up.
CREATE TABLE patient_person (
    mpi TEXT PRIMARY KEY,
    standing TEXT NOT NULL,
    state TEXT NOT NULL,
    replaced_by TEXT,
    traits BLOB NOT NULL,
    contested BLOB NOT NULL,
    revision INTEGER NOT NULL,
    touched_at TEXT NOT NULL
);
CREATE INDEX patient_person_by_time ON patient_person (touched_at);
CREATE INDEX patient_person_replaced ON patient_person (replaced_by) WHERE replaced_by IS NOT NULL;
-- Which records claim a number; the best one's person has it. `is_own`: the domain's own number.
CREATE TABLE patient_claim (
    system TEXT NOT NULL,
    value TEXT NOT NULL,
    record INTEGER NOT NULL REFERENCES patient_record (number),
    is_own INTEGER NOT NULL,
    trust INTEGER NOT NULL,
    PRIMARY KEY (system, value, record)
);
-- Whose a number is: the key alone makes that it is nobody else's.
CREATE TABLE patient_identifier (
    system TEXT NOT NULL,
    value TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (system, value)
);
CREATE INDEX patient_identifier_by_person ON patient_identifier (person);
-- Blocking keys of active records: who may be the same person is found here.
CREATE TABLE patient_key (
    key INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (key, record)
) WITHOUT ROWID;
-- How often a name stands in active records, and how many there are (kind `all`).
CREATE TABLE patient_count (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (kind, value)
);
-- Two records that may be of one person, and what was decided; never forgotten once decided.
CREATE TABLE patient_pair (
    low INTEGER NOT NULL REFERENCES patient_record (number),
    high INTEGER NOT NULL REFERENCES patient_record (number),
    decision TEXT NOT NULL,
    probability REAL NOT NULL,
    comparison BLOB NOT NULL,
    found_at TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (low, high)
);
CREATE INDEX patient_pair_by_high ON patient_pair (high);
CREATE INDEX patient_pair_open ON patient_pair (decision, probability);
-- Everything that happened: who, what, why; only grows.
CREATE TABLE patient_event (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    organisation TEXT NOT NULL,
    why TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    records BLOB NOT NULL,
    detail BLOB NOT NULL
);
CREATE TABLE patient_event_person (
    person TEXT NOT NULL,
    event INTEGER NOT NULL REFERENCES patient_event (number),
    PRIMARY KEY (person, event)
);
