"""Unguessable values for browsers and clients."""

from reference_server.kernel.base64url import base64url
from reference_server.world import World

_BYTES = 32


def new_secret(world: World) -> str:
    """Return 256 random bits, URL-safe."""
    return base64url(world.randomness.bytes(_BYTES))
