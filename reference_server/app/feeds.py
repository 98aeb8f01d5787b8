"""The sockets on which Worlds take in audit messages (syslog over TLS); knows no message."""

import socket
from dataclasses import dataclass
from pathlib import Path

from reference_server.app.worlds import WorldRegistry
from reference_server.ports import CERTIFICATES
from reference_server.services.audit.syslog import FeedListener
from reference_server.world.authority import ClientTrust, ServerIdentity, server_context


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A World's feed: its bound socket, the server's identity, and whom it trusts (a PEM file)."""

    world: str
    bound: socket.socket
    identity: ServerIdentity
    authorities: Path

    def listener(self, registry: WorldRegistry) -> FeedListener:
        """Return what listens; nobody connects without a certificate of the World's authority."""
        world = registry.find(self.world)
        if world is None:
            raise LookupError(self.world)
        clients = ClientTrust(authorities=self.authorities, required=True)
        context = server_context(self.identity, clients=clients)
        # RFC 5425 has no protocol of its own to name in the handshake.
        context.set_alpn_protocols([])
        return FeedListener(world=world, bound=self.bound, context=context)


def write_trust(feeds: tuple[Feed, ...], registry: WorldRegistry) -> None:
    """Write down whom each feed trusts: its World's own authority and nobody else."""
    for feed in feeds:
        world = registry.find(feed.world)
        if world is not None:
            feed.authorities.write_bytes(world.port(CERTIFICATES).trust_bundle())
