-- One row a prescription. Times are UTC, ISO 8601 with microseconds, so that text order is time
-- order. `code_sha256` is the hash of the QR token, which itself is kept nowhere but on the paper.
CREATE TABLE prescription (
    task_id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    code_sha256 BLOB NOT NULL,
    organization TEXT NOT NULL,
    prescriber TEXT NOT NULL,
    matricule TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    authored_on TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    reserved_by TEXT,
    reserved_until TEXT,
    reserved_from_state TEXT,
    first_dispensed_at TEXT,
    cancel_reason TEXT
) WITHOUT ROWID;
CREATE INDEX prescription_by_organization ON prescription (organization, changed_at);
CREATE INDEX prescription_by_expiry ON prescription (state, expires_at);
CREATE INDEX prescription_by_reservation ON prescription (reserved_until)
    WHERE reserved_until IS NOT NULL;

-- One row a line, in the order of the document.
CREATE TABLE prescription_line (
    task_id TEXT NOT NULL REFERENCES prescription (task_id),
    position INTEGER NOT NULL,
    system TEXT NOT NULL,
    value TEXT NOT NULL,
    code TEXT NOT NULL,
    ordered INTEGER NOT NULL,
    dispensed INTEGER NOT NULL,
    PRIMARY KEY (task_id, position)
) WITHOUT ROWID;

-- What was submitted, byte for byte, and what was answered. The key makes a submission happen once.
CREATE TABLE prescription_submission (
    organization TEXT NOT NULL,
    identifier TEXT NOT NULL,
    task_id TEXT NOT NULL UNIQUE REFERENCES prescription (task_id),
    body_sha256 BLOB NOT NULL,
    bundle BLOB NOT NULL,
    stamped BLOB NOT NULL,
    answered_task BLOB NOT NULL,
    PRIMARY KEY (organization, identifier)
);

-- What was dispensed by whom. The key makes a dispensation happen once.
CREATE TABLE prescription_dispensation (
    organization TEXT NOT NULL,
    system TEXT NOT NULL,
    value TEXT NOT NULL,
    task_id TEXT NOT NULL REFERENCES prescription (task_id),
    position INTEGER NOT NULL,
    body_sha256 BLOB NOT NULL,
    dispensed_at TEXT NOT NULL,
    answered_task BLOB NOT NULL,
    PRIMARY KEY (organization, system, value)
);
CREATE INDEX prescription_dispensation_by_task ON prescription_dispensation (task_id, position);

-- Which laboratories have retrieved a prescription, and so may see it.
CREATE TABLE prescription_retrieval (
    organization TEXT NOT NULL,
    task_id TEXT NOT NULL REFERENCES prescription (task_id),
    PRIMARY KEY (organization, task_id)
) WITHOUT ROWID;

-- Numbers and birth dates tried that did not fit; guessing is stopped by counting them.
CREATE TABLE prescription_wrong_try (
    organization TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX prescription_wrong_try_by_organization ON prescription_wrong_try (organization, at);
