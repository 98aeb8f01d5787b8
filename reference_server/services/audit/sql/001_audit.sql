-- One row an event; `content` is canonical JSON, `hash` covers it and the hash before it.
CREATE TABLE audit_event (
    number INTEGER PRIMARY KEY,
    content TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);

CREATE TRIGGER audit_event_never_changes BEFORE UPDATE ON audit_event
BEGIN
    SELECT raise(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_event_never_goes BEFORE DELETE ON audit_event
BEGIN
    SELECT raise(ABORT, 'the audit trail is append-only');
END;
