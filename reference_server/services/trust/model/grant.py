"""What a client asked for, what a person granted, and the session it happened in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a request says about how the person is to be known (OpenID Connect Core §3.1.2.1).

    `levels` are acceptable `acr` values, best first; `essential`: without one of them, an error.
    `subject` is the only person who may answer (`id_token_hint`, `claims`).
    """

    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    levels: tuple[str, ...] = ()
    essential: bool = False
    subject: str | None = None
    login_hint: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What a client asked for when it sent the browser to us, already checked.

    `id_token_claims` and `userinfo_claims` were asked for by name; `key` is the DPoP key
    (RFC 7638) the code is bound to.
    """

    client_id: str
    redirect_uri: str
    code_challenge: str
    scopes: frozenset[str]
    resource: str
    state: str | None = None
    nonce: str | None = None
    response_mode: str = "query"
    wishes: Wishes = Wishes()
    id_token_claims: tuple[str, ...] = ()
    userinfo_claims: tuple[str, ...] = ()
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Who proved to be whom, when (seconds since 1970), and how (`amr`, RFC 8176)."""

    username: str
    at: int
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser in which a person is signed in; `sid` is what clients know it by."""

    sid: str
    proven: Proven
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a person granted a client by one sign-in: codes, refresh and access tokens hang on it.

    `sid` is the session it was given in; only `offline_access` lets it outlive that.
    """

    grant_id: str
    request: AuthorizationRequest
    proven: Proven
    sid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What a token is bound to (RFC 7800): a certificate's or a key's thumbprint, or nothing."""

    certificate: str | None = None
    key: str | None = None

    def claim(self) -> dict[str, str]:
        """Return the `cnf` claim."""
        named = {"x5t#S256": self.certificate, "jkt": self.key}
        return {name: value for name, value in named.items() if value is not None}
