"""A prescription as the service tells it: Task, answers of operations; knows no network."""

import re
from dataclasses import dataclass
from typing import Final

from reference_server.national.identifiers import BIO_PRESC_CODES, PRESCRIPTION_NUMBER
from test_suites.core.message import JsonValue
from test_suites.engine.players.api import JsonObject
from test_suites.engine.players.trouble import Unreadable
from test_suites.match.fhir import (
    business_status,
    document,
    identifier,
    parameter,
    resources,
)
from test_suites.match.path import first, first_text

_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
FINAL: Final = frozenset({"completed", "cancelled", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One prescription's state at the service; `state` is its business status."""

    id: str
    number: str | None
    status: str
    state: str

    @property
    def is_final(self) -> bool:
        """Tell whether nothing more can be dispensed."""
        return self.status in FINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One analysis; `identifier` as the prescriber's software gave it."""

    identifier: dict[str, JsonValue]
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The OK of a submission."""

    task: Task
    number: str
    page: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """What a laboratory gets for a code or a number."""

    task: Task
    lines: tuple[Line, ...]


def read_task(resource: JsonValue) -> Task:
    """Return what a Task tells; raises Unreadable."""
    if first(resource, "resourceType") != "Task":
        raise Unreadable("task")
    id_, status = first_text(resource, "id"), first_text(resource, "status")
    if id_ is None or not _ID.fullmatch(id_) or not status:
        raise Unreadable("task-id-or-status")
    return Task(
        id=id_,
        number=identifier(resource, PRESCRIPTION_NUMBER),
        status=status,
        state=business_status(resource) or status,
    )


def read_moved(answer: JsonObject) -> Task:
    """Return the Task in the answer of an operation; raises Unreadable."""
    return read_task(parameter(_parameters(answer), "task", "resource"))


def read_accepted(answer: JsonObject) -> Accepted:
    """Return what a submission's OK tells; raises Unreadable."""
    told = _parameters(answer)
    number = parameter(told, "prescription-number", "valueIdentifier.value")
    page = document(parameter(told, "document", "resource"))
    if not isinstance(number, str) or not number:
        raise Unreadable("prescription-number")
    if not page:
        raise Unreadable("document")
    return Accepted(task=read_moved(answer), number=number, page=page)


def read_retrieved(answer: JsonObject) -> Retrieved:
    """Return what a retrieval tells; raises Unreadable."""
    bundle = parameter(_parameters(answer), "prescription", "resource")
    lines = tuple(_line(request) for request in resources(bundle, "ServiceRequest"))
    if not lines:
        raise Unreadable("prescription")
    return Retrieved(task=read_moved(answer), lines=lines)


def read_found(answer: JsonObject) -> Task | None:
    """Return the first Task of a searchset, None when it is empty; raises Unreadable."""
    if answer.get("resourceType") != "Bundle":
        raise Unreadable("searchset")
    found = resources(dict(answer), "Task")
    return read_task(found[0]) if found else None


def _parameters(answer: JsonObject) -> JsonValue:
    if answer.get("resourceType") != "Parameters":
        raise Unreadable("parameters")
    return dict(answer)


def _line(request: JsonValue) -> Line:
    named = first(request, "identifier[0]")
    if not isinstance(named, dict):
        raise Unreadable("line-identifier")
    code = first_text(request, f"code.coding[system={BIO_PRESC_CODES}].code")
    return Line(identifier=named, code=code)
