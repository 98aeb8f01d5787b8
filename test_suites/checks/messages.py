"""Facts about the messages of HL7 v2 that were sent, and what a person was told of the answers."""

from collections.abc import Iterator

from reference_server.hl7v2.er7 import Message
from test_suites.checks.requests import where_something_was_sent
from test_suites.checks.telling import told_of
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange
from test_suites.core.persona import Persona
from test_suites.core.transcript import ExhibitKind, StepState
from test_suites.core.view import View, in_exhibit, in_request, in_step
from test_suites.match import messages as hl7
from test_suites.match.fhir import refused

_SEXES = {"female": "F", "male": "M", "other": "O", "unknown": "U"}
_TRAITS = {"family": (5, 1), "given": (5, 2), "birth_date": (7, 1), "sex": (8, 1)}


def message_sent(view: View) -> Iterator[Observation]:
    """The message that the act asks for was sent."""
    sent = view.exchanges()
    if sent:
        yield view.held(in_request(sent[0]), expected=view.of, actual=view.of)
    elif view.state is StepState.DONE:
        others = ", ".join(str(each.operation) for each in view.of_step(view.step.id)) or "-"
        yield view.broken(in_step(view), expected=view.of, actual=others)
    else:
        yield view.unobserved("step-failed", in_step(view))


@where_something_was_sent
def message_field(view: View) -> Iterator[Observation]:
    """A field of each message has a form (a pattern for the whole of it)."""
    name, field = view.text("segment"), view.number("field")
    component = int(str(view.params.get("component", 1)))
    subcomponent = int(str(view.params.get("subcomponent", 1)))
    pattern = view.text("form")
    for exchange, message in _messages(view):
        found = hl7.values(message, name, field, component=component, subcomponent=subcomponent)
        wrong = [each for each in found or ("",) if not hl7.fits(pattern, each)]
        actual = ", ".join(wrong or found) or "-"
        yield view.decide(in_request(exchange), holds=not wrong, expected=pattern, actual=actual)


def message_readable(view: View) -> Iterator[Observation]:
    """Each message is ER7 in the character set that it declares."""
    sent = view.exchanges()
    if not sent:
        yield view.unobserved("no-request")
    for exchange in sent:
        holds = hl7.request(exchange) is not None
        yield view.decide(in_request(exchange), holds=holds, expected="ER7", actual=holds)


@where_something_was_sent
def message_segments(view: View) -> Iterator[Observation]:
    """The segments that the event needs are there, in their order."""
    wanted = view.words("segments")
    for exchange, message in _messages(view):
        names = [each.name for each in message.segments]
        left = iter(names)
        holds = all(each in left for each in wanted)
        actual = " ".join(names)
        yield view.decide(
            in_request(exchange), holds=holds, expected=" ".join(wanted), actual=actual
        )


@where_something_was_sent
def message_trait(view: View) -> Iterator[Observation]:
    """What the first PID tells of the patient is what the person at the desk entered."""
    trait = view.text("trait")
    expected = _entered(view, trait)
    if expected is None:
        yield view.unobserved("no-request")
        return
    for exchange, message in _messages(view):
        pid = message.first("PID")
        field, component = _TRAITS[trait]
        actual = "" if pid is None else pid.value(field, component=component)
        yield view.decide(
            in_request(exchange), holds=actual == expected, expected=expected, actual=actual
        )


@where_something_was_sent
def message_numbers(view: View) -> Iterator[Observation]:
    """Every number in a field has an assigning authority."""
    name, field = view.text("segment"), view.number("field")
    for exchange, message in _messages(view):
        for segment in message.all(name):
            lacking = [value for value, authority in hl7.numbers(segment, field) if not authority]
            holds = not lacking and bool(segment.repetitions(field))
            yield view.decide(
                in_request(exchange),
                holds=holds,
                expected=f"{name}-{field}.4",
                actual=", ".join(lacking) or segment.field(field) or "-",
            )


@where_something_was_sent
def message_own_number(view: View) -> Iterator[Observation]:
    """A field carries the number that the step names, under the sender's own authority."""
    name, field = view.text("segment"), view.number("field")
    value = str(view.step.parameters.get(view.text("key"), ""))
    authority = _own_authority(view)
    for exchange, message in _messages(view):
        segment = message.first(name)
        found = () if segment is None else hl7.numbers(segment, field)
        own = [each for each, by in found if by == authority]
        yield view.decide(
            in_request(exchange),
            holds=own == [value],
            expected=f"{value} ({authority})",
            actual=", ".join(f"{each} ({by or '-'})" for each, by in found) or "-",
        )


@where_something_was_sent
def message_matricule(view: View) -> Iterator[Observation]:
    """The patient's matricule is among the numbers, under its own authority."""
    who = view.asked("patient")
    if who is None or who.matricule is None:
        yield view.unobserved("no-request")
        return
    for exchange, message in _messages(view):
        pid = message.first("PID")
        found = () if pid is None else hl7.numbers(pid, 3)
        yield view.decide(
            in_request(exchange),
            holds=(who.matricule, hl7.MATRICULE) in found,
            expected=f"{who.matricule} ({hl7.MATRICULE})",
            actual=", ".join(f"{each} ({by or '-'})" for each, by in found) or "-",
        )


def control_ids_fresh(view: View) -> Iterator[Observation]:
    """Different messages of the case have different control ids; none is empty."""
    sent = [each for each in view.whole_case() if hl7.is_message(each)]
    by_id: dict[str, set[bytes]] = {}
    for each in sent:
        by_id.setdefault(hl7.control_id(each), set()).add(_content(each))
    if not sent:
        yield view.unobserved("no-request")
        return
    wrong = [told for told, bodies in by_id.items() if not told or len(bodies) > 1]
    actual = ", ".join(wrong) or str(len(by_id))
    yield view.decide(in_request(sent[-1]), holds=not wrong, expected="MSH-10", actual=actual)


def control_id_kept(view: View) -> Iterator[Observation]:
    """What is sent again where no answer came is the same message, with the same control id."""
    sent = view.exchanges()
    if len(sent) < 2:  # noqa: PLR2004 - a message and the same again
        yield view.unobserved("no-second-attempt")
        return
    first = sent[0]
    for again in sent[1:]:
        control, kept = hl7.control_id(again), _content(again) == _content(first)
        same = control == hl7.control_id(first)
        yield view.decide(
            in_request(again),
            holds=same and kept,
            expected=hl7.control_id(first),
            actual=control if kept else f"{control} ≠",
        )


def sent_again(view: View) -> Iterator[Observation]:
    """Where no answer came, or none that can be read, the message is sent until one comes."""
    sent = view.exchanges()
    if not sent or sent[0].deviation is None:
        yield view.unobserved("no-trouble")
        return
    last = sent[-1]
    code = hl7.acknowledgement(last)
    holds = len(sent) > 1 and bool(code)
    yield view.decide(in_request(last), holds=holds, expected="AA", actual=code or len(sent))


def sent_at_most(view: View) -> Iterator[Observation]:
    """A message is sent so many times at most."""
    sent, most = view.exchanges(), view.number("times")
    if not sent:
        yield view.unobserved("no-request")
        return
    yield view.decide(
        in_request(sent[-1]), holds=len(sent) <= most, expected=most, actual=len(sent)
    )


def refusal_heeded(view: View) -> Iterator[Observation]:
    """After AE or AR the person is warned."""
    if not any(hl7.acknowledgement(each) in {"AE", "AR"} for each in view.exchanges()):
        yield view.unobserved("no-refusal")
        return
    yield told_of(view)


def shows(view: View) -> Iterator[Observation]:
    """What the person is shown has a text in it, if the service answered at all."""
    if any(hl7.acknowledgement(each) in {"AE", "AR"} or refused(each) for each in view.exchanges()):
        yield view.unobserved("no-ok-answer", in_step(view))
        return
    yield from _shown(view, wanted=True)


def shows_not(view: View) -> Iterator[Observation]:
    """What the person is shown has a text not in it."""
    yield from _shown(view, wanted=False)


def _messages(view: View) -> Iterator[tuple[Exchange, Message]]:
    for exchange in view.exchanges():
        message = hl7.request(exchange)
        if message is not None:
            yield exchange, message


def _shown(view: View, *, wanted: bool) -> Iterator[Observation]:
    text = view.text("text")
    shown = view.exhibits(ExhibitKind.SHOWN)
    if view.state is not StepState.DONE:
        yield view.unobserved("step-failed", in_step(view))
        return
    said = [each.content.decode("utf-8", "replace") for each in shown]
    holding = [each for each, words in zip(shown, said, strict=True) if text in words]
    place = in_exhibit(holding[0]) if holding else in_step(view)
    expected = text if wanted else f"≠ {text}"
    actual = " / ".join(said) or "-"
    yield view.decide(place, holds=bool(holding) is wanted, expected=expected, actual=actual)


def _entered(view: View, trait: str) -> str | None:
    given, who = view.step.parameters, view.asked("patient")
    if trait == "sex":
        return None if who is None else _SEXES.get(who.gender or "")
    told = given.get(trait)
    value = str(told) if told is not None else _of(who, trait)
    return value.replace("-", "") if trait == "birth_date" and value else value


def _of(who: Persona | None, trait: str) -> str | None:
    if who is None:
        return None
    return {"family": who.family, "given": who.given, "birth_date": who.birth_date}[trait]


def _own_authority(view: View) -> str:
    who = view.personas.get(view.step.as_)
    return f"{hl7.LOCAL}.{'' if who is None else who.cns_code}.2"


def _content(exchange: Exchange) -> bytes:
    """Return a message without when it was written (MSH-7)."""
    head, end, rest = exchange.request.body.partition(b"\r")
    fields = head.split(b"|")
    if len(fields) > 6:  # noqa: PLR2004 - MSH-7
        fields[6] = b""
    return b"|".join(fields) + end + rest
