"""Holds the catalogue's files against each other, both ways; reads no file itself."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from scenarios.document import Document, Place
from scenarios.errors import DeclarationError, raise_all
from scenarios.model import Arrangement, Authority, Dataset, Requirement, Scenario, Source
from scenarios.parameters import parameter_mistakes

Many: TypeAlias = tuple[Document, tuple[Requirement, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Owns every file of a catalogue with the models read from it."""

    sources: tuple[Document, tuple[Source, ...]]
    datasets: tuple[Document, tuple[Dataset, ...]]
    requirements: Sequence[Many]
    scenarios: Sequence[tuple[Document, Scenario]]


def crosscheck(files: Files) -> None:
    """Raise DeclarationError with every mistake that only shows between files or steps."""
    raise_all(
        [
            *_repeated_ids(files),
            *_sources(files),
            *_coverage(files),
            *(
                m
                for document, scenario in files.scenarios
                for m in _scenario(files, document, scenario)
            ),
        ]
    )


def _repeated_ids(files: Files) -> Iterator[DeclarationError]:
    places: list[tuple[Document, Place, str]] = [
        (files.sources[0], ("sources", n, "id"), s.id) for n, s in enumerate(files.sources[1])
    ]
    places += [
        (document, ("requirements", n, "id"), requirement.id)
        for document, many in files.requirements
        for n, requirement in enumerate(many)
    ]
    places += [(document, ("id",), scenario.id) for document, scenario in files.scenarios]
    counted = Counter(item for _, _, item in places)
    for document, place, item in places:
        if counted[item] > 1:
            yield document.mistake(place, f"the id {item} is used {counted[item]} times")
    for document, scenario in files.scenarios:
        if document.file != f"{scenario.id}.yaml":
            yield document.mistake(("id",), f"the id must be the file's name, {document.file}")


def _sources(files: Files) -> Iterator[DeclarationError]:
    known = {source.id: source for source in files.sources[1]}
    for document, many in files.requirements:
        for number, requirement in enumerate(many):
            place = ("requirements", number)
            source = known.get(requirement.source)
            if source is None:
                yield document.mistake(
                    (*place, "source"),
                    f"no source is called {requirement.source}",
                    hint="see sources.yaml",
                )
            elif source.authority is not requirement.authority:
                yield document.mistake(
                    (*place, "authority"),
                    f"{source.id} is {source.authority}, so this cannot be {requirement.authority}",
                    hint=f"a reconstruction cites REFERENCE and is {Authority.ASSUMED}",
                )


def _coverage(files: Files) -> Iterator[DeclarationError]:
    tested = {
        (expectation.requirement, expectation.about)
        for _, scenario in files.scenarios
        for step in scenario.acts()
        for expectation in step.expect
        if expectation.about in scenario.subjects
    }
    for document, many in files.requirements:
        for number, requirement in enumerate(many):
            place = ("requirements", number)
            missing = [a for a in requirement.actors if (requirement.id, a) not in tested]
            if requirement.untested_because is None and missing:
                yield document.mistake(
                    (*place, "id"),
                    f"no scenario tests {requirement.id} of {', '.join(missing)}",
                    hint="add an expectation, or untested_because with an owner",
                )
            if requirement.untested_because is not None and len(missing) < len(requirement.actors):
                yield document.mistake(
                    (*place, "untested_because"), f"{requirement.id} is tested by a scenario"
                )


def _scenario(files: Files, document: Document, scenario: Scenario) -> Iterator[DeclarationError]:
    datasets = {dataset.id: dataset for dataset in files.datasets[1]}
    dataset = datasets.get(scenario.dataset)
    if dataset is None:
        yield document.mistake(("dataset",), f"no dataset is called {scenario.dataset}")
        return
    for name in scenario.subjects:
        if name not in scenario.actors:
            yield document.mistake(("subjects",), f"{name} is not among the actors")
    yield from _steps(document, scenario, frozenset(dataset.personas))
    yield from _expectations(files, document, scenario)


def _steps(
    document: Document, scenario: Scenario, personas: frozenset[str]
) -> Iterator[DeclarationError]:
    seen: set[str] = set()
    bound: set[str] = set()
    played: dict[str, str] = {}
    for number, step in enumerate(scenario.steps):
        place = ("steps", number)
        if step.id in seen:
            yield document.mistake((*place, "id"), f"the step id {step.id} is used twice")
        seen.add(step.id)
        if isinstance(step, Arrangement):
            continue
        for key, actor in (("from", step.from_), ("to", step.to)):
            if actor not in scenario.actors:
                yield document.mistake((*place, key), f"{actor} is not among the actors")
        if step.as_ not in personas:
            yield document.mistake((*place, "as"), f"no persona is called {step.as_}")
        if played.setdefault(step.from_, step.as_) != step.as_:
            yield document.mistake(
                (*place, "as"),
                f"{step.from_} is {played[step.from_]} in this scenario",
                hint="an actor keeps its persona within one scenario",
            )
        yield from parameter_mistakes(
            document, place, step, personas=personas, bound=frozenset(bound)
        )
        if step.bind is not None:
            if step.bind in bound:
                yield document.mistake((*place, "bind"), f"{step.bind} is bound already")
            bound.add(step.bind)


def _expectations(
    files: Files, document: Document, scenario: Scenario
) -> Iterator[DeclarationError]:
    requirements = {r.id: r for _, many in files.requirements for r in many}
    for number, step in enumerate(scenario.steps):
        if isinstance(step, Arrangement):
            continue
        for index, expectation in enumerate(step.expect):
            place = ("steps", number, "expect", index)
            requirement = requirements.get(expectation.requirement)
            if requirement is None:
                yield document.mistake(
                    (*place, "requirement"),
                    f"no requirement is called {expectation.requirement}",
                )
            elif expectation.about not in requirement.actors:
                yield document.mistake(
                    (*place, "about"),
                    f"{requirement.id} does not bind {expectation.about}",
                    hint="it binds " + ", ".join(requirement.actors),
                )
            if expectation.about not in scenario.actors:
                yield document.mistake(
                    (*place, "about"), f"{expectation.about} is not among the actors"
                )
