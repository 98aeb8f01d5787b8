"""The codes of the agency's list of analyses, put into the terminology sources that name them.

The list is a national fact (`reference_server.national.bio_presc_codes`); the sources tell only
what the code systems and value sets made of it are called.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from reference_server.national.bio_presc_codes import BioPrescCode, CodedChoice, synthetic_list
from reference_server.national.identifiers import BIO_PRESC_CODES, CANONICAL
from reference_server.specification.model import Settings

_PROPERTIES: Final = (("specimen", "string"), ("condition", "Coding"), ("target-site", "Coding"))


def filled(draft: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Return a source with the codes of the list, where it is about them."""
    fill = _FILLS.get((draft["resourceType"], draft["id"]))
    return {**draft, **fill(settings)} if fill is not None else dict(draft)


def _analyses(settings: Settings) -> dict[str, Any]:
    return {
        "property": [{"code": code, "type": kind} for code, kind in _PROPERTIES],
        "concept": [_analysis(each, settings) for each in synthetic_list().codes],
    }


def _analysis(entry: BioPrescCode, settings: Settings) -> dict[str, Any]:
    told = (("condition", entry.conditions), ("target-site", entry.target_sites))
    choices = [
        {"code": name, "valueCoding": _coding(choice, settings)}
        for name, found in told
        for choice in found
    ]
    specimen = {"code": "specimen", "valueString": entry.specimen}
    return {"code": entry.code, "display": entry.name, "property": [specimen, *choices]}


def _coding(choice: CodedChoice, settings: Settings) -> dict[str, str]:
    system = _at(choice.code_system, settings)
    return {"system": system, "code": choice.code, "display": choice.name}


def _at(url: str, settings: Settings) -> str:
    return url.replace(CANONICAL, settings.root, 1)


def _conditions(_settings: Settings) -> dict[str, Any]:
    return _choices(choice for each in synthetic_list().codes for choice in each.conditions)


def _target_sites(_settings: Settings) -> dict[str, Any]:
    return _choices(choice for each in synthetic_list().codes for choice in each.target_sites)


def _choices(choices: Iterable[CodedChoice]) -> dict[str, Any]:
    names = {choice.code: choice.name for choice in choices}
    return {"concept": [{"code": code, "display": names[code]} for code in sorted(names)]}


def _motivated(settings: Settings) -> dict[str, Any]:
    codes = [{"code": each.code} for each in synthetic_list().codes if each.needs_motivation]
    return {"compose": {"include": [{"system": _at(BIO_PRESC_CODES, settings), "concept": codes}]}}


_FILLS: Final[Mapping[tuple[str, str], Callable[[Settings], dict[str, Any]]]] = {
    ("CodeSystem", "BioPrescCodes"): _analyses,
    ("CodeSystem", "BioPrescConditions"): _conditions,
    ("CodeSystem", "BioPrescTargetSites"): _target_sites,
    ("ValueSet", "BioPrescMotivatedCodes"): _motivated,
}
