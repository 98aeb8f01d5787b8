"""Holds the catalogue's files against each other, both ways; reads no file itself."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from scenarios.document import Document, Place
from scenarios.errors import DeclarationError, known, phrase, raise_all
from scenarios.model import Arrangement, Authority, Dataset, Requirement, Scenario, Source
from scenarios.parameters import parameter_mistakes, trick_mistakes

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
            what = phrase("declaration.id.repeated", id=item, count=counted[item])
            yield document.mistake(place, what)
    for document, scenario in files.scenarios:
        if document.file != f"{scenario.id}.yaml":
            what = phrase("declaration.id.not-file", file=document.file)
            yield document.mistake(("id",), what)


def _sources(files: Files) -> Iterator[DeclarationError]:
    sources = {source.id: source for source in files.sources[1]}
    for document, many in files.requirements:
        for number, requirement in enumerate(many):
            place = ("requirements", number)
            source = sources.get(requirement.source)
            if source is None:
                yield document.mistake(
                    (*place, "source"),
                    phrase("declaration.source.unknown", name=requirement.source),
                    hint=known(sources, wrong=requirement.source),
                )
            elif source.authority is not requirement.authority:
                yield document.mistake(
                    (*place, "authority"),
                    phrase(
                        "declaration.authority.differs",
                        source=source.id,
                        authority=source.authority.value,
                        found=requirement.authority.value,
                    ),
                    hint=phrase("declaration.hint.assumed", authority=Authority.ASSUMED.value),
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
                    phrase(
                        "declaration.requirement.untested",
                        requirement=requirement.id,
                        actors=", ".join(missing),
                    ),
                    hint=phrase("declaration.hint.untested"),
                )
            if requirement.untested_because is not None and len(missing) < len(requirement.actors):
                yield document.mistake(
                    (*place, "untested_because"),
                    phrase("declaration.requirement.tested", requirement=requirement.id),
                )


def _scenario(files: Files, document: Document, scenario: Scenario) -> Iterator[DeclarationError]:
    datasets = {dataset.id: dataset for dataset in files.datasets[1]}
    dataset = datasets.get(scenario.dataset)
    if dataset is None:
        yield document.mistake(
            ("dataset",),
            phrase("declaration.dataset.unknown", name=scenario.dataset),
            hint=known(datasets, wrong=scenario.dataset),
        )
        return
    for name in scenario.subjects:
        if name not in scenario.actors:
            yield _no_actor(document, ("subjects",), name, scenario)
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
            what = phrase("declaration.step.repeated", id=step.id)
            yield document.mistake((*place, "id"), what)
        seen.add(step.id)
        yield from trick_mistakes(document, place, step)
        if isinstance(step, Arrangement):
            continue
        for key, actor in (("from", step.from_), ("to", step.to)):
            if actor not in scenario.actors:
                yield _no_actor(document, (*place, key), actor, scenario)
        if step.as_ not in personas:
            yield document.mistake(
                (*place, "as"),
                phrase("declaration.persona.unknown", name=step.as_),
                hint=known(personas, wrong=step.as_),
            )
        if played.setdefault(step.from_, step.as_) != step.as_:
            yield document.mistake(
                (*place, "as"),
                phrase("declaration.persona.changed", actor=step.from_, persona=played[step.from_]),
                hint=phrase("declaration.hint.one-persona"),
            )
        yield from parameter_mistakes(
            document, place, step, personas=personas, bound=frozenset(bound)
        )
        if step.bind is not None:
            if step.bind in bound:
                what = phrase("declaration.binding.repeated", name=step.bind)
                yield document.mistake((*place, "bind"), what)
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
                    phrase("declaration.requirement.unknown", name=expectation.requirement),
                    hint=known(requirements, wrong=expectation.requirement),
                )
            elif expectation.about not in requirement.actors:
                yield document.mistake(
                    (*place, "about"),
                    phrase(
                        "declaration.requirement.not-binding",
                        requirement=requirement.id,
                        actor=expectation.about,
                    ),
                    hint=known(requirement.actors),
                )
            if expectation.about not in scenario.actors:
                yield _no_actor(document, (*place, "about"), expectation.about, scenario)


def _no_actor(document: Document, place: Place, name: str, scenario: Scenario) -> DeclarationError:
    """Return that somebody is named who takes no part in the scenario."""
    what = phrase("declaration.actor.unknown", name=name)
    return document.mistake(place, what, hint=known(scenario.actors))
