"""Facts about what a supplier of identities answered by FHIR (IHE PDQm 3.2.0, PIXm 3.1.0)."""

from collections import Counter
from collections.abc import Iterator
from functools import wraps

from test_suites.checks.index_requests import asked_of, number_of
from test_suites.core.check import Look
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange, JsonValue
from test_suites.core.view import View, in_response
from test_suites.match.fhir import answered
from test_suites.match.path import first, first_text, select

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
GRADES = frozenset({"certain", "probable", "possible", "certainly-not"})
FHIR_JSON = "application/fhir+json"
_OK = 200
_TARGETS = "parameter[name=targetIdentifier].valueIdentifier"


def _where_answered(look: Look) -> Look:
    """Return a check that says so where nothing was answered."""

    @wraps(look)
    def looked(view: View) -> Iterator[Observation]:
        if any(True for _ in _answers(view)):
            yield from look(view)
        else:
            yield view.unobserved("no-answer")

    return looked


@_where_answered
def succeeded(view: View) -> Iterator[Observation]:
    """Each request was answered with a status of success."""
    for exchange in _answers(view):
        status = _status(exchange)
        yield view.decide(
            in_response(exchange),
            holds=status // 100 == 2,  # noqa: PLR2004 - 2xx
            expected="2xx",
            actual=status,
        )


@_where_answered
def speaks_fhir(view: View) -> Iterator[Observation]:
    """Each answer with a body says that it is FHIR in JSON."""
    for exchange in _answers(view):
        told = "" if exchange.response is None else exchange.response.header("content-type") or ""
        yield view.decide(
            in_response(exchange),
            holds=told.partition(";")[0].strip().lower() == FHIR_JSON,
            expected=FHIR_JSON,
            actual=told or "-",
        )


@_where_answered
def searchset_answered(view: View) -> Iterator[Observation]:
    """Each answer is a searchset of Patients, also an empty one."""
    for exchange in _answers(view):
        bundle = answered(exchange)
        kinds = {str(each) for each in select(bundle, "entry[*].resource.resourceType")}
        told = (str(first(bundle, "resourceType")), str(first(bundle, "type")))
        good = _status(exchange) == _OK and told == ("Bundle", "searchset")
        yield view.decide(
            in_response(exchange),
            holds=good and kinds <= {"Patient", "OperationOutcome"},
            expected="200 Bundle searchset",
            actual=" ".join((str(_status(exchange)), *told, *sorted(kinds))),
        )


@_where_answered
def persons_found(view: View) -> Iterator[Observation]:
    """All pages of the answer together give exactly these given names, each once."""
    answers, wanted = tuple(_answers(view)), Counter(view.words("given"))
    found = Counter(
        first_text(patient, "name[0].given[0]") or "-"
        for exchange in answers
        for patient in _patients(exchange)
    )
    right = all(_status(exchange) == _OK for exchange in answers)
    yield view.decide(
        in_response(answers[-1]),
        holds=right and found == wanted,
        expected=_counted(wanted),
        actual=_counted(found) if right else _status(answers[-1]),
    )


@_where_answered
def entries_at_most(view: View) -> Iterator[Observation]:
    """No answer gives more persons than were asked for."""
    most = view.number("most")
    for exchange in _answers(view):
        found = len(_patients(exchange))
        yield view.decide(
            in_response(exchange), holds=found <= most, expected=f"≤ {most}", actual=found
        )


@_where_answered
def total_told(view: View) -> Iterator[Observation]:
    """The total, where one is told, is the number of everybody who fits, on every page."""
    total = view.number("total")
    for exchange in _answers(view):
        told = first(answered(exchange), "total")
        yield view.decide(
            in_response(exchange), holds=told in {None, total}, expected=total, actual=told
        )


@_where_answered
def matches_graded(view: View) -> Iterator[Observation]:
    """Somebody is found, each with a score of 0 to 1 and a grade of FHIR's, the likeliest first."""
    for exchange in _answers(view):
        scores = [first(entry, "search.score") for entry in _entries(exchange)]
        numbers = [each for each in scores if isinstance(each, int | float)]
        grades = [_grade(entry) for entry in _entries(exchange)]
        yield view.decide(
            in_response(exchange),
            holds=bool(scores)
            and len(numbers) == len(scores)
            and all(0 <= each <= 1 for each in numbers)
            and set(grades) <= GRADES
            and numbers == sorted(numbers, reverse=True),
            expected="0..1, match-grade",
            actual=", ".join(f"{one} {of}" for one, of in zip(scores, grades, strict=True)) or "-",
        )


@_where_answered
def best_match(view: View) -> Iterator[Observation]:
    """The likeliest has these names and, where one is asked for, this grade."""
    wanted = [str(view.params[key]) for key in ("family", "given", "grade") if key in view.params]
    for exchange in _answers(view):
        entry = next(iter(_entries(exchange)), None)
        name = first(entry, "resource.name[0]")
        found = [first_text(name, "family") or "-", first_text(name, "given[0]") or "-"]
        found += [_grade(entry)] if "grade" in view.params else []
        yield view.decide(
            in_response(exchange),
            holds=found == wanted,
            expected=" ".join(wanted),
            actual=" ".join(found),
        )


@_where_answered
def grades_only(view: View) -> Iterator[Observation]:
    """Whoever is found has one of these grades; nobody at all is as good."""
    wanted = view.words("grades")
    for exchange in _answers(view):
        found = [_grade(entry) for entry in _entries(exchange)]
        yield view.decide(
            in_response(exchange),
            holds=_status(exchange) == _OK and set(found) <= set(wanted),
            expected=", ".join(wanted),
            actual=", ".join(found) or _status(exchange),
        )


@_where_answered
def numbers_told(view: View) -> Iterator[Observation]:
    """A number, as `system|value`, is among those answered."""
    wanted = view.text("number")
    for exchange in _answers(view):
        found = _numbers(exchange)
        yield view.decide(
            in_response(exchange),
            holds=wanted in found,
            expected=wanted,
            actual=", ".join(sorted(found)) or _status(exchange),
        )


@_where_answered
def numbers_of_domain(view: View) -> Iterator[Observation]:
    """Every number answered is of this domain, and there is one."""
    domain = view.text("domain")
    for exchange in _answers(view):
        found = _numbers(exchange)
        yield view.decide(
            in_response(exchange),
            holds={each.partition("|")[0] for each in found} == {domain},
            expected=f"{domain}|…",
            actual=", ".join(sorted(found)) or _status(exchange),
        )


@_where_answered
def numbers_gone(view: View) -> Iterator[Observation]:
    """A number that was merged away leads to no other: 404, or an answer without any."""
    for exchange in _answers(view):
        found = _numbers(exchange)
        yield view.decide(
            in_response(exchange),
            holds=_status(exchange) in {_OK, 404} and not found,
            expected="404 / 200, -",
            actual=" ".join((str(_status(exchange)), *sorted(found))),
        )


@_where_answered
def not_standing(view: View) -> Iterator[Observation]:
    """Nobody who carries the number asked for stands; given as inactive and replaced is right."""
    for exchange in _answers(view):
        asked = set(asked_of(exchange).get("identifier", ()))
        standing = [
            first_text(each, "id") or "-"
            for each in _patients(exchange)
            if asked & {"|".join(number_of(one)) for one in select(each, "identifier[*]")}
            and not (first(each, "active") is False and select(each, "link[type=replaced-by]"))
        ]
        yield view.decide(
            in_response(exchange),
            holds=_status(exchange) == _OK and not standing,
            expected="active: false, replaced-by / -",
            actual=", ".join(standing) or _status(exchange),
        )


@_where_answered
def refused_as(view: View) -> Iterator[Observation]:
    """Each answer refuses with one of these statuses and, where named, with this code of FHIR's."""
    statuses, code = view.words("statuses"), view.params.get("code")
    for exchange in _answers(view):
        outcome = answered(exchange)
        codes = [str(each) for each in select(outcome, "issue[*].code")]
        kind = str(first(outcome, "resourceType"))
        told = kind == "OperationOutcome" and bool(codes) and code in {None, *codes}
        yield view.decide(
            in_response(exchange),
            holds=str(_status(exchange)) in statuses and told,
            expected=" ".join(("/".join(statuses), "OperationOutcome", str(code or ""))).strip(),
            actual=" ".join((str(_status(exchange)), kind, *codes)),
        )


def _answers(view: View) -> Iterator[Exchange]:
    """Give the exchanges that were answered, but for those about tokens."""
    for exchange in view.exchanges():
        if exchange.response is not None and exchange.response.status != 401:  # noqa: PLR2004 - 401 Unauthorized
            yield exchange


def _status(exchange: Exchange) -> int:
    return 0 if exchange.response is None else exchange.response.status


def _entries(exchange: Exchange) -> tuple[JsonValue, ...]:
    """Return the entries of a Bundle that are Patients."""
    return select(answered(exchange), "entry[resource.resourceType=Patient]")


def _patients(exchange: Exchange) -> tuple[JsonValue, ...]:
    return select(answered(exchange), "entry[resource.resourceType=Patient].resource")


def _grade(entry: JsonValue) -> str:
    return first_text(entry, f"search.extension[url={GRADE}].valueCode") or "-"


def _numbers(exchange: Exchange) -> set[str]:
    """Return the identifiers that `$ihe-pix` answered, as `system|value`."""
    return {"|".join(number_of(each)) for each in select(answered(exchange), _TARGETS)}


def _counted(names: Counter[str]) -> str:
    return ", ".join(sorted(names.elements())) or "-"
