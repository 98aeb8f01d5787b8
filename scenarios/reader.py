"""Turns one file into models and every mistake into file, line and field; crosses no files."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from scenarios.document import Document, Place, Value, read_document
from scenarios.errors import DeclarationError, raise_all
from scenarios.model import Arrangement, Scenario, Step

M = TypeVar("M", bound=BaseModel)
Sets = Mapping[str, list[Value]]

_STEP = {"Step", "Arrangement"}


def read_list(path: Path, *, key: str, model: type[M]) -> tuple[Document, tuple[M, ...]]:
    """Return the models listed under the only key of a file."""
    document = read_document(path)
    items = _only_key(document, key)
    if not isinstance(items, list):
        raise document.mistake((key,), "a list is needed here")
    mistakes: list[DeclarationError] = []
    models = [_validate(document, model, i, (key, n), found=mistakes) for n, i in enumerate(items)]
    raise_all(mistakes)
    return document, tuple(m for m in models if m is not None)


def read_sets(path: Path) -> Sets:
    """Return the named sets of expectations, not yet validated: a step completes them."""
    document = read_document(path)
    sets = _only_key(document, "sets")
    if not isinstance(sets, dict):
        raise document.mistake(("sets",), "a mapping of names to lists is needed here")
    read: dict[str, list[Value]] = {}
    for name, members in sets.items():
        if not isinstance(members, list) or not all(isinstance(m, dict) for m in members):
            raise document.mistake(("sets", name), "a list of expectations is needed here")
        read[name] = members
    return read


def read_scenario(path: Path, sets: Sets) -> tuple[Document, Scenario]:
    """Return one scenario, the sets its steps name expanded into their expectations."""
    document = read_document(path)
    if not isinstance(document.value, dict):
        raise document.mistake((), "a mapping is needed here")
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
        raise document.mistake((), "not a scenario")
    return document, scenario


def _only_key(document: Document, key: str) -> Value:
    if not isinstance(document.value, dict) or set(document.value) != {key}:
        raise document.mistake((), f"the file holds one key, {key!r}, and nothing else")
    return document.value[key]


def _complete(document: Document, step: dict[str, Value], place: Place, sets: Sets) -> Value:
    written = step.get("expect", [])
    names = step.get("expect_all", [])
    if not isinstance(written, list) or not isinstance(names, list):
        raise document.mistake(place, "expect and expect_all are lists")
    taken: list[Value] = []
    for index, name in enumerate(names):
        if name not in sets:
            raise document.mistake(
                (*place, "expect_all", index),
                f"no set of expectations is called {name!r}",
                hint="sets: " + ", ".join(sorted(sets)),
            )
        taken += sets[str(name)]
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
        found.extend(_mistakes(document, place, error))
        return None


def _mistakes(
    document: Document, place: Place, error: ValidationError
) -> Iterator[DeclarationError]:
    for detail in error.errors(include_url=False, include_input=False):
        where = tuple(part for part in detail["loc"] if part not in _STEP)
        yield document.mistake((*place, *where), _message(detail), hint=_hint(detail))


def _message(detail: Any) -> str:  # noqa: ANN401  pydantic's ErrorDetails, a loose mapping
    if detail["type"] == "extra_forbidden":
        return "this field is not known here"
    if detail["type"] == "missing":
        return "this field is missing"
    return str(detail["msg"])


def _hint(detail: Any) -> str:  # noqa: ANN401  as above
    context = detail.get("ctx") or {}
    expected = context.get("expected") or context.get("pattern")
    return f"expected: {expected}" if expected else ""
