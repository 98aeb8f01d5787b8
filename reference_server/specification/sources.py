"""Reads the sources of a specification and makes whole FHIR resources of them; writes nothing.

A source says only what is its own. `{base}` stands for the canonical base; a text is one string,
or French, English and German ones, which FHIR keeps as translations of the French. What every
artefact says of itself (url, version, publisher, that it is experimental) is added here.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

import yaml

from reference_server.specification.analyses import filled
from reference_server.specification.examples import read_examples
from reference_server.specification.model import (
    PACKAGES,
    PUBLISHER,
    Resource,
    Settings,
    Specification,
)
from reference_server.specification.profiles import complete, structure
from reference_server.text import LANGUAGES

_FOLDERS: Final = ("profiles", "terminology", "operations")
_TRANSLATION: Final = "http://hl7.org/fhir/StructureDefinition/translation"
# What a naming system cannot say of itself in R4.
_NOT_OF_NAMING_SYSTEM: Final = frozenset({"url", "version", "experimental", "language", "title"})


def every(settings: Settings = Settings()) -> tuple[Specification, ...]:  # noqa: B008  as above
    """Return the specification of every package of this project, in their order."""
    return tuple(read(settings, package) for package in PACKAGES)


@cache
def read(settings: Settings = Settings(), package: str = PACKAGES[0]) -> Specification:  # noqa: B008  frozen: nobody can change the default
    """Return a specification; raises SpecificationBrokenError."""
    folder = files("reference_server.specification") / package
    told = _load(folder / "package.yaml", settings)
    drafts = []
    for name in _FOLDERS:
        for source in _yaml_files(folder / name):
            content = _load(source, settings)
            drafts += content if isinstance(content, list) else [content]
    resources = complete([_artefact(filled(draft, settings), told, settings) for draft in drafts])
    return Specification(
        name=told["name"],
        version=told["version"],
        date=told["date"],
        title=told["title"]["en"],
        description=told["description"]["en"],
        dependencies=tuple(told["dependencies"].items()),
        settings=settings,
        resources=tuple(sorted(resources, key=lambda r: (r["resourceType"], r["id"]))),
        examples=tuple(_examples(folder / "examples", resources, settings)),
    )


def _yaml_files(folder: Traversable) -> list[Traversable]:
    found = (each for each in folder.iterdir() if each.name.endswith(".yaml"))
    return sorted(found, key=lambda each: each.name)


def _load(source: Traversable, settings: Settings) -> Any:  # noqa: ANN401  YAML
    text = source.read_text(encoding="utf-8").replace("{base}", settings.root)
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _examples(folder: Traversable, resources: list[Resource], settings: Settings) -> Iterator[Any]:
    bases = _load(folder / "base.yaml", settings)
    profiles = (each for each in resources if each["resourceType"] == "StructureDefinition")
    urls = {each["id"]: each["url"] for each in profiles}
    for source in _yaml_files(folder):
        if source.name != "base.yaml":
            yield from read_examples(_load(source, settings), bases, urls)


def _artefact(draft: Mapping[str, Any], told: Mapping[str, Any], settings: Settings) -> Resource:
    """Return a source as a resource that says who made it, and that it is a reconstruction."""
    kind, own = draft["resourceType"], draft["id"]
    notice = told["reconstruction"]
    about = {key: f"{draft['description'][key]} {notice[key]}" for key in LANGUAGES}
    common = {
        "resourceType": kind,
        "id": own,
        "language": "fr",
        "url": f"{settings.root}/{kind}/{own}",
        "version": told["version"],
        "name": "".join(part[:1].upper() + part[1:] for part in own.split("-")),
        "status": "draft",
        "experimental": True,
        "date": told["date"],
        "publisher": PUBLISHER,
    }
    if kind == "NamingSystem":
        common = {k: v for k, v in common.items() if k not in _NOT_OF_NAMING_SYSTEM}
    said = {key: value for key, value in draft.items() if key not in common}
    resource = {**common, **said, "description": about, "jurisdiction": told["jurisdiction"]}
    if kind == "StructureDefinition":
        resource = structure(resource)
    found: Resource = _translated(resource, kind)
    return found


def _translated(value: Any, kind: str) -> Any:  # noqa: ANN401  YAML
    """Return a source's tree with its texts in three languages as FHIR writes them."""
    if isinstance(value, list):
        return [_translated(each, kind) for each in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for key, held in value.items():
        if not (isinstance(held, dict) and held.keys() == set(LANGUAGES)):
            made[key] = _translated(held, kind)
        elif key == "display" and kind == "CodeSystem":
            made[key] = held["fr"]
            made["designation"] = [
                {"language": language, "value": held[language]} for language in ("en", "de")
            ]
        else:
            made[key] = held["fr"]
            made[f"_{key}"] = {"extension": [_translation(held, each) for each in ("en", "de")]}
    return made


def _translation(text: Mapping[str, str], language: str) -> Resource:
    parts = [
        {"url": "lang", "valueCode": language},
        {"url": "content", "valueString": text[language]},
    ]
    return {"url": _TRANSLATION, "extension": parts}
