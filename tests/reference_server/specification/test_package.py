"""The package: a FHIR NPM package, the same bytes each time, every artefact a whole resource."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from reference_server.fhir.validation.library import read_package
from reference_server.fhir.validation.validator import Validator
from reference_server.specification import Settings, Specification, archive, every, read
from reference_server.specification.guide import guide
from reference_server.specification.model import PUBLISHER, SpecificationBrokenError
from reference_server.specification.package import contents
from reference_server.specification.profiles import complete, structure

_BASE = "https://www.esante.lu/fhir-spec"
of_each_package = pytest.mark.parametrize("told", every(), ids=lambda each: each.name)
# In R4 a naming system has no url, version, experimental flag or title.
_SAYS_LESS = "NamingSystem"


def files_of(package: Path) -> dict[str, Any]:
    with tarfile.open(package) as archived:
        return {
            member.name: json.loads(found.read())
            for member in archived
            if (found := archived.extractfile(member)) is not None
        }


def test_the_same_sources_make_the_same_bytes(specification: Specification) -> None:
    read.cache_clear()
    assert archive(read(Settings())) == archive(specification)


def test_nothing_in_the_archive_tells_of_the_machine_it_was_made_on(package: Path) -> None:
    with tarfile.open(package) as archived:
        told = {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in archived}
    assert told == {(0, 0, 0, "", "", 0o644)}


def test_the_manifest_says_that_it_is_a_reconstruction(package: Path) -> None:
    manifest = files_of(package)["package/package.json"]
    assert manifest["name"] == "lu.equalis.eprescription"
    assert manifest["version"] == "0.1.0-reconstruction"
    assert manifest["canonical"] == _BASE
    assert manifest["fhirVersions"] == ["4.0.1"]
    assert manifest["dependencies"] == {"hl7.fhir.r4.core": "4.0.1"}
    assert manifest["author"] == PUBLISHER


def test_the_index_lists_every_artefact_and_nothing_else(package: Path) -> None:
    files = files_of(package)
    for folder in ("package/", "package/example/"):
        listed = {folder + each["filename"] for each in files[f"{folder}.index.json"]["files"]}
        there = {name for name in files if name.rpartition("/")[0] + "/" == folder}
        assert listed == there - {"package/package.json", f"{folder}.index.json"}


def test_invalid_examples_stand_apart_with_the_rule_that_each_breaks(
    package: Path, specification: Specification
) -> None:
    files = files_of(package)
    expected = files["package/tests/expected.json"]
    invalid = [each for each in specification.examples if each.breaks]
    assert len(expected) == len(invalid)
    for told in expected:
        assert f"package/tests/{told['file']}" in files
        assert told["rule"]
        assert told["expression"]


def test_the_validators_own_reader_finds_every_artefact(
    package: Path, specification: Specification
) -> None:
    found = read_package(package)
    assert (found.name, found.version) == (specification.name, specification.version)
    # The implementation guide comes along.
    assert len(found.resources) == len(specification.resources) + 1


@of_each_package
def test_every_artefact_says_whose_it_is_and_that_it_is_not_the_agencys(
    told: Specification,
) -> None:
    for resource in (*told.resources, guide(told)):
        assert resource["status"] == "draft"
        assert resource["publisher"] == PUBLISHER
        assert "econstruc" in resource["description"]
        if resource["resourceType"] != _SAYS_LESS:
            assert resource["experimental"] is True
            assert resource["version"] == "0.1.0-reconstruction"
            assert resource["url"].startswith(f"{_BASE}/{resource['resourceType']}/")


@of_each_package
def test_every_text_of_an_artefact_is_there_in_three_languages(
    told: Specification,
) -> None:
    for resource in told.resources:
        for key in {"title", "description"} & resource.keys():
            parts = resource[f"_{key}"]["extension"]
            assert [part["extension"][0]["valueCode"] for part in parts] == ["en", "de"]


@of_each_package
def test_every_artefact_is_valid_by_fhir_itself(validator: Validator, told: Specification) -> None:
    wrong = [
        (resource["id"], issue.rule, issue.expression, dict(issue.params))
        for resource in (*told.resources, guide(told))
        for issue in validator.issues(json.dumps(resource).encode())
        if issue.severity in {"error", "fatal"}
    ]
    assert wrong == []


@of_each_package
def test_no_profile_is_broken_and_each_is_known(validator: Validator, told: Specification) -> None:
    for each in told.of_type("StructureDefinition"):
        assert validator.profile(each["url"]) is not None
    assert validator.broken == {}


@of_each_package
def test_every_canonical_of_the_base_that_is_named_is_in_the_package(
    told: Specification,
) -> None:
    known = {e["url"] for each in every() for e in each.resources if "url" in e}
    # Names of identifier systems, which no resource has as its url.
    known |= {f"{_BASE}/NamingSystem/prescription-number"}
    named = {
        text
        for resource in told.resources
        for text in _texts(resource)
        if text.startswith(f"{_BASE}/")
    }
    assert named - known == set()


def _texts(value: Any) -> list[str]:  # noqa: ANN401  JSON
    if isinstance(value, str):
        return [value]
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in below for text in _texts(each)]


def test_another_base_is_in_every_canonical_and_the_old_one_in_none() -> None:
    moved = read(Settings(base="https://example.org/fhir/"))
    for name, content in contents(moved):
        assert _BASE.encode() not in content, name
    assert all(
        each["url"].startswith("https://example.org/fhir/")
        for each in moved.resources
        if "url" in each
    )


def test_a_profile_of_an_element_that_fhir_does_not_have_is_refused() -> None:
    draft = {
        "resourceType": "StructureDefinition",
        "type": "Patient",
        "url": "https://example.org/StructureDefinition/wrong",
        "elements": [{"id": "shoeSize", "min": 1}],
    }
    with pytest.raises(SpecificationBrokenError, match="shoeSize"):
        complete([structure(draft)])


def test_an_unpacked_package_is_read_like_the_archive(package: Path, tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(package.read_bytes())) as archived:
        archived.extractall(tmp_path, filter="data")
    assert read_package(tmp_path).name == read_package(package).name
