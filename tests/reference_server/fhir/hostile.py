"""Hostile documents: valid resources with something changed at any place, and who reads them."""

import copy
import json
import os
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from reference_server.fhir.fhirpath import FhirPathError, evaluate
from reference_server.fhir.json_reader import JsonFault, read_json
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.validator import Validator
from reference_server.fhir.xml_reader import XmlFault, read_xml

PROFILE_URL: Final = "urn:test:hostile"
MEASURE_URL: Final = "http://example.org/measure"
LARGEST: Final = 20_000
_TYPE: Final = {"system": "urn:s", "code": "a", "display": "A"}
SEEDS: Final[tuple[dict[str, Any], ...]] = (
    {
        "resourceType": "MeasureReport",
        "status": "complete",
        "type": "summary",
        "measure": MEASURE_URL,
        "period": {"start": "2026"},
        "group": [{"population": [{"code": {"coding": [_TYPE]}, "count": 1}],
                   "measureScore": {"value": 1}}],
    },
    {
        "resourceType": "SearchParameter", "url": "urn:sp", "name": "n", "status": "active",
        "description": "d", "code": "c", "base": ["Patient"], "type": "string",
        "expression": "Patient.name.family",
    },
    {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "self", "url": "http://a.lu/Patient?_type=Patient"},
                 {"relation": "next", "url": "http://a.lu/2"}],
        "entry": [{"fullUrl": "http://a.lu/Patient/p", "search": {"mode": "match"},
                   "resource": {"resourceType": "Patient", "id": "p", "language": "en",
                                "managingOrganization": {"reference": "urn:uuid:x"}}}],
    },
    {
        "resourceType": "Patient",
        "id": "p",
        "meta": {"profile": [PROFILE_URL], "tag": [_TYPE]},
        "contained": [{"resourceType": "Organization", "id": "o", "name": "x"}],
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
                       "valueAddress": {"city": "Esch"}}],
        "identifier": [{"system": "urn:ins", "value": "1", "type": {"coding": [_TYPE]}}],
        "name": [{"family": "Weber", "given": ["Anna", None], "_given": [None, {"id": "g"}]}],
        "gender": "female",
        "birthDate": "1984-03-17",
        "_birthDate": {"extension": [{"url": "urn:x", "valueDecimal": 1.5}]},
        "maritalStatus": {"coding": [_TYPE], "text": "x"},
        "photo": [{"data": "QUJD", "size": 3}],
        "managingOrganization": {"reference": "#o", "type": "Organization"},
    },
    {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"code": "vital-signs", "system":
                     "http://terminology.hl7.org/CodeSystem/observation-category"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]},
        "subject": {"reference": "Patient/p/_history/1"},
        "effectiveDateTime": "2026-01-02T10:00:00+01:00",
        "valueQuantity": {"value": 36.6, "unit": "°C", "code": "Cel",
                          "system": "http://unitsofmeasure.org"},
        "referenceRange": [{"low": {"value": 35.0}, "high": {"value": 38}}],
    },
    {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:0"},
        "timestamp": "2026-01-02T10:00:00Z",
        "entry": [
            {"fullUrl": "http://a.b/Composition/c", "resource": {
                "resourceType": "Composition", "id": "c", "status": "final",
                "type": {"text": "x"}, "date": "2026", "title": "x",
                "author": [{"reference": "Practitioner/q"}],
                "section": [{"title": "s", "entry": [{"reference": "Observation/o"}],
                             "section": [{"text": {"status": "generated", "div":
                              "<div xmlns='http://www.w3.org/1999/xhtml'>x</div>"}}]}]}},
            {"fullUrl": "http://a.b/Practitioner/q",
             "resource": {"resourceType": "Practitioner", "id": "q"}},
            {"fullUrl": "http://a.b/Observation/o", "request": {"method": "PUT", "url": "x"},
             "resource": {"resourceType": "Observation", "id": "o", "status": "final",
                          "code": {"text": "x"}}},
        ],
    },
    {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"fullUrl": "urn:uuid:6a0c1d6e-1111-4222-8333-444455556666",
                   "request": {"method": "PUT", "url": "Patient/p"},
                   "resource": {"resourceType": "Patient", "id": "p"}}],
    },
    {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "urn:test:questions",
        "status": "completed",
        "item": [{"linkId": "1", "item": [{"linkId": "1.1", "answer": [{"valueString": "x",
                  "item": [{"linkId": "1.1.1", "answer": [{"valueInteger": 1}]}]}]}]}],
    },
    {
        "resourceType": "CodeSystem", "url": "urn:test:colours", "status": "active", "name": "C",
        "content": "complete", "count": 2, "caseSensitive": True, "valueSet": "urn:test:set",
        "supplements": "urn:s", "property": [{"code": "warm", "type": "boolean"}],
        "filter": [{"code": "warm", "operator": ["="], "value": "true"}],
        "concept": [{"code": "red", "property": [{"code": "warm", "valueBoolean": True}],
                     "concept": [{"code": "pink"}]}],
    },
    {
        "resourceType": "ValueSet", "url": "urn:test:set", "status": "active", "name": "S",
        "compose": {"include": [{"system": "http://hl7.org/fhir/administrative-gender",
                                 "concept": [{"code": "male"}], "valueSet": ["urn:test:far"],
                                 "filter": [{"property": "warm", "op": "=", "value": "true"}]}],
                    "exclude": [{"system": "urn:s|1", "concept": [{"code": "a"}]}]},
    },
    {
        "resourceType": "ConceptMap", "status": "active", "name": "M",
        "group": [{"source": "http://hl7.org/fhir/administrative-gender", "target": "urn:s",
                   "element": [{"code": "male", "target": [
                       {"code": "a", "equivalence": "equal"},
                       {"code": "b", "equivalence": "wider"}]}]}],
    },
    {
        "resourceType": "Questionnaire", "status": "active", "name": "Q", "item": [
            {"linkId": "1", "type": "choice", "answerOption": [{"valueCoding": _TYPE}]},
            {"linkId": "2", "type": "group", "enableBehavior": "any", "item": [{"linkId": "2.1",
             "type": "string"}], "enableWhen": [{"question": "1", "operator": "=",
                                                 "answerCoding": _TYPE}]}],
    },
    {
        "resourceType": "Patient", "language": "lb-LU", "photo": [
            {"contentType": "image/png", "data": "QUJD", "size": 3, "hash": "QUJD"}],
        "text": {"status": "generated", "div": "<div xmlns='http://www.w3.org/1999/xhtml'>"
                 "<a href='#b'>x</a><table id='b'><tr><td>y</td></tr></table></div>"},
    },
    {
        "resourceType": "StructureDefinition", "url": "urn:test:e", "name": "E", "status": "draft",
        "kind": "complex-type", "abstract": False, "type": "Extension",
        "context": [{"type": "element", "expression": "Patient.name"}],
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Extension",
        "derivation": "constraint", "differential": {"element": [
            {"id": "Extension.url", "path": "Extension.url", "fixedUri": "urn:test:e",
             "constraint": [{"key": "e-1", "severity": "error", "human": "h",
                             "expression": "true"}]}]},
    },
    {
        "resourceType": "StructureDefinition",
        "url": "urn:test:defined",
        "name": "Defined",
        "status": "active",
        "kind": "resource",
        "abstract": False,
        "type": "Patient",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "derivation": "constraint",
        "differential": {"element": [
            {"id": "Patient.name", "path": "Patient.name", "min": 1,
             "type": [{"code": "HumanName"}],
             "slicing": {"discriminator": [{"type": "value", "path": "use"}], "rules": "open"}},
            {"id": "Patient.name:official", "path": "Patient.name", "sliceName": "official"},
            {"id": "Patient.name:official.use", "path": "Patient.name.use",
             "fixedCode": "official"},
        ]},
    },
)  # fmt: skip
DEFINITIONS: Final[tuple[dict[str, Any], ...]] = (
    {
        "resourceType": "Measure", "url": MEASURE_URL, "status": "active",
        "scoring": {"coding": [{"code": "proportion"}]},
        "group": [{"population": [{"code": {"coding": [_TYPE]}}]}],
    },
    {
        **SEEDS[-1],
        "url": PROFILE_URL,
        "differential": {"element": [
            {"path": "Patient.identifier",
             "slicing": {"discriminator": [{"type": "pattern", "path": "type"},
                                           {"type": "value", "path": "system"}],
                         "rules": "closed", "ordered": True}},
            {"path": "Patient.identifier", "sliceName": "ins", "min": 1, "max": "1"},
            {"path": "Patient.identifier.system", "min": 1, "fixedUri": "urn:ins"},
            {"path": "Patient.identifier.type", "patternCodeableConcept": {"coding": [_TYPE]}},
            {"path": "Patient.name", "slicing": {"discriminator": [
                {"type": "exists", "path": "use"}], "rules": "open"}},
            {"path": "Patient.name", "sliceName": "used"},
            {"path": "Patient.name.use", "min": 1},
            {"path": "Patient.birthDate", "minValueDate": "1900-01-01"},
        ]},
    },
    {
        "resourceType": "Questionnaire",
        "url": "urn:test:questions",
        "status": "active",
        "item": [{"linkId": "1", "type": "group", "item": [
            {"linkId": "1.1", "type": "string", "required": True, "item": [
                {"linkId": "1.1.1", "type": "integer"}]}]}],
    },
)  # fmt: skip
EXPRESSIONS: Final = (
    "Patient.name.where(use = 'official').given.first() | name.family",
    "contact.all(name.exists() or telecom.exists())",
    "descendants().where($this is Quantity).value.aggregate($this + $total, 0)",
    "birthDate + 3 days > today() and (1 'mg' = 0.001 'g').not()",
    "entry.resource.ofType(Observation).value.as(Quantity).value.round(2).toString()",
    "iif(id.exists(), id.matches('[a-z]+'), %resource.`id`.substring(1, 2).replace('a', 'b'))",
    "(1 to 3).select($index)",
    "repeat(item).linkId.isDistinct() xor name.count() mod 2 div 1 >= -0.50",
)
_VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 10**30, 1.5, "", "x", "#", "#o", "Patient/1", " ", "\u0000", "2020-02-30",
    [], {}, [[]], [{}], [None], ["x"], [1], {"a": 1}, {"resourceType": 1}, {"reference": 1},
    {"resourceType": "Patient"}, {"resourceType": ["x"]}, {"coding": 5}, "1e400", "é" * 9,
)  # fmt: skip
TOKENS: Final = (
    b"{", b"}", b"[", b"]", b"[" * 70, b'{"a":' * 70, b"null", b"1e999999999", b"-", b"9" * 401,
    b'"', b"\\ud800", b"\xff", b"NaN", b",", b":", b"<a>", b"</a>", b"<", b"&x;", b"<!--", b"<?x?>",
    b"<!DOCTYPE x>", b"(" * 50, b".", b"''", b"``", b"@2020", b"@T", b"%", b"$this", b"1 'mg'",
    b"9" * 30, b" and ", b".repeat($this)", b"|", b"~",
)  # fmt: skip


@cache
def seeds() -> tuple[dict[str, Any], ...]:
    """Return valid resources to start from: our own, and public ones where they are at hand."""
    folder = os.environ.get("EQUALIS_PUBLIC_SUITES")
    files = sorted(Path(folder, "fhir-validator-r4", "files").glob("*.json")) if folder else []
    read = (_read(file) for file in files if file.stat().st_size < LARGEST)
    return (*SEEDS * 10, *(each for each in read if each is not None))


def _read(file: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(file.read_bytes())
    except ValueError:
        return None
    return found if isinstance(found, dict) and "resourceType" in found else None


@cache
def validator() -> Validator:
    """Return a validator that knows a profile with slices, and a questionnaire."""
    library = Library()
    library.lay(DEFINITIONS)
    return Validator(library=library)


def mutated(resource: Any, chance: random.Random) -> Any:  # noqa: ANN401  JSON
    """Return a resource that is changed at one to four places."""
    out = copy.deepcopy(resource)
    for _ in range(chance.choice((1, 1, 2, 4))):
        places = list(_places(out))
        if not places:
            break
        _change(*chance.choice(places), chance, places)
    return out


def _change(holder: Any, key: Any, chance: random.Random, places: list[tuple[Any, Any]]) -> None:  # noqa: ANN401  JSON
    held = holder[key]
    match chance.randrange(7):
        case 0 | 1 | 2:
            holder[key] = copy.deepcopy(chance.choice(_VALUES))
        case 3:
            holder[key] = chance.choice(([held], {"x": held}))
        case 4 if isinstance(holder, dict):
            holder[f"_{key}" if not key.startswith("_") else key[1:]] = held
        case 5 if isinstance(holder, dict):
            del holder[key]
        case _:
            other, place = chance.choice(places)
            if place in other if isinstance(other, dict) else place < len(other):
                holder[key] = copy.deepcopy(other[place])


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401  JSON
    keys: Any = (
        tree if isinstance(tree, dict) else range(len(tree) if isinstance(tree, list) else 0)
    )
    for key in keys:
        yield tree, key
        yield from _places(tree[key])


def torn(raw: bytes, chance: random.Random) -> bytes:
    """Return bytes of which something was cut, doubled, or replaced."""
    out = bytearray(raw)
    for _ in range(chance.choice((1, 2, 4))):
        start = chance.randrange(len(out) + 1)
        end = min(len(out), start + chance.randrange(1, 40))
        match chance.randrange(4):
            case 0:
                del out[start:end]
            case 1:
                out[start:start] = out[max(0, start - 50) : start] or b"x"
            case 2:
                out[start:end] = chance.choice(TOKENS)
            case _:
                out[start : start + 1] = bytes([chance.randrange(256)])
    return bytes(out)


def look(raw: bytes) -> None:
    """Read and validate a document; whatever it is, an outcome must come back."""
    told = validator().validate(raw, profiles=(PROFILE_URL,))
    if told["resourceType"] != "OperationOutcome" or not told["issue"]:
        raise AssertionError("no outcome")


def read(raw: bytes) -> None:
    """Read bytes as JSON and as XML; only the declared faults may be raised."""
    for reader, fault in ((read_json, JsonFault), (read_xml, XmlFault)):
        try:
            reader(raw)
        except fault:
            continue


def ask(expression: str, resource: Any) -> None:  # noqa: ANN401  JSON
    """Evaluate an expression; only the declared error may be raised."""
    try:
        evaluate(resource, expression)
    except FhirPathError:
        return
