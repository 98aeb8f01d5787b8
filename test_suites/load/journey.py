"""The requests of one journey as bytes, and what their answers say; knows no network.

The generator imports this too: nothing here may import asyncio or anything of the lab's.
"""

import re
from collections.abc import Callable
from typing import Final

import msgspec

MARK: Final = "00000000-0000-4000-8000-{:012d}"
"""Stands in a submission where each journey writes an identifier of its own."""

NOTHING: Final = b'{"resourceType":"Parameters"}'
_MARKS: Final = re.compile(r"00000000-0000-4000-8000-[0-9]{12}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NUMBER: Final = "prescription-number"


class UnreadableError(ValueError):
    """An answer is not what the interface says."""


class MistakenError(ValueError):
    """An answer speaks of another prescription than was asked for, or of another state."""


class _Value(msgspec.Struct):
    value: str = ""


class _Coding(msgspec.Struct):
    code: str = ""


class _Details(msgspec.Struct):
    coding: list[_Coding] = msgspec.field(default_factory=list)


class _Issue(msgspec.Struct):
    code: str = ""
    details: _Details | None = None


class _Resource(msgspec.Struct, rename={"type": "resourceType"}):
    type: str = ""
    id: str = ""
    status: str = ""
    issue: list[_Issue] = msgspec.field(default_factory=list)


class _Parameter(msgspec.Struct, rename={"identifier": "valueIdentifier"}):
    name: str
    identifier: _Value | None = None
    resource: _Resource | None = None


class _Parameters(msgspec.Struct):
    parameter: list[_Parameter]


def fresh(body: str, new: Callable[[], str]) -> bytes:
    """Return a submission with new identifiers: equal marks become equal identifiers."""
    made = {mark: new() for mark in dict.fromkeys(_MARKS.findall(body))}
    return _MARKS.sub(lambda mark: made[mark[0]], body).encode()


def retrieval(number: str, birth_date: str) -> bytes:
    """Return the body that asks for a prescription by number and birth date."""
    return _parameters(
        {"name": "number", "valueString": number},
        {"name": "birth-date", "valueDate": birth_date},
    )


def dispensation(identifier: str) -> bytes:
    """Return the body that reports everything as dispensed."""
    value = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{identifier}"}
    return _parameters({"name": "dispensation", "valueIdentifier": value})


def accepted(answer: bytes) -> tuple[str, str]:
    """Return prescription number and Task id of a submission's OK; raises UnreadableError."""
    found = _read(answer)
    values = (p.identifier.value for p in found if p.name == _NUMBER and p.identifier)
    number = next(values, "")
    task = _task(found)
    if not number:
        raise UnreadableError(_NUMBER)
    return number, task.id


def same_task(answer: bytes, task_id: str, *, status: str | None = None) -> None:
    """Raise MistakenError where an answer is about another Task, or in another status."""
    task = _task(_read(answer))
    if task.id != task_id or status not in {None, task.status}:
        raise MistakenError(task.id)


def refusal_code(answer: bytes) -> str:
    """Return the first code of an OperationOutcome; nothing where there is none."""
    try:
        outcome = msgspec.json.decode(answer, type=_Resource)
    except msgspec.MsgspecError:
        return ""
    issue = next(iter(outcome.issue), _Issue())
    codes = [coding.code for coding in issue.details.coding] if issue.details else []
    return plain(next((code for code in (*codes, issue.code) if code), ""))


def plain(text: str) -> str:
    """Return a word that a report may show as it is; nothing for anything else."""
    return text if _PLAIN.fullmatch(text) else ""


def _read(answer: bytes) -> list[_Parameter]:
    try:
        return msgspec.json.decode(answer, type=_Parameters).parameter
    except msgspec.MsgspecError as error:
        raise UnreadableError("parameters") from error


def _task(found: list[_Parameter]) -> _Resource:
    tasks = (p.resource for p in found if p.name == "task" and p.resource is not None)
    task = next(tasks, None)
    if task is None or not _PLAIN.fullmatch(task.id):
        raise UnreadableError("task")
    return task


def _parameters(*parameters: dict[str, object]) -> bytes:
    return msgspec.json.encode({"resourceType": "Parameters", "parameter": parameters})
