"""Locators find what was written, as it was written, and nothing else."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_suites.core.message import JsonValue
from test_suites.match.address import form, identity_in, query, secrets_in, url_of
from test_suites.match.fhir import faults, lines, matricule_of, references, refused
from test_suites.match.jsontext import Flaw, flaws, read_exact, read_json
from test_suites.match.pages import (
    PagesUnreadable,
    codes_on,
    is_blank_top_right,
    soundness_flaws,
    text_on,
)
from test_suites.match.path import PathError, first_text, parse, select
from tests.test_suites.core.build import ANNA, CODE, bundle, line, outcome, page, said

TREE: JsonValue = {
    "a": [{"b": "x", "c": {"d": "1"}}, {"b": "y", "c": {"d": "2"}}],
    "e": {"f": "deep"},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("e.f", ("deep",)),
        ("a[0].b", ("x",)),
        ("a[9].b", ()),
        ("a[*].b", ("x", "y")),
        ("a[b=y].c.d", ("2",)),
        ("a[c.d=1].b", ("x",)),
        ("a.b", ()),
        ("missing.f", ()),
    ],
)
def test_a_path_leads_where_it_says(path: str, found: tuple[str, ...]) -> None:
    assert select(TREE, path) == found


@pytest.mark.parametrize("path", ["", ".", "a.", "a..b", "a[", "a[]", "[0]", "a b"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(PathError):
        parse(path)


def test_a_filter_may_hold_dots_and_slashes() -> None:
    coding: JsonValue = {"coding": [{"system": "http://loinc.org/x.y", "code": "1"}]}
    assert first_text(coding, "coding[system=http://loinc.org/x.y].code") == "1"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b'{"a": 1, "a": 2}', "repeated-key a"),
        (b'{"a": null}', "null"),
        (b'{"a": {}}', "empty-object"),
        (b'{"a": []}', "empty-list"),
        (b'{"a": ""}', "empty-string"),
        (b"\xff", "not-utf-8"),
        (b"{", "not-json"),
    ],
)
def test_every_flaw_of_json_is_named(body: bytes, what: str) -> None:
    assert what in [flaw.what for flaw in flaws(body)]


def test_a_flaw_says_where_it_stands() -> None:
    assert flaws(b'{"a": [{"b": null}]}') == (Flaw("/a/0/b", "null"),)
    assert flaws(b'{"a": [null, "x"]}') == ()


def test_numbers_keep_the_characters_they_were_written_with() -> None:
    assert read_exact('{"a": 13.50}') != read_exact('{"a": 13.5}')
    assert read_exact('{"a": 13.50}') == read_exact('{ "a":13.50 }')
    assert read_json(b"\xff") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_reading_what_was_written_gives_it_back(value: JsonValue) -> None:
    assert read_json(json.dumps(value).encode()) == value
    assert "not-json" not in [flaw.what for flaw in flaws(json.dumps(value).encode())]


@given(JSON, st.sampled_from(["a", "a.b", "a[*].b", "a[0]", "a[b=c].d"]))
def test_a_path_never_fails_on_any_json(value: JsonValue, path: str) -> None:
    assert isinstance(select(value, path), tuple)


def test_a_submission_is_taken_apart_without_a_fhir_library() -> None:
    made = bundle(line("BIO-0401", occurrenceTiming={"repeat": {"count": 3}}))
    (found,) = lines(made)
    assert (found.code, found.repeats, found.motivated) == ("BIO-0401", 3, False)
    assert matricule_of(made) == ANNA.matricule
    assert "urn:uuid:patient" in references(made)


def test_the_faults_of_an_outcome_are_read_and_of_nothing_else() -> None:
    refusal = said("submit-prescription", bundle(), outcome("a", "b"), status=422)
    assert [fault.code for fault in faults(refusal)] == ["a", "b"]
    assert faults(said("submit-prescription", bundle(), {"resourceType": "Task"})) == ()


@pytest.mark.parametrize(
    ("status", "final"), [(200, False), (401, False), (409, True), (429, False), (503, False)]
)
def test_a_refusal_is_final_only_when_trying_again_is_no_use(status: int, *, final: bool) -> None:
    assert refused(said("dispense", {}, {}, status=status)) is final


def test_the_codes_and_words_of_a_page_are_read() -> None:
    assert codes_on(page(CODE)) == (CODE,)
    assert codes_on(page()) == ()
    assert "Ordonnance" in text_on(page())


def test_a_stain_in_the_stamp_area_is_seen() -> None:
    assert is_blank_top_right(page(), millimetres=40)
    assert not is_blank_top_right(page(stain=True), millimetres=40)


def sized(width: float, height: float, *, pages: int = 1, drawing: bytes = b"") -> bytes:
    """A PDF whose pages measure what they say, however large."""
    out = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            added = pdf.add_blank_page()
            added.obj.MediaBox = pikepdf.Array([0, 0, width, height])
            added.obj.Contents = pdf.make_stream(drawing)
        pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize("size", [(14_400, 14_400), (2_000_000, 2_000_000), (2_000_000, 4)])
def test_a_page_of_any_size_is_looked_at_within_a_few_megabytes(size: tuple[int, int]) -> None:
    # The peak is read from /proc: `ru_maxrss` of a child begins with what its parent held.
    program = """
import sys
from test_suites.match.pages import codes_on, is_blank_top_right
white, black = (open(name, "rb").read() for name in sys.argv[1:])
assert codes_on(black) == ()
assert is_blank_top_right(white, millimetres=40)
assert not is_blank_top_right(black, millimetres=40)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(peak.split()[1])
"""
    with TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("white.pdf", "black.pdf")]
        files[0].write_bytes(sized(*size))
        files[1].write_bytes(sized(*size, drawing=b"0 g 0 0 %d %d re f" % size))
        command = [sys.executable, "-c", program, *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 300 * 1024


@pytest.mark.parametrize("size", [(1e9, 1e9), (1e9, 5), (1, 1)])
def test_a_page_of_impossible_size_is_unreadable(size: tuple[float, float]) -> None:
    for look in (codes_on, lambda pdf: is_blank_top_right(pdf, millimetres=40)):
        with pytest.raises(PagesUnreadable):
            look(sized(*size))


def test_a_pdf_without_a_page_is_unreadable() -> None:
    with pytest.raises(PagesUnreadable):
        codes_on(sized(595, 842, pages=0))


def test_only_so_many_pages_are_read() -> None:
    assert text_on(sized(595, 842, pages=300)).count("\n") < 30


def test_what_is_no_page_is_said_to_be_unreadable() -> None:
    with pytest.raises(PagesUnreadable):
        codes_on(b"not a PDF")
    assert soundness_flaws(b"not a PDF", pages=1, megabytes=1) == ("unreadable",)
    assert soundness_flaws(page(), pages=0, megabytes=1) == ("too-many-pages",)


@pytest.mark.parametrize(
    ("target", "traits"),
    [
        (f"/x?p={ANNA.matricule}", ("anna-weber.matricule",)),
        ("/x?n=Anna+Weber", ("anna-weber.family", "anna-weber.given")),
        ("/x?n=weberian", ()),
        ("/x?d=1980-05-17", ("anna-weber.birth_date",)),
        (f"/x/{ANNA.matricule}0", ()),
    ],
)
def test_people_are_found_in_addresses(target: str, traits: tuple[str, ...]) -> None:
    assert identity_in(target, [ANNA]) == traits


def test_secrets_are_found_by_what_the_tap_left_in_their_place() -> None:
    assert secrets_in("a redacted.access_token.0123456789abcdef b") == ("access_token",)
    assert secrets_in("redacted.matricule.0123456789abcdef") == ()
    assert secrets_in("-----BEGIN PRIVATE KEY-----") == ("private-key",)


def test_addresses_and_forms_are_taken_apart() -> None:
    exchange = said("token", b"a=1&b=x%20y", target="/t?state=s&state=t")
    assert query(exchange) == {"state": "s"}
    assert form(exchange) == {"a": "1", "b": "x y"}
    assert url_of(exchange) == "https://127.0.0.1:8443/t?state=s&state=t"
