"""Validation of FHIR R4 resources by types and profiles."""
