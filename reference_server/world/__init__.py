"""One environment of the national services: clocks, ids, randomness, store, keys, ports."""

from reference_server.world.act import (
    Call,
    authorise,
    is_impersonal,
    presented,
    record,
    record_refusal,
)
from reference_server.world.clock import Clock
from reference_server.world.ids import Ids, Randomness, SeededRandomness, SystemRandomness
from reference_server.world.keys import Keys
from reference_server.world.state import State
from reference_server.world.vault import Vault, VaultError
from reference_server.world.world import Settings, World, migrations

__all__ = [
    "Call",
    "Clock",
    "Ids",
    "Keys",
    "Randomness",
    "SeededRandomness",
    "Settings",
    "State",
    "SystemRandomness",
    "Vault",
    "VaultError",
    "World",
    "authorise",
    "is_impersonal",
    "migrations",
    "presented",
    "record",
    "record_refusal",
]
