"""Registering clients and opening accounts, for whoever sets a World up."""

from reference_server.services.trust import store
from reference_server.services.trust.model import Account, Client
from reference_server.world import World
from reference_server.world.keys import PUBLISHED_AHEAD_SECONDS


def register_client(world: World, client: Client) -> None:
    """Register a client at run time, or renew its registration."""
    with world.store.write() as tx:
        store.put_client(tx, client)


def open_account(world: World, account: Account, *, password_hash: str) -> None:
    """Let a person sign in; `password_hash` is made by `passwords.hash_password`."""
    with world.store.write() as tx:
        store.put_account(tx, account, password_hash=password_hash)


def rotate_keys(world: World, *, ahead: int = PUBLISHED_AHEAD_SECONDS) -> tuple[str, ...]:
    """Let new keys sign from `ahead` seconds on; return their ids. The old ones verify on.

    The key set shows the old ones for as long as a token that they signed lives.
    """
    live = world.settings.access_token_seconds
    return world.keys.rotate(now=world.clock.wire_now(), live=live, ahead=ahead)
