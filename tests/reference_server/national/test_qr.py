"""The QR code's text is read exactly, and nothing else is."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.national.prescription_number import make_prescription_number
from reference_server.national.qr import (
    QrPayload,
    QrPayloadError,
    format_qr,
    make_qr_token,
    parse_qr,
)

PAYLOADS = st.builds(
    lambda bits, secret: QrPayload(
        number=make_prescription_number(bits), token=make_qr_token(secret)
    ),
    st.integers(0, 2**50 - 1),
    st.binary(min_size=20, max_size=20),
)
EXAMPLE = format_qr(
    QrPayload(number=make_prescription_number(123456789), token=make_qr_token(bytes(20)))
)


@given(PAYLOADS)
def test_what_is_drawn_is_what_is_read(payload: QrPayload) -> None:
    text = format_qr(payload)
    assert parse_qr(text) == payload
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:")
    assert len(text) == 50


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        EXAMPLE.lower(),
        EXAMPLE + " ",
        EXAMPLE + "\n",
        " " + EXAMPLE,
        EXAMPLE[:-1],
        EXAMPLE + "A",
        EXAMPLE.replace("ERX1", "ERX2"),
        EXAMPLE.replace(":", ";"),
        EXAMPLE[:5] + "B00000000001" + EXAMPLE[17:],
        '{"urls":["Task/1/$accept?ac=1"]}',
        "https://example.org/" + EXAMPLE,
        EXAMPLE[:-1] + "1",
        EXAMPLE[:-1] + "ä",
    ],
)
def test_anything_else_is_refused(hostile: str) -> None:
    with pytest.raises(QrPayloadError):
        parse_qr(hostile)


@given(st.text())
def test_no_text_makes_anything_but_the_named_error(text: str) -> None:
    with suppress(QrPayloadError):
        parse_qr(text)


def test_the_token_does_not_show_in_a_log() -> None:
    payload = parse_qr(EXAMPLE)
    assert payload.token not in repr(payload)


def test_a_token_is_made_of_160_bits() -> None:
    with pytest.raises(ValueError, match="20 random bytes"):
        make_qr_token(b"short")
