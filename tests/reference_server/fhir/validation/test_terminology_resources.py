"""CodeSystem, ValueSet, ConceptMap and Questionnaire as what is validated."""

import pytest

from tests.reference_server.fhir.validation.judged import Resource, told, warned, wrong

COLOURS = {
    "resourceType": "CodeSystem", "url": "http://a.lu/colours", "status": "active",
    "name": "Colours",
    "content": "complete", "count": 3, "caseSensitive": True,
    "property": [{"code": "warm", "type": "boolean"}],
    "filter": [{"code": "warm", "operator": ["="], "value": "true|false"}],
    "concept": [{"code": "red", "concept": [{"code": "pink"}]}, {"code": "blue"}],
}  # fmt: skip
SET = {"resourceType": "ValueSet", "url": "http://a.lu/set", "status": "active", "name": "Set"}


def colours(**members: object) -> Resource:
    return {key: value for key, value in {**COLOURS, **members}.items() if value is not None}


def composed(**include: object) -> Resource:
    return {**SET, "compose": {"include": [{"system": "http://a.lu/colours", **include}]}}


@pytest.mark.parametrize(
    ("system", "rule", "place"),
    [
        (colours(), None, ""),
        (colours(count=4), "code-system-count", ".count"),
        (colours(content="fragment", count=2), "code-system-count", ".count"),
        (colours(content="fragment", count=9), None, ""),
        (colours(content="not-present", count=None), "code-system-not-present", ".concept[0]"),
        (colours(content="supplement", count=None, caseSensitive=None), "code-system-supplement",
         ".content"),
        (colours(supplements="http://b.lu/x", count=None, caseSensitive=None),
         "code-system-supplement", ".content"),
        (colours(supplements="http://b.lu/x", content="supplement", count=None),
         "code-system-supplement", ".caseSensitive"),
        (colours(valueSet="http://a.lu/set"), "code-system-value-set", ""),
    ],
)  # fmt: skip
def test_a_code_system_keeps_what_it_promises(
    system: Resource, rule: str | None, place: str
) -> None:
    expected = [] if rule is None else [(rule, f"CodeSystem{place}")]
    assert wrong(system, composed(concept=[{"code": "red"}])) == expected


def test_a_value_set_of_the_whole_system_is_that() -> None:
    assert wrong(colours(valueSet="http://a.lu/set"), composed()) == []


def test_a_supplement_has_only_codes_of_what_it_completes() -> None:
    more = {**colours(count=None, caseSensitive=None), "url": "http://a.lu/more",
            "content": "supplement", "supplements": "http://a.lu/colours",
            "concept": [{"code": "red"}, {"code": "green"}]}  # fmt: skip
    assert wrong(more, COLOURS) == [("code-unknown", "CodeSystem.concept[1].code")]
    assert ("information", "code-not-checked", "CodeSystem.concept[0]") in told(more)


def test_a_property_that_is_not_defined_is_a_warning() -> None:
    odd = colours(
        concept=[{"code": "red", "property": [{"code": "x", "valueString": "y"}]}], count=1
    )
    assert ("code-system-property", "CodeSystem.concept[0].property[0]") in warned(odd)


@pytest.mark.parametrize(
    ("include", "rule", "place"),
    [
        ({}, None, ""),
        ({"concept": [{"code": "red"}, {"code": "pink"}]}, None, ""),
        ({"concept": [{"code": "red"}, {"code": "green"}]}, "code-unknown", ".concept[1]"),
        ({"system": "colours"}, "system-relative", ""),
        ({"system": "http://a.lu/colours|1"}, "system-version", ".system"),
        ({"system": "http://a.lu/other-set"}, "system-value-set", ".system"),
        ({"system": "http://a.lu/more"}, "system-supplement", ".system"),
        ({"filter": [{"property": "warm", "op": "=", "value": "true"}]}, None, ""),
        ({"filter": [{"property": "concept", "op": "is-a", "value": "red"}]}, None, ""),
        ({"filter": [{"property": "warm", "op": "regex", "value": "t.*"}]}, "filter-operator",
         ".filter[0]"),
        ({"filter": [{"property": "warm", "op": "=", "value": "yes"}]}, "filter-value",
         ".filter[0]"),
        ({"filter": [{"property": "display", "op": "regex", "value": "(("}]}, "filter-value",
         ".filter[0]"),
    ],
)  # fmt: skip
def test_a_value_set_names_what_its_system_has(
    include: Resource, rule: str | None, place: str
) -> None:
    around = ({**SET, "url": "http://a.lu/other-set"},
              {**COLOURS, "url": "http://a.lu/more", "content": "supplement"})  # fmt: skip
    expected = [] if rule is None else [(rule, f"ValueSet.compose.include[0]{place}")]
    assert wrong(composed(**include), COLOURS, *around) == expected


def test_what_a_value_set_builds_on_and_is_not_here_is_said() -> None:
    far = {**SET, "compose": {"include": [{"valueSet": ["http://b.lu/set"]}]}}
    assert warned(far) == [("value-set-unknown", "ValueSet.compose.include[0].valueSet[0]")]
    listed = composed(system="http://b.lu/x", concept=[{"code": "1"}, {"code": "2"}])
    assert [each for each in told(listed) if each[1] == "code-not-checked"] == [
        ("information", "code-not-checked", "ValueSet.compose.include[0]")
    ]


def mapped(*targets: Resource, code: str = "red") -> Resource:
    group = {"source": "http://a.lu/colours", "target": "http://a.lu/colours",
             "element": [{"code": code, "target": list(targets)}]}  # fmt: skip
    return {"resourceType": "ConceptMap", "status": "active", "name": "Map", "group": [group]}


def test_a_map_leads_from_and_to_codes_of_its_systems() -> None:
    good = {"code": "blue", "equivalence": "wider"}
    place = "ConceptMap.group[0].element[0]"
    assert wrong(mapped(good), COLOURS) == []
    assert wrong(mapped(good, code="green"), COLOURS) == [("code-unknown", f"{place}.code")]
    assert wrong(mapped({**good, "code": "green"}), COLOURS) == [
        ("code-unknown", f"{place}.target[0].code")
    ]
    assert ("map-twice", f"{place}.target[1]") in warned(mapped(good, good), COLOURS)


def asked(**condition: object) -> Resource:
    """Return a form whose second question depends on another."""
    when = {"question": "a", "operator": "=", "answerBoolean": True, **condition}
    inner = {"linkId": "c", "type": "string"}
    items = [{"linkId": "a", "type": "boolean"},
             {"linkId": "b", "type": "group", "enableWhen": [when], "item": [inner]},
             {"linkId": "d", "type": "boolean"}]  # fmt: skip
    return {"resourceType": "Questionnaire", "status": "active", "name": "Form", "item": items}


@pytest.mark.parametrize(
    ("condition", "severity", "rule"),
    [
        ({}, None, None),
        ({"question": "x"}, "error", "condition-unknown"),
        ({"question": "b"}, "error", "condition-inside"),
        ({"question": "c"}, "error", "condition-inside"),
        ({"question": "d"}, "warning", "condition-later"),
        ({"answerBoolean": None, "answerInteger": 1}, "warning", "condition-type"),
    ],
)
def test_a_condition_depends_on_an_earlier_question(
    condition: Resource, severity: str | None, rule: str | None
) -> None:
    form = asked(**condition)
    when = form["item"][1]["enableWhen"][0]
    form["item"][1]["enableWhen"] = [{k: v for k, v in when.items() if v is not None}]
    expected = [] if rule is None else [(severity, rule, "Questionnaire.item[1]")]
    assert [each for each in told(form) if each[1].startswith("condition")] == expected


def test_an_option_is_offered_once() -> None:
    option = {"valueCoding": {"system": "http://a.lu/colours", "code": "red"}}
    item = {"linkId": "a", "type": "choice", "answerOption": [option, option]}
    form = {"resourceType": "Questionnaire", "status": "active", "name": "Form", "item": [item]}
    assert ("option-twice", "Questionnaire.item[0].answerOption[1]") in warned(form, COLOURS)
