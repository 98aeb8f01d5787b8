"""Bytes as text for addresses, cookies and tokens; knows nothing of what they mean."""

import base64


def base64url(raw: bytes) -> str:
    """Return bytes as base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
