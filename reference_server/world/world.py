"""A World: one environment with everything of its own; knows no service and no person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from reference_server.kernel.access import AccessTable
from reference_server.kernel.client_certificate import ClientCertificate, ClientCertificates
from reference_server.kernel.errors import (
    ClientCertificateExpired,
    ClientCertificateForeign,
    ClientCertificateMissing,
    ClientCertificateRevoked,
    Refusal,
)
from reference_server.kernel.migrations import Migration, read_migrations
from reference_server.kernel.port import Port, Ports
from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import Store, Transaction
from reference_server.kernel.together import Together
from reference_server.national import strangers
from reference_server.national.matricule import SYNTHETIC_BLOCK, MatriculeMode
from reference_server.ports import (
    CERTIFICATES,
    CertificateStanding,
    OrganizationRecord,
    PractitionerRecord,
)
from reference_server.world.clock import Clock
from reference_server.world.ids import Ids, Randomness, SystemRandomness, milliseconds
from reference_server.world.keys import Keys
from reference_server.world.state import State
from reference_server.world.vault import Vault

T = TypeVar("T")
_NOT_GOOD: Mapping[CertificateStanding, type[Refusal]] = MappingProxyType(
    {
        CertificateStanding.EXPIRED: ClientCertificateExpired,
        CertificateStanding.SUSPENDED: ClientCertificateRevoked,
        CertificateStanding.REVOKED: ClientCertificateRevoked,
        CertificateStanding.UNKNOWN: ClientCertificateForeign,
        CertificateStanding.FOREIGN: ClientCertificateForeign,
    }
)
Newcomers: TypeAlias = tuple[tuple[OrganizationRecord, ...], tuple[PractitionerRecord, ...]]
TOKENS_NOT_BEFORE = "tokens-not-before-milliseconds"


@cache
def migrations(dialect: Dialect = Dialect.SQLITE) -> tuple[Migration, ...]:
    """Return the World's own tables, read once."""
    return read_migrations("world", files("reference_server.world") / "sql", dialect=dialect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How strict a World is. Durations in seconds.

    `refuse_possibly_real`: a valid matricule outside `synthetic_block` is refused as possibly a
    real person's; only `production` turns this off. `magic`: patients with an outcome of their own
    show it (`ports.Outcome`); off in `production`, where they are ordinary people. `slow_seconds`
    is how late the answer about a slow one comes. `judge_by_profile`: submissions are also judged
    by the national profiles; off only to measure what that costs. `audit_years`: how long audit
    events are kept before they may be purged; `audit_retention` the years of those of one category
    of data. `client_certificates`: whether callers show one;
    `foreign_certificates`: also one that another authority issued, if the connection trusts it.
    Of the World's own authority: `authority_key` is `p-256` or `rsa-4096`, a certificate lasts
    `certificate_days`, one by ACME `acme_days`; ACME knocks at `acme_http_port` of the machine
    itself; `public_http` is `http://…/{world}` where lists and OCSP are also found without TLS.
    Of the identity provider: a refresh token lives
    `refresh_seconds` after its last use, with `offline_access` `offline_seconds`; a session ends
    `session_seconds` after signing in, or `session_idle_seconds` after it was last seen; a pushed
    request is good for `pushed_seconds`, a client's proof of possession may be `proof_seconds` off,
    and a nonce for it (`proof_nonces`: none without one) changes every `nonce_seconds`;
    `logout_hosts` are the only hosts that are told of a sign-out, `notified_hosts` those that a
    subscription may name.
    `newcomers` are the organisations and professionals that fill the provider directory when it is
    first looked at.
    """

    matricule_mode: MatriculeMode = MatriculeMode.STRICT
    synthetic_block: range = field(default_factory=lambda: SYNTHETIC_BLOCK)
    refuse_possibly_real: bool = True
    magic: bool = True
    slow_seconds: float = 8.0
    judge_by_profile: bool = True
    client_certificates: ClientCertificates = ClientCertificates.OFF
    foreign_certificates: bool = False
    authority_key: str = "p-256"
    certificate_days: int = 730
    acme_days: int = 90
    acme_http_port: int = 80
    public_http: str | None = None
    access_token_seconds: int = 300
    code_seconds: int = 60
    login_seconds: int = 600
    assertion_seconds: int = 300
    audit_years: int = 10
    audit_retention: Mapping[str, int] = field(default_factory=dict)
    refresh_seconds: int = 1800
    offline_seconds: int = 30 * 86400
    session_seconds: int = 36000
    session_idle_seconds: int = 1800
    pushed_seconds: int = 90
    proof_seconds: int = 60
    proof_nonces: bool = True
    nonce_seconds: int = 300
    notified_hosts: frozenset[str] = frozenset({"127.0.0.1", "::1", "localhost"})
    logout_hosts: frozenset[str] = frozenset({"127.0.0.1", "::1", "localhost"})
    newcomers: Callable[[], Newcomers] | None = None


class World:
    """One environment: `integration`, `production`, or one test session's own."""

    def __init__(
        self,
        name: str,
        *,
        origin: str,
        store: Store,
        ports: Ports["World"] | None = None,
        randomness: Randomness | None = None,
        settings: Settings | None = None,
        vault: Vault | None = None,
    ) -> None:
        self.name = name
        self.base_url = f"{origin}/{name}"
        self.store = store
        self.together = Together(store)
        self.ports: Ports[World] = ports or Ports({})
        self.randomness = randomness or SystemRandomness()
        self.settings = settings or Settings()
        self.state = State(store)
        self.clock = Clock(self.state)
        self.ids = Ids(self.randomness)
        self.vault = vault or Vault.in_memory()
        self.keys = Keys(store, self.vault)
        self.access = AccessTable()

    @property
    def fhir_base(self) -> str:
        """The FHIR API's base URL, which is also its tokens' audience."""
        return f"{self.base_url}/fhir"

    def port(self, port: Port[T]) -> T:
        """Return what a service provides; PortMissingError when nobody does."""
        return self.ports.get(port)

    def expire_tokens(self, *, within: Transaction | None = None) -> None:
        """Let every access token issued until now count as expired."""
        now = milliseconds(self.clock.wire_now())
        self.state.raise_to(TOKENS_NOT_BEFORE, now + 1, within=within)

    def admit(self, shown: ClientCertificate | None, *, to_all: bool) -> ClientCertificate | None:
        """Return a caller's certificate if this World wants any; raises AccessRefusals.

        `to_all`: what is asked for is answered without one, too.
        """
        wanted = self.settings.client_certificates
        if wanted is ClientCertificates.OFF:
            return None
        if shown is None:
            if wanted is ClientCertificates.REQUIRED and not to_all:
                raise ClientCertificateMissing
            return None
        refusal = _NOT_GOOD.get(self.port(CERTIFICATES).standing(shown))
        if refusal is ClientCertificateForeign and self.settings.foreign_certificates:
            return shown
        if refusal is not None and not to_all:
            raise refusal
        return None if refusal else shown

    def masked(self, text: str) -> str:
        """Return a text without what may be a real person's number; as it is in production."""
        if not self.settings.refuse_possibly_real:
            return text
        return strangers.masked(text, block=self.settings.synthetic_block)

    def tokens_not_before(self) -> int:
        """Return the time in milliseconds since 1970 from which on tokens count."""
        return self.state.get(TOKENS_NOT_BEFORE)

    def close(self) -> None:
        """Close its store; a World in memory is gone."""
        self.ports.close()
        self.store.close()
