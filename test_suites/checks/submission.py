"""Facts about the prescription that a prescriber's software submits."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from reference_server.national import identifiers
from reference_server.national.matricule import MatriculeMode, matricule_faults
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange, JsonValue
from test_suites.core.view import View, in_request
from test_suites.match.fhir import (
    identifier,
    lines,
    matricule_of,
    references,
    resources,
    sent,
    submitted_document,
)
from test_suites.match.pages import PagesUnreadable, is_blank_top_right, is_pdf, soundness_flaws
from test_suites.match.path import first, first_text, select

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_NO_DAY = date(1, 1, 1)


def request_of(view: View) -> Exchange | None:
    """Return the first request of the step's operation, None when it was never sent."""
    return next(iter(view.exchanges()), None)


def request_value(view: View) -> Iterator[Observation]:
    """The request has the expected value at a path."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    found, wanted = select(sent(exchange), view.text("path")), view.params["value"]
    yield view.decide(
        in_request(exchange),
        holds=wanted in found,
        expected=f"{view.text('path')} = {wanted}",
        actual=_listed(found),
    )


def request_has(view: View) -> Iterator[Observation]:
    """Every element at a path has each of the expected members."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    each, members = view.text("each"), view.words("has")
    elements = select(sent(exchange), each)
    missing = [
        f"{each}: {member}"
        for element in elements
        for member in members
        if first(element, member) in {None, ""}
    ]
    yield view.decide(
        in_request(exchange),
        holds=bool(elements) and not missing,
        expected=", ".join(members),
        actual=", ".join(missing) or f"{len(elements)} elements",
    )


def submission_holds_pdf(view: View) -> Iterator[Observation]:
    """The submission holds at least one line and a Binary that is a PDF."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    count = len(lines(sent(exchange)))
    pdf = is_pdf(submitted_document(exchange))
    actual = f"{count} ServiceRequest, {'PDF' if pdf else '-'}"
    yield view.decide(
        in_request(exchange),
        holds=pdf and count > 0,
        expected="ServiceRequest, PDF",
        actual=actual,
    )


def full_urls_unique(view: View) -> Iterator[Observation]:
    """Every entry has a fullUrl of its own."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    entries = select(sent(exchange), "entry[*]")
    urls = [first_text(entry, "fullUrl") for entry in entries]
    wrong = sorted({str(url) for url in urls if not url or urls.count(url) > 1})
    yield view.decide(
        in_request(exchange, "/entry"),
        holds=bool(entries) and not wrong,
        expected=f"{len(entries)} fullUrl",
        actual=", ".join(wrong) or f"{len(set(urls))} fullUrl",
    )


def references_resolve(view: View) -> Iterator[Observation]:
    """Every reference of the document leads to an entry of the same Bundle."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    bundle = sent(exchange)
    known = {str(url) for url in select(bundle, "entry[*].fullUrl")}
    lost = sorted({r for r in references(bundle) if r not in known and not r.startswith("#")})
    yield view.decide(
        in_request(exchange, "/entry"),
        holds=not lost,
        expected="fullUrl",
        actual=", ".join(lost) or "-",
    )


def matricule_valid(view: View) -> Iterator[Observation]:
    """The patient's matricule has thirteen digits and both check digits are right."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    number = matricule_of(sent(exchange)) or ""
    wrong = matricule_faults(number, today=_NO_DAY, mode=MatriculeMode.TEST)
    yield view.decide(
        in_request(exchange),
        holds=not wrong,
        expected="13, Luhn, Verhoeff",
        actual=", ".join([number or "-", *wrong]),
    )


def patient_is_asked(view: View) -> Iterator[Observation]:
    """The submitted patient is the persona the step asked for."""
    exchange, asked = request_of(view), view.asked("patient")
    if exchange is None or asked is None:
        yield view.unobserved("no-request")
        return
    number = matricule_of(sent(exchange))
    yield view.decide(
        in_request(exchange),
        holds=number == asked.matricule,
        expected=asked.matricule or "-",
        actual=number or "-",
    )


def _asked_lines(view: View) -> tuple[dict[str, JsonValue], ...]:
    asked = view.step.parameters.get("lines", [])
    return (
        tuple(line for line in asked if isinstance(line, dict)) if isinstance(asked, list) else ()
    )


def lines_are_asked(view: View) -> Iterator[Observation]:
    """The codes of the submitted lines are the codes the step asked for, each as often."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    codes = sorted(line.code for line in lines(sent(exchange)))
    wanted = sorted(str(line["code"]) for line in _asked_lines(view))
    yield view.decide(
        in_request(exchange, "/entry"),
        holds=codes == wanted,
        expected=", ".join(wanted),
        actual=", ".join(codes) or "-",
    )


def line_counts_are_asked(view: View) -> Iterator[Observation]:
    """Each submitted line of a series carries the count that the step asked for."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    counts = {line.code: line.repeats for line in lines(sent(exchange))}
    wanted = {str(a["code"]): a.get("count", 1) for a in _asked_lines(view) if a["code"] in counts}
    got = {code: counts[code] for code in wanted}
    yield view.decide(
        in_request(exchange, "/entry"),
        holds=got == wanted,
        expected=_pairs(wanted),
        actual=_pairs(got),
    )


def motivations_are_sent(view: View) -> Iterator[Observation]:
    """Each submitted line whose motivation was entered carries one."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    motivated = {line.code for line in lines(sent(exchange)) if line.motivated}
    present = {line.code for line in lines(sent(exchange))}
    wanted = sorted({str(a["code"]) for a in _asked_lines(view) if "reason" in a} & present)
    yield view.decide(
        in_request(exchange, "/entry"),
        holds=set(wanted) <= motivated,
        expected=", ".join(wanted),
        actual=", ".join(sorted(motivated)) or "-",
    )


def requisition_shared(view: View) -> Iterator[Observation]:
    """All lines carry the same requisition, with system and value."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    found = [
        (first_text(line, "requisition.system"), first_text(line, "requisition.value"))
        for line in resources(sent(exchange), "ServiceRequest")
    ]
    whole = all(system and value for system, value in found)
    distinct = sorted({f"{system}|{value}" for system, value in found})
    yield view.decide(
        in_request(exchange, "/entry"),
        holds=whole and len(distinct) == 1,
        expected="1",
        actual=", ".join(distinct) or "-",
    )


def lines_are_coded(view: View) -> Iterator[Observation]:
    """Every line is coded in the expected code system."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    system = view.text("system")
    found = resources(sent(exchange), "ServiceRequest")
    without = [
        n for n, r in enumerate(found) if not select(r, f"code.coding[system={system}].code")
    ]
    yield view.decide(
        in_request(exchange, "/entry"),
        holds=bool(found) and not without,
        expected=system,
        actual=", ".join(f"ServiceRequest[{n}]" for n in without) or f"{len(found)} lines",
    )


def prescriber_is_signed_in(view: View) -> Iterator[Observation]:
    """The submitted practitioner is the persona who plays the step."""
    exchange, person = request_of(view), view.personas.get(view.step.as_)
    if exchange is None or person is None:
        yield view.unobserved("no-request")
        return
    found = next(iter(resources(sent(exchange), "Practitioner")), None)
    ehealth_id = identifier(found, identifiers.EHEALTH_ID)
    cns_code = identifier(found, identifiers.CNS_PROVIDER_CODE)
    yield view.decide(
        in_request(exchange),
        holds=(ehealth_id, cns_code) == (person.ehealth_id, person.cns_code),
        expected=f"{person.ehealth_id}, {person.cns_code}",
        actual=f"{ehealth_id}, {cns_code}",
    )


def timestamp_complete(view: View) -> Iterator[Observation]:
    """The Bundle's timestamp is an instant with seconds and time zone."""
    exchange = request_of(view)
    if exchange is None:
        yield view.unobserved("no-request")
        return
    stamp = first_text(sent(exchange), "timestamp") or "-"
    yield view.decide(
        in_request(exchange, "/timestamp"),
        holds=bool(_INSTANT.fullmatch(stamp)),
        expected="YYYY-MM-DDThh:mm:ss+zz:zz",
        actual=stamp,
    )


def stamp_area_free(view: View) -> Iterator[Observation]:
    """The square at the top right of the first submitted page is blank."""
    exchange = request_of(view)
    pdf = None if exchange is None else submitted_document(exchange)
    if exchange is None or pdf is None:
        yield view.unobserved("no-page")
        return
    side = view.number("millimetres")
    try:
        blank = is_blank_top_right(pdf, millimetres=side)
    except PagesUnreadable:
        yield view.unobserved("page-unreadable", in_request(exchange))
        return
    yield view.decide(
        in_request(exchange),
        holds=blank,
        expected=f"{side} mm x {side} mm",
        actual="-" if blank else "x",
    )


def submitted_pdf_sound(view: View) -> Iterator[Observation]:
    """The submitted PDF keeps within pages and size, and holds nothing encrypted or active."""
    exchange = request_of(view)
    pdf = None if exchange is None else submitted_document(exchange)
    if exchange is None or pdf is None:
        yield view.unobserved("no-page")
        return
    pages, megabytes = view.number("pages"), view.number("megabytes")
    wrong = soundness_flaws(pdf, pages=pages, megabytes=megabytes)
    yield view.decide(
        in_request(exchange),
        holds=not wrong,
        expected=f"<= {pages}, <= {megabytes} MB",
        actual=", ".join(wrong) or f"{len(pdf)} B",
    )


def resubmission_identical(view: View) -> Iterator[Observation]:
    """A submission repeated on request has, byte for byte, the body of the first one."""
    firsts, again = view.of_step(view.text("first"), view.of), request_of(view)
    if not firsts or again is None:
        yield view.unobserved("no-request")
        return
    before, after = firsts[-1].request.body, again.request.body
    yield view.decide(
        in_request(again),
        holds=before == after,
        expected=f"{len(before)} B",
        actual=f"{len(after)} B{'' if before == after else ' !='}",
    )


def cancel_has_reason(view: View) -> Iterator[Observation]:
    """The request to cancel carries a reason with a code or a text."""
    asked = view.exchanges("cancel")
    if not asked:
        yield view.unobserved("no-request")
        return
    reasons = select(sent(asked[0]), "parameter[name=reason].valueCodeableConcept")
    given = [r for r in reasons if first(r, "coding[0].code") or first(r, "text")]
    yield view.decide(
        in_request(asked[0]),
        holds=bool(given),
        expected="reason",
        actual=first_text(given[0], "coding[0].code") or "text" if given else "-",
    )


def _listed(values: tuple[JsonValue, ...]) -> str:
    return ", ".join(str(value) for value in values) or "-"


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} x {count}" for name, count in sorted(values.items()))
