"""`$subsumes`: whether one code of a hierarchy contains another."""

from collections.abc import Mapping
from typing import Final

from reference_server.kernel.errors import ParameterInvalid, ParameterMissing
from reference_server.services.terminology.catalogue.terminology import GRAMMARS, Terminology
from reference_server.services.terminology.fhir.arguments import CODE, CODING, STRING, URI
from reference_server.services.terminology.fhir.parameters import parameters, part
from reference_server.services.terminology.model import Coded, Given

KNOWN: Final[Mapping[str, str]] = {
    "codeA": CODE,
    "codeB": CODE,
    "system": URI,
    "version": STRING,
    "codingA": CODING,
    "codingB": CODING,
}


def subsumes(terminology: Terminology, given: Given) -> bytes:
    """Return how A stands to B; raises TerminologyRefusal where either is not known."""
    one, other = _side(given, "A"), _side(given, "B")
    if one.system != other.system:
        raise ParameterInvalid(name="codingB")
    if one.system is None:
        raise ParameterMissing(name="system")
    return parameters((part("outcome", "Code", _outcome(terminology, one, other, one.system)),))


def _side(given: Given, side: str) -> Coded:
    coding, code = given.codings.get(f"coding{side}"), given.text(f"code{side}")
    if coding is not None:
        if code is not None:
            raise ParameterInvalid(name=f"coding{side}")
        return coding[0]
    if code is None:
        raise ParameterMissing(name=f"code{side}")
    return Coded(code=code, system=given.text("system"), version=given.text("version"))


def _outcome(terminology: Terminology, one: Coded, other: Coded, system: str) -> str:
    a, b = (terminology.concept(each, system).code for each in (one, other))
    if a == b:
        return "equivalent"
    if system in GRAMMARS:
        return "not-subsumed"
    known = terminology.system(system)
    if known.is_below(b, a):
        return "subsumes"
    return "subsumed-by" if known.is_below(a, b) else "not-subsumed"
