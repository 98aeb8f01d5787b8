"""Facts about what somebody declares of themselves: one recorded answer; knows no question."""

from collections.abc import Iterator
from typing import Final

from test_suites.core.finding import Observation
from test_suites.core.message import JsonValue
from test_suites.core.transcript import Exhibit, ExhibitKind
from test_suites.core.view import View, in_exhibit
from test_suites.match.jsontext import read_json

YES: Final = "yes"
SHORT_OF_IT: Final = frozenset({"partly", "no"})
UNKNOWN: Final = "unknown"
NOT_APPLICABLE: Final = "not-applicable"


def declared(view: View) -> Iterator[Observation]:
    """The answer to the question is yes; what is only partly done is not done.

    "I do not know" leaves the fact unobserved. "Not applicable" takes it away from those whom
    it does not concern, where it comes with one of the reasons that the question allows.
    """
    answers = view.exhibits(ExhibitKind.ANSWER)
    if not answers:
        yield view.unobserved("no-answer")
    for exhibit in answers:
        yield _judged(view, exhibit)


def _judged(view: View, exhibit: Exhibit) -> Observation:
    place, given = in_exhibit(exhibit), _content(exhibit)
    told = given.get("answer") if given.get("question") == view.text("question") else None
    answer = told if isinstance(told, str) else ""
    if answer == YES:
        return view.held(place, expected=YES, actual=YES)
    if answer in SHORT_OF_IT:
        return view.broken(place, expected=YES, actual=answer)
    if answer == UNKNOWN:
        return view.unobserved("declared-unknown", place)
    if answer == NOT_APPLICABLE and given.get("reason") in _reasons(view):
        return view.not_concerned("declared-not-applicable", place)
    return view.unobserved("answer-unusable", place)


def _reasons(view: View) -> tuple[str, ...]:
    return view.words("reasons") if "reasons" in view.params else ()


def _content(exhibit: Exhibit) -> dict[str, JsonValue]:
    value = read_json(exhibit.content)
    return value if isinstance(value, dict) else {}
