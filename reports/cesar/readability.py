"""How easily a text reads: Flesch's measure as adapted to each language; pure.

English: Flesch 1948. French: Kandel and Moles 1958. German: Amstad 1978. Higher is easier; 60 and
more is plain. Syllables are counted as groups of vowels, so that a figure is good to a few points,
and for a single short sentence it only tells where to look twice.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reference_server.text import LANGUAGES
from reports.cesar.questions import Instrument

# Base, cost of a word in the sentence, cost of a syllable in the word.
_FORMULAE: Final = {
    "fr": (207.0, 1.015, 73.6),
    "en": (206.835, 1.015, 84.6),
    "de": (180.0, 1.0, 58.5),
}
_WORD: Final = re.compile(r"[^\W_]+")
_SENTENCE: Final = re.compile(r"[.!?:;…]+(?:[\s\u00a0]|$)")
_VOWELS: Final = re.compile(r"[aeiouyàâäéèêëîïôöœùûüæ]+", re.IGNORECASE)
_SILENT: Final = {
    "fr": re.compile(r"[^aeiouyéèêàâîôû](?:e|es|ent)$", re.IGNORECASE),
    "en": re.compile(r"[^aeiouyl]e$", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Readability:
    """How one text of a question reads in one language; `ease` is Flesch's number."""

    question: str
    field: str
    language: str
    words: int
    ease: float


def words(text: str) -> int:
    """Return how many words a text has, as a reader counts them: what stands between spaces."""
    return sum(bool(_WORD.search(one)) for one in text.split())


def ease(text: str, language: str) -> float:
    """Return Flesch's reading ease of a text in a language; 0 for a text without words."""
    found = _WORD.findall(text)
    if not found:
        return 0.0
    sentences = max(1, sum(bool(_WORD.search(one)) for one in _SENTENCE.split(text)))
    syllables = sum(_syllables(word, language) for word in found)
    base, per_word, per_syllable = _FORMULAE[language]
    return base - per_word * len(found) / sentences - per_syllable * syllables / len(found)


def readabilities(instrument: Instrument) -> Iterator[Readability]:
    """Yield the measure of every text of a bank, in every language."""
    for question in instrument.questions():
        for field, text in question.texts():
            for language in LANGUAGES:
                spoken = text.of(language)
                yield Readability(
                    question=question.id,
                    field=field,
                    language=language,
                    words=words(spoken),
                    ease=round(ease(spoken, language), 1),
                )


def of_whole(instrument: Instrument, language: str) -> float:
    """Return the measure of all texts of a bank read as one."""
    texts: Sequence[str] = [
        text.of(language) for question in instrument.questions() for _, text in question.texts()
    ]
    return ease(" ".join(texts), language)


def _syllables(word: str, language: str) -> int:
    silent = _SILENT.get(language)
    heard = len(_VOWELS.findall(word)) - bool(silent and silent.search(word))
    return max(1, heard)
