"""Turns one file into models and every mistake into file, line and field; crosses no files."""

from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from scenarios.document import Document, Place, Value, read_document
from scenarios.errors import DeclarationError, known, phrase, raise_all
from scenarios.model import Arrangement, Scenario, Step
from scenarios.wording import everything_wrong, shown, within

M = TypeVar("M", bound=BaseModel)
Sets = Mapping[str, list[Value]]


def read_model(path: Path | Traversable, *, model: type[M], name: str) -> M:
    """Return the one model that a file holds; `name` is what the file is called in errors."""
    document = read_document(path, name=name)
    mistakes: list[DeclarationError] = []
    read = _validate(document, model, document.value, (), found=mistakes)
    raise_all(mistakes)
    if read is None:  # pragma: no cover - raise_all has raised
        raise document.mistake((), phrase("declaration.value.invalid", found=""))
    return read


def read_list(path: Path, *, key: str, model: type[M]) -> tuple[Document, tuple[M, ...]]:
    """Return the models listed under the only key of a file."""
    document = read_document(path)
    items = _only_key(document, key)
    if not isinstance(items, list):
        raise document.mistake((key,), phrase("declaration.value.not-list", found=shown(items)))
    mistakes: list[DeclarationError] = []
    models = [_validate(document, model, i, (key, n), found=mistakes) for n, i in enumerate(items)]
    raise_all(mistakes)
    return document, tuple(m for m in models if m is not None)


def read_sets(path: Path) -> Sets:
    """Return the named sets of expectations, not yet validated: a step completes them."""
    document = read_document(path)
    sets = _only_key(document, "sets")
    if not isinstance(sets, dict):
        raise document.mistake(("sets",), phrase("declaration.value.not-fields", found=shown(sets)))
    read: dict[str, list[Value]] = {}
    for name, members in sets.items():
        if not isinstance(members, list) or not all(isinstance(m, dict) for m in members):
            raise document.mistake(
                ("sets", name), phrase("declaration.value.not-list", found=shown(members))
            )
        read[name] = members
    return read


def read_scenario(path: Path, sets: Sets) -> tuple[Document, Scenario]:
    """Return one scenario, the sets its steps name expanded into their expectations."""
    document = read_document(path)
    if not isinstance(document.value, dict):
        found = shown(document.value)
        raise document.mistake((), phrase("declaration.value.not-fields", found=found))
    mistakes: list[DeclarationError] = []
    raw = dict(document.value)
    steps = raw.get("steps")
    if isinstance(steps, list):
        completed = [
            _complete(document, step, ("steps", n), sets) if isinstance(step, dict) else step
            for n, step in enumerate(steps)
        ]
        raw["steps"] = completed
        for number, step in enumerate(completed):
            model = Arrangement if isinstance(step, dict) and "arrange" in step else Step
            _validate(document, model, step, ("steps", number), found=mistakes)
    raise_all(mistakes)
    scenario = _validate(document, Scenario, raw, (), found=mistakes)
    raise_all(mistakes)
    if scenario is None:  # pragma: no cover - raise_all has raised
        raise document.mistake((), phrase("declaration.value.invalid", found=""))
    return document, scenario


def _only_key(document: Document, key: str) -> Value:
    if not isinstance(document.value, dict) or set(document.value) != {key}:
        raise document.mistake((), phrase("declaration.key.only", key=key))
    return document.value[key]


def _complete(document: Document, step: dict[str, Value], place: Place, sets: Sets) -> Value:
    written = step.get("expect", [])
    names = step.get("expect_all", [])
    if not isinstance(written, list) or not isinstance(names, list):
        at, value = ("expect_all", names) if isinstance(written, list) else ("expect", written)
        what = phrase("declaration.value.not-list", found=shown(value))
        raise document.mistake((*place, at), what)
    taken: list[Value] = []
    for index, name in enumerate(names):
        if not isinstance(name, str) or name not in sets:
            raise document.mistake(
                (*place, "expect_all", index),
                phrase("declaration.set.unknown", name=shown(name)),
                hint=known(sets, wrong=str(name)),
            )
        taken += sets[name]
    expectations = [_named(e, step.get("from")) for e in [*written, *taken]]
    completed = {key: value for key, value in step.items() if key != "expect_all"}
    return {**completed, "expect": expectations} if expectations else completed


def _named(expectation: Value, sender: Value) -> Value:
    if isinstance(expectation, dict) and expectation.get("about") == "sender":
        return {**expectation, "about": sender}
    return expectation


def _validate(
    document: Document,
    model: type[M],
    value: Value,
    place: Place,
    *,
    found: list[DeclarationError],
) -> M | None:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found.extend(_mistakes(document, model, place, error))
        return None


def _mistakes(
    document: Document, model: type[BaseModel], place: Place, error: ValidationError
) -> Iterator[DeclarationError]:
    for each in everything_wrong(model, error):
        one = within(each, place)
        yield document.mistake(one.place, one.what, hint=one.hint)
