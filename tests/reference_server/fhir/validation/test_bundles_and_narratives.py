"""Bundles as wholes, links of narratives, attachments: what R4 says in words."""

import base64
import hashlib
from typing import Any

import pytest

from reference_server.fhir.xhtml import xhtml_fault
from tests.reference_server.fhir.validation.judged import Resource, told, warned, wrong

A, B, C = (f"urn:uuid:c757873d-ec9a-4326-a141-556f4323952{at}" for at in range(3))
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def bundle(*entries: Resource, kind: str = "collection", **members: object) -> Resource:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **members}


def patient(**members: object) -> Resource:
    return {"resourceType": "Patient", **members}


@pytest.mark.parametrize(
    ("url", "resource", "rule"),
    [
        ("http://a.lu/Patient/1", patient(id="1"), None),
        ("http://a.lu/Patient/1", patient(), "full-url-no-id"),
        ("http://a.lu/Patient/1", patient(id="2"), "full-url-id"),
        ("http://a.lu/Person/1", patient(id="1"), "full-url-id"),
        ("http://a.lu/people/1", patient(), None),
        (A, patient(id="1"), None),
    ],
)
def test_a_full_url_is_that_of_its_resource(url: str, resource: Resource, rule: str | None) -> None:
    expected = [] if rule is None else [(rule, "Bundle.entry[0]")]
    assert wrong(bundle({"fullUrl": url, "resource": resource})) == expected


def test_a_canonical_address_is_a_full_url_only_where_it_ends_in_the_id() -> None:
    held = {"resourceType": "ValueSet", "status": "active", "name": "Set"}
    for own, errors in (("set", []), ("other", ["full-url-canonical"])):
        url = "http://a.lu/ValueSet/set" if own == "set" else "http://a.lu/sets/set"
        entry = {"fullUrl": url, "resource": {**held, "id": own, "url": url}}
        assert [rule for rule, _ in wrong(bundle(entry))] == errors


def result(mode: str | None, **resource: object) -> Resource:
    made: Resource = {"fullUrl": A}
    if resource:
        made["resource"] = resource
    return made if mode is None else {**made, "search": {"mode": mode}}


@pytest.mark.parametrize(
    ("entries", "severity", "rule"),
    [
        ([result("match", **patient(id="1"))], None, None),
        ([result("match")], "error", "search-no-resource"),
        ([result("match", **patient())], "error", "search-result-id"),
        ([result("include", **patient())], "error", "search-result-id"),
        ([result(None, **patient())], "warning", "search-result-id"),
        ([result(None, **patient()), result("match", **patient(id="2"))], None, None),
        ([result("outcome", **patient(id="1"))], "error", "search-outcome"),
    ],
)
def test_results_of_a_search_hold_a_resource_with_an_id(
    entries: list[Resource], severity: str | None, rule: str | None
) -> None:
    found = [
        (w, r) for w, r, _ in told(bundle(*entries, kind="searchset")) if r.startswith("search")
    ]
    assert found == ([] if rule is None else [(severity, rule)])


def document(*more: Resource, subject: str = B) -> Resource:
    composition = {
        "resourceType": "Composition", "status": "final", "date": "2026-01-02", "title": "T",
        "type": {"text": "t"}, "author": [{"reference": B}], "subject": {"reference": subject},
    }  # fmt: skip
    return bundle(
        {"fullUrl": A, "resource": composition}, {"fullUrl": B, "resource": patient()}, *more,
        kind="document", timestamp="2026-01-02T10:00:00Z",
        identifier={"system": "urn:ietf:rfc:3986", "value": C},
    )  # fmt: skip


def test_everything_in_a_document_is_linked_with_its_composition() -> None:
    assert wrong(document()) == []
    assert wrong(document({"fullUrl": C, "resource": patient()})) == [
        ("bundle-unlinked", "Bundle.entry[2]")
    ]
    link = {"other": {"reference": B}, "type": "seealso"}
    assert wrong(document({"fullUrl": C, "resource": patient(link=[link])})) == []


def test_in_a_message_it_is_a_warning() -> None:
    header = {
        "resourceType": "MessageHeader",
        "eventUri": "urn:x:y",
        "source": {"endpoint": "urn:a:b"},
    }
    sent = bundle({"fullUrl": A, "resource": header}, {"fullUrl": B, "resource": patient()},
                  kind="message")  # fmt: skip
    assert wrong(sent) == []
    assert ("bundle-unlinked", "Bundle.entry[1]") in warned(sent)


def narrated(inner: str, **members: object) -> Resource:
    return patient(text={"status": "generated", "div": f"<div {XHTML}>{inner}</div>"}, **members)


@pytest.mark.parametrize(
    ("resource", "broken"),
    [
        (narrated('<a href="#a">x</a><p id="a">y</p>'), False),
        (narrated('<a href="#a">x</a><a name="a">y</a>'), False),
        (narrated('<a href="#n">x</a>', name=[{"id": "n", "family": "N"}]), False),
        (narrated('<a href="http://a.lu/#a">x</a> <a href="#">y</a>'), False),
        (narrated('<a href="#b">x</a><p id="a">y</p>'), True),
        (narrated('<img src="#b" alt="x"/>'), True),
    ],
)
def test_a_link_within_a_narrative_leads_somewhere(resource: Resource, *, broken: bool) -> None:
    assert wrong(resource) == ([("narrative-link", "Patient.text.div")] if broken else [])


def test_narratives_of_a_bundle_may_lead_to_each_other() -> None:
    there = {"fullUrl": A, "resource": narrated('<a href="#b">x</a>')}
    other = {"fullUrl": B, "resource": narrated('<p id="b">y</p>')}
    assert wrong(bundle(there, other)) == []
    assert wrong(bundle(there)) == [("narrative-link", "Bundle.entry[0].resource.text.div")]


@pytest.mark.parametrize(
    ("inner", "good"),
    [
        ("<p>a <b>b</b><br/></p><ul><li>c<ul><li>d</li></ul></li></ul><hr/>", True),
        ("<table><caption>t</caption><thead><tr><th>h</th></tr></thead></table>", True),
        ('<table><tbody><tr><td colspan="2"><p>x</p><ul><li>y</li></ul></td></tr></tbody></table>',
         True),
        ("<dl><dt>a</dt><dd><ul><li>b</li></ul></dd></dl><pre>x</pre>", True),
        ('<img src="#a" alt="b"/><a href="mailto:a@b.lu">c</a>', True),
        ("<p>a<div>b</div></p>", False), ("<p><b><p>a</p></b></p>", False),
        ("<ul><p>a</p></ul>", False), ("<ul>text</ul>", False), ("<li>a</li>", False),
        ("<table><td>a</td></table>", False), ("<tr><td>a</td></tr>", False),
        ("<br>a</br>", False), ('<a href="#x">a<a href="#y">b</a></a>', False),
        ("<h1><table><tr><td>x</td></tr></table></h1>", False), ("<font>a</font>", False),
        ('<td bgcolor="red">a</td>', False), ("<script>a</script>", False),
        ('<p onclick="x">a</p>', False), ('<a href="javascript:x">a</a>', False),
    ],
)  # fmt: skip
def test_a_narrative_is_basic_xhtml_well_nested(inner: str, *, good: bool) -> None:
    assert (xhtml_fault(f"<div {XHTML}>{inner}</div>") is None) is good


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({}, []),
        ({"size": 4}, ["attachment-size"]),
        ({"hash": base64.b64encode(b"x" * 20).decode()}, ["attachment-hash"]),
    ],
)
def test_size_and_hash_are_those_of_the_content(change: dict[str, Any], errors: list[str]) -> None:
    digest = hashlib.sha1(b"abc", usedforsecurity=False).digest()
    photo = {"contentType": "text/plain", "data": base64.b64encode(b"abc").decode(), "size": 3,
             "hash": base64.b64encode(digest).decode(), **change}  # fmt: skip
    assert [rule for rule, _ in wrong(patient(photo=[photo]))] == errors


def test_a_period_whose_ends_cannot_be_compared_breaks_its_rule() -> None:
    name = {"family": "N", "period": {"start": "2026-06-21", "end": "2026-06-21T06:20:00Z"}}
    assert wrong(patient(name=[name])) == [("invariant", "Patient.name[0].period")]
    name["period"] = {"start": "2026-06", "end": "2026-07-01T06:20:00Z"}
    assert wrong(patient(name=[name])) == []
