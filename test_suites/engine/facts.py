"""Says of each recorded message where it belongs and who began it; judges nothing."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from reference_server.national.identifiers import MATRICULE
from test_suites.capture.classify import classify
from test_suites.capture.people import numbers_in
from test_suites.capture.raw import RawExchange, RawWire
from test_suites.capture.redaction import Redacted
from test_suites.core.message import JsonValue, Request
from test_suites.engine.ladder import Attribution, Clues, OpenCase, attribute

SERVICE = "service"
OUR_FHIR = "/fhir"
UNKNOWN = "unknown"
LARGEST_SEARCHED = 64 * 1024
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attended:
    """An open case as the recorder needs it: who plays what, under which client id."""

    open: OpenCase
    actors: Mapping[str, tuple[str, ...]]
    """Client id → actors who use it."""
    step_actors: Mapping[str, str]
    """Step id → the actor who acts in it."""
    fhir: str = OUR_FHIR
    """Below which path FHIR is spoken, where that is not ours."""

    def with_client(self, client_id: str, actor: str) -> "Attended":
        """Return the same case with one more client id that an actor uses."""
        named = self.actors.get(client_id, ())
        actors = {**self.actors, client_id: named if actor in named else (*named, actor)}
        return replace(self, actors=actors, open=replace(self.open, credentials=frozenset(actors)))


@dataclass(slots=True)
class Describer:
    """Owns the open cases. Cases are opened in the run's thread, messages read in another's."""

    _cases: dict[str, Attended] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, case: Attended) -> None:
        """Attribute messages to this case too."""
        with self._lock:
            self._cases = {**self._cases, case.open.case: case}

    def close(self, case: str) -> None:
        """Attribute no more messages to this case."""
        with self._lock:
            self._cases = {key: value for key, value in self._cases.items() if key != case}

    def exchange(self, raw: RawExchange, redacted: Redacted) -> Mapping[str, JsonValue]:
        """Return case, step, initiator, responder and operation of an exchange."""
        cases = self._cases
        # Where no case is open there is nothing to look for clues to.
        clues = _clues(redacted) if cases else Clues()
        found = _sent(raw, cases) or attribute(clues, (case.open for case in cases.values()))
        case = cases.get(found.case) if found.case is not None else None
        own = case is not None and raw.session == case.open.session
        step = raw.step if own else None
        by_path = classify(redacted.request.method, _as_ours(redacted.request.target, case))
        initiator, responder = _parties(raw, case, step, clues)
        facts: dict[str, JsonValue] = {
            "case": found.case,
            "session": raw.session,
            "step": step,
            "initiator": initiator,
            "responder": responder,
            "operation": raw.operation or by_path,
            "attributed_by": found.rung,
        }
        if found.case is None:
            facts["candidates"] = list(found.candidates)
        return facts

    def wire(self, raw: RawWire) -> Mapping[str, JsonValue]:
        """Return case and step of a wire event: its listener belongs to one session."""
        for case in self._cases.values():
            if case.open.session == raw.session:
                return {"case": case.open.case, "session": raw.session, "step": raw.step}
        return {"case": None, "session": raw.session, "step": None}


def _as_ours(target: str, case: Attended | None) -> str:
    """Return a target as if FHIR were spoken where the national service speaks it."""
    if case is None or case.fhir.endswith(OUR_FHIR):
        return target
    below = target.removeprefix(case.fhir)
    return target if below == target else OUR_FHIR + below


def _sent(raw: RawExchange, cases: Mapping[str, Attended]) -> Attribution | None:
    """Return the case of a request of the lab itself; no ladder is needed for it."""
    own = (case.open for case in cases.values() if case.open.session == raw.session)
    found = next(own, None) if raw.sent_by_lab else None
    return None if found is None else Attribution(case=found.case, rung="sent")


def _parties(
    raw: RawExchange, case: Attended | None, step: str | None, clues: Clues
) -> tuple[str, str]:
    """Return who began an exchange, and who was asked: clients are, where the service tells."""
    if case is None:
        return UNKNOWN, UNKNOWN
    if raw.operation is not None:
        return SERVICE, next(iter(case.step_actors.values()), UNKNOWN)
    return _initiator(case, step, clues), SERVICE


def _initiator(case: Attended, step: str | None, clues: Clues) -> str:
    """Return who began a message: whom its credential names, else who acts just now."""
    acting = case.step_actors.get(step or "")
    named = [actor for each in sorted(clues.credentials) for actor in case.actors.get(each, ())]
    if acting is not None and (acting in named or not named):
        return acting
    return named[0] if named else UNKNOWN


def _clues(redacted: Redacted) -> Clues:
    request = redacted.request
    asked = [token for token in redacted.tokens if not token.where.startswith("json:")]
    claims = [token.claims for token in asked]
    named = {str(each[key]) for each in claims for key in ("client_id", "sub") if key in each}
    given = dict(_pairs(request))
    if "client_id" in given:
        named.add(given["client_id"])
    return Clues(
        credentials=frozenset(named),
        token_issuers=frozenset(str(each["iss"]) for each in claims if "iss" in each),
        path=request.target.partition("?")[0],
        matricules=_matricules(request),
    )


def _pairs(request: Request) -> list[tuple[str, str]]:
    query = request.target.partition("?")[2]
    pairs = parse_qsl(query, max_num_fields=None)
    if (request.header("content-type") or "").lower().startswith(_FORM):
        pairs += parse_qsl(request.body.decode("latin-1"))
    return pairs


def _matricules(request: Request) -> frozenset[str]:
    """Find numbers of people in a request: in its address, or in a small enough FHIR body."""
    if len(request.body) <= LARGEST_SEARCHED and MATRICULE.encode() in request.body:
        return numbers_in(request.body) | numbers_in(request.target.encode("latin-1"))
    return numbers_in(request.target.encode("latin-1"))
