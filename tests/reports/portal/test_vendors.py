"""A vendor's dossier on the pages: several people answer, attach, are reviewed, and publish."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reports.cesar.banks import load_instrument
from reports.cesar.dossier.evidence import LARGEST
from reports.cesar.path import Profile, path
from reports.cli.front import main
from reports.portal.desk import Desk
from reports.portal.serve import PortalOptions
from tests.reports.cesar.test_dossier import bill
from tests.reports.portal.vendors import PDF, begins, comes_in
from tests.reports.portal.visitors import Visitor, portal

Open = tuple[Desk, Callable[[], Visitor]]


@pytest.fixture
def opened() -> Iterator[Open]:
    with portal() as given:
        yield given


@pytest.fixture
def dev(opened: Open) -> Visitor:
    desk, browser = opened
    return comes_in(desk, browser(), organisation="Alpha Soft", function="Développement")


def reviewer_of(opened: Open) -> Visitor:
    desk, browser = opened
    return comes_in(desk, browser(), organisation="Le labo", function="Relecture", is_reviewer=True)


def data(person: Visitor, dossier: str) -> dict[str, object]:
    return dict(json.loads(person.open(f"{dossier}/dossier.json").content))


def answers(person: Visitor, dossier: str, question: str, value: str) -> None:
    person.open(f"{dossier}/question/{question}")
    assert person.send(f"{dossier}/question/{question}", {question: value}).status_code == 200


def attaches(person: Visitor, dossier: str, name: str, content: bytes) -> None:
    person.open(f"{dossier}/question/VA5")
    person.send(f"{dossier}/question/VA5/evidence", {}, file=(name, content))


def test_all_questions_of_a_product_are_asked_one_after_the_other(dev: Visitor) -> None:
    tags = ("ehr", "saas", "onprem", "web", "oidc", "pw", "dsp")
    dossier = begins(dev, tags=tags)
    expected = [
        one.id
        for one in path(load_instrument("vendor"), Profile(tags=frozenset(tags)))  # type: ignore[arg-type]  # the tags are those of the bank
    ]
    assert len(expected) == 65
    asked, here = [], f"{dossier}/question/{expected[0]}"
    while here != dossier:
        asked.append(here.rpartition("/")[2])
        dev.open(here)
        dev.send(here, {asked[-1]: "3"})
        here = dev.at
    assert asked == expected
    assert "65" in dev.text


def test_several_people_answer_and_each_answer_says_who_and_when(
    opened: Open, dev: Visitor
) -> None:
    desk, browser = opened
    ops = comes_in(desk, browser(), organisation="Alpha Soft", function="Exploitation")
    dossier = begins(dev)
    answers(dev, dossier, "VA5", "4")
    answers(ops, dossier, "VG1", "2")
    answers(ops, dossier, "VA5", "4")
    ops.open(f"{dossier}/question/VA5")
    assert "Répondu par Développement, 29.11.2026 12:00 UTC" in ops.text
    answers(ops, dossier, "VA5", "unknown")
    ops.open(f"{dossier}/question/VA5")
    assert "Répondu par Exploitation" in ops.text
    kept = data(dev, dossier)["dossier"]
    assert isinstance(kept, dict)
    people = {one["id"]: one["function"] for one in kept["people"]}
    assert people[kept["answers"]["VG1"]["by"]] == "Exploitation"
    assert kept["answers"]["VA5"]["unknown"] is True
    dev.open(f"{dossier}/deeds")
    assert dev.text.count("a répondu VA5") == 2
    assert dev.text.count("a répondu VG1") == 1


def test_another_organisation_finds_no_dossier_and_its_file_opens_nothing_else(
    opened: Open, dev: Visitor
) -> None:
    desk, browser = opened
    dossier = begins(dev)
    other = comes_in(desk, browser(), organisation="Beta Soft", function="Qualité")
    assert "AlphaMed" not in other.open("/vendor/dossiers").text
    for below in ("", "/question/VA5", "/report", "/dossier.json", "/deeds", "/offer.jws"):
        assert other.open(f"{dossier}{below}").status_code == 404, below
    other.open("/vendor/dossiers")
    assert other.send(f"{dossier}/question/VA5", {"VA5": "5"}).status_code == 404
    stranger = browser()
    stranger.open(dossier)
    assert stranger.at == "/vendor"


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 9999, b'{"key": 1}', b"\xff"])
def test_a_file_that_opens_nothing_is_told(opened: Open, content: bytes) -> None:
    person = opened[1]()
    person.open("/vendor")
    assert person.send("/vendor/file", {}, file=("own.json", content)).status_code == 422
    assert "ouvre rien" in person.text


def test_a_file_does_not_make_itself_a_reviewer_s(opened: Open) -> None:
    desk, browser = opened
    admitted = desk.office.admissions.admit("Alpha Soft", is_reviewer=False)
    forged = admitted.model_copy(update={"role": "reviewer", "organisation": "Le labo"})
    person = browser()
    person.open("/vendor")
    person.send("/vendor/file", {}, file=("own.json", forged.model_dump_json().encode()))
    person.send("/vendor/who", {"function": "Relecture"})
    dossier = begins(person)
    answers(person, dossier, "VA5", "4")
    refused = person.send(f"{dossier}/question/VA5/review", {"word": "accepted"})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.pdf", b"<html><script>alert(1)</script>\0"),
        ("run.png", b"MZ\x90\0"),
        ("empty.pdf", b""),
        ("picture.svg", b"\xff<svg onload=alert(1)>"),
    ],
)
def test_evidence_is_known_by_its_bytes_and_what_is_none_is_not_kept(
    opened: Open, dev: Visitor, name: str, content: bytes
) -> None:
    dossier = begins(dev)
    answers(dev, dossier, "VA5", "4")
    attaches(dev, dossier, name, content)
    assert dev.seen.status_code == 422
    assert ("vide" if not content else "ni PDF") in dev.text
    assert opened[0].office.files.of(dossier.rpartition("/")[2]) == ()


def test_evidence_is_kept_with_its_hash_and_given_back_as_nothing_that_runs(dev: Visitor) -> None:
    dossier = begins(dev)
    attaches(dev, dossier, "early.pdf", PDF)
    assert "abord à la question" in dev.text
    answers(dev, dossier, "VA5", "4")
    attaches(dev, dossier, 'Prüf "bericht".pdf', PDF)
    attaches(dev, dossier, "page.txt", b"<script>alert(1)</script>")
    assert dev.seen.status_code == 200
    links = [
        part.partition('"')[0] for part in dev.seen.text.split('href="') if "/file/" in part[:90]
    ]
    assert len(links) == 2
    for link in links:
        given = dev.client.get(link)
        assert given.headers["content-type"] == "application/octet-stream"
        assert given.headers["content-disposition"].startswith("attachment;")
        assert given.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in given.headers["content-security-policy"]
    drop = dev.seen.text.partition("/evidence/")[2].partition('"')[0]
    dev.send(f"{dossier}/question/VA5/evidence/{drop}", {})
    assert "retirée et supprimée" in dev.text
    assert len(data(dev, dossier)["evidence"]) == 1  # type: ignore[arg-type]  # a list, as JSON has it


def test_a_file_that_is_too_large_is_refused_and_strangers_may_send_only_little(
    opened: Open, dev: Visitor
) -> None:
    dossier = begins(dev)
    answers(dev, dossier, "VA5", "4")
    attaches(dev, dossier, "large.pdf", PDF + b"x" * LARGEST)
    assert dev.seen.status_code == 413
    stranger = opened[1]()
    stranger.open("/vendor")
    stranger.send(f"{dossier}/question/VA5/evidence", {}, file=("a.pdf", PDF + b"x" * 2**21))
    assert stranger.seen.status_code == 413


def test_a_review_grades_evidence_b_until_the_answer_changes(opened: Open, dev: Visitor) -> None:
    reviewer, dossier = reviewer_of(opened), begins(dev)
    answers(dev, dossier, "VA5", "4")
    where = f"{dossier}/question/VA5"
    reviewer.open(where)
    assert reviewer.send(f"{where}/review", {"word": "accepted"}).status_code == 422
    attaches(dev, dossier, "proof.pdf", PDF)
    reviewer.open(where)
    reviewer.send(f"{where}/review", {"word": "accepted", "note": "Vu sur écran."})
    dev.open(where)
    assert "Vu sur écran." in dev.text
    assert grade(dev, dossier) == "B"
    answers(dev, dossier, "VA5", "5")
    assert grade(dev, dossier) == "C"
    dev.open(where)
    assert "avant un changement" in dev.text
    assert reviewer.send(where, {"VA5": "1"}).status_code == 403
    assert dev.send(f"{where}/review", {"word": "accepted"}).status_code == 403


def grade(person: Visitor, dossier: str, question: str = "VA5") -> str:
    result = data(person, dossier)["result"]
    assert isinstance(result, dict)
    return str(result["replies"]["replies"][question]["evidence"])


def test_an_interview_is_recorded_by_a_reviewer_and_read_by_the_organisation(
    opened: Open, dev: Visitor
) -> None:
    reviewer, dossier = reviewer_of(opened), begins(dev)
    told = {
        "on": "2026-11-28",
        "present": "Développement\nQualité",
        "questions": "va5, VG1",
        "summary": "Jetons montrés\nau débogueur.",
    }
    reviewer.open(f"{dossier}/interviews")
    for name, wrong in (("on", "2027-01-01"), ("questions", "ZZ9"), ("present", " ")):
        assert reviewer.send(f"{dossier}/interviews", {**told, name: wrong}).status_code == 422
        assert "Développement" in reviewer.text or name == "present"
    reviewer.send(f"{dossier}/interviews", told)
    dev.open(f"{dossier}/interviews")
    assert "avec Développement, Qualité; VA5, VG1" in dev.text
    dev.open(f"{dossier}/report")
    assert "Jetons montrés" in dev.text


def test_a_bill_of_materials_is_read_and_what_it_lacks_is_told(dev: Visitor) -> None:
    dossier = begins(dev)
    dev.open(f"{dossier}/components")
    assert dev.send(f"{dossier}/components", {}, file=("a.json", b"{}")).status_code == 422
    assert "CycloneDX" in dev.text
    dev.send(f"{dossier}/components", {}, file=("bom.json", bill()))
    assert "La forme est complète" in dev.text
    dev.send(f"{dossier}/components", {}, file=("bom.json", bill(metadata={})))
    assert "metadata.timestamp" in dev.text
    dev.open(f"{dossier}/report")
    assert "metadata.timestamp" in dev.text


def test_the_report_shows_mappings_and_its_pdf_comes_from_the_worker(
    opened: Open, dev: Visitor
) -> None:
    dossier = begins(dev)
    answers(dev, dossier, "VA5", "1")
    dev.open(f"{dossier}/report")
    for said in ("OWASP ASVS", "CRA", "EHDS", "V10."):
        assert said in dev.text, said
    assert "prépare" in dev.open(f"{dossier}/report.pdf").text or "secondes" in dev.text
    opened[0].queue.drain()
    assert dev.open(f"{dossier}/report.pdf").content.startswith(b"%PDF-")


def test_what_a_reviewer_releases_is_signed_and_offered_to_practices(
    opened: Open, dev: Visitor
) -> None:
    reviewer, practice = reviewer_of(opened), opened[1]()
    dossier = begins(dev)
    where = f"{dossier}/offer"
    dev.open(where)
    assert dev.send(where, {"go": "ask"}).status_code == 422
    dev.send(where, {"go": "ask", "B1": "4", "B2": "3"})
    assert dev.send(where, {"go": "release", "revision": "2"}).status_code == 403
    reviewer.open(where)
    revision = reviewer.seen.text.partition('name="revision" value="')[2].partition('"')[0]
    assert reviewer.send(where, {"go": "release", "revision": "1"}).status_code == 409
    reviewer.send(where, {"go": "release", "revision": revision})
    assert "Signé et publié" in reviewer.text
    assert dev.open(f"{dossier}/offer.jws").text.count(".") == 2
    practice.begin()
    practice.open("/cesar/suppliers")
    assert "AlphaMed 4.2, Alpha Soft: 2" in practice.text.replace(" :", ":").replace(
        "\N{NO-BREAK SPACE}", ""
    )
    dev.open(where)
    dev.send(where, {"go": "withdraw"})
    assert "AlphaMed" not in practice.open("/cesar/suppliers").text


def test_whoever_signs_in_leaves_the_anonymous_assessment_and_the_other_way_round(
    opened: Open,
) -> None:
    desk, browser = opened
    person = browser()
    person.begin()
    comes_in(desk, person, organisation="Alpha Soft", function="Qualité")
    person.open("/cesar/overview")
    assert person.at == "/cesar/resume"
    person.begin()
    person.open("/vendor/dossiers")
    assert person.at == "/vendor"


def test_signing_out_changes_the_session_and_closes_the_dossiers(dev: Visitor) -> None:
    dossier = begins(dev)
    before = dev.client.cookies["session-portal"]
    dev.send("/vendor/sign-out", {})
    assert dev.client.cookies["session-portal"] != before
    dev.client.cookies.set("session-portal", before)
    dev.open(dossier)
    assert dev.at == "/vendor"


def test_a_dossier_is_deleted_with_everything_when_its_product_is_named(
    opened: Open, dev: Visitor
) -> None:
    dossier = begins(dev)
    answers(dev, dossier, "VA5", "4")
    attaches(dev, dossier, "proof.pdf", PDF)
    dev.open(f"{dossier}/product")
    dev.send(f"{dossier}/delete", {"product": "Other"})
    assert "est supprimé" in dev.text
    dev.send(f"{dossier}/delete", {"product": "AlphaMed"})
    assert dev.open(dossier).status_code == 404
    with opened[0].store.read() as tx:
        for table in ("dossier", "dossier_file", "dossier_deed", "published"):
            row = tx.execute(f"SELECT count(*) AS many FROM {table}").fetchone()  # noqa: S608  our own tables
            assert row is not None
            assert row["many"] == 0, table


def test_a_dossier_of_an_earlier_version_of_the_questions_can_still_be_had(
    opened: Open, dev: Visitor
) -> None:
    dossier = begins(dev)
    answers(dev, dossier, "VA5", "4")
    with opened[0].store.write() as tx:
        version = load_instrument("vendor").version
        tx.execute("UPDATE dossier SET content = replace(content, ?, '0.0.1')", (version,))
    dev.open(f"{dossier}/question/VA5")
    assert dev.at == f"{dossier}/outdated"
    assert json.loads(dev.open(f"{dossier}/dossier.json").content)["version"] == "0.0.1"


def test_the_command_admits_an_organisation_and_its_file_opens_the_pages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "portal", tmp_path / "alpha.json"
    words = ["organisation", "Alpha Soft", "--folder", str(folder), "--out", str(out), "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["role"] == "vendor"
    assert out.stat().st_mode & 0o077 == 0
    assert main(words) == 2
    assert main(["organisation", " ", "--folder", str(folder), "--out", f"{out}2", "--json"]) == 2
    desk = PortalOptions(folder=folder).desk()
    try:
        member = desk.office.admissions.member(out.read_bytes())
        assert member is not None
        assert member.called == "Alpha Soft"
    finally:
        desk.close()
