"""`codes` and `import-package` into a World in PostgreSQL, and into none."""

import json
from pathlib import Path

import pytest

from reference_server.app.worlds import open_world
from reference_server.kernel.store import PostgresUrl
from reference_server.ports import ANALYSES
from reference_server.services.documentation.store import shelf_of
from reports.cli import main
from tests.reference_server.documentation.conftest import package, stricter_line
from tests.reference_server.postgres import Cluster

LIST = {"Version": "7", "BioPrescCodes": [{"Code": "A-1", "Name": "Glucose", "Specimen": "Sérum"}]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "list.json"
    made.write_text(json.dumps(LIST), encoding="utf-8")
    return made


def kept(url: PostgresUrl, folder: Path) -> tuple[set[str], int]:
    """Return the analyses in force and how many packages are held; makes the World if need be."""
    world = open_world("integration", origin="https://localhost", database=url,
                       keys=folder / "integration.db.key")  # fmt: skip
    try:
        return set(world.port(ANALYSES).current()), len(shelf_of(world).held)
    finally:
        world.close()


@pytest.mark.slow
def test_codes_and_packages_reach_a_world_in_postgres(
    postgres: Cluster, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres.database()
    where = ["--database", url.text, "--folder", str(tmp_path), "--language", "en"]
    assert main(["codes", str(file), *where]) == 2
    told = capsys.readouterr().err
    assert "There is no World" in told
    assert "a-secret" not in told
    before = kept(url, tmp_path)
    assert main(["codes", str(file), *where, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == ["A-1"]
    archive = tmp_path / "agency.tgz"
    archive.write_bytes(package(stricter_line))
    assert main(["import-package", str(archive), *where]) == 0
    assert kept(url, tmp_path) == ({"A-1"}, before[1] + 1)


@pytest.mark.parametrize(
    "refused",
    [
        ("mysql://a/b", "postgresql://"),
        ("postgresql://nobody:a-secret@127.0.0.1:1/none", "There is no World"),
    ],
)
@pytest.mark.parametrize("command", ["codes", "import-package"])
def test_a_database_that_cannot_be_used_is_told_without_its_password(
    command: str, refused: tuple[str, str], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database, told = refused
    assert main([command, str(file), "--database", database, "--language", "en"]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "a-secret" not in said
