"""What can be done with identities; HTTP and HL7 v2 call the same functions."""
