"""How a secret is kept: never itself."""

import hashlib


def fingerprint(secret: str) -> str:
    """Return the SHA-256 of a secret, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
