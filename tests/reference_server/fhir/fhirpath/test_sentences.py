"""What is wrong with an expression is said in French, English and German, with its place."""

import re
from pathlib import Path

import pytest

from reference_server.fhir import fhirpath
from reference_server.fhir.fhirpath import FhirPathError, evaluate
from reference_server.fhir.sentences import catalogue
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.outcome import sentence
from reference_server.fhir.validation.validator import Options, Validator

PATIENT = {"resourceType": "Patient", "name": [{"given": ["A", "B"]}], "active": True}


@pytest.mark.parametrize(
    ("expression", "code", "position"),
    [
        ("name.", "unexpected", 5),
        ("name.nom", "no-element", 5),
        ("name.foo()", "no-function", 5),
        ("name.given > 'A'", "one-needed", 11),
        ("active > true", "no-order", 7),
        ("name.take('x')", "whole-needed", 5),
        ("@2026-13", "no-such-moment", 0),
        ("%nobody", "no-constant", 0),
        ("name.where(1, 2)", "arguments", 5),
        ("/* open", "comment-open", 0),
    ],
)
def test_a_wrong_expression_says_what_and_where(expression: str, code: str, position: int) -> None:
    with pytest.raises(FhirPathError) as caught:
        evaluate(PATIENT, expression)
    assert (caught.value.code, caught.value.position) == (code, position)
    said = {caught.value.reason.in_language(language) for language in ("fr", "en", "de")}
    assert len(said) == 3
    assert str(caught.value) == caught.value.reason.in_language("en")
    assert all(str(position) in each for each in said)


def test_every_reason_has_its_sentence_and_every_sentence_its_reason() -> None:
    sources = Path(fhirpath.__file__).parent.glob("*.py")
    told = re.compile(r'FhirPath\w+Error\(\s*"([a-z-]+)"')
    used = {code for file in sources for code in told.findall(file.read_text(encoding="utf-8"))}
    known = {each for each in catalogue().ids() if each.startswith("fhirpath.")}
    assert {f"fhirpath.{code}" for code in used} == known - {"fhirpath.at"}


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "est pas attendu ici"), ("de", "ist hier nicht erwartet")]
)
def test_the_validator_says_it_in_its_readers_language(language: str, words: str) -> None:
    parameter = {"resourceType": "SearchParameter", "url": "urn:x", "name": "X", "status": "draft",
                 "description": "d", "code": "x", "base": ["Patient"], "type": "string",
                 "expression": "Patient.name."}  # fmt: skip
    validator = Validator(library=Library(), options=Options(language=language))
    (issue,) = [i for i in validator.issues_of(parameter) if i.rule == "expression"]
    assert words in sentence(issue, language)
