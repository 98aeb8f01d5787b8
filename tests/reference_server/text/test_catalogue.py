"""Catalogues are read strictly and rendered strictly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reference_server.kernel.errors import Refusal, Refusals
from reference_server.services.prescriptions.errors import (
    document,
    elements,
    lines,
    paper,
    people,
    state,
)
from reference_server.services.prescriptions.model import State
from reference_server.text import (
    LANGUAGES,
    Catalogue,
    CatalogueError,
    MissingTextError,
    default_catalogue,
)


def written(folder: Path, fr: str, *, en: str | None = None, de: str | None = None) -> Path:
    for language, text in (("fr", fr), ("en", en), ("de", de)):
        (folder / f"{language}.yaml").write_text(text or fr, encoding="utf-8")
    return folder


def test_a_sentence_is_rendered_with_its_parameters(tmp_path: Path) -> None:
    catalogue = Catalogue.load(written(tmp_path, 'a.one: "Il y a {n} {{lignes}}."'))
    assert catalogue.render("a.one", {"n": 3, "more": 1}) == "Il y a 3 {lignes}."
    assert catalogue.ids("de") == {"a.one"}
    assert catalogue.parameters("a.one") == {"n"}


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    catalogue = Catalogue.load(written(tmp_path, "a.one: Il y a {n}."))
    with pytest.raises(MissingTextError, match="'n'"):
        catalogue.render("a.one")
    with pytest.raises(MissingTextError, match=r"a\.two"):
        catalogue.render("a.two")
    with pytest.raises(MissingTextError, match="lb"):
        catalogue.render("a.one", {"n": 1}, "lb")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a.one: x\na.one: y\n", "twice"),
        ("- x\n", "not a mapping"),
        ("a.one: 3\n", "not a sentence"),
        ("a.one: ''\n", "not a sentence"),
        ("A One: x\n", "not a message id"),
        ("a.one: '{n!r}'\n", "plain parameter"),
        ("a.one: '{n:5}'\n", "plain parameter"),
        ("a.one: '{n.real}'\n", "plain parameter"),
        ("a.one: '{}'\n", "plain parameter"),
        ("a.one: '{n'\n", "a.one"),
        ("a.one: [\n", "yaml"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(CatalogueError, match=why):
        Catalogue.load(written(tmp_path, text))


def test_languages_must_say_the_same(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"de: ids unlike fr: a\.one, a\.two"):
        Catalogue.load(written(tmp_path, "a.one: x", de="a.two: x"))
    with pytest.raises(CatalogueError, match=r"en: a\.one: parameters"):
        Catalogue.load(written(tmp_path, "a.one: '{n}'", en="a.one: '{m}'"))


def test_two_folders_do_not_share_an_id(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    folders = [written(tmp_path / name, "a.one: x") for name in ("one", "two")]
    with pytest.raises(CatalogueError, match="another folder"):
        Catalogue.load(*folders)


def test_a_folder_without_a_language_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fr.yaml").write_text("a.one: x")
    with pytest.raises(CatalogueError, match=r"en\.yaml"):
        Catalogue.load(tmp_path)


def refusals(found: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in found.__subclasses__():
        yield from refusals(below)
        yield below


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_of_the_kernel_and_of_prescriptions_has_its_sentence(language: str) -> None:
    modules = {m.__name__ for m in (document, elements, lines, paper, people, state)}
    modules.add("reference_server.kernel.errors")
    ids = default_catalogue().ids(language)
    codes = {
        found.code
        for found in refusals(Refusal)
        if found.code and found.__module__ in modules and found is not Refusals
    }
    assert len(codes) > 80
    assert {code for code in codes if f"refusal.{code}" not in ids} == set()
    assert {state.value for state in State if f"erx.status.{state}" not in ids} == set()


def test_french_sentences_have_their_spaces_before_double_punctuation() -> None:
    catalogue = default_catalogue()
    for message_id in catalogue.ids():
        given = dict.fromkeys(catalogue.parameters(message_id), "x")
        sentence = catalogue.render(message_id, given)
        for mark in ":;!?»":
            for place, character in enumerate(sentence):
                if character == mark and "urn:" not in sentence:
                    assert sentence[place - 1] == "\u00a0", sentence
