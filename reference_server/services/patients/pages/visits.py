"""Who looks at the worklist: signed in as an identity officer, or sent to sign in."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from starlette.responses import Response

from reference_server.kernel.access import Caller, Role
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.route import Handler
from reference_server.kernel.store import Transaction
from reference_server.kernel.web import (
    Entry,
    Session,
    Sessions,
    Site,
    Visit,
    check_forgery,
    read_form,
    see_other,
    visit_of,
)
from reference_server.ports.sign_in import SIGN_IN
from reference_server.services.patients.errors import OfficerUnknown
from reference_server.services.patients.model.index import Actor, Person
from reference_server.services.patients.operations.tracing import looked_at
from reference_server.services.patients.operations.writing import Writing
from reference_server.world import Call, World, record

HOME: Final = "/identities"
SITE: Final = Site(
    home="reference_server.services.patients",
    title="identities.site",
    entries=(
        Entry(path=HOME, text="identities.title"),
        Entry(path=f"{HOME}/persons", text="identities.find"),
    ),
    styles=("identities.css",),
)
MERGED: Final = "merged"
"""The session's value that names who stands after the last merge."""
_LONGER_THAN_ANY_NUMBER: Final = 16
_CLIENT: Final = "identity-worklist"
_WHO, _NAME, _FOR = "officer", "name", "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A signed-in visit."""

    visit: Visit
    session: Session
    sessions: Sessions

    @property
    def name(self) -> str:
        """How the officer is called."""
        return self.session.value(_NAME)

    def actor(self, correlation: str) -> Actor:
        """Return on whose behalf is written."""
        caller = self.caller(correlation)
        return Actor(
            subject=caller.subject,
            organisation=caller.organization,
            correlation=correlation,
            caller=caller,
        )

    def writing(self, call: Call, tx: Transaction, why: str) -> Writing:
        """Return a change to the index that the officer makes, for a reason."""
        return Writing(world=call.world, tx=tx, actor=self.actor(call.request_id), why=why)

    def caller(self, correlation: str) -> Caller:
        """Return whom the audit trail names."""
        who = self.session.value(_WHO)
        return Caller(
            subject=who,
            client_id=_CLIENT,
            role=Role.REGISTRAR,
            organization=self.session.value(_FOR),
            ehealth_id=who,
            profession=None,
            scopes=frozenset(),
            token_id="",
            correlation=correlation,
        )

    async def trace(self, call: Call, action: str, persons: Iterable[Person]) -> None:
        """Write down whose identities are looked at, before they are shown."""
        deed = call.deed
        deed.action, deed.interaction = action, Interaction.READ
        deed.caller = self.caller(call.request_id)
        looked_at(deed, persons)
        await call.world.together.write(lambda tx: record(call, tx))


def shown(
    officer: Officer,
    template: str,
    *,
    title: str,
    status: int = 200,
    **values: Any,  # noqa: ANN401 - whatever a template shows
) -> Response:
    """Return a page for an officer; what was said once is not said again."""
    answer = SITE.page(
        officer.visit, template, title=title, status=status, officer=officer, **values
    )
    if officer.session.flashes:
        officer.sessions.put(officer.session.without_flashes())
    return answer


def sessions_of(call: Call) -> Sessions:
    """Return the sessions of the worklist in this World."""
    return Sessions(
        call.world.store,
        name="identities",
        randomness=call.world.randomness.bytes,
        now=call.world.clock.wire_now,
    )


def officer_of(call: Call) -> Officer | None:
    """Return who is signed in; None for everybody else."""
    visit, sessions = visit_of(call), sessions_of(call)
    session = sessions.of(visit)
    if not session.value(_WHO):
        return None
    return Officer(visit=visit.within(session), session=session, sessions=sessions)


def for_officers(show: Callable[[Call, Officer], Awaitable[Response]]) -> Handler[World]:
    """Return a page that only an officer sees; everybody else is sent to sign in."""

    @wraps(show)
    async def guarded(call: Call) -> Response:
        officer = officer_of(call)
        return to_sign_in(call) if officer is None else await show(call, officer)

    return guarded


def is_record_number(text: str) -> bool:
    """Tell whether a text may be the index's own number of a record."""
    return text.isascii() and text.isdecimal() and len(text) < _LONGER_THAN_ANY_NUMBER


async def sign_in_page(call: Call) -> Response:
    """Show the form to sign in."""
    return _form(call)


async def sign_in(call: Call) -> Response:
    """Let an identity officer in; everybody else gets the form again."""
    visit, sessions = visit_of(call), sessions_of(call)
    session, form = sessions.of(visit), read_form(visit)
    check_forgery(visit, form, session)
    person = await call.world.port(SIGN_IN).check(form.value("username"), form.value("password"))
    if person is None or person.role != Role.REGISTRAR:
        refusal = OfficerUnknown()
        return _form(call, error=visit.voice.refusal(refusal), status=refusal.status)
    signed = session.with_value(_WHO, person.username).with_value(_NAME, person.name)
    renewed = sessions.renew(signed.with_value(_FOR, person.organization))
    return sessions.carried(see_other(visit.link(HOME)), renewed, visit)


@for_officers
async def sign_out(call: Call, officer: Officer) -> Response:
    """End the session."""
    check_forgery(officer.visit, read_form(officer.visit), officer.session)
    ended = officer.sessions.end(officer.session)
    return officer.sessions.carried(to_sign_in(call), ended, officer.visit)


def to_sign_in(call: Call) -> Response:
    """Send a visitor to the form."""
    return see_other(visit_of(call).link(f"{HOME}/sign-in"))


def _form(call: Call, *, error: str = "", status: int = 200) -> Response:
    visit, sessions = visit_of(call), sessions_of(call)
    session = sessions.of(visit)
    if not session.is_kept:
        session = sessions.put(session)
    page = SITE.page(
        visit.within(session),
        "sign-in.html",
        title=visit.text("identities.sign-in.title"),
        status=status,
        error=error,
    )
    return sessions.carried(page, session, visit)
