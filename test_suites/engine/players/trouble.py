"""Why an act could not be done; knows no sentence and no HTTP library.

Trouble
├── Interrupted   the connection broke, or the peer asks to come back later: worth a second try
├── Untrusted     the peer's certificate is not one we trust
├── Unwelcome     the peer does not take our certificate
├── Refused       the peer said no; `reasons` are its own words
├── Unreadable    the peer's answer is not what the interface says
└── SignInFailed  nobody could be signed in
NothingToBeginWith  an earlier step left nothing that this act could work on
"""

from typing import ClassVar


class Trouble(Exception):
    """The act ends here and the person is told; `detail` is a short code."""

    message_id: ClassVar[str] = "player.trouble.unreadable"

    def __init__(self, detail: str, *, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reasons = reasons


class Interrupted(Trouble):
    """`wait` is how many seconds the peer asks to wait at least."""

    message_id = "player.trouble.interrupted"

    def __init__(self, detail: str, *, wait: float = 0, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(detail, reasons=reasons)
        self.wait = wait


class Untrusted(Trouble):
    """Nothing was sent."""

    message_id = "player.trouble.untrusted"


class Unwelcome(Trouble):
    """`detail` is the alert by which the peer said so; asking again changes nothing."""

    message_id = "player.trouble.unwelcome"


class Refused(Trouble):
    """`status` is the HTTP status of the refusal."""

    message_id = "player.trouble.refused"

    def __init__(self, status: int, *, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(f"{status}", reasons=reasons)
        self.status = status


class Unreadable(Trouble):
    """`detail` says what was missing or malformed."""

    message_id = "player.trouble.unreadable"


class SignInFailed(Trouble):
    """`detail` says which step or which promise of the protocol broke."""

    message_id = "player.trouble.sign-in"


class NothingToBeginWith(Exception):
    """`detail` says what is missing: a consequence of an earlier step, nobody's new fault."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
