"""The addresses of a World's identity provider, its scopes and levels of trust; knows no rule."""

from dataclasses import dataclass

REALM = "/auth/realms/organization"
PUSHED_REQUESTS = "ext/par/request"
INTROSPECTION = "token/introspect"
OPENID = "openid"
OFFLINE = "offline_access"
FHIR_USER = "fhirUser"
API_SCOPES = frozenset(
    {"erx.prescribe", "erx.dispense", "erx.read", "mpi.read", "mpi.feed", "pki"}
    | {"audit.read", "audit.write", "directory.read", "directory.write"}
)
PERSON_SCOPES = frozenset({OPENID, "profile", "email", "address", "phone", FHIR_USER})
SCOPES = API_SCOPES | PERSON_SCOPES | {OFFLINE}
# Besides the FHIR API, a second one: so that a token for the wrong audience exists.
_API_PATHS = ("/fhir", "/vidalrest/excalibur-service/api")

LOW = "http://eidas.europa.eu/LoA/low"
SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"
HIGH = "http://eidas.europa.eu/LoA/high"
LEVELS = (LOW, SUBSTANTIAL, HIGH)
"""Authentication context classes, weakest first: password, test token, both."""

PASSWORD = "pwd"  # noqa: S105 - a method's name in RFC 8176, no secret
TEST_TOKEN = "otp"  # noqa: S105 - as above
MULTI_FACTOR = "mfa"


def level_of(methods: tuple[str, ...]) -> str:
    """Return the level that proofs of identity (RFC 8176 `amr`) reach together."""
    if PASSWORD in methods and TEST_TOKEN in methods:
        return HIGH
    return SUBSTANTIAL if TEST_TOKEN in methods else LOW


def reaches(level: str, wanted: str) -> bool:
    """Tell whether a level is at least the one wanted; an unknown one is never reached."""
    return wanted in LEVELS and LEVELS.index(level) >= LEVELS.index(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The addresses of one World's identity provider."""

    base_url: str

    @property
    def url(self) -> str:
        return f"{self.base_url}{REALM}"

    @property
    def fhir_base(self) -> str:
        return self.resources[0]

    def endpoint(self, name: str) -> str:
        """Return the URL of an endpoint: `auth`, `token`, `certs`, `userinfo`, `logout`, …."""
        return f"{self.url}/protocol/openid-connect/{name}"

    @property
    def resources(self) -> tuple[str, ...]:
        """The registered APIs; the first is the default audience."""
        return tuple(f"{self.base_url}{path}" for path in _API_PATHS)
