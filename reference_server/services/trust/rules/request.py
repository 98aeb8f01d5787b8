"""What an authorisation request may say besides whom and what for; pure, knows no table."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from reference_server.services.trust.errors import InvalidRequest
from reference_server.services.trust.model import LEVELS, level_of, reaches

RESPONSE_MODES = ("query", "form_post")
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_NAMES_LIMIT = 50
_LONGEST_AGE = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsWanted:
    """The `claims` parameter: names for each place, and what it demands of the person."""

    id_token: tuple[str, ...] = ()
    userinfo: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    essential: bool = False
    subject: str | None = None


def check_response_mode(asked: str | None) -> str:
    """RFC 6749 §4.1.2 (query), OAuth 2.0 Form Post Response Mode: how the answer travels."""
    if asked is None:
        return RESPONSE_MODES[0]
    if asked not in RESPONSE_MODES:
        raise InvalidRequest("response-mode")
    return asked


def check_prompt(asked: str | None) -> frozenset[str]:
    """OpenID Connect Core §3.1.2.1: `none` stands alone; an unknown value is no value."""
    words = frozenset((asked or "").split())
    if "none" in words and len(words) > 1:
        raise InvalidRequest("prompt")
    return words & PROMPTS


def check_max_age(asked: str | None) -> int | None:
    """OpenID Connect Core §3.1.2.1: seconds since the person proved who they are."""
    if asked is None:
        return None
    if not (asked.isascii() and asked.isdigit()) or int(asked) > _LONGEST_AGE:
        raise InvalidRequest("max-age")
    return int(asked)


def check_claims(asked: str | None) -> ClaimsWanted:
    """OpenID Connect Core §5.5: a JSON object; a claim that is not known is not answered."""
    if asked is None:
        return ClaimsWanted()
    try:
        told = msgspec.json.decode(asked, type=dict[str, dict[str, dict[str, object] | None]])
    except (msgspec.DecodeError, RecursionError):
        raise InvalidRequest("claims-malformed") from None
    id_token, userinfo = told.get("id_token", {}), told.get("userinfo", {})
    if len(id_token) + len(userinfo) > _NAMES_LIMIT:
        raise InvalidRequest("claims-malformed")
    acr = id_token.get("acr") or {}
    return ClaimsWanted(
        id_token=tuple(id_token),
        userinfo=tuple(userinfo),
        levels=_texts(acr),
        essential=acr.get("essential") is True and bool(_texts(acr)),
        subject=_subject(id_token, userinfo),
    )


def _texts(member: Mapping[str, object]) -> tuple[str, ...]:
    values = member.get("values")
    listed = values if isinstance(values, list) else [member.get("value")]
    return tuple(value for value in listed if isinstance(value, str))


def _subject(*places: Mapping[str, Mapping[str, object] | None]) -> str | None:
    """OpenID Connect Core §5.5.1: one person at most is asked for by name."""
    named = {value for place in places for value in _texts(place.get("sub") or {})}
    if len(named) > 1:
        raise InvalidRequest("claims-malformed")
    return next(iter(named), None)


def is_reached(methods: tuple[str, ...], levels: tuple[str, ...]) -> bool:
    """OpenID Connect Core §5.5.1.1: one of the levels asked for is reached; none asked: yes."""
    return not levels or any(reaches(level_of(methods), wanted) for wanted in levels)


def is_reachable(levels: tuple[str, ...]) -> bool:
    """OpenID Connect Core §5.5.1.1: one of the levels asked for is known here."""
    return any(level in LEVELS for level in levels)
