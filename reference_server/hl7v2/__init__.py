"""HL7 version 2: messages in ER7 and their frames in MLLP; knows no event, socket or service."""
