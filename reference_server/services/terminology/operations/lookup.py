"""`$lookup`: all that is known of one code; judges nothing."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.kernel.errors import ParameterMissing
from reference_server.services.terminology.catalogue.terminology import (
    GRAMMARS,
    Terminology,
    is_inactive,
)
from reference_server.services.terminology.fhir.arguments import (
    CODE,
    CODING,
    STRING,
    URI,
    codes_of,
)
from reference_server.services.terminology.fhir.parameters import Part, group, parameters, part
from reference_server.services.terminology.model import Coded, Given

KNOWN: Final[Mapping[str, str]] = {
    "code": CODE,
    "system": URI,
    "version": STRING,
    "coding": CODING,
    "displayLanguage": CODE,
    "property": CODE,
}
_GENERAL: Final = frozenset({"system", "name", "version", "display"})


def lookup(terminology: Terminology, given: Given) -> bytes:
    """Return the Parameters of one code; raises TerminologyRefusal, ParameterMissing."""
    (coded,) = codes_of(given)
    if coded.system is None:
        raise ParameterMissing(name="system")
    return parameters(_told(terminology, given, coded, coded.system))


def _told(terminology: Terminology, given: Given, coded: Coded, system: str) -> Iterator[Part]:
    concept = terminology.concept(coded, system)
    wanted = frozenset(given.texts.get("property", ())) - _GENERAL
    language = given.text("displayLanguage")
    if system in GRAMMARS:
        yield part("name", "String", GRAMMARS[system])
        yield part("display", "String", concept.display)
        return
    resource = terminology.system(system).resource
    yield part("name", "String", resource.get("title") or resource.get("name", system))
    if "version" in resource:
        yield part("version", "String", resource["version"])
    display = terminology.display(system, concept.code, language)
    yield part("display", "String", display or concept.code)
    if not wanted or "designation" in wanted:
        for each in terminology.designations(system, concept.code):
            yield group("designation", _designation(each))
    written = terminology.written(system, concept.code)
    for code, kind, value in _properties(written, concept.parents):
        if not wanted or code in wanted:
            yield group("property", (part("code", "Code", code), part("value", kind, value)))
    told = {each["code"] for each in written.get("property", ())}
    if "inactive" not in told and (not wanted or "inactive" in wanted) and is_inactive(concept):
        yield group(
            "property", (part("code", "Code", "inactive"), part("value", "Boolean", value=True))
        )


def _designation(told: Mapping[str, Any]) -> Iterator[Part]:
    if "language" in told:
        yield part("language", "Code", told["language"])
    if "use" in told:
        yield part("use", "Coding", told["use"])
    yield part("value", "String", told["value"])


def _properties(
    written: Mapping[str, Any], parents: tuple[str, ...]
) -> Iterator[tuple[str, str, object]]:
    """Yield code, type and value of each property; the hierarchy is told as properties, too."""
    if "definition" in written:
        yield "definition", "String", written["definition"]
    seen = set()
    for each in written.get("property", ()):
        key = next((key for key in each if key.startswith("value")), None)
        if key is None:
            continue
        seen.add((each["code"], str(each[key])))
        yield each["code"], key.removeprefix("value"), each[key]
    for parent in dict.fromkeys(parents):
        if ("parent", parent) not in seen:
            yield "parent", "Code", parent
    for child in written.get("concept", ()):
        if ("child", child["code"]) not in seen:
            yield "child", "Code", child["code"]
