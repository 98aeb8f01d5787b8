"""Unguessable values for browsers and clients."""

import base64

from reference_server.world import World

_BYTES = 32


def new_secret(world: World) -> str:
    """Return 256 random bits, URL-safe."""
    return base64.urlsafe_b64encode(world.randomness.bytes(_BYTES)).rstrip(b"=").decode()
