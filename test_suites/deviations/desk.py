"""Which answers are to be spoiled, and how often yet; knows no HTTP."""

from dataclasses import dataclass, field
from enum import StrEnum

from scenarios.tricks import Forgery


class Kind(StrEnum):
    """How an answer may be spoiled."""

    STATUS = "status"
    RESET = "reset"
    TRUNCATE = "truncate"
    SLOW = "slow"
    MALFORMED = "malformed"
    CONTENT_TYPE = "content-type"
    DROP_QR = "drop-qr"
    FORGE = "forge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One way to spoil the next `times` answers to an operation.

    `status` and `retry_after` (seconds) are for kind status; `seconds` is how long a slow
    answer takes; `forgery` is for kind forge, which spoils whatever it can until disarmed.
    """

    kind: Kind
    operation: str
    status: int = 503
    retry_after: int | None = None
    times: int = 1
    seconds: float = 2.0
    forgery: Forgery | None = None


@dataclass(slots=True)
class DeviationDesk:
    """Owns what is still to be spoiled in one session."""

    forgery: Forgery | None = None
    _armed: list[tuple[Deviation, int]] = field(default_factory=list)

    def arm(self, deviation: Deviation) -> None:
        """Spoil the next answers so."""
        if deviation.kind is Kind.FORGE:
            self.forgery = deviation.forgery
            return
        self._armed.append((deviation, deviation.times))

    def disarm(self) -> None:
        """Spoil nothing any more."""
        self._armed.clear()
        self.forgery = None

    def take(self, operation: str) -> Deviation | None:
        """Return how the answer to this request is spoiled, counting it; None where it is not."""
        for index, (deviation, left) in enumerate(self._armed):
            if deviation.operation == operation:
                if left > 1:
                    self._armed[index] = (deviation, left - 1)
                else:
                    del self._armed[index]
                return deviation
        return None
