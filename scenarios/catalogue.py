"""The whole catalogue of sources, requirements and scenarios, read and cross-checked."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from scenarios.crosscheck import Files, crosscheck
from scenarios.errors import DeclarationError, phrase
from scenarios.model import Dataset, Programme, Requirement, Scenario, Source
from scenarios.reader import read_list, read_scenario, read_sets

T = TypeVar("T")
# Folders of YAML files that are no scenarios.
OTHERS = frozenset({"requirements", "messages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Owns every declared noun, each in the order of its id, and the digest over them all.

    `digest` is the sha256 of the canonical JSON of all models: it changes exactly when
    something that can change a plan or a verdict changes, never with layout or comments.
    """

    sources: tuple[Source, ...]
    requirements: tuple[Requirement, ...]
    scenarios: tuple[Scenario, ...]
    datasets: tuple[Dataset, ...]
    digest: str

    def source(self, source_id: str) -> Source:
        """Return a source; raise KeyError for an unknown id."""
        return _one(self.sources, source_id)

    def requirement(self, requirement_id: str) -> Requirement:
        """Return a requirement; raise KeyError for an unknown id."""
        return _one(self.requirements, requirement_id)

    def scenario(self, scenario_id: str) -> Scenario:
        """Return a scenario; raise KeyError for an unknown id."""
        return _one(self.scenarios, scenario_id)

    def dataset(self, dataset_id: str) -> Dataset:
        """Return a dataset; raise KeyError for an unknown id."""
        return _one(self.datasets, dataset_id)

    def of(self, programme: Programme) -> "Catalogue":
        """Return what one programme is about: its scenarios and the requirements they test.

        What no scenario tests belongs to interoperability. The digest is that of the whole.
        """
        own = tuple(one for one in self.scenarios if one.programme is programme)
        others = {one for each in self.scenarios if each not in own for one in each.cited()}
        cited = {one for each in own for one in each.cited()}
        if programme is Programme.INTEROPERABILITY:
            cited |= {one.id for one in self.requirements if one.id not in others}
        return replace(
            self,
            scenarios=own,
            requirements=tuple(one for one in self.requirements if one.id in cited),
        )


def _one(items: Iterable[T], item_id: str) -> T:
    for item in items:
        if getattr(item, "id", None) == item_id:
            return item
    raise KeyError(item_id)


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read a catalogue folder, ours by default; raise DeclarationError with every mistake."""
    root = folder or Path(__file__).parent
    sources = read_list(root / "sources.yaml", key="sources", model=Source)
    datasets = read_list(root / "datasets.yaml", key="datasets", model=Dataset)
    requirements = [
        read_list(path, key="requirements", model=Requirement)
        for path in _files(root, "requirements/*.yaml")
    ]
    sets = read_sets(root / "expectations.yaml")
    scenarios = [
        read_scenario(path, sets)
        for path in _files(root, "*/*.yaml")
        if path.parent.name not in OTHERS
    ]
    crosscheck(
        Files(sources=sources, datasets=datasets, requirements=requirements, scenarios=scenarios)
    )
    return _catalogue(
        sources[1],
        [r for _, many in requirements for r in many],
        [s for _, s in scenarios],
        datasets[1],
    )


def _files(root: Path, pattern: str) -> list[Path]:
    found = sorted(root.glob(pattern))
    if not found:
        what = phrase("declaration.file.none", pattern=pattern)
        raise DeclarationError(str(root), None, "", what)
    return found


def _catalogue(
    sources: Iterable[Source],
    requirements: Iterable[Requirement],
    scenarios: Iterable[Scenario],
    datasets: Iterable[Dataset],
) -> Catalogue:
    sorted_sources = tuple(sorted(sources, key=lambda item: item.id))
    sorted_requirements = tuple(sorted(requirements, key=lambda item: item.id))
    sorted_scenarios = tuple(sorted(scenarios, key=lambda item: item.id))
    sorted_datasets = tuple(sorted(datasets, key=lambda item: item.id))
    return Catalogue(
        sources=sorted_sources,
        requirements=sorted_requirements,
        scenarios=sorted_scenarios,
        datasets=sorted_datasets,
        digest=_digest(
            (*sorted_sources, *sorted_requirements, *sorted_scenarios, *sorted_datasets)
        ),
    )


def _digest(models: Iterable[BaseModel]) -> str:
    canonical = json.dumps(
        [[type(m).__name__, m.model_dump(mode="json", by_alias=True)] for m in models],
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
