"""FHIR itself: strict JSON, structure, paths and primitives; knows no service and no HTTP."""
