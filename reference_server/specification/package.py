"""Writes a specification as a FHIR NPM package: the same bytes for the same sources.

Beside `package/` with the artefacts stand `package/example/` (valid ones) and `package/tests/`
with the invalid examples and `expected.json`, which says the rule that each of them breaks.
"""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.specification.guide import guide
from reference_server.specification.model import Example, Resource, Specification

_INDEX_VERSION: Final = 2
_INDEXED: Final = ("id", "url", "version", "kind", "type")


def archive(specification: Specification) -> bytes:
    """Return a specification as the bytes of a `.tgz`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as file:
        for name, content in contents(specification):
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            info.mode = 0o644
            file.addfile(info, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), compresslevel=9, mtime=0)


def contents(specification: Specification) -> Iterator[tuple[str, bytes]]:
    """Yield the package's files by name, in their order."""
    artefacts = {_file(each): each for each in (*specification.resources, guide(specification))}
    valid = [each for each in specification.examples if each.breaks is None]
    invalid = [each for each in specification.examples if each.breaks is not None]
    shown = {_file(each.resource): each.resource for each in valid}
    yield "package.json", _json(_manifest(specification))
    yield ".index.json", _json(_index(artefacts))
    for name, resource in sorted(artefacts.items()):
        yield name, _json(resource)
    yield "example/.index.json", _json(_index(shown))
    for name, resource in sorted(shown.items()):
        yield f"example/{name}", _json(resource)
    for each in sorted(invalid, key=lambda one: one.id):
        yield f"tests/{_file(each.resource)}", _json(each.resource)
    yield "tests/expected.json", _json([_expected(each) for each in invalid])


def _file(resource: Resource) -> str:
    return f"{resource['resourceType']}-{resource['id']}.json"


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"


def _manifest(specification: Specification) -> dict[str, Any]:
    root = specification.settings.root
    return {
        "name": specification.name,
        "version": specification.version,
        "tools-version": 3,
        "type": "IG",
        "date": specification.date.replace("-", "") + "000000",
        "license": "Apache-2.0",
        "canonical": root,
        "url": f"{root}/{specification.version}",
        "title": specification.title,
        "description": specification.description,
        "fhirVersions": ["4.0.1"],
        "dependencies": dict(specification.dependencies),
        "author": "eQualis Lab (reconstruction)",
        "directories": {"lib": "package", "example": "example"},
        "jurisdiction": "urn:iso:std:iso:3166#LU",
    }


def _index(resources: Mapping[str, Resource]) -> dict[str, Any]:
    files = [
        {"filename": name, "resourceType": resource["resourceType"],
         **{key: resource[key] for key in _INDEXED if isinstance(resource.get(key), str)}}
        for name, resource in sorted(resources.items())
    ]  # fmt: skip
    return {"index-version": _INDEX_VERSION, "files": files}


def _expected(example: Example) -> dict[str, str]:
    breach = example.breaks
    told = {"file": _file(example.resource), "about": example.about, "profile": example.profile}
    if breach is not None:
        told |= {"rule": breach.rule, "expression": breach.at}
        told |= {"key": breach.key} if breach.key else {}
    return told
