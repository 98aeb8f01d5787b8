"""Finding things in raw messages: JSON, FHIR, PDF, addresses; pure, and judges nothing."""
