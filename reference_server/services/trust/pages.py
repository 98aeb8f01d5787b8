"""The pages a person sees when signing in; knows no rule and no table."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import Response

from reference_server.kernel.language import Voice
from reference_server.kernel.web import Site
from reference_server.services.trust.errors import CredentialsWrong, PageRefusal

SITE: Final = Site(
    home="reference_server.services.trust", title="trust.login.title", is_narrow=True
)


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
    return SITE.embedded(
        voice,
        "login.html",
        title=voice.text("trust.login.title"),
        status=status,
        form_action=_form_action(form.redirect_uri),
        form=form,
        error=error,
    )


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
    return SITE.embedded(
        voice,
        "refused.html",
        title=voice.text("trust.page.title"),
        status=refusal.status,
        form_action="'none'",
        error=sentence,
    )


def _form_action(redirect_uri: str | None) -> str:
    """Browsers hold the redirect after a form to form-action, too: the client's address counts."""
    if redirect_uri is None:
        return "'self'"
    parts = urlsplit(redirect_uri)
    if parts.scheme in {"http", "https"}:
        return f"'self' {parts.scheme}://{parts.netloc}"
    return f"'self' {parts.scheme}:"
