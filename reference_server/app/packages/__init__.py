"""A FHIR package brought into a World, in the place of this project's reconstruction."""
