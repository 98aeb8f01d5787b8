"""What the prescription service keeps, in the World's store; knows no rule and no FHIR."""
