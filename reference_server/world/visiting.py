"""Pages that people sign in to at the World's own identity provider; knows no page of anybody.

The pages are a relying party: code with PKCE, `state`, `nonce` and `iss` are checked (RFC 9700
§2.1, RFC 9207). The code verifier and the nonce are made from the session's id, which the browser
alone knows, so that nothing kept here redeems a code.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from starlette.responses import Response

from reference_server.kernel.base64url import base64url
from reference_server.kernel.call import Deed
from reference_server.kernel.errors import Refusal, TokenExpired
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.route import Route
from reference_server.kernel.web import (
    PAGE_TERMS,
    Session,
    Sessions,
    Site,
    Visit,
    check_forgery,
    read_form,
    see_other,
    visit_of,
)
from reference_server.kernel.web.forms import URL_ENCODED
from reference_server.kernel.web.once import STATE_BYTES, challenge, made
from reference_server.ports.sign_in import VISITORS, RelyingPages
from reference_server.world.act import Call, record_refusal
from reference_server.world.world import World

T = TypeVar("T")
_GRANT, _NAME, _STATE, _NEXT = "grant", "name", "state", "next"
_LONGEST_NEXT: Final = 500
_SMALL: Final = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who is signed in: the visit, the session, and the call as that person's."""

    call: Call
    visit: Visit
    session: Session
    sessions: Sessions

    @property
    def name(self) -> str:
        """How the person is called."""
        return self.session.value(_NAME)

    def perform(
        self,
        action: str,
        operation: Callable[[Call], T],
        *,
        interaction: Interaction = Interaction.EXECUTE,
        query: str | None = None,
    ) -> T:
        """Do one thing of the API in this person's name; a refusal of it is audited, too."""
        acted = replace(
            self.call, deed=Deed(action, interaction=interaction, query=query), body=b""
        )
        try:
            return operation(acted)
        except Refusal as refusal:
            record_refusal(acted, refusal)
            raise

    def shown(
        self,
        site: Site,
        template: str,
        *,
        title: str,
        status: int = 200,
        **values: Any,  # noqa: ANN401 - whatever a template shows
    ) -> Response:
        """Return a page of this person's, and forget the sentences that it shows."""
        page = site.page(self.visit, template, title=title, status=status, visitor=self, **values)
        if self.session.flashes:
            self.sessions.put(self.session.without_flashes())
        return page

    def next(self, path: str, flash: str) -> Response:
        """Send the browser to the next page, which says that something was done."""
        self.sessions.put(self.session.with_flash(flash))
        return see_other(self.visit.link(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Pages of one service that people sign in to.

    `home` is their first path (`/registration`), `client_id` what they are at the identity
    provider, `title` a message id, `scopes` what they ask for.
    """

    site: Site
    home: str
    client_id: str
    title: str
    scopes: frozenset[str]

    def visitor(self, call: Call) -> Visitor | None:
        """Return who is signed in; None for everybody else, and once the session is over."""
        visit, sessions = visit_of(call), self._sessions(call)
        session = sessions.of(visit)
        grant = session.value(_GRANT)
        if not grant or not _is_live(call.world, grant):
            return None
        return Visitor(
            call=replace(call, visitor=grant),
            visit=visit.within(session),
            session=session,
            sessions=sessions,
        )

    def ask(self, call: Call) -> Response:
        """Send the browser to the identity provider; it comes back to the page it asked for."""
        visit, sessions = visit_of(call), self._sessions(call)
        state = base64url(call.world.randomness.bytes(STATE_BYTES))
        wanted = visit.here().removeprefix(visit.root) if call.method == "GET" else self.home
        next_path = wanted if self._is_ours(wanted) else self.home
        begun = sessions.end(sessions.of(visit)).with_value(_STATE, state)
        session = sessions.put(begun.with_value(_NEXT, next_path))
        address = call.world.port(VISITORS).address(
            self._pages(call),
            state=state,
            nonce=made("nonce", session, state),
            challenge=challenge(made("verifier", session, state)),
            language=visit.language,
        )
        return sessions.carried(see_other(address), session, visit)

    def routes(self) -> tuple[Route[World], ...]:
        """Return the routes of signing in and out below the desk's router."""
        answer = replace(PAGE_TERMS, query=("code", "state", "iss", "error"), success=303)
        form = replace(PAGE_TERMS, reads=(URL_ENCODED,), success=303)
        return (
            Route(method="GET", path="/back", handler=self._come_back, terms=answer),
            Route(method="GET", path="/signed-out", handler=self._signed_out),
            Route(
                method="POST",
                path="/sign-out",
                handler=self._leave,
                terms=form,
                body_limit=_SMALL,
            ),
        )

    async def _come_back(self, call: Call) -> Response:
        """Take the identity provider's answer; whatever is wrong with it, the person asks anew."""
        visit, sessions = visit_of(call), self._sessions(call)
        session, visitors = sessions.of(visit), call.world.port(VISITORS)
        state, asked = visit.asked("state"), session.value(_STATE)
        is_ours = bool(asked) and hmac.compare_digest(state.encode(), asked.encode())
        code = visit.asked("code")
        if not is_ours or not code or not visitors.is_issuer(visit.asked("iss")):
            return self._not_signed_in(visit)
        try:
            visitor = visitors.redeem(
                call,
                self._pages(call),
                code=code,
                verifier=made("verifier", session, state),
                nonce=made("nonce", session, state),
            )
        except Refusal:
            return self._not_signed_in(visit)
        signed = session.with_value(_GRANT, visitor.grant).with_value(_NAME, visitor.name)
        kept = sessions.renew(signed.with_value(_STATE, None).with_value(_NEXT, None))
        next_path = session.value(_NEXT, self.home)
        return sessions.carried(see_other(visit.root + next_path), kept, visit)

    async def _leave(self, call: Call) -> Response:
        """End the session, here and at the identity provider."""
        visitor = self.visitor(call)
        if visitor is not None:
            check_forgery(visitor.visit, read_form(visitor.visit), visitor.session)
            call.world.port(VISITORS).leave(call, visitor.session.value(_GRANT))
            visitor.sessions.end(visitor.session)
        return see_other(visit_of(call).link(f"{self.home}/signed-out"))

    async def _signed_out(self, call: Call) -> Response:
        """Say that nobody is signed in any more."""
        visit = visit_of(call)
        title = visit.text("web.signed-out.title")
        return self.site.page(visit, "web/signed-out.html", title=title, desk=self, refused=False)

    def _not_signed_in(self, visit: Visit) -> Response:
        title = visit.text("web.signed-out.refused")
        return self.site.page(
            visit, "web/signed-out.html", title=title, status=403, desk=self, refused=True
        )

    def _is_ours(self, path: str) -> bool:
        """Tell whether one may be sent there: a page of this desk, on this very server."""
        parts = urlsplit(path)
        is_local = not parts.scheme and not parts.netloc and len(path) <= _LONGEST_NEXT
        below = parts.path == self.home or parts.path.startswith(f"{self.home}/")
        return is_local and below and not parts.path.endswith(("/back", "/signed-out"))

    def _pages(self, call: Call) -> RelyingPages:
        return RelyingPages(
            client_id=self.client_id,
            title=call.voice.text(self.title),
            scopes=self.scopes,
            redirect_uri=f"{call.world.base_url}{self.home}/back",
        )

    def _sessions(self, call: Call) -> Sessions:
        return Sessions(
            call.world.store,
            name=f"{self.client_id}-{call.world.name}",
            randomness=call.world.randomness.bytes,
            now=call.world.clock.wire_now,
        )


def _is_live(world: World, grant: str) -> bool:
    try:
        world.port(VISITORS).caller(grant, audience=world.fhir_base, correlation="")
    except TokenExpired:
        return False
    return True
