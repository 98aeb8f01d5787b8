"""Every message catalogue says the same things, with the same parameters, in all languages."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

import pytest
import yaml

from tests.house.tree import files, read

LANGUAGES = ("de", "en", "fr")
MESSAGE_ID = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


class DuplicateIdError(ValueError):
    """One message id stands twice in a file; YAML itself would keep the last."""


def parse(text: str) -> Mapping[str, str]:
    """A catalogue file: message id to sentence."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is None:
        return {}
    keys = [key.value for key, _ in node.value]
    if len(keys) != len(set(keys)):
        raise DuplicateIdError(sorted({key for key in keys if keys.count(key) > 1}))
    return {key.value: value.value for key, value in node.value}


def parameters(sentence: str) -> frozenset[str]:
    """The names a sentence leaves open."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def differences(catalogues: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """Message ids of the first catalogue that another lacks, has more of, or fills differently."""
    reference, *others = catalogues
    for other in others:
        here, there = catalogues[reference], catalogues[other]
        yield from ((other, message_id) for message_id in sorted(here.keys() ^ there.keys()))
        for message_id in sorted(here.keys() & there.keys()):
            if parameters(here[message_id]) != parameters(there[message_id]):
                yield other, message_id


def folders() -> tuple[Path, ...]:
    """Every folder of the tree that holds message catalogues."""
    holding = {p.parent for p in files() if p.parent.name == "messages" and p.parts[0] != "tests"}
    return tuple(sorted(holding))


def load(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """All languages of one folder."""
    return {language: parse(read(folder / f"{language}.yaml")) for language in LANGUAGES}


@pytest.mark.parametrize("folder", folders(), ids=str)
def test_a_catalogue_says_the_same_in_every_language(folder: Path) -> None:
    catalogues = load(folder)
    assert list(differences(catalogues)) == []


@pytest.mark.parametrize("folder", folders(), ids=str)
def test_message_ids_are_dotted_and_sentences_not_empty(folder: Path) -> None:
    wrong = [
        (language, message_id)
        for language, catalogue in load(folder).items()
        for message_id, sentence in catalogue.items()
        if not MESSAGE_ID.fullmatch(message_id) or not sentence.strip()
    ]
    assert wrong == []


def test_there_are_catalogues() -> None:
    assert folders()


def test_a_missing_id_and_a_differing_parameter_are_found() -> None:
    catalogues = {
        "de": {"a.one": "Eins {n}", "a.two": "Zwei"},
        "en": {"a.one": "One {m}", "a.two": "Two"},
        "fr": {"a.one": "Un {n}"},
    }
    assert list(differences(catalogues)) == [("en", "a.one"), ("fr", "a.two")]


def test_an_id_that_stands_twice_is_found() -> None:
    with pytest.raises(DuplicateIdError):
        parse("a.one: x\na.one: y\n")
