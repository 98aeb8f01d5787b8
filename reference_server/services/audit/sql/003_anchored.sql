-- An event goes only where an anchor or a gap stands for it, and those never change.
DROP TRIGGER audit_event_never_goes;
CREATE TRIGGER audit_event_never_goes BEFORE DELETE ON audit_event
WHEN OLD.number > (SELECT coalesce(max(number), 0) FROM audit_anchor)
    AND NOT EXISTS (SELECT 1 FROM audit_gap g WHERE g.number = OLD.number AND g.hash = OLD.hash)
BEGIN
    SELECT raise(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_anchor_never_changes BEFORE UPDATE ON audit_anchor
BEGIN
    SELECT raise(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_anchor_never_goes BEFORE DELETE ON audit_anchor
BEGIN
    SELECT raise(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_purge_never_changes BEFORE UPDATE ON audit_purge
BEGIN
    SELECT raise(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_purge_never_goes BEFORE DELETE ON audit_purge
BEGIN
    SELECT raise(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_gap_never_changes BEFORE UPDATE ON audit_gap
BEGIN
    SELECT raise(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_gap_never_goes BEFORE DELETE ON audit_gap
BEGIN
    SELECT raise(ABORT, 'the audit trail is append-only');
END;
