"""The pages a person sees when signing in and out; knows no rule and no table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import Response

from reference_server.kernel.language import Voice
from reference_server.kernel.web import Site
from reference_server.services.trust.errors import FormRefusal, PageRefusal, TokenCodeWrong
from reference_server.text import LANGUAGES

SITE: Final = Site(
    home="reference_server.services.trust", title="trust.login.title", is_narrow=True
)
_NONE, _SELF = "'none'", "'self'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a form of a sign-in holds; `redirect_uri` is where the browser may go afterwards.

    `realm` is the address the forms' paths are below.
    """

    transaction: str
    realm: str
    redirect_uri: str | None = None
    client_name: str | None = None
    login_hint: str = ""


def spoken(locales: str | None) -> str | None:
    """Return the first language of `ui_locales` that we speak."""
    tags = (tag.partition("-")[0].lower() for tag in (locales or "").split())
    return next((language for language in tags if language in LANGUAGES), None)


def login_page(
    asked: Asked, voice: Voice, *, error: str | None = None, status: int = 200
) -> Response:
    """Return the form for identifier and password."""
    return _asking("login.html", "login", asked, voice, error=error, status=status)


def token_page(
    asked: Asked, voice: Voice, *, error: str | None = None, status: int = 200
) -> Response:
    """Return the form for what the test token shows."""
    return _asking("token.html", "login/token", asked, voice, error=error, status=status)


def consent_page(asked: Asked, voice: Voice, *, scopes: Collection[str]) -> Response:
    """Return the question whether a software may have what it asks for."""
    return SITE.embedded(
        voice,
        "consent.html",
        title=voice.text("trust.consent.title"),
        form_action=_form_action(asked.redirect_uri),
        action=f"{asked.realm}/login/consent",
        form=asked,
        scopes=sorted(scopes),
    )


def sign_out_page(fields: Mapping[str, str | None], voice: Voice, *, action: str) -> Response:
    """Return the question whether to sign out; `fields` come back with the answer."""
    return SITE.embedded(
        voice,
        "sign-out.html",
        title=voice.text("trust.sign-out.title"),
        form_action=_form_action(fields.get("post_logout_redirect_uri")),
        action=action,
        fields={name: value for name, value in fields.items() if value is not None},
    )


def signed_out_page(voice: Voice) -> Response:
    """Return the page that says the person is signed out."""
    title = voice.text("trust.signed-out.title")
    return SITE.embedded(voice, "signed-out.html", title=title, form_action=_NONE)


def form_post(uri: str, fields: Mapping[str, str], voice: Voice) -> Response:
    """Return a page that posts itself to a client (OAuth 2.0 Form Post Response Mode)."""
    return SITE.embedded(
        voice,
        "form-post.html",
        title=voice.text("trust.form-post.title"),
        form_action=_form_action(uri),
        action=uri,
        fields=fields,
    )


def refusal_page(refusal: PageRefusal, voice: Voice) -> Response:
    """Return the page that says why signing in is not possible; the form where it still is."""
    if isinstance(refusal, FormRefusal):
        language = spoken(refusal.language) or voice.language
        again = Voice(catalogue=voice.catalogue, language=language, request_id=voice.request_id)
        # The form was sent to a path of the realm, or to one below `login`.
        below = isinstance(refusal, TokenCodeWrong)
        asked = Asked(
            transaction=refusal.transaction,
            realm=".." if below else ".",
            redirect_uri=refusal.redirect_uri,
        )
        page = token_page if below else login_page
        return page(asked, again, error=again.refusal(refusal), status=refusal.status)
    return SITE.embedded(
        voice,
        "refused.html",
        title=voice.text("trust.page.title"),
        status=refusal.status,
        form_action=_NONE,
        error=voice.refusal(refusal),
    )


def _asking(
    template: str, path: str, asked: Asked, voice: Voice, *, error: str | None, status: int
) -> Response:
    return SITE.embedded(
        voice,
        template,
        title=voice.text("trust.login.title"),
        status=status,
        form_action=_form_action(asked.redirect_uri),
        action=f"{asked.realm}/{path}",
        form=asked,
        error=error,
    )


def _form_action(redirect_uri: str | None) -> str:
    """Browsers hold the redirect after a form to form-action, too: the client's address counts."""
    if redirect_uri is None:
        return _SELF
    parts = urlsplit(redirect_uri)
    if parts.scheme in {"http", "https"}:
        return f"{_SELF} {parts.scheme}://{parts.netloc}"
    return f"{_SELF} {parts.scheme}:"
