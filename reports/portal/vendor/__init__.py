"""Pages for vendors and IT providers: an organisation's dossier, answered by several people."""
