"""The audit trail in the World's store: the chain, and what finds events in it."""
