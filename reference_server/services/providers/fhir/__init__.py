"""The provider directory as FHIR resources, after IHE mCSD."""
