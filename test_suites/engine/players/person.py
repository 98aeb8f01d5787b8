"""A person signs in through the login page: authorization code, PKCE S256, state, nonce, iss."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qsl, urlencode, urljoin

import httpx

from test_suites.engine.players.issuer import (
    JSON,
    AccessToken,
    Metadata,
    Wanted,
    access_token_of,
    check_id_token,
    check_userinfo,
    json_of,
    text_in,
)
from test_suites.engine.players.login_page import LoginForm, find_login_form
from test_suites.engine.players.model import Surroundings
from test_suites.engine.players.trouble import SignInFailed, Unreadable
from test_suites.engine.players.wire import FORM, Wire

HTML: Final = "text/html,application/xhtml+xml"
_REDIRECTS: Final = 6
_REDIRECT_STATUS: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200
_FIRST_PRIVATE_PORT: Final = 49152


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who signs in, at which client, for what."""

    client_id: str
    username: str
    password: str = field(repr=False)
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was made for one sign-in and must come back, or be shown again."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    resource: str


async def sign_in(
    wire: Wire,
    metadata: Metadata,
    person: Person,
    *,
    resource: str,
    surroundings: Surroundings,
    habits: frozenset[str] = frozenset(),
) -> AccessToken:
    """Return an access token for `resource`; raises Trouble. Every attempt begins anew.

    A code is redeemed once only, so that an interrupted attempt is never continued. With the
    habit `userinfo` the person is looked up there, too.
    """
    asked = _asked(surroundings, resource)
    joint = "&" if "?" in metadata.authorization_endpoint else "?"
    url = f"{metadata.authorization_endpoint}{joint}{urlencode(_request(person, asked))}"
    browser = _Browser(wire, asked.redirect_uri)
    came_back = await browser.authorise(url, person)
    code = _checked(came_back, metadata, asked)
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asked.redirect_uri,
        "code_verifier": asked.verifier,
        "client_id": person.client_id,
        "resource": resource,
    }
    headers = {"Accept": JSON, "Content-Type": FORM}
    form = urlencode(fields)
    answer = await wire.ask(
        "POST", metadata.token_endpoint, headers=headers, body=form.encode("ascii")
    )
    told = json_of(answer, "token")
    token = access_token_of(told)
    wanted = Wanted(
        client_id=person.client_id,
        nonce=asked.nonce,
        access_token=token.token,
        now=int(surroundings.wire_now().timestamp()),
    )
    id_token = text_in(told, "id_token", "token")
    subject = await check_id_token(wire, metadata, id_token, wanted)
    if "userinfo" in habits and metadata.userinfo_endpoint is not None:
        await check_userinfo(wire, metadata.userinfo_endpoint, token.token, subject=subject)
    return replace(token, id_token=id_token, redemption=form, cookies=browser.cookies)


async def renew(
    wire: Wire,
    metadata: Metadata,
    client_id: str,
    *,
    refresh_token: str,
    resource: str,
    now: int,
) -> AccessToken:
    """Return a new access token for a refresh token (RFC 6749 §6); raises Trouble."""
    fields = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": client_id,
        "resource": resource,
    }
    headers = {"Accept": JSON, "Content-Type": FORM}
    body = urlencode(fields).encode("ascii")
    answer = await wire.ask("POST", metadata.token_endpoint, headers=headers, body=body)
    told = json_of(answer, "token")
    token = access_token_of(told)
    id_token = told.get("id_token")
    if isinstance(id_token, str):
        wanted = Wanted(client_id=client_id, nonce=None, access_token=token.token, now=now)
        await check_id_token(wire, metadata, id_token, wanted)
        token = replace(token, id_token=id_token)
    return token


def _asked(surroundings: Surroundings, resource: str) -> _Asked:
    def secret() -> str:
        return _base64url(surroundings.random_bytes(32))

    port = _FIRST_PRIVATE_PORT + int.from_bytes(surroundings.random_bytes(1), "big")
    return _Asked(
        redirect_uri=f"http://127.0.0.1:{port}/callback",
        state=secret(),
        nonce=secret(),
        verifier=secret(),
        resource=resource,
    )


def _request(person: Person, asked: _Asked) -> Mapping[str, str]:
    digest = hashlib.sha256(asked.verifier.encode("ascii")).digest()
    return {
        "response_type": "code",
        "client_id": person.client_id,
        "redirect_uri": asked.redirect_uri,
        "scope": " ".join(person.scopes),
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": _base64url(digest),
        "code_challenge_method": "S256",
        "resource": asked.resource,
    }


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _checked(came_back: str, metadata: Metadata, asked: _Asked) -> str:
    """Return the code of an authorisation answer (RFC 6749 §4.1.2, RFC 9207 §2.4)."""
    answer = dict(parse_qsl(came_back.partition("?")[2].partition("#")[0]))
    if answer.get("state") != asked.state:
        raise SignInFailed("state")
    iss = answer.get("iss")
    if iss != metadata.issuer and (iss is not None or metadata.names_itself):
        raise SignInFailed("iss")
    if "error" in answer:
        reason = answer.get("error_description")
        raise SignInFailed(answer["error"], reasons=(reason,) if reason else ())
    if not answer.get("code"):
        raise SignInFailed("code")
    return answer["code"]


class _Browser:
    """Owns the cookies of one sign-in and walks from page to page until it is sent back."""

    def __init__(self, wire: Wire, redirect_uri: str) -> None:
        self._wire = wire
        self._redirect_uri = redirect_uri
        self.cookies = httpx.Cookies()

    async def authorise(self, url: str, person: Person) -> str:
        """Return the address at which the browser is sent back to the client."""
        page = await self._walk("GET", url, None)
        if isinstance(page, str):
            return page
        form = find_login_form(page.text)
        if page.status_code != _OK or form is None:
            raise SignInFailed(f"login-page-{page.status_code}")
        if form.method != "POST":
            raise SignInFailed("login-form-method")
        target = _joined(str(page.request.url), form.action)
        answer = await self._walk("POST", target, _filled(form, person))
        if isinstance(answer, str):
            return answer
        raise SignInFailed(f"login-{answer.status_code}")

    async def _walk(self, method: str, url: str, body: bytes | None) -> httpx.Response | str:
        """Follow redirects; return the page they lead to, or the address back at the client."""
        for _ in range(_REDIRECTS):
            headers = {"Accept": HTML} | ({"Content-Type": FORM} if body is not None else {})
            answer = await self._wire.ask(
                method, url, headers=headers, body=body, cookies=self.cookies
            )
            location = answer.headers.get("location")
            if answer.status_code not in _REDIRECT_STATUS or location is None:
                return answer
            url = _joined(url, location)
            if url.partition("?")[0] == self._redirect_uri:
                return url
            if answer.status_code not in {307, 308}:
                method, body = "GET", None
        raise SignInFailed("too-many-redirects")


def _joined(page: str, reference: str) -> str:
    try:
        return urljoin(page, reference)
    except ValueError as error:
        raise Unreadable("address") from error


def _filled(form: LoginForm, person: Person) -> bytes:
    given = (("username", person.username), ("password", person.password))
    return urlencode((*form.hidden, *given)).encode("ascii")
