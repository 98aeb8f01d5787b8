"""Journal records back to transcripts; the same bytes always give the same values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from test_suites.capture import canonical
from test_suites.capture.chain import JournalRecord, content
from test_suites.capture.journal import Kind
from test_suites.core.message import (
    Channel,
    Exchange,
    JsonValue,
    Redaction,
    Request,
    Response,
    Token,
    WireEvent,
    WireKind,
)
from test_suites.core.transcript import (
    BoundPrescription,
    Exhibit,
    ExhibitKind,
    StepOutcome,
    StepState,
    Transcript,
)
from test_suites.core.verdict import Mode

MICROSECONDS = 1_000_000


class UnreadableError(ValueError):
    """A record is not what its kind says; `record` is its number."""

    def __init__(self, record: int, what: str) -> None:
        super().__init__(record, what)
        self.record = record
        self.what = what


@dataclass(slots=True, kw_only=True)
class _Draft:
    scenario: str
    subject_actor: str | None
    opened: int
    exchanges: list[Exchange] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)
    wire_events: list[WireEvent] = field(default_factory=list)
    steps: list[StepOutcome] = field(default_factory=list)
    bindings: dict[str, BoundPrescription] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Reader:
    """Owns the transcripts while the records of a journal come in, in their order."""

    folder: Path
    unattributed: list[Exchange] = field(default_factory=list)
    _cases: dict[str, _Draft] = field(default_factory=dict)

    def take(self, record: JournalRecord) -> None:
        """Take the next record; raises UnreadableError."""
        try:
            self._take(record)
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise UnreadableError(record.seq, record.kind) from error

    def transcripts(self) -> tuple[Transcript, ...]:
        """Return one transcript per case that was opened, in the order of their ids."""
        return tuple(
            Transcript(
                case=case,
                scenario=draft.scenario,
                subject_actor=draft.subject_actor,
                exchanges=tuple(sorted(draft.exchanges, key=lambda each: (each.at, each.record))),
                exhibits=tuple(draft.exhibits),
                wire_events=tuple(draft.wire_events),
                steps=tuple(draft.steps),
                bindings=dict(draft.bindings),
            )
            for case, draft in sorted(self._cases.items())
        )

    def _take(self, record: JournalRecord) -> None:
        data = _Fields(record.data)
        case = data.maybe("case")
        draft = self._cases.get(case) if case is not None else None
        match record.kind:
            case Kind.CASE_OPEN:
                self._cases[data.text("case")] = _Draft(
                    scenario=data.text("scenario"),
                    subject_actor=data.maybe("subject_actor"),
                    opened=record.at,
                )
            case Kind.EXCHANGE:
                exchange = self._exchange(record, data, 0 if draft is None else draft.opened)
                (self.unattributed if draft is None else draft.exchanges).append(exchange)
            case Kind.EXHIBIT if draft is not None:
                draft.exhibits.append(self._exhibit(record, data, draft.opened))
            case Kind.WIRE if draft is not None:
                draft.wire_events.append(_wire(record, data, draft.opened))
            case Kind.STEP if draft is not None:
                draft.steps.append(_step(record, data, draft.opened))
                if record.data.get("bind") and record.data.get("bound"):
                    draft.bindings[data.text("bind")] = _bound(data.inner("bound"))
            case _:
                pass

    def _exchange(self, record: JournalRecord, data: "_Fields", opened: int) -> Exchange:
        answer = record.data["response"]
        began = data.number("began")
        return Exchange(
            record=record.seq,
            at=_seconds(began - opened),
            duration=_seconds(data.number("ended") - began),
            step=data.maybe("step"),
            initiator=data.text("initiator"),
            responder=data.text("responder"),
            operation=data.maybe("operation"),
            base_url=data.text("base_url"),
            request=self._request(data.inner("request")),
            response=None if answer is None else self._response(data.inner("response")),
            channel=_channel(data.inner("channel")),
            redactions=tuple(_redaction(each) for each in data.many("redactions")),
            tokens=tuple(_token(each) for each in data.many("tokens")),
            deviation=data.maybe("deviation"),
        )

    def _request(self, data: "_Fields") -> Request:
        return Request(
            method=data.text("method"),
            target=data.text("target"),
            headers=data.pairs("headers"),
            body=content(self.folder, data.value("body")),
        )

    def _response(self, data: "_Fields") -> Response:
        return Response(
            status=data.number("status"),
            headers=data.pairs("headers"),
            body=content(self.folder, data.value("body")),
        )

    def _exhibit(self, record: JournalRecord, data: "_Fields", opened: int) -> Exhibit:
        held = content(self.folder, data.value("body"))
        return Exhibit(
            record=record.seq,
            at=_seconds(record.at - opened),
            step=data.maybe("step"),
            producer=data.text("producer"),
            kind=ExhibitKind(data.text("exhibit")),
            name=data.text("name"),
            media_type=data.text("media_type"),
            content=held,
            sha256=canonical.sha256(held),
            mode=Mode(data.text("mode")),
        )


@dataclass(frozen=True, slots=True)
class _Fields:
    """A record's members, each read as what it must be; raises KeyError or TypeError."""

    members: Mapping[str, JsonValue]

    def value(self, name: str) -> JsonValue:
        return self.members[name]

    def text(self, name: str) -> str:
        value = self.members[name]
        if not isinstance(value, str):
            raise TypeError(name)
        return value

    def maybe(self, name: str) -> str | None:
        return None if self.members.get(name) is None else self.text(name)

    def number(self, name: str) -> int:
        value = self.members[name]
        if not isinstance(value, int):
            raise TypeError(name)
        return value

    def inner(self, name: str) -> "_Fields":
        value = self.members[name]
        if not isinstance(value, dict):
            raise TypeError(name)
        return _Fields(value)

    def many(self, name: str) -> tuple["_Fields", ...]:
        value = self.members[name]
        if not isinstance(value, list):
            raise TypeError(name)
        return tuple(_Fields(each) for each in value if isinstance(each, dict))

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        value = self.members[name]
        if not isinstance(value, list):
            raise TypeError(name)
        return tuple((str(each[0]), str(each[1])) for each in value if isinstance(each, list))


def _seconds(microseconds: int) -> float:
    return microseconds / MICROSECONDS


def _wire(record: JournalRecord, data: _Fields, opened: int) -> WireEvent:
    return WireEvent(
        record=record.seq,
        at=_seconds(record.at - opened),
        step=data.maybe("step"),
        kind=WireKind(data.text("wire")),
        detail=data.text("detail"),
    )


def _step(record: JournalRecord, data: _Fields, opened: int) -> StepOutcome:
    return StepOutcome(
        record=record.seq,
        step=data.text("step"),
        actor=data.text("actor"),
        state=StepState(data.text("state")),
        started=_seconds(data.number("began") - opened),
        ended=_seconds(data.number("ended") - opened),
        detail=data.text("detail"),
    )


def _bound(data: _Fields) -> BoundPrescription:
    return BoundPrescription(
        number=data.maybe("number"),
        code=data.maybe("code"),
        task_id=data.maybe("task_id"),
        bundle_identifier=data.maybe("bundle_identifier"),
        paper=data.maybe("paper"),
        patient=data.maybe("patient"),
    )


def _channel(data: _Fields) -> Channel:
    return Channel(
        tls_version=data.maybe("tls_version"),
        cipher=data.maybe("cipher"),
        client_certificate_sha256=data.maybe("client_certificate_sha256"),
        # Absent from journals that were written before it was recorded.
        opening=data.number("opening") if "opening" in data.members else 0,
    )


def _redaction(data: _Fields) -> Redaction:
    return Redaction(
        where=data.text("where"),
        kind=data.text("kind"),
        sha256=data.text("sha256"),
        length=data.number("length"),
    )


def _token(data: _Fields) -> Token:
    valid = data.value("signature_valid")
    return Token(
        where=data.text("where"),
        header=data.inner("header").members,
        claims=data.inner("claims").members,
        signature_valid=valid if isinstance(valid, bool) else None,
        sha256=data.text("sha256"),
        length=data.number("length"),
    )
