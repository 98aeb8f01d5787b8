"""A vendor's dossier: evidence by its bytes, grades by review and measurement, form of an SBOM."""

import json
from pathlib import Path

import pytest

from reports.cesar.banks import load_instrument
from reports.cesar.dossier.assessing import MAPPED, Assessed, assess
from reports.cesar.dossier.evidence import LARGEST, Evidence, examined
from reports.cesar.dossier.measured import measured, table
from reports.cesar.dossier.model import Dossier
from reports.cesar.dossier.sbom import read_bill
from reports.cli.front import main
from reports.render.texts import texts
from scenarios import load_catalogue
from test_suites.core.verdict import Verdict

PDF = b"%PDF-1.7\n"


def dossier(**changed: object) -> Dossier:
    content: dict[str, object] = {
        "organisation": "Alpha Soft",
        "product": "AlphaMed",
        "product_version": "4.2",
        "version": load_instrument("vendor").version,
        "tags": ["web", "oidc"],
        "people": [
            {"id": "dev", "function": "head of development"},
            {"id": "ops", "function": "operations"},
            {"id": "reviewer", "function": "external reviewer"},
        ],
        "answers": {
            "VA5": {"level": 4, "by": "dev", "files": ["proof.pdf"]},
            "VL1": {"level": 3, "by": "ops"},
            "VG1": {"unknown": True, "by": "ops"},
        },
        "reviews": [
            {"question": "VA5", "by": "reviewer", "on": "2026-11-01", "evidence": "accepted"}
        ],
        "interviews": [
            {
                "on": "2026-11-02",
                "by": "reviewer",
                "present": ["head of development"],
                "summary": "Tokens were shown in a debugger.",
            }
        ],
    }
    return Dossier.model_validate({**content, **changed})


def found(
    given: Dossier,
    files: dict[str, bytes] | None = None,
    verdicts: dict[str, Verdict] | None = None,
) -> Assessed:
    examined_files = {name: examined(name, content) for name, content in (files or {}).items()}
    return assess(given, load_instrument("vendor"), files=examined_files, verdicts=verdicts or {})


def grades(result: Assessed) -> dict[str, str]:
    return {name: one.evidence for name, one in result.result.replies.replies.items()}


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.pdf", PDF, None),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 9, None),
        ("a.jpg", b"\xff\xd8\xff\xe0", None),
        ("a.txt", "Sauvegarde réussie".encode(), None),
        ("a.pdf", b"MZ\x90\0", "type"),
        ("a.txt", b"\x7fELF\x02\x01\x01\0", "type"),
        ("a.txt", "Größe".encode("latin-1"), "type"),
        ("a.pdf", b"", "empty"),
        ("a.pdf", PDF + b"x" * LARGEST, "large"),
    ],
)
def test_a_file_is_what_its_bytes_say_whatever_its_name(
    name: str, content: bytes, fault: str | None
) -> None:
    one = examined(name, content)
    assert one.fault == (None if fault is None else f"cesar.dossier.{fault}")
    assert len(one.sha256) == 64


def test_evidence_is_b_only_with_a_good_file_that_a_reviewer_accepted() -> None:
    assert grades(found(dossier(), {"proof.pdf": PDF}))["VA5"] == "B"
    assert grades(found(dossier()))["VA5"] == "C"
    assert grades(found(dossier(), {"proof.pdf": b"MZ\0"}))["VA5"] == "C"
    assert grades(found(dossier(reviews=[]), {"proof.pdf": PDF}))["VA5"] == "C"


def test_the_latest_review_counts() -> None:
    reviews = [
        {"question": "VA5", "by": "reviewer", "on": "2026-11-01", "evidence": "accepted"},
        {"question": "VA5", "by": "reviewer", "on": "2026-11-20", "evidence": "insufficient"},
    ]
    assert grades(found(dossier(reviews=reviews), {"proof.pdf": PDF}))["VA5"] == "C"


def test_what_the_lab_measured_without_a_fault_is_verified() -> None:
    result = found(dossier(), verdicts={"SEC-OID-010": Verdict.PASS, "SEC-OID-018": Verdict.PASS})
    assert grades(result)["VA5"] == "A"
    assert [one.standing for one in result.measured if one.question == "VA5"] == ["verified"]


def test_one_broken_requirement_contradicts_an_answer_of_three_or_more() -> None:
    verdicts = {"SEC-OID-010": Verdict.PASS, "SEC-OID-018": Verdict.FAIL}
    result = found(dossier(), verdicts=verdicts)
    (one,) = (one for one in result.measured if one.question == "VA5")
    assert (one.standing, one.broken) == ("contradicted", ("SEC-OID-018",))
    assert grades(result)["VA5"] == "C"


@pytest.mark.parametrize(
    ("level", "verdict", "standing"),
    [
        (1, Verdict.PASS, "modest"),
        (1, Verdict.FAIL, "agrees"),
        (None, Verdict.FAIL, "agrees"),
        (3, Verdict.INCONCLUSIVE, "not-measured"),
        (3, Verdict.ERROR, "not-measured"),
        (3, Verdict.WARN, "verified"),
    ],
)
def test_every_other_case_has_its_name(level: int | None, verdict: Verdict, standing: str) -> None:
    (one,) = measured({"VL1": level}, {"ERX-SEC-024": verdict})
    assert one.standing == standing


def test_the_table_names_questions_and_requirements_that_exist_each_once() -> None:
    bank, catalogue = load_instrument("vendor"), load_catalogue()
    questions = {one.id for one in bank.questions()}
    requirements = {one.id for one in catalogue.requirements}
    for question, ids in table().items():
        assert question in questions
        assert set(ids) <= requirements, question
        assert len(set(ids)) == len(ids)


def test_every_clause_of_the_three_catalogues_is_mapped_to_its_questions() -> None:
    result = found(dossier())
    for name in MAPPED:
        assert result.mappings[name]
        for one in result.mappings[name]:
            assert 0 <= one.reached <= len(one.questions)
    sections = [one.clause for one in result.mappings["asvs"]]
    assert sections.index("V2.2") < sections.index("V10.1")


def test_faults_say_what_is_wrong_and_where() -> None:
    wrong = dossier(
        answers={
            "VA5": {"level": 4, "by": "nobody", "files": ["absent.pdf"]},
            "ZZ1": {"level": 1, "by": "dev"},
            "VL1": {"by": "reviewer"},
        },
        reviews=[{"question": "VL1", "by": "reviewer", "on": "2026-11-01", "evidence": "accepted"}],
    )
    told = {(one.id.rpartition(".")[2], one.where.partition(":")[0]) for one in found(wrong).faults}
    assert told == {
        ("person", "VA5"),
        ("missing", "VA5"),
        ("question", "ZZ1"),
        ("level", "VL1"),
        ("own-review", "VL1"),
    }


def bill(**changed: object) -> bytes:
    content: dict[str, object] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "timestamp": "2026-11-01T00:00:00Z",
            "component": {"bom-ref": "app", "name": "AlphaMed"},
            "tools": {"components": [{"name": "maker"}]},
        },
        "components": [
            {
                "bom-ref": "lib",
                "name": "lib",
                "version": "1.0",
                "purl": "pkg:generic/lib@1.0",
                "licenses": [{"license": {"id": "MIT"}}],
                "hashes": [{"alg": "SHA-256", "content": "00"}],
            }
        ],
        "dependencies": [{"ref": "app", "dependsOn": ["lib"]}],
    }
    return json.dumps({**content, **changed}).encode()


def test_a_complete_bill_of_materials_lacks_nothing() -> None:
    read = read_bill(bill())
    assert (read.components, read.dependencies, read.lacks) == (1, 1, ())


@pytest.mark.parametrize(
    ("content", "lacks"),
    [
        (b"", {"unreadable"}),
        (b"[" * 100_000, {"unreadable"}),
        (b'{"bomFormat": "SPDX"}', {"format"}),
        (bill(specVersion="9.9"), {"version"}),
        (bill(components=[], dependencies=[]), {"components", "dependencies"}),
        (bill(dependencies=[{"ref": "app", "dependsOn": ["gone"]}]), {"lost"}),
        (
            bill(components=[{"bom-ref": "lib", "name": "lib"}, {"bom-ref": "lib", "name": "x"}]),
            {"component-version", "identity", "licence", "hash", "twice"},
        ),
        (bill(metadata={}), {"time", "subject", "author", "lost"}),
    ],
)
def test_what_a_bill_of_materials_lacks_is_told(content: bytes, lacks: set[str]) -> None:
    assert {one.id.removeprefix("cesar.sbom.") for one in read_bill(content).lacks} == lacks


def test_components_inside_components_count() -> None:
    outer = json.loads(bill())["components"][0]
    inner = {**outer, "bom-ref": "inner", "name": "inner"}
    assert read_bill(bill(components=[{**outer, "components": [inner]}])).components == 2


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_the_command_writes_report_page_and_data_and_says_what_is_contradicted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    (tmp_path / "proof.pdf").write_bytes(PDF)
    (tmp_path / "bom.json").write_bytes(bill())
    (tmp_path / "dossier.json").write_text(dossier(sbom="bom.json").model_dump_json())
    words = ["dossier", str(tmp_path / "dossier.json"), "--out", str(tmp_path / "out")]
    assert main([*words, "--json", "--language", language]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["contradicted"] == []
    names = sorted(Path(one).name for one in told["files"])
    assert names == ["dossier.html", "dossier.json", "dossier.pdf"]
    page = (tmp_path / "out" / "dossier.html").read_text(encoding="utf-8")
    assert "Tokens were shown in a debugger." in page
    assert texts(language).day("2026-11-02") in page


def test_evidence_outside_the_dossier_s_folder_is_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    inside = tmp_path / "inside"
    inside.mkdir()
    given = dossier(answers={"VA5": {"level": 4, "by": "dev", "files": ["../secret.txt"]}})
    (inside / "dossier.json").write_text(given.model_dump_json())
    words = ["dossier", str(inside / "dossier.json"), "--out", str(tmp_path / "out"), "--json"]
    assert main(words) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["faults"] == ["VA5: ../secret.txt cesar.dossier.missing"]


def test_a_dossier_that_is_none_is_told_line_and_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dossier.yaml"
    file.write_text("organisation: Alpha\nproduct: [1]\n", encoding="utf-8")
    assert main(["dossier", str(file), "--out", str(tmp_path / "out"), "--json"]) == 2
    assert "error" in json.loads(capsys.readouterr().out)


def test_an_evidence_keeps_its_name() -> None:
    assert isinstance(examined("a.pdf", PDF), Evidence)
