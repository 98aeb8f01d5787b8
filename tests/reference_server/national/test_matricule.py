"""The matricule's check digits against published and self-made vectors."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.national.matricule import (
    MatriculeFault,
    MatriculeMode,
    birth_date_of,
    check_digits,
    is_possibly_real,
    is_synthetic,
    luhn,
    make_matricule,
    matricule_faults,
    old_check_digit,
    verhoeff,
)

TODAY = date(2026, 11, 22)
DUMMY = "7000010105084"
PAYLOADS = st.from_regex(r"[0-9]{11}", fullmatch=True)


@pytest.mark.parametrize(
    "valid",
    [
        "1893120105732",
        "1990010112385",
        DUMMY,
        "7000010105165",
        "7000021412372",
        "2999123100160",
        "2999000004210",
    ],
)
def test_known_numbers_have_both_check_digits_right(valid: str) -> None:
    assert check_digits(valid[:11]) == valid[11:]
    assert matricule_faults(valid, today=TODAY, mode=MatriculeMode.TEST) == ()


@pytest.mark.parametrize(
    ("wrong", "faults"),
    [
        ("2005010212345", (MatriculeFault.LUHN, MatriculeFault.VERHOEFF)),
        ("1998041799999", (MatriculeFault.LUHN, MatriculeFault.VERHOEFF)),
        ("1990010112384", (MatriculeFault.VERHOEFF,)),
    ],
)
def test_both_digits_are_looked_at_independently(
    wrong: str, faults: tuple[MatriculeFault, ...]
) -> None:
    assert matricule_faults(wrong, today=TODAY) == faults


def test_the_worked_example_of_the_law_comes_out() -> None:
    assert (luhn("18931201057"), verhoeff("18931201057")) == (3, 2)


def test_the_national_dummy_passes_the_test_mode_only() -> None:
    assert matricule_faults(DUMMY, today=TODAY) == (MatriculeFault.BIRTH_DATE,)
    assert matricule_faults(DUMMY, today=TODAY, mode=MatriculeMode.TEST) == ()


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("1998041799999", True),
        ("0998041799999", False),
        ("18931201057", True),
        ("18931201050", False),
        ("19790406128", True),
        ("123", False),
        ("\uff11" * 13, False),
    ],
)
def test_the_legacy_mode_looks_at_the_form_or_the_old_digit(value: str, *, accepted: bool) -> None:
    assert (matricule_faults(value, today=TODAY, mode=MatriculeMode.LEGACY) == ()) is accepted


@pytest.mark.parametrize(
    ("payload", "digit"), [("1893120105", 7), ("1979040612", 8), ("1960010101", 6)]
)
def test_old_numbers_have_a_modulus_11_digit(payload: str, digit: int) -> None:
    assert old_check_digit(payload) == digit


def test_a_rest_of_one_was_never_assigned_in_the_first_series() -> None:
    found = [
        old_check_digit(f"{number:010d}", series=series)
        for number in range(200)
        for series in (1, 2, 3)
    ]
    assert None in found
    assert all(digit is None or 0 <= digit <= 9 for digit in found)


@pytest.mark.parametrize(
    ("head", "plausible"),
    [
        ("19840317", True),
        ("19840300", True),
        ("19840000", True),
        ("19840017", False),
        ("19840230", False),
        ("19841301", False),
        ("20261122", True),
        ("20261123", False),
        ("18760101", True),
        ("18750101", False),
    ],
)
def test_a_birth_date_is_of_a_person_who_may_live(head: str, *, plausible: bool) -> None:
    number = f"{head}905"
    faults = matricule_faults(number + check_digits(number), today=TODAY)
    assert (faults == ()) is plausible


@given(PAYLOADS, st.integers(0, 12), st.integers(1, 9))
def test_every_single_wrong_digit_is_noticed(payload: str, place: int, by: int) -> None:
    number = payload + check_digits(payload)
    wrong = f"{number[:place]}{(int(number[place]) + by) % 10}{number[place + 1 :]}"
    assert matricule_faults(wrong, today=TODAY, mode=MatriculeMode.TEST)


@given(PAYLOADS, st.integers(0, 9))
def test_every_swap_of_neighbours_in_the_payload_is_noticed(payload: str, place: int) -> None:
    number = payload + check_digits(payload)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    wrong = matricule_faults(swapped, today=TODAY, mode=MatriculeMode.TEST)
    assert bool(wrong) is (swapped != number)


@given(st.dates(date(1900, 1, 2), TODAY), st.integers(900, 999))
def test_synthetic_people_are_valid_and_never_possibly_real(born: date, sequence: int) -> None:
    number = make_matricule(born, sequence=sequence)
    assert matricule_faults(number, today=TODAY) == ()
    assert birth_date_of(number) == born
    assert is_synthetic(number)
    assert not is_possibly_real(number, today=TODAY)


@given(st.dates(date(1900, 1, 2), TODAY), st.integers(0, 899))
def test_a_valid_number_outside_the_block_is_possibly_real(born: date, sequence: int) -> None:
    assert is_possibly_real(make_matricule(born, sequence=sequence), today=TODAY)


@given(st.text())
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    for mode in MatriculeMode:
        matricule_faults(text, today=TODAY, mode=mode)
    assert not (is_possibly_real(text, today=TODAY) and is_synthetic(text))


def test_a_payload_of_another_length_has_no_check_digits() -> None:
    with pytest.raises(ValueError, match="11 digits"):
        check_digits("123")
    assert birth_date_of("20260230") is None
