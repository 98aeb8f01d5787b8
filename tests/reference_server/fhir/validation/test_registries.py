"""Languages, countries, currencies and media types: what a registry gives out, as far as known."""

import pytest

from reference_server.fhir.registries import is_country, is_currency, is_language, is_media_type
from tests.reference_server.fhir.validation.judged import told, wrong

GOOD = "fr lb-LU de-1996 zh-Hant-TW en-US-x-twain x-own sr-Latn-419 FR-lu i-klingon pt-BR-u-ca-x"
BAD = "xx français fr-UK f fr_LU de- fr-ABCDEFGHI englishlanguage"


@pytest.mark.parametrize("tag", GOOD.split())
def test_a_language_tag_is_one(tag: str) -> None:
    assert is_language(tag) is True


@pytest.mark.parametrize("tag", ["", *BAD.split()])
def test_what_is_no_language_tag_is_told(tag: str) -> None:
    assert is_language(tag) is False


def test_a_language_of_three_letters_cannot_be_told() -> None:
    assert is_language("gsw-CH") is None
    found = told({"resourceType": "Patient", "communication": [
        {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "gsw"}]}}]})  # fmt: skip
    assert all(severity != "error" for severity, _, _ in found)
    assert any(rule in {"code-not-checked", "binding-not-checked"} for _, rule, _ in found)


def test_countries_and_currencies_are_those_of_iso() -> None:
    assert [is_country(each) for each in ("LU", "LUX", "442", "UK", "XYZ")] == [
        True, True, None, False, False,
    ]  # fmt: skip
    assert [is_currency(each) for each in ("EUR", "LUF", "eur", "EURO", "ABC")] == [
        True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("application/fhir+json", True), ("text/plain; charset=utf-8", True), ("json", True),
        ("image/svg+xml", True), ('multipart/related; type="text/html"', True), ("pdf", False),
        ("/pdf", False), ("application/", False), ("text /plain", False), ("text/plain; x", False),
    ],
)  # fmt: skip
def test_a_media_type_has_its_form(text: str, *, good: bool) -> None:
    assert is_media_type(text) is good


def test_a_resource_is_judged_by_the_registries() -> None:
    money = {"resourceType": "Account", "status": "active", "language": "lb-LU",
             "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/x",
                            "valueMoney": {"value": 1, "currency": "EURO"}}]}  # fmt: skip
    assert wrong(money) == [
        ("binding-required", "Account.extension[0].value.ofType(Money).currency")
    ]
    assert wrong({"resourceType": "Patient", "language": "xx"}) == [
        ("binding-required", "Patient.language")
    ]
