"""What happens in a person's browser: signing in, agreeing, signing out."""

from dataclasses import replace
from typing import Literal

from starlette.responses import Response

from reference_server.kernel.cookies import cookie
from reference_server.kernel.language import Voice
from reference_server.services.trust import operations as do
from reference_server.services.trust import pages
from reference_server.services.trust.model import Issuer
from reference_server.services.trust.operations.courier import COURIER
from reference_server.services.trust.operations.flow import Finished, Page, Step
from reference_server.services.trust.operations.login import Browser
from reference_server.services.trust.operations.logout import AskFirst
from reference_server.services.trust.router.answers import back_to
from reference_server.services.trust.router.reading import (
    form,
    is_https,
    is_repeated,
    session_cookie,
    session_secret,
    sign_in_cookie,
)
from reference_server.world import Call


async def authorize(call: Call) -> Response:
    """Begin a sign-in, or go on with the session there is."""
    call.world.port(COURIER).resume()
    pairs = call.query if call.method == "GET" else form(call)
    repeated = is_repeated(pairs)
    secret = session_secret(call)
    begun = await do.begin(call, dict(pairs), repeated=repeated, session_secret=secret)
    return _shown(call, begun)


async def login(call: Call) -> Response:
    """Take identifier and password; without a password the test token is asked for."""
    fields = dict(form(call))
    outcome = await do.sign_in(
        call,
        _browser(call, fields),
        username=fields.get("username", "").strip(),
        password=fields.get("password", ""),
    )
    return _shown(call, outcome)


async def second_factor(call: Call) -> Response:
    """Take what the person's test token shows."""
    fields = dict(form(call))
    code = "".join(fields.get("code", "").split())
    return _shown(call, await do.give_code(call, _browser(call, fields), code=code))


async def consent(call: Call) -> Response:
    """Take the person's yes or no to what the software asks for."""
    fields = dict(form(call))
    agreed = fields.get("decision") == "yes"
    return _shown(call, do.decide(call, _browser(call, fields), agreed=agreed))


async def logout(call: Call) -> Response:
    """Sign the person out, or ask first."""
    pairs = call.query if call.method == "GET" else form(call)
    params = {name: value for name, value in pairs if value}
    outcome = do.sign_out(call, params, session_secret=session_secret(call))
    voice = _voice(call, params.get("ui_locales"))
    if isinstance(outcome, AskFirst):
        fields = {
            "proof": outcome.proof,
            "post_logout_redirect_uri": outcome.address,
            "state": outcome.state,
            "client_id": outcome.client_id,
        }
        action = Issuer(base_url=call.world.base_url).endpoint("logout")
        return pages.sign_out_page(fields, voice, action=action)
    call.world.port(COURIER).wake()
    answer = (
        pages.signed_out_page(voice)
        if outcome.address is None
        else back_to(outcome.address, {"state": outcome.state}, voice)
    )
    _forget(call, answer, session_cookie(call), samesite="lax")
    return answer


def _browser(call: Call, fields: dict[str, str]) -> Browser:
    transaction = fields.get("transaction", "")
    return Browser(
        transaction=transaction,
        secret=cookie(call.headers, sign_in_cookie(call, transaction)),
        session_secret=session_secret(call),
    )


def _shown(call: Call, outcome: Page | Finished) -> Response:
    voice = _voice(call, outcome.request.wishes.language)
    if isinstance(outcome, Finished):
        return _finished(call, outcome, voice)
    asked = pages.Asked(
        transaction=outcome.transaction,
        realm=Issuer(base_url=call.world.base_url).url,
        redirect_uri=outcome.request.redirect_uri,
        client_name=outcome.client.name,
        login_hint=outcome.request.wishes.login_hint,
    )
    match outcome.step:
        case Step.TOKEN:
            answer = pages.token_page(asked, voice)
        case Step.CONSENT:
            answer = pages.consent_page(asked, voice, scopes=outcome.request.scopes)
        case _:
            answer = pages.login_page(asked, voice)
    if outcome.browser_secret:
        answer.set_cookie(
            sign_in_cookie(call, outcome.transaction),
            outcome.browser_secret,
            max_age=call.world.settings.login_seconds,
            secure=is_https(call),
            httponly=True,
            samesite="strict",
        )
    return answer


def _finished(call: Call, finished: Finished, voice: Voice) -> Response:
    request = finished.request
    params = {
        "code": finished.code,
        "state": request.state,
        "iss": Issuer(base_url=call.world.base_url).url,
    }
    answer = back_to(request.redirect_uri, params, voice, mode=request.response_mode)
    if finished.session_secret:
        # Lax: the browser comes from the client's site, and must be known again.
        answer.set_cookie(
            session_cookie(call),
            finished.session_secret,
            max_age=call.world.settings.session_seconds,
            secure=is_https(call),
            httponly=True,
            samesite="lax",
        )
    if call.method == "POST":
        transaction = dict(form(call)).get("transaction")
        if transaction is not None:
            _forget(call, answer, sign_in_cookie(call, transaction), samesite="strict")
    return answer


def _forget(call: Call, answer: Response, name: str, *, samesite: Literal["lax", "strict"]) -> None:
    answer.delete_cookie(name, secure=is_https(call), httponly=True, samesite=samesite)


def _voice(call: Call, locales: str | None) -> Voice:
    """Return who speaks the language the client asked for, else the browser's."""
    spoken = pages.spoken(locales)
    return call.voice if spoken is None else replace(call.voice, language=spoken)
