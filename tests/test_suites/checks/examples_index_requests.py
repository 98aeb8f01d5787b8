"""For each check of identities by FHIR: where it holds, and where it breaks."""

from typing import Any

from test_suites.core.message import Exchange
from test_suites.core.view import View
from tests.test_suites.core.build import ANNA, NORD, Loose, parameters, said, shown, step, view

WHO = "fhir-feed-source"
OWN = f"urn:oid:1.3.182.3.1.1.{NORD.cns_code}.2"
MATRICULE = "urn:oid:1.3.182.4.4"
GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
ACT = step(
    "merge-patients",
    **{"from": WHO, "as": "labo-nord"},
    parameters={"patient": "anna-weber", "local_id": "P-1", "old_id": "P-2"},
)


def number(value: str, system: str = OWN) -> dict[str, str]:
    return {"system": system, "value": value}


def patient(*numbers: dict[str, str], family: str = "Weber", **more: Loose) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": list(numbers or (number("P-1"), number(str(ANNA.matricule), MATRICULE))),
        "name": [{"family": family, "given": ["Anna"]}],
        "birthDate": ANNA.birth_date,
    } | more


def fed(body: Loose = None, *, at: str = f"{OWN}|P-1") -> Exchange:
    target = f"/s/fhir/Patient?identifier={at}"
    told = patient() if body is None else body
    return said("feed-patient", told, patient(), target=target, initiator=WHO)


def resolved(*, active: Loose = False, stays: str = "P-1") -> Exchange:
    link = [{"other": {"identifier": number(stays)}, "type": "replaced-by"}]
    return fed(patient(number("P-2"), active=active, link=link), at=f"{OWN}|P-2")


def seen(check: str, *facts: Loose, of: str = "feed-patient", **params: Loose) -> View:
    return view(check, *facts, about=WHO, of=of, act=ACT, **params)


def told(level: str) -> View:
    extension = [{"url": GRADE, "valueCode": "possible"}]
    entry = [{"resource": patient(), "search": {"extension": extension}}]
    answer = {"resourceType": "Bundle", "entry": entry}
    asked = parameters(resource=("resource", patient()))
    exchange = said("match-patient", asked, answer, initiator=WHO)
    return seen("possible-flagged", exchange, shown(level, "Anna", producer=WHO), of=MATCH)


MATCH = "match-patient"
ONLY = parameters(onlyCertainMatches=("valueBoolean", True))
ASKED = said(MATCH, ONLY, initiator=WHO)
FORM = {"parameter": "onlyCertainMatches", "form": "True"}

HOLDS: dict[str, View] = {
    "asked-with": seen("asked-with", ASKED, of=MATCH, **FORM),
    "patient-trait": seen("patient-trait", fed(), trait="family"),
    "patient-matricule": seen("patient-matricule", fed()),
    "fed-own-number": seen("fed-own-number", fed(), key="local_id"),
    "link-names": seen("link-names", resolved(), key="local_id"),
    "duplicate-inactive": seen("duplicate-inactive", resolved()),
    "possible-flagged": told("warning"),
}
BREAKS: dict[str, View] = {
    "asked-with": seen("asked-with", said(MATCH, parameters(), initiator=WHO), of=MATCH, **FORM),
    "patient-trait": seen("patient-trait", fed(patient(family="Webber")), trait="family"),
    "patient-matricule": seen("patient-matricule", fed(patient(number("P-1")))),
    "fed-own-number": seen("fed-own-number", fed(at=f"{OWN}|P-7"), key="local_id"),
    "link-names": seen("link-names", resolved(stays="P-2"), key="local_id"),
    "duplicate-inactive": seen("duplicate-inactive", resolved(active=True)),
    "possible-flagged": told("info"),
}
