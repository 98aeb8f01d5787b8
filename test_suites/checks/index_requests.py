"""Facts about how an establishment's software tells and asks the index of identities by FHIR."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from reference_server.national.identifiers import MATRICULE
from test_suites.checks.requests import where_something_was_sent
from test_suites.checks.telling import told_of
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange, JsonValue
from test_suites.core.view import View, in_request
from test_suites.match.fhir import accepted, answered, parameter, sent
from test_suites.match.path import first, first_text, select

LOCAL = "urn:oid:1.3.182.3.1.1"
GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
_TRAITS = {
    "family": "name[0].family",
    "given": "name[0].given[0]",
    "birth_date": "birthDate",
    "gender": "gender",
}


@where_something_was_sent
def asked_with(view: View) -> Iterator[Observation]:
    """A parameter of each request has a form, wherever it stands: address, form or body."""
    name, pattern = view.text("parameter"), view.text("form")
    for exchange in view.exchanges():
        values = asked_of(exchange).get(name, [])
        holds = bool(values) and all(re.fullmatch(pattern, each) for each in values)
        yield view.decide(
            in_request(exchange),
            holds=holds,
            expected=f"{name} {pattern}",
            actual=", ".join(values) or "-",
        )


@where_something_was_sent
def patient_trait(view: View) -> Iterator[Observation]:
    """What the Patient of each request tells is what the person at the desk entered."""
    trait = view.text("trait")
    who = view.asked("patient")
    entered = view.step.parameters.get(trait, None if who is None else getattr(who, trait))
    if not entered:
        yield view.unobserved("no-request")
        return
    for exchange in view.exchanges():
        actual = first_text(_patient(exchange), _TRAITS[trait]) or "-"
        yield view.decide(
            in_request(exchange), holds=actual == entered, expected=entered, actual=actual
        )


@where_something_was_sent
def patient_matricule(view: View) -> Iterator[Observation]:
    """The patient's matricule is told under its own system."""
    who = view.asked("patient")
    if who is None or who.matricule is None:
        yield view.unobserved("no-request")
        return
    for exchange in view.exchanges():
        found = _numbers(_patient(exchange))
        yield view.decide(
            in_request(exchange),
            holds=(MATRICULE, who.matricule) in found,
            expected=f"{MATRICULE}|{who.matricule}",
            actual=_told(found),
        )


@where_something_was_sent
def fed_own_number(view: View) -> Iterator[Observation]:
    """The address names the number of the step, and what is told of a patient carries it."""
    number = _own(view, "key")
    for exchange in view.exchanges():
        named = asked_of(exchange, body=False).get("identifier", [])
        body = _numbers(_patient(exchange)) if exchange.request.body else (number,)
        actual = f"{', '.join(named) or '-'}; {_told(body)}"
        yield view.decide(
            in_request(exchange),
            holds=named == ["|".join(number)] and number in body,
            expected="|".join(number),
            actual=actual,
        )


@where_something_was_sent
def link_names(view: View) -> Iterator[Observation]:
    """The link `replaced-by` of a duplicate names the number that stays."""
    number = _own(view, "key")
    for exchange in view.exchanges():
        other = "link[type=replaced-by].other.identifier"
        found = tuple(number_of(each) for each in select(_patient(exchange), other))
        yield view.decide(
            in_request(exchange),
            holds=found == (number,),
            expected="|".join(number),
            actual=_told(found),
        )


@where_something_was_sent
def duplicate_inactive(view: View) -> Iterator[Observation]:
    """The duplicate that is resolved is declared not active."""
    for exchange in view.exchanges():
        active = first(_patient(exchange), "active")
        yield view.decide(
            in_request(exchange), holds=active is False, expected="active: false", actual=active
        )


def possible_flagged(view: View) -> Iterator[Observation]:
    """Where nobody is certain and somebody is possible, the person is warned."""
    grades = [
        str(first(entry, f"search.extension[url={GRADE}].valueCode"))
        for exchange in view.exchanges()
        if accepted(exchange)
        for entry in select(answered(exchange), "entry[*]")
    ]
    if not grades or "certain" in grades:
        yield view.unobserved("no-doubt")
        return
    yield told_of(view)


def asked_of(exchange: Exchange, *, body: bool = True) -> dict[str, list[str]]:
    """Return what is asked, by name: in the address, in a form, in a Parameters resource."""
    query = urlsplit(exchange.request.target).query
    pairs = parse_qsl(query, keep_blank_values=True)
    told = sent(exchange) if body else None
    if body and told is None:
        text = exchange.request.body.decode("utf-8", "replace")
        pairs += parse_qsl(text, keep_blank_values=True)
    for each in select(told, "parameter[*]"):
        value = first(each, "valueString") or first(each, "valueUri") or first(each, "valueBoolean")
        pairs.append((first_text(each, "name") or "", str(value)))
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _patient(exchange: Exchange) -> JsonValue:
    """Return the Patient of a request: the resource itself, or the parameter `resource`."""
    resource = sent(exchange)
    if first(resource, "resourceType") == "Patient":
        return resource
    return parameter(resource, "resource", "resource")


def _numbers(patient: JsonValue) -> tuple[tuple[str, str], ...]:
    return tuple(number_of(each) for each in select(patient, "identifier[*]"))


def number_of(identifier: JsonValue) -> tuple[str, str]:
    """Return system and value of an Identifier, empty where it has none."""
    return first_text(identifier, "system") or "", first_text(identifier, "value") or ""


def _told(numbers: tuple[tuple[str, str], ...]) -> str:
    return ", ".join("|".join(each) for each in numbers) or "-"


def _own(view: View, name: str) -> tuple[str, str]:
    """Return the number that a parameter of the step names, in the sender's own domain."""
    who = view.personas.get(view.step.as_)
    system = f"{LOCAL}.{'' if who is None else who.cns_code}.2"
    return system, str(view.step.parameters.get(view.text(name), ""))
