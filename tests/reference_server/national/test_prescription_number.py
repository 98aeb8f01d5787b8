"""The prescription number survives people typing it, and notices when they err."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.national.prescription_number import (
    ALPHABET,
    BODY_BITS,
    PrescriptionNumberError,
    make_prescription_number,
    parse_prescription_number,
    print_prescription_number,
)

NUMBERS = st.integers(0, 2**BODY_BITS - 1).map(make_prescription_number)


@given(NUMBERS)
def test_what_is_printed_can_be_typed_in_again(number: str) -> None:
    printed = print_prescription_number(number)
    assert len(printed) == 15
    for typed in (printed, printed.lower(), number, printed.replace("-", " ")):
        assert parse_prescription_number(typed) == number


@given(NUMBERS)
def test_letters_that_look_like_digits_are_read_as_them(number: str) -> None:
    assert parse_prescription_number(number.replace("1", "l").replace("0", "O")) == number


@given(NUMBERS, st.integers(1, 11), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(number: str, place: int, other: str) -> None:
    wrong = number[:place] + other + number[place + 1 :]
    if wrong != number:
        with pytest.raises(PrescriptionNumberError, match="check character"):
            parse_prescription_number(wrong)


@given(NUMBERS, st.integers(1, 10), st.integers(1, 10))
def test_two_characters_swapped_are_noticed(number: str, one: int, other: int) -> None:
    characters = list(number)
    characters[one], characters[other] = characters[other], characters[one]
    wrong = "".join(characters)
    if wrong != number:
        with pytest.raises(PrescriptionNumberError):
            parse_prescription_number(wrong)


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with suppress(PrescriptionNumberError):
        assert parse_prescription_number(text).startswith("B")


@pytest.mark.parametrize("bits", [-1, 1 << BODY_BITS])
def test_a_number_is_made_of_fifty_bits(bits: int) -> None:
    with pytest.raises(ValueError, match="50 bits"):
        make_prescription_number(bits)


def test_the_form_is_the_agreed_one() -> None:
    assert print_prescription_number(make_prescription_number(0)) == "B-00000-00000-0"
    assert make_prescription_number(2**BODY_BITS - 1).startswith("BZZZZZZZZZZ")
