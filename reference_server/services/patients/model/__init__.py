"""The nouns of the index: traits, source records, persons, comparisons; knows no FHIR, no HTTP."""
