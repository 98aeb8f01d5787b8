"""A wrong subject file is told where the vendor can see it."""

from datetime import date
from pathlib import Path

import pytest

from scenarios.errors import DeclarationError
from test_suites.subjects.reader import parse_subject, read_subject

TODAY = date(2026, 11, 22)
GOOD = """\
[product]
vendor = "Éditeur"
name = "Labo+"
version = "1.0"

[[roles]]
actor = "laboratory"
capabilities = ["plan-b", "reserve"]
not_supported = {fractioned = "prévu en 2027"}

[operator]
kind = "driver"
url = "http://127.0.0.1:9001"
"""
SERVER = """\
[product]
vendor = "V"
name = "S"
version = "1"
[[roles]]
actor = "service"
[server]
base_url = "https://test.example.lu/erx"
"""


def mistake(text: str) -> DeclarationError:
    with pytest.raises(DeclarationError) as raised:
        parse_subject(text, file="subject.toml", today=TODAY)
    return raised.value


def test_a_right_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "subject.toml"
    path.write_text(GOOD, encoding="utf-8")
    subject = read_subject(path, today=TODAY)
    role = subject.role("laboratory")
    assert role is not None
    assert role.capabilities == ("plan-b", "reserve")
    assert not subject.is_server()


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "hint"),
    [
        ('vendor = "Éditeur"', 'vendr = "Éditeur"', 2, "product.vendr", "vendor"),
        ('"plan-b", ', '"plan-B", ', 8, "roles[0].capabilities[0]", "plan-b"),
        ('actor = "laboratory"', 'actor = "labratory"', 7, "roles[0].actor", "laboratory"),
        ('kind = "driver"', 'kind = "drivr"', 12, "operator.kind", "driver"),
        ('version = "1.0"\n', "", 1, "product.version", ""),
        ('version = "1.0"', "version = 1.0", 4, "product.version", ""),
        ("127.0.0.1", "192.0.2.7", 13, "operator.url", "hint.authorised"),
        ("fractioned =", "reserve =", 9, "roles[0].not_supported", ""),
    ],
)
def test_a_mistake_names_line_field_and_the_nearest_word(
    *, before: str, after: str, line: int, field: str, hint: str
) -> None:
    error = mistake(GOOD.replace(before, after))
    found = {error.field: error, **{other.field: other for other in error.others}}
    assert field in found, str(error)
    assert found[field].line == line
    assert hint in str(found[field].hint)


def test_what_is_not_toml_is_told_with_its_line() -> None:
    error = mistake("[product]\nvendor = \n")
    assert (error.file, error.line) == ("subject.toml", 2)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"declaration\.file\.missing"):
        read_subject(tmp_path / "none.toml", today=TODAY)


def test_every_mistake_is_told_at_once() -> None:
    error = mistake(GOOD.replace("vendor", "vendr").replace('"reserve"', '"reserved"'))
    assert len(error.others) >= 2


def test_a_client_needs_an_operator_and_a_server_its_address() -> None:
    assert mistake(GOOD.partition("[operator]")[0]).field == "operator"
    assert mistake(SERVER.partition("[server]")[0]).field == "server"


def test_another_host_needs_somebody_who_allows_it_in_time() -> None:
    assert mistake(SERVER).field == "server.base_url"
    allowed = '[[authorised]]\nhost = "test.example.lu"\nperson = "A. B."\nuntil = '
    ended = mistake(f"{SERVER}{allowed}2026-11-21\n")
    assert ended.message_id == "declaration.subject.authorisation-ended"
    subject = parse_subject(f"{SERVER}{allowed}2026-11-22\n", file="s", today=TODAY)
    assert subject.is_server()


def test_who_is_told_of_sign_outs_says_where() -> None:
    claimed = GOOD.replace('"laboratory"', '"prescriber"').replace(
        '["plan-b", "reserve"]', '["back-channel-logout"]'
    )
    missing = mistake(claimed)
    assert missing.message_id == "declaration.subject.logout-uri-missing"
    assert missing.field == "roles[0].logout_uri"
    told = 'logout_uri = "http://127.0.0.1:{port}/notices"\nnot_supported'
    subject = parse_subject(claimed.replace("not_supported", told), file="s", today=TODAY)
    assert subject.roles[0].logout_uri == "http://127.0.0.1:{port}/notices"
    elsewhere = told.replace("127.0.0.1", "test.example.lu")
    assert mistake(claimed.replace("not_supported", elsewhere)).field == "roles[0].logout_uri"
