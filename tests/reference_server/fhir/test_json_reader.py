"""JSON is read strictly, says where it is wrong, and loses nothing."""

import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.fhir.compose import as_written, write_json
from reference_server.fhir.json_reader import (
    DuplicateKey,
    JsonFault,
    NotJson,
    NotUtf8,
    TooDeep,
    read_json,
)


@pytest.mark.parametrize(
    ("raw", "fault", "params"),
    [
        (b"\xff{}", NotUtf8, {"offset": 0}),
        (b'{"a":"\xed\xa0\x80"}', NotUtf8, {"offset": 6}),
        (b'{"a":"\xc0\xaf"}', NotUtf8, {"offset": 6}),
        (b"\xef\xbb\xbf{}", NotJson, {"line": 1, "column": 1}),
        (b"", NotJson, {"line": 1, "column": 1}),
        (b"[]", NotJson, {"line": 1, "column": 1}),
        (b'"text"', NotJson, {"line": 1, "column": 1}),
        (b'{"a":1}{}', NotJson, {"line": 1, "column": 8}),
        (b'{"a":\n NaN}', NotJson, {"line": 2, "column": 2}),
        (b'{"a":-Infinity}', NotJson, {"line": 1, "column": 6}),
        (b'{"a":01}', NotJson, {"line": 1, "column": 7}),
        (b'{"a":1.}', NotJson, {"line": 1, "column": 7}),
        (b"{'a':1}", NotJson, {"line": 1, "column": 2}),
        (b'{"a":"\x01"}', NotJson, {"line": 1, "column": 7}),
        (b'{"a":"\\ud83d"}', NotJson, {"line": 1, "column": 6}),
        (b'{"a":"\\\\u","\\udc00":1}', NotJson, {"line": 1, "column": 12}),
        (b'{"a":' + b"9" * 500 + b"}", NotJson, {"line": 1, "column": 6}),
        (b'{"a":1E99999999999999999999}', NotJson, {"line": 1, "column": 6}),
        (b'{"a":1,\n "b":2, "a":3}', DuplicateKey, {"key": "a", "line": 2, "column": 9}),
        (b'{"a":1,"\\u0061":2}', DuplicateKey, {"key": "a", "line": 1, "column": 8}),
        (
            b'{"x":{"k":[{"a":"}{"},{"a":1,"a":2}]}}',
            DuplicateKey,
            {"key": "a", "line": 1, "column": 30},
        ),
        (b'{"a":' * 65 + b"1" + b"}" * 65, TooDeep, {"limit": 64}),
        (b'{"a":' + b"[" * 100_000, TooDeep, {"limit": 64}),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    raw: bytes, fault: type[JsonFault], params: dict[str, object]
) -> None:
    with pytest.raises(fault) as caught:
        read_json(raw)
    assert caught.value.params == params


def test_sixty_four_levels_are_read() -> None:
    assert read_json(b'{"a":' * 64 + b"1" + b"}" * 64)


def test_decimals_keep_their_digits() -> None:
    tree = read_json(b'{"a":13.50,"b":0.10000000000000000555,"c":123456789012345678901234567890}')
    assert [str(value) for value in tree.values()] == [
        "13.50",
        "0.10000000000000000555",
        "123456789012345678901234567890",
    ]
    assert write_json(tree) == (
        b'{"a":13.50,"b":0.10000000000000000555,"c":123456789012345678901234567890}'
    )


def test_pairs_of_surrogates_are_one_character() -> None:
    assert read_json(b'{"a":"\\ud83d\\ude00\\\\ud83d"}') == {"a": "😀\\ud83d"}


def test_a_text_is_put_into_an_answer_byte_for_byte() -> None:
    raw = b'{ "a" : 13.50,\n\t"b":"caf\\u00e9" }'
    assert write_json({"resource": as_written(raw)}) == b'{"resource":' + raw + b"}"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES))
def test_whatever_is_json_is_read_as_the_standard_library_reads_it(tree: dict[str, object]) -> None:
    raw = json.dumps(tree, default=float).encode()
    assert read_json(raw) == json.loads(raw, parse_float=Decimal)


@given(st.binary())
def test_no_bytes_make_anything_but_a_named_fault(raw: bytes) -> None:
    for body in (raw, b'{"a":' + raw, b'{"a":"' + raw + b'"}', b'{"' + raw + b'":1,"b":2}'):
        with suppress(JsonFault):
            assert isinstance(read_json(body), dict)


def test_a_hostile_body_is_refused_in_good_time() -> None:
    with pytest.raises(NotJson):
        read_json(b'{"a":"' + b'\\"' * 2_000_000)
    with pytest.raises(DuplicateKey):
        read_json(b'{"a":1,"a":"' + b'\\"' * 1_000_000 + b'"}')
