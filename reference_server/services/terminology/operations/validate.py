"""`$validate-code` of code systems and value sets: yes, no with the reason, or a refusal.

No is said only where the list is complete here; otherwise the refusal says what is missing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reference_server.kernel.errors import ParameterMissing
from reference_server.kernel.language import Voice
from reference_server.services.terminology.catalogue.terminology import (
    GRAMMARS,
    Terminology,
    is_abstract,
)
from reference_server.services.terminology.errors import CodeUndecided, TerminologyRefusal
from reference_server.services.terminology.fhir.arguments import (
    BOOLEAN,
    CODE,
    CODEABLE,
    CODING,
    STRING,
    URI,
    codes_of,
    needed,
)
from reference_server.services.terminology.fhir.parameters import Part, parameters, part
from reference_server.services.terminology.model import Coded, Given

IN_SYSTEM: Final[Mapping[str, str]] = {
    "url": URI,
    "code": CODE,
    "version": STRING,
    "display": STRING,
    "coding": CODING,
    "codeableConcept": CODEABLE,
    "displayLanguage": CODE,
}
IN_VALUE_SET: Final[Mapping[str, str]] = {
    "url": URI,
    "valueSetVersion": STRING,
    "code": CODE,
    "system": URI,
    "systemVersion": STRING,
    "display": STRING,
    "coding": CODING,
    "codeableConcept": CODEABLE,
    "abstract": BOOLEAN,
    "displayLanguage": CODE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found of one code: the message of a no, and its display."""

    message: str | None
    params: Mapping[str, str]
    display: str | None = None

    @property
    def valid(self) -> bool:
        return self.message is None


def in_system(terminology: Terminology, given: Given, voice: Voice) -> bytes:
    """Return whether a code belongs to a code system; raises TerminologyRefusal."""
    url = given.text("url")

    def judge(coded: Coded) -> Judged:
        system = url or coded.system
        if system is None:
            raise ParameterMissing(name="url")
        params = {"code": coded.code, "list": system}
        if coded.system not in {None, system}:
            # Asked whether a code of one system belongs to another: the other must be known.
            if system not in GRAMMARS:
                terminology.system(system, None)
            return Judged(message="terminology.other-system", params=params)
        if not terminology.is_code(coded, system):
            return Judged(message="terminology.not-in-system", params=params)
        return _shown(terminology, coded, system, given.text("displayLanguage"))

    return parameters(_answer(_all(codes_of(given), judge), voice))


def in_value_set(terminology: Terminology, given: Given, voice: Voice) -> bytes:
    """Return whether a code is in a value set; raises TerminologyRefusal."""
    url = needed(given, "url")
    terminology.value_set(url, given.text("valueSetVersion"))

    def judge(coded: Coded) -> Judged:
        system = coded.system
        if system is None:
            raise ParameterMissing(name="system")
        params = {"code": coded.code, "list": url.partition("|")[0]}
        if coded.version and system not in GRAMMARS:
            terminology.system(system, coded.version)
        if not terminology.is_member(url, coded):
            return Judged(message="terminology.not-in-value-set", params=params)
        if given.flags.get("abstract") is False and _groups(terminology, coded, system):
            return Judged(message="terminology.abstract", params=params)
        return _shown(terminology, coded, system, given.text("displayLanguage"))

    codes = codes_of(given, version="systemVersion")
    return parameters(_answer(_all(codes, judge), voice))


def _all(codes: tuple[Coded, ...], judge: Callable[[Coded], Judged]) -> Judged:
    """Return the first yes, else the first no; what cannot be told outweighs a no."""
    undecided: TerminologyRefusal | None = None
    no: Judged | None = None
    for coded in codes:
        try:
            judged = judge(coded)
        except TerminologyRefusal as refusal:
            undecided = undecided or refusal
            continue
        if judged.valid:
            return judged
        no = no or judged
    if undecided is not None:
        raise undecided
    if no is None:
        raise CodeUndecided(code="-", list="-")
    return no


def _groups(terminology: Terminology, coded: Coded, system: str) -> bool:
    known = terminology.codes().system(system)
    concept = None if known is None else known.find(coded.code)
    return concept is not None and is_abstract(concept)


def _shown(terminology: Terminology, coded: Coded, system: str, language: str | None) -> Judged:
    """Judge the display that was sent: any designation will do, whatever its language and case."""
    if system in GRAMMARS:
        return Judged(message=None, params={}, display=coded.code)
    known = terminology.codes().system(system)
    found = None if known is None else known.find(coded.code)
    code = coded.code if found is None else found.code
    display = terminology.display(system, code, language)
    sent = coded.display
    if sent is not None and display is not None:
        told = terminology.designations(system, code)
        own = terminology.written(system, code).get("display", "")
        if _plain(sent) not in {_plain(own), *(_plain(str(each["value"])) for each in told)}:
            params = {"sent": sent, "display": display, "code": code}
            return Judged(message="terminology.display-wrong", params=params, display=display)
    return Judged(message=None, params={}, display=display)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _answer(judged: Judged, voice: Voice) -> Iterator[Part]:
    yield part("result", "Boolean", judged.valid)
    if judged.message is not None:
        yield part("message", "String", voice.text(judged.message, **judged.params))
    if judged.display is not None:
        yield part("display", "String", judged.display)
