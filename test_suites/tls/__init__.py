"""Looks at the TLS that a server offers, with what a modern TLS library refuses to offer."""
