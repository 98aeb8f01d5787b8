"""How a product takes up TLS, through the standard library; knows no HTTP."""

import ssl
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace

from test_suites.vendors.kit.card import Card
from test_suites.vendors.kit.revocation import CheckingSocket, CredulousSocket

SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Forward secrecy and authenticated encryption only; TLS 1.3 has no other."""
_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which the standard library has no name for."""
_TLS_1_0 = ssl.TLSVersion(0x0301)  # by number: its name warns whoever reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class Strictness:
    """What a product demands of a server; the defaults are the good product."""

    certificate: bool = True
    host: bool = True
    dates: bool = True
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    suites: str = SUITES
    revocation: type[ssl.SSLSocket] = CheckingSocket


STRICT = Strictness()

LAX: Mapping[str, Strictness] = {
    "accepts-any-certificate": replace(
        STRICT, certificate=False, host=False, revocation=ssl.SSLSocket
    ),
    "ignores-host-name": replace(STRICT, host=False),
    "ignores-certificate-dates": replace(STRICT, dates=False),
    "ignores-revocation": replace(STRICT, revocation=ssl.SSLSocket),
    "believes-silent-status": replace(STRICT, revocation=CredulousSocket),
    "accepts-old-tls": replace(STRICT, oldest=_TLS_1_0, suites="ECDHE:!eNULL:!aNULL:@SECLEVEL=0"),
    "accepts-weak-keys": replace(STRICT, suites=f"{SUITES}:@SECLEVEL=0"),
    "accepts-no-encryption": replace(STRICT, suites=f"{SUITES}:eNULL:!aNULL:@SECLEVEL=0"),
    "accepts-no-authentication": replace(STRICT, suites=f"{SUITES}:aNULL:!eNULL:@SECLEVEL=0"),
    "accepts-no-forward-secrecy": replace(STRICT, suites=f"{SUITES}:kRSA+AESGCM"),
    "accepts-cbc": replace(STRICT, suites=f"{SUITES}:ECDHE+AES"),
}


def client_context(
    trust_pem: str | None, strictness: Strictness, card: Card | None = None
) -> ssl.SSLContext:
    """Return how a server must prove who it is, and we to it. Raises OSError for broken PEM."""
    context = ssl.create_default_context(cadata=trust_pem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of old versions, in a defect
        context.minimum_version = strictness.oldest
    context.set_ciphers(strictness.suites)
    if not strictness.dates:  # defect: ignores-certificate-dates
        context.verify_flags |= _NO_CHECK_TIME
    context.check_hostname = strictness.host
    context.sslsocket_class = strictness.revocation  # else: ignores-revocation, believes-…
    if not strictness.certificate:  # defects: skips-tls-verification, accepts-any-certificate
        context.verify_mode = ssl.CERT_NONE
    if card is not None:
        card.show(context)
    return context
