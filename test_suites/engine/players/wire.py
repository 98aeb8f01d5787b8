"""Sends one request and reads the whole answer; knows neither OIDC nor prescriptions."""

import json
import ssl
from collections.abc import Iterator, Mapping
from typing import Final

import httpx

from test_suites.core.message import JsonValue
from test_suites.engine.players.model import LabError, Surroundings
from test_suites.engine.players.patience import seconds_asked
from test_suites.engine.players.trouble import Interrupted, Unreadable, Untrusted, Unwelcome
from test_suites.match.jsontext import read_json

USER_AGENT: Final = "eQualis-Lab/0.1 (player)"
FORM: Final = "application/x-www-form-urlencoded"
COME_BACK_LATER: Final = frozenset({429, 502, 503, 504})
_UNWELCOME: Final = (
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_REQUIRED",
    "CERTIFICATE_REVOKED",
    "CERTIFICATE_UNKNOWN",
    "BAD_CERTIFICATE",
    "UNKNOWN_CA",
    "UNSUPPORTED_CERTIFICATE",
)
_TIMEOUT: Final = httpx.Timeout(10, read=70).as_dict()


class Wire:
    """Owns the way to the peer; each request is sent exactly once and carries only what is given.

    The client's own cookies, headers and redirects play no part.
    """

    def __init__(self, client: httpx.AsyncClient, surroundings: Surroundings) -> None:
        self._client = client
        self._surroundings = surroundings

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        cookies: httpx.Cookies | None = None,
    ) -> httpx.Response:
        """Return the answer, whatever it says; raises Interrupted, Untrusted, Unreadable."""
        common = {
            "User-Agent": USER_AGENT,
            "Accept-Language": self._surroundings.language,
            "X-Request-Id": self._surroundings.uuid(),
        }
        try:
            request = httpx.Request(
                method,
                url,
                headers=merged(common, headers),
                content=body,
                cookies=cookies,
                extensions={"timeout": _TIMEOUT},
            )
            answer = await self._client.send(request, follow_redirects=False)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Unreadable("address") from error
        except httpx.LocalProtocolError as error:
            raise LabError("request-not-http") from error
        except httpx.TransportError as error:
            raise _broken(error) from error
        except httpx.DecodingError as error:
            raise Unreadable("content-encoding") from error
        if cookies is not None:
            cookies.extract_cookies(answer)
        return answer

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        cookies: httpx.Cookies | None = None,
    ) -> httpx.Response:
        """Send as `send` does; an answer that asks to come back later raises Interrupted."""
        answer = await self.send(method, url, headers=headers, body=body, cookies=cookies)
        if answer.status_code in COME_BACK_LATER:
            now = self._surroundings.wire_now()
            wait = seconds_asked(answer.headers.get("retry-after"), now=now)
            reasons = outcome_texts(answer.content)
            raise Interrupted(f"{answer.status_code}", wait=wait, reasons=reasons)
        return answer


def merged(common: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return all headers; an own one takes the place of a common one, whatever its spelling."""
    taken = {name.lower() for name in own}
    return {**{name: v for name, v in common.items() if name.lower() not in taken}, **own}


def _broken(error: httpx.TransportError) -> Interrupted | Untrusted | Unwelcome:
    """Tell a certificate that nobody vouches for, theirs or ours, from a connection that broke."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Untrusted(cause.verify_message)
        if isinstance(cause, ssl.SSLError) and (alert := _about_ours(cause)):
            return Unwelcome(alert)
        cause = cause.__cause__ or cause.__context__
    return Interrupted(type(error).__name__)


def _about_ours(error: ssl.SSLError) -> str | None:
    """Return the alert (RFC 8446 §6.2) that refuses our certificate, None for another trouble."""
    reason = error.reason or ""
    return reason.lower() if any(alert in reason for alert in _UNWELCOME) else None


def readable_json(body: bytes, what: str) -> JsonValue:
    """Return the JSON of a body that UTF-8 can say again; raises Unreadable."""
    value = read_json(body)
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Unreadable(what) from error
    return value


def outcome_texts(body: bytes) -> tuple[str, ...]:
    """Return what each issue of an OperationOutcome says; nothing for any other body."""
    outcome = read_json(body)
    if not isinstance(outcome, dict) or outcome.get("resourceType") != "OperationOutcome":
        return ()
    issues = outcome.get("issue")
    found = issues if isinstance(issues, list) else []
    return tuple(text for issue in found if (text := next(_words(issue), None)) is not None)


def _words(issue: object) -> Iterator[str]:
    """Yield what an issue says, best first: its text, its codes, its diagnostics."""
    if not isinstance(issue, dict):
        return
    details = issue.get("details")
    details = details if isinstance(details, dict) else {}
    codings = details.get("coding")
    codes = [each.get("code") for each in codings or () if isinstance(each, dict)]
    for word in (details.get("text"), *codes, issue.get("diagnostics"), issue.get("code")):
        if isinstance(word, str) and word.strip():
            yield word
