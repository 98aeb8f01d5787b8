"""Every change of an element is told, and whether somebody whose resources fitted must fear it."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from reference_server.specification import Settings, read
from reference_server.specification.elements import Effect, ElementChange, compare_elements

Json = dict[str, Any]
LINE = next(e for e in read(Settings()).of_type("StructureDefinition") if e["id"] == "erx-line")


def changed(own: str, **told: object) -> tuple[ElementChange, ...]:
    """Return what changes where one element of a profile is told otherwise; None takes out."""
    other = copy.deepcopy(LINE)
    element = next(e for e in other["snapshot"]["element"] if e["id"] == own)
    for key, value in told.items():
        if value is None:
            del element[key]
        else:
            element[key] = value
    return compare_elements(LINE, other)


BINDING = {"strength": "required", "valueSet": "http://example.org/other"}


@pytest.mark.parametrize(
    ("own", "told", "facet", "effect"),
    [
        ("ServiceRequest.reasonCode", {"min": 1}, "min", Effect.STRICTER),
        ("ServiceRequest.reasonCode", {"max": "1"}, "max", Effect.STRICTER),
        ("ServiceRequest.identifier", {"min": 0}, "min", Effect.LOOSER),
        ("ServiceRequest.doNotPerform", {"max": "1"}, "max", Effect.LOOSER),
        ("ServiceRequest.status", {"fixedCode": "draft"}, "fixedCode", Effect.STRICTER),
        ("ServiceRequest.status", {"fixedCode": None}, "fixedCode", Effect.LOOSER),
        ("ServiceRequest.reasonCode", {"binding": BINDING}, "binding", Effect.STRICTER),
        ("ServiceRequest.code.coding:analysis", {"binding": BINDING}, "binding", Effect.STRICTER),
        ("ServiceRequest.code.coding:analysis", {"binding": None}, "binding", Effect.LOOSER),
        (
            "ServiceRequest.occurrence[x].repeat.count",
            {"maxValuePositiveInt": 6},
            "maxValuePositiveInt",
            Effect.STRICTER,
        ),
        (
            "ServiceRequest.occurrence[x].repeat.count",
            {"minValuePositiveInt": None},
            "minValuePositiveInt",
            Effect.LOOSER,
        ),
        (
            "ServiceRequest.occurrence[x]",
            {"type": [{"code": "Timing"}, {"code": "dateTime"}]},
            "type",
            Effect.LOOSER,
        ),
        (
            "ServiceRequest.performer",
            {"type": [{"code": "Reference", "targetProfile": ["http://example.org/p"]}]},
            "type",
            Effect.STRICTER,
        ),
        ("ServiceRequest.subject", {"type": [{"code": "Reference"}]}, "type", Effect.LOOSER),
        ("ServiceRequest.authoredOn", {"mustSupport": None}, "mustSupport", Effect.OTHER),
    ],
)
def test_a_change_of_one_facet(own: str, told: Json, facet: str, effect: Effect) -> None:
    found = changed(own, **told)
    assert [(each.element, each.facet, each.effect) for each in found] == [(own, facet, effect)]


def test_a_rule_that_comes_is_stricter_one_that_goes_looser_a_warning_neither() -> None:
    own = "ServiceRequest.authoredOn"
    had = next(e for e in LINE["snapshot"]["element"] if e["id"] == own)["constraint"]
    error = {"key": "x-1", "severity": "error", "expression": "true"}
    effects = {
        name: [each.effect for each in changed(own, constraint=rules)]
        for name, rules in {
            "more": [*had, error],
            "fewer": [each for each in had if each["key"] != "erx-line-3"],
            "warning": [*had, {**error, "severity": "warning"}],
        }.items()
    }
    assert effects == {
        "more": [Effect.STRICTER],
        "fewer": [Effect.LOOSER],
        "warning": [Effect.OTHER],
    }


def test_a_new_slice_that_must_be_there_is_stricter() -> None:
    other = copy.deepcopy(LINE)
    elements = other["snapshot"]["element"]
    at = next(i for i, e in enumerate(elements) if e["id"] == "ServiceRequest.code.coding:analysis")
    elements.insert(at, {**elements[at], "id": "ServiceRequest.code.coding:second", "min": 1})
    (found,) = compare_elements(LINE, other)
    assert (found.facet, found.after, found.effect) == ("", "1..1", Effect.STRICTER)
    (gone,) = compare_elements(other, LINE)
    assert gone.effect is Effect.LOOSER


@settings(max_examples=20, deadline=None)
@given(
    some.sampled_from([e["id"] for e in LINE["snapshot"]["element"]]),
    some.integers(0, 3),
    some.sampled_from(["0", "1", "5", "*"]),
)
def test_turned_round_what_was_stricter_is_looser(own: str, least: int, most: str) -> None:
    other = copy.deepcopy(LINE)
    element = next(e for e in other["snapshot"]["element"] if e["id"] == own)
    element["min"], element["max"] = least, most
    turned = {
        Effect.STRICTER: Effect.LOOSER,
        Effect.LOOSER: Effect.STRICTER,
        Effect.OTHER: Effect.OTHER,
    }
    there = {(e.facet, e.effect) for e in compare_elements(LINE, other)}
    back = {(e.facet, turned[e.effect]) for e in compare_elements(other, LINE)}
    assert there == back


def test_the_same_twice_changes_nothing() -> None:
    assert compare_elements(LINE, copy.deepcopy(LINE)) == ()
