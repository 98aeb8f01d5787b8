"""Pure national facts: matricule, identifiers, prescription number, QR grammar; no I/O."""
