"""The synthetic BioPrescCodes catalogue has the shape that is public."""

import json
from importlib.resources import files

from reference_server.services.prescriptions import SERVICE
from reference_server.services.prescriptions.catalogue import bio_presc_codes

USED_BY_SCENARIOS = ("BIO-0101", "BIO-0102", "BIO-0201", "BIO-0301", "BIO-0401", "BIO-0501")


def test_the_file_has_the_public_shape() -> None:
    folder = files("reference_server.national")
    content = json.loads((folder / "bio_presc_codes.json").read_text(encoding="utf-8"))
    assert set(content) == {"Version", "BioPrescCodes"}
    for entry in content["BioPrescCodes"]:
        assert all(entry[name] for name in ("Code", "Name", "Specimen"))
        assert all(act["Code"] for act in entry.get("CNSActs", []))
        for choice in (*entry.get("Conditions", []), *entry.get("TargetSites", [])):
            assert set(choice) == {"Code", "Name", "CodeSystem", "AddOriginalText"}


def test_codes_are_unique_and_those_of_the_scenarios_are_there() -> None:
    folder = files("reference_server.national")
    content = json.loads((folder / "bio_presc_codes.json").read_text(encoding="utf-8"))
    codes = [entry["Code"] for entry in content["BioPrescCodes"]]
    assert len(codes) == len(set(codes)) == 25
    assert set(USED_BY_SCENARIOS) <= bio_presc_codes().keys()


def test_some_analyses_demand_what_the_law_demands() -> None:
    found = bio_presc_codes()
    assert found["BIO-0301"].needs_motivation
    assert not found["BIO-0101"].needs_motivation
    assert {choice.code for choice in found["BIO-0102"].conditions} >= {"FASTING"}
    assert found["BIO-0501"].target_sites


def test_the_service_describes_its_transition_table() -> None:
    assert SERVICE.describes is not None
    [table] = SERVICE.describes()
    assert len(table.rows) == 6 * 6 * 7
    assert ("active", "author", "cancel", "cancelled") in table.rows
