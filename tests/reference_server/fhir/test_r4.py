"""R4's facts: complete, without what may not be passed on, and the same as their source."""

import os
from pathlib import Path

import pytest

from reference_server.fhir.r4.build import DefinitionsMissingError, build
from reference_server.fhir.r4.model import facts, types
from reference_server.fhir.r4.store import FactsUnreadableError, read_facts
from reference_server.fhir.r4.trim import LICENSED

PACKAGE = os.environ.get("EQUALIS_R4_DEFINITIONS")


def test_every_type_can_be_walked() -> None:
    names = {e.type for e in facts().entries("StructureDefinition") if e.kind == "resource"}
    assert len(names) >= 148
    assert all(types().get(name).elements for name in names)
    extension = types().get("Extension")
    assert extension.keys["valueQuantity"][0].name == "value"
    assert types().get("Age").is_a("Quantity")
    item = types().get("Questionnaire").elements["item"].types["item"]
    assert item is not None
    assert item.elements["item"].types["item"] is item


def test_no_list_of_licensed_codes_is_in_it_and_each_omission_is_told() -> None:
    for entry in facts().entries("ValueSet"):
        for include in facts().read(entry).get("compose", {}).get("include", ()):
            assert include.get("system") not in LICENSED or "concept" not in include
    for system in LICENSED:
        assert "concept" not in (facts().find("CodeSystem", system) or {})
    assert {each.system for each in facts().index.omissions} <= set(LICENSED.values())
    assert sum(each.concepts for each in facts().index.omissions) > 9000


def test_no_prose_is_in_it() -> None:
    patient = facts().find("StructureDefinition", "http://hl7.org/fhir/StructureDefinition/Patient")
    assert patient is not None
    for element in patient["snapshot"]["element"]:
        assert not {"definition", "comment", "short", "requirements"} & set(element)


def test_it_says_what_it_was_made_from() -> None:
    assert facts().index.source["FhirVersion"] == "4.0.1-9346c8cc45"
    assert len(facts().index.source["profiles-types.json"]) == 64


@pytest.mark.skipif(PACKAGE is None, reason="EQUALIS_R4_DEFINITIONS names no package")
def test_it_is_what_its_source_gives() -> None:
    made = build(Path(PACKAGE or ""))
    committed = Path("reference_server/fhir/r4/r4.facts").read_bytes()
    assert made.content == committed


def test_what_holds_no_definitions_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(DefinitionsMissingError):
        build(tmp_path)
    file = tmp_path / "some.tgz"
    file.write_bytes(b"no archive")
    with pytest.raises(DefinitionsMissingError):
        build(file)
    for content in (b"", b"EQFACTS1", b"EQFACTS1" + bytes(8) + b"rest"):
        file.write_bytes(content)
        with pytest.raises(FactsUnreadableError):
            read_facts(file)
