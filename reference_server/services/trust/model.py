"""The nouns of the identity provider; knows no HTTP, no table, no token format."""

from dataclasses import dataclass

REALM = "/auth/realms/organization"
OPENID = "openid"
API_SCOPES = frozenset(
    {"erx.prescribe", "erx.dispense", "erx.read"}
    | {"audit.read", "audit.write", "directory.read", "directory.write"}
)
SCOPES = API_SCOPES | {OPENID}
# Besides the FHIR API, a second one: so that a token for the wrong audience exists.
_API_PATHS = ("/fhir", "/vidalrest/excalibur-service/api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """The addresses of one World's identity provider."""

    base_url: str

    @property
    def url(self) -> str:
        return f"{self.base_url}{REALM}"

    def endpoint(self, name: str) -> str:
        """Return the URL of `auth`, `token`, `certs` or `userinfo`."""
        return f"{self.url}/protocol/openid-connect/{name}"

    @property
    def resources(self) -> tuple[str, ...]:
        """The registered APIs; the first is the default audience."""
        return tuple(f"{self.base_url}{path}" for path in _API_PATHS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """An EC P-256 public key of a client, as in its JWK."""

    kid: str
    x: str
    y: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered software.

    With `keys` it is confidential and authenticates by private_key_jwt; without, it is public
    and only people sign in through it. `role` and `organization` (CNS code) are what a confidential
    client acts as when nobody is signed in.
    """

    client_id: str
    name: str
    scopes: frozenset[str]
    redirect_uris: tuple[str, ...] = ()
    keys: tuple[PublicKey, ...] = ()
    role: str = ""
    organization: str = ""
    systems_only: bool = False

    @property
    def is_confidential(self) -> bool:
        return bool(self.keys) or self.systems_only


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who can sign in. `username` is the eHealthID."""

    username: str
    family: str
    given: str
    profession: str
    role: str
    organization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What a client asked for when it sent the browser to us, already checked."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    scopes: frozenset[str]
    resource: str
    state: str | None = None
    nonce: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a code stands for: the request, who signed in, and when (seconds since 1970)."""

    request: AuthorizationRequest
    username: str
    signed_in_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """In whose name a token speaks: a person, or a system (`account` None)."""

    client: Client
    account: Account | None

    @property
    def subject(self) -> str:
        return self.client.client_id if self.account is None else self.account.username

    @property
    def role(self) -> str:
        return self.client.role if self.account is None else self.account.role

    @property
    def organization(self) -> str:
        return self.client.organization if self.account is None else self.account.organization
