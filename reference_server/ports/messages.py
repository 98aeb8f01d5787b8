"""HL7 v2 messages of a World as whoever listens on a socket sees them; knows no message."""

from typing import Protocol

from reference_server.kernel.mllp import Respondent
from reference_server.kernel.port import Port
from reference_server.text import Catalogue


class Messages(Protocol):
    """Answers messages."""

    def respondent(self, catalogue: Catalogue) -> Respondent:
        """Return who answers the messages that come over MLLP."""
        ...


MESSAGES: Port[Messages] = Port("messages")
