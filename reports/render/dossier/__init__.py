"""The report of a vendor's dossier, as people read it."""
