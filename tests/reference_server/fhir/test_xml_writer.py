"""Resources as XML: what is written is read back as it was."""

import os
import tarfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reference_server.fhir.json_reader import JsonFault, read_json
from reference_server.fhir.xml_reader import read_xml
from reference_server.fhir.xml_writer import NoXmlError, write_xml


def published() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the resources of IHE's published packages, without their narrative."""
    folder = Path(os.environ.get("EQUALIS_PUBLIC_SUITES") or "/nowhere").parent / "packages"
    for package in sorted(folder.glob("ihe.*.tgz")):
        with tarfile.open(package) as content:
            for name in content.getnames():
                file = content.extractfile(name) if name.endswith(".json") else None
                try:
                    told = {} if file is None else read_json(file.read())
                except JsonFault:
                    continue
                if "resourceType" in told:
                    yield name, _without_narrative(told)


def _without_narrative(told: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(told, dict):
        return {k: _without_narrative(v) for k, v in told.items() if k != "div"}
    return [_without_narrative(each) for each in told] if isinstance(told, list) else told


def test_published_resources_come_back_as_they_were() -> None:
    seen = 0
    for name, resource in published():
        assert _without_narrative(read_xml(write_xml(resource))) == resource, name
        seen += 1
    if not seen:
        pytest.skip("EQUALIS_PUBLIC_SUITES names no folder beside IHE's packages")
    assert seen > 250


def test_values_ids_extensions_and_gaps_come_back_as_they_were() -> None:
    resource = {
        "resourceType": "Patient",
        "id": "p-1",
        "active": False,
        "name": [{"id": "n", "family": 'A "quoted" <name> & more\n', "given": ["Zoé", None]}],
        "extension": [{"url": "https://example.org/a", "valueDecimal": Decimal("1.50")}],
        "birthDate": "1984-03",
        "_birthDate": {"extension": [{"url": "https://example.org/b", "valueInteger": 7}]},
    }
    resource["name"][0]["_given"] = [  # type: ignore[index]  # JSON
        None,
        {"extension": [{"url": "https://example.org/c", "valueCode": "masked"}]},
    ]
    assert read_xml(write_xml(resource)) == resource


def test_what_xml_cannot_say_is_replaced_and_what_r4_does_not_know_is_no_xml() -> None:
    written = write_xml({"resourceType": "Patient", "language": "a\x0bb"})
    assert read_xml(written)["language"] == "a\ufffdb"
    with pytest.raises(NoXmlError):
        write_xml({"resourceType": "Patient", "nonsense": "1"})
