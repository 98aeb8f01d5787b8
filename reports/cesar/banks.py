"""Reads an instrument from its files, one per domain; every mistake names file, line and field."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from reports.cesar.questions import (
    KNOCK_OUT_WEIGHT,
    Contents,
    Domain,
    Instrument,
    InstrumentName,
    Question,
)
from scenarios.document import Place, read_document
from scenarios.errors import DeclarationError, Phrase, known, phrase, raise_all
from scenarios.reader import read_model

M = TypeVar("M", bound=BaseModel)

CONTENTS: Final = "bank.yaml"
# The C reader is ten times as fast and keeps no lines; a file with a mistake is read again.
_FAST: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def load_instrument(name: InstrumentName) -> Instrument:
    """Return the bank that ships with the lab; raises DeclarationError naming the line."""
    return read_instrument(resources.files("reports.cesar") / "banks" / name, name=name)


def read_instrument(folder: Traversable, *, name: InstrumentName) -> Instrument:
    """Return the bank of a folder; raises DeclarationError with every mistake of a file."""
    contents = _read(folder / CONTENTS, Contents)
    files = {one: folder / f"{one}.yaml" for one in contents.domains}
    domains = {one: _read(file, Domain) for one, file in files.items()}
    instrument = Instrument(
        name=name,
        version=contents.version,
        title=contents.title,
        domains=tuple(domains.values()),
        contradictions=contents.contradictions,
    )
    raise_all(
        [
            *_nobody_asks(folder, instrument),
            *(
                read_document(files[one]).mistake(place, what, hint=hint)
                for one, domain in domains.items()
                for place, what, hint in _mistakes(one, domain, instrument)
            ),
        ]
    )
    return instrument


def _nobody_asks(folder: Traversable, instrument: Instrument) -> Iterator[DeclarationError]:
    """Yield the mistakes of contradictions that name a question which does not exist."""
    ids = [one.id for one in instrument.questions()]
    for at, rule in enumerate(instrument.contradictions):
        for field, name in (("doubted", rule.doubted), ("given", rule.given)):
            if name not in ids:
                place: Place = ("contradictions", at, field)
                what = phrase("declaration.value.not-allowed", found=name)
                document = read_document(folder / CONTENTS)
                yield document.mistake(place, what, hint=known(ids, wrong=name))


def _read(file: Traversable, model: type[M]) -> M:
    """Return the model of a file, quickly where it is right, with every line where it is not."""
    try:
        text = file.read_text(encoding="utf-8")
        return model.model_validate(yaml.load(text, Loader=_FAST))  # noqa: S506 - safe loaders
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError):
        return read_model(file, model=model, name=file.name)


def _mistakes(
    name: str, domain: Domain, instrument: Instrument
) -> Iterator[tuple[Place, Phrase, Phrase | None]]:
    """Yield what no single question can know: ids used twice, and names that nobody bears."""
    if domain.id != name:
        yield ("id",), phrase("declaration.id.not-file", file=name), None
    used = Counter(
        one for question in instrument.questions() for one in (question.id, *question.aliases)
    )
    ids = [one.id for one in instrument.questions()]
    for number, question in enumerate(domain.questions):
        place: Place = ("questions", number)
        for one in (question.id, *question.aliases):
            if used[one] > 1:
                repeated = phrase("declaration.id.repeated", id=one, count=used[one])
                yield (*place, "id"), repeated, None
        for field, names in (("requires", question.requires), ("replaces", question.replaces)):
            for at, one in enumerate(names):
                if one not in ids:
                    unknown = phrase("declaration.value.not-allowed", found=one)
                    yield (*place, field, at), unknown, known(ids, wrong=one)
        yield from _broken_rules(question, place)


def _broken_rules(
    question: Question, place: Place
) -> Iterator[tuple[Place, Phrase, Phrase | None]]:
    """Yield what breaks a rule of the model: knock-outs weigh most, a cost has an order."""
    if question.knock_out and question.weight != KNOCK_OUT_WEIGHT:
        least = phrase("declaration.number.at-least", limit=KNOCK_OUT_WEIGHT, found=question.weight)
        yield (*place, "weight"), least, None
    if question.cost.high < question.cost.low:
        low, high = question.cost.low, question.cost.high
        yield (
            (*place, "cost", "high"),
            phrase("declaration.number.at-least", limit=low, found=high),
            None,
        )
