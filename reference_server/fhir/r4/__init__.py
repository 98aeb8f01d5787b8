"""FHIR R4 (4.0.1) as facts: structures, value sets, code systems, search parameters; no prose."""
