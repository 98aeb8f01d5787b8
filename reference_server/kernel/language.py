"""Which language the caller reads best, and speaking it; knows no sentence of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reference_server.kernel.cookies import cookie
from reference_server.kernel.errors import Refusal
from reference_server.text import LANGUAGES, Catalogue

DEFAULT_LANGUAGE = "fr"
CHOICE: Final = "lang"
"""The query parameter and the cookie by which a person chooses a language."""


def asked_for(query: Sequence[tuple[str, str]]) -> str | None:
    """Return the language that an address names, None where it names none that we speak."""
    named = next((value for name, value in query if name == CHOICE), None)
    return named if named in LANGUAGES else None


def language_of(query: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> str:
    """Return `fr`, `en` or `de`: the address decides, then the cookie, then Accept-Language."""
    named = asked_for(query)
    if named is not None:
        return named
    kept = cookie(headers, CHOICE)
    return kept if kept in LANGUAGES else preferred(headers.get("accept-language"))


def preferred(accept_language: str | None) -> str:
    """Return `fr`, `en` or `de` from an Accept-Language header (RFC 9110 §12.5.4); else French."""
    best, best_weight = DEFAULT_LANGUAGE, 0.0
    for item in (accept_language or "").split(","):
        tag, _, parameter = item.partition(";")
        language = tag.strip().split("-")[0].lower()
        weight = _weight(parameter)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Speaks to one caller in one language about one request."""

    catalogue: Catalogue
    language: str
    request_id: str

    def text(self, message_id: str, **params: str | int) -> str:
        """Return a sentence of the catalogue."""
        return self.catalogue.render(message_id, params, self.language)

    def refusal(self, refusal: Refusal) -> str:
        """Return the sentence of a refusal."""
        return self.catalogue.render(refusal.message_id, refusal.params, self.language)

    @property
    def diagnostics(self) -> str:
        """What a caller quotes when asking for help."""
        return f"X-Request-Id: {self.request_id}"
