"""The laboratory's acts from paper to screen; knows neither HTTP nor FHIR."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from test_suites.vendors.kit.answer import (
    NotReadable,
    NotWelcome,
    OnMalformed,
    Refused,
    SignInRefused,
    Trouble,
)
from test_suites.vendors.kit.desk import Desk, JsonObject
from test_suites.vendors.kit.logbook import Logbook
from test_suites.vendors.kit.product import About, Kind, Product, Surroundings
from test_suites.vendors.kit.settings import NewCertificate, Settings
from test_suites.vendors.laboratory import wishes, words
from test_suites.vendors.laboratory.behaviour import Behaviour
from test_suites.vendors.laboratory.channel import Channel
from test_suites.vendors.laboratory.identity import Identity
from test_suites.vendors.laboratory.prescription import Done, Prescription
from test_suites.vendors.laboratory.scan import Scanner
from test_suites.vendors.laboratory.service import NationalService
from test_suites.vendors.laboratory.slips import new_urn

UNCONFIRMED = "La délivrance n'est pas confirmée par le service national."
RESERVED = "in-progress"
Work = tuple[str, tuple[tuple[str, int], ...] | None]
"""A dispensation as the person means it: the Task, and codes with counts or all that is left."""


class Stop(Exception):
    """The act ends here; the person has been told."""


@dataclass(slots=True, kw_only=True)
class LaboratoryDesk:
    """Owns one session's connections and what it remembers of prescriptions it has seen."""

    channel: Channel
    service: NationalService
    scanner: Scanner
    behaviour: Behaviour
    seen: dict[str, Prescription] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    unconfirmed: dict[Work, str] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of the connections."""
        self.channel.close()

    def retrieve(self, wish: wishes.Retrieve, desk: Desk) -> JsonObject:
        """Fetch a prescription and show it."""
        self._mind_certificate(desk)
        try:
            found = self._fetch(wish, desk)
        except Stop:
            return {}
        return _result(found)

    def reserve(self, wish: wishes.Numbered, desk: Desk) -> JsonObject:
        """Keep a prescription for this laboratory."""
        try:
            known = self._known(wish.number, desk)
            kept = self._reserve(known, desk)
        except Stop:
            return {"number": wish.number}
        desk.inform(f"L'ordonnance {kept.number} est {words.state(kept.state)}.")
        return _result(kept)

    def release(self, wish: wishes.Numbered, desk: Desk) -> JsonObject:
        """Give a reserved prescription back."""
        if not self.behaviour.releases:  # defect: keeps-reservation
            desk.inform(f"L'ordonnance {wish.number} est libérée.")
            return {"number": wish.number}
        try:
            known = self._known(wish.number, desk)
            free = self._remember(known, self.service.release(known))
        except Stop:
            return {"number": wish.number}
        except Trouble as trouble:
            self._explain(trouble, desk, undone="L'ordonnance n'a pas été libérée.")
            return {"number": wish.number}
        desk.inform(f"L'ordonnance {free.number} est libérée ({words.state(free.state)}).")
        return _result(free)

    def dispense(self, wish: wishes.Dispense, desk: Desk) -> JsonObject:
        """Fetch, reserve and report what was done, all of it or some lines."""
        try:
            found = self._from_memory(wish) or self._fetch(wish, desk)
            work = None if wish.lines is None else _choose(found, wish.lines, desk)
            after = self._dispense(found, work, desk)
            if wish.keep_reserved and after.state == "partially-dispensed":
                after = self._reserve(after, desk)
        except Stop:
            return {"number": wish.number} if wish.number else {}
        return _result(after)

    def dispense_rest(self, wish: wishes.Numbered, desk: Desk) -> JsonObject:
        """Report everything that is left of a prescription this laboratory knows."""
        try:
            after = self._dispense(self._known(wish.number, desk), None, desk)
        except Stop:
            return {"number": wish.number}
        return _result(after)

    def _fetch(self, wish: wishes.Presented, desk: Desk) -> Prescription:
        """Fetch what the patient presents. Raises Stop."""
        code = None
        if wish.paper_base64 is not None:
            code = self.scanner.read(wish.paper_base64)
            if code is None:
                desk.alarm(words.NO_CODE)
                raise Stop
        try:
            if code is not None:
                found = self.service.retrieve_by_code(code)
                self.codes[code] = found.number
            elif wish.number is not None and wish.birth_date is not None:
                found = self.service.retrieve_by_number(wish.number, wish.birth_date)
            else:
                raise Stop
        except Trouble as trouble:
            self._explain(trouble, desk, undone="L'ordonnance n'a pas pu être obtenue.")
            raise Stop from trouble
        self.seen[found.number] = found
        analyses = ", ".join(line.code for line in found.lines)
        desk.inform(
            f"Ordonnance {found.number} de {found.patient} "
            f"({words.state(found.state)}) : {analyses}."
        )
        return found

    def _from_memory(self, wish: wishes.Dispense) -> Prescription | None:
        """Return None, so that the service is asked each time; the defect does not ask."""
        if self.behaviour.retrieves_each_time or wish.paper_base64 is None:
            return None
        code = self.scanner.read(wish.paper_base64)  # defect: dispenses-from-cache
        return self.seen.get(self.codes.get(code or "", ""))

    def _known(self, number: str, desk: Desk) -> Prescription:
        """Return a prescription this laboratory has seen, in this session or before."""
        if number in self.seen:
            return self.seen[number]
        try:
            found = self.service.find(number)
        except Trouble as trouble:
            self._explain(trouble, desk, undone="L'ordonnance n'a pas pu être cherchée.")
            raise Stop from trouble
        if found is None:
            desk.alarm(words.NOT_FOUND)
            raise Stop
        return found

    def _reserve(self, known: Prescription, desk: Desk) -> Prescription:
        """Reserve at the service. Raises Stop."""
        try:
            return self._remember(known, self.service.reserve(known))
        except Trouble as trouble:
            self._explain(trouble, desk, undone="L'ordonnance n'a pas été réservée.")
            raise Stop from trouble

    def _dispense(
        self, known: Prescription, work: Sequence[Done] | None, desk: Desk
    ) -> Prescription:
        """Reserve and report. A report never confirmed is sent again as it was. Raises Stop."""
        chosen = None if work is None else tuple((done.line.code, done.count) for done in work)
        what = (known.task_id, chosen)
        dispensation = self.unconfirmed.pop(what, None)
        if dispensation is None:
            dispensation = new_urn()
            if self.behaviour.reserves:  # or else defect: skips-reservation
                self._reserve(known, desk)
        if not self.behaviour.dispenses:  # defect: forgets-dispensation
            desk.inform("Terminé.")
            raise Stop
        try:
            after = self.service.dispense(known, dispensation=dispensation, done=work)
        except Refused as trouble:
            self._explain(trouble, desk, undone="La délivrance n'est pas enregistrée.")
            self._give_back(known, desk)
            raise Stop from trouble
        except Trouble as trouble:
            self.unconfirmed[what] = dispensation
            self._explain(trouble, desk, undone=UNCONFIRMED)
            raise Stop from trouble
        if not self.behaviour.dispenses_once:  # defect: dispenses-twice
            with suppress(Trouble):
                self.service.dispense(known, dispensation=new_urn(), done=work)
        desk.inform(f"L'ordonnance {after.number} est {words.state(after.state)}.")
        return self._remember(known, after)

    def _give_back(self, known: Prescription, desk: Desk) -> None:
        """Release what this act alone had reserved, so that another laboratory can take it."""
        if known.state == RESERVED or not self.behaviour.reserves:
            return
        try:
            self._remember(known, self.service.release(known))
        except Trouble:
            desk.warn("La réservation n'a pas pu être rendue, elle s'éteindra d'elle-même.")

    def _remember(self, known: Prescription, after: Prescription) -> Prescription:
        """Keep the new state beside what was known of the lines."""
        self.seen[known.number] = replace(known, state=after.state)
        return self.seen[known.number]

    def renew_certificate(self, wish: NewCertificate, desk: Desk) -> JsonObject:
        """Show another certificate from now on."""
        card = wish.card()
        if self.behaviour.certificate.takes_new:  # else defect: keeps-old-certificate
            self.channel.renew(card)
        desk.inform("Le nouveau certificat est installé.")
        return {}

    def _mind_certificate(self, desk: Desk) -> None:
        """Warn in time that our certificate ends."""
        card = self.channel.card
        day = None if card is None else card.last_day()
        if day is not None and self.behaviour.certificate.warns_of_end:  # else: silent-about-…
            desk.warn(f"Notre certificat expire le {day} ; demandez-en un nouveau.")

    def _explain(self, trouble: Trouble, desk: Desk, *, undone: str) -> None:
        """Tell the person why something was not done; what else happens here is a defect."""
        if isinstance(trouble, NotReadable):
            if self.behaviour.on_malformed is OnMalformed.CRASHES:  # defect: crashes-on-malformed
                raise trouble
            if self.behaviour.on_malformed is OnMalformed.BELIEVES:  # treats-malformed-as-ok
                desk.inform("Opération terminée.")
                return
        if isinstance(trouble, NotWelcome) and not self.behaviour.certificate.tells_refusal:
            desk.inform("Opération terminée.")  # defect: hides-refused-certificate
            return
        if isinstance(trouble, SignInRefused) and not self.behaviour.tells_failed_sign_in:
            desk.inform("Opération terminée.")  # defect: hides-failed-sign-in
            return
        if isinstance(trouble, Refused) and not self.behaviour.shows_refusals:
            desk.inform("Opération terminée.")  # defect: hides-refusal
            return
        for sentence in words.explain(trouble, undone=undone):
            desk.alarm(sentence)


def _choose(found: Prescription, wished: Sequence[wishes.LineWish], desk: Desk) -> tuple[Done, ...]:
    """Return the lines the person means by their codes. Raises Stop for a code not there."""
    left = list(found.lines)
    chosen: list[Done] = []
    for wish in wished:
        line = next((line for line in left if line.code == wish.code), None)
        if line is None:
            desk.alarm(f"L'analyse {wish.code} n'est pas sur cette ordonnance.")
            raise Stop
        left.remove(line)
        chosen.append(Done(line=line, count=wish.count))
    return tuple(chosen)


def _result(known: Prescription) -> JsonObject:
    return {"number": known.number, "state": known.state}


def product(behaviour: Behaviour) -> Product[LaboratoryDesk]:
    """Return the product with the given behaviour."""
    scanner = Scanner()

    def open_desk(
        settings: Settings, logbook: Logbook, surroundings: Surroundings
    ) -> LaboratoryDesk:
        channel = Channel(settings.trust_pem, behaviour=behaviour, card=settings.card())
        identity = Identity(
            settings=settings,
            channel=channel,
            logbook=logbook,
            surroundings=surroundings,
            behaviour=behaviour,
        )
        service = NationalService(
            fhir_base=settings.fhir_base,
            channel=channel,
            identity=identity,
            logbook=logbook,
            surroundings=surroundings,
            behaviour=behaviour,
        )
        return LaboratoryDesk(
            channel=channel, service=service, scanner=scanner, behaviour=behaviour
        )

    return Product(
        about=About(
            product="LaboScan",
            version="2.7",
            vendor="Biologie Sûre (fictif)",
            role="laboratory",
        ),
        open=open_desk,
        acts={
            "retrieve": Kind(parameters=wishes.Retrieve, perform=LaboratoryDesk.retrieve),
            "dispense": Kind(parameters=wishes.Dispense, perform=LaboratoryDesk.dispense),
            "dispense-rest": Kind(parameters=wishes.Numbered, perform=LaboratoryDesk.dispense_rest),
            "reserve": Kind(parameters=wishes.Numbered, perform=LaboratoryDesk.reserve),
            "renew-certificate": Kind(
                parameters=NewCertificate, perform=LaboratoryDesk.renew_certificate
            ),
            "release": Kind(parameters=wishes.Numbered, perform=LaboratoryDesk.release),
        },
    )
