"""Renders junit.xml from a report, for build servers; decides nothing."""

import re
from xml.etree import ElementTree as ET

from reports.render.model import Case, FindingPart, Report
from reports.render.texts import Texts, texts
from test_suites.core.verdict import Verdict, worst

# What XML 1.0 cannot hold, not even escaped.
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SKIPPED = frozenset({Verdict.NOT_APPLICABLE, Verdict.REVIEW, Verdict.INCONCLUSIVE})


def render_junit(report: Report, *, language: str = "fr") -> bytes:
    """Return junit.xml: a suite per case, a test per requirement it speaks of.

    FAIL is a failure and ERROR (the lab's fault) an error; what could not be shown is skipped.
    """
    spoken = texts(language, report.kind)
    suites = ET.Element("testsuites", name=report.report_number)
    suites.set("timestamp", report.issued)
    for case in report.cases:
        suites.append(_suite(case, report, spoken))
    for name in ("tests", "failures", "errors", "skipped"):
        suites.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    ET.indent(suites)
    content: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _suite(case: Case, report: Report, spoken: Texts) -> ET.Element:
    """Return one case."""
    suite = ET.Element("testsuite", name=case.id)
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("title", spoken.tt(case.title)),
        ("report_number", report.report_number),
        ("note", spoken.t("report.local.phrase")),
    ):
        ET.SubElement(properties, "property", name=name, value=value)
    own = [finding for finding in report.findings if finding.case == case.id]
    for requirement in case.requirements:
        about = [finding for finding in own if finding.requirement == requirement]
        suite.append(_test(case, requirement, about, spoken))
    tests = suite.findall("testcase")
    suite.set("tests", str(len(tests)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(test.find(tag) is not None for test in tests)))
    return suite


def _test(case: Case, requirement: str, findings: list[FindingPart], spoken: Texts) -> ET.Element:
    """Return one requirement in one case."""
    test = ET.Element("testcase", classname=case.scenario, name=f"{requirement} [{case.actor}]")
    verdict = worst(finding.verdict for finding in findings)
    telling = [finding for finding in findings if finding.verdict is verdict]
    sentences = "\n".join(_line(finding, spoken) for finding in telling)
    if verdict is Verdict.FAIL:
        ET.SubElement(
            test, "failure", type=verdict, message=_printable(spoken.say(telling[0]))
        ).text = sentences
    elif verdict is Verdict.ERROR:
        ET.SubElement(
            test, "error", type=verdict, message=_printable(spoken.say(telling[0]))
        ).text = sentences
    elif verdict in SKIPPED:
        ET.SubElement(test, "skipped", message=_printable(f"{verdict}: {spoken.say(telling[0])}"))
    elif verdict is Verdict.WARN:
        ET.SubElement(test, "system-out").text = sentences
    return test


def _line(finding: FindingPart, spoken: Texts) -> str:
    """Return one finding as text."""
    request = f"\n  X-Request-Id: {finding.request_id}" if finding.request_id else ""
    return _printable(
        f"{finding.verdict} {spoken.say(finding)}\n"
        f"  {spoken.t('report.finding.expected')}: {finding.expected}\n"
        f"  {spoken.t('report.finding.actual')}: {finding.actual}{request}"
    )


def _printable(text: str) -> str:
    """Return a text with a replacement character for what XML cannot hold."""
    return _UNSPEAKABLE.sub("\ufffd", text)
