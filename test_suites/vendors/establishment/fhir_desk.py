"""The admission desk where it speaks FHIR (IHE PDQm, PIXm); knows no token and no socket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from test_suites.vendors.establishment import resources, wishes
from test_suites.vendors.establishment.behaviour import Behaviour
from test_suites.vendors.establishment.counter import (
    DONE,
    NOBODY,
    REFUSED,
    UNDONE,
    not_offered,
    show,
)
from test_suites.vendors.establishment.following import Followed
from test_suites.vendors.establishment.index import Index
from test_suites.vendors.establishment.resources import Number, Pen, entered, searched
from test_suites.vendors.kit.answer import Answer, Refused, Trouble
from test_suites.vendors.kit.desk import Desk, JsonObject
from test_suites.vendors.kit.logbook import Logbook
from test_suites.vendors.kit.product import Reply, Surroundings
from test_suites.vendors.kit.settings import Settings
from test_suites.vendors.kit.tls import STRICT, client_context

MAY_BE = "À vérifier : {who}"
_WRITTEN = frozenset({200, 201, 204})
_MOST_PAGES = 100


@dataclass(slots=True, kw_only=True)
class FhirDesk:
    """Owns one session's way to the index and what it remembers of answers."""

    index: Index
    pen: Pen
    behaviour: Behaviour
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    followed: Followed

    @classmethod
    def open(
        cls, settings: Settings, logbook: Logbook, surroundings: Surroundings, behaviour: Behaviour
    ) -> "FhirDesk":
        """Return a desk whose connections trust what the session says."""
        client = httpx.Client(
            verify=client_context(settings.trust_pem, STRICT),
            trust_env=False,
            follow_redirects=False,
        )
        index = Index(
            settings=settings,
            client=client,
            logbook=logbook,
            surroundings=surroundings,
            tries=behaviour.fhir_tries,
        )
        pen = Pen(organization=settings.organization or "", behaviour=behaviour)
        own = f"http://127.0.0.1:{surroundings.port}/patients/{logbook.session}"
        followed = Followed(endpoint=own, behaviour=behaviour)
        return cls(index=index, pen=pen, behaviour=behaviour, followed=followed)

    def close(self) -> None:
        """Let go of the connections."""
        self.index.close()

    def register(self, wish: wishes.Register, desk: Desk) -> JsonObject:
        """Add a patient, or revise one (ITI-104)."""
        own = self.pen.number(wish.local_id)
        return self._tell(own, self.pen.patient(wish.patient, wish, own), desk)

    def update(self, wish: wishes.Register, desk: Desk) -> JsonObject:
        """Do the same: the number says who is revised."""
        return self.register(wish, desk)

    def merge(self, wish: wishes.Merge, desk: Desk) -> JsonObject:
        """Resolve a duplicate (ITI-104)."""
        stays, goes = self.pen.number(wish.local_id), self.pen.number(wish.old_id)
        if not self.behaviour.replaces_the_retired:  # defect: replaces-the-survivor
            stays, goes = goes, stays
        return self._tell(goes, self.pen.retired(wish.patient, goes, stays), desk)

    def remove(self, wish: wishes.Remove, desk: Desk) -> JsonObject:
        """Remove a patient of the establishment's (ITI-104)."""
        if not self.behaviour.removes:  # defect: forgets-to-remove
            desk.inform(DONE)
            return {}
        own = self.pen.number(wish.local_id)
        return self._written(lambda: self.index.tell("DELETE", _at(own)), desk)

    def renumber(self, _wish: wishes.Merge, desk: Desk) -> JsonObject:
        """PIXm has no such event."""
        return not_offered(desk)

    def link(self, _wish: wishes.Associate, desk: Desk) -> JsonObject:
        """PIXm has no such event."""
        return not_offered(desk)

    def unlink(self, _wish: wishes.Associate, desk: Desk) -> JsonObject:
        """PIXm has no such event."""
        return not_offered(desk)

    def cross(self, wish: wishes.Cross, desk: Desk) -> JsonObject:
        """Show which numbers a patient has elsewhere (ITI-83)."""
        number = self.pen.number(wish.local_id)
        if wish.authority is not None:
            number = Number(system=wish.authority, value=wish.local_id)
        with_system = self.behaviour.names_source_system  # or else defect: asks-without-system
        asked = {"sourceIdentifier": number.token() if with_system else number.value}
        if wish.domain is not None and self.behaviour.asks_for_domain:
            asked["targetSystem"] = wish.domain  # or else defect: asks-for-every-domain
        answer = self._asked(lambda: self.index.get(f"Patient/$ihe-pix?{urlencode(asked)}"), desk)
        if answer is None:
            if not self.behaviour.forgets_merged:  # defect: remembers-merged-number
                show(self.known.get(wish.local_id, ()), desk)
            return {}
        numbers = resources.targets(answer)
        self.known[wish.local_id] = numbers
        show(numbers, desk)
        return {}

    def find(self, wish: wishes.Find, desk: Desk) -> JsonObject:
        """Show who it may be, of every page (ITI-78)."""
        form = searched(entered(wish.patient or wishes.Person(), wish), wish.page)
        if self.behaviour.searches_by_form:
            bundle = self._asked(lambda: self.index.search("Patient/_search", form), desk)
        else:  # defect: names-in-address
            bundle = self._asked(lambda: self.index.get(f"Patient?{form}"), desk)
        if bundle is None:
            return {}
        found = [resources.shown(each) for each in resources.entries(bundle)]
        following = resources.next_page(bundle)
        pages = _MOST_PAGES if self.behaviour.follows_pages else 0  # defect: reads-first-page-only
        while following is not None and pages:
            bundle = self._asked(self._page(following), desk)
            if bundle is None:
                break
            found += [resources.shown(each) for each in resources.entries(bundle)]
            following, pages = resources.next_page(bundle), pages - 1
        show(tuple(found), desk)
        return {}

    def match(self, wish: wishes.Match, desk: Desk) -> JsonObject:
        """Show who it is, and apart from it who it only may be (ITI-119)."""
        asked: list[JsonObject] = [
            {"name": "resource", "resource": self.pen.patient(wish.patient, wish, None)}
        ]
        if wish.only_certain and self.behaviour.asks_only_certain:
            asked.append({"name": "onlyCertainMatches", "valueBoolean": True})
        body: JsonObject = {"resourceType": "Parameters", "parameter": asked}
        bundle = self._asked(lambda: self.index.ask("Patient/$match", body), desk)
        for entry in [] if bundle is None else resources.entries(bundle):
            who = resources.shown(entry)
            if resources.grade(entry) == "certain" or not self.behaviour.possible_is_possible:
                desk.inform(who)  # where it is only possible: takes-possible-for-certain
            else:
                desk.warn(MAY_BE.format(who=who))
        if bundle is not None and not resources.entries(bundle):
            desk.inform(NOBODY)
        return {}

    def follow(self, wish: wishes.Follow, desk: Desk) -> JsonObject:
        """Ask to be told what becomes of patients (ITI-94)."""
        resource = self.followed.subscription(wish.criteria)
        if self._asked(lambda: self.index.ask("Subscription", resource), desk) is not None:
            desk.inform(DONE)
        return {}

    def known_as(self, wish: wishes.Known, desk: Desk) -> JsonObject:
        """Show the patient of a number of ours, as far as we heard."""
        show(self.followed.lines(self.pen.number(wish.local_id)), desk)
        return {}

    def take(self, message: bytes) -> Reply:
        """Take what the index tells (ITI-93)."""
        reply = self.followed.take(message)
        self.index.logbook.note(f"index told us -> {reply.status}")
        return reply

    def _page(self, url: str) -> Callable[[], Answer]:
        return lambda: self.index.get(url)

    def _tell(self, own: Number, resource: JsonObject, desk: Desk) -> JsonObject:
        where = _at(own) if self.behaviour.feeds_with_number else "Patient"  # feeds-without-number
        return self._written(lambda: self.index.tell("PUT", where, resource), desk)

    def _written(self, send: Callable[[], Answer], desk: Desk) -> JsonObject:
        try:
            answer = send()
            if answer.status not in _WRITTEN:
                answer.accepted()
        except Refused as no:
            if self.behaviour.shows_feed_refusals:  # or else defect: hides-feed-refusal
                desk.alarm(REFUSED.format(why=" ; ".join(no.reasons)))
                return {}
        except Trouble:
            desk.alarm(UNDONE)
            return {}
        desk.inform(DONE)
        return {}

    def _asked(self, ask: Callable[[], Answer], desk: Desk) -> JsonObject | None:
        """Return what the index answered; None where it did not, and the person knows why."""
        try:
            return ask().accepted().json()
        except Refused as no:
            if self.behaviour.shows_unknown_numbers:  # or else defect: hides-unknown-number
                desk.alarm(REFUSED.format(why=" ; ".join(no.reasons)))
            else:
                desk.inform(NOBODY)
        except Trouble:
            desk.alarm(UNDONE)
        return None


def _at(own: Number) -> str:
    return f"Patient?{urlencode({'identifier': own.token()})}"
