"""Audit events as FHIR: AuditEvents after IHE BALP, their search, and those of others."""
