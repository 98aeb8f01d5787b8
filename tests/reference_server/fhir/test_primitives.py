"""FHIR's primitive values, by examples of the specification and beyond."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.fhir.json_reader import JsonValue
from reference_server.fhir.paths import Place, coding_in, identifiers_in
from reference_server.fhir.primitives import PRIMITIVES, is_primitive, read_date, read_instant


@pytest.mark.parametrize(
    ("type_name", "good", "wrong"),
    [
        ("date", ["2026", "2026-11", "2026-11-22", "2024-02-29"], ["26", "2026-13", "0000"]),
        ("date", [], ["2026-02-29", "2026-11-22T00:00:00Z", "2026-1-1"]),
        ("dateTime", ["2026", "2026-11-22", "2026-11-22T10:00:00Z"], ["2026-11-22T10:00"]),
        ("dateTime", ["2026-11-22T10:00:00.123456789+01:00"], ["2026-11-22T10:00:00"]),
        ("dateTime", [], ["2026-02-30T10:00:00Z", "2026-11-22T24:00:00Z"]),
        ("dateTime", [], ["2026-11-22T10:00:00+15:00"]),
        ("instant", ["2026-11-22T10:00:00Z", "2026-12-31T23:59:60Z"], ["2026-11-22", "x"]),
        ("instant", ["2026-11-22T10:00:00.1-14:00"], ["2026-11-22T10:00:00"]),
        ("id", ["a", "A-1.b", "x" * 64], ["", "a b", "ä", "x" * 65, "a_b"]),
        ("uri", ["urn:uuid:x", "http://x"], ["a b", "\n"]),
        ("code", ["final", "a b"], [" a", "a ", "a  b", "\t"]),
        ("base64Binary", ["QUJD", "QU JD\n"], ["***", "é"]),
        ("oid", ["urn:oid:1.3.182.4.4"], ["1.3.182", "urn:oid:3.1", "urn:oid:1.03"]),
        ("uuid", ["urn:uuid:0f3a9c1e-0000-4000-8000-000000000000"], ["0f3a9c1e"]),
        ("time", ["10:00:00", "23:59:59.5"], ["24:00:00", "10:00"]),
        ("positiveInt", [1, 2**31 - 1], [0, -1, 2**31, Decimal("1.0"), "1", True]),
        ("unsignedInt", [0], [-1]),
        ("integer", [-(2**31), 5], [2**31, Decimal(5)]),
        ("decimal", [1, Decimal("13.50")], ["13.5", True]),
        ("boolean", [True, False], [0, 1, "true"]),
        ("string", ["é", "a\nb"], ["", 5]),
        ("xhtml", ["<div>x</div>"], ["x", "<p>x</p>"]),
    ],
)
def test_values_of_a_primitive_type(
    type_name: str, good: list[JsonValue], wrong: list[JsonValue]
) -> None:
    assert [value for value in good if not is_primitive(value, type_name)] == []
    assert [value for value in wrong if is_primitive(value, type_name)] == []


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - the zone follows
def test_instants_are_read_to_the_microsecond(at: datetime) -> None:
    aware = at.replace(tzinfo=UTC)
    assert read_instant(aware.isoformat()) == aware
    assert read_instant(f"{at:%Y-%m-%dT%H:%M:%S}Z") == aware.replace(microsecond=0)


def test_instants_keep_their_zone_and_the_leap_second_is_tamed() -> None:
    found = read_instant("2026-12-31T23:59:60.9999999+01:00")
    assert found == datetime(2026, 12, 31, 22, 59, 59, 999999, tzinfo=UTC)
    assert found.utcoffset() == timedelta(hours=1)
    assert read_instant("2026-12-31") is None


def test_only_complete_dates_are_dates_of_a_day() -> None:
    assert read_date("2026-11-22") == date(2026, 11, 22)
    assert [read_date(text) for text in ("2026-11", "2026-02-30", "", "2026-11-2x")] == [None] * 4


@given(st.text(), st.sampled_from(sorted(PRIMITIVES)))
def test_any_text_is_judged_without_an_exception(text: str, type_name: str) -> None:
    is_primitive(text, type_name)
    read_instant(text)
    read_date(text)


def test_walking_a_tree_never_fails() -> None:
    root = Place({"a": [{"b": {"c": "x"}}, 5], "d": 1}, "Thing")
    first = root.first("a")
    assert first is not None
    assert (first.value, first.expression) == ({"b": {"c": "x"}}, "Thing.a[0]")
    assert [place.text("b", "c") for place in root.each("a")] == ["x", None]
    assert root.each("d") == ()
    assert root.at("a", "b") is None
    assert root.text("d") is None
    assert root.child("e") == "Thing.e"
    assert root.child("not a name") == "Thing"


def test_codings_and_identifiers_are_found_by_system() -> None:
    concept = Place({"coding": [{"system": "s", "code": "1"}, {"system": "t", "code": "2"}]}, "c")
    found = coding_in(concept, "t")
    assert found is not None
    assert (found.text("code"), found.expression) == ("2", "c.coding[1]")
    assert coding_in(None, "t") is None
    resource = Place({"identifier": [{"system": "s"}, {"system": "t"}, 5]}, "P")
    assert [place.expression for place in identifiers_in(resource, "t")] == ["P.identifier[1]"]


def test_a_no_break_space_is_a_sign_and_a_control_character_is_none() -> None:
    for name in ("string", "markdown", "code", "uri"):
        assert is_primitive("Attention\u00a0", name)
    assert not is_primitive("a\u0000", "string")
    assert is_primitive("a\tb\r\n", "markdown")
