"""What awaits a person at the office: applications, certificates, letters."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from reference_server.kernel.interaction import Interaction
from reference_server.services.certificates.model.life import ApplicationState
from reference_server.services.certificates.model.records import Application
from reference_server.services.certificates.operations.office import applications, delivery
from reference_server.services.certificates.pages.desk import shown, signed_in, standing
from reference_server.world.visiting import Visitor

_OF_OFFICERS: Final = (ApplicationState.SUBMITTED, ApplicationState.IDENTIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Applications under one heading, a message id."""

    heading: str
    applications: tuple[Application, ...]


@signed_in
async def home(visitor: Visitor) -> Response:
    """Show what there is to do, and what there is."""
    person, is_officer = standing(visitor)
    found = visitor.perform(
        "list-applications", applications.applications, interaction=Interaction.SEARCH
    )
    held = visitor.perform("list-certificates", delivery.held, interaction=Interaction.SEARCH)
    return shown(
        visitor,
        "home.html",
        title=visitor.visit.text("certificates.office"),
        sections=tuple(_sections(found, person, is_officer=is_officer)),
        certificates=held,
        is_officer=is_officer,
    )


@signed_in
async def letters(visitor: Visitor) -> Response:
    """Show what the office wrote; no mail leaves it."""
    found = visitor.perform("read-letters", applications.letters, interaction=Interaction.SEARCH)
    return shown(
        visitor,
        "letters.html",
        title=visitor.visit.text("certificates.office.letters"),
        letters=[
            (each, visitor.visit.text(each.message_id, **dict(each.params))) for each in found
        ],
    )


def _sections(
    found: tuple[Application, ...], person: str, *, is_officer: bool
) -> Iterator[Section]:
    own = tuple(each for each in found if each.applicant == person)
    if is_officer:
        others = tuple(each for each in found if each.applicant != person)
        for state in _OF_OFFICERS:
            waiting = tuple(each for each in others if each.state is state)
            yield Section(heading=f"certificates.office.waits.{state}", applications=waiting)
        rest = tuple(each for each in others if each.state not in _OF_OFFICERS)
        yield Section(heading="certificates.office.others", applications=rest)
    if own or not is_officer:
        yield Section(heading="certificates.office.own", applications=own)
