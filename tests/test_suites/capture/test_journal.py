"""The journal on disk: chain, tampering, a killed writer."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from test_suites.capture import canonical
from test_suites.capture.chain import records, verify
from test_suites.capture.journal import EXHIBITS, JOURNAL, START, JournalWriter, Kind, inline_body

WRITER = """
import sys, pathlib
from test_suites.capture.journal import JournalWriter, Kind
writer = JournalWriter(folder=pathlib.Path(sys.argv[1]))
writer.append(Kind.HEADER, 0, {"run": "killed"})
number = 0
while True:
    number += 1
    writer.append(Kind.NOTE, number, {"note": "x" * 200})
    if number == 50:
        print("fifty", flush=True)
"""


def write(folder: Path, *, footer: bool = True) -> Path:
    with JournalWriter(folder=folder) as writer:
        writer.append(Kind.HEADER, 0, {"run": "r"})
        writer.append(Kind.NOTE, 5, {"note": "é\u2028\x01", "body": writer.body(b"\xff\x00")})
        writer.append(Kind.NOTE, 6, {"body": writer.body(b"y" * 300_000)})
        writer.append(Kind.CASE_CLOSE, 7, {"case": "c"})
        if footer:
            writer.footer(8, {"cases": 1})
    return folder


def found(folder: Path) -> list[tuple[str, int | None]]:
    return [(problem.message_id.removeprefix("engine.verify."), problem.record)
            for problem in verify(folder)]  # fmt: skip


def test_a_whole_journal_has_no_problem(folder: Path) -> None:
    assert verify(write(folder)) == ()
    assert [record.kind for record in records(folder)][-1] is Kind.FOOTER


def test_anyone_can_check_the_chain_with_the_standard_library(folder: Path) -> None:
    prev = START
    for line in (write(folder) / JOURNAL).read_bytes().splitlines():
        record = json.loads(line)
        body = {key: record[key] for key in ("at", "data", "kind", "seq")}
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert record["prev"] == prev
        assert record["hash"] == canonical.sha256(prev.encode() + text.encode())
        prev = record["hash"]


def test_every_changed_byte_is_named_by_its_record(folder: Path) -> None:
    path = write(folder) / JOURNAL
    whole = path.read_bytes()
    for offset in range(0, len(whole) - 1, 7):
        if whole[offset : offset + 1] == b"\n":
            continue
        changed = bytearray(whole)
        changed[offset] ^= 1
        path.write_bytes(bytes(changed))
        record = whole[:offset].count(b"\n") + 1
        assert verify(folder)[0].record == record, offset


def test_a_record_taken_out_is_noticed_where_it_was(folder: Path) -> None:
    path = write(folder) / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    assert found(folder)[0] == ("chain", 3)


def test_a_journal_without_footer_says_so(folder: Path) -> None:
    assert found(write(folder, footer=False)) == [("no-footer", None)]


def test_a_torn_last_line_is_named(folder: Path) -> None:
    path = write(folder) / JOURNAL
    path.write_bytes(path.read_bytes()[:-10])
    assert found(folder) == [("torn", 5), ("no-footer", None)]


def test_exhibits_that_miss_or_differ_or_do_not_belong_are_named(folder: Path) -> None:
    (exhibit,) = (write(folder) / EXHIBITS).iterdir()
    content = exhibit.read_bytes()
    exhibit.write_bytes(content[:-1] + b"z")
    assert found(folder) == [("file-altered", 3)]
    exhibit.unlink()
    assert found(folder) == [("missing", 3)]
    exhibit.write_bytes(content)
    (folder / EXHIBITS / "more").write_bytes(b"")
    assert found(folder) == [("extra", None)]


def test_files_the_header_vouches_for_are_compared(folder: Path) -> None:
    with JournalWriter(folder=folder) as writer:
        writer.append(Kind.HEADER, 0, {"files": {"plan.json": canonical.sha256(b"{}")}})
        writer.footer(1, {})
    assert found(folder) == [("missing", 1)]
    (folder / "plan.json").write_bytes(b"{ }")
    assert found(folder) == [("file-altered", 1)]
    (folder / "plan.json").write_bytes(b"{}")
    assert found(folder) == []


def test_no_journal_is_a_problem_of_its_own(folder: Path) -> None:
    assert found(folder) == [("no-journal", None)]


def test_a_second_run_never_writes_into_a_journal(folder: Path) -> None:
    write(folder)
    with pytest.raises(FileExistsError):
        JournalWriter(folder=folder)


def test_what_was_written_survives_kill_9_and_its_chain_holds(folder: Path) -> None:
    arguments = [sys.executable, "-c", WRITER, str(folder)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        os.kill(program.pid, signal.SIGKILL)
    kept = list(records(folder))
    assert len(kept) > 50
    problems = found(folder)
    assert problems[-1] == ("no-footer", None)
    assert {name for name, _ in problems} <= {"no-footer", "torn"}


UNPRINTED = bytes(range(32))


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@example(content=b'a "quoted" back\\slash')
@example(content="ë\u2028\x7f€\U0001f600".encode())
def test_a_text_spliced_in_is_written_as_any_other(content: bytes) -> None:
    plain = content.translate(None, UNPRINTED)
    spliced = {"b": inline_body(plain, plain=True), "a": 1, "c": inline_body(b"\0")}
    usual = {"b": inline_body(plain), "a": 1, "c": inline_body(b"\0")}
    expected = json.dumps(usual, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert b"".join(canonical.pieces(spliced)) == expected.encode()
    assert b"".join(canonical.pieces(usual)) == expected.encode()


def test_records_gathered_are_one_sound_journal(folder: Path) -> None:
    body = b"y" * 200_000
    with JournalWriter(folder=folder) as writer:
        writer.append(Kind.HEADER, 0, {"run": "r"})
        with writer.gathering():
            for number in range(700):
                writer.append(Kind.NOTE, number, {"body": writer.body(b"%d" % number, plain=True)})
            assert len(list(records(folder))) == 1
            for number in range(30):
                writer.append(Kind.NOTE, number, {"body": writer.body(body, plain=True)})
            assert len(list(records(folder))) > 1
        assert len(list(records(folder))) == 731
        writer.footer(9, {"cases": 0})
    assert verify(folder) == ()
