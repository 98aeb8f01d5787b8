"""A software registered at the identity provider, and how it proves who it is."""

from dataclasses import dataclass
from enum import StrEnum


class Authentication(StrEnum):
    """How a client authenticates at the token endpoint (RFC 7591 §2, RFC 8705 §2)."""

    NONE = "none"
    PRIVATE_KEY_JWT = "private_key_jwt"
    TLS = "tls_client_auth"
    SELF_SIGNED_TLS = "self_signed_tls_client_auth"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """An EC P-256 public key of a client, as in its JWK."""

    kid: str
    x: str
    y: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsRegistration:
    """The certificate a client comes with: by subject or host name, or by its own thumbprints.

    `subject` is RFC 4514; `thumbprints` are `x5t#S256` of self-signed certificates.
    """

    subject: str = ""
    dns_name: str = ""
    thumbprints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    """Where a client is told that a person signed out, and where the browser may go then."""

    redirect_uris: tuple[str, ...] = ()
    backchannel_uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a client's tokens and requests must be bound to, beyond what everybody's are.

    `pushed`: only pushed authorisation requests. `certificate` and `key`: access tokens bound by
    RFC 8705 or RFC 9449. `fapi`: all that the FAPI 2.0 security profile asks for.
    """

    pushed: bool = False
    certificate: bool = False
    key: bool = False
    fapi: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered software.

    With `keys` it is confidential and authenticates by private_key_jwt; with `tls` by certificate;
    without, it is public and only people sign in through it. `role` and `organization` (CNS code)
    are what a confidential client acts as when nobody is signed in. `refreshes` and `exchanges`:
    it may use these grants. `introspects`: it is an API, and hears about any token. `asks_consent`:
    the person is asked before it gets anything. `id_token_alg` and `userinfo_alg` as registered
    (RFC 7591); an empty `userinfo_alg` is plain JSON.
    """

    client_id: str
    name: str
    scopes: frozenset[str]
    redirect_uris: tuple[str, ...] = ()
    keys: tuple[PublicKey, ...] = ()
    role: str = ""
    organization: str = ""
    systems_only: bool = False
    tls: TlsRegistration | None = None
    logout: Logout = Logout()
    binding: Binding = Binding()
    refreshes: bool = False
    exchanges: bool = False
    introspects: bool = False
    asks_consent: bool = False
    default_max_age: int | None = None
    id_token_alg: str = "ES256"  # noqa: S105 - an algorithm
    userinfo_alg: str = ""

    @property
    def authentication(self) -> Authentication:
        if self.tls is not None:
            own = Authentication.SELF_SIGNED_TLS
            return own if self.tls.thumbprints else Authentication.TLS
        proves = self.keys or self.systems_only
        return Authentication.PRIVATE_KEY_JWT if proves else Authentication.NONE

    @property
    def is_confidential(self) -> bool:
        return self.authentication is not Authentication.NONE

    @property
    def rotates(self) -> bool:
        """Whether a refresh token is used once: not where FAPI 2.0 §5.3.2.1 forbids it."""
        return not self.binding.fapi
