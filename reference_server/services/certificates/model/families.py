"""The three families of certificates and what each is good for; signs nothing."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

# The number for documentation (RFC 5612): nobody publishes the agency's own policies, and several
# ASN.1 libraries read neither an arc made of a UUID nor that of examples.
_POLICIES = "1.3.6.1.4.1.32473.442"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"
SIGNS, COMMITS = "digital_signature", "content_commitment"


class Family(StrEnum):
    """What a certificate is for."""

    PERSONAL = "personal"
    SERVER = "server"
    SIGNATURE = "signature"


class KeyKind(StrEnum):
    """The keys that are certified (dossier of the agency's certificates: RSA-4096)."""

    RSA_4096 = "rsa-4096"
    P_256 = "p-256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What a family's certificates may do: key usages, extended key usages, policy (OIDs)."""

    usages: frozenset[str]
    purposes: tuple[str, ...]
    policy: str


PURPOSES = MappingProxyType(
    {
        Family.PERSONAL: Purpose(
            usages=frozenset({SIGNS}), purposes=(CLIENT_AUTH,), policy=f"{_POLICIES}.1.1"
        ),
        # A system is a server to some and a client to others (RFC 8705).
        Family.SERVER: Purpose(
            usages=frozenset({SIGNS}),
            purposes=(SERVER_AUTH, CLIENT_AUTH),
            policy=f"{_POLICIES}.1.2",
        ),
        Family.SIGNATURE: Purpose(
            usages=frozenset({COMMITS}),
            purposes=(DOCUMENT_SIGNING,),
            policy=f"{_POLICIES}.1.3",
        ),
    }
)
