"""What is wrong with a server's certificate, from the certificate alone; opens no connection."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from scenarios.document import Place
from test_suites.doctor.notebook import Fault, fault

SOON: Final = timedelta(days=7)
# OpenSSL's codes of what a verification found (X509_V_ERR_…).
_EXPIRED: Final = frozenset({10})
_NOT_YET: Final = frozenset({9})
_OTHER_NAME: Final = frozenset({62, 64})
# 7 and 30: an authority of the same name, but with another key, as after making it anew.
_UNKNOWN_AUTHORITY: Final = frozenset({2, 7, 18, 19, 20, 21, 30})
_DAY: Final = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a certificate says: for which hosts, from whom, from when until when."""

    names: tuple[str, ...]
    issuer: str
    begins: datetime
    ends: datetime

    def covers(self, host: str) -> bool:
        """Tell whether it is for a host; a `*` stands for one label."""
        wanted = host.lower().rstrip(".")
        _, _, domain = wanted.partition(".")
        return any(
            name.lower() == wanted or (name.startswith("*.") and name[2:].lower() == domain)
            for name in self.names
        )


def read_certificate(der: bytes) -> Certificate:
    """Return what a certificate says; raises ValueError where it is none."""
    parsed = x509.load_der_x509_certificate(der)
    return Certificate(
        names=tuple(_names(parsed)),
        issuer=parsed.issuer.rfc4514_string(),
        begins=parsed.not_valid_before_utc,
        ends=parsed.not_valid_after_utc,
    )


def _names(parsed: x509.Certificate) -> Iterator[str]:
    try:
        found = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    yield from found.get_values_for_type(x509.DNSName)
    yield from map(str, found.get_values_for_type(x509.IPAddress))


def certificate_faults(
    certificate: Certificate, *, host: str, now: datetime, code: int | None, trust: Place
) -> Iterator[Fault]:
    """Yield everything wrong with a certificate.

    `code` is what OpenSSL's verification stopped at, None where it passed; `trust` is the place
    that names the authorities.
    """
    place: Place = ("server", "base_url")
    begins, ends = certificate.begins.strftime(_DAY), certificate.ends.strftime(_DAY)
    told = now.strftime(_DAY)
    dated = certificate.ends < now or certificate.begins > now
    if certificate.ends < now or (code in _EXPIRED and not dated):
        yield fault("certificate-expired", place, host=host, ends=ends, now=told)
    elif certificate.begins > now or (code in _NOT_YET and not dated):
        yield fault("certificate-not-yet-valid", place, host=host, begins=begins, now=told)
    if code in _OTHER_NAME or (code is not None and not certificate.covers(_plain(host))):
        names = ", ".join(certificate.names) or "-"
        yield fault("certificate-other-name", place, host=host, names=names)
    if code in _UNKNOWN_AUTHORITY:
        yield fault("certificate-unknown-authority", trust, issuer=certificate.issuer)
    known = _EXPIRED | _NOT_YET | _OTHER_NAME | _UNKNOWN_AUTHORITY
    if code is not None and code not in known:
        yield fault("certificate-refused", place, host=host, code=code)
    if code is None and not dated and certificate.ends < now + SOON:
        yield fault("certificate-ends-soon", place, host=host, ends=ends)


def _plain(host: str) -> str:
    """Return an address as a certificate writes it, a name as it is."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host
