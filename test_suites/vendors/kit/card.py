"""The certificate that a product shows for itself: reads, shows, and says when it ends."""

import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509

FORBIDDEN = 403
WARNED_BEFORE = timedelta(days=30)
NOT_TAKEN = (
    "ALERT_BAD_CERTIFICATE",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_REVOKED",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_CERTIFICATE_REQUIRED",
    "ALERT_UNKNOWN_CA",
    "ALERT_UNSUPPORTED_CERTIFICATE",
)
"""How OpenSSL names the alerts by which a server refuses our certificate (RFC 8446 §6.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carefulness:
    """How a product treats its certificate; the defaults are the good product."""

    shows: bool = True
    gives_up_when_refused: bool = True
    never_without: bool = True
    tells_refusal: bool = True
    takes_new: bool = True
    warns_of_end: bool = True
    stops_when_not_ours: bool = True
    keeps_what_is_not_ours: bool = True


CAREFUL = Carefulness()

CARELESS: Mapping[str, Carefulness] = {
    "shows-no-certificate": Carefulness(shows=False),
    "insists-with-refused-certificate": Carefulness(gives_up_when_refused=False),
    "goes-on-without-certificate": Carefulness(never_without=False),
    "hides-refused-certificate": Carefulness(tells_refusal=False),
    "keeps-old-certificate": Carefulness(takes_new=False),
    "silent-about-ending-certificate": Carefulness(warns_of_end=False),
    "repeats-with-anothers-certificate": Carefulness(stops_when_not_ours=False),
    "drops-anothers-certificate": Carefulness(keeps_what_is_not_ours=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A certificate with its chain, and its key, in PEM."""

    chain: str
    key: str = field(repr=False)

    def show(self, context: ssl.SSLContext) -> None:
        """Have a context's connections show it. Raises OSError for what cannot be read.

        OpenSSL reads it from a file only, which only its owner can read and which goes at once.
        """
        with tempfile.NamedTemporaryFile(mode="w", suffix=".pem") as file:
            file.write(f"{self.key}\n{self.chain}")
            file.flush()
            context.load_cert_chain(file.name)

    def last_day(self) -> str | None:
        """Return its last day where that is near, None where it is far. Raises ValueError."""
        ends = x509.load_pem_x509_certificate(self.chain.encode("ascii")).not_valid_after_utc
        return f"{ends:%d.%m.%Y}" if ends - datetime.now(UTC) < WARNED_BEFORE else None


NOT_OURS = (b"certificate-names-another", b"certificate-of-other-family")
"""How the service says that our certificate is not that of the person who is signed in."""
REPETITIONS = 2
"""How often the defect repeats-with-anothers-certificate asks again."""
INSISTENCE = 8
"""How often the defect insists-with-refused-certificate shows it again."""


def is_refused(fault: BaseException) -> bool:
    """Tell whether a network fault says that the server does not take our certificate."""
    return any(alert in str(fault) for alert in NOT_TAKEN)


def is_not_ours(status: int, body: bytes) -> bool:
    """Tell whether the service refused because our certificate is not the signed-in person's."""
    return status == FORBIDDEN and any(code in body for code in NOT_OURS)
