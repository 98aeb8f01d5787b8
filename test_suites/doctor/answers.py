"""What is wrong with an answer of a server under test, from the answer alone; asks nothing."""

import base64
import binascii
import email.utils
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from scenarios.document import Place
from test_suites.core.message import JsonValue
from test_suites.doctor.notebook import Fault, fault
from test_suites.match.jsontext import read_json

HERE: Final[Place] = ("server", "base_url")
FHIR_VERSION: Final = "4.0.1"
FHIR_JSON: Final = "application/fhir+json"
TOLERANCE: Final = timedelta(seconds=5)
"""How far two clocks may be apart: what a good server allows client assertions."""
GRANULE: Final = timedelta(seconds=1)
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OFFERED: Final[Mapping[str, tuple[str, ...]]] = {
    "grant_types_supported": ("authorization_code", "client_credentials"),
    "code_challenge_methods_supported": ("S256",),
    "token_endpoint_auth_methods_supported": ("private_key_jwt",),
}
SYSTEM_OPERATIONS: Final = ("submit-prescription", "retrieve-prescription")
TASK_OPERATIONS: Final[Mapping[str | None, tuple[str, ...]]] = {
    None: ("dispense",),
    "reserve": ("reserve", "release"),
    "cancel": ("cancel",),
}
"""Operations on Task by the capability that needs them; None: every server."""
_OK, _NOT_FOUND, _UNAVAILABLE = 200, frozenset({404, 410}), frozenset({500, 502, 503, 504})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer: where it was asked for, and what came."""

    url: str
    status: int
    body: bytes
    media_type: str = ""
    location: str = ""
    date: str = ""
    via: str = ""

    def is_page(self) -> bool:
        """Tell whether a page for people came."""
        return "html" in self.media_type or self.body.lstrip()[:1] == b"<"

    def value(self) -> JsonValue:
        """Return the JSON of the body; None where it is none."""
        return read_json(self.body)


def clock_faults(answer: Answer, *, asked: datetime, answered: datetime) -> Iterator[Fault]:
    """Yield a fault where the server's clock and ours are too far apart; both are in UTC."""
    theirs = http_date(answer.date)
    if theirs is None:
        return
    early, late = asked - GRANULE - TOLERANCE, answered + TOLERANCE
    if not early <= theirs <= late:
        ours = asked + (answered - asked) / 2
        seconds = round((theirs - ours).total_seconds())
        shown = {"theirs": theirs.isoformat(), "ours": ours.isoformat(timespec="seconds")}
        yield fault("clock-differs", HERE, seconds=f"{seconds:+d}", **shown)


def http_date(text: str) -> datetime | None:
    """Return the time of a Date header; None where it is none."""
    try:
        found = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def general_faults(answer: Answer) -> Iterator[Fault]:
    """Yield what would be wrong with any answer."""
    if answer.status in _MOVED:
        yield fault("address-moved", HERE, url=answer.url, location=answer.location or "?")
    elif answer.status in _UNAVAILABLE:
        yield fault("server-unavailable", HERE, url=answer.url, status=answer.status)
    elif answer.via:
        yield fault("proxy-in-between", HERE, via=answer.via)


def discovery_faults(answer: Answer, *, issuer: str) -> Iterator[Fault]:
    """Yield what is wrong with the issuer's metadata (OpenID Connect Discovery 1.0 §3)."""
    url, told = answer.url, answer.value()
    if answer.status in _NOT_FOUND:
        yield fault("discovery-missing", HERE, url=url, status=answer.status)
    elif answer.status != _OK:
        yield fault("discovery-refused", HERE, url=url, status=answer.status)
    elif not isinstance(told, dict):
        cause = "discovery-is-a-page" if answer.is_page() else "discovery-not-json"
        yield fault(cause, HERE, url=url, media_type=answer.media_type or "?")
    else:
        yield from _told_faults(told, url=url, issuer=issuer)


def _told_faults(told: Mapping[str, JsonValue], *, url: str, issuer: str) -> Iterator[Fault]:
    lacking = [name for name in ("issuer", *ENDPOINTS) if not _text(told.get(name))]
    if lacking:
        yield fault("discovery-incomplete", HERE, url=url, members=", ".join(lacking))
    elif told["issuer"] != issuer:
        yield fault("issuer-differs", HERE, expected=issuer, found=told["issuer"])
    missing = [
        f"{name}: {value}"
        for name, values in OFFERED.items()
        if isinstance(offered := told.get(name), list)
        for value in values
        if value not in offered
    ]
    if missing:
        yield fault("discovery-lacks", HERE, url=url, missing=", ".join(missing))


def metadata_faults(answer: Answer, *, capabilities: Iterable[str]) -> Iterator[Fault]:
    """Yield what is wrong with a CapabilityStatement (FHIR R4 §3.1.0.12.1)."""
    url, told = answer.url, answer.value()
    if answer.status in _NOT_FOUND:
        yield fault("metadata-missing", HERE, url=url, status=answer.status)
    elif answer.status != _OK:
        yield fault("metadata-refused", HERE, url=url, status=answer.status)
    elif not isinstance(told, dict) or told.get("resourceType") != "CapabilityStatement":
        kind = told.get("resourceType") if isinstance(told, dict) else answer.media_type
        yield fault("metadata-not-fhir", HERE, url=url, found=kind or "?")
    else:
        if answer.media_type != FHIR_JSON:
            found = answer.media_type or "?"
            yield fault("metadata-media-type", HERE, expected=FHIR_JSON, found=found)
        if told.get("fhirVersion") != FHIR_VERSION:
            found = str(told.get("fhirVersion") or "?")
            yield fault("fhir-version", HERE, expected=FHIR_VERSION, found=found)
        missing = sorted(_wanted(capabilities) - set(_offered(told)))
        if missing:
            names = ", ".join(f"${name}" for name in missing)
            yield fault("operations-missing", HERE, operations=names)


def _wanted(capabilities: Iterable[str]) -> set[str]:
    wanted = [None, *capabilities]
    return {*SYSTEM_OPERATIONS, *(name for one in wanted for name in TASK_OPERATIONS.get(one, ()))}


def _offered(told: Mapping[str, JsonValue]) -> Iterator[str]:
    """Yield the name of every operation, wherever the statement names it."""
    for rest in _objects(told.get("rest")):
        for holder in (rest, *_objects(rest.get("resource"))):
            for operation in _objects(holder.get("operation")):
                yield str(operation.get("name", "")).removeprefix("$")
                defined = str(operation.get("definition", "")).rpartition("/")[2]
                yield defined.removeprefix("erx-")


def _objects(value: JsonValue) -> Iterator[Mapping[str, JsonValue]]:
    for each in value if isinstance(value, list) else ():
        if isinstance(each, dict):
            yield each


def token_faults(
    told: Mapping[str, JsonValue], *, scopes: Iterable[str], audience: str, place: Place
) -> Iterator[Fault]:
    """Yield what is wrong with a token answer: its scopes and, where it can be read, its audience.

    A token that is no readable JWT is opaque, which is nobody's fault.
    """
    token = _text(told.get("access_token"))
    claims = jwt_claims(token)
    granted = claims.get("scope", told.get("scope"))
    names = granted.split() if isinstance(granted, str) else granted
    if isinstance(names, list):
        missing = [scope for scope in scopes if scope not in names]
        if missing:
            found = " ".join(map(str, names))
            yield fault("token-scopes", place, missing=" ".join(missing), found=found or "-")
    named = claims.get("aud")
    audiences = named if isinstance(named, list) else [named]
    if named is not None and audience not in audiences:
        found = ", ".join(map(str, audiences))
        yield fault("token-audience", place, expected=audience, found=found or "-")


def jwt_claims(token: str) -> Mapping[str, JsonValue]:
    """Return the claims that stand in a JWT, unverified; none where it is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004  header, claims, signature (RFC 7519 §3)
        return {}
    try:
        claims = read_json(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""
