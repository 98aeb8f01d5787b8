"""A MeasureReport beside its Measure: groups and populations by their codes, and the score.

Source: http://hl7.org/fhir/R4/measurereport.html, http://hl7.org/fhir/R4/measure.html.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.validation.codes import codings_of
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.library import Library

_SCORED: Final = frozenset({"proportion", "ratio", "continuous-variable"})
Part = Mapping[str, Any]
Code = tuple[str | None, str]


def look(report: dict[str, Any], library: Library) -> Iterator[Extra]:
    """Yield where a report does not fit its measure; that it could not be looked at."""
    canonical = report.get("measure")
    if not isinstance(canonical, str):
        return
    measure = library.find("Measure", canonical)
    if measure is None:
        yield Extra(rule="measure-unknown", code="not-found", severity=Severity.WARNING,
                    not_checked=True, params={"name": canonical[:300]})  # fmt: skip
        return
    defined, given = _parts(measure, "group"), _parts(report, "group")
    yield from _coded(given, defined, ".group", named=len(defined) > 1)
    scoring = {code for _, code in codings_of(measure.get("scoring"))}
    for at, group in enumerate(given):
        beside = _same(group, defined) if len(defined) > 1 else next(iter(defined), None)
        below = f".group[{at}]"
        yield from _score(report, group, scoring, below)
        if beside is not None:
            yield from _coded(
                _parts(group, "population"), _parts(beside, "population"),
                f"{below}.population", named=True,
            )  # fmt: skip


def _parts(holder: Part, name: str) -> list[Part]:
    held = holder.get(name)
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def _codes(part: Part) -> set[Code]:
    return set(codings_of(part.get("code")))


def _same(part: Part, defined: list[Part]) -> Part | None:
    return next((each for each in defined if _codes(each) & _codes(part)), None)


def _coded(given: list[Part], defined: list[Part], below: str, *, named: bool) -> Iterator[Extra]:
    """Tell parts that the measure does not define, and those that are there twice."""
    seen: list[int] = []
    for at, part in enumerate(given):
        codes = _codes(part)
        if not codes or not named:
            if named and any(_codes(each) for each in defined):
                yield Extra(rule="measure-part-code", below=f"{below}[{at}]")
            continue
        found = _same(part, defined)
        told = {"name": ", ".join(sorted(code for _, code in codes))[:200]}
        if found is None:
            yield Extra(rule="measure-part-unknown", below=f"{below}[{at}].code", params=told)
        elif id(found) in seen:
            yield Extra(rule="measure-part-twice", below=f"{below}[{at}]", params=told)
        else:
            seen.append(id(found))


def _score(report: Part, group: Part, scoring: set[str], below: str) -> Iterator[Extra]:
    """Tell a score where the measure is only counted, and none where the report is done."""
    scored = "measureScore" in group or "_measureScore" in group
    if scored and (scoring == {"cohort"} or report.get("type") == "data-collection"):
        yield Extra(rule="measure-score-none", below=f"{below}.measureScore",
                    params={"name": ", ".join(sorted(scoring))[:64]})  # fmt: skip
    elif (
        not scored
        and scoring & _SCORED
        and report.get("status") == "complete"
        and str(report.get("type")) in {"summary", "individual", "subject-list"}
    ):
        yield Extra(rule="measure-score-missing", code="required", below=below,
                    params={"name": ", ".join(sorted(scoring))[:64]})  # fmt: skip
