"""Patients as FHIR R4 resources: reading what is sent, writing what is believed."""
