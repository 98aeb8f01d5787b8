"""The command `population`."""
