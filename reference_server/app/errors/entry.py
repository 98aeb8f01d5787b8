"""One line of the error catalogue as a value; knows no class and no page."""

from dataclasses import asdict, dataclass

from reference_server.kernel.errors import Mend


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A refusal as the wire shows it, made by the renderer that answers callers.

    `error` is OAuth's where the answer is OAuth's; `body` is empty where a browser gets a page or
    is sent elsewhere.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One of the reasons for which OAuth answers a code: what error_description says."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEntry:
    """What is told of one code, in one language.

    `group` is the service's name, `kernel` for what every service answers. `text` is for the
    person at the screen, `cause` for the developer, `mend` says what helps. The `answers` are
    worked examples.
    """

    code: str
    group: str
    status: int
    issue_code: str | None
    requirement: str | None
    text: str
    cause: str
    mend: Mend
    advice: str
    reasons: tuple[Reason, ...]
    answers: tuple[Answer, ...]

    @property
    def errors(self) -> tuple[str, ...]:
        """Return OAuth's `error` values under which it may come."""
        return tuple(dict.fromkeys(answer.error for answer in self.answers if answer.error))

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {**asdict(self), "errors": list(self.errors)}
