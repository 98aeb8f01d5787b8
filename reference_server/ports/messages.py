"""HL7 v2 messages of a World as whoever listens on a socket sees them; knows no message."""

from typing import Protocol

from reference_server.kernel.mllp import Respondent
from reference_server.kernel.port import Port
from reference_server.text import Catalogue


class Messages(Protocol):
    """Answers messages, and tells those who subscribed of changes."""

    def respondent(self, catalogue: Catalogue) -> Respondent:
        """Return who answers the messages that come over MLLP."""
        ...

    def subscribe(self, organisation: str, told: str) -> None:
        """Tell an organisation (CNS code) at `mllp://host:port` of changes from now on."""
        ...

    async def keep_telling(self) -> None:
        """Tell subscribers of changes, again and again until they took it; until cancelled."""
        ...


MESSAGES: Port[Messages] = Port("messages")
