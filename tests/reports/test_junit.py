"""junit.xml: what a build server counts."""

from xml.etree import ElementTree as ET

import pytest

from reports.render.junit import render_junit
from reports.render.model import Report
from tests.reports import example


@pytest.fixture(scope="module")
def report() -> Report:
    return example.bad()


@pytest.fixture(scope="module")
def root(report: Report) -> ET.Element:
    return ET.fromstring(render_junit(report))  # noqa: S314  our own file


def test_there_is_a_suite_for_every_case(root: ET.Element, report: Report) -> None:
    assert [suite.get("name") for suite in root] == [case.id for case in report.cases]


def test_there_is_a_test_for_every_requirement_of_a_case(root: ET.Element, report: Report) -> None:
    for suite, case in zip(root, report.cases, strict=True):
        names = [test.get("name", "").split(" ")[0] for test in suite.findall("testcase")]
        assert names == list(case.requirements)


def test_the_sums_are_those_of_the_tests(root: ET.Element) -> None:
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(root.get(name, "-1")) == len(root.findall(f".//{tag}"))
    assert int(root.get("tests", "-1")) == len(root.findall(".//testcase"))


def test_a_fail_is_a_failure_and_a_fault_of_the_lab_an_error(root: ET.Element) -> None:
    failed = {
        test.get("name") for test in root.iter("testcase") if test.find("failure") is not None
    }
    errors = {test.get("name") for test in root.iter("testcase") if test.find("error") is not None}
    assert failed == {"ERX-LAB-005 [laboratory]", "ERX-LAB-007 [laboratory]"}
    assert errors == {"ERX-SEC-010 [laboratory]"}


def test_control_characters_of_a_product_leave_the_file_readable(report: Report) -> None:
    finding = next(one for one in report.findings if one.verdict == "FAIL")
    changed = finding.model_copy(update={"actual": "a\x00b\x1bc"})
    findings = tuple(changed if one.id == finding.id else one for one in report.findings)
    content = render_junit(report.model_copy(update={"findings": findings}))
    assert ET.fromstring(content).tag == "testsuites"  # noqa: S314  our own file


def test_the_request_of_what_failed_stands_beside_it(report: Report) -> None:
    finding = next(one for one in report.findings if one.verdict == "FAIL")
    changed = finding.model_copy(update={"request_id": "r-7"})
    findings = tuple(changed if one.id == finding.id else one for one in report.findings)
    content = render_junit(report.model_copy(update={"findings": findings}))
    root = ET.fromstring(content)  # noqa: S314  our own file
    (told,) = [text for each in root.iter("failure") if "r-7" in (text := each.text or "")]
    assert "X-Request-Id: r-7" in told
