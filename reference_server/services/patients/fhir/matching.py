"""`Patient/$match` (FHIR R4, IHE PDQm ITI-119): what is asked and what is answered.

An answer tells beside the score which field gave how many bits, without the values: extension
`match-explanation` under the canonical base, *assumed* [G].
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reference_server.kernel.errors import ParameterInvalid, ParameterMissing, ResourceTypeWrong
from reference_server.national.identifiers import CANONICAL
from reference_server.services.patients.fhir.patient import read_patient, write_person
from reference_server.services.patients.model.comparison import Candidate, Comparison, Zone
from reference_server.services.patients.model.index import Person
from reference_server.services.patients.model.traits import Traits

DEFINITION: Final = "http://hl7.org/fhir/OperationDefinition/Patient-match"
MATCH_GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"
EXPLANATION: Final = f"{CANONICAL}/StructureDefinition/match-explanation"
MOST: Final = 100
_PROBABLE_FROM: Final = 0.95
_SHOWN: Final = 64
_VALUES: Final = {"onlyCertainMatches": "valueBoolean", "count": "valueInteger"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who is sought, whether only certainty helps, and how many answers at most."""

    traits: Traits
    only_certain: bool = False
    count: int = MOST


def read_question(body: Mapping[str, Any]) -> Question:
    """Return what a Parameters resource asks, or a bare Patient.

    Raises ResourceTypeWrong, ParameterMissing, ParameterInvalid, ModifierUnknown; a parameter that
    the operation does not have is refused: its slicing is closed.
    """
    kind = body.get("resourceType")
    if kind == "Patient":
        return Question(traits=read_patient(body, at="Patient"))
    if kind != "Parameters":
        raise ResourceTypeWrong(expected="Parameters", actual=str(kind)[:_SHOWN])
    told, at = _parameters(body)
    patient = told.get("resource", {}).get("resource")
    if not isinstance(patient, Mapping):
        raise ParameterMissing(name="resource", expression="Parameters.parameter")
    if patient.get("resourceType") != "Patient":
        actual = str(patient.get("resourceType"))[:_SHOWN]
        raise ResourceTypeWrong(expected="Patient", actual=actual, expression=at["resource"])
    only, count = (_value(told, at, name) for name in _VALUES)
    if not isinstance(only, bool | None):
        raise ParameterInvalid(name="onlyCertainMatches", expression=at["onlyCertainMatches"])
    if isinstance(count, bool) or not (count is None or (isinstance(count, int) and count > 0)):
        raise ParameterInvalid(name="count", expression=at["count"])
    return Question(
        traits=read_patient(patient, at=f"{at['resource']}.resource"),
        only_certain=bool(only),
        count=min(count or MOST, MOST),
    )


def write_answer(
    found: Sequence[tuple[Candidate, Person]], *, base: str, bundle_id: str
) -> dict[str, Any]:
    """Return the searchset Bundle, the likeliest first; empty when nobody is near."""
    return {
        "resourceType": "Bundle",
        "id": bundle_id,
        "type": "searchset",
        "total": len(found),
        "entry": [
            {
                "fullUrl": f"{base}/Patient/{person.mpi}",
                "resource": write_person(person),
                "search": _search(candidate.comparison),
            }
            for candidate, person in found
        ],
    }


def grade(comparison: Comparison) -> str:
    """Return FHIR's match-grade: certain, probable or possible."""
    if comparison.zone is Zone.CERTAIN:
        return "certain"
    return "probable" if comparison.probability >= _PROBABLE_FROM else "possible"


def explanation(comparison: Comparison) -> str:
    """Return in one line what gave the score: `family exact +9.7; …; held: homonym`."""
    told = [f"{each.field} {each.level} {each.weight:+.1f}" for each in comparison.contributions]
    held = [f"held: {', '.join(comparison.holds)}"] if comparison.holds else []
    return "; ".join((*told, *held))


def _search(comparison: Comparison) -> dict[str, Any]:
    return {
        "extension": [
            {"url": MATCH_GRADE, "valueCode": grade(comparison)},
            {"url": EXPLANATION, "valueString": explanation(comparison)},
        ],
        "mode": "match",
        "score": round(comparison.probability, 6),
    }


def _parameters(body: Mapping[str, Any]) -> tuple[dict[str, Mapping[str, Any]], dict[str, str]]:
    """Return the parameters by name and their FHIRPaths."""
    listed = body.get("parameter", ())
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise ParameterInvalid(name="parameter", expression="Parameters.parameter")
    told: dict[str, Mapping[str, Any]] = {}
    at: dict[str, str] = {}
    for position, each in enumerate(listed):
        path = f"Parameters.parameter[{position}]"
        name = each.get("name") if isinstance(each, Mapping) else None
        if name not in {"resource", *_VALUES} or name in told:
            raise ParameterInvalid(name=str(name)[:_SHOWN], expression=path)
        told[str(name)], at[str(name)] = each, path
    return told, at


def _value(told: Mapping[str, Mapping[str, Any]], at: Mapping[str, str], name: str) -> Any:  # noqa: ANN401 - JSON
    if name not in told:
        return None
    value = told[name].get(_VALUES[name])
    if value is None:
        raise ParameterInvalid(name=name, expression=at[name])
    return value
