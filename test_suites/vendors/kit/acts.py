"""Acts under way and the sessions they belong to; knows nothing of HTTP or of prescriptions."""

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

from pydantic import BaseModel

from test_suites.vendors.kit.desk import Desk, JsonObject
from test_suites.vendors.kit.logbook import Logbook
from test_suites.vendors.kit.product import Kind, Product, Reply, Surroundings, W
from test_suites.vendors.kit.settings import Settings


@dataclass(slots=True, kw_only=True)
class Act:
    """Owns the progress of one act; written by its thread, read by the driver."""

    name: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: str = "running"
    desk: Desk = field(default_factory=Desk)
    result: JsonObject = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def as_json(self) -> JsonObject:
        """Return it in the driver contract's shape."""
        return {
            "id": self.id,
            "state": self.state,
            "shown_to_user": [sentence.as_json() for sentence in tuple(self.desk.shown)],
            "printed": [sheet.as_json() for sheet in tuple(self.desk.printed)],
            "result": dict(self.result),
        }


@dataclass(slots=True, kw_only=True)
class Session(Generic[W]):
    """Owns one configured workplace; its acts run one after the other, as at one desk."""

    workplace: W
    logbook: Logbook
    at_the_desk: threading.Lock = field(default_factory=threading.Lock)
    acts: dict[str, Act] = field(default_factory=dict)

    def run(self, act: Act, kind: Kind[W, Any], parameters: BaseModel) -> None:
        """Do the work of an act; whatever stops the product makes the act failed."""
        with self.at_the_desk:
            self.logbook.note(f"act {act.name} begins")
            try:
                act.result = kind.perform(self.workplace, parameters, act.desk)
                act.state = "done"
            except Exception as stopped:  # noqa: BLE001 - the last line of defence of a program
                # Only the type: the text of an exception may hold what a log must not.
                self.logbook.note(f"act {act.name} stopped by {type(stopped).__name__}")
                act.state = "failed"
            self.logbook.note(f"act {act.name} is {act.state}")
            act.ended.set()

    def close(self) -> None:
        """Close the workplace when nobody works at it any more."""
        with self.at_the_desk:
            self.workplace.close()


@dataclass(slots=True, kw_only=True)
class Office(Generic[W]):
    """Owns all sessions of the process."""

    product: Product[W]
    surroundings: Surroundings
    sessions: dict[str, Session[W]] = field(default_factory=dict)

    def configure(self, name: str, settings: Settings) -> None:
        """Open a session, or open it anew; the log of the same name goes on."""
        before = self.sessions.get(name)
        logbook = before.logbook if before else Logbook(session=name)
        workplace = self.product.open(settings, logbook, self.surroundings)
        acts = before.acts if before else {}
        self.sessions[name] = Session(workplace=workplace, logbook=logbook, acts=acts)
        if before:
            self._leave(before)

    def close(self, name: str) -> bool:
        """Forget a session with its acts and log; false when there is none."""
        session = self.sessions.pop(name, None)
        if session:
            self._leave(session)
        return session is not None

    def start(self, name: str, act: str, parameters: Mapping[str, object]) -> Act:
        """Begin an act in a thread of its own.

        Raises KeyError for an unknown session or act, pydantic.ValidationError for parameters.
        """
        session = self.sessions[name]
        kind = self.product.acts[act]
        wished = kind.parameters.model_validate(parameters)
        begun = Act(name=act)
        session.acts[begun.id] = begun
        threading.Thread(target=session.run, args=(begun, kind, wished), daemon=True).start()
        return begun

    def hear(self, logout_token: str) -> bool:
        """Hand a notice to the session it is for; false where nobody believes it."""
        hearing = self.product.hears
        if hearing is None:
            return False
        for session in tuple(self.sessions.values()):
            if hearing.is_for(session.workplace, logout_token):
                with session.at_the_desk:
                    return hearing.hear(session.workplace, logout_token)
        return False

    def take(self, name: str, message: bytes) -> Reply | None:
        """Hand what the index tells of patients to a session; None where there is none for it."""
        session, takes = self.sessions.get(name), self.product.takes
        if session is None or takes is None:
            return None
        with session.at_the_desk:
            return takes(session.workplace, message)

    def find(self, act_id: str) -> Act | None:
        """Return an act of any open session."""
        for session in tuple(self.sessions.values()):
            if act_id in session.acts:
                return session.acts[act_id]
        return None

    def shut(self) -> None:
        """Close every session that can be closed soon; the process is about to end."""
        while self.sessions:
            _, session = self.sessions.popitem()
            if session.at_the_desk.acquire(timeout=1):
                session.workplace.close()
                session.at_the_desk.release()

    @staticmethod
    def _leave(session: Session[W]) -> None:
        threading.Thread(target=session.close, daemon=True).start()
