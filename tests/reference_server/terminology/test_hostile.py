"""Whatever is sent, the service says yes, no, or why not: nothing else comes out."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reference_server.app.wiring import SERVICES, full_catalogue
from reference_server.kernel.errors import Refusal
from reference_server.kernel.language import Voice
from reference_server.services.terminology.catalogue.answers import LARGEST, MOST, Answers
from reference_server.services.terminology.catalogue.importing import ImportOutcome, read_list
from reference_server.services.terminology.catalogue.licensed.atc import read_atc
from reference_server.services.terminology.catalogue.licensed.faults import LicensedFileError
from reference_server.services.terminology.catalogue.national import national_resources
from reference_server.services.terminology.catalogue.terminology import KEPT_ANSWERS, Terminology
from reference_server.services.terminology.fhir.arguments import from_parameters, from_query
from reference_server.services.terminology.model import Coded
from reference_server.services.terminology.operations import (
    expand,
    lookup,
    subsume,
    translate,
    validate,
)
from tests.reference_server.terminology.asking import GENDER, GENDERS, UCUM

TERMINOLOGY = Terminology(national_resources())
VOICE = Voice(
    catalogue=full_catalogue(tuple(service.name for service in SERVICES)),
    language="fr",
    request_id="x",
)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
OPERATIONS: tuple[tuple[Any, Any], ...] = (
    (lookup.KNOWN, lookup.lookup),
    (validate.IN_SYSTEM, lambda t, g: validate.in_system(t, g, VOICE)),
    (validate.IN_VALUE_SET, lambda t, g: validate.in_value_set(t, g, VOICE)),
    (expand.KNOWN, lambda t, g: expand.expand(t, g, now=NOW)),
    (subsume.KNOWN, subsume.subsumes),
    (translate.KNOWN, lambda t, g: translate.translate(t, g, VOICE)),
)
NAMES = sorted({name for known, _ in OPERATIONS for name in known})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(GENDER),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
CODINGS = st.fixed_dictionaries(
    {"system": st.sampled_from([GENDER, UCUM, "urn:x"]) | JSON, "code": st.text(max_size=6)}
)
VALUES = st.one_of(
    st.fixed_dictionaries({"valueCode": st.sampled_from(["male", "mg"]) | JSON}),
    st.fixed_dictionaries({"valueUri": st.sampled_from([GENDER, GENDERS, UCUM]) | JSON}),
    st.fixed_dictionaries({"valueString": JSON}),
    st.fixed_dictionaries({"valueBoolean": JSON}),
    st.fixed_dictionaries({"valueInteger": JSON}),
    st.fixed_dictionaries({"valueCoding": CODINGS | JSON}),
    st.fixed_dictionaries(
        {"valueCodeableConcept": st.fixed_dictionaries({"coding": st.lists(CODINGS, max_size=3)})}
    ),
)


@given(st.sampled_from(OPERATIONS), st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=5))
def test_any_parameters_are_answered_or_refused(
    operation: tuple[Any, Any], told: list[tuple[str, dict[str, Any]]]
) -> None:
    known, answer = operation
    body: Any = {
        "resourceType": "Parameters",
        "parameter": [{"name": name, **value} for name, value in told],
    }
    with suppress(Refusal):
        assert answer(TERMINOLOGY, from_parameters(body, known)).startswith(b"{")


@given(
    st.sampled_from(OPERATIONS),
    st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=12)), max_size=5),
)
def test_any_query_is_answered_or_refused(
    operation: tuple[Any, Any], query: list[tuple[str, str]]
) -> None:
    known, answer = operation
    with suppress(Refusal):
        assert answer(TERMINOLOGY, from_query(tuple(query), known)).startswith(b"{")


@given(st.binary(max_size=60) | st.builds(lambda each: str(each).encode(), JSON))
def test_any_file_of_analyses_is_read_or_refused(content: bytes) -> None:
    assert read_list(content).outcome in ImportOutcome


@given(
    st.binary(max_size=80)
    | st.lists(st.sampled_from(["code", "name", "A", "A01", "a", ";", ",", "\t", '"', "\n", "é"]))
    .map("".join)
    .map(str.encode)
)
def test_any_table_of_atc_is_read_or_refused(content: bytes) -> None:
    with suppress(LicensedFileError):
        assert read_atc(content)["count"] > 0


def test_what_is_kept_of_answers_is_bounded() -> None:
    answers = Answers()
    for number in range(MOST + 10):
        answers.get(number, size=1, make=lambda: b"x")
    answers.get("long", size=10_000, make=lambda: b"x")
    answers.get("large", size=1, make=lambda: b"x" * (LARGEST + 1))
    assert len(answers) == MOST


def test_what_is_kept_of_questions_is_bounded() -> None:
    terminology = Terminology(national_resources())
    first = terminology.codes()
    for number in range(KEPT_ANSWERS):
        terminology.is_member(GENDERS, Coded(system=GENDER, code=f"c{number}"))
    assert terminology.codes() is not first
