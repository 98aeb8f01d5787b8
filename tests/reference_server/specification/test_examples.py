"""Each example is what it says it is: valid, or breaking exactly the rule it names."""

import json
from collections import Counter

import pytest

from reference_server.fhir.validation.issues import Issue, Severity
from reference_server.fhir.validation.validator import Validator
from reference_server.specification import Example, Specification, every

_WRONG = frozenset({Severity.ERROR, Severity.FATAL})
_SPECIFICATIONS = every()
_EXAMPLES = [example for each in _SPECIFICATIONS for example in each.examples]
_VALID = [each for each in _EXAMPLES if each.breaks is None]
_INVALID = [each for each in _EXAMPLES if each.breaks is not None]


def errors(validator: Validator, example: Example) -> list[Issue]:
    content = json.dumps(example.resource).encode()
    found = validator.issues(content, profiles=(example.profile,))
    return [issue for issue in found if issue.severity in _WRONG]


@pytest.mark.parametrize("example", _VALID, ids=lambda each: each.id)
def test_a_valid_example_has_no_error(example: Example, validator: Validator) -> None:
    assert errors(validator, example) == []


@pytest.mark.parametrize("example", _INVALID, ids=lambda each: each.id)
def test_an_invalid_example_breaks_the_rule_it_names_where_it_says(
    example: Example, validator: Validator
) -> None:
    breach = example.breaks
    assert breach is not None
    found = [(issue.rule, issue.expression, _key(issue)) for issue in errors(validator, example)]
    keys = {key for rule, at, key in found if (rule, at) == (breach.rule, breach.at)}
    assert keys, found
    assert not breach.key or breach.key in keys, found


def _key(issue: Issue) -> str:
    return str(issue.params.get("key", issue.params.get("name", "")))


def test_an_invalid_example_is_wrong_by_its_own_profile_not_by_fhir_alone(
    validator: Validator,
) -> None:
    base = Validator()
    fhir_alone = [
        example.id
        for example in _INVALID
        if all(
            issue in base.issues(json.dumps(_plain(example)).encode())
            for issue in errors(validator, example)
        )
    ]
    # What a vendor may well do wrong though FHIR itself forbids it.
    assert fhir_alone == [
        "paper-no-base64",
        "paper-with-title",
        "patient-unknown-gender-code",
    ]


def _plain(example: Example) -> dict[str, object]:
    return {key: value for key, value in example.resource.items() if key != "meta"}


@pytest.mark.parametrize("specification", _SPECIFICATIONS, ids=lambda each: each.name)
def test_each_profile_has_two_valid_and_five_invalid_examples(
    specification: Specification,
) -> None:
    valid = Counter(each.about for each in _VALID)
    invalid = Counter(each.about for each in _INVALID)
    # An extension is shown where it stands: in the examples of what it extends.
    profiles = {
        each["id"]
        for each in specification.of_type("StructureDefinition")
        if each["type"] != "Extension"
    }
    assert profiles <= valid.keys() & invalid.keys()
    assert {name for name in profiles if valid[name] < 2 or invalid[name] < 5} == set()


@pytest.mark.parametrize("specification", _SPECIFICATIONS, ids=lambda each: each.name)
def test_each_rule_of_the_profiles_has_an_example_that_breaks_it(
    specification: Specification,
) -> None:
    rules = {
        constraint["key"]
        for profile in specification.of_type("StructureDefinition")
        for element in profile["differential"]["element"]
        for constraint in element.get("constraint", ())
    }
    assert rules - {each.breaks.key for each in _INVALID if each.breaks} == set()


def test_the_example_says_which_profile_it_is_for_so_that_it_can_be_checked_alone(
    validator: Validator,
) -> None:
    example = next(each for each in _INVALID if each.id == "line-no-motivation")
    found = validator.issues(json.dumps(example.resource).encode())
    assert "erx-line-2" in {_key(issue) for issue in found}
