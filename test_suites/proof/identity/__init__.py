"""The matching of identities judged: weights estimated, FEBRL and own population evaluated."""
