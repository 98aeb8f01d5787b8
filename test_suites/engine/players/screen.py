"""What the person at the player's desk sees and holds during one act; knows no peer."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from reference_server.text import Catalogue
from test_suites.core.transcript import BoundPrescription, StepState
from test_suites.engine.players.model import ActResult
from test_suites.engine.players.trouble import Trouble
from test_suites.subjects.operator import Printed, Shown

PDF = "application/pdf"


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(files(__package__) / "messages")


class Screen:
    """Owns the sentences and pages of one act."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._shown: list[Shown] = []
        self._printed: list[Printed] = []

    def inform(self, message_id: str, **params: str | int) -> None:
        """Show a sentence that is no alarm."""
        self._show("info", self._text(message_id, params))

    def alarm(self, message_id: str, **params: str | int) -> None:
        """Show a sentence that must not be overlooked."""
        self._show("error", self._text(message_id, params))

    def warn(self, text: str) -> None:
        """Show words that the person has to look at: somebody it may be."""
        self._show("warning", text)

    def remind(self, message_id: str, **params: str | int) -> None:
        """Show something the person should see to."""
        self._show("warning", self._text(message_id, params))

    def explain(self, trouble: Trouble) -> None:
        """Show why something was not done, and every reason the peer gave."""
        self.alarm(trouble.message_id, detail=trouble.detail)
        self.repeat(trouble.reasons)

    def say(self, text: str) -> None:
        """Show words that are nobody's sentence: a name, a number."""
        self._show("info", text)

    def repeat(self, reasons: Iterable[str]) -> None:
        """Show the peer's own words."""
        for reason in reasons:
            self._show("error", reason)

    def tell_state(self, number: str | None, state: str) -> None:
        """Show how a prescription stands."""
        self.inform("player.state", number=number or "?", state=self.state(state))

    def state(self, code: str) -> str:
        """Return a business status as people say it; a code nobody knows stays as it is."""
        message_id = f"player.word.{code}"
        known = message_id in _catalogue().ids(self._language)
        return self._text(message_id, {}) if known else code

    def print_page(self, name: str, content: bytes) -> None:
        """Print a PDF."""
        self._printed.append(Printed(name=name, media_type=PDF, content=content))

    def result(self, learned: BoundPrescription | None = None, *, detail: str = "") -> ActResult:
        """Return how the act ended: it came to its end, and the person knows."""
        return ActResult(
            state=StepState.DONE,
            shown=tuple(self._shown),
            printed=tuple(self._printed),
            learned=learned,
            detail=detail,
        )

    def _text(self, message_id: str, params: dict[str, str | int]) -> str:
        return _catalogue().render(message_id, params, language=self._language)

    def _show(self, level: str, text: str) -> None:
        # A peer's text may hold what UTF-8 cannot say; the screen shows something all the same.
        writable = text.encode("utf-8", "replace").decode("utf-8")
        self._shown.append(Shown(level=level, text=writable))
