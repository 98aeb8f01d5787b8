"""The national provider directory, seeded with synthetic professionals; knows no other service."""

from reference_server.kernel.port import provide
from reference_server.kernel.service import Service
from reference_server.ports import PROVIDERS
from reference_server.services.providers.store import Directory
from reference_server.world import World

SERVICE: Service[World] = Service(
    name="providers",
    title="Provider directory",
    provides=(provide(PROVIDERS, Directory),),
)
