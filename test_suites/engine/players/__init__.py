"""The lab in a role: it plays prescriber, laboratory or raw sender over real sockets."""

from test_suites.engine.players.make import make_player
from test_suites.engine.players.model import (
    OURSELVES,
    ActResult,
    Address,
    Credentials,
    Known,
    LabError,
    Player,
    Spoken,
    Surroundings,
)

__all__ = [
    "OURSELVES",
    "ActResult",
    "Address",
    "Credentials",
    "Known",
    "LabError",
    "Player",
    "Spoken",
    "Surroundings",
    "make_player",
]
