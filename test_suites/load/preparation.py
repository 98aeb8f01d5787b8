"""What a journey needs before it can be sent: tokens of both actors, and submissions to fill in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import httpx

from test_suites.core.persona import Persona
from test_suites.engine.activity import Stage
from test_suites.engine.players import Address, Credentials, LabError, Surroundings
from test_suites.engine.players.document import Draft, write_document
from test_suites.engine.players.make import make_tokens
from test_suites.engine.players.tokens import Tokens as Source
from test_suites.engine.players.trouble import Trouble
from test_suites.engine.players.wire import Wire
from test_suites.engine.players.wishes import LineWish
from test_suites.load.journey import MARK
from test_suites.load.protocol import Template, Tokens

CODES = ("BIO-0101", "BIO-0102", "BIO-0201")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Owns both actors' tokens; a token that cannot be renewed stays, and the server says so."""

    prescriber: Source
    laboratory: Source

    async def first(self) -> Tokens:
        """Return the tokens to begin with; raises Trouble."""
        return Tokens(
            prescriber=await self.prescriber.current(), laboratory=await self.laboratory.current()
        )

    async def renewed(self, before: Tokens) -> Tokens:
        """Return the tokens as they should be now, those of before where that fails."""
        try:
            return await self.first()
        except Trouble:
            return before


def sign_in(
    stage: Stage,
    client: httpx.AsyncClient,
    people: Mapping[str, Persona],
    *,
    prescriber: str,
) -> SignedIn:
    """Return how both actors get their tokens at the server of a stage; raises LabError."""
    environment = stage.environment
    if environment is None:
        raise LabError("no-service-here")
    surroundings = Surroundings(
        business_now=environment.business_now,
        wire_now=_now,
        random_bytes=stage.chance.randbytes,
    )
    wire = Wire(client, surroundings)

    def source(actor: str, persona: str) -> Source:
        desk = stage.desk(persona)
        return make_tokens(
            actor,
            wire,
            address=Address(base_url=desk.base_url, issuer=desk.issuer, fhir_base=desk.fhir_base),
            credentials=Credentials(
                client_id=desk.client_id,
                persona=person(people, persona),
                private_jwk=desk.private_jwk,
                username=desk.username,
                password=desk.password,
            ),
            surroundings=surroundings,
        )

    return SignedIn(
        prescriber=source("prescriber", prescriber),
        laboratory=source("laboratory", stage.step.as_),
    )


def templates(
    people: Mapping[str, Persona], patients: Iterable[str], *, prescriber: str
) -> Iterator[Template]:
    """Yield a submission for each patient, with marks in the places of its identifiers."""
    for name in patients:
        patient, marks = person(people, name), count()

        def mark(marks: Iterator[int] = marks) -> str:
            return f"urn:uuid:{MARK.format(next(marks))}"

        document = write_document(
            Draft(
                identifier=mark(),
                patient=patient,
                matricule=str(patient.matricule),
                prescriber=person(people, prescriber),
                lines=tuple(LineWish(code=code) for code in CODES),
                written=_now(),
                urn=mark,
            )
        )
        yield Template(body=document.decode(), birth_date=str(patient.birth_date))


def person(people: Mapping[str, Persona], name: str) -> Persona:
    """Return a persona; raises LabError."""
    found = people.get(name)
    if found is None:
        raise LabError(f"persona-unknown:{name}")
    return found


def _now() -> datetime:
    return datetime.now(UTC)
