"""The code by which one comes back: hard to guess, easy to copy by hand."""

import secrets
from collections.abc import Callable

import pytest

from reports.portal.codes import BYTES, digest, new_code, read_code


def number(value: int) -> Callable[[int], bytes]:
    return lambda size: value.to_bytes(size, "big")


def test_a_code_holds_128_bits_and_reads_back() -> None:
    code = new_code(secrets.token_bytes)
    assert BYTES * 8 == 128
    assert read_code(code) == code.replace("-", "")


def test_the_same_chance_makes_the_same_code_and_another_chance_another() -> None:
    codes = {new_code(number(at)) for at in range(500)}
    assert len(codes) == 500
    assert new_code(bytes) == new_code(bytes)


def test_the_highest_number_loses_no_bit() -> None:
    high, lower = bytes([255] * 16), bytes([127] + [255] * 15)
    assert new_code(lambda _: high) != new_code(lambda _: lower)


def test_small_letters_blanks_and_look_alikes_do_not_matter() -> None:
    code = new_code(lambda n: bytes(range(n)))
    sloppy = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert sloppy != code
    assert read_code(sloppy) == read_code(code)


def test_one_wrong_sign_is_told_as_a_slip_nearly_always() -> None:
    plain = new_code(lambda n: bytes(range(n))).replace("-", "")
    wrong = [
        plain[:at] + sign + plain[at + 1 :]
        for at in range(len(plain))
        for sign in "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        if sign != plain[at]
    ]
    missed = [one for one in wrong if read_code(one) is not None]
    assert len(missed) < len(wrong) / 200


@pytest.mark.parametrize("typed", ["", "ABCD", "A" * 28, "é" * 28, "0" * 5000, "AAAA-" * 7])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_what_is_kept_tells_nothing_of_the_code() -> None:
    plain = read_code(new_code(lambda n: bytes(range(n)))) or ""
    assert plain not in digest(plain)
    assert len(digest(plain)) == 64
