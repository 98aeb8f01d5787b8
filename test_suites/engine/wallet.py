"""The client certificates that one case hands to its desks; knows no product and no step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509

from reference_server.population.personas import Population, Practitioner
from reference_server.ports import CERTIFICATES, CertificateOrder, KeyedCertificate
from reference_server.world import World
from scenarios.tricks import Flaw, HandedCertificate
from test_suites.deviations.impostors import Authorities

SOON: Final = timedelta(days=5)
"""In how much time a certificate of the kind `ending` ends."""
_A_DAY: Final = timedelta(days=1)
_FAMILY_OF_PEOPLE, _FAMILY_OF_SYSTEMS, _SIGNATURE = "personal", "server", "signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A certificate with its chain, and its key, both in PEM."""

    chain: str
    key: str = field(repr=False)
    serial: str = ""

    @property
    def ends(self) -> datetime:
        """When it ends (aware)."""
        return x509.load_pem_x509_certificate(self.chain.encode("ascii")).not_valid_after_utc


@dataclass(slots=True, kw_only=True)
class Wallet:
    """Owns which certificate each desk's persona has now; issued when first asked for."""

    world: World
    population: Population
    kind: HandedCertificate = HandedCertificate.GOOD
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _cards: dict[str, Card] = field(default_factory=dict)

    def hand(self, kind: HandedCertificate) -> None:
        """Let every desk that is seated from now on be handed a certificate of a kind."""
        self.kind = kind
        self._cards.clear()

    def card(self, persona: str) -> Card:
        """Return what a persona's desk is configured with."""
        if persona not in self._cards:
            self._cards[persona] = self._made(persona, self.kind)
        return self._cards[persona]

    def renewed(self, persona: str) -> Card:
        """Return a persona's next certificate; the one before is revoked, as the office does it."""
        before = self.card(persona)
        self._cards[persona] = self._made(persona, HandedCertificate.GOOD)
        self.world.port(CERTIFICATES).revoke(before.serial, reason="superseded")
        return self._cards[persona]

    def _made(self, persona: str, kind: HandedCertificate) -> Card:
        if kind is HandedCertificate.FOREIGN:
            shown = Authorities.make(now=self.now()).flawed(Flaw.CLIENT_ONLY)
            return Card(chain=shown.chain.decode("ascii"), key=shown.key.decode("ascii"))
        issued = self.world.port(CERTIFICATES).issue_as_ordered(self._order(persona, kind))
        if kind is HandedCertificate.REVOKED:
            self.world.port(CERTIFICATES).revoke(issued.serial, reason="keyCompromise")
        return _card(issued)

    def _order(self, persona: str, kind: HandedCertificate) -> CertificateOrder:
        since, until = self._span(kind)
        person = self._named(persona, kind)
        if person is not None:
            family, named = _FAMILY_OF_PEOPLE, f"{person.given} {person.family}"
        else:
            family, named = _FAMILY_OF_SYSTEMS, self._organization(persona)
        return CertificateOrder(
            family=_SIGNATURE if kind is HandedCertificate.SIGNATURE else family,
            common_name=named,
            ehealth_id=None if person is None else person.ehealth_id,
            profession=None if person is None else person.profession,
            organization=None if person is not None else named,
            not_before=since,
            not_after=until,
        )

    def _named(self, persona: str, kind: HandedCertificate) -> Practitioner | None:
        """Return the professional whom a certificate of a kind names; None: it names a system."""
        people = self.population.practitioners
        if kind is HandedCertificate.SERVER:
            return None
        if kind is HandedCertificate.ANOTHER:
            return next(person for each, person in people.items() if each != persona)
        return people.get(persona)

    def _organization(self, persona: str) -> str:
        person = self.population.practitioners.get(persona)
        return self.population.organizations[
            persona if person is None else person.organization
        ].name

    def _span(self, kind: HandedCertificate) -> tuple[datetime | None, datetime | None]:
        spans: Mapping[HandedCertificate, tuple[datetime, datetime]] = {
            HandedCertificate.EXPIRED: (self.now() - 2 * _A_DAY, self.now() - _A_DAY),
            HandedCertificate.ENDING: (self.now() - _A_DAY, self.now() + SOON),
        }
        return spans.get(kind, (None, None))


def _card(issued: KeyedCertificate) -> Card:
    return Card(
        chain=issued.chain.decode("ascii"), key=issued.key.decode("ascii"), serial=issued.serial
    )
