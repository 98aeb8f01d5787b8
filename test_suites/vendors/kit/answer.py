"""An answer of the national service as a product reads it; knows no screen and no network.

Exceptions:
    Trouble
    ├── NoAnswer       nothing usable came back this time (reset, timeout, cut short)
    ├── Unreachable    patience is at its end
    ├── NotTrusted     the service's certificate does not stand up
    ├── NotWelcome     the service does not take our certificate
    ├── SignInRefused  the authentication server did not let us in
    ├── NotReadable    an answer came, and it is not what the interface promises
    └── Refused        the service said no, and why
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from test_suites.vendors.kit.desk import JsonObject


class OnMalformed(StrEnum):
    """What a product makes of an answer it cannot read; only the first is right."""

    TELLS = "tells the person"
    BELIEVES = "takes it for a success"
    CRASHES = "crashes"


FHIR_JSON = ("application/fhir+json", "application/json")
OK = 200


class Trouble(Exception):
    """Whatever keeps an act from its end; the product tells the person."""


class NoAnswer(Trouble):
    """Nothing usable came back this time."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Unreachable(Trouble):
    """The service stayed busy or silent."""


class NotTrusted(Trouble):
    """The service could not prove who it is."""


class NotWelcome(Trouble):
    """The service ended the connection because of our own certificate; asking again is no use."""


class SignInRefused(Trouble):
    """The authentication server did not give a token."""


class NotReadable(Trouble):
    """The answer is not what the interface promises."""


class Refused(Trouble):
    """The service refused; ``reasons`` are its own sentences."""

    def __init__(self, status: int, reasons: tuple[str, ...], codes: tuple[str, ...]) -> None:
        super().__init__(status)
        self.status = status
        self.reasons = reasons
        self.codes = codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers (names in lower case) and body of one HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header by its lower-case name."""
        return self.headers.get(name)

    def json(self) -> JsonObject:
        """Return the body as a JSON object. Raises NotReadable."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError) as wrong:
            raise NotReadable from wrong
        return _object(value)

    def resource(self, kind: str) -> JsonObject:
        """Return the body as a FHIR resource of that type. Raises NotReadable."""
        media_type = (self.header("content-type") or "").partition(";")[0].strip().lower()
        value = self.json()
        if media_type not in FHIR_JSON or value.get("resourceType") != kind:
            raise NotReadable
        return value

    def accepted(self) -> "Answer":
        """Return itself when the service said yes. Raises Refused or NotReadable."""
        if self.status == OK:
            return self
        outcome = self.resource("OperationOutcome")
        issues = [_object(issue) for issue in _list(outcome.get("issue"))]
        if not issues:
            raise NotReadable
        raise Refused(
            self.status,
            tuple(_sentence(issue) for issue in issues),
            tuple(_code(issue) for issue in issues),
        )


def part(parameters: JsonObject, name: str, content: str) -> object:
    """Return what a named parameter holds under ``content``. Raises NotReadable."""
    for entry in _list(parameters.get("parameter")):
        if _object(entry).get("name") == name and content in _object(entry):
            return _object(entry)[content]
    raise NotReadable


def resource_part(parameters: JsonObject, name: str, kind: str) -> JsonObject:
    """Return the resource a named parameter holds. Raises NotReadable."""
    resource = _object(part(parameters, name, "resource"))
    if resource.get("resourceType") != kind:
        raise NotReadable
    return resource


def pdf_of(binary: JsonObject) -> bytes:
    """Return the PDF a Binary holds. Raises NotReadable."""
    try:
        content = base64.b64decode(str(binary.get("data", "")), validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise NotReadable from wrong
    if not content.startswith(b"%PDF-"):
        raise NotReadable
    return content


def string(resource: JsonObject, *path: str | int) -> str:
    """Return the text at a path of names and positions. Raises NotReadable."""
    value: object = resource
    for step in path:
        if isinstance(step, int):
            items = _list(value)
            if step >= len(items):
                raise NotReadable
            value = items[step]
        else:
            value = _object(value).get(step)
    if not isinstance(value, str) or not value:
        raise NotReadable
    return value


def objects(resource: JsonObject, name: str) -> list[JsonObject]:
    """Return a list of objects, empty when absent. Raises NotReadable."""
    return [_object(value) for value in _list(resource.get(name, []))]


def _object(value: object) -> JsonObject:
    if not isinstance(value, dict):
        raise NotReadable
    return cast("JsonObject", value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise NotReadable
    return value


def _sentence(issue: JsonObject) -> str:
    """Return what one issue tells a person, with the place it points at."""
    details = issue.get("details")
    text = details.get("text") if isinstance(details, dict) else None
    shown = str(text or issue.get("diagnostics") or issue.get("code") or "motif non précisé")
    expression = issue.get("expression")
    if isinstance(expression, list) and expression:
        return f"{shown} ({expression[0]})"
    return shown


def _code(issue: JsonObject) -> str:
    details = issue.get("details")
    codings = details.get("coding") if isinstance(details, dict) else None
    first = codings[0] if isinstance(codings, list) and codings else None
    return str(first.get("code", "")) if isinstance(first, dict) else ""
