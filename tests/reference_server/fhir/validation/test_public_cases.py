"""The validator beside HL7's own on public cases, and on the 31 small ones."""

import json
import os
import tarfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from reference_server.fhir.r4.store import Resource
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.validator import Validator
from reference_server.fhir.xml_reader import read_xml

SUITES = os.environ.get("EQUALIS_PUBLIC_SUITES")
HL7 = Path(SUITES or ".") / "fhir-validator-r4"
SMALL = Path(SUITES or ".") / "validator-31"
DISAGREEMENTS = Path(__file__).with_name("disagreements.yaml")
needs_suites = pytest.mark.skipif(SUITES is None, reason="EQUALIS_PUBLIC_SUITES is not set")
BAR = 0.85


def is_wrong(outcome: dict[str, Any]) -> bool:
    return any(issue["severity"] in {"error", "fatal"} for issue in outcome.get("issue", ()))


def read(name: str) -> Iterator[Resource]:
    """Yield a definition of the collection, where it is part of it."""
    file = HL7 / "files" / name
    if not file.exists():
        return
    content = file.read_bytes()
    if name.endswith(".xml"):
        yield read_xml(content)
    else:
        yield json.loads(content, parse_float=Decimal)


def expected(outcome: Any) -> bool:  # noqa: ANN401  JSON
    """Tell whether HL7's validator found an error."""
    if isinstance(outcome, str):
        outcome = json.loads((HL7 / "outcomes" / outcome).read_text(encoding="utf-8"))
    return bool(outcome["errorCount"]) if "errorCount" in outcome else is_wrong(outcome)


def verdicts() -> Iterator[tuple[str, bool, bool]]:
    """Yield each step's name, our verdict and HL7's: True where something is wrong."""
    manifest = json.loads((HL7 / "manifest.json").read_text(encoding="utf-8"))
    for case in manifest["test-cases"]:
        for step, spec in (("base", case), ("profile", case.get("profile", {}))):
            if "java" not in spec:
                continue
            named = [*case.get("profiles", ()), *case.get("supporting", ())]
            library, profiles = Library(), []
            if step == "profile":
                named += spec.get("supporting", ())
                profiles = [source["url"] for source in read(spec["source"])]
                library.lay(read(spec["source"]))
            library.lay(resource for name in named for resource in read(name))
            source = (HL7 / "files" / case["file"]).read_bytes()
            found = Validator(library=library).validate(source, profiles=profiles)
            yield f"{case['name']}/{step}", is_wrong(found), expected(spec["java"])


@needs_suites
def test_the_verdict_is_that_of_hl7_but_where_a_reason_is_given() -> None:
    found = tuple(verdicts())
    differing = {name for name, ours, theirs in found if ours is not theirs}
    assert differing == set(yaml.safe_load(DISAGREEMENTS.read_text(encoding="utf-8")))
    assert 1 - len(differing) / len(found) >= BAR


@needs_suites
def test_the_31_cases_are_all_right() -> None:
    validator = Validator(packages=[SMALL / "profiles"])
    cases = json.loads((SMALL / "cases.json").read_text(encoding="utf-8"))
    wrong = [
        name
        for name, resource, good in cases
        if is_wrong(validator.validate(json.dumps(resource).encode())) is good
    ]
    assert len(cases) == 31
    assert wrong == []


PACKAGES = Path(SUITES or ".").parent / "packages"
IHE = ("ihe.iti.balp", "ihe.iti.mhd", "ihe.iti.pdqm", "ihe.iti.pixm")


@pytest.mark.skipif(not PACKAGES.is_dir() or SUITES is None, reason="the packages are not here")
@pytest.mark.slow
def test_no_example_of_the_ihe_packages_is_blamed() -> None:
    archives = [PACKAGES / f"{name}.tgz" for name in ("hl7.fhir.uv.extensions.r4", *IHE)]
    validator = Validator(packages=archives)
    blamed, seen = set(), 0
    for name in IHE:
        with tarfile.open(PACKAGES / f"{name}.tgz") as archive:
            for member in archive:
                if "/example/" not in member.name or not member.name.endswith(".json"):
                    continue
                content = archive.extractfile(member)
                assert content is not None
                seen += 1
                if is_wrong(validator.validate(content.read())):
                    blamed.add(member.name)
    assert seen > 150
    assert blamed == set()
