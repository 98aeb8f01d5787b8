"""What the national profiles call wrong in a submission, beside the service's own rules; pure.

A fault that a rule of the service tells already is not told a second time: its sentence says
better what to do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reference_server.fhir.json_reader import JsonObject
from reference_server.fhir.validation.issues import Issue
from reference_server.kernel.errors import Refusal
from reference_server.services.prescriptions.errors.elements import ProfileNotMet
from reference_server.specification import NationalJudge

_PROFILE: Final = "erx-submission"
_SECTIONS: Final = "Bundle.entry[0].resource.section"
_SLICE: Final = re.compile(r":[A-Za-z0-9]+$")
_TYPE: Final = re.compile(r"\.ofType\(([A-Za-z0-9]+)\)")
_RESOURCE: Final = re.compile(r"Bundle\.entry\[\d+\](\.resource)?|Bundle")


def profile_issues(bundle: JsonObject, judge: NationalJudge) -> tuple[Issue, ...]:
    """ERX-PRE-028: return what the profiles in force say against a submission."""
    return judge.errors(bundle, _PROFILE)


def profile_faults(
    issues: Iterable[Issue], told: Iterable[Refusal], requirements: Mapping[str, str]
) -> tuple[Refusal, ...]:
    """ERX-PRE-028: return as faults what the profiles say and `told` does not.

    `requirements` are those that the profiles' invariants put into words, by key.
    """
    already = tuple(told)
    places = {place for fault in already for place in _around(fault.expression or "")}
    exact = {(fault.requirement, fault.expression or "") for fault in already}
    return tuple(
        ProfileNotMet.of(issue, requirement=requirement)
        for issue, requirement in _with_requirement(issues, requirements)
        if _place(issue) not in places and not _is_below(issue, requirement, exact)
        and not _is_above(issue, requirement, exact) and not _follows(issue, places)
    )  # fmt: skip


def _with_requirement(
    issues: Iterable[Issue], requirements: Mapping[str, str]
) -> Iterator[tuple[Issue, str | None]]:
    for issue in issues:
        yield issue, requirements.get(str(issue.params.get("key")))


def _place(issue: Issue) -> str:
    """Return the element that an issue is about, in the words of JSON: `occurrenceTiming`."""
    counted = issue.rule in {"too-few", "too-many"}
    path = str(issue.params["name"]) if counted else issue.expression
    if issue.rule == "element-unknown":
        path = f"{path}.{issue.params['name']}"
    path = _SLICE.sub("", path)
    return _TYPE.sub(lambda kind: kind[1][:1].upper() + kind[1][1:], path)


def _around(expression: str) -> Iterator[str]:
    """Yield a place and those around it that are within the same resource; lists by themselves."""
    place = expression
    yield place.removesuffix(".resource")
    while place and _RESOURCE.fullmatch(place) is None:
        yield place
        yield place.rpartition("[")[0] if place.endswith("]") else place
        place = place.rpartition(".")[0]


def _is_below(issue: Issue, requirement: str | None, told: set[tuple[str | None, str]]) -> bool:
    """Tell whether what is around the place was told: a count by any rule, else by the same."""
    counted = issue.rule in {"too-few", "too-many"}
    around = set(_around(_place(issue)))
    return any(place in around and (counted or own == requirement) for own, place in told if place)


def _follows(issue: Issue, places: set[str]) -> bool:
    """Tell whether it is a consequence: what no section lists is linked with nothing."""
    return issue.rule == "bundle-unlinked" and _SECTIONS in places


def _is_above(issue: Issue, requirement: str | None, told: set[tuple[str | None, str]]) -> bool:
    """Tell whether a rule of the same requirement told it, at a place within this one."""
    return requirement is not None and any(
        own == requirement and place.startswith(issue.expression) for own, place in told
    )
