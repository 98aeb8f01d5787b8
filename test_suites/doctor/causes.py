"""Every cause that the doctor can name, and who is to mend it; asks nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Blame(StrEnum):
    """Where a cause lies: who reads the sentence knows whether it is theirs to mend."""

    CONFIGURATION = "configuration"
    ENVIRONMENT = "environment"
    LAB = "lab"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing that can be in the way. A `hint` is told, and hinders no campaign.

    Its sentences are `doctor.cause.<id>.seen`, `.expected` and `.mend`.
    """

    id: str
    blame: Blame
    is_hint: bool = False


_CONFIGURATION: Final = (
    # what the subject file says, and the files that it names
    "file-missing",
    "file-unreadable",
    "trust-not-pem",
    "key-not-a-jwk",
    "key-without-private-part",
    "password-empty",
    "credentials-incomplete",
    "persona-unknown",
    "host-not-authorised",
    "authorisation-ended",
    # the address
    "name-unresolvable",
    "port-closed",
    "http-where-https",
    "https-where-http",
    "certificate-other-name",
    "certificate-unknown-authority",
    "address-moved",
    "discovery-missing",
    "discovery-is-a-page",
    "issuer-differs",
    "endpoint-elsewhere",
    "metadata-missing",
    # what is registered at the server
    "client-unknown",
    "assertion-refused",
    "redirect-uri-refused",
    "password-wrong",
    "scope-refused",
    "audience-refused",
    "grant-refused",
    # the product's driver
    "driver-closed",
    "driver-other-role",
    "driver-other-product",
    "program-not-startable",
)
_ENVIRONMENT: Final = (
    "proxy-malformed",
    "proxy-unreachable",
    "proxy-refuses",
    "extra-ca-unusable",
    "port-silent",
    "network-unreachable",
    "certificate-expired",
    "certificate-not-yet-valid",
    "clock-differs",
    "sign-in-blocked",
    "port-taken",
    "nobody-at-terminal",
    "clock-implausible",
    "disk-full",
    "loopback-broken",
    "out-of-time",
)
_PRODUCT: Final = (
    "tls-too-old",
    "tls-broken",
    "certificate-refused",
    "client-certificate-wanted",
    "http-silent",
    "http-not-spoken",
    "server-unavailable",
    "discovery-refused",
    "discovery-not-json",
    "discovery-incomplete",
    "discovery-lacks",
    "metadata-refused",
    "metadata-not-fhir",
    "metadata-media-type",
    "fhir-version",
    "operations-missing",
    "login-form-missing",
    "sign-in-unreadable",
    "sign-in-against-protocol",
    "token-scopes",
    "token-audience",
    "token-not-accepted",
    "driver-silent",
    "driver-not-json",
    "driver-against-contract",
    "driver-act-missing",
    "driver-session",
    "program-ended",
    "program-not-ready",
    "program-does-not-end",
)
_LAB: Final = ("lab-fault",)
_HINTS: Final = {
    "certificate-ends-soon": Blame.ENVIRONMENT,
    "pango-missing": Blame.ENVIRONMENT,
    "proxy-in-between": Blame.ENVIRONMENT,
    "proxy-catches-loopback": Blame.ENVIRONMENT,
}

_BY_BLAME: Final = (
    (Blame.CONFIGURATION, _CONFIGURATION),
    (Blame.ENVIRONMENT, _ENVIRONMENT),
    (Blame.PRODUCT, _PRODUCT),
    (Blame.LAB, _LAB),
)
CAUSES: Final[Mapping[str, Cause]] = {
    **{name: Cause(id=name, blame=blame) for blame, names in _BY_BLAME for name in names},
    **{name: Cause(id=name, blame=blame, is_hint=True) for name, blame in _HINTS.items()},
}
"""Every cause by its id."""
