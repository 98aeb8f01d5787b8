"""The sentences of `world` and `personas` are whole, translated, and typed as each language is."""

import re
from importlib.resources import files

import pytest

from reference_server.text import LANGUAGES, Catalogue

FOLDERS = ("copies", "personas")
NO_PARAMETER = re.compile(r"\{|\}")


@pytest.fixture(params=FOLDERS)
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return Catalogue.load(files("reference_server.app") / str(request.param) / "messages")


def spoken(catalogue: Catalogue, message_id: str, language: str) -> str:
    given = dict.fromkeys(catalogue.parameters(message_id), "x")
    return catalogue.render(message_id, given, language)


def test_every_sentence_is_written_in_each_language(catalogue: Catalogue) -> None:
    for message_id in catalogue.ids():
        texts = [spoken(catalogue, message_id, language) for language in LANGUAGES]
        assert not any(NO_PARAMETER.search(text) for text in texts), message_id
        if " " in texts[0]:
            assert len(set(texts)) == len(LANGUAGES), message_id


def test_french_has_its_own_typography(catalogue: Catalogue) -> None:
    for message_id in catalogue.ids("fr"):
        sentence = spoken(catalogue, message_id, "fr")
        assert not re.search(r"[^\u00a0][:;!?»]|«[^\u00a0]|'", sentence), sentence
