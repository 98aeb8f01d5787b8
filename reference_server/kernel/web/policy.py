"""The security headers of a page (OWASP ASVS 5, 3.4); knows no page."""

from collections.abc import Mapping


def headers(nonce: str, *, form_action: str = "'self'") -> Mapping[str, str]:
    """Return them: nothing runs or is drawn but our own files and what carries the nonce.

    The referrer stays within this site: with none at all a browser would call the origin of our
    own forms `null`.
    """
    policy = (
        "default-src 'none'",
        f"style-src 'self' 'nonce-{nonce}'",
        f"script-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        f"form-action {form_action}",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cache-Control": "no-store",
    }
