"""Entity tags: the same question about the same lists has the same tag; keeps no answer.

Source: RFC 9110 §8.8.3 (a weak tag: what is told is the same, be the time of an expansion another),
§13.1.2 (If-None-Match); http://hl7.org/fhir/R4/http.html#cread.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from reference_server.fhir.compose import write_json
from reference_server.fhir.r4.model import facts
from reference_server.fhir.r4.store import Resource

ANY: Final = "*"
_LENGTH: Final = 32
_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


def state_of(revision: str, over: Iterable[Resource]) -> str:
    """Return what tells one state of all lists from another: R4's, the national ones, one's own."""
    digest = hashlib.sha256(repr((revision, sorted(facts().index.source.items()))).encode())
    for resource in over:
        digest.update(write_json(resource))
    return digest.hexdigest()


def tag_of(state: str, question: object) -> str:
    """Return the weak tag of the answer to a question in a state of the lists."""
    told = hashlib.sha256(f"{state} {question!r}".encode("utf-8", "surrogatepass")).hexdigest()
    return f'W/"{told[:_LENGTH]}"'


def holds(told: str, tag: str) -> bool:
    """Tell whether the value of If-None-Match names a tag, weakly compared."""
    return tag.removeprefix("W/") in _TAG.findall(told)
