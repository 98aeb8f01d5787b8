"""How the identity provider answers: JSON, a redirect, a form that posts itself, or a no."""

import unicodedata
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from reference_server.kernel.errors import AccessRefusal, Busy, Internal, Refusal
from reference_server.kernel.language import Voice
from reference_server.services.trust import pages
from reference_server.services.trust.errors import OAuthRefusal, PageRefusal, SentBack

_PUBLIC_SECONDS = 300
# Any page may ask: who may have what is decided by codes, proofs and tokens, never by a cookie.
_ANYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "DPoP-Nonce, WWW-Authenticate, X-Request-Id",
}


def render(refusal: Refusal, voice: Voice) -> Response:
    """Say no as OAuth does (RFC 6749 §5.2), or on a page where a person looks."""
    if isinstance(refusal, SentBack):
        answer = _sent_back(refusal, voice)
        answer.headers.update(refusal.cause.headers)
        return answer
    if isinstance(refusal, PageRefusal):
        answer = pages.refusal_page(refusal, voice)
    else:
        described = {
            "error": _error(refusal),
            "error_description": _ascii(voice.refusal(refusal)),
            "request_id": voice.request_id,
        }
        answer = json_answer(described, status=refusal.status)
    answer.headers.update(refusal.headers)
    return answer


def _sent_back(refusal: SentBack, voice: Voice) -> Response:
    described = {
        "error": refusal.cause.code,
        "error_description": _ascii(voice.refusal(refusal.cause)),
        "request_id": voice.request_id,
        "state": refusal.state,
        "iss": refusal.issuer,
    }
    return back_to(refusal.redirect_uri, described, voice, mode=refusal.mode)


def back_to(
    uri: str, params: Mapping[str, str | None], voice: Voice, *, mode: str = "query"
) -> Response:
    """Send the browser to an address with parameters; None is left out."""
    given = {name: value for name, value in params.items() if value is not None}
    if mode == "form_post":
        return pages.form_post(uri, given, voice)
    if not given:
        return Response(status_code=303, headers={"Location": uri})
    joint = "&" if "?" in uri else "?"
    return Response(status_code=303, headers={"Location": f"{uri}{joint}{urlencode(given)}"})


def json_answer(answer: Mapping[str, object], *, status: int = 200) -> Response:
    """Answer with JSON that nobody keeps."""
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache", **_ANYWHERE}
    body = msgspec.json.encode(answer)
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def public_json(answer: Mapping[str, object]) -> Response:
    """Answer with JSON that anybody may read from anywhere and keep for some minutes."""
    headers = {"Cache-Control": f"public, max-age={_PUBLIC_SECONDS}", **_ANYWHERE}
    return Response(msgspec.json.encode(answer), media_type="application/json", headers=headers)


def preflight() -> Response:
    """Tell a browser what a page of any site may send here (the Fetch standard's CORS)."""
    allowed = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, DPoP",
        "Access-Control-Max-Age": str(_PUBLIC_SECONDS),
    }
    return Response(status_code=204, headers=allowed)


def _error(refusal: Refusal) -> str:
    match refusal:
        case OAuthRefusal():
            return refusal.code
        case AccessRefusal():
            return refusal.bearer_error or "invalid_request"
        case Busy():
            return "temporarily_unavailable"
        case Internal():
            return "server_error"
        case _:
            return "invalid_request"


def _ascii(sentence: str) -> str:
    """RFC 6749 §5.2 lets error_description hold printable ASCII only, without quote and slash."""
    plain = sentence.translate({0x2019: "'", 0xDF: "ss", 0x22: "'", 0x5C: "/"})
    folded = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return " ".join(folded.split())
