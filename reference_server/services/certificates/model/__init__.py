"""The nouns of the certificate authority: what is issued, for whom, and what may happen to it."""
