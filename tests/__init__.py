"""Do we hold? The project's own tests; the folders mirror the tree."""
