"""ER7 and its frames, against the standard's own words and against another reader."""

from contextlib import suppress

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.hl7v2.er7 import (
    Er7Fault,
    components,
    escape,
    part,
    parts,
    read,
    segment,
    unescape,
    write,
)
from reference_server.hl7v2.frames import Deframer, FrameFault, Trouble, framed

HEAD = "MSH|^~\\&|APP|90100112|MPI|LU|20260101||ADT^A28^ADT_A05|1|T|2.5||||||"
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


@given(TEXTS)
def test_what_is_escaped_comes_back_and_separates_nothing(text: str) -> None:
    written = escape(text)
    assert unescape(written) == text
    assert not set(written) & set("|^~&")


@given(st.lists(TEXTS, min_size=1, max_size=6), TEXTS)
def test_another_reader_finds_the_same_fields(values: list[str], last: str) -> None:
    values = [" ".join(value.split()) for value in [*values, last, "end"]]
    raw = write([f"{HEAD}UNICODE UTF-8", segment("ZZ1", *map(escape, values))], "UNICODE UTF-8")
    ours = read(raw).first("ZZ1")
    assert ours is not None
    theirs = hl7.parse(raw.decode())
    for number, value in enumerate(values, 1):
        assert ours.value(number) == value
        told = str(theirs.segment("ZZ1")(number))
        assert theirs.unescape(told) == value


@given(st.text(alphabet='ab^&\\F"', max_size=20), st.integers(1, 8))
def test_components_taken_together_are_those_taken_one_by_one(text: str, count: int) -> None:
    assert parts(text, count) == [part(text, number, 1) for number in range(1, count + 1)]


def test_fields_count_as_in_hl7_also_in_msh() -> None:
    message = read(
        f"{HEAD}8859/1\rPID|1||A^^^&1.2&ISO~B^^^&3.4&ISO||Müller^Zoé\r".encode("latin-1")
    )
    assert message.header.value(1) == "|"
    assert message.header.value(9, component=2) == "A28"
    pid = message.first("PID")
    assert pid is not None
    assert pid.repetitions(3) == ("A^^^&1.2&ISO", "B^^^&3.4&ISO")
    assert pid.value(3, repetition=2, component=4, subcomponent=2) == "3.4"
    assert (pid.value(5), pid.value(5, component=2), pid.value(30)) == ("Müller", "Zoé", "")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"a\F\b\S\c\R\d\E\e\T\f", r"a|b^c~d\e&f"),
        (r"caf\XE9\ ", "café "),
        (r"one\.br\two", "one\ntwo"),
        (r"\H\bold\N\ ", "bold "),
        (r"half \open", r"half \open"),
        (r"\Zxy\ ", r"\Zxy\ "),
    ],
)
def test_escape_sequences_of_chapter_two(written: str, meant: str) -> None:
    assert unescape(written) == meant


def test_delimiters_are_those_that_the_message_declares() -> None:
    message = read(b"MSH$%~\\&$APP$90100112$$$$$ADT%A28$1$T$2.5\rPID$1$$7%%%X\r")
    pid = message.first("PID")
    assert pid is not None
    assert pid.value(3, component=4) == "X"


def test_segments_nobody_knows_are_kept_and_ends_of_lines_tolerated() -> None:
    message = read(f"{HEAD}\r\nZPD|own^thing\r\nPID|1\r\n".encode())
    assert [each.name for each in message.segments] == ["MSH", "ZPD", "PID"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not-hl7"),
        (b"PID|1", "not-hl7"),
        (b"MSH|^~\\^|APP|", "delimiters"),
        (b"MSHA^~\\&AAPP", "delimiters"),
        (f"{HEAD}ISO IR87\r".encode(), "charset-unknown"),
        (f"{HEAD}\rPID|1||||Müller\r".encode(), "charset-wrong"),
        (f"{HEAD}UNICODE UTF-8\rPID|1||||M\xfcller\r".encode("latin-1"), "charset-wrong"),
        (f"{HEAD}\rpid|1\r".encode(), "segment-name"),
        (f"{HEAD}\rPIDX|1\r".encode(), "segment-name"),
        (f"{HEAD}\r".encode() + b"ZZZ\r" * 3000, "too-many-segments"),
    ],
)
def test_what_cannot_be_read_is_named(raw: bytes, code: str) -> None:
    with pytest.raises(Er7Fault) as caught:
        read(raw)
    assert caught.value.code == code


@given(st.binary(max_size=200))
def test_whatever_bytes_come_reading_ends_in_a_message_or_a_fault(raw: bytes) -> None:
    with suppress(Er7Fault):
        assert read(b"MSH|^~\\&|" + raw).header.name == "MSH"


def test_components_and_segments_end_with_what_is_there() -> None:
    assert components("7", "", "", ("", "1.2", "ISO"), "", "") == "7^^^&1.2&ISO"
    assert segment("PID", "1", "", "x", "", "") == "PID|1||x"


@given(st.lists(st.binary(max_size=60), max_size=5), st.integers(1, 7))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    messages: list[bytes], step: int
) -> None:
    messages = [message.replace(b"\x1c", b"") for message in messages]
    stream = b"".join(map(framed, messages))
    frames = Deframer(limit=100)
    found = [
        message
        for start in range(0, len(stream), step)
        for message in frames.feed(stream[start : start + step])
    ]
    assert found == messages
    assert not frames.is_inside


@pytest.mark.parametrize(
    ("stream", "trouble"),
    [
        (b"GET / HTTP/1.1\r\n", Trouble.OUTSIDE),
        (framed(b"one") + b"\n", Trouble.OUTSIDE),
        (b"\x0bone\x1c\n", Trouble.UNENDED),
        (b"\x0b" + b"x" * 200, Trouble.TOO_LARGE),
        (framed(b"x" * 101), Trouble.TOO_LARGE),
    ],
)
def test_what_is_no_frame_is_named(stream: bytes, trouble: Trouble) -> None:
    with pytest.raises(FrameFault) as caught:
        Deframer(limit=100).feed(stream)
    assert caught.value.trouble is trouble
