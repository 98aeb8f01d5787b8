"""Who may see what of the audit trail."""
