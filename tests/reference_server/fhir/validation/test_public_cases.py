"""The validator beside HL7's own on public cases, and on the 31 small ones."""

import json
import tarfile
from pathlib import Path

import pytest
import yaml

from reference_server.fhir.validation.validator import Validator
from tests.reference_server.fhir.validation.agreement import SUITES, agreement, is_wrong, steps

SMALL = Path(SUITES or ".") / "validator-31"
DISAGREEMENTS = Path(__file__).with_name("disagreements.yaml")
needs_suites = pytest.mark.skipif(SUITES is None, reason="EQUALIS_PUBLIC_SUITES is not set")
LEVELS = (0.98, 0.86, 0.82)
"""What at least must agree with HL7: verdicts, numbers of errors, places."""


@needs_suites
def test_the_verdict_is_that_of_hl7_but_where_a_reason_is_given() -> None:
    found = tuple(steps())
    differing = {each.name for each in found if not each.same_verdict}
    assert differing == set(yaml.safe_load(DISAGREEMENTS.read_text(encoding="utf-8")))
    reached = agreement(found)
    shown = ", ".join(f"{share:.1%}" for share in reached)
    print(f"agreement with HL7 on {len(found)} steps: verdict, count, places = {shown}")  # noqa: T201  the number is asked for
    assert all(share >= least for share, least in zip(reached, LEVELS, strict=True))


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
