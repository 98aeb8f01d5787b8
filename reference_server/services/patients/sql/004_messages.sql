-- Messages of HL7 v2 that were done: the same one again is answered the same, and done once.
CREATE TABLE patient_message (
    sender TEXT NOT NULL,
    control_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    answer BLOB NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (sender, control_id)
);
CREATE INDEX patient_message_by_time ON patient_message (at);
-- What a query found and has not told yet: MPI identifiers, as JSON.
CREATE TABLE patient_continuation (
    pointer TEXT PRIMARY KEY,
    sender TEXT NOT NULL,
    tag TEXT NOT NULL,
    question TEXT NOT NULL,
    persons BLOB NOT NULL,
    at TEXT NOT NULL
);
-- Who wants to hear of changes, how far they heard, and when to try again. Times are UTC, ISO 8601.
CREATE TABLE patient_subscriber (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    organisation TEXT NOT NULL,
    told TEXT NOT NULL,
    heard INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    next_try TEXT NOT NULL,
    standing TEXT NOT NULL,
    resource BLOB NOT NULL
);
-- By which words a person is found: family and given names, dates, addresses, in normal form.
CREATE TABLE patient_word (
    word TEXT NOT NULL,
    value TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (word, value, person)
) WITHOUT ROWID;
-- Persons from before words were kept get theirs at the first search.
INSERT INTO world_state (name, value)
SELECT 'patient-words', 1 WHERE NOT EXISTS (SELECT 1 FROM patient_person);
