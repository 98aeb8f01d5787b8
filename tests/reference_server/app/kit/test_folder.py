"""The sandbox's folder: complete, renewed without loss, and nothing foreign is touched."""

import json
import os
import re
import stat
import subprocess
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cryptography import x509
from fhir.resources.R4B.bundle import Bundle

from reference_server.app.kit.blocks import Code, inline, markdown
from reference_server.app.kit.example import CODES
from reference_server.app.kit.facts import Facts
from reference_server.app.kit.folder import Sandbox, Wishes, read_sandbox
from reference_server.app.kit.make import Made, facts_of, make_sandbox
from reference_server.app.kit.page import as_html, as_markdown
from reference_server.app.kit.samples import SAMPLES
from reference_server.app.serve import ServeError
from reference_server.population import load, token_secret
from tests.reference_server.app.kit.boxes import run
from tests.reports.newcomer.start_page import blocks

KEPT = ("ca.pem", "server.pem", "server-key.pem", "clients/labo-nord-app.jwk.json",
        "people/dr-meyer.password", "sandbox.db", "snapshots/mine.db")  # fmt: skip


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("kit") / "my-sandbox"
    return make_sandbox(folder, Wishes(), language="fr")


def holds(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_everything_a_newcomer_needs_is_there(box: Made) -> None:
    names = set(holds(box.folder))
    assert {"START.html", "START.md", "sandbox.json", "openapi.json", "people.json",
            "errors.html", ".gitignore", "ca.pem", "ca.cer", *SAMPLES} <= names  # fmt: skip
    assert not [name for name in names if "draft" in name]
    assert json.loads((box.folder / "sandbox.json").read_bytes()) == {
        "format": 1, "name": "sandbox", "host": "127.0.0.1", "port": 8443, "names": [],
    }  # fmt: skip
    for secret in ("server-key.pem", "clients/labo-nord-app.jwk.json", "people/dr-meyer.password"):
        assert stat.S_IMODE((box.folder / secret).stat().st_mode) == 0o600


def test_git_would_take_none_of_its_secrets(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)  # noqa: S607 - git is where PATH says
    make_sandbox(tmp_path / "box", Wishes(), language="fr")
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],  # noqa: S607 - as above
        cwd=tmp_path, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert listed.stdout.split() == ["box/happy-path.http"]


def test_the_openapi_document_is_of_this_very_address(box: Made) -> None:
    told = json.loads((box.folder / "openapi.json").read_bytes())
    assert told["openapi"].startswith("3.1.")
    assert told["servers"] == [{"url": "https://127.0.0.1:8443/sandbox"}]
    assert "/fhir/$submit-prescription" in told["paths"]


def test_the_authority_comes_as_pem_and_as_der(box: Made) -> None:
    der = x509.load_der_x509_certificate((box.folder / "ca.cer").read_bytes())
    assert der == x509.load_pem_x509_certificate((box.folder / "ca.pem").read_bytes())


def test_people_are_complete_and_passwords_stay_in_their_files(box: Made) -> None:
    told = json.loads((box.folder / "people.json").read_bytes())
    assert told["version"] == load().version
    assert told["practitioners"].keys() == {
        "dr-meyer", "dr-lopes", "dr-wagner", "agent-thoma", "agent-weis", "officer-krier",
        "auditor-hengen",
    }  # fmt: skip
    assert len([one for one in told["patients"].values() if one["outcome"] is None]) >= 10
    assert {"unknown", "deceased", "merged", "slow", "unavailable"} <= {
        one["outcome"] for one in told["patients"].values()
    }
    held = holds(box.folder)
    for name, person in load().practitioners.items():
        for secret, kind in (
            (person.password, "password"),
            (token_secret(person.ehealth_id), "otpauth"),
        ):
            told_in = {file for file, content in held.items() if secret.encode() in content}
            assert told_in == {f"people/{name}.{kind}"}


def test_the_example_bundle_is_fhir(box: Made) -> None:
    content = (box.folder / "first-prescription.json").read_bytes()
    bundle = Bundle.model_validate_json(content)
    assert bundle.type == "document"
    assert bundle.entry is not None
    kinds = [entry.resource.get_resource_type() for entry in bundle.entry if entry.resource]
    assert kinds == ["Composition", "Patient", "Practitioner", *["ServiceRequest"] * 2, "Binary"]


def test_writing_it_again_renews_the_pages_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "box"
    make_sandbox(folder, Wishes(port=18443), language="fr")
    (folder / "snapshots").mkdir()
    for name in ("sandbox.db", "snapshots/mine.db"):
        (folder / name).write_bytes(b"data")
    (folder / "people" / "dr-meyer.password").write_text("changed", encoding="utf-8")
    (folder / "START.html").write_text("spoilt", encoding="utf-8")
    before = holds(folder)
    again = make_sandbox(folder, Wishes(), language="en")
    after = holds(folder)
    assert (again.is_new, again.sandbox.port) == (False, 18443)
    assert {name: after[name] for name in KEPT} == {name: before[name] for name in KEPT}
    assert b'lang="en"' in after["START.html"]
    assert before["first-prescription.json"] != after["first-prescription.json"]
    assert before.keys() == after.keys()


def test_a_new_name_is_in_the_certificate_and_in_every_url(tmp_path: Path) -> None:
    make_sandbox(tmp_path / "box", Wishes(), language="fr")
    wishes = Wishes(host="0.0.0.0", reached_as=("lab.praxis.test", "192.0.2.10"))  # noqa: S104 - the point of it
    made = make_sandbox(tmp_path / "box", wishes, language="fr")
    assert made.sandbox.base_url == "https://lab.praxis.test:8443/sandbox"
    chain = x509.load_pem_x509_certificate((made.folder / "server.pem").read_bytes())
    names = chain.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"lab.praxis.test", "192.0.2.10", "localhost"} <= {str(one.value) for one in names}
    for name in ("START.md", "openapi.json", "happy-path.http", *SAMPLES[1:4]):
        content = (made.folder / name).read_text("utf-8")
        assert "https://lab.praxis.test:8443/sandbox" in content
        assert "https://127.0.0.1:8443" not in content


def test_port_0_takes_a_free_one_and_keeps_it(tmp_path: Path) -> None:
    first = make_sandbox(tmp_path / "box", Wishes(port=0), language="fr")
    assert first.sandbox.port > 1023
    assert make_sandbox(tmp_path / "box", Wishes(), language="fr").sandbox == first.sandbox


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(name="Not a slug"),
        Wishes(port=70_000),
        Wishes(port=-1),
        Wishes(host="0.0.0.0"),  # noqa: S104 - refused
        Wishes(reached_as=("lab praxis",)),
        Wishes(reached_as=("0.0.0.0",)),  # noqa: S104 - refused
        Wishes(reached_as=("praxis-müller.lu",)),
        Wishes(reached_as=("1.2.3",)),
    ],
)
def test_what_cannot_be_served_is_refused_before_anything_is_written(
    tmp_path: Path, wishes: Wishes
) -> None:
    with pytest.raises(ServeError):
        make_sandbox(tmp_path / "box", wishes, language="fr")
    assert not (tmp_path / "box").exists()


def test_a_foreign_folder_is_left_alone_and_named(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    ended = run("sandbox", str(tmp_path), "--language", "en")
    assert ended.returncode == 2
    assert str(tmp_path) in ended.stderr
    assert "something else" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_a_locked_folder_and_a_broken_sandbox_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    ended = run("sandbox", str(file), "--json")
    assert ended.returncode == 2
    assert json.loads(ended.stdout)["error"]["where"] == str(file)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sandbox.json").write_text('{"format": 2}', encoding="utf-8")
    with pytest.raises(ServeError) as told:
        read_sandbox(broken)
    assert told.value.message_id == "serve.reason.sandbox-unreadable"
    for nowhere in (file / "box", Path("/proc/nowhere/box")):
        below = run("sandbox", str(nowhere), "--language", "fr")
        assert (below.returncode, str(nowhere.parent) in below.stderr) == (2, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_said_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    ended = run("sandbox", str(tmp_path / "box"))
    assert ended.returncode == 2


@pytest.fixture
def facts(box: Made) -> Facts:
    return facts_of(box.folder, box.sandbox)


def test_the_page_says_the_same_in_three_languages_and_two_forms(facts: Facts) -> None:
    pages = {language: as_markdown(facts, language) for language in ("fr", "en", "de")}
    shapes = {
        language: [(block.language, block.text) for block in blocks(page)]
        for language, page in pages.items()
    }
    assert shapes["fr"] == shapes["en"] == shapes["de"]
    assert len(set(pages.values())) == 3
    for language, page in pages.items():
        shown = Reading(as_html(facts, language))
        assert shown.code == [block.text for block in blocks(page)]
        assert shown.headings == re.findall(r"^## (.+)$", page, re.MULTILINE)


class Reading(HTMLParser):
    """What a browser gets: headings, code, every address."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.code: list[str] = []
        self.addresses: list[str] = []
        self._into: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]
        into = {"h2": self.headings, "pre": self.code}.get(tag)
        if into is not None:
            into.append("")
            self._into = into

    def handle_endtag(self, tag: str) -> None:
        if tag in {"h2", "pre"}:
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data


def test_the_page_needs_nothing_from_outside(facts: Facts) -> None:
    page = as_html(facts, "fr")
    assert {found for found in Reading(page).addresses if not found.startswith("#")} == {
        "errors.html",
        "data:,",
    }
    assert "@import" not in page
    assert "url(" not in page
    assert "<script" not in page


def test_a_folder_with_a_space_is_quoted_for_the_shell(tmp_path: Path) -> None:
    made = make_sandbox(tmp_path / "my box", Wishes(), language="fr")
    assert f"--sandbox '{tmp_path}/my box'" in (made.folder / "START.md").read_text("utf-8")


def test_markup_in_a_sentence_is_shown_and_not_obeyed() -> None:
    assert inline("a < `b<c` **d** [e](f.html)") == (
        'a &lt; <code>b&lt;c</code> <strong>d</strong> <a href="f.html">e</a>'
    )
    assert markdown("T", [Code(content="x", language="toml", file="y.toml")]) == (
        "# T\n\n```toml title=y.toml\nx\n```\n"
    )


@pytest.mark.parametrize("name", SAMPLES[:4])
def test_every_sample_prescribes_the_same(box: Made, name: str) -> None:
    text = (box.folder / name).read_text("utf-8")
    patient, doctor = load().patients["anna-weber"], load().practitioners["dr-meyer"]
    assert box.sandbox.base_url in text
    for value in (patient.matricule, patient.family, patient.birth_date.isoformat(),
                  doctor.ehealth_id, doctor.cns_code, "prescriber-app", *CODES,
                  "X-Request-Id", "code_challenge_method", "first-prescription.pdf"):  # fmt: skip
        assert value in text
    assert "<<" not in text


def test_the_csharp_project_is_well_formed_and_names_no_package(box: Made) -> None:
    text = (box.folder / "samples/csharp/FirstPrescription.csproj").read_text("utf-8")
    project = ET.fromstring(text)  # noqa: S314 - our own file
    assert project.findtext("PropertyGroup/TargetFramework") == "net8.0"
    assert "PackageReference" not in text


def test_a_sandbox_is_served_as_its_file_says(box: Made) -> None:
    options = Sandbox(port=9999, names=("a.test",)).serving(box.folder, workers=2, quiet=True)
    assert (options.port, options.environments, options.reached_as) == (
        9999, ("sandbox",), ("a.test",),
    )  # fmt: skip
