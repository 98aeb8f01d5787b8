"""Answers beside a form that is contained, translated, or still being filled in."""

import pytest

from tests.reference_server.fhir.validation.judged import Resource, told, wrong

GENDER = "http://hl7.org/fhir/administrative-gender"
TRANSLATED = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation",
    "extension": [{"url": "lang", "valueCode": "de"}, {"url": "content", "valueString": "Alter"}],
}]}  # fmt: skip
LIST = {"resourceType": "ValueSet", "id": "set", "status": "active", "compose": {"include": [
    {"system": GENDER, "concept": [{"code": "male"}]}]}}  # fmt: skip
FORM: Resource = {
    "resourceType": "Questionnaire", "url": "urn:q", "status": "active", "language": "fr",
    "contained": [LIST], "item": [
        {"linkId": "a", "type": "integer", "text": "Âge", "_text": TRANSLATED, "required": True},
        {"linkId": "g", "type": "group", "item": [
            {"linkId": "b", "type": "choice", "answerValueSet": "#set"}]},
    ],
}  # fmt: skip


def answers(*items: Resource, **members: object) -> Resource:
    return {"resourceType": "QuestionnaireResponse", "questionnaire": "urn:q",
            "status": "completed", "item": list(items), **members}  # fmt: skip


AGE = {"linkId": "a", "answer": [{"valueInteger": 7}]}


@pytest.mark.parametrize("text", ["Âge", "Alter"])
def test_the_text_of_a_question_is_that_of_the_form(text: str) -> None:
    assert wrong(answers({**AGE, "text": text}), FORM) == []


def test_another_text_is_told_unless_it_is_in_another_language() -> None:
    other = {**AGE, "text": "Age"}
    assert wrong(answers(other), FORM) == [("answer-text", "QuestionnaireResponse.item[0]")]
    assert wrong(answers(other, language="en"), FORM) == []


def test_a_question_at_another_place_of_the_form_is_misplaced() -> None:
    assert wrong(answers(AGE, {"linkId": "b"}), FORM) == [
        ("answer-misplaced", "QuestionnaireResponse")
    ]


def test_a_form_and_its_lists_may_be_contained() -> None:
    place = "QuestionnaireResponse.item[1].item[0].answer[0]"
    for code, errors in (("male", []), ("female", [("binding-required", place)])):
        coding = {"system": GENDER, "code": code}
        chosen = {"linkId": "g", "item": [{"linkId": "b", "answer": [{"valueCoding": coding}]}]}
        assert wrong(answers(AGE, chosen), FORM) == errors
    own = {**{k: v for k, v in FORM.items() if k != "contained"}, "id": "own"}
    held = answers(AGE, questionnaire="#own", contained=[own])
    assert not [each for each in told(held) if each[1].startswith(("questionnaire", "answer"))]


def test_what_is_still_being_filled_in_lacks_answers_with_a_warning() -> None:
    found = told(answers(status="in-progress"), FORM)
    assert ("warning", "answer-required", "QuestionnaireResponse") in found
    assert ("error", "answer-required", "QuestionnaireResponse") in told(answers(), FORM)
