"""The patient index over HL7 v2: messages read, the operations called, answers written."""
