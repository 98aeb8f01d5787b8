"""One request at the desk: visit, session, and the assessment at hand; knows no page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Final, TypeAlias

from starlette.responses import JSONResponse, Response

from reference_server.kernel.web import (
    Form,
    FormLimits,
    Session,
    Visit,
    check_forgery,
    read_form,
    see_other,
)
from reference_server.kernel.web.once import opened, sealed
from reports.cesar.banks import load_instrument
from reports.cesar.questions import Instrument
from reports.cesar.replies import mismatch
from reports.portal.assessments import Kept
from reports.portal.desk import Desk
from reports.portal.office.members import HINT, SID, Member, leaving
from reports.portal.site import SITE

ASSESSMENT: Final = "assessment"
NEWER: Final = "/cesar/newer"
"""Where answers to an earlier version of the questions are taken over."""
_SEEN: Final = "seen"
_SEEN_SECONDS: Final = 300
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request: who visits, with which session, at whose desk; `named` are parts of the path."""

    desk: Desk
    visit: Visit
    session: Session
    named: Mapping[str, str]

    @property
    def wants_json(self) -> bool:
        """Whether our own script asks, not a person."""
        return self.visit.headers.get("accept", "").startswith(_JSON)

    def form(self, limits: FormLimits | None = None) -> Form:
        """Return the form that was sent; raises FormForged, FormUnreadable, FormTooLarge."""
        form = read_form(self.visit, limits=limits or FormLimits())
        check_forgery(self.visit, form, self.session)
        return form

    def kept(self) -> Kept | None:
        """Return the assessment of this session; None where there is none any more."""
        own = self.session.value(ASSESSMENT)
        return self.desk.assessments.find(own) if own else None

    def holding(self, own: str | None) -> "Turn":
        """Return the turn with another assessment at hand, under a new session id.

        Whoever was signed in for an organisation is so no more: nothing may tell whose an anonymous
        assessment is.
        """
        bare = leaving(self.session).with_value(ASSESSMENT, own)
        return replace(self, session=self.desk.sessions.renew(bare))

    def joining(self, member: Member) -> "Turn":
        """Return the turn with somebody signed in, under a new session id; see `holding`."""
        held = {name: self.session.value(f"vendor-{name}") for name in (SID, HINT)}
        hint = opened(held[HINT], self.session) if held[HINT] else ""
        bare = member.within(self.session.with_value(ASSESSMENT, None))
        turn = replace(self, session=self.desk.sessions.renew(bare))
        return turn.vouched(sid=held[SID], hint=hint) if hint else turn

    def vouched(self, *, sid: str, hint: str) -> "Turn":
        """Return the turn with the session at the provider known: its mark, its token sealed."""
        session = self.session.with_value(f"vendor-{SID}", sid)
        session = session.with_value(f"vendor-{HINT}", sealed(hint, session))
        return replace(self, session=self.desk.sessions.put(session))

    def leaving(self) -> "Turn":
        """Return the turn with nobody signed in, under a new session id."""
        return replace(self, session=self.desk.sessions.renew(leaving(self.session)))

    def saying(self, message_id: str, *, kind: str = "done", **params: str | int) -> "Turn":
        """Return the turn with a sentence for the next page."""
        session = self.session.with_flash(message_id, kind=kind, **params)
        return replace(self, session=self.desk.sessions.put(session))

    def go(self, path: str, **query: object) -> Response:
        """Answer with another page."""
        answer = see_other(self.visit.link(path, **query))
        return self.desk.sessions.carried(answer, self.session, self.visit)

    def page(self, template: str, *, title: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401 - what a template is given
        """Answer with a page; its forms belong to this session, and its flashes are told once."""
        session = self._touched()
        shown = self.visit.within(session)
        answer = SITE.page(
            shown,
            template,
            title=title,
            status=status,
            form_action=self._form_action(),
            **values,
        )
        return self.desk.sessions.carried(answer, session, self.visit)

    def json(self, status: int = 200, **values: object) -> Response:
        """Answer our own script."""
        return JSONResponse(values, status_code=status, headers={"Cache-Control": "no-store"})

    def _form_action(self) -> str:
        """Return where forms may lead: of whoever signs out, to the provider, too.

        Browsers hold the redirect after a form to form-action.
        """
        provider = self.desk.office.provider
        if provider is None or not self.session.value(f"vendor-{HINT}"):
            return "'self'"
        return " ".join(("'self'", *provider.origins()))

    def _touched(self) -> Session:
        """Return the session kept, and marked as used when the mark is old; flashes are spent."""
        now = int(self.desk.now().timestamp())
        session = self.session
        is_fresh = session.is_kept and now - int(session.value(_SEEN, "0")) < _SEEN_SECONDS
        if is_fresh and not session.flashes:
            return session
        spent = session.without_flashes().with_value(_SEEN, str(now))
        kept = self.desk.sessions.put(spent)
        return replace(kept, flashes=session.flashes)


Page: TypeAlias = Callable[[Turn], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """An assessment in hand: the turn, what is kept, and the questions that it answers."""

    turn: Turn
    kept: Kept
    instrument: Instrument

    @property
    def visit(self) -> Visit:
        return self.turn.visit

    def text(self, message_id: str, **params: Any) -> str:  # noqa: ANN401 - as Visit.text
        """Return a sentence in the visitor's language."""
        return self.visit.text(message_id, **params)


def with_assessment(page: Callable[[Work], Response], *, is_outdated: bool = False) -> Page:
    """Return a page that needs an assessment; whoever has none is led to the code.

    Answers to earlier questions are taken over first. `is_outdated`: the page can also be had
    without that.
    """

    @wraps(page)
    def guarded(turn: Turn) -> Response:
        kept = turn.kept()
        if kept is None:
            if turn.wants_json:
                return turn.json(409, said=turn.visit.text("portal.over"))
            return turn.saying("portal.over", kind="note").go("/cesar/resume")
        instrument = load_instrument(kept.replies.instrument)
        if not is_outdated and mismatch(kept.replies, instrument) is not None:
            if turn.wants_json:
                return turn.json(409, said=turn.visit.text("portal.newer.first"))
            return turn.go(NEWER)
        return page(Work(turn=turn, kept=kept, instrument=instrument))

    return guarded
