"""What every operation asks first: what time it is, and whose provider this is."""

from reference_server.services.trust.model import Issuer
from reference_server.world import Call, World


def seconds_now(world: World) -> int:
    """Return seconds since 1970, real ones."""
    return int(world.clock.wire_now().timestamp())


def issuer_of(call: Call) -> Issuer:
    """Return the issuer of the World that is called."""
    return Issuer(base_url=call.world.base_url)
