"""Whether the display of a code is one that its code system gives it; asks no server.

Source: http://hl7.org/fhir/R4/datatypes.html#Coding (display: "a representation of the meaning of
the code in the system, following the rules of the system").
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.validation.codes import Codes
from reference_server.fhir.validation.extra import Extra

_SHOWN: Final = 200


def wrong_display(value: Mapping[str, Any], codes: Codes, language: str) -> Iterator[Extra]:
    """Yield a display that is none of the code's; one in a language not at hand is left alone."""
    system, code, display = value.get("system"), value.get("code"), value.get("display")
    if not (isinstance(system, str) and isinstance(code, str) and isinstance(display, str)):
        return
    known = codes.system(system)
    concept = None if known is None else known.find(code)
    if concept is None or known is None:
        return
    of_system = str(known.resource.get("language") or "en").partition("-")[0]
    if language and language.partition("-")[0] != of_system:
        return
    allowed = [str(each) for each in concept.displays if each]
    if allowed and _plain(display) not in {_plain(each) for each in allowed}:
        told = {"value": display[:_SHOWN], "expected": " / ".join(allowed)[:_SHOWN]}
        yield Extra(rule="display", code="invalid", below=".display", params=told)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
