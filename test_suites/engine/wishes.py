"""What a step asks a product for, in the words of the driver contract; knows no network."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reference_server.population.personas import Population
from reference_server.services.prescriptions.catalogue import bio_presc_codes
from scenarios.model import Actor, Operation, Step
from test_suites.core.message import JsonValue
from test_suites.core.transcript import BoundPrescription
from test_suites.engine.people import wish
from test_suites.engine.players.paper import make_page, stray_page, tampered

FROM_PAPER = frozenset({Operation.DISPENSE, Operation.RETRIEVE})
COPIED = ("lines", "keep_reserved", "bundle_identifier", "reason")
ESTABLISHMENTS = frozenset(
    {
        *(Actor.FEED_SOURCE, Actor.IDENTITY_CONSUMER),
        *(Actor.FHIR_FEED_SOURCE, Actor.FHIR_IDENTITY_CONSUMER),
    }
)
OF_MESSAGES = frozenset(
    {
        *("local_id", "old_id", "other_id", "version", "charset", "event"),
        *("family", "given", "birth_date", "domain", "authority", "page", "only_certain"),
        "criteria",
    }
)
"""What an act of an establishment's software is told besides the patient."""


class NothingToBeginWith(Exception):
    """An earlier step left nothing that this one could work on; nobody's new fault."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Owns what is needed to say a step in the words of the contract."""

    population: Population
    bindings: Mapping[str, BoundPrescription]
    papers: Callable[[str], bytes]

    def of(self, step: Step) -> dict[str, JsonValue]:
        """Return an act's parameters; raises NothingToBeginWith."""
        given = step.parameters
        told: dict[str, JsonValue] = {key: given[key] for key in COPIED if key in given}
        if step.from_ in ESTABLISHMENTS:
            told |= {key: given[key] for key in OF_MESSAGES if key in given}
        if "patient" in given:
            matricule = given.get("matricule")
            told["patient"] = wish(
                self.population,
                str(given["patient"]),
                None if matricule is None else str(matricule),
            )
        if "lines" in given and step.operation is Operation.PRESCRIBE:
            told["lines"] = _displayed(given["lines"])
        if "prescription" in given:
            told["number"] = self._number(str(given["prescription"]))
        if step.operation in FROM_PAPER:
            told |= self._presented(given)
        return told

    def _presented(self, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        if given.get("stray"):
            return {"paper_base64": base64.b64encode(stray_page()).decode("ascii")}
        if "paper" not in given:
            person = self.population.patients[str(given["birth_date_of"])]
            number = self._number(str(given["number"]))
            return {"number": number, "birth_date": person.birth_date.isoformat()}
        bound = self._bound(str(given["paper"]))
        if bound.paper is None:
            raise NothingToBeginWith(f"paper-missing:{given['paper']}")
        pdf = self.papers(bound.paper)
        if given.get("tamper") == "code":
            if bound.code is None:
                raise NothingToBeginWith(f"code-missing:{given['paper']}")
            pdf = make_page(("Ordonnance de biologie médicale",), code=tampered(bound.code))
        return {"paper_base64": base64.b64encode(pdf).decode("ascii")}

    def _bound(self, name: str) -> BoundPrescription:
        if name not in self.bindings:
            raise NothingToBeginWith(f"binding-missing:{name}")
        return self.bindings[name]

    def _number(self, name: str) -> str:
        number = self._bound(name).number
        if number is None:
            raise NothingToBeginWith(f"number-missing:{name}")
        return number


def _displayed(lines: JsonValue) -> JsonValue:
    """Give each line a display: a person at a desk sees words, not codes."""
    if not isinstance(lines, list):
        return lines
    return [
        {"display": _name(str(line["code"])), **line} for line in lines if isinstance(line, dict)
    ]


def _name(code: str) -> str:
    """Return an analysis' name; a code that no catalogue knows stands for itself."""
    known = bio_presc_codes().get(code)
    return code if known is None else known.name
