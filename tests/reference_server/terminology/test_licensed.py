"""SNOMED CT and ATC from files of one's own, a few codes of LOINC, and lists known in part."""

import json
import zipfile
from pathlib import Path

import pytest

from reference_server.app.copies.folder import Folder
from reference_server.services.terminology.catalogue.licensed import rf2
from reference_server.services.terminology.catalogue.licensed.atc import read_atc
from reference_server.services.terminology.catalogue.licensed.faults import LicensedFileError
from reference_server.services.terminology.catalogue.licensed.rf2 import read_rf2
from reference_server.services.terminology.store import import_resources
from reports.cli import main
from tests.reference_server.standing import refusal_codes
from tests.reference_server.terminology.asking import Asker, codes_in

SNOMED, ATC, LOINC = "http://snomed.info/sct", "http://www.whocc.no/atc", "http://loinc.org"
EHDSI = "urn:oid:1.3.6.1.4.1.12559.11.10.1.3.1.42"
FSN, SYNONYM, IS_A = "900000000000003001", "900000000000013009", "116680003"
# Invented concepts in the release format: no content of SNOMED CT.
ROWS = {
    "Concept": [
        "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId",
        "1001\t20260101\t1\tm\td", "1002\t20260101\t1\tm\td", "1003\t20250101\t0\tm\td",
    ],
    "Description": [
        "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcase",
        f"d1\t2026\t1\tm\t1001\ten\t{FSN}\tThing (thing)\tc",
        f"d2\t2026\t1\tm\t1002\ten\t{FSN}\tGreen thing (thing)\tc",
        f"d3\t2026\t1\tm\t1002\tfr\t{SYNONYM}\tChose verte\tc",
        f"d4\t2026\t0\tm\t1002\tde\t{SYNONYM}\tAltes Wort\tc",
        f"d5\t2026\t1\tm\t1003\ten\t{FSN}\tGone thing (thing)\tc",
    ],
    "Relationship": [
        "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\tgroup\ttypeId\tc\tm",
        f"r1\t2026\t1\tm\t1002\t1001\t0\t{IS_A}\tc\tm",
        f"r2\t2026\t0\tm\t1001\t1002\t0\t{IS_A}\tc\tm",
    ],
}  # fmt: skip
TABLE = "code;name_en;name_fr\nX;GROUP;GROUPE\nX01;SUBGROUP;\nX01AB02;substance;substance\n"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "release" / "Snapshot" / "Terminology"
    folder.mkdir(parents=True)
    for kind, lines in ROWS.items():
        file = folder / f"sct2_{kind}_Snapshot_LU_20260101.txt"
        file.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    return tmp_path / "release"


def test_a_release_is_looked_up_in_its_languages_with_its_hierarchy(
    asker: Asker, release: Path
) -> None:
    import_resources(asker.world, [read_rf2(release)])
    told = asker.told("/CodeSystem/$lookup", system=SNOMED, code="1002", displayLanguage="fr")
    assert told["display"] == "Chose verte"
    outcome = asker.told("/CodeSystem/$subsumes", system=SNOMED, codeA="1001", codeB="1002")
    assert outcome == {"outcome": "subsumes"}
    gone = asker.get("/CodeSystem/$lookup", system=SNOMED, code="9")
    assert refusal_codes(gone) == ["terminology-code-undecided"]


def test_a_whole_release_says_no_and_a_reference_set_chooses(
    asker: Asker, release: Path, tmp_path: Path
) -> None:
    import_resources(asker.world, [read_rf2(release, complete=True)])
    gone = asker.get("/CodeSystem/$lookup", system=SNOMED, code="9")
    assert refusal_codes(gone) == ["terminology-code-unknown"]
    refset = tmp_path / "refset.txt"
    rows = ["id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId",
            "a\t2026\t1\tm\tr\t1002", "b\t2026\t0\tm\tr\t1001"]  # fmt: skip
    refset.write_text("\n".join(rows), encoding="utf-8")
    assert [each["code"] for each in read_rf2(release, refset=refset)["concept"]] == ["1002"]


def test_an_archive_holds_the_same_as_a_folder(release: Path, tmp_path: Path) -> None:
    packed = tmp_path / "release.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in release.rglob("*.txt"):
            archive.write(file, file.relative_to(release).as_posix())
    assert read_rf2(packed) == read_rf2(release)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("Concept", None, "no-file"),
        ("Relationship", None, "no-file"),
        ("Concept", b"id\tactive\n", "empty"),
        ("Description", b"id\tterm\n\xff\xfe\n", "not-utf8"),
        ("Description", b"x" * (rf2.LONGEST_LINE + 2), "line-too-long"),
    ],
)
def test_a_release_that_cannot_be_used_says_why(
    release: Path, name: str, content: bytes | None, reason: str
) -> None:
    (file,) = release.rglob(f"sct2_{name}_*")
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    with pytest.raises(LicensedFileError) as caught:
        read_rf2(release)
    assert caught.value.reason == reason


def test_a_release_larger_than_a_world_can_hold_is_refused(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rf2, "MOST_CONCEPTS", 2)
    with pytest.raises(LicensedFileError, match="too-large"):
        read_rf2(release)


@pytest.mark.parametrize("separator", ["\t", ";", ","])
def test_a_table_of_atc_is_looked_up(asker: Asker, separator: str) -> None:
    import_resources(asker.world, [read_atc(TABLE.replace(";", separator).encode())])
    told = asker.told("/CodeSystem/$lookup", system=ATC, code="X", displayLanguage="fr")
    assert told["display"] == "GROUPE"
    outcome = asker.told("/CodeSystem/$subsumes", system=ATC, codeA="X01", codeB="X01AB02")
    assert outcome == {"outcome": "subsumes"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a;b\n", "no-columns"), (b"code;name\n", "empty"), (b"code;name\nx1;y\n", "no-code"),
        (b"\xff", "not-utf8"), (b'code;name\nX;"' + b"y" * 200_000, "no-columns"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(LicensedFileError) as caught:
        read_atc(content)
    assert caught.value.reason == reason


def test_the_command_brings_licensed_lists_in(
    release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Folder(path=tmp_path).create("integration")
    table = tmp_path / "atc.csv"
    table.write_text(TABLE, encoding="utf-8")
    where = ["--folder", str(tmp_path), "--language", "en"]
    assert main(["codes", str(release), "--as", "snomed", *where, "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {"resources": 1}
    for kind in ROWS:
        assert f"sct2_{kind}" in told.err
    assert main(["codes", str(table), "--as", "atc", "--complete", *where, "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {"resources": 1}
    assert "ATC" in told.err
    table.write_text("code;name\nx1;y\n", encoding="utf-8")
    assert main(["codes", str(table), "--as", "atc", *where]) == 2
    assert "line 2: x1: this is no ATC code" in capsys.readouterr().err


def test_a_few_codes_of_loinc_come_under_their_notice(asker: Asker) -> None:
    told = asker.told("/CodeSystem/$lookup", system=LOINC, code="60591-5")
    assert told["display"] == "Patient summary Document"
    held = asker.get("/CodeSystem/loinc").json()
    assert "LOINC is copyright" in held["copyright"]
    assert held["content"] == "fragment"
    assert "version" not in held


@pytest.mark.parametrize(
    ("oid", "system", "code"),
    [
        ("26", LOINC, "48765-2"), ("32", LOINC, "57833-6"), ("66", LOINC, "18723-7"),
        ("7", "http://terminology.hl7.org/CodeSystem/v3-substanceAdminSubstitution", "TE"),
        ("73", "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "HH"),
    ],
)  # fmt: skip
def test_european_value_sets_know_their_codes(
    asker: Asker, oid: str, system: str, code: str
) -> None:
    asked = {"url": f"{EHDSI}.{oid}", "system": system, "code": code}
    assert asker.told("/ValueSet/$validate-code", **asked)["result"] is True


def test_a_european_value_set_known_in_part_never_says_no(asker: Asker) -> None:
    asked = {"url": f"{EHDSI}.32", "system": LOINC, "code": "8310-5"}
    undecided = asker.get("/ValueSet/$validate-code", **asked)
    assert refusal_codes(undecided) == ["terminology-code-undecided"]
    listed = asker.get("/ValueSet/$expand", url=f"{EHDSI}.32")
    assert refusal_codes(listed) == ["terminology-expansion-impossible"]
    read = asker.get("/ValueSet/ehdsi-document-code").json()
    assert read["meta"]["tag"][0]["code"] == "SUBSETTED"
    whole = asker.get("/ValueSet/$expand", url=f"{EHDSI}.7").json()
    assert codes_in(whole["expansion"]["contains"]) == ["G", "N", "TE"]


@pytest.mark.parametrize(
    ("url", "code", "good"),
    [("urn:iso:std:iso:4217", "EUR", True), ("urn:iso:std:iso:4217", "EURO", False),
     ("urn:iso:std:iso:3166", "LU", True), ("urn:ietf:bcp:47", "xx", False)],
)  # fmt: skip
def test_registries_are_asked(asker: Asker, url: str, code: str, *, good: bool) -> None:
    assert asker.told("/CodeSystem/$validate-code", url=url, code=code)["result"] is good
