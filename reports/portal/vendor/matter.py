"""A dossier in hand: the turn, who is signed in, what is kept; knows no page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeAlias

from starlette.responses import Response

from reference_server.kernel.web import Visit
from reports.cesar.banks import load_instrument
from reports.cesar.dossier.model import MOST_PEOPLE, Dossier, Person
from reports.cesar.path import Profile, path
from reports.cesar.questions import Instrument, Question
from reports.portal.errors import DossierUnknown, RoleWrong
from reports.portal.office.dossiers import FullError, Kept
from reports.portal.office.members import Member
from reports.portal.turn import Page, Turn

HOME = "/vendor"
Inside: TypeAlias = Callable[[Turn, Member], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A dossier that somebody works on, or reviews."""

    turn: Turn
    member: Member
    kept: Kept
    instrument: Instrument

    @property
    def visit(self) -> Visit:
        return self.turn.visit

    @property
    def dossier(self) -> Dossier:
        return self.kept.dossier

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions that concern the product."""
        return path(self.instrument, Profile(tags=frozenset(self.dossier.tags)))

    def text(self, message_id: str, **params: Any) -> str:  # noqa: ANN401 - as Visit.text
        """Return a sentence in the visitor's language."""
        return self.visit.text(message_id, **params)

    def page(self, template: str, *, title: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - what a template is given
        """Answer with a page of this dossier."""
        return self.turn.page(
            f"vendor/{template}",
            title=title,
            status=status,
            member=self.member,
            dossier=self.dossier,
            at=self.at(),
            **values,
        )

    def at(self, below: str = "") -> str:
        """Return the path of a page of this dossier."""
        return f"{HOME}/dossier/{self.kept.id}{below}"

    def said(self, message_id: str, below: str = "") -> Response:
        """Answer with a page of this dossier, which says that something was done."""
        return self.turn.saying(message_id).go(self.at(below))

    def change(
        self, changed: Callable[[Dossier], Dossier], *, deed: str, about: str = ""
    ) -> Kept | None:
        """Keep a change under the name of the member's function; raises FullError."""

        def signed(dossier: Dossier) -> Dossier:
            after = changed(dossier)
            return dossier if after == dossier else with_person(after, self.member)

        dossiers = self.turn.desk.office.dossiers
        return dossiers.change(self.kept.id, signed, by=self.member, deed=deed, about=about)


def with_person(dossier: Dossier, member: Member) -> Dossier:
    """Return a dossier that knows a member by function; raises FullError."""
    others = tuple(one for one in dossier.people if one.id != member.person)
    if len(others) >= MOST_PEOPLE:
        raise FullError
    own = Person(id=member.person, function=member.function)
    return dossier.model_copy(update={"people": (*others, own)})


def with_member(page: Inside) -> Page:
    """Return a page for whoever is signed in; others are led to the door."""

    @wraps(page)
    def guarded(turn: Turn) -> Response:
        member = Member.of(turn.session)
        if member is None:
            if turn.wants_json:
                return turn.json(409, said=turn.visit.text("portal.vendor.over"))
            return turn.saying("portal.vendor.over", kind="note").go(HOME)
        if not member.function:
            return turn.go(f"{HOME}/who")
        return page(turn, member)

    return guarded


def with_dossier(
    page: Callable[[Matter], Response], *, reviews: bool | None = None, is_outdated: bool = False
) -> Page:
    """Return a page of one dossier; `reviews` True for reviewers alone, False for nobody of them.

    `is_outdated`: the page can also be had for answers to questions of an earlier version.
    """

    @wraps(page)
    def guarded(turn: Turn, member: Member) -> Response:
        kept = turn.desk.office.dossiers.find(turn.named["dossier"], by=member)
        if kept is None:
            raise DossierUnknown
        if reviews is not None and reviews is not member.is_reviewer:
            raise RoleWrong
        instrument = load_instrument("vendor")
        if kept.dossier.version != instrument.version and not is_outdated:
            return turn.go(f"{HOME}/dossier/{kept.id}/outdated")
        return page(Matter(turn=turn, member=member, kept=kept, instrument=instrument))

    return with_member(guarded)


def full(matter: Matter) -> Response:
    """Say that there is no more room."""
    return matter.turn.saying("portal.vendor.full", kind="wrong").go(matter.at())
