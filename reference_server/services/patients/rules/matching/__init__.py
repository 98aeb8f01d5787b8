"""Who may be the same person: normal forms, blocking keys, comparisons, weights, policy; pure."""
