"""What can be done with the audit trail; reading it is an event in it."""
