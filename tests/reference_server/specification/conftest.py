"""The package that is built once, and a validator that knows it."""

from pathlib import Path

import pytest

from reference_server.fhir.validation.validator import Validator
from reference_server.specification import Settings, Specification, archive, every, read


@pytest.fixture(scope="session")
def specification() -> Specification:
    """The specification with the default settings."""
    return read(Settings())


@pytest.fixture(scope="session")
def package(specification: Specification, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a file."""
    file = tmp_path_factory.mktemp("package") / "eprescription.tgz"
    file.write_bytes(archive(specification))
    return file


@pytest.fixture(scope="session")
def validator(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Validator:
    """A validator that has loaded every package of the project."""
    folder = tmp_path_factory.mktemp("packages")
    others = []
    for each in every()[1:]:
        file = folder / f"{each.name}.tgz"
        file.write_bytes(archive(each))
        others.append(file)
    return Validator(packages=(package, *others))
