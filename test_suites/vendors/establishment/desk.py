"""The admission desk's acts, from what is entered to what is shown; knows no socket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import hl7

from test_suites.vendors.establishment import wishes
from test_suites.vendors.establishment.behaviour import Behaviour
from test_suites.vendors.establishment.counter import (
    DONE,
    NOBODY,
    REFUSED,
    UNDONE,
    Counter,
    not_offered,
    show,
)
from test_suites.vendors.establishment.fhir_desk import FhirDesk
from test_suites.vendors.establishment.line import Line, NoAnswerError
from test_suites.vendors.establishment.writing import MATRICULE, Writer
from test_suites.vendors.kit.desk import Desk, JsonObject
from test_suites.vendors.kit.logbook import Logbook
from test_suites.vendors.kit.product import About, Kind, Product, Reply, Surroundings
from test_suites.vendors.kit.settings import Settings
from test_suites.vendors.kit.tls import STRICT, client_context


@dataclass(slots=True, kw_only=True)
class AdmissionDesk:
    """Owns one session's line and what it remembers of answers."""

    line: Line
    writer: Writer
    behaviour: Behaviour
    logbook: Logbook
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    last: tuple[str, ...] = ()

    def close(self) -> None:
        """Let go of nothing: each message has a connection of its own."""

    def register(self, wish: wishes.Register, desk: Desk) -> JsonObject:
        """Tell the index of a patient."""
        return self._tell(wish.event or "A28", self._one(wish), wish, desk)

    def update(self, wish: wishes.Register, desk: Desk) -> JsonObject:
        """Tell the index of changed traits."""
        usual = "A31" if self.behaviour.updates_by_a31 else "A28"
        return self._tell(wish.event or usual, self._one(wish), wish, desk)

    def merge(self, wish: wishes.Merge, desk: Desk) -> JsonObject:
        """Tell the index that two local numbers are one patient's."""
        stays, goes = wish.local_id, wish.old_id
        if not self.behaviour.survivor_first:  # defect: merges-the-wrong-way
            stays, goes = goes, stays
        return self._tell("A40", self._with_old(wish, stays, goes), wish, desk)

    def renumber(self, wish: wishes.Merge, desk: Desk) -> JsonObject:
        """Tell the index of a new local number."""
        event = "A47" if self.behaviour.renumbers_by_a47 else "A40"
        return self._tell(event, self._with_old(wish, wish.local_id, wish.old_id), wish, desk)

    def link(self, wish: wishes.Associate, desk: Desk) -> JsonObject:
        """Tell the index that two records are one person's."""
        return self._tell("A24", self._both(wish), wish, desk)

    def unlink(self, wish: wishes.Associate, desk: Desk) -> JsonObject:
        """Tell the index that two records are not one person's."""
        return self._tell("A37", self._both(wish), wish, desk)

    def cross(self, wish: wishes.Cross, desk: Desk) -> JsonObject:
        """Show which numbers a patient has elsewhere."""
        asked = self.writer.number(wish.local_id)
        qpd = asked if wish.domain is None else f"{asked}|^^^&{wish.domain}&ISO"
        answer = self._ask("Q23", qpd, wish, desk)
        if answer is None:
            if self.behaviour.remembers_merged:  # defect: shows-merged-away
                show(self.known.get(wish.local_id, ()), desk)
            return {}
        told = (str(pid(3)).split("~") for pid in _segments(answer, "PID"))
        numbers = tuple(number.split("^")[0] for several in told for number in several)
        self.known[wish.local_id] = numbers
        show(numbers, desk)
        return {}

    def find(self, wish: wishes.Find, desk: Desk) -> JsonObject:
        """Show who it may be."""
        who = wish.patient or wishes.Person()
        family = wish.family if wish.family is not None else who.family
        given = wish.given if wish.given is not None else who.given
        born = (wish.birth_date or who.birth_date).replace("-", "")
        asked = [
            f"{name}^{self.writer.text(value)}"
            for name, value in (("@PID.5.1.1", family), ("@PID.5.2", given), ("@PID.7", born))
            if value
        ]
        answer = self._ask("Q22", "~".join(asked), wish, desk)
        if answer is None:
            return {}
        found = tuple(_told(pid) for pid in _segments(answer, "PID"))
        if not self.behaviour.reads_utf8:  # defect: misreads-accents
            found = tuple(each.encode().decode("latin-1") for each in found)
        if not found and self.behaviour.invents_last:  # defect: shows-last-when-none-found
            found = self.last
        if not self.behaviour.shows_all:  # defect: takes-the-first-of-several
            found = found[:1]
        self.last = found or self.last
        show(found, desk)
        return {}

    def match(self, _wish: wishes.Match, desk: Desk) -> JsonObject:
        """HL7 v2 has no such question."""
        return not_offered(desk)

    def remove(self, _wish: wishes.Remove, desk: Desk) -> JsonObject:
        """HL7 v2 in IHE's profiles has no such event."""
        return not_offered(desk)

    def follow(self, _wish: wishes.Follow, desk: Desk) -> JsonObject:
        """HL7 v2 has no subscription: the index is configured."""
        return not_offered(desk)

    def known_as(self, _wish: wishes.Known, desk: Desk) -> JsonObject:
        """Nobody is kept here."""
        return not_offered(desk)

    def take(self, _message: bytes) -> Reply:
        """Nobody subscribed by HL7 v2."""
        return Reply(status=404, media_type="text/plain")

    def _one(self, wish: wishes.Register) -> tuple[str, ...]:
        return (self.writer.pid(wish.patient, wish.local_id, wish),)

    def _with_old(self, wish: wishes.Merge, stays: str, goes: str) -> tuple[str, ...]:
        pid = self.writer.pid(wish.patient, stays, wish)
        return (pid, f"MRG|{self.writer.number(goes, retired=True)}")

    def _both(self, wish: wishes.Associate) -> tuple[str, ...]:
        one = self.writer.pid(wish.patient, wish.local_id, wish)
        return (one, self.writer.pid(wish.patient, wish.other_id, wish, main=False))

    def _tell(
        self, event: str, segments: tuple[str, ...], how: wishes.How, desk: Desk
    ) -> JsonObject:
        if self.behaviour.logs_names:  # defect: logs-names
            self.logbook.note(f"{event} {segments[0]}")
        answer = self._delivered(lambda: self.writer.adt(event, segments, how), desk)
        if answer is None:
            return {}
        if self._refusal(answer) and self.behaviour.insists_after_refusal:
            again = self._delivered(lambda: self.writer.adt(event, segments, how), desk)
            answer = again or answer  # defect: insists-after-refusal
        why = self._refusal(answer)
        if why and self.behaviour.shows_refusals:  # or else defect: ignores-refusal
            desk.alarm(REFUSED.format(why=why))
        else:
            desk.inform(DONE)
        return {}

    def _ask(self, event: str, qpd: str, how: wishes.How, desk: Desk) -> hl7.Message | None:
        answer = self._delivered(lambda: self.writer.query(event, qpd, how), desk)
        why = "" if answer is None else self._refusal(answer)
        if why:
            if self.behaviour.shows_query_refusals:  # or else defect: hides-query-refusal
                desk.alarm(REFUSED.format(why=why))
            else:
                desk.inform(NOBODY)
            return None
        return answer

    def _delivered(self, make: Callable[[], bytes], desk: Desk) -> hl7.Message | None:
        message = make()

        def again() -> bytes:
            return message if self.behaviour.same_message_on_retry else make()

        try:
            return self.line.deliver(again, tries=self.behaviour.tries)
        except NoAnswerError:
            desk.alarm(UNDONE)
            return None

    def _refusal(self, answer: hl7.Message) -> str:
        """Return why the index did not take a message; empty where it did."""
        msa = _segments(answer, "MSA")
        code = str(msa[0](1)) if msa else ""
        self.logbook.note(f"answered {code or '-'}")
        if code == "AA":
            return ""
        err = _segments(answer, "ERR")
        told = str(err[0]).split("|") if err else []
        return (told[8] if len(told) > 8 else "") or code or "?"  # noqa: PLR2004 - ERR-8


def _segments(message: hl7.Message, name: str) -> list[hl7.Segment]:
    return [each for each in message if str(each[0]) == name]


def _told(pid: hl7.Segment) -> str:
    name = str(pid(5)).split("~")[0].split("^")
    matricule = next((n.split("^")[0] for n in str(pid(3)).split("~") if MATRICULE in n), "")
    return f"{' '.join(name[:2])} {pid(7)} {matricule}".strip()


def _counter(
    settings: Settings, logbook: Logbook, surroundings: Surroundings, behaviour: Behaviour
) -> Counter:
    """Return a desk that speaks HL7 v2 where a session names a port for it, else FHIR."""
    if settings.messages is None:
        return FhirDesk.open(settings, logbook, surroundings, behaviour)
    plain = settings.messages.startswith("mllp://")
    line = Line(
        url=settings.messages,
        context=None if plain else client_context(settings.trust_pem, STRICT),
        logbook=logbook,
        pause=surroundings.pause,
    )
    writer = Writer(organization=settings.organization or "", behaviour=behaviour)
    return AdmissionDesk(line=line, writer=writer, behaviour=behaviour, logbook=logbook)


def product(behaviour: Behaviour) -> Product[Counter]:
    """Return the product with the given behaviour."""
    about = About(
        product="AdmiPlus", version="4.2", vendor="Clinique Sûre (fictif)", role="feed-source"
    )
    acts: dict[str, Kind[Counter, Any]] = {
        "register-patient": Kind(
            parameters=wishes.Register, perform=lambda at, wish, desk: at.register(wish, desk)
        ),
        "update-patient": Kind(
            parameters=wishes.Register, perform=lambda at, wish, desk: at.update(wish, desk)
        ),
        "merge-patients": Kind(
            parameters=wishes.Merge, perform=lambda at, wish, desk: at.merge(wish, desk)
        ),
        "remove-patient": Kind(
            parameters=wishes.Remove, perform=lambda at, wish, desk: at.remove(wish, desk)
        ),
        "link-patients": Kind(
            parameters=wishes.Associate, perform=lambda at, wish, desk: at.link(wish, desk)
        ),
        "unlink-patients": Kind(
            parameters=wishes.Associate, perform=lambda at, wish, desk: at.unlink(wish, desk)
        ),
        "change-number": Kind(
            parameters=wishes.Merge, perform=lambda at, wish, desk: at.renumber(wish, desk)
        ),
        "cross-reference": Kind(
            parameters=wishes.Cross, perform=lambda at, wish, desk: at.cross(wish, desk)
        ),
        "find-patient": Kind(
            parameters=wishes.Find, perform=lambda at, wish, desk: at.find(wish, desk)
        ),
        "match-patient": Kind(
            parameters=wishes.Match, perform=lambda at, wish, desk: at.match(wish, desk)
        ),
        "subscribe-patients": Kind(
            parameters=wishes.Follow, perform=lambda at, wish, desk: at.follow(wish, desk)
        ),
        "show-patient": Kind(
            parameters=wishes.Known, perform=lambda at, wish, desk: at.known_as(wish, desk)
        ),
    }
    return Product(
        about=about,
        open=lambda settings, logbook, around: _counter(settings, logbook, around, behaviour),
        acts=acts,
        takes=lambda at, message: at.take(message),
    )
