"""The prescription service's operations: AUTHORISE, LOAD, CHECK, APPLY, RECORD, in that order."""
