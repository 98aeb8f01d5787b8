"""Whom the lab tests and how it is made to act; knows no scenario and no verdict.

A subject file (TOML) holds the tables `product`, `roles`, then `operator` for a client product or
`server` for a server, and `authorised` for a machine that is not this one. `equalis init` writes
one by asking, `subject.schema.json` lets editors complete it, `examples/` has one to copy.
"""
