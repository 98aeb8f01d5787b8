"""How a supplier of identities by FHIR may be wrong: what it makes of requests and of answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urlencode

from test_suites.deviations.answer import Answer
from test_suites.proof.suppliers.between import Asked, Fault

GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"
MATCH, CROSS, SEARCH = "/Patient/$match", "/Patient/$ihe-pix", ("/Patient", "/Patient/_search")
_HTML: Final = (b"content-type", b"text/html; charset=utf-8")
_JSON: Final = (b"content-type", b"application/fhir+json; charset=utf-8")
_REFUSED: Final = 400
_NOT_FOUND, _FORBIDDEN, _OK = 404, 403, 200
_OURS: Final = "urn:oid:1.3.182"
Pairs: TypeAlias = list[tuple[str, str]]
Loose: TypeAlias = Any
"""A JSON value: it is spoilt, not understood."""


def _search(change: Callable[[Pairs], Pairs]) -> Fault:
    """Change what a search asks, in its address or in its form."""

    def asked(request: Asked) -> Asked:
        if request.method not in {"GET", "POST"} or not request.path.endswith(SEARCH):
            return request
        query = urlencode(change(parse_qsl(request.query)))
        if request.method == "GET":
            return replace(request, query=query)
        body = urlencode(change(parse_qsl(request.body.decode())))
        return replace(request, query=query, body=body.encode())

    return Fault(asked=asked)


def _cross(change: Callable[[Pairs], Pairs]) -> Fault:
    def asked(request: Asked) -> Asked:
        if not request.path.endswith(CROSS):
            return request
        return replace(request, query=urlencode(change(parse_qsl(request.query))))

    return Fault(asked=asked)


def _without(name: str) -> Callable[[Pairs], Pairs]:
    return lambda pairs: [pair for pair in pairs if pair[0] != name]


def _question_without(name: str) -> Fault:
    def asked(request: Asked) -> Asked:
        if not request.path.endswith(MATCH):
            return request
        question = json.loads(request.body)
        told = question.get("parameter", [])
        question["parameter"] = [each for each in told if each["name"] != name]
        return replace(request, body=json.dumps(question).encode())

    return Fault(asked=asked)


def _answers(ends: str | tuple[str, ...], change: Callable[[Loose], None]) -> Fault:
    """Change the JSON of a good answer in place."""

    def told(request: Asked, answer: Answer) -> Answer:
        if answer.status != _OK or request.method == "PUT" or not request.path.endswith(ends):
            return answer
        value = json.loads(answer.body)
        change(value)
        return _with(answer, _OK, value)

    return Fault(told=told)


def _with(answer: Answer, status: int, value: Loose) -> Answer:
    body = json.dumps(value).encode()
    return Answer(status=status, headers=answer.with_header(*_JSON), body=body)


def _forgets_next_page(bundle: Loose) -> None:
    bundle["link"] = [each for each in bundle["link"] if each["relation"] != "next"]


def _counts_the_page(bundle: Loose) -> None:
    bundle["total"] = len(bundle.get("entry", ()))


def _certain(bundle: Loose) -> None:
    for entry in bundle.get("entry", ()):
        for extension in entry["search"]["extension"]:
            if extension["url"] == GRADE:
                extension["valueCode"] = "certain"


def _without_score(bundle: Loose) -> None:
    for entry in bundle.get("entry", ()):
        del entry["search"]["score"]


def _value_alone(pairs: Pairs) -> Pairs:
    """Ask for a number whatever its domain."""
    return [(k, v.rpartition("|")[2] if k == "identifier" else v) for k, v in pairs]


def _family_alone(pairs: Pairs) -> Pairs:
    """Ask for the family name alone, where one is told."""
    named = any(key == "family" for key, _ in pairs)
    return [pair for pair in pairs if not named or pair[0] not in {"given", "birthdate"}]


def _any_domain(pairs: Pairs) -> Pairs:
    """Ask for numbers of every domain, where the one asked for is known."""
    return [pair for pair in pairs if not (pair[0] == "targetSystem" and _OURS in pair[1])]


def _nobody_is_an_error(request: Asked, answer: Answer) -> Answer:
    searched = request.method != "PUT" and request.path.endswith(SEARCH)
    if answer.status != _OK or not searched or json.loads(answer.body).get("entry"):
        return answer
    return _with(answer, _NOT_FOUND, _outcome("not-found"))


def _unknown_is_empty(request: Asked, answer: Answer) -> Answer:
    if answer.status != _NOT_FOUND or not request.path.endswith(CROSS):
        return answer
    return _with(answer, _OK, {"resourceType": "Parameters"})


def _one_status_for_all(request: Asked, answer: Answer) -> Answer:
    if answer.status != _FORBIDDEN or not request.path.endswith(CROSS):
        return answer
    return _with(answer, _NOT_FOUND, _outcome("not-found"))


def _refuses_by_a_page(_request: Asked, answer: Answer) -> Answer:
    if answer.status < _REFUSED:
        return answer
    return Answer(status=answer.status, headers=answer.with_header(*_HTML), body=b"<h1>Erreur</h1>")


def _outcome(code: str) -> Loose:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]}


@dataclass(slots=True)
class _Memory:
    """What was fed, by number: the first Patient of each, and by what number each was replaced."""

    first: dict[str, bytes]
    replaced: dict[str, str]
    retired: dict[str, Loose]

    def hear(self, request: Asked) -> str | None:
        """Take notice of a feed and return its number, None where nothing is fed."""
        if request.method != "PUT" or not request.path.endswith("/Patient"):
            return None
        number = dict(parse_qsl(request.query))["identifier"]
        patient = json.loads(request.body)
        for link in patient.get("link", ()):
            other = link["other"]["identifier"]
            self.replaced[number] = f"{other['system']}|{other['value']}"
            self.retired[number] = patient
        self.first.setdefault(number, request.body)
        return number


def _keeps_first_traits() -> Fault:
    """Take a revision and keep what was told first."""
    memory = _Memory({}, {}, {})

    def asked(request: Asked) -> Asked:
        number = memory.hear(request)
        if number is None or number in memory.replaced:
            return request
        return replace(request, body=memory.first[number])

    return Fault(asked=asked)


def _follows_merged() -> Fault:
    """Give the numbers of whoever stayed, where one is asked for that was merged away."""
    memory = _Memory({}, {}, {})

    def asked(request: Asked) -> Asked:
        memory.hear(request)
        if not request.path.endswith(CROSS):
            return request
        pairs = [
            (key, memory.replaced.get(value, value)) for key, value in parse_qsl(request.query)
        ]
        return replace(request, query=urlencode(pairs))

    return Fault(asked=asked)


def _shows_merged_away() -> Fault:
    """Give whoever was merged away as if nothing had happened."""
    memory = _Memory({}, {}, {})

    def asked(request: Asked) -> Asked:
        memory.hear(request)
        return request

    def told(request: Asked, answer: Answer) -> Answer:
        pairs = dict(parse_qsl(request.query) + parse_qsl(request.body.decode()))
        gone = memory.retired.get(pairs.get("identifier", ""))
        if gone is None or request.method == "PUT" or not request.path.endswith(SEARCH):
            return answer
        standing = {**gone, "id": "old", "active": True}
        del standing["link"]
        entry = [{"resource": standing, "search": {"mode": "match"}}]
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": entry}
        return _with(answer, _OK, bundle)

    return Fault(asked=asked, told=told)


FAULTS: Final[Mapping[str, Callable[[], Fault]]] = {
    "ignores-page-size": lambda: _search(_without("_count")),
    "forgets-next-page": lambda: _answers(SEARCH, _forgets_next_page),
    "counts-the-page": lambda: _answers(SEARCH, _counts_the_page),
    "ignores-domain-of-number": lambda: _search(_value_alone),
    "searches-by-family-alone": lambda: _search(_family_alone),
    "nobody-is-an-error": lambda: Fault(told=_nobody_is_an_error),
    "possible-as-certain": lambda: _answers(MATCH, _certain),
    "matches-without-score": lambda: _answers(MATCH, _without_score),
    "ignores-only-certain": lambda: _question_without("onlyCertainMatches"),
    "ignores-count-of-matches": lambda: _question_without("count"),
    "unknown-number-is-empty": lambda: Fault(told=_unknown_is_empty),
    "one-status-for-all": lambda: Fault(told=_one_status_for_all),
    "ignores-target-domain": lambda: _cross(_any_domain),
    "refuses-by-a-page": lambda: Fault(told=_refuses_by_a_page),
    "keeps-first-traits": _keeps_first_traits,
    "follows-merged-number": _follows_merged,
    "shows-merged-away": _shows_merged_away,
}
"""By the name of the defect; each server begins with one of its own."""
