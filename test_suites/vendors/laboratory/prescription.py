"""A prescription as the laboratory holds it, read from the service's answer; knows no network."""

from collections.abc import Iterable
from dataclasses import dataclass

from test_suites.vendors.kit.answer import NotReadable, objects, resource_part, string
from test_suites.vendors.kit.desk import JsonObject

CANONICAL = "https://www.esante.lu/fhir-spec"
NUMBER = f"{CANONICAL}/NamingSystem/prescription-number"
ANALYSES = f"{CANONICAL}/CodeSystem/BioPrescCodes"
MATRICULE = "urn:oid:1.3.182.4.4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One analysis of a prescription; ``identifier`` is FHIR, as the prescriber gave it."""

    identifier: JsonObject
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """What the laboratory needs of a prescription."""

    task_id: str
    number: str
    state: str
    lines: tuple[Line, ...] = ()
    patient: str = ""
    matricule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One line, and how many of its series were done."""

    line: Line
    count: int


def read_task(task: JsonObject) -> Prescription:
    """Return what a Task tells. Raises NotReadable."""
    return Prescription(
        task_id=string(task, "id"),
        number=_value(objects(task, "identifier"), NUMBER),
        state=string(task, "businessStatus", "coding", 0, "code"),
    )


def read_retrieved(told: JsonObject) -> Prescription:
    """Return what the Parameters of a retrieval tell. Raises NotReadable."""
    task = read_task(resource_part(told, "task", "Task"))
    bundle = resource_part(told, "prescription", "Bundle")
    patients = tuple(_resources(bundle, "Patient"))
    lines = tuple(_line(request) for request in _resources(bundle, "ServiceRequest"))
    if len(patients) != 1 or not lines:
        raise NotReadable
    return Prescription(
        task_id=task.task_id,
        number=task.number,
        state=task.state,
        lines=lines,
        patient=f"{string(patients[0], 'name', 0, 'given', 0)} "
        f"{string(patients[0], 'name', 0, 'family')}",
        matricule=_value(objects(patients[0], "identifier"), MATRICULE),
    )


def _line(request: JsonObject) -> Line:
    identifiers = objects(request, "identifier")
    code = request.get("code")
    if not identifiers or not isinstance(code, dict):
        raise NotReadable
    codes = [c for c in objects(code, "coding") if c.get("system") == ANALYSES]
    if not codes:
        raise NotReadable
    return Line(identifier=identifiers[0], code=string(codes[0], "code"))


def _resources(bundle: JsonObject, kind: str) -> Iterable[JsonObject]:
    for entry in objects(bundle, "entry"):
        resource = entry.get("resource")
        if isinstance(resource, dict) and resource.get("resourceType") == kind:
            yield resource


def _value(identifiers: list[JsonObject], system: str) -> str:
    for identifier in identifiers:
        if identifier.get("system") == system:
            return string(identifier, "value")
    raise NotReadable
