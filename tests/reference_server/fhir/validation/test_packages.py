"""What packages depend on: found by name and pinned version, told where it is missing."""

import json
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from reference_server.fhir.validation.library import PackageUnreadableError
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
