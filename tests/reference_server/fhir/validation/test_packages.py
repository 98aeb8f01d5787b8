"""What packages depend on: found by name and pinned version, told where it is missing."""

import json
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from reference_server.fhir.validation.library import LARGEST_PACKAGE, PackageUnreadableError
from reference_server.fhir.validation.packages import load
from reference_server.fhir.validation.validator import Validator

BASE = "http://hl7.org/fhir/StructureDefinition/Patient"


def archive(folder: Path, name: str, version: str, **needs: str) -> Path:
    """Write a package that defines the profile `urn:<name>`, its minimum of names its major."""
    profile = {
        "resourceType": "StructureDefinition", "url": f"urn:{name}", "type": "Patient",
        "derivation": "constraint", "baseDefinition": BASE, "kind": "resource",
        "differential": {"element": [{"path": "Patient.name", "min": int(version[0])}]},
    }  # fmt: skip
    dependencies = {key.replace("_", "."): value for key, value in needs.items()}
    told = {"name": name, "version": version, "dependencies": dependencies}
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for file, content in (("package.json", told), ("p.json", profile)):
            raw = json.dumps(content).encode()
            member = tarfile.TarInfo(f"package/{file}")
            member.size = len(raw)
            tar.addfile(member, BytesIO(raw))
    return path


def test_needed_packages_are_found_in_a_folder_by_their_pinned_version(tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    archive(shelf, "b", "1.0.0", c="2.1.x")
    archive(shelf, "b", "2.0.0")
    archive(shelf, "c", "2.1.3")
    archive(shelf, "c", "2.1.10")
    archive(shelf, "c", "2.2.0")
    asked = archive(tmp_path, "a", "1.0.0", b="1.0.0", hl7_fhir_r4_core="4.0.1")
    loaded = load([asked], shelf)
    assert [(each.name, each.version) for each in loaded.packages] == [
        ("c", "2.1.10"), ("b", "1.0.0"), ("a", "1.0.0")
    ]  # fmt: skip
    assert loaded.missing == ()


def test_what_is_missing_is_told_and_the_rest_is_used(tmp_path: Path) -> None:
    asked = archive(tmp_path, "a", "1.0.0", b="3.0.0", absent="1.0.0")
    archive(tmp_path, "b", "2.0.0")
    validator = Validator(packages=[asked])
    assert [str(each) for each in validator.missing] == [
        "b#3.0.0 <- a (2.0.0)", "absent#1.0.0 <- a"
    ]  # fmt: skip
    raw = json.dumps({"resourceType": "Patient"}).encode()
    rules = {each.rule for each in validator.issues(raw, profiles=("urn:a", "urn:b"))}
    assert {"too-few", "profile-unknown"} <= rules


def test_packages_that_need_each_other_are_loaded_once(tmp_path: Path) -> None:
    asked = archive(tmp_path, "a", "1.0.0", b="latest")
    archive(tmp_path, "b", "1.0.0", a="1.0.0")
    (tmp_path / "broken.tgz").write_bytes(b"no archive")
    assert [each.name for each in load([asked]).packages] == ["b", "a"]


@pytest.mark.parametrize("told", ["[]", '{"dependencies": 5}', "5"])
def test_a_wrong_package_json_is_told_so(tmp_path: Path, told: str) -> None:
    (tmp_path / "package.json").write_text(told)
    with pytest.raises(PackageUnreadableError):
        load([tmp_path])


def test_a_loose_folder_may_hold_xml_and_what_is_no_resource(tmp_path: Path) -> None:
    (tmp_path / "profile.xml").write_text(
        '<StructureDefinition xmlns="http://hl7.org/fhir"><url value="urn:test:xml"/>'
        '<name value="X"/><status value="draft"/><kind value="resource"/>'
        '<abstract value="false"/><type value="Patient"/>'
        '<baseDefinition value="http://hl7.org/fhir/StructureDefinition/Patient"/>'
        '<derivation value="constraint"/><differential><element id="Patient.birthDate">'
        '<path value="Patient.birthDate"/><min value="1"/></element></differential>'
        "</StructureDefinition>"
    )
    (tmp_path / "page.xml").write_text("<html><body/></html>")
    (tmp_path / "notes.txt").write_text("no resource")
    raw = json.dumps({"resourceType": "Patient", "id": "a"}).encode()
    found = Validator(packages=[tmp_path]).issues(raw, profiles=("urn:test:xml",))
    assert "too-few" in {each.rule for each in found}


def _cut_off(folder: Path) -> Path:
    whole = archive(folder, "cut", "1.0.0").read_bytes()
    file = folder / "cut-off.tgz"
    file.write_bytes(whole[: len(whole) // 2])
    return file


def _nested(folder: Path) -> Path:
    inner = folder / "nested"
    inner.mkdir()
    (inner / "deep.json").write_text("[" * 100_000)
    return inner


def _not_there(folder: Path) -> Path:
    return folder / "absent.tgz"


def _huge(folder: Path) -> Path:
    file = folder / "huge.tgz"
    member = tarfile.TarInfo("package/huge.json")
    member.size = LARGEST_PACKAGE + 1
    file.write_bytes(member.tobuf())
    return file


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_cut_off, "kein bis zum Ende lesbares"),
        (_nested, "deep.json"),
        (_not_there, "existiert nicht"),
        (_huge, str(LARGEST_PACKAGE)),
    ],
)
def test_what_cannot_be_loaded_is_told_in_each_language(
    tmp_path: Path, make: Callable[[Path], Path], said: str
) -> None:
    with pytest.raises(PackageUnreadableError) as caught:
        load([make(tmp_path)])
    assert said in caught.value.reason.in_language("de")
