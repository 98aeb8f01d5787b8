"""The prescriber's acts from wish to screen and printer; knows neither HTTP nor FHIR."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

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
from test_suites.vendors.kit.product import About, Hearing, Kind, Product, Surroundings
from test_suites.vendors.kit.settings import NewCertificate, Person, Settings
from test_suites.vendors.prescriber import wishes
from test_suites.vendors.prescriber.behaviour import Behaviour, Printing
from test_suites.vendors.prescriber.channel import Channel
from test_suites.vendors.prescriber.document import Draft, Submission, new_urn, now, submission
from test_suites.vendors.prescriber.logout_notice import issuer_of
from test_suites.vendors.prescriber.paper import draw_form, draw_own_code
from test_suites.vendors.prescriber.provider import Provider
from test_suites.vendors.prescriber.service import Issued, NationalService
from test_suites.vendors.prescriber.signin import Identity
from test_suites.vendors.prescriber.slips import sent_again, slip
from test_suites.vendors.prescriber.words import explain, state

NOT_ISSUED = "L'ordonnance n'a pas été émise et ne doit pas être remise au patient."
PAPER_NAME = "prescription.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A prescription as written here: what is sent, and the form on paper."""

    submission: Submission
    paper: bytes
    matricule: str


@dataclass(slots=True, kw_only=True)
class PrescriberDesk:
    """Owns one session's connections and what it remembers of its own prescriptions."""

    person: Person | None
    channel: Channel
    service: NationalService
    behaviour: Behaviour
    last: Pending | None = None
    first_patient: wishes.PatientWish | None = None
    tasks: dict[str, str] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of the connections."""
        self.channel.close()

    def hear_logout(self, token: str) -> bool:
        """Take a notice of the provider that the person signed out; tell whether it counts."""
        return self.service.identity.hear_logout(token)

    def prescribe(self, wish: wishes.Prescribe, desk: Desk) -> JsonObject:
        """Issue a prescription and print what the service stamped."""
        self._mind_certificate(desk)
        if self.person is None:
            desk.alarm(f"Les coordonnées du prescripteur manquent. {NOT_ISSUED}")
            return {}
        written = now()
        paper = draw_form(
            wish, person=self.person, written=written, free_corner=self.behaviour.free_corner
        )
        self.first_patient = self.first_patient or wish.patient
        draft = Draft(
            identifier=wish.bundle_identifier or new_urn(),
            written=written,
            wish=slip(wish, behaviour=self.behaviour, first_patient=self.first_patient),
            person=self.person,
            paper=paper,
            one_requisition=self.behaviour.one_requisition,
            lines_to_be_done=self.behaviour.lines_to_be_done,
        )
        if self.behaviour.logs_matricule:  # defect: logs-matricule
            self.service.logbook.note(f"prescribing for {wish.patient.matricule}")
        self.last = Pending(
            submission=submission(draft), paper=paper, matricule=wish.patient.matricule
        )
        return self._submit(self.last, desk)

    def resubmit_last(self, _: wishes.Nothing, desk: Desk) -> JsonObject:
        """Send the last prescription again, as after an answer that got lost."""
        if self.last is None:
            desk.alarm("Il n'y a pas d'ordonnance à renvoyer.")
            return {}
        again = sent_again(self.last.submission, behaviour=self.behaviour)
        return self._submit(replace(self.last, submission=again), desk)

    def _submit(self, pending: Pending, desk: Desk) -> JsonObject:
        ready = pending.submission
        result: JsonObject = {"bundle_identifier": ready.identifier}
        try:
            issued = self._issue(pending)
        except Trouble as trouble:
            self._explain(trouble, desk, undone=NOT_ISSUED)
            if isinstance(trouble, Refused) and self.behaviour.prints_after_ko:
                desk.print_pdf(PAPER_NAME, pending.paper)  # defect: ignores-ko
            return result
        self.tasks[issued.number] = issued.task_id
        holder = self.service.identity.left.holder
        signed = "" if holder is None else f" et signée par {holder}"
        desk.inform(f"L'ordonnance {issued.number} est enregistrée{signed}.")
        self._print(issued, pending, desk)
        return {"number": issued.number, "task_id": issued.task_id, **result}

    def _issue(self, pending: Pending) -> Issued:
        """Submit. Raises Trouble."""
        try:
            return self.service.submit(pending.submission, matricule=pending.matricule)
        except Refused:
            if not self.behaviour.submits_again_after_ko:
                raise
            # The defect resubmits-after-ko asks once more.
            return self.service.submit(pending.submission, matricule=pending.matricule)

    def _print(self, issued: Issued, pending: Pending, desk: Desk) -> None:
        """Print what the service stamped, byte by byte; every other case is a defect."""
        match self.behaviour.prints:
            case Printing.STAMPED:
                desk.print_pdf(PAPER_NAME, issued.stamped)
            case Printing.UNSTAMPED:  # defect: prints-unstamped
                desk.print_pdf(PAPER_NAME, pending.paper)
            case Printing.REDRAWN:  # defect: redraws-qr
                desk.print_pdf(PAPER_NAME, draw_own_code(issued.number))
            case Printing.NOTHING:  # defect: forgets-printing
                pass

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
            if (
                self.behaviour.on_malformed is OnMalformed.BELIEVES
            ):  # defect: treats-malformed-as-ok
                desk.inform("Ordonnance transmise.")
                return
        if isinstance(trouble, NotWelcome) and not self.behaviour.certificate.tells_refusal:
            desk.inform("Opération terminée.")  # defect: hides-refused-certificate
            return
        if isinstance(trouble, SignInRefused) and not self.behaviour.caution.tells_failed_sign_in:
            desk.inform("Opération terminée.")  # defect: hides-failed-sign-in
            return
        if isinstance(trouble, Refused):
            if not self.behaviour.shows_refusals:  # defect: hides-refusal
                desk.inform("Opération terminée.")
                return
            if not self.behaviour.shows_every_fault:  # defect: shows-first-fault-only
                desk.alarm(trouble.reasons[0])
                return
        for sentence in explain(trouble, undone=undone):
            desk.alarm(sentence)

    def cancel(self, wish: wishes.Cancel, desk: Desk) -> JsonObject:
        """Withdraw a prescription."""
        try:
            task_id = wish.task_id or self._task_of(wish.number or "")
            if task_id is None:
                desk.alarm("Aucune ordonnance de votre cabinet ne porte ce numéro.")
                return {}
            followed = self.service.cancel(task_id, reason=wish.reason)
        except Trouble as trouble:
            self._explain(trouble, desk, undone="L'ordonnance n'a pas été annulée.")
            return {}
        desk.inform(f"L'ordonnance est {state(followed.state)}.")
        return {"task_id": followed.task_id, "state": followed.state}

    def _task_of(self, number: str) -> str | None:
        if number in self.tasks:
            return self.tasks[number]
        found = self.service.look_up(number)
        return found.task_id if found else None

    def sign_out(self, _: wishes.Nothing, desk: Desk) -> JsonObject:
        """End the person's session."""
        try:
            was_signed_in = self.service.identity.sign_out()
        except Trouble as trouble:
            undone = "La session reste peut-être ouverte chez le fournisseur d'identité."
            self._explain(trouble, desk, undone=undone)
            return {}
        said = "Vous êtes déconnecté." if was_signed_in else "Personne n'était connecté."
        desk.inform(said)
        return {}

    def look_up(self, wish: wishes.LookUp, desk: Desk) -> JsonObject:
        """Show how far a prescription has come."""
        try:
            followed = self.service.look_up(wish.number)
        except Trouble as trouble:
            self._explain(trouble, desk, undone="L'état de l'ordonnance reste inconnu.")
            return {"number": wish.number}
        if followed is None:
            desk.warn(f"L'ordonnance {wish.number} est introuvable.")
            return {"number": wish.number}
        desk.inform(f"L'ordonnance {wish.number} est {state(followed.state)}.")
        return {"number": wish.number, "task_id": followed.task_id, "state": followed.state}


ACTS: Mapping[str, Kind[PrescriberDesk, Any]] = {
    "prescribe": Kind(parameters=wishes.Prescribe, perform=PrescriberDesk.prescribe),
    "resubmit-last": Kind(parameters=wishes.Nothing, perform=PrescriberDesk.resubmit_last),
    "cancel": Kind(parameters=wishes.Cancel, perform=PrescriberDesk.cancel),
    "sign-out": Kind(parameters=wishes.Nothing, perform=PrescriberDesk.sign_out),
    "renew-certificate": Kind(parameters=NewCertificate, perform=PrescriberDesk.renew_certificate),
    "look-up": Kind(parameters=wishes.LookUp, perform=PrescriberDesk.look_up),
}


HEARING: Hearing[PrescriberDesk] = Hearing(
    is_for=lambda desk, token: desk.service.identity.settings.issuer == issuer_of(token),
    hear=PrescriberDesk.hear_logout,
)


def product(behaviour: Behaviour) -> Product[PrescriberDesk]:
    """Return the product with the given behaviour."""

    def open_desk(
        settings: Settings, logbook: Logbook, surroundings: Surroundings
    ) -> PrescriberDesk:
        channel = Channel(settings.trust_pem, behaviour=behaviour, card=settings.card())
        provider = Provider(
            settings=settings,
            channel=channel,
            logbook=logbook,
            surroundings=surroundings,
            behaviour=behaviour,
        )
        identity = Identity(
            provider=provider,
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
        return PrescriberDesk(
            person=settings.person, channel=channel, service=service, behaviour=behaviour
        )

    return Product(
        about=About(
            product="Cabinet+",
            version="4.2",
            vendor="Logiciels Moselle (fictif)",
            role="prescriber",
        ),
        open=open_desk,
        acts=ACTS,
        hears=HEARING,
    )
