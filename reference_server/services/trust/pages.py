"""The pages a person sees when signing in; knows no rule and no table."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

from reference_server.kernel.language import Voice
from reference_server.services.trust.errors import CredentialsWrong, PageRefusal

_TEMPLATES = "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the sign-in form holds; `redirect_uri` is where the browser may go afterwards."""

    action: str
    transaction: str
    client_name: str | None = None
    redirect_uri: str | None = None


def login_page(
    form: Form, voice: Voice, *, error: str | None = None, status: int = 200
) -> Response:
    """Return the sign-in form."""
    html = (
        _environment()
        .get_template("login.html")
        .render(
            **_common(voice, title="trust.login.title"),
            action=form.action,
            transaction=form.transaction,
            client_name=form.client_name,
            error=error,
        )
    )
    return _page(html, status=status, form_action=_form_action(form.redirect_uri))


def refusal_page(refusal: PageRefusal, voice: Voice, *, action: str) -> Response:
    """Return the page that says why signing in is not possible; the form where it still is."""
    sentence = voice.refusal(refusal)
    if isinstance(refusal, CredentialsWrong):
        form = Form(
            action=action,
            transaction=refusal.transaction,
            redirect_uri=refusal.redirect_uri,
        )
        return login_page(form, voice, error=sentence, status=refusal.status)
    html = (
        _environment()
        .get_template("refused.html")
        .render(**_common(voice, title="trust.page.title"), error=sentence)
    )
    return _page(html, status=refusal.status, form_action="'none'")


def _common(voice: Voice, *, title: str) -> dict[str, object]:
    return {
        "language": voice.language,
        "title": voice.text(title),
        "notice": voice.text("trust.page.notice"),
        "style": Markup(_style()),  # noqa: S704 - our own file
        "text": voice.text,
        "request_id": voice.request_id,
    }


def _page(html: str, *, status: int, form_action: str) -> Response:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action {form_action};"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {"Content-Security-Policy": policy, "X-Frame-Options": "DENY"}
    return Response(
        html.encode(), status_code=status, media_type="text/html; charset=utf-8", headers=headers
    )


def _form_action(redirect_uri: str | None) -> str:
    """Browsers hold the redirect after a form to form-action, too: the client's address counts."""
    if redirect_uri is None:
        return "'self'"
    parts = urlsplit(redirect_uri)
    if parts.scheme in {"http", "https"}:
        return f"'self' {parts.scheme}://{parts.netloc}"
    return f"'self' {parts.scheme}:"


@cache
def _style() -> str:
    return _read("page.css")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def _read(name: str) -> str:
    folder = files("reference_server.services.trust") / _TEMPLATES
    return (folder / name).read_text(encoding="utf-8")
