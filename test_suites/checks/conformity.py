"""Facts about resources beside the national FHIR profiles, as our own validator sees them."""

import re
from collections.abc import Iterator, Mapping

from reference_server.fhir.validation.issues import Issue, Severity
from reference_server.specification import NationalJudge, national_judge
from test_suites.core.finding import Observation
from test_suites.core.message import JsonValue
from test_suites.core.view import Place, View, in_request, in_response
from test_suites.match.fhir import answered, sent
from test_suites.match.path import select

_WRONG = frozenset({Severity.ERROR, Severity.FATAL})
_MOST_SHOWN = 5
_STEP = re.compile(r"\.([A-Za-z]+)|\[(\d+)\]|\.ofType\((\w+)\)")


def submission_conforms(view: View) -> Iterator[Observation]:
    """The submission meets the profile; rules with a requirement of their own are judged there."""
    exchange = next(iter(view.exchanges()), None)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    bundle = sent(exchange)
    found = _looked_at(bundle, view.text("profile"))
    at = found[0] if found else None
    yield _decided(view, found, in_request(exchange, _pointer(at)))


def answer_conforms(view: View) -> Iterator[Observation]:
    """Every resource that the operation's answers hold at a path meets the profile."""
    answers = [e for e in view.exchanges() if e.response is not None and e.response.status < 300]  # noqa: PLR2004  2xx
    held = [(e, each) for e in answers for each in select(answered(e), view.text("path"))]
    if not held:
        yield view.unobserved("no-ok-answer")
    for exchange, resource in held:
        yield _decided(view, _looked_at(resource, view.text("profile")), in_response(exchange))


def _looked_at(resource: JsonValue, profile: str) -> tuple[Issue, ...]:
    """Return what is wrong first; what could not be checked where nothing is."""
    judge = national_judge()
    tree: Mapping[str, JsonValue] = resource if isinstance(resource, dict) else {}
    issues = judge.issues(tree, profile)
    wrong = tuple(i for i in issues if i.severity in _WRONG and not _elsewhere(i, judge))
    return wrong or tuple(issue for issue in issues if issue.not_checked)


def _elsewhere(issue: Issue, judge: NationalJudge) -> bool:
    return str(issue.params.get("key")) in judge.requirements


def _decided(view: View, found: tuple[Issue, ...], place: Place) -> Observation:
    if found and found[0].severity not in _WRONG:
        return view.unobserved("not-checked", place, what=_listed(found))
    return view.decide(
        place, holds=not found, expected=view.text("profile"), actual=_listed(found) or "-"
    )


def _listed(found: tuple[Issue, ...]) -> str:
    """Return rule and place of the first issues; no value, which may be a person's."""
    shown = [f"{i.params.get('key') or i.rule} @ {i.expression}" for i in found[:_MOST_SHOWN]]
    more = [f"+ {len(found) - _MOST_SHOWN}"] if len(found) > _MOST_SHOWN else []
    return ", ".join([*shown, *more])


def _pointer(issue: Issue | None) -> str:
    """Return the JSON pointer of the element that an issue is about."""
    path = ""
    for name, index, kind in _STEP.findall("" if issue is None else issue.expression):
        path += f"{kind[:1].upper()}{kind[1:]}" if kind else f"/{name or index}"
    return path
