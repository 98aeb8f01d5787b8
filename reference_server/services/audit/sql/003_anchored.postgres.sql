-- An event goes only where an anchor or a gap stands for it, and those never change.
CREATE FUNCTION audit_event_is_anchored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.number > (SELECT coalesce(max(number), 0) FROM audit_anchor)
        AND NOT EXISTS (SELECT 1 FROM audit_gap g WHERE g.number = OLD.number AND g.hash = OLD.hash)
    THEN
        RAISE EXCEPTION 'the audit trail is append-only'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END;
$$;

DROP TRIGGER audit_event_never_goes ON audit_event;
CREATE TRIGGER audit_event_never_goes BEFORE DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_is_anchored();

CREATE TRIGGER audit_anchor_never_changes BEFORE UPDATE OR DELETE ON audit_anchor
    FOR EACH ROW EXECUTE FUNCTION audit_event_is_append_only();
CREATE TRIGGER audit_purge_never_changes BEFORE UPDATE OR DELETE ON audit_purge
    FOR EACH ROW EXECUTE FUNCTION audit_event_is_append_only();
CREATE TRIGGER audit_gap_never_changes BEFORE UPDATE OR DELETE ON audit_gap
    FOR EACH ROW EXECUTE FUNCTION audit_event_is_append_only();
