"""Which profile of R4 an observation must fit by its LOINC code.

Source: http://hl7.org/fhir/R4/observation-vitalsigns.html: an observation of one of these must
conform, whether it claims it or not.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.r4.model import BASE
from reference_server.fhir.validation.codes import codings_of

_PROFILES: Final[Mapping[str, str]] = {
    "85353-1": "vitalspanel",
    "9279-1": "resprate",
    "8867-4": "heartrate",
    "2708-6": "oxygensat",
    "59408-5": "oxygensat",
    "8310-5": "bodytemp",
    "8302-2": "bodyheight",
    "9843-4": "headcircum",
    "29463-7": "bodyweight",
    "39156-5": "bmi",
    "85354-9": "bp",
}

# "If a more specific code or another code system is recorded or required, implementers must
# support both": the same observations told by SNOMED CT alone lack the code that R4 asks for.
_IN_OTHER_WORDS: Final[Mapping[str, str]] = {
    "86290005": "resprate",
    "364075005": "heartrate",
    "431314004": "oxygensat",
    "386725007": "bodytemp",
    "276885007": "bodytemp",
    "50373000": "bodyheight",
    "363812007": "headcircum",
    "27113001": "bodyweight",
    "60621009": "bmi",
    "75367002": "bp",
}


def demanded(value: Mapping[str, Any]) -> Iterator[str]:
    """Yield the profiles that an observation must fit."""
    if value.get("resourceType") != "Observation":
        return
    for system, code in codings_of(value.get("code")):
        if system == "http://loinc.org" and code in _PROFILES:
            yield BASE + _PROFILES[code]
        elif system == "http://snomed.info/sct" and code in _IN_OTHER_WORDS:
            yield BASE + _IN_OTHER_WORDS[code]
